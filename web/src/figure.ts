/** A figure: its controls, its panels, and the one question at a time that it has for the server. */
import { Asking } from "./asking";
import { Controls } from "./controls";
import { Contours } from "./draw/field";
import type { Drawn } from "./draw/marks";
import { drawPanel } from "./draw/panel";
import { Grid } from "./grid";
import { el, isStatic, post } from "./html";
import { areLevel, panelWidths, pictures, sized, tableOf } from "./placing";
import { grab, gripsOf, reachOf, type Grabbed, type Handle } from "./pointing";
import { Reading } from "./reading";
import type { Answer, Fig, Given, Move, Point, Points, State, Steps, Value } from "./types";
import { address, read } from "./url";
import { say } from "./words";

const LEAST = 100; // pixels of width that can hold a panel

let figures = 0;

export class Figure {
  private readonly id = `f${++figures}`;
  private readonly given: Given;
  private readonly grid: Grid;
  private readonly controls: Controls;
  private readonly panels = el("div", { class: "panels" });
  private readonly status = el("p", { role: "status", "aria-live": "polite" });
  private readonly table = el("div", { class: "numbers-table" });
  private readonly kept: Contours[] = [];
  private readonly drawn: Drawn[] = [];
  private readonly readings: Reading[] = [];
  private readonly handles: Handle[];
  private readonly points: Points | undefined;
  private readonly steps: Steps | undefined;
  private readonly reset: HTMLButtonElement;
  private state: State;
  private figure: Fig | null;
  private shown: State; // what the figure was computed for
  private readonly asking: Asking;
  private width = 0;

  constructor(readonly element: HTMLElement) {
    this.given = JSON.parse(element.querySelector('script[type="application/json"]')?.textContent ?? "{}") as Given;
    const grid = (this.grid = new Grid(this.given));
    const controls = grid.controls;
    const defaults = Object.fromEntries(controls.map((c) => [c.name, c.value]));
    this.shown = this.state = { ...defaults, ...this.given.state };
    this.figure = this.given.figure;
    const free = controls.filter((c) => grid.isFree(c.name));
    this.handles = free.filter((c): c is Handle => c.type === "handle" || c.type === "point");
    this.points = free.find((c): c is Points => c.type === "points");
    this.steps = controls.find((c): c is Steps => c.type === "steps");
    this.controls = new Controls(
      controls,
      (name, value) => this.change(name, value),
      {
        step: (at) => this.step(at),
        glide: (at) => this.move(at),
        busy: () => this.asking.busy,
        rest: () => this.note(),
      },
      (name) => grid.isFree(name),
    );
    this.asking = new Asking(
      element,
      () => this.state,
      (state) => this.compute(state),
      (answer, sent) => this.take(answer, sent),
      (words) => this.tell(words, true),
    );
    this.reset = el("button", { type: "button", class: "reset", click: () => this.set(defaults) }, say("reset"));
    const bar = el("div", { class: "result" }, this.status);
    if (controls.length && !grid.stands) bar.append(this.reset);
    element.append(...(free.length ? [this.controls.element] : []), this.panels, bar, this.table);
    if (free.length < controls.length) element.append(this.controls.fixed);
    if (grid.alone) element.append(el("p", { class: "alone" }, grid.alone));
    this.controls.show(this.state);
    this.width = this.panels.clientWidth;
    if (this.figure) this.draw();
    new ResizeObserver(() => {
      if (this.panels.clientWidth !== this.width) {
        this.width = this.panels.clientWidth;
        if (this.figure) this.draw();
      }
    }).observe(this.panels);
    grid.watch(element);
    const shared = grid.stands ? {} : read(this.name, controls, location.search);
    if (Object.keys(shared).length) this.set({ ...this.state, ...shared }, this.steps && this.steps.name in shared);
    else if (!this.figure) this.ask();
    this.noteChanges();
    element.addEventListener("wengu:move", (event) => {
      const { then, drawn } = (event as CustomEvent<Move>).detail;
      if (drawn && isStatic && !grid.has({ ...this.state, ...then })) {
        this.toLast({});
        this.take({ ...drawn, state: then }, this.state);
      } else this.set({ ...this.state, ...then }, !!this.steps && this.steps.name in then);
    });
  }

  get isLess(): boolean {
    return this.grid.isLess;
  }

  private get name(): string {
    return this.element.dataset.name ?? "figure";
  }

  /** After the theme has changed, or the page's width at once. */
  redraw(): void {
    this.width = this.panels.clientWidth;
    if (this.figure) this.draw();
  }

  /** When what is drawn is what the controls say. */
  settled(): Promise<void> {
    return this.asking.settled();
  }

  /** On paper nothing plays: what is at its first step is printed at its last. What is still computed is not printed
   *  under the values of what comes. The way back. */
  toPaper(): () => void {
    const { state, figure } = this;
    if (this.asking.busy) this.controls.show((this.state = this.shown));
    const last = this.reset.disabled ? this.given.last : undefined;
    this.figure = last ?? figure;
    this.toLast({}, last && true);
    return () => {
      [this.state, this.figure] = [state, figure];
      this.controls.show(state);
    };
  }

  /** Move to this state; what is moved before it has played shows all its steps, unless they are `given`. */
  private set(state: State, given = true): void {
    this.state = this.grid.nearest(state);
    this.grid.stops(this.state);
    if (!given) this.toLast({});
    this.controls.show(this.state);
    this.note();
    this.ask();
  }

  private change(name: string, value: Value): void {
    this.state = this.grid.nearest({ ...this.state, [name]: value }, name);
    this.toLast({ [name]: value });
    this.grid.stops(this.state);
    if (isStatic) this.controls.show(this.state);
    else if (Array.isArray(value)) this.controls.show({ [name]: this.state[name] });
    this.grips();
    this.note();
    this.ask();
  }

  /** At the first step nothing of a path would be seen to change. */
  private toLast(changed: State, isHere = !!this.figure?.each): void {
    const { steps } = this;
    if (!steps || !isHere || this.controls.player?.playing || steps.name in changed) return;
    if (this.state[steps.name] !== steps.low) return;
    this.state = { ...this.state, [steps.name]: steps.high };
    this.controls.show(this.state);
  }

  private note(): void {
    this.noteChanges();
    address(this.name, this.given.controls, () => this.state);
  }

  private noteChanges(): void {
    this.element.dataset.state = JSON.stringify(this.state);
    this.element.dispatchEvent(new Event("wengu:state", { bubbles: true }));
    this.reset.disabled = this.given.controls.every(
      (c) => JSON.stringify(this.state[c.name]) === JSON.stringify(c.value),
    );
  }

  // -- the server -------------------------------------------------------------------------------------------------------

  private ask(): void {
    if (!this.grid.stands) this.asking.ask();
  }

  private async compute(state: State): Promise<Answer> {
    if (isStatic) return this.grid.figure(state);
    const { page } = this.element.dataset;
    return (await post<Answer>("/api/figure", { page, name: this.name, state })).answer;
  }

  private take(answer: Fig & { state?: State }, sent: State): void {
    this.figure = answer;
    this.shown = sent;
    if (answer.state && sent === this.state) {
      this.state = { ...this.state, ...answer.state };
      this.controls.show(this.state);
    }
    this.draw();
  }

  // -- drawing ----------------------------------------------------------------------------------------------------------

  private draw(): void {
    if (this.width < LEAST) return; // not laid out yet: the observer calls again
    const { panels, head, rows, last } = this.figure!;
    const words = this.words;
    if (this.steps) this.controls.player?.limit(Math.min(last ?? Infinity, this.steps.high));
    while (this.panels.childElementCount > panels.length) this.panels.lastElementChild!.remove();
    while (this.panels.childElementCount < panels.length)
      this.panels.append(this.emptyPanel(this.panels.childElementCount));
    this.panels.dataset.count = String(panels.length);
    const widths = panelWidths(this.width, panels);
    panels.forEach((panel, i) => {
      const holder = this.panels.children[i] as HTMLElement;
      const svg = holder.querySelector("svg")!;
      const kept = (this.kept[i] ??= new Contours());
      const drawn = (this.drawn[i] = drawPanel(panel, widths[i], `${this.id}-${i}`, kept));
      sized(svg, drawn, i && panel.title ? `${panel.title}: ${words}` : words);
      const wide = drawn.width > widths[i] + 1;
      holder.classList.toggle("wide", wide);
      svg.innerHTML = drawn.svg + (i ? "" : '<g class="grips"></g>');
      pictures(holder, drawn);
      this.readings[i].show(panel, drawn, panel.title || words, wide);
    });
    this.move(this.at);
    this.panels.classList.toggle("level", areLevel(this.drawn.slice(0, panels.length)));
    this.grips();
    this.tell(words, false);
    if (head?.length && rows) this.table.innerHTML = tableOf(head, rows);
    else if (this.table.firstChild) this.table.replaceChildren();
  }

  /** The step that is shown. */
  private get at(): number {
    return this.steps ? Math.min(Number(this.state[this.steps.name]), this.figure?.last ?? Infinity) : 0;
  }

  private get words(): string {
    const { each, say: words } = this.figure!;
    return each && this.steps ? each[Math.min(this.at - this.steps.low, each.length - 1)] : words;
  }

  /** The player has come to another step: drawn at once where all are here, else asked for. */
  private step(at: number): void {
    this.state = { ...this.state, [this.steps!.name]: at };
    this.status.setAttribute("aria-live", this.controls.player?.playing ? "off" : "polite");
    if (!this.figure?.each) return this.ask();
    this.move(at);
    this.tell(this.words, false);
  }

  private move(at: number): void {
    const k = at - (this.steps?.low ?? 0);
    this.figure!.panels.forEach((_, i) => {
      const { moving } = this.drawn[i];
      if (!moving) return;
      this.panels.children[i].querySelector(".growing")!.innerHTML = moving(k);
      this.readings[i].at(k);
    });
  }

  private tell(words: string, wrong: boolean): void {
    this.status.classList.toggle("wrong", wrong);
    if (this.status.textContent !== words) this.status.textContent = words;
  }

  private emptyPanel(index: number): HTMLElement {
    const holder = el("div", { class: "panel" });
    holder.innerHTML = '<svg role="img"></svg>';
    this.readings[index] = new Reading(holder, this.steps?.label ?? "");
    if (!index && !this.grid.stands) grab(holder.querySelector("svg")!, this.grabbed);
    return holder;
  }

  private get grabbed(): Grabbed {
    const { handles, points, controls } = this;
    return {
      handles,
      points,
      drawn: () => this.drawn[0],
      state: () => this.state,
      chosen: () => controls.chosenClass,
      moved: (name, value) => {
        controls.show({ [name]: value });
        this.change(name, value);
      },
    };
  }

  /** A grip where something can be dragged. */
  private grips(): void {
    const drawn = this.drawn[0];
    const group = this.panels.querySelector(".grips");
    if (!drawn || !group || this.grid.stands) return;
    const points = this.points ? reachOf(this.state[this.points.name] as Point[], drawn) : "";
    group.innerHTML = gripsOf(this.handles, this.state, drawn) + points;
  }
}
