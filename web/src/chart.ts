/** Curves of runs on a canvas: many long series, redrawn at each row that comes. */
import { ticksOf, scale, type Scale } from "./draw/scale";
import { fit, widthOf } from "./draw/text";
import { format } from "./format";
import { el } from "./html";

export interface Series {
  name: string;
  tone: number; // 1 to 6
  dash?: boolean;
  x: number[]; // ascending
  y: number[];
}

const HEIGHT = 250;
const [LEFT, RIGHT, TOP, BOTTOM] = [52, 14, 12, 26];

export class Chart {
  readonly element: HTMLElement;
  private readonly canvas = el("canvas", { role: "img" });
  private readonly plot = el("div", {}, this.canvas);
  private readonly told = el("p", { class: "readout", "aria-hidden": "true" });
  private readonly key = el("ul", { class: "key" });
  private series: Series[] = [];
  private logY = false;
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
    this.canvas.addEventListener("pointermove", (event) => {
      this.at = this.x ? this.x.invert(event.offsetX) : null;
      this.later();
    });
    this.canvas.addEventListener("pointerleave", () => {
      this.at = null;
      this.later();
    });
  }

  show(series: Series[], logY: boolean): void {
    this.series = series;
    this.logY = logY;
    this.canvas.setAttribute(
      "aria-label",
      `${this.title}: ${series
        .slice(0, 12)
        .map((s) => `${s.name} ${s.y.length ? format(s.y[s.y.length - 1]) : "–"}`)
        .join(", ")}`,
    );
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

    const [lowX, highX, lowY, highY] = extent(this.series, this.logY);
    const x = (this.x = scale([lowX, highX], [LEFT, width - RIGHT], false));
    const y = scale([lowY, highY], [HEIGHT - BOTTOM, TOP], this.logY);
    pen.font = `11px ${style.getPropertyValue("--sans")}`;
    pen.fillStyle = colour("--soft");
    pen.lineWidth = 1;
    pen.textAlign = "right";
    for (const t of ticksOf([lowY, highY], 5, this.logY, false)) {
      if (!t.text) continue;
      pen.strokeStyle = colour("--grid");
      pen.beginPath();
      pen.moveTo(LEFT, y(t.at));
      pen.lineTo(width - RIGHT, y(t.at));
      pen.stroke();
      pen.fillText(t.text, LEFT - 7, y(t.at) + 4);
    }
    pen.textAlign = "center";
    for (const t of ticksOf([lowX, highX], Math.max(2, Math.round(width / 90)), false, this.wholeX()))
      pen.fillText(t.text, Math.min(Math.max(x(t.at), LEFT), width - widthOf(t.text, 11) / 2), HEIGHT - BOTTOM + 16);
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
      trace(pen, s, x, y, this.logY);
      if (s.x.length === 1) pen.fillRect(x(s.x[0]) - 2.5, y(s.y[0]) - 2.5, 5, 5);
    }
    pen.globalAlpha = 1;
    pen.setLineDash([]);
    this.readOut(pen, x, colour("--edge"), width);
  }

  private readOut(pen: CanvasRenderingContext2D, x: Scale, colour: string, width: number): void {
    if (this.at === null || !this.series.length) {
      this.told.textContent = "\u00a0";
      return;
    }
    const at = Math.min(Math.max(this.at, x.domain[0]), x.domain[1]);
    const found = this.series.flatMap((s) => (s.x.length ? [[s, nearest(s.x, at)] as const] : []));
    const reference = found[0] ? found[0][0].x[found[0][1]] : at;
    pen.strokeStyle = colour;
    pen.beginPath();
    pen.moveTo(x(reference), TOP);
    pen.lineTo(x(reference), HEIGHT - BOTTOM);
    pen.stroke();
    const text = `${this.nameX()} ${format(reference)}:  ${found
      .slice(0, 8)
      .map(([s, i]) => `${s.name} ${format(s.y[i])}`)
      .join("   ")}`;
    this.told.textContent = fit(text, width, 13);
  }
}

function extent(all: Series[], log: boolean): [number, number, number, number] {
  let [lowX, highX, lowY, highY] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const s of all)
    for (let i = 0; i < s.x.length; i++) {
      if (s.x[i] < lowX) lowX = s.x[i];
      if (s.x[i] > highX) highX = s.x[i];
      if (log && s.y[i] <= 0) continue;
      if (s.y[i] < lowY) lowY = s.y[i];
      if (s.y[i] > highY) highY = s.y[i];
    }
  if (lowX > highX) [lowX, highX] = [0, 1];
  if (lowX === highX) [lowX, highX] = [lowX - 1, highX + 1];
  if (lowY > highY) [lowY, highY] = [0.1, 1];
  if (log) return [lowX, highX, lowY / 1.1, highY * 1.1];
  const pad = (highY - lowY) * 0.06 || Math.abs(highY) * 0.1 || 1;
  return [lowX, highX, lowY >= 0 && lowY < highY * 0.4 ? 0 : lowY - pad, highY + pad];
}

/** A line; of points that fall on one column of pixels only the first, least, greatest and last. */
function trace(pen: CanvasRenderingContext2D, s: Series, x: Scale, y: Scale, log: boolean): void {
  pen.beginPath();
  let column = NaN;
  let [least, most, last] = [0, 0, 0];
  let begun = false;
  const close = () => {
    if (least !== most) {
      pen.lineTo(column, least);
      pen.lineTo(column, most);
      pen.lineTo(column, last);
    }
  };
  for (let i = 0; i < s.x.length; i++) {
    if (log && s.y[i] <= 0) continue;
    const [px, py] = [Math.round(x(s.x[i]) * 2) / 2, y(s.y[i])];
    if (px === column) {
      if (py < least) least = py;
      if (py > most) most = py;
      last = py;
      continue;
    }
    if (begun) close();
    if (begun) pen.lineTo(px, py);
    else pen.moveTo(px, py);
    begun = true;
    [column, least, most, last] = [px, py, py, py];
  }
  if (begun) close();
  pen.stroke();
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
