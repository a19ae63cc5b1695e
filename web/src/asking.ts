/** What a figure has to ask: one question at a time, and the latest wins. */
import { isStatic } from "./html";
import type { Answer, Fig, State } from "./types";
import { say } from "./words";

export class Asking {
  private wanted = false;
  private now: Promise<void> | null = null;

  constructor(
    private readonly element: HTMLElement,
    private readonly state: () => State,
    private readonly compute: (state: State) => Promise<Answer>,
    private readonly take: (answer: Fig & { state?: State }, sent: State) => void,
    private readonly wrong: (words: string) => void,
  ) {}

  get busy(): boolean {
    return this.now !== null;
  }

  /** When all that was asked is answered. */
  async settled(): Promise<void> {
    await this.now;
  }

  /** What changes while an answer is awaited is asked after it, once. */
  ask(): void {
    this.wanted = true;
    this.now ??= this.all();
  }

  private async all(): Promise<void> {
    const slow = setTimeout(() => this.element.setAttribute("aria-busy", "true"), 250);
    while (this.wanted) {
      this.wanted = false;
      const sent = this.state();
      try {
        const answer = await this.compute(sent);
        if ("error" in answer) this.wrong(answer.error || say("lost"));
        else if (answer.panels) this.take(answer, sent);
      } catch {
        this.wrong(say(isStatic ? "notAhead" : "lost"));
      }
    }
    clearTimeout(slow);
    this.element.removeAttribute("aria-busy");
    this.now = null;
  }
}
