/** Curves of runs on a canvas: many long series, redrawn at each row that comes. */
import { ticksOf, scale, type Scale } from "./draw/scale";
import { fit, widthOf } from "./draw/text";
import { PERCENT, format, percent } from "./format";
import { el } from "./html";
import type { Curve } from "./trace";

export interface Series {
  name: string;
  tone: number; // 1 to 6
  dash?: boolean;
  curve: Curve;
}

const HEIGHT = 264;
const [LEFT, RIGHT, TOP, BOTTOM] = [52, 14, 12, 40];
const READ = 8; // series in the read-out

export class Chart {
  readonly element: HTMLElement;
  private readonly canvas = el("canvas", { role: "slider", tabindex: 0 }); // which moves the line that is read at
  private readonly line = el("div", { class: "reading", hidden: true });
  private readonly plot = el("div", { class: "plot" }, this.canvas, this.line);
  private readonly told = el("p", { class: "readout", "aria-hidden": "true" });
  private readonly key = el("ul", { class: "key" });
  private series: Series[] = [];
  private logY = false;
  private rates = false;
  private wanted = 0;
  private at: number | null = null;
  private x: Scale | null = null;
  private strong = "";

  constructor(
    readonly title: string,
    private readonly nameX: () => string,
    private readonly wholeX: () => boolean,
    showKey: boolean,
  ) {
    this.element = el(
      "section",
      { class: "chart" },
      el("h2", {}, title),
      this.plot,
      this.told,
      ...(showKey ? [this.key] : []),
    );
    new ResizeObserver(() => this.later()).observe(this.plot);
    this.canvas.setAttribute("aria-label", title);
    this.canvas.setAttribute("aria-valuenow", "0"); // until there is a point
    this.canvas.addEventListener("pointermove", (event) => this.read(this.x ? this.x.invert(event.offsetX) : null));
    for (const end of ["pointerleave", "blur"]) this.canvas.addEventListener(end, () => this.read(null));
    this.canvas.addEventListener("keydown", (event) => {
      const to = this.x && this.moved(event.key, this.at ?? this.x.domain[1], this.x.domain);
      if (typeof to !== "number") return;
      event.preventDefault();
      this.read(to);
    });
  }

  /** Where they are rates, in hundredths. */
  show(series: Series[], logY: boolean, rates = false): void {
    this.series = series;
    this.logY = logY;
    this.rates = rates;
    const items = series.map((s) => `${s.name}|${s.tone}|${s.dash ?? ""}`).join();
    if (this.key.dataset.items !== items) {
      this.key.dataset.items = items;
      this.key.replaceChildren(
        ...series.map((s) => el("li", { class: `t-${s.tone}${s.dash ? " dashed" : ""}` }, s.name)),
      );
    }
    this.later();
  }

  /** One series before the others. */
  highlight(name: string): void {
    this.strong = name;
    this.later();
  }

  later(): void {
    this.wanted ||= requestAnimationFrame(() => {
      this.wanted = 0;
      this.draw();
    });
  }

  draw(): void {
    const width = this.plot.clientWidth;
    const pen = this.canvas.getContext("2d");
    if (!width || !pen) return;
    const dense = devicePixelRatio || 1;
    const [w, h] = [Math.round(width * dense), Math.round(HEIGHT * dense)];
    if (this.canvas.width !== w || this.canvas.height !== h) {
      Object.assign(this.canvas, { width: w, height: h });
      Object.assign(this.canvas.style, { width: `${width}px`, height: `${HEIGHT}px` });
    }
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    pen.clearRect(0, 0, width, HEIGHT);
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const tones = ["", ...[1, 2, 3, 4, 5, 6].map((i) => colour(`--t${i}`))];

    const [lowX, highX, lowY, highY] = extent(
      this.series.map((s) => s.curve),
      this.logY,
    );
    const x = (this.x = scale([lowX, highX], [LEFT, width - RIGHT], false));
    const y = scale([lowY, highY], [HEIGHT - BOTTOM, TOP], this.logY);
    pen.font = `11px ${style.getPropertyValue("--sans")}`;
    pen.fillStyle = colour("--soft");
    pen.lineWidth = 1;
    pen.textAlign = "right";
    const times = this.rates ? 100 : 1;
    for (const t of ticksOf([times * lowY, times * highY], 5, this.logY, false)) {
      if (!t.text) continue;
      t.at /= times;
      pen.strokeStyle = colour("--grid");
      pen.beginPath();
      pen.moveTo(LEFT, y(t.at));
      pen.lineTo(width - RIGHT, y(t.at));
      pen.stroke();
      pen.fillText(t.text + (this.rates ? PERCENT : ""), LEFT - 7, y(t.at) + 4);
    }
    pen.textAlign = "center";
    for (const t of ticksOf([lowX, highX], Math.max(2, Math.round(width / 90)), false, this.wholeX()))
      pen.fillText(t.text, Math.min(Math.max(x(t.at), LEFT), width - widthOf(t.text, 11) / 2), HEIGHT - BOTTOM + 16);
    pen.textAlign = "right";
    pen.fillText(this.nameX(), width - RIGHT, HEIGHT - 6);
    pen.strokeStyle = colour("--edge");
    pen.beginPath();
    pen.moveTo(LEFT, HEIGHT - BOTTOM);
    pen.lineTo(width - RIGHT, HEIGHT - BOTTOM);
    pen.stroke();

    const many = this.series.length > 8;
    for (const s of this.series) {
      const strong = s.name === this.strong;
      pen.globalAlpha = this.strong && !strong ? 0.2 : many && !strong ? 0.6 : 1;
      pen.strokeStyle = pen.fillStyle = tones[s.tone];
      pen.lineWidth = strong ? 3 : many ? 1.2 : 2;
      pen.setLineDash(s.dash ? [6, 4] : []);
      s.curve.trace(pen, x, y, dense);
      if (s.curve.x.length === 1) pen.fillRect(x(s.curve.x[0]) - 2.5, y(s.curve.y[0]) - 2.5, 5, 5);
    }
    pen.globalAlpha = 1;
    pen.setLineDash([]);
    this.read(this.at);
  }

  /** The values at this x, with a line there; at the end, and without one, where there is none. */
  private read(at: number | null): void {
    const { x } = this;
    const found = this.series.filter((s) => s.curve.x.length).slice(0, READ);
    this.at = at;
    this.line.hidden = at === null || !found.length;
    if (!x || !found.length) return;
    const wanted = Math.min(Math.max(at ?? x.domain[1], x.domain[0]), x.domain[1]);
    const places = found.map(({ curve }) => nearest(curve.x, wanted));
    const all = places.map((i, k) => found[k].curve.x[i]);
    const there = all.reduce((best, one) => (Math.abs(one - wanted) < Math.abs(best - wanted) ? one : best));
    const told = this.rates ? percent : format;
    const values = found.map((s, k) => `${s.name} ${told(s.curve.y[places[k]])}`);
    const text = `${this.nameX()} ${format(there)}:  ${values.join("   ")}`;
    this.line.style.left = `${x(there)}px`;
    this.told.textContent = at === null ? "\u00a0" : fit(text, this.plot.clientWidth, 13);
    const [low, high] = x.domain;
    for (const [name, value] of Object.entries({ min: low, max: high, now: there, text }))
      this.canvas.setAttribute(`aria-value${name}`, String(value));
  }

  /** Where a key leads: to the next point of a curve, over a tenth, to an end. */
  private moved(key: string, at: number, [low, high]: [number, number]): number | undefined {
    const next = (by: 1 | -1) => {
      const all = this.series.slice(0, READ).flatMap(({ curve }) => (curve.x.length ? beyond(curve.x, at, by) : []));
      const ahead = all.filter((one) => (one - at) * by > 0).map((one) => one * by);
      return ahead.length ? Math.min(...ahead) * by : at;
    };
    const tenth = (high - low) / 10;
    const to: Record<string, () => number> = {
      ArrowRight: () => next(1),
      ArrowUp: () => next(1),
      ArrowLeft: () => next(-1),
      ArrowDown: () => next(-1),
      PageUp: () => Math.min(at + tenth, high),
      PageDown: () => Math.max(at - tenth, low),
      Home: () => low,
      End: () => high,
    };
    return to[key]?.();
  }
}

function extent(all: Curve[], log: boolean): [number, number, number, number] {
  let [lowX, highX, lowY, highY] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const one of all) {
    if (!one.x.length) continue;
    const [low, high] = one.range(log);
    [lowX, highX] = [Math.min(lowX, one.x[0]), Math.max(highX, one.x[one.x.length - 1])];
    [lowY, highY] = [Math.min(lowY, low), Math.max(highY, high)];
  }
  if (lowX > highX) [lowX, highX] = [0, 1];
  if (lowX === highX) [lowX, highX] = [lowX - 1, highX + 1];
  if (lowY > highY) [lowY, highY] = [0.1, 1];
  if (log) return [lowX, highX, lowY / 1.1, highY * 1.1];
  const size = Math.abs(highY);
  const pad = Math.max((highY - lowY) * 0.06 || size * 0.1 || 1, size * 0.002);
  return [lowX, highX, lowY >= 0 && lowY < highY * 0.4 ? 0 : lowY - pad, highY + pad];
}

/** Where in an ascending list the value nearest to this one is. */
export function nearest(list: number[], value: number): number {
  let [low, high] = [0, list.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (list[middle] < value) low = middle;
    else high = middle;
  }
  return Math.abs(list[high] - value) < Math.abs(list[low] - value) ? high : low;
}

/** The next of an ascending list on this side of a value; the last where there is none. */
function beyond(list: number[], value: number, by: 1 | -1): number {
  let i = nearest(list, value);
  while (list[i + by] !== undefined && (list[i] - value) * by <= 0) i += by;
  return list[i];
}
