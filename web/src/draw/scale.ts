/** From data to pixels and back, linear or by the logarithm, with ticks where people expect them. */
import { ticks } from "d3-array";
import { fixed, format, power } from "../format";

export interface Tick {
  at: number; // in data
  text: string; // empty for a minor one
}
export interface Scale {
  (value: number): number;
  invert(pixel: number): number;
  domain: [number, number];
  range: [number, number];
  log: boolean;
}

const FAR = 1e5; // pixels; beyond it drawing engines go wrong

export function scale(domain: [number, number], range: [number, number], log: boolean): Scale {
  const by = log ? Math.log : (v: number) => v;
  const a = by(domain[0]);
  const per = (range[1] - range[0]) / (by(domain[1]) - a || 1);
  const made = ((value: number) => {
    const pixel = range[0] + (by(value) - a) * per;
    return pixel > FAR ? FAR : pixel < -FAR || Number.isNaN(pixel) ? (per < 0 ? FAR : -FAR) : pixel;
  }) as Scale;
  made.invert = (pixel) => (log ? Math.exp : (v: number) => v)(a + (pixel - range[0]) / per);
  return Object.assign(made, { domain, range, log });
}

/** About `count` ticks; where `whole`, at whole numbers alone. */
export function ticksOf(domain: [number, number], count: number, log: boolean, whole: boolean): Tick[] {
  const [low, high] = domain[0] < domain[1] ? domain : [domain[1], domain[0]];
  if (log) return logTicks(low, high, count);
  let at = ticks(low, high, count);
  if (whole) {
    at = at.filter(Number.isInteger);
    if (!at.length) at = [Math.round((low + high) / 2)];
  }
  const step = at.length > 1 ? at[1] - at[0] : 1;
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const plain = digits < 6 && Math.max(Math.abs(low), Math.abs(high)) < 1e6;
  return at.map((v) => ({
    at: v,
    text: plain && digits ? fixed(v, digits) : format(v, 4),
  }));
}

function logTicks(low: number, high: number, count: number): Tick[] {
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.ceil(Math.log10(high) - 1e-9);
  const decades = Math.log10(high / low);
  if (decades < 1)
    return ticks(low, high, count)
      .filter((v) => v > 0)
      .map((at) => ({ at, text: format(at) }));
  const every = Math.max(1, Math.ceil(decades / Math.max(1, count)));
  const made: Tick[] = [];
  for (let e = first; e <= last; e++) {
    for (const m of [1, 2, 3, 4, 5, 6, 7, 8, 9]) {
      const at = m * 10 ** e;
      if (at < low * (1 - 1e-9) || at > high * (1 + 1e-9)) continue;
      const major = m === 1 && e % every === 0;
      const helped = decades < 2 && count > 3 && (m === 2 || m === 5);
      if (major) made.push({ at, text: power(e) });
      else if (helped) made.push({ at, text: format(at) });
      else if (every === 1) made.push({ at, text: "" });
    }
  }
  return made;
}

/** Places at least `gap` apart and within [low, high], each as near as can be to where it wants to be; in the order given. */
export function dodge(wanted: number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((_, i) => i).sort((i, j) => wanted[i] - wanted[j]);
  const groups: { sum: number; n: number; members: number[] }[] = [];
  const start = (g: (typeof groups)[0]) =>
    Math.min(Math.max(g.sum / g.n - ((g.n - 1) * gap) / 2, low), Math.max(low, high - (g.n - 1) * gap));
  for (const i of order) {
    let last = { sum: wanted[i], n: 1, members: [i] };
    for (let before = groups.at(-1); before && start(before) + before.n * gap > start(last); before = groups.at(-1)) {
      groups.pop();
      last = { sum: before.sum + last.sum, n: before.n + last.n, members: [...before.members, ...last.members] };
    }
    groups.push(last);
  }
  const places: number[] = [];
  for (const g of groups) g.members.forEach((i, k) => (places[i] = start(g) + k * gap));
  return places;
}
