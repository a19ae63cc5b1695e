/** Trainings that the reader starts where a page tells of them; the run stands below its command, beside the one before. */
import { filled, settings } from "./command";
import { curves, Follower, read } from "./curves";
import { el, post } from "./html";
import { one } from "./run";
import { stop as stopIt, told as toldOf, trained, type Trained } from "./training";
import { lang, say } from "./words";

interface Offer {
  root: HTMLElement;
  start: HTMLButtonElement;
  told: HTMLElement;
}
interface Shown {
  name: string;
  words: string; // with the settings that it was started with; empty where the page does not know them any more
}

/** All of a page; `redraw` is for a new theme. */
export function fits(roots: HTMLElement[]): { redraw(): void } {
  const shown = curves("run");
  const run = el("div", { class: "run" });
  const stop = el("button", { type: "button", class: "reset" }, say("stopTraining"));
  const together = el("a", {}, say("compare"));
  let now: Shown | null = null;
  let before: Shown | null = null; // which was started here too, for its curve
  let place: Offer;
  let starting = false;
  let end = () => {};

  const running = (name: string | null) => {
    for (const { start } of offers) {
      enable(start, name === null);
      if (name === null && now) start.textContent = say("trainAgain");
    }
    stop.hidden = name === null || name !== now?.name;
    if (stop.hidden) stoppable(true);
  };
  const stoppable = (is: boolean) => {
    enable(stop, is);
    stop.textContent = say(is ? "stopTraining" : "stopping");
  };
  const show = (offer: Offer, name: string, words: string) => {
    end();
    before = now;
    now = { name, words };
    place = offer;
    const line = el("p", { class: "result" }, el("a", { href: at(name) }, name), stop);
    if (before) {
      together.href = `/${lang}/runs/compare?run=${encodeURIComponent(before.name)}&run=${encodeURIComponent(name)}`;
      line.append(together);
    }
    run.replaceChildren(line);
    offer.root.append(run);
    const former = before && new Follower(before.name, shown.update);
    end = one(run, name, shown, (follower) => {
      if (former) [former.label, follower.label] = [apart(before!, now!), apart(now!, before!)];
      shown.add(...(former ? [former, follower] : [follower]));
    });
    if (former) void read([former]).catch(() => undefined);
    stoppable(true);
  };
  const offers = roots.map((root): Offer => {
    const told = el("p", { role: "status" });
    const start = el("button", { type: "button", class: "compute" }, say("trainHere"));
    const offer = { root, start, told };
    start.addEventListener("click", () => {
      if (starting || !isEnabled(start)) return;
      starting = true;
      enable(start, false);
      told.textContent = say("starting");
      const { page, words = "" } = root.dataset;
      const state = settings(root);
      void post<Trained>("/api/fit", { page, words, state })
        .then(({ answer }) => {
          told.textContent = answer.error ?? "";
          if (answer.name) {
            show(offer, answer.name, filled(words, state));
            toldOf(answer);
          } else enable(start, true);
        })
        .catch(() => {
          told.textContent = say("lost");
          enable(start, true);
        })
        .finally(() => (starting = false));
    });
    root.append(el("div", { class: "result" }, start, told));
    return offer;
  });
  stop.addEventListener("click", () => {
    if (!isEnabled(stop)) return;
    const { told } = place;
    told.textContent = "";
    stoppable(false);
    void stopIt().catch((error: unknown) => {
      told.textContent = (!(error instanceof TypeError) && error instanceof Error && error.message) || say("lost");
      stoppable(true);
    });
  });
  let first = true;
  trained(({ name, page, words }) => {
    if (starting) return;
    const offer = offers.find(({ root: { dataset } }) => dataset.page === page && dataset.words === words);
    if (name && offer && first && !now) show(offer, name, "");
    first = false;
    running(name);
  });
  return shown;
}

const at = (name: string) => `/${lang}/runs/${encodeURIComponent(name)}`;

/** A run's name, with what of its command the other's has not. */
function apart(run: Shown, other: Shown): string {
  const flags = ({ words }: Shown): string[] => words.match(/--\S+(?: (?!--)\S+)?/g) ?? [];
  const own = flags(run).filter((flag) => other.words && !flags(other).includes(flag));
  return own.length ? `${run.name} (${own.join(" ")})` : run.name;
}

/** Not `disabled`, which would take the focus away. */
function enable(button: HTMLButtonElement, is: boolean): void {
  button.setAttribute("aria-disabled", String(!is));
}

function isEnabled(button: HTMLButtonElement): boolean {
  return button.getAttribute("aria-disabled") !== "true";
}
