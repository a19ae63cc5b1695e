/** Each mark of a chart as SVG text. */
import { format, safe } from "../format";
import type { Arrows, Band, Bars, Dots, Field, Histogram, Line, Note, Num, Rule, Tone } from "../types";
import type { Scale } from "./scale";
import { SIZE, widthOf } from "./text";

export interface Rect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}
export interface Frame {
  x: Scale;
  y: Scale;
  plot: Rect;
  over: boolean; // a field lies beneath: marks get a rim
  slots: Slots | null;
}
/** Where the bars of a panel stand. */
export interface Slots {
  names: string[];
  centre(i: number): number;
  band: number;
  series: number;
}
/** A panel as it was drawn: by axes in panel.ts, without in diagram.ts. */
export interface Drawn {
  svg: string;
  width: number;
  height: number;
  plot: Rect;
  frame: Frame;
  moving: ((k: number) => string) | null; // what grows, at its k-th step, which may lie between two
  fields: { field: Field; box: Rect; flip: boolean; pale: boolean }[]; // for canvases beneath
}

export const RULE_ROW = 15; // pixels
const MOST_BAR = 96; // pixels
const r = (v: number) => Math.round(v * 10) / 10;
const toneOf = (tone: Tone | Tone[], i: number): Tone =>
  Array.isArray(tone) ? (tone[i] ?? tone[tone.length - 1] ?? "1") : tone;

function path(x: Num[], y: Num[], f: Frame): string {
  let d = "";
  let open = false;
  for (let i = 0; i < x.length; i++) {
    const [a, b] = [x[i], y[i]];
    if (a === null || b === null || a === undefined || b === undefined || (f.y.log && b <= 0) || (f.x.log && a <= 0)) {
      open = false;
      continue;
    }
    d += open ? `L${r(f.x(a))},${r(f.y(b))}` : `M${r(f.x(a))},${r(f.y(b))}h0`; // h0: a point alone is a dot
    open = true;
  }
  return d;
}

export function line(m: Line, f: Frame): string {
  const d = path(m.x, m.y, f);
  if (!d) return "";
  const rim = f.over ? `<path class="rim" d="${d}"/>` : "";
  return `${rim}<path class="line t-${m.tone}${m.wide ? " wide" : ""}${m.dash ? " dash" : ""}" d="${d}"/>`;
}

export function dots(m: Dots, f: Frame): string {
  let svg = "";
  for (let i = 0; i < m.x.length; i++) {
    const [a, b] = [m.x[i], m.y[i]];
    if (a === null || b === null || (f.y.log && b <= 0) || (f.x.log && a <= 0)) continue;
    svg += `<circle class="dot t-${toneOf(m.tone, i)}" cx="${r(f.x(a))}" cy="${r(f.y(b))}" r="${m.size}"/>`;
  }
  return svg;
}

/** The bars, and what is written at them, which stands above everything. */
export function bars(m: Bars, f: Frame, series: number): [string, string] {
  const s = f.slots;
  if (!s) return ["", ""];
  const width = Math.max(1, Math.min(s.band * 0.78, MOST_BAR) / s.series);
  const zero = f.y.log ? f.plot.bottom : f.y(Math.max(Math.min(0, Math.max(...f.y.domain)), Math.min(...f.y.domain)));
  const told = s.series === 1 && width >= 30 && m.y.length <= 12;
  let svg = "";
  let values = "";
  m.names.forEach((name, k) => {
    const v = m.y[k];
    const i = s.names.indexOf(name);
    if (v === null || v === undefined || i < 0) return;
    const left = s.centre(i) - (width * s.series) / 2 + series * width;
    const top = f.y(v);
    const gap = width > 4 ? 1 : 0;
    svg += `<rect class="bar t-${toneOf(m.tone, k)}" x="${r(left + gap / 2)}" width="${r(width - gap)}" y="${r(Math.min(top, zero))}" height="${r(Math.max(Math.abs(zero - top), 0.5))}"/>`;
    if (told) values += words(left + width / 2, v < 0 ? top + SIZE + 2 : top - 5, format(v, 3), "quiet", "middle");
  });
  return [svg, values];
}

export function histogram(m: Histogram, f: Frame): string {
  const base = f.y.log ? f.plot.bottom : f.y(0);
  let d = "";
  m.counts.forEach((v, i) => {
    if (!v) return;
    const [a, b] = [f.x(m.edges[i]), f.x(m.edges[i + 1])];
    const gap = Math.abs(b - a) > 4 ? 1 : 0;
    d += `M${r(Math.min(a, b))},${r(base)}V${r(f.y(v))}H${r(Math.max(a, b) - gap)}V${r(base)}Z`;
  });
  return d && `<path class="bar t-${m.tone} part" d="${d}"/>`;
}

export function band(m: Band, f: Frame): string {
  let there = "";
  let back = "";
  for (let i = 0; i < m.x.length; i++) {
    const [x, a, b] = [m.x[i], m.low[i], m.high[i]];
    if (x === null || a === null || b === null) continue;
    there += `${there ? "L" : "M"}${r(f.x(x))},${r(f.y(b))}`;
    back = `L${r(f.x(x))},${r(f.y(a))}${back}`;
  }
  return there && `<path class="band t-${m.tone}" d="${there}${back}Z"/>`;
}

/** The words of an upright rule stand above the plot, in a row of their own; those of a level one at its end or in the key. */
export function rule(m: Rule, f: Frame, row: number): string {
  const { left, right, top, bottom } = f.plot;
  const kind = `rule t-${m.tone}${m.dash ? " dash" : ""}`;
  let svg = "";
  if (m.x !== null && m.x !== undefined) {
    const x = r(f.x(m.x));
    if (x < left - 1 || x > right + 1) return "";
    const up = m.label ? top - 4 - row * RULE_ROW : top;
    svg += `<path class="${kind}" d="M${x},${up}V${bottom}"/>`;
    if (m.label) {
      const end = x + 5 + widthOf(m.label) > right + 6;
      svg += words(end ? x - 5 : x + 5, up + 2, m.label, m.tone, end ? "end" : "start");
    }
  }
  if (m.y !== null && m.y !== undefined) {
    const y = r(f.y(m.y));
    if (y < top - 1 || y > bottom + 1) return svg;
    svg += `<path class="${kind}" d="M${left},${y}H${right}"/>`;
  }
  return svg;
}

export function note(m: Note, f: Frame): string {
  const half = m.anchor === "middle" ? 0.5 : m.anchor === "end" ? 1 : 0;
  const width = widthOf(m.text);
  const shift = m.anchor === "start" ? 6 : m.anchor === "end" ? -6 : 0;
  const from = Math.max(f.plot.left + 2, Math.min(f.x(m.x) + shift - half * width, f.plot.right - width - 2));
  const y = Math.max(f.plot.top + SIZE, Math.min(f.y(m.y) + 4, f.plot.bottom - 4));
  return words(from, y, m.text, m.tone, "start");
}

export function arrows(m: Arrows, f: Frame): string {
  let shafts = "";
  let heads = "";
  for (let i = 0; i < m.x.length; i++) {
    const [x, y, dx, dy] = [m.x[i], m.y[i], m.dx[i], m.dy[i]];
    if (x === null || y === null || dx === null || dy === null) continue;
    const [made, head] = arrow(f.x(x), f.y(y), f.x(x + dx), f.y(y + dy));
    shafts += made;
    heads += head;
  }
  return shafts && `<path class="shaft t-${m.tone}" d="${shafts}"/><path class="head t-${m.tone}" d="${heads}"/>`;
}

/** Shaft and head from one place to another. */
export function arrow(x1: number, y1: number, x2: number, y2: number, size = 8): [string, string] {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const length = Math.hypot(dx, dy);
  if (length < 0.5) return ["", ""];
  const [ux, uy] = [dx / length, dy / length];
  const h = Math.min(size, length * 0.6);
  const [bx, by] = [x2 - ux * h, y2 - uy * h];
  const w = h * 0.42;
  return [
    `M${r(x1)},${r(y1)}L${r(bx)},${r(by)}`,
    `M${r(x2)},${r(y2)}L${r(bx - uy * w)},${r(by + ux * w)}L${r(bx + uy * w)},${r(by - ux * w)}Z`,
  ];
}

export function words(x: number, y: number, text: string, tone: Tone | "", anchor: string, more = ""): string {
  return `<text class="words${tone ? ` t-${tone}` : ""} ${more}" x="${r(x)}" y="${r(y)}" text-anchor="${anchor}">${safe(text)}</text>`;
}
