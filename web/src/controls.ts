/** What the reader can change, as native form elements with labels. */
import { format } from "./format";
import { el } from "./html";
import { pad } from "./pad";
import { Picking } from "./picking";
import { beyond, steps } from "./steps";
import { Player, type Made, type Shown } from "./player";
import type { Choice, Control, Num, Numbers, Pair, Point, Points, Slider, Spot, State, Toggle, Value } from "./types";
import { inWords } from "./values";
import { say } from "./words";

type Change = (value: Value) => void;

let made = 0;
const unique = (name: string) => `c${++made}-${name}`;

/** All controls of a figure; `change` is told name and value. */
export class Controls {
  readonly element = el("div", { class: "controls" });
  readonly fixed = el("dl", { class: "fixed" }); // what a copy cannot move
  private readonly each = new Map<string, Made>();
  private readonly picking: Picking | null;
  chosenClass = 0; // of new points
  player: Player | null = null;

  constructor(
    readonly list: Control[],
    change: (name: string, value: Value) => void,
    private readonly shown: Shown,
    isFree: (name: string) => boolean,
  ) {
    for (const control of list) {
      const free = isFree(control.name);
      const moved = (value: Value) => {
        this.picking?.show(control.name, value);
        change(control.name, value);
      };
      const one = free ? this.make(control, moved) : fixed(control);
      this.each.set(control.name, one);
      (free ? this.element : this.fixed).append(one.element);
    }
    const free = list.filter(({ name }) => isFree(name));
    this.picking = Picking.of(free, (name) => this.each.get(name)!.element);
    if (this.picking) this.element.prepend(this.picking.element);
    if (this.player) this.element.append(this.player.element); // above the drawing that it moves
  }

  show(state: State): void {
    for (const [name, one] of this.each)
      if (name in state) {
        one.show(state[name]);
        this.picking?.show(name, state[name]);
      }
  }

  private make(control: Control, change: Change): Made {
    switch (control.type) {
      case "slider":
      case "handle":
        return slider(control, change);
      case "steps":
        return (this.player = new Player(control, unique(control.name), this.shown));
      case "point":
        return spot(control, change);
      case "choice":
        return choice(control, change);
      case "toggle":
        return toggle(control, change);
      case "numbers":
        return numbers(control, change);
      case "points":
        return points(control, change, (c) => (this.chosenClass = c));
      case "drawing":
        return pad(control, unique(control.name), change);
    }
  }
}

function fixed(control: Control): Made {
  const told = el("dd");
  const element = el("div", {}, el("dt", {}, control.label), told);
  return { element, show: (value) => (told.textContent = inWords(control, value)) };
}

function slider(control: Slider, change: Change): Made {
  let s = steps(control);
  const id = unique(control.name);
  const told = el("output", { for: id });
  const input = el("input", { id, type: "range", min: 0, max: s.count, step: 1, "data-name": control.name });
  if (control.type === "handle") input.title = say("dragHint");
  const tell = (value: number) => {
    const text = format(value);
    told.textContent = text;
    input.setAttribute("aria-valuetext", text);
    input.style.setProperty("--filled", `${(100 * Number(input.value)) / s.count}%`);
  };
  const take = () => {
    const value = s.value(Number(input.value));
    tell(value);
    change(value);
  };
  input.addEventListener("input", take);
  if (control.log && control.step)
    input.addEventListener("keydown", (event) => {
      const up = event.key === "ArrowRight" || event.key === "ArrowUp";
      if (!up && event.key !== "ArrowLeft" && event.key !== "ArrowDown") return;
      event.preventDefault();
      input.value = String(beyond(s, Number(input.value), up ? 1 : -1));
      take();
    });
  const element = el("div", { class: "control slider" }, el("label", { for: id }, control.label), told, input);
  return {
    element,
    show: (value) => {
      if (control.values) s = steps(control); // which a copy changes as others are moved
      input.max = String(s.count);
      input.value = String(s.place(Number(value)));
      tell(Number(value));
    },
  };
}

/** A slider for each coordinate. */
function spot(control: Spot, change: Change): Made {
  let now: Pair = control.value;
  const each = control.names.map((label, i): Slider => {
    const [low, high] = i ? control.y : control.x;
    const values = control.values?.[i];
    return { ...control, type: "handle", label, value: now[i], low, high, log: false, values };
  });
  const sliders = each.map((one, i) => {
    return slider(one, (value) => {
      now = i ? [now[0], Number(value)] : [Number(value), now[1]];
      change(now);
    });
  });
  const element = el("div", { class: "spot", role: "group", "aria-label": control.label });
  element.append(...sliders.map((one) => one.element));
  return {
    element,
    show: (value) => {
      now = value as Pair;
      each.forEach((one, i) => (one.values = control.values?.[i]));
      sliders.forEach((one, i) => one.show(now[i]));
    },
  };
}

function choice(control: Choice, change: Change): Made {
  const labels = control.options.map((option, i) => control.labels[i] || option);
  const long = labels.join("").length + labels.length * 3;
  if (control.options.length > 6 || long > 60) {
    const id = unique(control.name);
    const select = el(
      "select",
      { id, "data-name": control.name, change: () => change(select.value) },
      ...control.options.map((value, i) => el("option", { value }, labels[i])),
    );
    return {
      element: el("div", { class: "control pick" }, el("label", { for: id }, control.label), select),
      show: (value) => (select.value = String(value)),
    };
  }
  const group = unique(control.name);
  const inputs = control.options.map((value) =>
    el("input", {
      type: "radio",
      name: group,
      id: `${group}-${value}`,
      value,
      "data-name": control.name,
      change: () => change(value),
    }),
  );
  const element = el(
    "fieldset",
    { class: "control segments" },
    el("legend", {}, control.label),
    el("div", {}, ...inputs.flatMap((input, i) => [input, el("label", { for: input.id }, labels[i])])),
  );
  return { element, show: (value) => inputs.forEach((input) => (input.checked = input.value === value)) };
}

function toggle(control: Toggle, change: Change): Made {
  const id = unique(control.name);
  const input = el("input", {
    id,
    type: "checkbox",
    role: "switch",
    "data-name": control.name,
    change: () => change(input.checked),
  });
  return {
    element: el("div", { class: "control toggle" }, input, el("label", { for: id }, control.label)),
    show: (value) => (input.checked = value === true),
  };
}

function numbers(control: Numbers, change: Change): Made {
  const fields = control.names.map((_, i) =>
    el("input", {
      id: unique(`${control.name}${i}`),
      type: "number",
      min: control.low,
      max: control.high,
      step: "any",
      "data-name": control.name,
      input: () => take(),
      change: (event: Event) => {
        const field = event.target as HTMLInputElement; // what was taken, where it was less than what was written
        if (field.value !== "") field.value = String(within(field.valueAsNumber));
      },
    }),
  );
  const within = (value: number) => Math.min(Math.max(value, control.low), control.high);
  const take = () => {
    const values: Num[] = fields.map((f) => (f.value === "" ? null : within(f.valueAsNumber)));
    if (values.every((v) => v === null || Number.isFinite(v))) change(values);
  };
  const element = el(
    "fieldset",
    { class: "control numbers" },
    el("legend", {}, control.label),
    el("div", {}, ...fields.map((f, i) => el("span", {}, el("label", { for: f.id }, control.names[i]), f))),
  );
  return {
    element,
    show: (value) =>
      (value as Num[]).forEach((v, i) => {
        if (document.activeElement !== fields[i]) fields[i].value = v === null ? "" : String(v);
      }),
  };
}

function points(control: Points, change: Change, chosen: (c: number) => void): Made {
  let now: Point[] = control.value;
  const group = unique(control.name);
  const radios = Array.from({ length: control.classes }, (_, c) =>
    el("input", {
      type: "radio",
      name: group,
      id: `${group}-${c}`,
      value: c,
      checked: c === 0,
      change: () => chosen(c),
    }),
  );
  const field = (name: string, [low, high]: [number, number]) =>
    el("input", {
      id: unique(name),
      type: "number",
      min: low,
      max: high,
      step: "any",
      value: format((low + high) / 2, 3).replace("−", "-"),
    });
  const [x, y] = [field("x", control.x), field("y", control.y)];
  const add = () => {
    const c = radios.findIndex((one) => one.checked);
    if (now.length < control.most && Number.isFinite(x.valueAsNumber) && Number.isFinite(y.valueAsNumber))
      change([...now, [x.valueAsNumber, y.valueAsNumber, Math.max(c, 0)]]);
  };
  const button = (text: string, click: () => void) => el("button", { type: "button", click }, text);
  const element = el(
    "fieldset",
    { class: "control points" },
    el("legend", {}, control.label),
    el("p", { class: "hint" }, say("pointsHint")),
    el(
      "div",
      {},
      ...(control.classes > 1
        ? [
            el(
              "div",
              { class: "classes", role: "radiogroup", "aria-label": say("class") },
              ...radios.flatMap((one, c) => [one, el("label", { for: one.id, class: `t-${c + 1}` }, control.names[c])]),
            ),
          ]
        : []),
      el("span", {}, el("label", { for: x.id }, "x₁"), x),
      el("span", {}, el("label", { for: y.id }, "x₂"), y),
      button(say("add"), add),
      button(say("removeLast"), () => change(now.slice(0, -1))),
      button(say("clear"), () => change([])),
    ),
  );
  return { element, show: (value) => (now = value as Point[]) };
}
