/** Printing: a page becomes a handout, black on white, its figures at their last step and its answers on a side apart. */
import { el, root } from "./html";
import { say } from "./words";

/** What is drawn for the paper, and after that for the window again. */
export interface OnPaper {
  redraw(): void;
  toPaper?(): () => void; // changes what is shown, and gives the way back
}

export function onPaper(shown: OnPaper[], redraw: () => void): void {
  let back: (() => void)[] = [];
  addEventListener("beforeprint", () => {
    const { theme } = root!.dataset;
    root!.dataset.theme = "light";
    root!.classList.add("paper");
    const asked = [...document.querySelectorAll<HTMLElement>("main .question")];
    const added = asked.map(room);
    if (asked.length) {
      added.push(answersTo(asked));
      document.querySelector("main")!.append(added.at(-1)!);
    }
    back = [
      ...shown.map((one) => one.toPaper?.() ?? (() => undefined)),
      ...unfolded(),
      ...added.map((one) => () => one.remove()),
      () => root!.classList.remove("paper"),
      () => (root!.dataset.theme = theme),
    ];
    redraw();
  });
  addEventListener("afterprint", () => {
    for (const one of back.splice(0)) one();
    redraw();
  });
}

/** What is folded is opened, but code and answers: who wants the code on paper opens it. */
function unfolded(): (() => void)[] {
  return [...document.querySelectorAll<HTMLDetailsElement>("main details:not([open], .source, .answer)")].map((one) => {
    one.open = true;
    return () => (one.open = false);
  });
}

const LINES: Record<string, number> = { number: 2, derived: 5 };

/** Lines to write on, where an answer is not ticked. */
function room(question: HTMLElement): HTMLElement {
  const lines = LINES[question.querySelector<HTMLElement>(".asked")!.dataset.kind ?? ""] ?? 0;
  const made = el("div", { class: "room" }, ...Array.from({ length: lines }, () => el("i")));
  const form = question.querySelector("form");
  if (form) form.before(made);
  else question.append(made);
  return made;
}

/** The answers to all that is asked, by the numbers of the questions. */
function answersTo(asked: HTMLElement[]): HTMLElement {
  let number = 0;
  const each = asked.map((one) => {
    const name = one.matches("li") ? String(++number) : (one.ariaLabel ?? "");
    const told = [...one.querySelectorAll(".answer > :not(summary, .self)")].map(
      (part) => part.cloneNode(true) as Element,
    );
    return el("li", {}, el("b", {}, name), el("div", {}, ...told));
  });
  return el("section", { class: "answers" }, el("h2", {}, say("answers")), el("ol", {}, ...each));
}
