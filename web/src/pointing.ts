/** Dragging handles, along x or to any place, and clicking points in the first panel. */
import type { Drawn } from "./draw/marks";
import type { Pair, Point, Points, Slider, Spot, State, Value } from "./types";

export type Handle = (Slider & { type: "handle" }) | Spot;

/** What can be grabbed in a figure, and whom it tells. */
export interface Grabbed {
  handles: Handle[];
  points: Points | undefined;
  drawn(): Drawn | undefined;
  state(): State;
  chosen(): number;
  moved(name: string, value: Value): void;
}

/** The first panel's drawing listens. */
export function grab(svg: SVGSVGElement, { handles, points, drawn, state, chosen, moved }: Grabbed): void {
  if (handles.length) drag(svg, handles, drawn, state, moved);
  if (!points) return;
  const { name } = points;
  click(
    svg,
    points,
    drawn,
    () => state()[name] as Point[],
    chosen,
    (now) => moved(name, now),
  );
}

function at(svg: SVGSVGElement, event: MouseEvent): [number, number] {
  const box = svg.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

const clamp = (v: number, low: number, high: number) => Math.min(Math.max(v, low), high);

/** Where a handle is: on the axis, or at its place. */
export function gripOf(handle: Handle, state: State, { frame, plot }: Drawn): [number, number] {
  const value = state[handle.name];
  return handle.type === "point"
    ? [frame.x((value as Pair)[0]), frame.y((value as Pair)[1])]
    : [frame.x(Number(value)), plot.bottom];
}

export function gripsOf(handles: Handle[], state: State, drawn: Drawn): string {
  const { left, right, top, bottom } = drawn.plot;
  return handles
    .map((handle) => {
      const [x, y] = gripOf(handle, state, drawn);
      if (x < left - 1 || x > right + 1 || y < top - 1 || y > bottom + 1) return "";
      const r = handle.type === "point" ? 8 : 6.5;
      return `<circle class="grip" cx="${x}" cy="${y}" r="${r}"/><circle class="reach" cx="${x}" cy="${y}" r="20"/>`;
    })
    .join("");
}

/** A press anywhere takes the handle that is nearest, which then follows; a finger takes it where it is, or taps. */
function drag(
  svg: SVGSVGElement,
  handles: Handle[],
  drawn: () => Drawn | undefined,
  state: () => State,
  moved: (name: string, value: Value) => void,
): void {
  let held: Handle | null = null;
  const free = handles.some((one) => one.type === "point");
  const move = (event: MouseEvent) => {
    const frame = drawn()?.frame;
    if (!held || !frame) return;
    const [px, py] = at(svg, event);
    const on = (v: number, [low, high]: Pair, step: number | null) =>
      clamp(Number((step ? low + Math.round((v - low) / step) * step : v).toPrecision(4)), low, high);
    if (held.type === "point")
      moved(held.name, [on(frame.x.invert(px), held.x, held.step), on(frame.y.invert(py), held.y, held.step)]);
    else moved(held.name, on(frame.x.invert(px), [held.low, held.high], held.step));
  };
  svg.classList.add(free ? "placed" : "dragged");
  svg.addEventListener("pointerdown", (event) => {
    const here = drawn();
    if (event.button || !here) return;
    const grabbed = (event.target as Element).classList.contains("reach");
    if (free && event.pointerType === "touch" && !grabbed) return; // it may scroll the page
    held = nearest(handles, state(), here, at(svg, event));
    svg.setPointerCapture(event.pointerId);
    move(event);
  });
  svg.addEventListener("pointermove", move);
  for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => (held = null));
  if (free)
    svg.addEventListener("click", (event) => {
      const here = drawn();
      if ((event as PointerEvent).pointerType !== "touch" || !here) return;
      held = nearest(handles, state(), here, at(svg, event));
      move(event);
      held = null;
    });
}

function nearest(handles: Handle[], state: State, drawn: Drawn, [px, py]: [number, number]): Handle {
  const away = (handle: Handle) => {
    const [x, y] = gripOf(handle, state, drawn);
    return Math.hypot(x - px, handle.type === "point" ? y - py : 0);
  };
  return handles.reduce((best, one) => (away(one) < away(best) ? one : best));
}

const HIT = 12; // pixels around a point that are the point
const STILL = 3; // pixels that a press may move and is a click all the same

/** What a finger can take hold of, so that the page does not scroll under it. */
export function reachOf(points: Point[], { frame }: Drawn): string {
  return points.map(([a, b]) => `<circle class="reach" cx="${frame.x(a)}" cy="${frame.y(b)}" r="${HIT}"/>`).join("");
}

/** A click adds a point of the class that is chosen, or removes the one it hits; a point that is held follows. */
function click(
  svg: SVGSVGElement,
  control: Points,
  drawn: () => Drawn | undefined,
  now: () => Point[],
  chosen: () => number,
  changed: (points: Point[]) => void,
): void {
  let held = -1;
  let from: [number, number] | null = null; // where it was taken; null once it has moved
  const value = (v: number, [low, high]: [number, number]) => Number(clamp(v, low, high).toPrecision(4));
  const hit = ({ frame }: Drawn, px: number, py: number) =>
    now().findIndex(([a, b]) => Math.hypot(frame.x(a) - px, frame.y(b) - py) < HIT);
  svg.classList.add("clicked");
  svg.addEventListener("pointerdown", (event) => {
    const here = drawn();
    if (event.button || !here) return;
    from = at(svg, event);
    held = hit(here, ...from);
    if (held >= 0) svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener("pointermove", (event) => {
    const here = drawn();
    if (held < 0 || !here) return;
    const [px, py] = at(svg, event);
    if (from && Math.hypot(px - from[0], py - from[1]) <= STILL) return;
    from = null;
    const points = [...now()];
    points[held] = [
      value(here.frame.x.invert(px), control.x),
      value(here.frame.y.invert(py), control.y),
      points[held][2],
    ];
    changed(points);
  });
  for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => (held = -1));
  svg.addEventListener("click", (event) => {
    const here = drawn();
    if (!here || !from) return;
    const { frame, plot } = here;
    const [px, py] = at(svg, event);
    if (px < plot.left - 4 || px > plot.right + 4 || py < plot.top - 4 || py > plot.bottom + 4) return;
    const found = hit(here, px, py);
    if (found >= 0) changed(now().filter((_, i) => i !== found));
    else if (now().length < control.most)
      changed([...now(), [value(frame.x.invert(px), control.x), value(frame.y.invert(py), control.y), chosen()]]);
  });
}
