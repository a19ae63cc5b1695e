/** Values over a rectangle: level lines as SVG, colours and pictures as a small canvas that the page stretches. */
import { contours } from "d3-contour";
import type { Field, Num } from "../types";
import { safe } from "../format";
import { colours, css, place, type RGB } from "./colours";
import type { Rect } from "./marks";
import { scale, ticksOf, type Scale } from "./scale";
import { widthOf } from "./text";

const LEVELS = 12;

export interface Stretch {
  low: number;
  high: number;
  colour(value: number): RGB;
  levels: number[];
}

/** The range of a field and what colour each value has. */
export function stretch(field: Field, pale = field.kind === "contour"): Stretch {
  if (field.kind === "colour")
    return { low: 0, high: 0xffffff, levels: [], colour: (v) => [v >> 16, (v >> 8) & 255, v & 255] };
  let low = Infinity;
  let high = -Infinity;
  for (const row of field.z)
    for (const v of row)
      if (v !== null && (!field.log || v > 0)) {
        if (v < low) low = v;
        if (v > high) high = v;
      }
  if (low > high) [low, high] = [0, 1];
  if (field.kind === "picture") {
    const [a, b] = low < 0 ? [low, high] : [0, high <= 1 ? 1 : high > 32 && high <= 255 ? 255 : high]; // as pixels are kept
    return {
      low: a,
      high: b,
      levels: [],
      colour: (v) => {
        const g = Math.round((255 * (v - a)) / (b - a || 1));
        return [g, g, g];
      },
    };
  }
  if (field.kind === "classes") {
    const { sheet, tones } = colours();
    const least = Math.min(...field.z.flat().map((v) => (v ?? 1) % 1));
    const part = (v: number) => 0.08 + (0.5 * ((v % 1) - least)) / (1 - least);
    const mixed = (v: number) => sheet.map((c, i) => Math.round(c + (tones[Math.floor(v)][i] - c) * part(v))) as RGB;
    return { low, high, levels: [], colour: mixed };
  }
  const at = place(low, high, field.diverging, field.log);
  const ramp = rampOf(field, pale);
  const levels: number[] = [];
  const [a, b] = field.diverging ? [-Math.max(-low, high), Math.max(-low, high)] : [low, high];
  const byLog = field.log && a > 0 && !field.diverging;
  for (let k = 1; k < LEVELS; k++) levels.push(byLog ? a * (b / a) ** (k / LEVELS) : a + ((b - a) * k) / LEVELS);
  return { low: a, high: b, colour: (v) => ramp(at(v)), levels };
}

/** Pale where marks lie on it. */
export function rampOf(field: Field, pale: boolean): (t: number) => RGB {
  const palette = colours();
  return field.diverging ? (pale ? palette.divergingLevel : palette.diverging) : pale ? palette.level : palette.heat;
}

interface Kept {
  z: Num[][];
  key: string;
  svg: string;
}

/** Level lines, filled; kept from draw to draw, for most controls leave the surface as it is. */
export class Contours {
  private kept: Kept[] = [];

  draw(field: Field, x: Scale, y: Scale, index: number): string {
    const s = stretch(field);
    const key = JSON.stringify([
      field.x,
      field.y,
      x.domain,
      x.range,
      y.domain,
      y.range,
      css(s.colour(s.low)),
      css(s.colour(s.high)),
      field.log,
    ]);
    const kept = this.kept[index];
    if (kept && kept.key === key && same(kept.z, field.z)) return kept.svg;
    const svg = paths(field, s, x, y);
    this.kept[index] = { z: field.z, key, svg };
    return svg;
  }
}

function same(a: Num[][], b: Num[][]): boolean {
  return a.length === b.length && a.every((row, i) => row.length === b[i].length && row.every((v, j) => v === b[i][j]));
}

function paths(field: Field, s: Stretch, x: Scale, y: Scale): string {
  const rows = field.z.length;
  const columns = field.z[0]?.length ?? 0;
  if (rows < 2 || columns < 2) return "";
  const flat: number[] = [];
  for (const row of field.z) for (const v of row) flat.push(v ?? NaN);
  const along = (from: [number, number], n: number, sc: Scale) => (g: number) => {
    const t = Math.min(Math.max((g - 0.5) / (n - 1), 0), 1);
    return Math.round(sc(from[0] + t * (from[1] - from[0])) * 10) / 10;
  };
  const px = along(field.x, columns, x);
  const py = along(field.y, rows, y);
  const [x0, x1, y0, y1] = [px(0), px(columns), py(0), py(rows)];
  const base = css(s.colour(s.low));
  let svg = `<path class="level" fill="${base}" stroke="none" d="M${x0},${y0}H${x1}V${y1}H${x0}Z"/>`;
  const shapes = contours().size([columns, rows]).thresholds(s.levels)(flat);
  for (const shape of shapes) {
    if (!shape.coordinates.length) continue;
    let d = "";
    for (const polygon of shape.coordinates)
      for (const ring of polygon) {
        d += "M";
        for (let i = 0; i < ring.length - 1; i++) d += `${i ? "L" : ""}${px(ring[i][0])},${py(ring[i][1])}`;
        d += "Z";
      }
    const zero = field.diverging && Math.abs(shape.value) < (s.high - s.low) * 1e-9;
    svg += `<path class="level${zero ? " zero" : ""}" fill="${css(s.colour(shape.value))}" d="${d}"/>`;
  }
  return svg;
}

/** One pixel a value. Row 0 is on top in a picture, at y[0] otherwise; the caller says where y[0] is on the screen. */
export function paint(canvas: HTMLCanvasElement, field: Field, flip: boolean, pale: boolean): void {
  const rows = field.z.length;
  const columns = field.z[0]?.length ?? 0;
  if (!rows || !columns) return;
  if (canvas.width !== columns || canvas.height !== rows) Object.assign(canvas, { width: columns, height: rows });
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const { colour } = stretch(field, pale);
  const image = pen.createImageData(columns, rows);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const v = field.z[i][j];
      if (v === null) continue;
      const at = 4 * ((flip ? rows - 1 - i : i) * columns + j);
      [image.data[at], image.data[at + 1], image.data[at + 2]] = colour(v);
      image.data[at + 3] = 255;
    }
  pen.putImageData(image, 0, 0);
}

/** Whether its values are squares side by side, row 0 on top, without axes. */
export function isPixels(field: Field): boolean {
  return field.kind === "picture" || field.kind === "colour";
}

export function boxOf(m: Field, x: Scale, y: Scale): Rect {
  const [a, b, c, d] = [x(m.x[0]), x(m.x[1]), y(m.y[0]), y(m.y[1])];
  return { left: Math.min(a, b), right: Math.max(a, b), top: Math.min(c, d), bottom: Math.max(c, d) };
}

export function barTicks(field: Field) {
  const s = stretch(field);
  const log = field.log && s.low > 0 && !field.diverging;
  return ticksOf([s.low, s.high], 4, log, false).filter((t) => t.text);
}

/** The room that its colours and their numbers take beside the plot. */
export function barWidth(field: Field): number {
  return 24 + Math.max(...barTicks(field).map((t) => widthOf(t.text, 11)));
}

export function bar(field: Field, plot: Rect, x: number, pale: boolean): string {
  const s = stretch(field);
  const log = field.log && s.low > 0 && !field.diverging;
  const up = scale([s.low, s.high], [plot.bottom, plot.top], log);
  const ramp = rampOf(field, pale);
  const n = 24;
  const step = (plot.bottom - plot.top) / n;
  let svg = "";
  for (let i = 0; i < n; i++)
    svg += `<rect x="${x}" width="10" y="${plot.bottom - (i + 1) * step - 0.3}" height="${step + 0.6}" fill="${css(ramp((i + 0.5) / n))}"/>`;
  if (field.label)
    svg += `<text class="axis-name" x="${plot.right + barWidth(field)}" y="${plot.top - 9}" text-anchor="end">${safe(field.label)}</text>`;
  let last = Infinity;
  for (const t of barTicks(field)) {
    const y = Math.min(Math.max(up(t.at), plot.top + 5), plot.bottom - 3);
    if (last - y < 14) continue;
    svg += `<text class="tick" x="${x + 15}" y="${y + 4}">${safe(t.text)}</text>`;
    last = y;
  }
  return svg;
}
