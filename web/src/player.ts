/** The player of a figure's steps: play and pause, a step back and one on, and a slider; Space plays from each of them. */
import type { Steps, Value } from "./contract";
import { el, icon } from "./html";
import { say } from "./words";

const JUMPS = 3; // a second, where motion is to be reduced
const LONGEST = 0.1; // seconds between two frames that are counted: a page in the background does not run on

const ICONS = {
  play: "M7 4.5v15l12-7.5z",
  pause: "M6.5 5h4v14h-4zM13.5 5h4v14h-4z",
  replay: "M12 5a7 7 0 1 1-6.6 4.7l1.9.7A5 5 0 1 0 12 7v3L7 6l5-4z",
  back: "M17 5v14l-10-7zM5 5h2v14H5z",
  on: "M7 5v14l10-7zM17 5h2v14h-2z",
};
const SIZE = 20;

/** A control as it stands on the page. */
export interface Made {
  element: HTMLElement;
  show(value: Value): void; // without telling of a change
}

/** What the figure does for it. */
export interface Shown {
  step(at: number): void; // a whole step is there
  glide(at: number): void; // between two, where the browser has all of them
  busy(): boolean; // an answer is awaited
  rest(): void; // it does not play any more
}

export class Player implements Made {
  readonly element: HTMLElement;
  playing = false;
  private at: number;
  private last: number;
  private before = 0;
  private readonly range: HTMLInputElement;
  private readonly told = el("output");
  private readonly button: HTMLButtonElement;
  private readonly back: HTMLButtonElement;
  private readonly on: HTMLButtonElement;

  constructor(
    private readonly control: Steps,
    id: string,
    private readonly shown: Shown,
  ) {
    this.at = control.low;
    this.last = control.high;
    this.range = el("input", { id, type: "range", min: 0, step: 1, "data-name": control.name });
    this.told.htmlFor.add(id);
    const press = (kind: string, click: () => void) => el("button", { type: "button", class: kind, click });
    this.button = press("play", () => this.toggle());
    this.back = press("one", () => this.go(Math.ceil(this.at) - 1));
    this.on = press("one", () => this.go(Math.floor(this.at) + 1));
    this.back.innerHTML = icon(ICONS.back, SIZE);
    this.on.innerHTML = icon(ICONS.on, SIZE);
    for (const [one, words] of [
      [this.back, say("stepBack")],
      [this.on, say("stepOn")],
    ] as const) {
      one.title = words;
      one.setAttribute("aria-label", words);
    }
    this.range.addEventListener("input", () => this.go(control.low + Number(this.range.value)));
    this.range.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      this.toggle();
    });
    const label = el("label", { for: id }, control.label);
    this.element = el(
      "div",
      { class: "control player" },
      this.button,
      this.back,
      this.on,
      label,
      this.range,
      this.told,
    );
    this.tell();
  }

  show(value: Value): void {
    if (!this.playing || Math.floor(this.at) !== Number(value)) this.at = Number(value);
    this.tell();
  }

  /** The last step that there is now. */
  limit(last: number): void {
    if (last === this.last) return;
    this.last = last;
    this.tell();
  }

  stop(): void {
    if (!this.playing) return;
    this.playing = false;
    this.at = Math.floor(this.at);
    this.shown.step(this.at);
    this.shown.rest();
    this.tell();
  }

  private go(step: number): void {
    const to = Math.min(Math.max(step, this.control.low), this.last);
    this.playing = false;
    this.at = to;
    this.tell();
    this.shown.step(to);
    this.shown.rest();
  }

  private toggle(): void {
    if (this.playing) return this.stop();
    if (this.at >= this.last) {
      this.at = this.control.low;
      this.shown.step(this.at);
    }
    this.playing = true;
    this.before = performance.now();
    this.tell();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.jump();
    else requestAnimationFrame((now) => this.frame(now));
  }

  private frame(now: number): void {
    if (!this.playing || !this.element.isConnected) return;
    const passed = Math.min((now - this.before) / 1000, LONGEST);
    this.before = now;
    if (!this.shown.busy()) this.advance(passed * this.control.pace, true);
    if (this.playing) requestAnimationFrame((next) => this.frame(next));
  }

  /** Without motion: from one standing picture to the next, as long in all. */
  private jump(): void {
    if (!this.playing) return;
    if (!this.shown.busy()) this.advance(Math.max(1, Math.round(this.control.pace / JUMPS)), false);
    if (this.playing) setTimeout(() => this.jump(), 1000 * Math.max(1 / JUMPS, 1 / this.control.pace));
  }

  private advance(by: number, gliding: boolean): void {
    const before = Math.floor(this.at);
    this.at = Math.min(this.at + by, this.last);
    const step = Math.floor(this.at);
    if (step !== before) {
      this.tell();
      this.shown.step(step);
    }
    if (this.at >= this.last) this.stop();
    else if (gliding) this.shown.glide(this.at);
  }

  private tell(): void {
    const step = Math.min(Math.floor(this.at), this.last);
    const { low } = this.control;
    const count = Math.max(1, this.last - low);
    this.range.max = String(this.last - low);
    this.range.value = String(step - low);
    this.range.style.setProperty("--filled", `${(100 * (step - low)) / count}%`);
    this.range.setAttribute("aria-valuetext", say("stepOf", { n: step, all: this.last }));
    this.told.textContent = `${step} / ${this.last}`;
    const name = this.playing ? "pause" : step >= this.last ? "replay" : "play";
    if (this.button.dataset.does !== name) {
      this.button.dataset.does = name;
      this.button.innerHTML = icon(ICONS[name], SIZE);
      this.button.title = say(name);
      this.button.setAttribute("aria-label", say(name));
    }
    this.range.disabled = this.last <= low;
    this.back.disabled = step <= low && !this.playing;
    this.on.disabled = step >= this.last;
  }
}
