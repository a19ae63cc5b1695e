/** The state of the figures in the address, so that it can be sent to somebody: ?curve.z=2&curve.name=tanh. */
import { unpacked } from "./ink";
import type { Control, Pair, Point, State, Value } from "./types";

export function encode(control: Control, value: Value): string {
  if (control.type === "numbers")
    return (value as (number | null)[]).map((v) => (v === null ? "" : String(v))).join(",");
  if (control.type === "points")
    return (value as Point[]).map((p) => p.map((v) => Number(v.toPrecision(4))).join("_")).join(",");
  if (control.type === "point") return (value as Pair).map((v) => Number(v.toPrecision(4))).join("_");
  return String(value);
}

/** null where the text makes no sense for this control. */
export function decode(control: Control, text: string): Value | null {
  switch (control.type) {
    case "slider":
    case "steps":
    case "handle": {
      const value = Number(text);
      return text === "" || !Number.isFinite(value) ? null : Math.min(Math.max(value, control.low), control.high);
    }
    case "point": {
      const pair = text.split("_").map(Number);
      return pair.length === 2 && pair.every(Number.isFinite) ? (pair as Pair) : null;
    }
    case "choice":
      return control.options.includes(text) ? text : null;
    case "drawing":
      return control.examples.some((_, k) => text === String(k)) || unpacked(text) ? text : null;
    case "toggle":
      return text === "true" ? true : text === "false" ? false : null;
    case "numbers": {
      const values = text.split(",").map((v) => (v === "" ? null : Number(v)));
      return values.length === control.names.length && values.every((v) => v === null || Number.isFinite(v))
        ? values
        : null;
    }
    case "points": {
      const points = text === "" ? [] : text.split(",").map((p) => p.split("_").map(Number));
      return points.every((p) => p.length === 3 && p.every(Number.isFinite))
        ? (points.slice(0, control.most) as Point[])
        : null;
    }
  }
}

/** What the address says of a figure's controls. */
export function read(figure: string, controls: Control[], query: string): State {
  const given = new URLSearchParams(query);
  const state: State = {};
  for (const control of controls) {
    const text = given.get(`${figure}.${control.name}`);
    const value = text === null ? null : decode(control, text);
    if (value !== null) state[control.name] = value;
  }
  return state;
}

/** The query with what differs from the defaults; what it says of other things stays. */
export function written(figure: string, controls: Control[], state: State, query: string): string {
  const given = new URLSearchParams(query);
  for (const control of controls) {
    const text = encode(control, state[control.name] ?? control.value);
    if (text === encode(control, control.value)) given.delete(`${figure}.${control.name}`);
    else given.set(`${figure}.${control.name}`, text);
  }
  const made = given.toString().replaceAll("%2C", ",");
  return made && `?${made}`;
}

const waiting = new Map<string, () => void>();
let timer = 0;

/** Soon, once for all changes: browsers refuse addresses that change too often. */
export function address(name: string, controls: Control[], state: () => State): void {
  waiting.set(name, () => {
    const query = written(name, controls, state(), location.search);
    history.replaceState(history.state, "", location.pathname + query + location.hash);
  });
  if (!timer)
    timer = window.setTimeout(() => {
      timer = 0;
      for (const write of waiting.values()) write();
      waiting.clear();
    }, 150);
}
