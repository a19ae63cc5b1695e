/** A training that the reader starts where a page tells of it; its run stands below the command, as on the runs pages. */
import { curves, often } from "./curves";
import { el, get, post } from "./html";
import { one } from "./run";
import { lang, say } from "./words";

interface Trained {
  name: string | null; // of the run that is trained now, from whichever page
  page?: string; // where it was started, and which of the trainings there
  words?: string;
  error?: string;
}
interface Offer {
  root: HTMLElement;
  start: HTMLButtonElement;
  told: HTMLElement;
}

/** All of a page; `redraw` is for a new theme. */
export function fits(roots: HTMLElement[]): { redraw(): void } {
  const shown = curves("run");
  const run = el("div", { class: "run" });
  const stop = el("button", { type: "button", class: "reset" }, say("stopTraining"));
  let name: string | null = null; // of the run that is shown
  let place: Offer;
  let starting = false;
  let end = () => {};

  const now = (trained: Trained) => {
    for (const { start } of offers) enable(start, trained.name === null);
    stop.hidden = trained.name === null || trained.name !== name;
    if (stop.hidden) stoppable(true);
  };
  const stoppable = (is: boolean) => {
    enable(stop, is);
    stop.textContent = say(is ? "stopTraining" : "stopping");
  };
  const show = (offer: Offer, trained: string) => {
    end();
    name = trained;
    place = offer;
    const link = el("a", { href: `/${lang}/runs/${encodeURIComponent(trained)}` }, trained);
    run.replaceChildren(el("p", { class: "result" }, link, stop));
    offer.root.append(run);
    end = one(run, trained, shown);
    stoppable(true);
    now({ name });
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
      void post<Trained>("/api/fit", { page: root.dataset.page, words: root.dataset.words })
        .then(({ answer }) => {
          told.textContent = answer.error ?? "";
          if (answer.name) show(offer, answer.name);
          else enable(start, true);
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
    const failed = (why: string) => {
      told.textContent = why;
      stoppable(true);
    };
    told.textContent = "";
    stoppable(false);
    void post<Trained>("/api/fit/stop", {})
      .then(({ ok, answer }) => (ok ? now(answer) : failed(answer.error || say("lost"))))
      .catch(() => failed(say("lost")));
  });
  void get<Trained>("/api/fit")
    .then((trained) => {
      const offer = offers.find(
        ({ root: { dataset } }) => dataset.page === trained.page && dataset.words === trained.words,
      );
      if (trained.name && offer && !name && !starting) show(offer, trained.name);
    })
    .catch(() => undefined);
  often(async () => {
    if (!name || starting) return;
    const trained = await get<Trained>("/api/fit");
    if (!starting) now(trained);
  });
  return shown;
}

/** Not `disabled`, which would take the focus away. */
function enable(button: HTMLButtonElement, is: boolean): void {
  button.setAttribute("aria-disabled", String(!is));
}

function isEnabled(button: HTMLButtonElement): boolean {
  return button.getAttribute("aria-disabled") !== "true";
}
