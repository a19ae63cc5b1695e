/** A training that the reader starts where a page tells of it; its run stands below the command, as on the runs pages. */
import { curves, often } from "./curves";
import { el, get, post } from "./html";
import { one } from "./run";
import { lang, say } from "./words";

interface Trained {
  name: string | null; // of the run that is trained now, from whichever page
  error?: string;
}

/** All of a page; `redraw` is for a new theme. */
export function fits(roots: HTMLElement[]): { redraw(): void } {
  const shown = curves("run");
  const run = el("div", { class: "run" });
  const stop = el("button", { type: "button", class: "reset" }, say("stopTraining"));
  const starts: HTMLButtonElement[] = [];
  let name: string | null = null;

  const now = (trained: Trained) => {
    for (const start of starts) start.disabled = trained.name !== null;
    stop.hidden = trained.name === null || trained.name !== name;
  };
  const show = (root: HTMLElement, trained: string) => {
    name = trained;
    const link = el("a", { href: `/${lang}/runs/${encodeURIComponent(trained)}` }, trained);
    run.replaceChildren(el("p", { class: "result" }, link, stop));
    root.append(run);
    one(run, trained, shown);
    now({ name });
  };
  for (const root of roots) {
    const told = el("p", { role: "status" });
    const start = el("button", { type: "button", class: "compute" }, say("trainHere"));
    starts.push(start);
    start.addEventListener("click", () => {
      start.disabled = true;
      told.textContent = say("starting");
      void post<Trained>("/api/fit", { page: root.dataset.page, words: root.dataset.words, lang })
        .then(({ answer }) => {
          told.textContent = answer.error ?? "";
          if (answer.name) show(root, answer.name);
          else start.disabled = false;
        })
        .catch(() => {
          told.textContent = say("lost");
          start.disabled = false;
        });
    });
    root.append(el("div", { class: "result" }, start, told));
  }
  stop.addEventListener("click", () => void post<Trained>("/api/fit/stop", {}).then(({ answer }) => now(answer)));
  often(async () => {
    if (name) now(await get<Trained>("/api/fit"));
  });
  return shown;
}
