/** What is trained from the pages now: asked for once, for all that tell of it; and the pill that tells of it everywhere. */
import { often } from "./curves";
import { el, get, post } from "./html";
import { lang, say } from "./words";

export interface Trained {
  name: string | null; // of the run that is trained now, from whichever page
  page?: string | null; // where it was started, and which of the trainings there
  words?: string | null; // as the page offers it
  stopping?: boolean; // it was told to end, and leaves its checkpoint
  error?: string;
}

const hearers: ((trained: Trained) => void)[] = [];
let known: Trained | null = null;
let asked = 0; // answers to what was asked before something was started or stopped are old

/** Tells of what is trained now, and of each change. */
export function trained(hear: (trained: Trained) => void): void {
  hearers.push(hear);
  if (known) hear(known);
}

/** Something was started or stopped: everybody hears of it. */
export function told(now: Trained): void {
  asked++;
  known = now;
  for (const hear of hearers) hear(now);
}

/** As Ctrl-C does it: a checkpoint is left. Throws what the server has against it. */
export async function stop(): Promise<void> {
  const { ok, answer } = await post<Trained>("/api/fit/stop", {});
  if (!ok) throw new Error(answer.error);
  told(answer);
}

export function startAsking(): void {
  const ask = async () => {
    const before = asked;
    const now = await get<Trained>("/api/fit");
    if (before === asked) told(now);
  };
  void ask().catch(() => undefined);
  often(ask);
}

/** In the header of every page while something trains: its run, and its end. */
export function pill(header: Element): void {
  const link = el("a", {});
  const button = el("button", { type: "button" });
  const made = el("div", { class: "trains", role: "group", "aria-label": say("trains"), hidden: true });
  made.append(el("span", { class: "dot", "aria-hidden": "true" }), link, button);
  header.querySelector(".home")?.after(made);
  let stopping = "";
  button.addEventListener("click", () => {
    if (stopping) return;
    stopping = known?.name ?? "";
    show();
    void stop().catch(() => {
      stopping = "";
      show();
    });
  });
  const show = () => {
    const name = known?.name ?? "";
    if (stopping && stopping !== name) stopping = "";
    if (known?.stopping) stopping = name; // from whichever page
    made.hidden = !name;
    link.textContent = name;
    link.href = `/${lang}/runs/${encodeURIComponent(name)}`;
    link.title = `${say("trains")}: ${name}`;
    button.textContent = say(stopping ? "stopping" : "stopTraining");
    button.setAttribute("aria-disabled", String(!!stopping));
  };
  trained(show);
}
