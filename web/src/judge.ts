/** What a reader typed, and what it is worth: the same rule as `Drawn.judge` in pages/question.py. */

/** What of a question's draw is right, and the wrong answers that are told of, in the order of its `.trap`. */
export interface Check {
  answer: number | string | null;
  margin: number;
  traps: (number | string)[];
}

/** null for what is no number: 0.25, −3, 1,200, 1/3, 2e-3, 2·10^-3, 12.5 %. */
export function numberOf(text: string): number | null {
  const plain = text
    .trim()
    .replace(/[−–]/g, "-")
    .replace(/\s*(?:[·×x*]\s*)10\s*\^?\s*(-?\d+)/, "e$1")
    .replace(/^(-?)10\^(-?\d+)$/, "$11e$2")
    .replace(/,(?=\d{3}(?!\d))/g, "")
    .replace(/[，,](?=\d)/, ".")
    .replace(/\s*[%％]$/, "");
  const parts = plain.split("/");
  const [value, below] = parts.map((one) => (one.trim() === "" ? NaN : Number(one)));
  const made = parts.length === 1 ? value : parts.length === 2 ? value / below : NaN;
  return Number.isFinite(made) ? made : null;
}

/** Whether it is right, else the place of the trap that was walked into, else -1. */
export function judge(check: Check, given: number | string): true | number {
  if (typeof given === "string") return given === check.answer || check.traps.indexOf(given);
  if (typeof check.answer === "number" && Math.abs(given - check.answer) <= check.margin) return true;
  return check.traps.findIndex((one) => Math.abs(given - Number(one)) <= Math.max(0.01 * Math.abs(Number(one)), 1e-9));
}
