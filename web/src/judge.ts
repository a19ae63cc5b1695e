/** What a reader typed, and what it is worth: the same rule as `Drawn.judge` in pages/question.py. */

/** What of a question's draw is right, and the wrong answers that are told of, in the order of its `.trap`. */
export interface Check {
  answer: number | string | null;
  margin: number;
  traps: (number | string)[];
}

/** null for what is no number: 0.25, −3, 1,200, 1/3, 2e-3, 2·10^-3, 2^-8, √3, ln 5, 12.5 %, 9 points. */
export function numberOf(text: string): number | null {
  const plain = text
    .trim()
    .replace(/[−–]/g, "-")
    .replace(/\s*(?:[·×x*]\s*)10\s*\^?\s*(-?\d+)/, "e$1")
    .replace(/^(-?)10\^(-?\d+)$/, "$11e$2")
    .replace(/(?<=\d)[,\s](?=\d{3}(?!\d))/g, "")
    .replace(/[，,](?=\d)/, ".")
    .replace(/\s*[%％]$/, "")
    .replace(/(?<=\d)\s+[a-z\u4e00-\u9fff]+$/i, "");
  const of = /^(-?)(√|sqrt|ln)\s*\(?\s*([\d.]+)\s*\)?$/.exec(plain);
  const power = /^(-?[\d.]+)\^(-?[\d.]+)$/.exec(plain);
  if (of || power) {
    const found = power
      ? Number(power[1]) ** Number(power[2])
      : (of![1] ? -1 : 1) * (of![2] === "ln" ? Math.log(Number(of![3])) : Math.sqrt(Number(of![3])));
    return Number.isFinite(found) ? found : null;
  }
  const parts = plain.split("/");
  const [value, below] = parts.map((one) => (one.trim() === "" ? NaN : Number(one)));
  const made = parts.length === 1 ? value : parts.length === 2 ? value / below : NaN;
  return Number.isFinite(made) ? made : null;
}

/** What may be meant: with a % also the part of one. */
export function readings(text: string): number[] {
  const value = numberOf(text);
  return value === null ? [] : /[%％]\s*$/.test(text) ? [value, value / 100] : [value];
}

/** Whether the answer, rounded too far. */
export function isNear(check: Check, given: number): boolean {
  return typeof check.answer === "number" && Math.abs(given - check.answer) <= 0.05 * Math.abs(check.answer);
}

/** Whether it is right, else the place of the trap that was walked into, else -1. */
export function judge(check: Check, given: number | string): true | number {
  if (typeof given === "string") return given === check.answer || check.traps.indexOf(given);
  if (typeof check.answer === "number" && Math.abs(given - check.answer) <= check.margin) return true;
  return check.traps.findIndex((one) => Math.abs(given - Number(one)) <= Math.max(0.01 * Math.abs(Number(one)), 1e-9));
}
