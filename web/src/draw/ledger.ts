/** A ledger as the report of a run draws it: bars with whiskers along one axis, and between two the step from end to end. */
import { safe } from "../format";
import type { Ledger, Panel } from "../types";
import type { Drawn, Frame } from "./marks";
import { scale } from "./scale";
import { fit, widthOf } from "./text";

const NARROW = 620; // pixels of width below which the words stand above their bars
const HEIGHT = { bar: 38, step: 28 };
const WORDS = 19; // pixels of a line of words above a bar
const GAP = 14;

interface Line {
  at: Ledger["lines"][number];
  top: number;
  middle: number; // of the bar
}

export function ledgerOf(panel: Panel): Ledger | undefined {
  return panel.marks.find((m): m is Ledger => m.mark === "ledger");
}

/** Where each line stands, and the track of all. */
export function lined(m: Ledger, width: number): { lines: Line[]; left: number; right: number; bottom: number } {
  const narrow = width < NARROW;
  const names = Math.max(...m.lines.map((one) => 1.1 * widthOf(one.name, 13))) + GAP + 8;
  const values = Math.max(...m.lines.map((one) => 1.05 * widthOf(told(one), 13))) + GAP; // the value is bold
  let top = 4;
  const lines = m.lines.map((at) => {
    const height = HEIGHT[at.kind] * (narrow ? 0.8 : 1) + (narrow ? WORDS : 0);
    const line = { at, top, middle: top + (narrow ? WORDS : 0) + (HEIGHT[at.kind] * (narrow ? 0.8 : 1)) / 2 };
    top += height;
    return line;
  });
  const left = narrow ? 2 : Math.min(names, 150);
  return { lines, left, right: Math.max(left + 80, width - (narrow ? 14 : values)), bottom: top + 2 };
}

const told = (line: Line["at"]) => [line.value, ...line.more].join("  ");

export function ledger(m: Ledger, width: number): Drawn {
  const { lines, left, right, bottom } = lined(m, width);
  const narrow = width < NARROW;
  const x = scale([0, 100], [left, right], false);
  const y = scale([0, 1], [0, bottom], false);
  let svg = "";
  for (const [at, label] of m.ticks)
    svg += `<path class="grid" d="M${x(at)},0V${bottom}"/><text class="tick" x="${x(at)}" y="${bottom + 15}" text-anchor="middle">${safe(label)}</text>`;
  svg += `<text class="axis-name" x="${narrow ? right : right + GAP}" y="${bottom + (narrow ? 32 : 15)}" text-anchor="${narrow ? "end" : "start"}">${safe(m.unit)}</text>`;
  for (const { at, top, middle } of lines) {
    const [a, b] = at.span.map(x);
    const row = narrow ? top + 14 : middle + 4.5;
    const name = fit(at.name, narrow ? width * 0.4 : left - 8, 13);
    const strong = at.kind === "bar" || at.tone === "bad" ? " strong" : "";
    svg += `<text class="ledger-name${strong}" x="${at.kind === "step" ? 8 : 0}" y="${row}">${safe(name)}</text>`;
    const more = narrow ? fit(at.more.join("  "), width * 0.58 - widthOf(at.value, 13), 13) : at.more.join("  ");
    svg += `<text class="ledger-value t-${at.tone}" x="${narrow ? width : right + GAP}" y="${row}" text-anchor="${narrow ? "end" : "start"}"><tspan class="strong">${safe(at.value)}</tspan>${more && `  ${safe(more)}`}</text>`;
    if (at.kind === "bar") {
      svg += `<rect class="bar t-${at.tone}" x="${a}" y="${middle - 10}" width="${Math.max(b - a, 1)}" height="20" rx="2"/>`;
      if (at.whisker) {
        const [low, high] = at.whisker.map(x);
        const d = `M${low},${middle - 7}v14M${low},${middle}H${high}M${high},${middle - 7}v14`;
        svg += `<path class="whisker under" d="${d}"/><path class="whisker" d="${d}"/>`;
      }
    } else
      svg += `<path class="ledger-step t-${at.tone}${at.tone === "bad" ? " wide" : ""}" d="M${a},${middle - 7}v14M${a},${middle}H${b}M${b},${middle - 7}v14"/>`;
  }
  const plot = { left, right, top: 0, bottom };
  const frame: Frame = { x, y, plot, over: false, slots: null };
  return { svg, width, height: bottom + (narrow ? 38 : 22), plot, frame, moving: null, fields: [] };
}
