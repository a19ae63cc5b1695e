/** One panel: room for words and axes, then its marks. Everything at the size in which it is seen, so text stays text. */
import { safe } from "../format";
import type { Axis, Field, Panel } from "../types";
import { diagram, isDiagram } from "./diagram";
import { domainOf } from "./extent";
import { bar, barWidth, boxOf, type Contours } from "./field";
import { directly, endsOf, keyOf, laid, named, swatch } from "./key";
import { grownDots, grownLine, headOf } from "./growing";
import * as marks from "./marks";
import type { Drawn, Frame, Rect } from "./marks";
import { scale, ticksOf, type Scale, type Tick } from "./scale";
import { slotDomain, slotNames, slotsOf, turn } from "./slots";
import { fit, SIZE, widthOf } from "./text";

const ROW = 18;

export function drawPanel(panel: Panel, width: number, id: string, kept: Contours): Drawn {
  if (isDiagram(panel)) return diagram(panel, width);
  const field = panel.marks.find((m): m is Field => m.mark === "field");
  const domainX = domainOf(panel, "x");
  const domainY = domainOf(panel, "y");
  const scaled = field && field.kind !== "classes" ? field : undefined; // has a bar of its colours
  const slotted = panel.marks.some((m) => m.mark === "bars");

  // What stands above the plot: title, key, name of y.
  const atEnd = endsOf(panel.marks, width);
  const key = keyOf(panel.marks, atEnd);
  const direct = directly(panel, key, domainX, width);
  const rows = direct || !key.length ? [] : laid(key, width);
  let top = panel.title ? ROW + 4 : 4;
  const keyTop = top;
  top += rows.length * ROW + (rows.length ? 4 : 0);
  const nameTop = top;
  top += panel.y.label || scaled?.label ? ROW + 6 : 6;
  const upright = panel.marks.filter((m) => m.mark === "rule" && m.x !== null && m.label).length;
  top += Math.min(upright, 4) * marks.RULE_ROW;

  const pale =
    field?.kind === "contour" || panel.marks.some((m) => m.mark === "dots" || m.mark === "line" || m.mark === "arrows");
  const ends = direct ? atEnd : atEnd.filter((e) => e.mark === "rule");
  const beside = scaled ? barWidth(scaled) : 0;
  let plotHeight = Math.min(Math.max(width * 0.6, 200), 320);
  const labelRoom = ends.length ? Math.max(...ends.map((m) => widthOf(m.label))) + 10 : 0;
  const most = width - Math.max(10, labelRoom, beside);
  let ticksY: Tick[] = [];
  let left = 0;
  let right = most;
  for (let again = 0; again < 2; again++) {
    // the numbers of y need room, and that decides how high a panel of equal scales is, and so its numbers
    ticksY = ticksOf(domainY, Math.max(2, Math.round(plotHeight / 52)), panel.y.log, panel.y.whole);
    left = Math.max(8, ...ticksY.map((t) => widthOf(t.text, 11)), left - 12) + 12;
    right = Math.max(most, left + 60);
    if (!panel.equal) break;
    const ratio = Math.abs((domainY[1] - domainY[0]) / (domainX[1] - domainX[0]));
    plotHeight = Math.min((right - left) * ratio, width < 420 ? 320 : 420);
    right = left + plotHeight / ratio;
  }
  const slots = slotted ? slotsOf(panel.marks, left, right) : null;
  const turned = slots ? turn(slots) : 0;
  const plot: Rect = { left, right, top, bottom: top + plotHeight };
  const x = scale(slots ? slotDomain(slots) : domainX, [left, right], panel.x.log);
  const y = scale(domainY, [plot.bottom, plot.top], panel.y.log);
  const frame: Frame = { x, y, plot, over: !!field, slots };
  const height = plot.bottom + (turned || 20) + (panel.x.label ? ROW : 4);

  let svg = "";
  if (panel.title) svg += `<text class="title" x="0" y="13">${safe(fit(panel.title, width, 13))}</text>`;
  svg += rows.map((row, i) => row.map(([k, at]) => swatch(k, at, keyTop + i * ROW + 9)).join("")).join("");
  if (panel.y.label)
    svg += `<text class="axis-name" x="0" y="${nameTop + 11}">${safe(fit(panel.y.label, width, SIZE))}</text>`;

  svg +=
    axisY(ticksY, y, plot, !field) + (slots ? slotNames(slots, plot.bottom, turned) : axisX(panel.x, x, plot, width));
  if (panel.x.label) {
    const name = safe(fit(panel.x.label, right, SIZE));
    svg += `<text class="axis-name" x="${right}" y="${plot.bottom + (turned || 20) + 12}" text-anchor="end">${name}</text>`;
  }

  // Marks in their order, cut at the plot but for points; words above all.
  const clip = `clip-${id}`;
  svg += `<clipPath id="${clip}"><rect x="${left}" y="${top - 1}" width="${right - left}" height="${plotHeight + 2}"/></clipPath>`;
  svg += `<path class="stroke" d="M${left},${plot.bottom}H${right}"/>`;
  const cut = (drawn: string) => drawn && `<g clip-path="url(#${clip})">${drawn}</g>`;
  const fields: Drawn["fields"] = [];
  let above = "";
  const growing: ((k: number) => string)[] = [];
  const heads: ((k: number) => string)[] = [];
  let series = 0;
  let row = 0;
  panel.marks.forEach((m, i) => {
    switch (m.mark) {
      case "field":
        if (m.kind === "contour") svg += cut(kept.draw(m, x, y, i));
        else fields.push({ field: m, box: boxOf(m, x, y), flip: y(m.y[0]) > y(m.y[1]), pale });
        break;
      case "line":
        if (m.grows) {
          growing.push((k) => cut(grownLine(m, frame, k)));
          heads.push((k) => head(headOf(m, frame, k), m.tone, plot));
        } else svg += cut(marks.line(m, frame));
        break;
      case "band":
        svg += cut(marks.band(m, frame));
        break;
      case "histogram":
        svg += cut(marks.histogram(m, frame));
        break;
      case "bars": {
        const [drawn, told] = marks.bars(m, frame, series++);
        svg += cut(drawn);
        above += told;
        break;
      }
      case "arrows":
        svg += cut(marks.arrows(m, frame));
        break;
      case "rule":
        svg += marks.rule(m, frame, m.x !== null && m.label ? Math.max(0, upright - 1 - row++) % 4 : 0);
        break;
      case "dots":
        if (m.grows) growing.push((k) => cut(grownDots(m, frame, k)));
        else svg += marks.dots(within(m, frame), frame);
        break;
      case "note":
        above += marks.note(m, frame);
    }
  });
  if (growing.length) svg += '<g class="growing"></g>';
  svg += above;
  svg += named(ends, frame);
  if (scaled) svg += bar(scaled, plot, right + 10, pale);
  const moving = growing.length ? (k: number) => [...growing, ...heads].map((one) => one(k)).join("") : null;
  return { svg, width, height, plot, frame, fields, moving };
}

/** Where a growing line has come to, if that lies in the plot. */
function head(at: [number, number] | null, tone: string, { left, right, top, bottom }: Rect): string {
  if (!at || at[0] < left - 1 || at[0] > right + 1 || at[1] < top - 1 || at[1] > bottom + 1) return "";
  return `<circle class="dot t-${tone}" cx="${at[0].toFixed(1)}" cy="${at[1].toFixed(1)}" r="4.5"/>`;
}

function axisY(ticks: Tick[], y: Scale, { left, right }: Rect, grid: boolean): string {
  let svg = "";
  for (const t of ticks) {
    if (!t.text) continue;
    const at = y(t.at);
    if (grid) svg += `<path class="grid" d="M${left},${at}H${right}"/>`;
    svg += `<text class="tick" x="${left - 7}" y="${at + 4}" text-anchor="end">${safe(t.text)}</text>`;
  }
  return svg;
}

/** Ticks with as many numbers as stand clear of one another. */
function axisX(axis: Axis, x: Scale, { left, right, bottom }: Rect, width: number): string {
  let svg = "";
  let last = -Infinity;
  for (const t of ticksOf(x.domain, Math.max(2, Math.round((right - left) / 74)), axis.log, axis.whole)) {
    const at = x(t.at);
    const half = widthOf(t.text, 11) / 2;
    svg += `<path class="${t.text ? "stroke" : "stroke minor"}" d="M${at},${bottom}v${t.text ? 5 : 3}"/>`;
    if (!t.text || at - half < last + 6) continue;
    const shown = Math.min(Math.max(at, half), width - half);
    svg += `<text class="tick" x="${shown}" y="${bottom + 17}" text-anchor="middle">${safe(t.text)}</text>`;
    last = at + half;
  }
  return svg;
}

/** Points whose centre lies in the plot. */
function within<M extends { mark: "dots" }>(m: M & Parameters<typeof marks.dots>[0], f: Frame) {
  const inside = (v: number | null, [a, b]: [number, number]) =>
    v !== null && v >= Math.min(a, b) - 1 && v <= Math.max(a, b) + 1;
  const keep = m.x.map(
    (v, i) => inside(v === null ? null : f.x(v), f.x.range) && inside(m.y[i] === null ? null : f.y(m.y[i]!), f.y.range),
  );
  if (keep.every(Boolean)) return m;
  const only = <T>(list: T[]) => list.filter((_, i) => keep[i]);
  return { ...m, x: only(m.x), y: only(m.y), tone: Array.isArray(m.tone) ? only(m.tone) : m.tone };
}
