/** A copy of the handbook has nobody who computes: its figures move between states that the library computed ahead. */
import type { Ahead, Control, Fig, Pair, State, Value } from "./contract";
import { isStatic } from "./html";
import { steps } from "./steps";
import type { Given } from "./types";

/** A file of states as pages/grid.py packs them: {"$": i} stands for the i-th piece. */
interface Packed {
  shared: unknown[];
  states: unknown[];
}

export class Grid {
  private file: Promise<Packed> | null = null;
  private readonly ahead: Ahead | undefined;
  private readonly every: Control[];
  private readonly free: Set<string>;

  constructor({ grid, controls, figure }: Given) {
    this.ahead = grid;
    this.every = controls;
    const moves = ({ name, type }: Control) =>
      !isStatic || name in (grid?.axes ?? {}) || (type === "steps" && figure?.each);
    this.free = new Set(controls.filter(moves).map(({ name }) => name));
  }

  /** Whether nobody computes the figure, nor did so ahead. */
  get stands(): boolean {
    return isStatic && !this.ahead;
  }

  isFree(name: string): boolean {
    return this.free.has(name);
  }

  /** The controls with the values that they have here alone. */
  get controls(): Control[] {
    return this.every.map((control): Control => {
      const values = this.ahead?.axes[control.name];
      if (!values) return control;
      if (control.type === "point") {
        const apart = [0, 1].map((i) => [...new Set((values as Pair[]).map((one) => one[i]))]);
        return { ...control, values: apart as [number[], number[]] };
      }
      if (control.type === "steps") return { ...control, high: values.at(-1) as number };
      return control.type === "slider" || control.type === "handle"
        ? { ...control, values: values as number[] }
        : control;
    });
  }

  /** Whether it moves less freely here than with an engine. */
  get isLess(): boolean {
    return isStatic && this.every.some((one) => !this.free.has(one.name) || this.isCoarse(one));
  }

  private isCoarse(control: Control): boolean {
    const values = this.ahead?.axes[control.name];
    if (!values) return false;
    if (control.type === "steps") return values.length < control.high - control.low + 1;
    if (control.type === "slider" || control.type === "handle") return values.length < steps(control).count + 1;
    return control.type === "point";
  }

  /** The state as near as there is one; what does not move is as it was by default. */
  nearest(state: State): State {
    const near = { ...state };
    if (!this.ahead) return near;
    for (const control of this.every) {
      const { name, value } = control;
      const values = this.ahead.axes[name];
      if (values) near[name] = values[closest(control, values, state[name] ?? value)];
      else if (!this.free.has(name)) near[name] = value;
    }
    return near;
  }

  /** Whether it is one of them as it stands. */
  has(state: State): boolean {
    return !!this.ahead && JSON.stringify(this.nearest(state)) === JSON.stringify(state);
  }

  /** Read when the figure is first touched, so that the page stays light. */
  watch(element: HTMLElement): void {
    if (this.ahead)
      for (const touch of ["pointerdown", "focusin"])
        element.addEventListener(touch, () => void this.load().catch(() => undefined), { once: true });
  }

  private load(): Promise<Packed> {
    this.file ??= unzipped(this.ahead!.at).catch((error) => {
      this.file = null; // asked for again with the next touch
      throw error;
    });
    return this.file;
  }

  /** The figure for a state that there is. */
  async figure(state: State): Promise<Fig & { state: State }> {
    const packed = await this.load();
    const near = this.nearest(state);
    let place = 0;
    for (const [name, values] of Object.entries(this.ahead!.axes))
      place = place * values.length + values.findIndex((one) => String(one) === String(near[name]));
    return { ...(whole(packed, packed.states[place]) as Fig), state: near };
  }
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
