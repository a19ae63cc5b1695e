/** Questions: what is typed or chosen is judged here, from what stands in the page; new numbers come from the server. */
import { el, isStatic, post } from "./html";
import { judge, readings, isNear, type Check } from "./judge";
import type { Fig, State } from "./types";
import { say } from "./words";

/** POST /api/question {page, name, seed}: what stands in `.question` with those numbers. */
type Asked = { html: string } | { error: string };
/** How a card went: by the first answer to it. */
type Grade = "good" | "hard" | "again";

export function questions(): void {
  const open = new URLSearchParams(location.search);
  for (const holder of document.querySelectorAll<HTMLElement>(".question")) {
    const made = new Question(holder);
    const seed = Number(open.get(`q.${holder.dataset.name}`) ?? NaN);
    if (Number.isInteger(seed) && seed > 0) void made.draw(seed, false);
  }
}

/** POST /api/graded: how many of today's cards are answered. */
type Kept = { done: number; of: number } | { error: string };

function kept({ done, of }: { done: number; of: number }): void {
  const words = document.querySelector(".cards-done");
  const bar = document.querySelector<HTMLProgressElement>(".of-today progress");
  if (words) words.textContent = `${done} / ${of}`;
  if (bar) [bar.max, bar.value] = [of, done];
}

class Question {
  private readonly stored: HTMLTemplateElement[];
  private readonly first: string;
  private seed = 0;
  private missed = false;
  private graded = false;

  constructor(private readonly holder: HTMLElement) {
    this.stored = [...holder.querySelectorAll<HTMLTemplateElement>("template")];
    this.first = holder.querySelector(".asked")!.outerHTML;
    this.wire();
  }

  private find<T extends HTMLElement>(selector: string): T | null {
    return this.holder.querySelector<T>(selector);
  }

  /** What a draw brings, made to answer. */
  private wire(): void {
    const asked = this.find(".asked")!;
    this.seed = Number(asked.dataset.seed);
    this.missed = this.graded = false;
    const check = JSON.parse(asked.dataset.check ?? "{}") as Check;
    const form = this.find<HTMLFormElement>("form");
    form?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.answered(check, form);
    });
    const folded = this.find<HTMLDetailsElement>("details.answer");
    const own = this.find(".self");
    if (own) own.hidden = isStatic;
    folded?.addEventListener("toggle", () => {
      const gaveUp = this.missed || this.holder.closest(".cards"); // on a page one may read the answer first
      if (folded.open && gaveUp && asked.dataset.kind !== "derived") this.grade("again");
    });
    for (const button of own?.querySelectorAll("button") ?? [])
      button.addEventListener("click", () => {
        this.grade(button.value as Grade);
        own!.replaceChildren(el("span", { role: "status" }, say(button.value === "good" ? "known" : "again")));
      });
    this.find(".another")?.addEventListener("click", () => void this.draw(this.seed + 1, true));
  }

  private answered(check: Check, form: HTMLFormElement): void {
    const text = String(new FormData(form).get("given") ?? "");
    const chosen = form.querySelector("fieldset") !== null;
    const given = chosen ? [text].filter(Boolean) : readings(text);
    if (!given.length) return this.tell("", say(chosen ? "pickOne" : "type"));
    const all = given.map((one) => judge(check, one));
    const found = all.find((one) => one === true) ?? all.find((one) => one !== -1) ?? -1;
    const trap =
      typeof found === "number" && found >= 0 ? this.holder.querySelectorAll<HTMLElement>(".asked .trap")[found] : null;
    if (this.holder.dataset.figure) return this.expected(found === true, trap);
    if (found === true) {
      this.tell("good", say("right"));
      this.grade(this.missed ? "hard" : "good");
      this.show();
      return;
    }
    this.missed = true;
    if (chosen) this.grade("again");
    const near = given.some((one) => typeof one === "number" && isNear(check, one));
    this.tell("bad", say(trap ? "trap" : chosen ? "notThis" : near ? "nearly" : "notYet"), trap);
  }

  /** The figure moves to what was asked for: it is the answer; what was expected instead is told why not. */
  private expected(is: boolean, trap: HTMLElement | null): void {
    const { figure, then, drawn } = this.holder.dataset;
    this.tell(is ? "good" : "", say(is ? "asExpected" : "surprise"), trap);
    this.show();
    const shown = document.querySelector<HTMLElement>(`figure.fig[data-name="${figure}"]`);
    if (!shown) return;
    shown.dispatchEvent(
      new CustomEvent("wengu:move", {
        detail: { then: JSON.parse(then ?? "{}") as State, drawn: drawn && (JSON.parse(drawn) as Fig) },
      }),
    );
    intoSight(shown);
  }

  private show(): void {
    this.graded = true; // what is opened now is no giving up
    const folded = this.find<HTMLDetailsElement>("details.answer");
    if (folded) folded.open = true;
  }

  private tell(kind: "good" | "bad" | "", words: string, trap?: HTMLElement | null): void {
    const told = this.find(".told")!;
    told.dataset.kind = kind;
    told.replaceChildren(el("b", {}, words));
    if (trap) told.append(" ", ...[...trap.childNodes].map((one) => one.cloneNode(true)));
  }

  /** The first grade counts, of a card; what stands before a figure is none. */
  private grade(grade: Grade): void {
    if (this.graded || this.holder.dataset.figure) return;
    this.graded = true;
    if (isStatic) return;
    const { page, name } = this.holder.dataset;
    void post<Kept>("/api/graded", { page, name, seed: this.seed, grade })
      .then(({ answer }) => ("error" in answer ? this.tell("bad", answer.error) : kept(answer)))
      .catch(() => this.tell("bad", say("lost")));
  }

  /** The same question with the numbers of another seed; `follow` puts the reader into it. */
  async draw(seed: number, follow: boolean): Promise<void> {
    const html = follow ? await this.another(seed) : await this.of(seed);
    if (html === null) return this.tell("bad", say("lost"));
    const asked = this.find(".asked")!;
    asked.outerHTML = html;
    this.wire();
    this.find(".asked")!.dispatchEvent(new Event("wengu:maths", { bubbles: true }));
    if (!follow) return;
    this.tell("", say("fresh"));
    this.find<HTMLElement>("input, summary")?.focus();
    const query = new URLSearchParams(location.search);
    if (this.seed) query.set(`q.${this.holder.dataset.name}`, String(this.seed));
    else query.delete(`q.${this.holder.dataset.name}`);
    const text = query.toString().replaceAll("%2C", ",");
    history.replaceState(history.state, "", location.pathname + (text && `?${text}`) + location.hash);
  }

  /** From this seed on the first that asks something else than what stands there. */
  private async another(seed: number): Promise<string | null> {
    const now = promptOf(this.find(".asked")!.outerHTML);
    let html = await this.of(seed);
    for (let k = 1; k < TRIES && html && promptOf(html) === now; k++) html = await this.of(seed + k);
    return html;
  }

  private async of(seed: number): Promise<string | null> {
    if (!isStatic) return this.asked(seed);
    const place = seed % (this.stored.length + 1);
    return place ? this.stored[place - 1].innerHTML : this.first;
  }

  private async asked(seed: number): Promise<string | null> {
    const { page, name } = this.holder.dataset;
    try {
      const { answer } = await post<Asked>("/api/question", { page, name, seed });
      return "html" in answer ? answer.html : null;
    } catch {
      return null;
    }
  }
}

/** The reader looks at it, and goes on in it by the keyboard. */
function intoSight(figure: HTMLElement): void {
  const first =
    figure.querySelector<HTMLElement>(".panel[tabindex]") ??
    figure.querySelector<HTMLElement>(".control.open input, .controls > .control input, .control select");
  first?.focus({ preventScroll: true });
  const fits =
    figure.offsetHeight < innerHeight - (document.querySelector<HTMLElement>("body > header")?.offsetHeight ?? 0);
  figure.scrollIntoView({ block: fits ? "nearest" : "start" });
}

const TRIES = 9;

/** What is asked, without the answer: formulas as they were written. */
function promptOf(html: string): string {
  const made = el("div");
  made.innerHTML = html;
  return [...made.querySelectorAll(".asked > p, .option")]
    .map((one) => {
      for (const formula of one.querySelectorAll<HTMLElement>("[data-tex]"))
        formula.textContent = formula.dataset.tex ?? "";
      return one.textContent;
    })
    .join("\n");
}
