/** A pad to draw on, by mouse, finger or keys, with examples to start from. */
import type { Drawing, Value } from "./contract";
import { el, isStatic } from "./html";
import { blank, packed, path, SIDE, stroke, unpacked, type Ink } from "./ink";
import type { Made } from "./player";
import { say } from "./words";

type Place = [number, number]; // x, y in cells

const MOVES: Record<string, Place> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The cells that a value stands for. */
export function inkOf({ examples }: Drawing, value: string): Ink {
  return unpacked(value.length === 1 ? examples[Number(value)] : value) ?? blank();
}

export function pad(control: Drawing, id: string, change: (value: Value) => void): Made {
  let ink = inkOf(control, control.value);
  let pen: Place | null = null; // where the mouse or a finger holds it down
  let [x, y] = [SIDE / 2, SIDE / 2]; // where the keys have it
  let down = false;
  const told = el("p", { class: "hint", "aria-live": "polite" });
  const sheet = el("div", { class: "pad", "data-name": control.name, "aria-label": control.label });
  const picture = (cells: Ink) =>
    `<svg viewBox="0 0 ${SIDE} ${SIDE}" aria-hidden="true"><path d="${path(cells)}"/><rect/></svg>`;
  const samples = control.examples.map((letters, k) => {
    const made = el("button", { type: "button", "aria-label": String(k), click: () => put(String(k)) });
    made.innerHTML = picture(unpacked(letters) ?? blank());
    return made;
  });
  const show = (value: Value) => {
    ink = inkOf(control, String(value));
    sheet.querySelector("path")!.setAttribute("d", path(ink));
    samples.forEach((one, k) => one.setAttribute("aria-pressed", String(value === String(k))));
  };
  const put = (value: string) => {
    show(value);
    change(value);
  };
  const take = (now: Ink) => {
    if (now.some((one, k) => one !== ink[k])) put(packed(now));
  };
  const clear = el("button", { type: "button", class: "reset", click: () => take(blank()) }, say("clear"));
  const place = (event: PointerEvent): Place => {
    const { left, top, width } = sheet.querySelector("svg")!.getBoundingClientRect();
    return [((event.clientX - left) * SIDE) / width, ((event.clientY - top) * SIDE) / width];
  };
  const move = (event: PointerEvent) => {
    if (!pen) return;
    const to = place(event);
    take(stroke(ink, pen, to));
    pen = to;
  };
  const key = (event: KeyboardEvent) => {
    const by = MOVES[event.key];
    if (!by && event.key !== " ") return;
    event.preventDefault();
    const from: Place = [x, y];
    if (by) [x, y] = [x + by[0], y + by[1]].map((v) => Math.min(Math.max(v, 1), SIDE - 1));
    else down = !down;
    if (down) take(stroke(ink, from, [x, y]));
    cursor();
    told.textContent = say(down ? "penDown" : "penUp", { row: y, column: x });
  };
  const cursor = () => {
    const box = sheet.querySelector("rect")!;
    for (const [name, value] of Object.entries({ x: x - 1, y: y - 1, width: 2, height: 2 }))
      box.setAttribute(name, String(value));
  };
  sheet.innerHTML = picture(ink);
  cursor();
  if (isStatic) {
    sheet.setAttribute("role", "img");
    told.textContent = say("noDrawing");
  } else {
    told.textContent = say("drawHint");
    told.id = id;
    for (const [name, value] of Object.entries({ role: "application", tabindex: "0", "aria-describedby": id }))
      sheet.setAttribute(name, value);
    sheet.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      sheet.setPointerCapture(event.pointerId);
      pen = place(event);
      move(event);
    });
    sheet.addEventListener("pointermove", move);
    for (const end of ["pointerup", "pointercancel"]) sheet.addEventListener(end, () => (pen = null));
    sheet.addEventListener("keydown", key);
    sheet.addEventListener("blur", () => (down = false));
  }
  const element = el(
    "fieldset",
    { class: "control drawing" },
    el("legend", {}, control.label),
    el(
      "div",
      {},
      sheet,
      el("div", {}, el("div", { class: "samples" }, ...samples), told, ...(isStatic ? [] : [clear])),
    ),
  );
  return { element, show };
}
