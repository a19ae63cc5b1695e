/** Marks that grow with the steps of a figure: what of them is there at one step, or between two. */
import type { Dots, Line, Tone } from "../contract";
import { dots, line, type Frame } from "./marks";

/** How many points are there at the k-th step, from 0. */
function count(m: Line | Dots, k: number): number {
  if (m.grows === true) return Math.min(Math.floor(k) + 1, m.x.length);
  const steps = m.grows ?? [];
  let n = 0;
  while (n < steps.length && steps[n] <= k) n++;
  return n;
}

/** How far on the way to the next point it is. */
function part(m: Line | Dots, k: number, n: number): number {
  if (m.grows === true) return k - Math.floor(k);
  const steps = m.grows ?? [];
  return n > 0 && n < steps.length ? (k - steps[n - 1]) / (steps[n] - steps[n - 1]) : 0;
}

/** A line as far as it has come, with a point at its end. */
export function grownLine(m: Line, f: Frame, k: number): string {
  const n = count(m, k);
  const [x, y] = [m.x.slice(0, n), m.y.slice(0, n)];
  const [a, b, c, d] = [m.x[n - 1], m.y[n - 1], m.x[n], m.y[n]];
  const t = part(m, k, n);
  if (t > 0 && typeof a === "number" && typeof b === "number" && typeof c === "number" && typeof d === "number") {
    x.push(f.x.invert(f.x(a) + t * (f.x(c) - f.x(a))));
    y.push(f.y.invert(f.y(b) + t * (f.y(d) - f.y(b))));
  }
  return line({ ...m, x, y }, f);
}

/** Where a growing line has come to. */
export function headOf(m: Line, f: Frame, k: number): [number, number] | null {
  const n = count(m, k);
  const [a, b] = [m.x[n - 1], m.y[n - 1]];
  if (typeof a !== "number" || typeof b !== "number") return null;
  const [c, d, t] = [m.x[n], m.y[n], part(m, k, n)];
  const on = t > 0 && typeof c === "number" && typeof d === "number";
  const px = on ? f.x(a) + t * (f.x(c) - f.x(a)) : f.x(a);
  const py = on ? f.y(b) + t * (f.y(d) - f.y(b)) : f.y(b);
  return [px, py];
}

export function grownDots(m: Dots, f: Frame, k: number): string {
  return dots(grown(m, k), f);
}

/** The mark as it is at this step. */
export function grown<M extends Line | Dots>(m: M, k: number): M {
  if (!m.grows) return m;
  const n = count(m, k);
  const tone = Array.isArray(m.tone) ? (m.tone.slice(0, n) as Tone[]) : m.tone;
  return { ...m, x: m.x.slice(0, n), y: m.y.slice(0, n), tone };
}
