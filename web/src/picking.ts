/** On a phone many controls would hide the figure: one of them stands beside it, the others are names and values. */
import type { Control, Value } from "./contract";
import { el } from "./html";
import { inWords } from "./values";
import { say } from "./words";

const MOST = 2; // that have room beside each other

/** How many sliders a control takes the room of. */
const ROOM: Record<Control["type"], number> = {
  steps: 0,
  slider: 1,
  handle: 1,
  toggle: 1,
  point: 2,
  choice: 2,
  numbers: 3,
  points: 3,
  drawing: 3,
};

export class Picking {
  readonly element = el("div", { class: "pickers", role: "group", "aria-label": say("controls") });
  private readonly buttons = new Map<string, HTMLButtonElement>();
  private readonly values = new Map<string, HTMLElement>();

  private constructor(
    private readonly controls: Control[],
    private readonly of: (name: string) => HTMLElement,
  ) {
    for (const { name, label } of controls) {
      const value = el("b");
      const open = () => {
        this.open(name);
        button.scrollIntoView({ block: "nearest", inline: "nearest" });
      };
      const button: HTMLButtonElement = el(
        "button",
        { type: "button", "aria-pressed": "false", click: open },
        el("span", {}, label),
        value,
      );
      this.buttons.set(name, button);
      this.values.set(name, value);
      this.element.append(button);
    }
    this.open(controls[0].name);
  }

  /** null where all of them have room. */
  static of(every: Control[], of: (name: string) => HTMLElement): Picking | null {
    const some = every.filter(({ type }) => type !== "steps");
    const room = some.reduce((sum, { type }) => sum + ROOM[type], 0);
    return some.length > 1 && room > MOST ? new Picking(some, of) : null;
  }

  show(name: string, value: Value): void {
    const told = this.values.get(name);
    const control = this.controls.find((one) => one.name === name);
    if (told && control && control.type !== "numbers") told.textContent = inWords(control, value);
  }

  private open(name: string): void {
    for (const [other, button] of this.buttons) {
      button.setAttribute("aria-pressed", String(other === name));
      this.of(other).classList.toggle("open", other === name);
    }
  }
}
