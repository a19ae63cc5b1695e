/** Numbers as core/written.py has them in sentences: few digits, a true minus, powers of ten beyond what is easily read. */

/** As Python writes it (core/written.py): no line breaks before it. */
export const PERCENT = "\u00a0%";
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

export function format(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e7) return minus(grouped(String(value)));
  if (size >= 1e6 || size < 1e-4) {
    const [mantissa, exponent] = value.toExponential(Math.min(digits, 3) - 1).split("e");
    const short = trim(mantissa);
    const ten = `10${raised(Number(exponent))}`;
    return minus(short === "1" ? ten : short === "-1" ? `-${ten}` : `${short} × ${ten}`);
  }
  const places = Math.max(0, Math.min(8, digits - 1 - Math.floor(Math.log10(size))));
  return minus(grouped(trim(Number(value.toPrecision(digits)).toFixed(places))));
}

/** With so many digits behind the point, noughts too: as the ticks of an axis stand. */
export function fixed(value: number, places: number): string {
  return minus(grouped(value.toFixed(places).replace(/^-(?=0\.?0*$)/, "")));
}

/** A rate in percent. */
export function percent(value: number | null | undefined): string {
  return typeof value === "number" ? `${format(100 * value, 3)}${PERCENT}` : "–";
}

/** As a title begins. */
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** 48,120 and 4,812. */
function grouped(text: string): string {
  const [whole, part] = text.split(".");
  return whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",") + (part ? `.${part}` : "");
}

/** A power of ten: 10⁻³, but 0.1, 1 and 10 as they are. */
export function power(exponent: number): string {
  return exponent >= -2 && exponent <= 3 ? format(10 ** exponent) : `10${raised(exponent)}`;
}

function raised(exponent: number): string {
  return (exponent < 0 ? "⁻" : "") + [...String(Math.abs(exponent))].map((d) => RAISED[Number(d)]).join("");
}

function trim(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function minus(text: string): string {
  return text.replace("-", "−");
}

const UNSAFE: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text for HTML or SVG. */
export function safe(text: unknown): string {
  return String(text).replace(/[&<>"]/g, (one) => UNSAFE[one]);
}
