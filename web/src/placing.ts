/** Where the parts of a figure stand on the page: panels side by side, pictures beneath marks, the table. */
import { isDiagram, isPicture, isWide as isWideDiagram } from "./draw/diagram";
import { domainOf } from "./draw/extent";
import { paint } from "./draw/field";
import type { Drawn } from "./draw/marks";
import { widthOf } from "./draw/text";
import { safe } from "./format";
import { el } from "./html";
import type { Panel } from "./types";
import { say } from "./words";

const GAP = 28; // as .panels in the sheet has it

const ALIKE = 60; // pixels by which heights of panels may differ that stand on one line

const FLAT = 0.5; // height by width, below which an equally scaled panel takes the whole width

function isWide(panel: Panel): boolean {
  if (isDiagram(panel)) return isWideDiagram(panel);
  if (!panel.equal) return false;
  const [[left, right], [low, high]] = [domainOf(panel, "x"), domainOf(panel, "y")];
  return Math.abs((high - low) / (right - left)) < FLAT;
}

/** Side by side where each keeps a width that can be read; wide ones alone. */
export function panelWidths(width: number, panels: Panel[]): number[] {
  const others = panels.filter((panel) => !isWide(panel));
  const least = others.every(isPicture) ? 150 : others.length === 3 ? 236 : 290;
  const most = Math.max(1, Math.min(others.length, Math.floor((width + GAP) / (least + GAP))));
  const beside = others.length === 4 && most === 3 ? 2 : most;
  const each = Math.floor((width - GAP * (beside - 1)) / beside);
  return panels.map((panel) => (isWide(panel) ? width : each));
}

export function areLevel(panels: Drawn[]): boolean {
  const heights = panels.map((one) => one.height);
  return Math.max(...heights) - Math.min(...heights) < ALIKE;
}

export function pictures(holder: HTMLElement, drawn: Drawn): void {
  const canvases = [...holder.querySelectorAll("canvas")];
  while (canvases.length > drawn.fields.length) canvases.pop()!.remove();
  drawn.fields.forEach(({ field, box, flip, pale }, i) => {
    const canvas =
      canvases[i] ?? holder.insertBefore(el("canvas", { "aria-hidden": "true" }), holder.querySelector("svg"));
    const smooth = (field.kind === "heat" || field.kind === "classes") && field.z.length >= 24;
    Object.assign(canvas.style, {
      left: `${box.left}px`,
      top: `${box.top}px`,
      width: `${box.right - box.left}px`,
      height: `${box.bottom - box.top}px`,
      imageRendering: smooth ? "auto" : "pixelated",
    });
    paint(canvas, field, flip, pale);
  });
}

/** Columns beyond which a phone has each row as a block of names and values. */
const MANY = 6;

const SHORT = 150; // pixels of a cell that keeps to one line

export function tableOf(head: string[], rows: string[][]): string {
  const cells = (row: string[]) =>
    row
      .map((one, i) => {
        const kind = `${widthOf(one) < SHORT ? ' class="short"' : ""} data-head="${safe(head[i] ?? "")}"`;
        return i ? `<td${kind}>${safe(one)}</td>` : `<th scope="row"${kind}>${safe(one)}</th>`;
      })
      .join("");
  const heads = head.map((one) => (one ? `<th scope="col">${safe(one)}</th>` : "<td></td>"));
  const many = head.length > MANY ? ' class="many"' : "";
  return `<div class="scroll" tabindex="0" role="group" aria-label="${safe(say("value"))}"><table${many}><thead><tr>${heads.join("")}</tr></thead><tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join("")}</tbody></table></div>`;
}

/** A panel's SVG as large as what is drawn, with its words for those who do not see it. */
export function sized(svg: SVGSVGElement, { width, height }: Drawn, words: string): void {
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("width", String(width));
  svg.setAttribute("height", String(Math.ceil(height)));
  svg.setAttribute("aria-label", words);
}
