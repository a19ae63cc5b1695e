/** Printing: a page becomes a handout, black on white. What is asked stands on it with room to write; what answers it
 *  (its answers, its derivation, the figure that was to be expected) on sides apart, at the end. */
import { el, root } from "./html";
import { say } from "./words";

/** What is drawn for the paper, and after that for the window again. */
export interface OnPaper {
  redraw(): void;
  toPaper?(): () => void; // changes what is shown, and gives the way back
  settled?(): Promise<void>; // when it shows what was asked for
}

export function onPaper(shown: OnPaper[], redraw: () => void): void {
  let back: (() => void)[] = [];
  addEventListener("beforeprint", () => {
    const { theme } = root!.dataset;
    root!.dataset.theme = "light";
    root!.classList.add("paper");
    back = [
      ...shown.map((one) => one.toPaper?.() ?? (() => undefined)),
      ...handout(),
      ...unfolded(),
      () => root!.classList.remove("paper"),
      () => (root!.dataset.theme = theme),
    ];
    redraw();
  });
  addEventListener("afterprint", () => {
    for (const one of back.splice(0)) one();
    redraw();
  });
  const print = async () => {
    await Promise.all(shown.map((one) => one.settled?.()));
    window.print();
  };
  const words = document.querySelector(".sheet") ? "printSheet" : "printPage";
  document.querySelector(".credit")?.append(el("button", { type: "button", class: "print", click: print }, say(words)));
}

/** What is folded is opened, but code and answers: who wants the code on paper opens it. */
function unfolded(): (() => void)[] {
  return [...document.querySelectorAll<HTMLDetailsElement>("main details:not([open], .source, .answer)")].map((one) => {
    one.open = true;
    return () => (one.open = false);
  });
}

/** Where something is asked: a line for the name, room to write, and what answers on sides apart. */
function handout(): (() => void)[] {
  const main = document.querySelector("main")!;
  const asked = [...main.querySelectorAll<HTMLElement>(".question")];
  if (!asked.length) return [];
  const moved: (() => void)[] = [];
  const take = (one: Element) => {
    const place = document.createComment("");
    one.replaceWith(place);
    moved.push(() => place.replaceWith(one));
    return one;
  };
  const added: Element[] = asked.map(room);
  let number = 0;
  const each = asked.map((one) => {
    const name = one.matches("li") ? String(++number) : (one.ariaLabel ?? "");
    const told = [...one.querySelectorAll(".answer > :not(summary, .self)")].map((part) => part.cloneNode(true));
    return el(
      "li",
      {},
      el("b", {}, name),
      el("div", {}, ...told),
      el("div", { class: "seen" }, ...shownBy(one).map(take)),
    );
  });
  const derived = [...main.querySelectorAll(".derivation:not([open])")].map(take);
  const title = say("answers", { title: main.querySelector("h1")?.textContent ?? "" });
  const answers = el("section", { class: "answers" }, el("h2", {}, title), el("ol", {}, ...each), ...derived);
  main.append(answers);
  const names = el("p", { class: "whose" }, say("yourName"), el("i"), say("today"), el("i"));
  main.prepend(names);
  return [...moved, ...[...added, answers, names].map((one) => () => one.remove())];
}

/** The figure that a reader was to expect something of, and what is told of it; nothing once it was answered. */
function shownBy(question: HTMLElement): Element[] {
  const figure = question.nextElementSibling;
  if (!question.matches(".expect:not(:has(.answer[open]))") || !figure?.matches("figure.fig")) return [];
  const found = [figure];
  for (let next = figure.nextElementSibling; next?.matches("p, ul, ol, .math, .live"); next = next.nextElementSibling)
    found.push(next);
  return found;
}

const LINES: Record<string, number> = { number: 1, derived: 4 };

/** Lines to write on, where an answer is not ticked; where the figure is that answers. */
function room(question: HTMLElement): HTMLElement {
  const lines = LINES[question.querySelector<HTMLElement>(".asked")!.dataset.kind ?? ""] ?? 0;
  const made = el("div", { class: "room" }, ...Array.from({ length: lines }, () => el("i")));
  if (shownBy(question).length) made.append(el("p", { class: "hint" }, say("figureBehind")));
  const form = question.querySelector("form");
  if (form) form.before(made);
  else question.append(made);
  return made;
}
