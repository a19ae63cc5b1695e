/** Reading a panel's values: of the nearest point under the mouse or a finger, or from point to point by the arrows. */
import { isPicture } from "./draw/diagram";
import type { Drawn } from "./draw/marks";
import { isField, spotsOf, valueAt, type Row, type Spot } from "./draw/spots";
import { format, safe } from "./format";
import { el } from "./html";
import type { Panel } from "./types";
import { lang, say } from "./words";

const NEAR = 40; // pixels within which a point is meant
const COLON = lang === "zh" ? "：" : ": ";

export class Reading {
  private panel: Panel | null = null;
  private drawn: Drawn | null = null;
  private rows: Row[] | null = null; // found when they are asked for
  private k = 0;
  private place: [row: number, spot: number] | null = null; // where the arrows are
  private readonly told = el("div", { class: "readout", hidden: true });

  constructor(
    private readonly holder: HTMLElement,
    private readonly step: string, // what the figure's steps are called
  ) {
    holder.append(this.told);
    holder.addEventListener("pointermove", (event) => event.pointerType === "mouse" && this.point(event));
    holder.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.hide());
    holder.addEventListener("click", (event) => (event as PointerEvent).pointerType === "touch" && this.point(event));
    holder.addEventListener("keydown", (event) => this.key(event));
    holder.addEventListener("focus", () => holder.matches(":focus-visible") && this.go(this.place ?? [0, 0]));
    holder.addEventListener("blur", () => this.hide());
  }

  /** What is drawn now. */
  show(panel: Panel, drawn: Drawn, name: string, wide: boolean): void {
    const kept = this.told.hidden ? null : this.place;
    [this.panel, this.drawn, this.rows] = [panel, drawn, null];
    const some = wide || panel.marks.some((m) => m.mark !== "rule" && m.mark !== "note" && m.mark !== "boxes");
    if (some) {
      this.holder.tabIndex = 0;
      this.holder.setAttribute("role", "group");
      this.holder.setAttribute("aria-label", name);
      this.holder.setAttribute("aria-description", say("readHint"));
    } else for (const one of ["tabindex", "role", "aria-label", "aria-description"]) this.holder.removeAttribute(one);
    if (kept) this.go(kept);
    else this.hide();
  }

  /** Another step. */
  at(k: number): void {
    this.k = k;
    this.rows = null;
  }

  private found(): Row[] {
    return (this.rows ??= this.panel && this.drawn ? spotsOf(this.panel, this.drawn, this.k, COLON, this.step) : []);
  }

  // -- the mouse and a finger -------------------------------------------------------------------------------------------

  private point(event: MouseEvent): void {
    if (!this.drawn || !this.panel) return;
    const box = this.holder.querySelector("svg")!.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    let best: [Row, Spot] | null = null;
    let least = NEAR;
    for (const row of this.found())
      for (const spot of row.spots) {
        const [dx, dy] = [Math.abs(spot.x - px), Math.abs(spot.y - py)];
        const held = spot.wide !== undefined && dx <= spot.wide && dy <= (spot.tall ?? 0);
        const away = held ? Math.min(Math.hypot(dx, dy) / 1000, 1) : spot.wide ? Infinity : Math.hypot(dx, dy);
        if (away < least) [best, least] = [[row, spot], away];
      }
    this.told.setAttribute("aria-live", "off");
    this.place = null;
    if (best) this.tell(best[0], best[1]);
    else if (!this.surface(px, py)) this.hide();
  }

  /** Away from all points a surface says its own value. */
  private surface(px: number, py: number): boolean {
    const { plot, frame } = this.drawn!;
    const field = this.panel!.marks.find(isField);
    if (!field?.label || px < plot.left || px > plot.right || py < plot.top || py > plot.bottom) return false;
    const value = valueAt(field, this.drawn!, px, py);
    if (value === null) return false;
    const said = field.kind === "colour" ? [value >> 16, (value >> 8) & 255, value & 255].join(", ") : format(value, 3);
    const lines = isPicture(this.panel!)
      ? []
      : [this.panel!.x, this.panel!.y].map((axis, i) => {
          const v = (i ? frame.y : frame.x).invert(i ? py : px);
          return `${axis.label}${COLON}${format(v, 3)}`;
        });
    this.tell(
      { label: "", tone: "quiet", spots: [] },
      { x: px, y: py, lines: [...lines, `${field.label}${COLON}${said}`] },
      false,
    );
    return true;
  }

  // -- the keyboard -----------------------------------------------------------------------------------------------------

  private key(event: KeyboardEvent): void {
    if (event.target !== this.holder) return;
    const rows = this.found();
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
    };
    if (event.key === "Escape") return this.hide();
    const by = moves[event.key];
    if (!by || !rows.length) return;
    event.preventDefault();
    const [row, spot] = this.place ?? [0, -by[1]];
    const next = (row + by[0] + rows.length) % rows.length;
    const at = by[0] ? nearest(rows[next], rows[row].spots[spot]?.x ?? 0) : spot + by[1];
    this.go([next, at]);
  }

  private go([row, spot]: [number, number]): void {
    const rows = this.found();
    if (!rows.length) return this.hide();
    const r = Math.min(row, rows.length - 1);
    const s = Math.min(Math.max(spot, 0), rows[r].spots.length - 1);
    this.place = [r, s];
    this.told.setAttribute("aria-live", "polite");
    this.tell(rows[r], rows[r].spots[s]);
    if (this.holder.classList.contains("wide"))
      this.holder.scrollLeft = rows[r].spots[s].x - this.holder.clientWidth / 2;
  }

  // -- what is told -----------------------------------------------------------------------------------------------------

  private tell(row: Row, spot: Spot, ring = true): void {
    const told = this.told;
    const words = `${row.label ? `<b class="t-${row.tone}">${safe(row.label)}</b>` : ""}${spot.lines.map((one) => `<span>${safe(one)}</span>`).join("")}`;
    if (told.dataset.words !== words) {
      told.innerHTML = words;
      told.dataset.words = words;
    }
    told.hidden = false;
    this.ring(ring ? spot : null);
    const { offsetWidth: wide, offsetHeight: tall } = told;
    const { width, height } = this.drawn!;
    const left = spot.x + 12 + wide > width ? spot.x - 12 - wide : spot.x + 12;
    const up = spot.y - tall - 8;
    told.style.left = `${Math.max(0, Math.min(left, width - wide))}px`;
    told.style.top = `${Math.max(0, up < 0 ? Math.min(spot.y + 14, height - tall) : up)}px`;
  }

  private ring(spot: Spot | null): void {
    const svg = this.holder.querySelector("svg")!;
    svg.querySelector(".ring")?.remove();
    if (!spot) return;
    const square = spot.tall !== undefined && Number.isFinite(spot.tall);
    const made = document.createElementNS("http://www.w3.org/2000/svg", square ? "rect" : "circle");
    const set = square
      ? { x: spot.x - spot.wide!, y: spot.y - spot.tall!, width: 2 * spot.wide!, height: 2 * spot.tall! }
      : { cx: spot.x, cy: spot.y, r: 7 };
    for (const [name, value] of Object.entries(set)) made.setAttribute(name, String(value));
    made.setAttribute("class", "ring");
    svg.append(made);
  }

  private hide(): void {
    this.told.hidden = true;
    this.holder.querySelector(".ring")?.remove();
  }
}

function nearest(row: Row, x: number): number {
  let best = 0;
  row.spots.forEach((spot, i) => {
    if (Math.abs(spot.x - x) < Math.abs(row.spots[best].x - x)) best = i;
  });
  return best;
}
