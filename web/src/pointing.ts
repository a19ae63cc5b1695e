/** Dragging handles and clicking points in the first panel. */
import type { Drawn } from "./draw/marks";
import type { Scale } from "./draw/scale";
import type { Point, Points, Slider, State } from "./types";

export type Handle = Slider & { type: "handle" };

function at(svg: SVGSVGElement, event: MouseEvent): [number, number] {
  const box = svg.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

const clamp = (v: number, low: number, high: number) => Math.min(Math.max(v, low), high);

/** A press anywhere takes the handle that is nearest, which then follows. */
export function drag(
  svg: SVGSVGElement,
  handles: Handle[],
  drawn: () => Drawn | undefined,
  state: () => State,
  moved: (name: string, value: number) => void,
): void {
  let held: Handle | null = null;
  const move = (event: PointerEvent) => {
    const scale = drawn()?.x;
    if (!held || !scale) return;
    const { low, high, step } = held;
    const value = Number(scale.invert(at(svg, event)[0]).toPrecision(4));
    moved(held.name, clamp(step ? low + Math.round((value - low) / step) * step : value, low, high));
  };
  svg.classList.add("dragged");
  svg.addEventListener("pointerdown", (event) => {
    const scale = drawn()?.x;
    if (event.button || !scale) return;
    held = nearest(handles, state(), scale, at(svg, event)[0]);
    svg.setPointerCapture(event.pointerId);
    move(event);
  });
  svg.addEventListener("pointermove", move);
  for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => (held = null));
}

function nearest(handles: Handle[], state: State, scale: Scale, pixel: number): Handle {
  const away = (h: Handle) => Math.abs(scale(Number(state[h.name])) - pixel);
  return handles.reduce((best, one) => (away(one) < away(best) ? one : best));
}

const HIT = 10; // pixels around a point that are the point

/** A click adds a point of the class that is chosen, or removes the one it hits. */
export function click(
  svg: SVGSVGElement,
  control: Points,
  drawn: () => Drawn | undefined,
  now: () => Point[],
  chosen: () => number,
  changed: (points: Point[]) => void,
): void {
  svg.classList.add("clicked");
  svg.addEventListener("click", (event) => {
    const { x, y, plot } = drawn() ?? {};
    if (!x || !y || !plot) return;
    const [px, py] = at(svg, event);
    if (px < plot.left - 4 || px > plot.right + 4 || py < plot.top - 4 || py > plot.bottom + 4) return;
    const hit = now().findIndex(([a, b]) => Math.hypot(x(a) - px, y(b) - py) < HIT);
    const value = (v: number, [low, high]: [number, number]) => Number(clamp(v, low, high).toPrecision(4));
    if (hit >= 0) changed(now().filter((_, i) => i !== hit));
    else if (now().length < control.most)
      changed([...now(), [value(x.invert(px), control.x), value(y.invert(py), control.y), chosen()]]);
  });
}
