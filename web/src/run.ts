/** One run: its curves as it trains, how to change its α, and its diagnosis once it has ended. */
import { card } from "./card";
import { Follower, often, read, type Curves } from "./curves";
import { format, safe } from "./format";
import { el, post } from "./html";
import type { Run } from "./types";
import { say } from "./words";

/** Until what this gives is called; `add` puts the run among the curves, by default alone. */
export function one(
  root: HTMLElement,
  name: string,
  shown: Curves,
  add: (run: Follower) => void = shown.add,
): () => void {
  const brief = el("p", { class: "run-brief" });
  const change = changeForm(name);
  const judged = el("div", { class: "card" });
  root.append(brief, change.form, shown.element, judged);
  let state = "";
  const follower = new Follower(name, () => {
    const { run, rows } = follower;
    shown.update();
    if (run) brief.innerHTML = told(run);
    change.now(rows.at(-1)?.lr);
    if (follower.gone) brief.textContent = say("gone");
    const now = follower.gone ? "gone" : (run?.state ?? "unreadable");
    if (now === state) return;
    state = now;
    change.form.hidden = state !== "training";
    judged.replaceChildren();
    if (state !== "training" && state !== "gone") void card(judged, name);
  });
  add(follower);
  follower.live();
  const enough = often(async () => {
    if (follower.isLive) return;
    await read([follower]);
    if (follower.run?.state === "training") follower.live();
  }, shown.tell);
  return () => {
    enough();
    follower.end();
  };
}

function told(run: Run): string {
  const parts = [
    run.network,
    run.data,
    say("epochsDone", { n: run.epochs_done ?? 0, all: run.epochs ?? "–" }),
    run.metric && run.dev_in_words ? `${run.metric.on_dev} ${run.dev_in_words}` : "",
  ];
  const state = `<span class="state s-${safe(run.state)}">${safe(run.state_in_words ?? run.state)}</span>`;
  return `${parts.filter(Boolean).map(safe).join(" · ")} ${state}`;
}

/** A field that shows α as it is until somebody writes into it. */
function changeForm(name: string): { form: HTMLFormElement; now(lr: number | undefined): void } {
  const input = el("input", { id: "lr", type: "number", min: 0, step: "any", required: true, inputmode: "decimal" });
  const answered = el("p", { role: "status" });
  const form = el(
    "form",
    { class: "runs-form", hidden: true },
    el("label", { for: "lr" }, say("changeLr")),
    input,
    el("button", { type: "submit" }, say("apply")),
    answered,
  );
  let written = false;
  input.addEventListener("input", () => (written = true));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const lr = input.valueAsNumber;
    void post<{ error?: string; live: boolean }>(`/api/runs/${encodeURIComponent(name)}/set`, { lr })
      .then(({ answer }) => {
        written &&= !!answer.error;
        answered.textContent = answer.error ?? say(answer.live ? "applied" : "appliedLater", { lr: format(lr) });
      })
      .catch(() => (answered.textContent = say("lost")));
  });
  return {
    form,
    now: (lr) => {
      if (!written && lr !== undefined) input.value = String(Number(lr.toPrecision(6)));
    },
  };
}
