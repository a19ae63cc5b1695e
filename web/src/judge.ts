/** What a reader typed, and what it is worth: the same rule as `Drawn.judge` in pages/question.py. */

/** What of a question's draw is right, and the wrong answers that are told of, in the order of its `.trap`. */
export interface Check {
  answer: number | string | null;
  margin: number;
  traps: (number | string)[];
}

/** null for what is no number: 0.25, −3, 1,200, 1/3, 2e-3, 2·10^-3, 2^-8, (1/4)^6, √3, ln 5, 12.5 %, 9 points, ０.２５. */
export function numberOf(text: string): number | null {
  const plain = text
    .replace(/[！-～]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0)) // as a Chinese keyboard has them
    .trim()
    .replace(/[−–—]/g, "-")
    .replace(/(?<=\d)。(?=\d)/g, ".")
    .replace(/\s*(?:[·×x*]\s*)10\s*\^?\s*(-?\d+)/, "e$1")
    .replace(/^(-?)10\^(-?\d+)$/, "$11e$2")
    .replace(/(?<=\d)[,\s](?=\d{3}(?!\d))/g, "")
    .replace(/,(?=\d)/, ".")
    .replace(/\s*%$/, "")
    .replace(/(?<=\d)\s+[a-z\u4e00-\u9fff]+$/i, "")
    .replace(/\s+/g, "");
  const found = new Reader(plain).whole();
  return found !== null && Number.isFinite(found) ? found : null;
}

/** One number, a fraction of two, and powers and roots of such, in brackets or not; NaN for anything else. */
class Reader {
  constructor(private left: string) {}

  whole(): number | null {
    const value = this.fraction();
    return this.left ? null : value;
  }

  private fraction(): number {
    const above = this.power();
    return this.took("/") ? above / this.power() : above;
  }

  private power(): number {
    const sign = this.took("[-+]") === "-" ? -1 : 1;
    const base = this.one();
    return sign * (this.took("\\^") ? base ** this.power() : base);
  }

  private one(): number {
    if (this.took("√|sqrt")) return Math.sqrt(this.one());
    if (this.took("ln")) return Math.log(this.one());
    if (!this.took("\\(")) return Number(this.took("(?:\\d+\\.?\\d*|\\.\\d+)(?:e[-+]?\\d+)?") || NaN);
    const inside = this.fraction();
    return this.took("\\)") ? inside : NaN;
  }

  /** What stands next, where it is this. */
  private took(what: string): string {
    const found = new RegExp(`^(?:${what})`).exec(this.left)?.[0] ?? "";
    this.left = this.left.slice(found.length);
    return found;
  }
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
