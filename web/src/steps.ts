/** A slider's places: whole numbers of the range input, and the values they stand for. */

export interface Steps {
  count: number; // places run from 0 to count
  value(place: number): number;
  place(value: number): number;
}

interface Range {
  low: number;
  high: number;
  step: number | null;
  log: boolean;
  values?: number[];
}

const FINE = 200; // places where nothing says how many

export function steps({ low, high, step, log, values }: Range): Steps {
  if (values) {
    const by = log ? Math.log : Number;
    const away = (place: number, value: number) => Math.abs(by(values[place]) - by(value));
    return {
      count: values.length - 1,
      value: (place) => values[Math.min(Math.max(place, 0), values.length - 1)],
      place: (value) => values.reduce((best, _, i) => (away(i, value) < away(best, value) ? i : best), 0),
    };
  }
  const limit = (v: number) => Math.min(Math.max(v, low), high);
  if (log && low > 0) {
    const decades = Math.log10(high / low);
    const per = Math.ceil(Math.max(60, FINE / decades)); // places a decade, so that powers of ten are among them
    const count = Math.ceil(decades * per - 1e-9);
    const snap = (v: number) => (step ? low + Math.round((v - low) / step) * step : Number(v.toPrecision(3)));
    return {
      count,
      value: (place) => limit(snap(place <= 0 ? low : place >= count ? high : low * 10 ** (place / per))),
      place: (value) => (value >= high ? count : Math.round(Math.log10(limit(value) / low) * per)),
    };
  }
  const by = step ?? round((high - low) / FINE);
  const count = Math.max(1, Math.round((high - low) / by));
  const digits = Math.max(0, 2 - Math.floor(Math.log10(by) + 1e-9));
  return {
    count,
    value: (place) => limit(Number((low + place * by).toFixed(Math.min(digits, 12)))),
    place: (value) => Math.round((limit(value) - low) / by),
  };
}

/** The nearest of 1, 2 and 5 times a power of ten, from above. */
function round(width: number): number {
  const ten = 10 ** Math.floor(Math.log10(width));
  return ([1, 2, 5, 10].find((m) => m * ten >= width * (1 - 1e-9)) ?? 10) * ten;
}

/** The next place when a key is pressed on a log slider that must land on whole steps: at least one step away. */
export function beyond(s: Steps, place: number, direction: 1 | -1): number {
  const now = s.value(place);
  let at = place + direction;
  while (at > 0 && at < s.count && s.value(at) === now) at += direction;
  return Math.min(Math.max(at, 0), s.count);
}
