/** What is called how: names at the ends of lines where there is room for them, else a key above the plot. */
import { safe } from "../format";
import type { Line, Mark, Panel, Rule, Tone } from "../types";
import { words, type Frame } from "./marks";
import { dodge } from "./scale";
import { widthOf } from "./text";

export interface Key {
  text: string;
  tone: Tone;
  form: "line" | "dash" | "square" | "dot";
}

export function keyOf(all: Mark[], atEnd: Mark[]): Key[] {
  const made: Key[] = [];
  for (const m of all) {
    if (!("label" in m) || !m.label || m.mark === "field" || (m.mark === "rule" && (m.y === null || atEnd.includes(m))))
      continue;
    const tone = "tone" in m ? (Array.isArray(m.tone) ? (m.tone[0] ?? "1") : m.tone) : "1";
    const form =
      m.mark === "line" || m.mark === "rule"
        ? m.dash
          ? "dash"
          : "line"
        : m.mark === "dots"
          ? "dot"
          : m.mark === "arrows"
            ? "line"
            : "square";
    if (!made.some((k) => k.text === m.label && k.tone === tone)) made.push({ text: m.label, tone, form });
  }
  return made;
}

/** Whether names can stand where the lines end: only lines are named, all end at the right, there is room. */
export function directly(panel: Panel, key: Key[], domain: [number, number], width: number): boolean {
  if (!key.length || key.length > 8 || panel.equal || panel.marks.some((m) => m.mark === "field" || m.mark === "bars"))
    return false;
  if (panel.marks.some((m) => "grows" in m && m.grows)) return false; // where it ends is not yet seen
  if (panel.marks.some((m) => "label" in m && m.label && m.mark !== "line" && m.mark !== "rule")) return false;
  if (Math.max(...key.map((k) => widthOf(k.text))) > width * 0.22) return false;
  const span = domain[1] - domain[0];
  return panel.marks.every(
    (m) => m.mark !== "line" || !m.label || (ending(m)?.[0] ?? -Infinity) >= domain[1] - 0.04 * span,
  );
}

function ending(m: Line): [number, number] | null {
  for (let i = m.x.length - 1; i >= 0; i--) {
    const [a, b] = [m.x[i], m.y[i]];
    if (a !== null && b !== null) return [a, b];
  }
  return null;
}

/** What is named at the right edge: lines, and level rules whose words are short. */
export function endsOf(all: Mark[], width: number): (Line | Rule)[] {
  return all.filter(
    (m): m is Line | Rule =>
      (m.mark === "line" && !!m.label) ||
      (m.mark === "rule" &&
        m.y !== null &&
        !!m.label &&
        widthOf(m.label) <= width * 0.22 &&
        !all.some((o) => o.mark === "field")),
  );
}

export function named(lines: (Line | Rule)[], f: Frame): string {
  const clamp = (v: number) => Math.min(Math.max(v, f.plot.top + 6), f.plot.bottom - 4);
  const wanted = lines.map((m) => clamp(f.y((m.mark === "rule" ? m.y : ending(m)?.[1]) ?? 0)));
  const places = dodge(wanted, 15, f.plot.top + 6, f.plot.bottom - 4);
  return lines.map((m, i) => words(f.plot.right + 7, places[i] + 4, m.label, m.tone, "start", "name")).join("");
}

export function laid(key: Key[], width: number): [Key, number][][] {
  const rows: [Key, number][][] = [[]];
  let at = 0;
  for (const k of key) {
    const need = 24 + widthOf(k.text) + 16;
    if (at && at + need - 16 > width) {
      rows.push([]);
      at = 0;
    }
    rows[rows.length - 1].push([k, at]);
    at += need;
  }
  return rows;
}

export function swatch(k: Key, x: number, y: number): string {
  const form =
    k.form === "square"
      ? `<rect class="bar t-${k.tone}" x="${x + 2}" y="${y - 6}" width="14" height="11" rx="2"/>`
      : k.form === "dot"
        ? `<circle class="dot t-${k.tone}" cx="${x + 9}" cy="${y}" r="4.5"/>`
        : `<path class="line t-${k.tone}${k.form === "dash" ? " dash" : ""}" d="M${x},${y}h18"/>`;
  return `${form}<text class="words t-${k.tone} name" x="${x + 24}" y="${y + 4}">${safe(k.text)}</text>`;
}
