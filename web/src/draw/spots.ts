/** What of a panel can be read: points with their values, bars, and the squares of matrices. */
import { format } from "../format";
import type { Cells, Field, Mark, Panel, Tone } from "../contract";
import { isPixels } from "./field";
import { grown } from "./growing";
import { lined } from "./ledger";
import type { Drawn } from "./marks";

export interface Spot {
  x: number; // pixels
  y: number;
  lines: string[]; // the values, each with what it is of
  wide?: number; // half the width within which it is meant, where that is not a point
  tall?: number;
}
/** A mark's spots from left to right. */
export interface Row {
  label: string;
  tone: Tone;
  spots: Spot[];
}

const PLAIN: Tone = "quiet";

/** All that can be read at the k-th step; a point outside the plot cannot. */
export function spotsOf(panel: Panel, drawn: Drawn, k: number, colon: string, step: string): Row[] {
  const { x, y, slots } = drawn.frame;
  const named = (name: string, value: string) => (name ? `${name}${colon}${value}` : value);
  const at = (a: number, b: number) => [named(panel.x.label, format(a)), named(panel.y.label, format(b))];
  const rows: Row[] = [];
  let series = 0;
  for (const m of panel.marks) {
    switch (m.mark) {
      case "line":
      case "dots": {
        const { x: xs, y: ys, tone } = grown(m, k);
        const spots: Spot[] = [];
        for (let i = 0; i < xs.length; i++) {
          const [a, b] = [xs[i], ys[i]];
          if (a === null || b === null || (x.log && a <= 0) || (y.log && b <= 0)) continue;
          if (!isIn(x(a), y(b), drawn)) continue;
          const since =
            m.grows && panel.x.label !== step ? [named(step, String(m.grows === true ? i : m.grows[i]))] : [];
          spots.push({ x: x(a), y: y(b), lines: [...since, ...at(a, b)] });
        }
        rows.push({ label: m.label, tone: Array.isArray(tone) ? (tone[0] ?? PLAIN) : tone, spots });
        break;
      }
      case "bars": {
        const count = slots!.series;
        const width = Math.min(slots!.band * 0.78, 96) / count;
        const spots = m.names.flatMap((name, i) => {
          const v = m.y[i];
          const place = slots!.names.indexOf(name);
          if (v === null || v === undefined || place < 0) return [];
          const left = slots!.centre(place) - (width * count) / 2 + series * width;
          const lines = [named(panel.x.label, name), named(panel.y.label, format(v))];
          return [{ x: left + width / 2, y: Math.max(y(v), drawn.plot.top), lines, wide: width / 2, tall: Infinity }];
        });
        series++;
        rows.push({ label: m.label, tone: Array.isArray(m.tone) ? PLAIN : m.tone, spots });
        break;
      }
      case "histogram": {
        const spots = m.counts.flatMap((v, i) => {
          if (v === null) return [];
          const [a, b] = [m.edges[i], m.edges[i + 1]];
          const lines = [named(panel.x.label, `${format(a)} – ${format(b)}`), named(panel.y.label, format(v))];
          return [{ x: (x(a) + x(b)) / 2, y: y(v), lines, wide: Math.abs(x(b) - x(a)) / 2, tall: Infinity }];
        });
        rows.push({ label: m.label, tone: m.tone, spots });
        break;
      }
      case "cells":
        rows.push(...squares(m, drawn, named));
        break;
      case "ledger":
        rows.push(
          ...lined(m, drawn.width).lines.map(({ at, middle }) => {
            const [a, b] = at.span.map(x);
            const spot = { x: (a + b) / 2, y: middle, lines: [at.value, ...at.more], wide: (b - a) / 2 + 4, tall: 13 };
            return { label: at.name, tone: at.tone, spots: [spot] };
          }),
        );
    }
  }
  return rows.filter((row) => row.spots.length);
}

function isIn(x: number, y: number, { plot }: Drawn): boolean {
  return x >= plot.left - 1 && x <= plot.right + 1 && y >= plot.top - 1 && y <= plot.bottom + 1;
}

/** A row a line of the matrix: as one goes through it with the arrows. */
function squares(m: Cells, { frame }: Drawn, named: (name: string, value: string) => string): Row[] {
  const half = (frame.x(1) - frame.x(0)) / 2;
  return m.values.map((line, i) => ({
    label: m.title,
    tone: PLAIN,
    spots: line.flatMap((v, j) => {
      if (v === null || v === "") return [];
      const value = typeof v === "number" ? format(v) : v;
      const why = m.why?.[i]?.[j];
      const lines = [named(`(${i + 1}, ${j + 1})`, why ? `${why} = ${value}` : value)];
      return [{ x: frame.x(m.x + j + 0.5), y: frame.y(m.y + i + 0.5), lines, wide: half, tall: half }];
    }),
  }));
}

/** The value of a surface at a place of the drawing, by its nearest point of the grid. */
export function valueAt(field: Field, drawn: Drawn, px: number, py: number): number | null {
  const { x, y } = drawn.frame;
  const part = (v: number, [a, b]: [number, number], n: number) =>
    isPixels(field) // its values are squares, not points
      ? Math.min(Math.floor(((v - a) / (b - a)) * n), n - 1)
      : Math.round(((v - a) / (b - a)) * (n - 1));
  const row = field.z[part(y.invert(py), field.y, field.z.length)];
  const value = row?.[part(x.invert(px), field.x, row.length)] ?? null;
  return value !== null && field.kind === "classes" ? value % 1 : value;
}

export function isField(m: Mark): m is Field {
  return m.mark === "field";
}
