/** Where bars stand, and their names below the axis. */
import { safe } from "../format";
import type { Mark } from "../types";
import type { Slots } from "./marks";
import { fit, widthOf } from "./text";

export function slotsOf(all: Mark[], left: number, right: number): Slots {
  const bars = all.filter((m) => m.mark === "bars");
  const names = [...new Set(bars.flatMap((m) => m.names))];
  const band = (right - left) / Math.max(1, names.length);
  return { names, band, series: bars.length, centre: (i) => left + (i + 0.5) * band };
}

/** Lines and points over bars count the bars from 0, or go by their names where these are evenly spaced numbers. */
export function slotDomain({ names }: Slots): [number, number] {
  const n = names.map(Number);
  const step = n.length > 1 ? (n[n.length - 1] - n[0]) / (n.length - 1) : 1;
  const even = step > 0 && n.every((v, i) => Math.abs(v - n[0] - i * step) < step * 1e-3);
  return even ? [n[0] - step / 2, n[n.length - 1] + step / 2] : [-0.5, names.length - 0.5];
}

/** The room below that turned names need; 0 where they stand level or some can be left out. */
export function turn({ names, band }: Slots): number {
  const widest = Math.max(...names.map((n) => widthOf(n, 11)));
  if (widest <= band - 4 || numeric(names)) return 0;
  return Math.min(widest, 110) * 0.64 + 20;
}

function numeric(names: string[]): boolean {
  return names.every((n) => n !== "" && Number.isFinite(Number(n.replace("−", "-"))));
}

export function slotNames(s: Slots, bottom: number, turned: number): string {
  const widest = Math.max(...s.names.map((n) => widthOf(n, 11)));
  const every = turned ? Math.max(1, Math.ceil(13 / s.band)) : Math.max(1, Math.ceil((widest + 8) / s.band));
  return s.names
    .map((name, i) => {
      if (i % every) return "";
      const x = s.centre(i);
      return turned
        ? `<text class="tick" transform="translate(${x + 4},${bottom + 13}) rotate(-40)" text-anchor="end">${safe(fit(name, 110, 11))}</text>`
        : `<text class="tick" x="${x}" y="${bottom + 17}" text-anchor="middle">${safe(name)}</text>`;
    })
    .join("");
}
