/** A copy of the handbook has nobody who computes: its figures move between states that the library computed ahead. */
import type { Ahead, Axes, Control, Fig, Pair, State, Value } from "./contract";
import { isStatic } from "./html";
import { steps } from "./steps";
import type { Given } from "./types";
import { lang, say } from "./words";

/** A file of states as pages/grid.py packs them: {"$": i} stands for the i-th piece. */
interface Packed {
  shared: unknown[];
  states: unknown[];
}

export class Grid {
  private readonly files = new Map<string, Promise<Packed>>();
  private readonly ahead: Ahead | undefined;
  private readonly every: Control[];
  private readonly axes: Axes;
  private readonly shared: Axes;
  private readonly each: Axes; // of what is moved alone
  private readonly free: Set<string>;
  readonly controls: Control[]; // with the values that they have here alone

  constructor({ grid, controls, figure }: Given) {
    this.ahead = grid;
    this.every = controls;
    this.axes = grid?.axes ?? {};
    ({ shared: this.shared, each: this.each } = grid?.alone ?? { shared: {}, each: {} });
    const moves = ({ name, type }: Control) =>
      !isStatic || name in this.axes || name in this.each || (type === "steps" && figure?.each);
    this.free = new Set(controls.filter(moves).map(({ name }) => name));
    this.controls = grid ? controls.map((one) => ({ ...one })) : controls;
    this.stops(Object.fromEntries(controls.map(({ name, value }) => [name, value])));
  }

  /** Whether nothing of the figure moves: nobody computes it, nor did so ahead. */
  get stands(): boolean {
    return isStatic && !this.free.size;
  }

  isFree(name: string): boolean {
    return this.free.has(name);
  }

  /** In words what moves alone only, while the others stand at the default; empty where nothing. */
  get alone(): string {
    const only = this.every.filter(({ name }) => name in this.each && !(name in this.axes));
    return only.length ? say("alone", { alone: only.map(({ label }) => label).join(say("and")) }) : "";
  }

  /** Gives each control the values that it can be moved to from this state. */
  stops(state: State): void {
    for (const control of this.controls) {
      const { name } = control;
      const others = this.off(state).filter((one) => one !== name);
      const values = (!others.length && this.each[name]) || this.axes[name] || this.each[name];
      if (!values) continue;
      if (control.type === "point") {
        const apart = [0, 1].map((i) => [...new Set((values as Pair[]).map((one) => one[i]))]);
        control.values = apart as [number[], number[]];
      } else if (control.type === "steps") control.high = values.at(-1) as number;
      else if (control.type === "slider" || control.type === "handle") control.values = values as number[];
    }
  }

  /** What stands elsewhere than by default, of that by which a state lies on a line or not. */
  private off(state: State): string[] {
    const is = ({ name, value, type }: Control) =>
      type !== "steps" &&
      !(name in this.shared) &&
      name in state &&
      JSON.stringify(state[name]) !== JSON.stringify(value);
    return this.every.filter(is).map(({ name }) => name);
  }

  /** What is moved alone in this state, if one is. */
  private line(state: State, moved = ""): string | null {
    if (moved in this.each && !(moved in this.axes)) return moved;
    const off = this.off(state);
    return off.length === 1 && off[0] in this.each ? off[0] : null;
  }

  /** Whether it moves less freely here than with an engine. */
  get isLess(): boolean {
    return isStatic && this.every.some((one) => !this.free.has(one.name) || this.isCoarse(one));
  }

  private isCoarse(control: Control): boolean {
    const values = this.each[control.name] ?? this.axes[control.name];
    if (!values) return false;
    if (control.type === "steps") return values.length < control.high - control.low + 1;
    if (control.type === "slider" || control.type === "handle") return values.length < steps(control).count + 1;
    return control.type === "point";
  }

  /** The state as near as there is one, after one was moved; what does not move is as it was by default. */
  nearest(state: State, moved?: string): State {
    const near = { ...state };
    if (!this.ahead) return near;
    const line = this.line(state, moved);
    for (const control of this.every) {
      const { name, value, type } = control;
      const values = name === line ? this.each[name] : (line ? this.shared : this.axes)[name];
      if (values) near[name] = values[closest(control, values, state[name] ?? value)];
      else if (type !== "steps" || !this.free.has(name)) near[name] = value;
    }
    return near;
  }

  /** Whether it is one of them as it stands. */
  has(state: State): boolean {
    return !!this.ahead && JSON.stringify(this.nearest(state)) === JSON.stringify(state);
  }

  /** Read when the figure is first touched, so that the page stays light. */
  watch(element: HTMLElement): void {
    const first = Object.keys(this.each).length ? this.ahead?.alone_at : this.ahead?.at;
    if (first)
      for (const touch of ["pointerdown", "focusin"])
        element.addEventListener(touch, () => void this.load(first).catch(() => undefined), { once: true });
  }

  private load(at: string): Promise<Packed> {
    const file =
      this.files.get(at) ??
      unzipped(at).catch((error) => {
        this.files.delete(at); // asked for again with the next touch
        throw error;
      });
    this.files.set(at, file);
    return file;
  }

  /** The figure for a state that there is. */
  async figure(state: State): Promise<Fig & { state: State }> {
    const near = this.nearest(state);
    const line = this.line(near);
    const packed = await this.load(line ? this.ahead!.alone_at : this.ahead!.at);
    const place = line
      ? this.before(line) + placed({ ...this.shared, [line]: this.each[line] }, near)
      : placed(this.axes, near);
    return { ...(whole(packed, packed.states[2 * place + (lang === "zh" ? 1 : 0)]) as Fig), state: near };
  }

  /** How many states stand before those of what is moved alone. */
  private before(line: string): number {
    const names = Object.keys(this.each);
    return names
      .slice(0, names.indexOf(line))
      .reduce((sum, name) => sum + count({ ...this.shared, [name]: this.each[name] }), 0);
  }
}

const count = (axes: Axes) => Object.values(axes).reduce((all, { length }) => all * length, 1);

/** Which of every combination it is, the last axis fastest. */
function placed(axes: Axes, state: State): number {
  return Object.entries(axes).reduce(
    (at, [name, values]) => at * values.length + values.findIndex((one) => String(one) === String(state[name])),
    0,
  );
}

function closest(control: Control, values: Value[], to: Value): number {
  if (control.type === "slider" || control.type === "handle" || control.type === "steps")
    return steps({ ...control, values: values as number[] }).place(Number(to));
  if (control.type !== "point") return Math.max(0, values.indexOf(to));
  const away = (one: Value) => Math.hypot(...(one as Pair).map((v, i) => v - (to as Pair)[i]));
  return values.reduce<number>((best, one, i) => (away(one) < away(values[best]) ? i : best), 0);
}

/** A piece with the pieces that it stands for. */
function whole(packed: Packed, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => whole(packed, one));
  if (value === null || typeof value !== "object") return value;
  if ("$" in value) return whole(packed, packed.shared[value.$ as number]);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, whole(packed, one)]));
}

/** Also where the web server has unpacked it on the way. */
async function unzipped(at: string): Promise<Packed> {
  const reply = await fetch(at);
  if (!reply.ok) throw new Error(String(reply.status));
  const content = await reply.blob();
  const [first, second] = new Uint8Array(await content.slice(0, 2).arrayBuffer());
  const zipped = first === 0x1f && second === 0x8b;
  const plain = zipped ? content.stream().pipeThrough(new DecompressionStream("gzip")) : content.stream();
  return (await new Response(plain).json()) as Packed;
}
