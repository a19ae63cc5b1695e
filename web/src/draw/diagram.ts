/** Panels without axes, y downwards and sides equal: matrices in squares, boxes with arrows, pictures with what lies on them. */
import { format, safe } from "../format";
import type { Block, Boxes, Cells, Field, Num, Panel } from "../types";
import { colours, css, inkOn, place, type RGB } from "./colours";
import { isPixels } from "./field";
import { ledger, ledgerOf } from "./ledger";
import * as marks from "./marks";
import { arrow, type Drawn, type Frame, type Rect } from "./marks";
import { scale } from "./scale";
import { fit, SIZE, widthOf } from "./text";

const SIDE = 42; // pixels of a cell at most
const TITLE = 20;
const TALLEST = 84; // pixels of the lowest box

/** Whether it wants a row to itself: many boxes, or matrices wider than half a figure. */
export function isWide(panel: Panel): boolean {
  if (isPicture(panel)) return false;
  if (ledgerOf(panel)) return true;
  if (panel.marks.some((m) => m.mark === "boxes" && m.items.length > 4)) return true;
  const hold = bounds(panel);
  return panel.marks.some((m) => m.mark === "cells") && hold.right - hold.left > 10;
}

export function isPicture(panel: Panel): boolean {
  return panel.marks.some((m) => m.mark === "field" && isPixels(m));
}

const SMALLEST = 0.78; // of the size at which words in boxes are read best

export function isDiagram(panel: Panel): boolean {
  return panel.marks.some(
    (m) => m.mark === "ledger" || m.mark === "cells" || m.mark === "boxes" || (m.mark === "field" && isPixels(m)),
  );
}

export function diagram(panel: Panel, width: number): Drawn {
  const book = ledgerOf(panel);
  if (book) return ledger(book, width);
  const hold = bounds(panel);
  const cells = panel.marks.filter((m): m is Cells => m.mark === "cells");
  const boxes = panel.marks.some((m) => m.mark === "boxes");
  const picture = panel.marks.find((m): m is Field => m.mark === "field");
  const most = picture ? 340 / (hold.bottom - hold.top) : cells.length ? SIDE : TALLEST / lowest(panel);
  const fitting = Math.min(
    (width - 4) / (hold.right - hold.left),
    most,
    picture ? Infinity : 560 / (hold.bottom - hold.top),
  );
  const needed = readable(panel);
  const isSmall = picture || fitting >= SMALLEST * needed; // rather small words than a part that must be scrolled to
  const unit = isSmall ? fitting : Math.max(fitting, Math.min(needed, fitting * 2.2));
  const titled = cells.some((m) => m.title && m.y - hold.top < 1e-9) ? TITLE : 4;
  const top = (panel.title ? 22 : 0) + titled;
  const used = (hold.right - hold.left) * unit;
  const plot: Rect = { left: 2, right: 2 + used, top, bottom: top + (hold.bottom - hold.top) * unit };
  const x = scale([hold.left, hold.right], [plot.left, plot.right], false);
  const y = scale([hold.top, hold.bottom], [plot.top, plot.bottom], false);
  const frame: Frame = {
    x,
    y,
    plot: { ...plot, right: Math.max(plot.right, width - 2) },
    over: !!picture,
    slots: null,
  };
  const fields: Drawn["fields"] = [];
  let svg = panel.title ? `<text class="title" x="0" y="13">${safe(fit(panel.title, width, 13))}</text>` : "";
  for (const m of panel.marks) {
    switch (m.mark) {
      case "field": {
        const [a, b, c, d] = [x(m.x[0]), x(m.x[1]), y(m.y[0]), y(m.y[1])];
        fields.push({
          field: m,
          flip: false,
          pale: false,
          box: { left: Math.min(a, b), right: Math.max(a, b), top: Math.min(c, d), bottom: Math.max(c, d) },
        });
        break;
      }
      case "cells":
        svg += matrix(m, frame, unit, cells);
        break;
      case "boxes":
        svg += chart(m, frame, !!picture);
        break;
      case "line":
        svg += marks.line(m, frame);
        break;
      case "dots":
        svg += marks.dots(m, frame);
        break;
      case "band":
        svg += marks.band(m, frame);
        break;
      case "arrows":
        svg += marks.arrows(m, frame);
        break;
      case "rule":
        svg += marks.rule(m, { ...frame, plot }, 0);
        break;
      case "note":
        svg += `<g class="${cells.length ? "large" : ""}">${marks.note(m, frame)}</g>`;
        break;
    }
  }
  const height = plot.bottom + (boxes ? 6 : 8);
  return { svg, width: Math.max(width, Math.ceil(used + 4)), height, plot, frame, moving: null, fields };
}

function lowest(panel: Panel): number {
  return Math.min(...panel.marks.flatMap((m) => (m.mark === "boxes" ? m.items.map((b) => b.h) : [])));
}

/** The pixels a unit needs for the words of the boxes to be read. */
function readable(panel: Panel): number {
  let most = 0;
  for (const m of panel.marks)
    if (m.mark === "boxes")
      for (const b of m.items)
        most = Math.max(
          most,
          (Math.max(widthOf(b.label ?? "", 11), widthOf(b.sub ?? "", 9.5)) + 6) / b.w,
          (b.label && b.sub ? 28 : 16) / b.h,
        );
  return most;
}

function bounds(panel: Panel): Rect {
  const r: Rect = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  const see = (x: Num, y: Num) => {
    if (x === null || y === null) return;
    r.left = Math.min(r.left, x);
    r.right = Math.max(r.right, x);
    r.top = Math.min(r.top, y);
    r.bottom = Math.max(r.bottom, y);
  };
  for (const m of panel.marks) {
    switch (m.mark) {
      case "cells":
        see(m.x, m.y);
        see(m.x + Math.max(...m.values.map((row) => row.length), 0), m.y + m.values.length);
        break;
      case "boxes":
        for (const b of m.items) {
          see(b.x, b.y);
          see(b.x + b.w, b.y + b.h);
        }
        break;
      case "field":
        see(m.x[0], m.y[0]);
        see(m.x[1], m.y[1]);
        break;
      case "line":
      case "dots":
        m.x.forEach((v, i) => see(v, m.y[i]));
        break;
      case "note":
        see(m.x, m.y);
        break;
      case "arrows":
        m.x.forEach((v, i) => {
          see(v, m.y[i]);
          if (v !== null && m.y[i] !== null) see(v + (m.dx[i] ?? 0), m.y[i]! + (m.dy[i] ?? 0));
        });
    }
  }
  const { x, y } = panel;
  if (x.domain) [r.left, r.right] = [Math.min(...x.domain), Math.max(...x.domain)];
  if (y.domain) [r.top, r.bottom] = [Math.min(...y.domain), Math.max(...y.domain)];
  if (!(r.right > r.left)) [r.left, r.right] = [0, 1];
  if (!(r.bottom > r.top)) [r.top, r.bottom] = [0, 1];
  return r;
}

// -- cells --------------------------------------------------------------------------------------------------------------

function matrix(m: Cells, f: Frame, unit: number, all: Cells[]): string {
  const numbers = numbersOf(m);
  const low = Math.min(0, ...numbers);
  const high = Math.max(...numbers, 0);
  const diverging = !m.grey && all.some((c) => c.heat && !c.grey && numbersOf(c).some((v) => v < 0)); // one key a panel
  const at = place(low, m.grey ? Math.max(high, 1) : high, diverging, false);
  const ramp = diverging ? colours().diverging : m.grey ? grey : colours().heat;
  const shown = m.values.map((row) => row.map((v) => (typeof v === "number" ? short(v) : (v ?? ""))));
  // One size of text for all matrices of a panel, as large as the longest number allows.
  const longest = Math.max(
    0.1,
    ...all.flatMap((c) => c.values.flat().map((v) => widthOf(typeof v === "number" ? short(v) : (v ?? ""), 1))),
  );
  const size = Math.min(14, unit * 0.44, (unit - 3) / longest);
  let svg = "";
  if (m.title) {
    const crowd = all.filter((o) => o !== m && Math.abs(o.y - m.y) < 1e-9 && o.x > m.x).map((o) => o.x);
    const room = ((Math.min(...crowd, Infinity) - m.x) * unit || Infinity) - 8;
    svg += `<text class="words name${m.tone ? ` t-${m.tone}` : ""}" x="${f.x(m.x)}" y="${f.y(m.y) - 7}">${safe(fit(m.title, Math.min(room, f.plot.right - f.x(m.x)), SIZE))}</text>`;
  }
  m.values.forEach((row, i) =>
    row.forEach((v, j) => {
      const [x, y] = [f.x(m.x + j), f.y(m.y + i)];
      const faint = m.faint.some((b) => holds(b, i, j));
      const colour = m.heat && typeof v === "number" ? ramp(at(v)) : null;
      svg += `<rect class="cell${faint ? " faint" : ""}" x="${x}" y="${y}" width="${unit}" height="${unit}"${colour && !faint ? ` style="fill:${css(colour)}"` : ""}/>`;
      if (size >= 6.5 && shown[i][j] !== "")
        svg += `<text class="in-cell${faint ? " faint" : ""}" x="${x + unit / 2}" y="${y + unit / 2 + size * 0.36}" style="font-size:${size.toFixed(1)}px${colour && !faint ? `;fill:${inkOn(colour)}` : ""}">${safe(shown[i][j])}</text>`;
    }),
  );
  if (m.tone)
    svg += `<rect class="around t-${m.tone}" x="${f.x(m.x)}" y="${f.y(m.y)}" width="${Math.max(...m.values.map((row) => row.length)) * unit}" height="${m.values.length * unit}"/>`;
  for (const [i, j, h, w] of m.framed)
    svg += `<rect class="framed" x="${f.x(m.x + j)}" y="${f.y(m.y + i)}" width="${w * unit}" height="${h * unit}"/>`;
  return svg;
}

function numbersOf(m: Cells): number[] {
  return m.values.flat().filter((v): v is number => typeof v === "number");
}

/** The same in both themes, as pictures are. */
function grey(t: number): RGB {
  return [0, 1, 2].map(() => Math.round(255 * t)) as RGB;
}

function holds([i, j, h, w]: Block, row: number, column: number): boolean {
  return row >= i && row < i + h && column >= j && column < j + w;
}

function short(v: number): string {
  return format(v, Math.abs(v) >= 100 ? 4 : 3);
}

// -- boxes --------------------------------------------------------------------------------------------------------------

function chart(m: Boxes, f: Frame, over: boolean): string {
  let svg = "";
  let heads = "";
  let shafts = "";
  let told = "";
  m.links.forEach(([i, j], k) => {
    const [a, b] = [m.items[i], m.items[j]];
    if (!a || !b) return;
    const [x1, y1, x2, y2] = between(a, b);
    const [shaft, head] = arrow(f.x(x1), f.y(y1), f.x(x2), f.y(y2));
    shafts += shaft;
    heads += head;
    if (m.words?.[k])
      told += marks.words(f.x((x1 + x2) / 2), f.y((y1 + y2) / 2) - 4, m.words[k], "4", "middle", "on-link");
  });
  for (const b of m.items) {
    const [x, y, w, h] = [f.x(b.x), f.y(b.y), f.x(b.x + b.w) - f.x(b.x), f.y(b.y + b.h) - f.y(b.y)];
    const tone = b.tone ?? "1";
    if (over) {
      svg += `<rect class="rim" x="${x}" y="${y}" width="${w}" height="${h}"/><rect class="found t-${tone}" x="${x}" y="${y}" width="${w}" height="${h}"/>`;
      const text = [b.label, b.sub].filter(Boolean).join(" ");
      if (text) {
        const wide = widthOf(text) + 8;
        const left = Math.min(x - 1, f.plot.right - wide);
        const up = y - 17 < f.plot.top ? y + 1 : y - 17;
        svg += `<rect class="chip t-${tone}" x="${left}" y="${up}" width="${wide}" height="17"/><text class="on-chip" x="${left + 4}" y="${up + 13}">${safe(text)}</text>`;
      }
      continue;
    }
    svg += `<rect class="box t-${tone}" x="${x}" y="${y}" width="${w}" height="${h}" rx="${Math.min(6, h / 4)}"/>`;
    const size = Math.max(
      8.5,
      Math.min(13, (w - 6) / Math.max(widthOf(b.label ?? "", 1), 0.1), b.sub ? h * 0.34 : h * 0.6),
    );
    const small = Math.max(8, Math.min(11.5, (w - 6) / Math.max(widthOf(b.sub ?? "", 1), 0.1), h * 0.3));
    const middle = y + h / 2;
    const put = (text: string, at: number, px: number, kind: string) =>
      `<text class="${kind} t-${tone}" x="${x + w / 2}" y="${at}" text-anchor="middle" style="font-size:${px.toFixed(1)}px">${safe(fit(text, Math.max(w - 2, 14), px))}</text>`;
    if (b.label) svg += put(b.label, b.sub ? middle - size * 0.2 : middle + size * 0.36, size, "box-label");
    if (b.sub) svg += put(b.sub, b.label ? middle + small * 1.15 : middle + small * 0.36, small, "box-sub");
  }
  return `<path class="shaft t-quiet" d="${shafts}"/><path class="head t-quiet" d="${heads}"/>${svg}${told}`;
}

/** From the edge of one box to the edge of the other, along the line between their middles or straight where they overlap. */
export function between(
  a: { x: number; y: number; w: number; h: number },
  b: typeof a,
): [number, number, number, number] {
  const [ax, ay, bx, by] = [a.x + a.w / 2, a.y + a.h / 2, b.x + b.w / 2, b.y + b.h / 2];
  const edge = (o: typeof a, fx: number, fy: number, tx: number, ty: number): [number, number] => {
    const [dx, dy] = [tx - fx, ty - fy];
    const t = Math.min(dx ? o.w / 2 / Math.abs(dx) : Infinity, dy ? o.h / 2 / Math.abs(dy) : Infinity);
    return Number.isFinite(t) ? [fx + dx * t, fy + dy * t] : [fx, fy];
  };
  return [...edge(a, ax, ay, bx, by), ...edge(b, bx, by, ax, ay)];
}
