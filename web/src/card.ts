/** The diagnosis of a run: the ledger, the cause in words, what to try, and the errors it was surest of. */
import { copyButtons } from "./copy";
import { format, safe } from "./format";
import { el } from "./html";
import { get } from "./runs";
import type { Card, Mistake } from "./types";
import { lang, say } from "./words";

const percent = (v: number | null) => (v === null ? "–" : `${format(100 * v, 3)}%`);

export async function card(place: HTMLElement, name: string): Promise<void> {
  place.replaceChildren(el("h2", {}, say("verdict")), el("p", { role: "status" }, say("judging")));
  try {
    show(place, await get<Card>(`/api/runs/${encodeURIComponent(name)}/card?lang=${lang}`));
  } catch (error) {
    place.querySelector("p")!.textContent = error instanceof Error ? error.message : say("lost");
  }
}

function show(place: HTMLElement, found: Card): void {
  const rate = say(found.ledger.direction === "higher" ? "accuracy" : "error");
  const [cause, ...more] = found.verdict;
  const rows = found.ledger.rows.map(
    (r) =>
      `<tr><th scope="row">${safe(r.set)}</th><td>${percent(r.value)}</td><td>${r.low === null ? "–" : `${percent(r.low)} – ${percent(r.high)}`}</td><td>${r.n === null ? "–" : format(r.n, 9)}</td></tr>`,
  );
  const steps = found.next.map(
    (s) =>
      `<li><b>${safe(s.what)}</b> ${safe(s.why)}${s.remark ? ` <small>${safe(s.remark)}</small>` : ""}${s.command ? `<pre><code>${safe(s.command)}</code></pre>` : ""}</li>`,
  );
  place.innerHTML = `<h2>${safe(say("verdict"))}</h2><p class="cause">${safe(cause ?? "")}</p>
    <div class="scroll" tabindex="0" role="group" aria-label="${safe(say("verdict"))}"><table><thead><tr>${[say("set"), rate, say("interval"), say("examples")].map((t) => `<th scope="col">${safe(t)}</th>`).join("")}</tr></thead><tbody>${rows.join("")}</tbody></table></div>
    ${more.map((line) => `<p>${safe(line)}</p>`).join("")}${found.since ? `<p>${safe(found.since)}</p>` : ""}
    ${steps.length ? `<h2>${safe(say("what"))}</h2><ol class="steps">${steps.join("")}</ol>` : ""}`;
  copyButtons(place);
  gallery(place, found.gallery);
}

function gallery(place: HTMLElement, all: Mistake[]): void {
  place.append(el("h2", {}, say("errors")));
  if (!all.length) {
    place.append(el("p", {}, say("noErrors")));
    return;
  }
  const select = (id: string, label: string, values: string[]) => {
    const field = el(
      "select",
      { id, change: () => draw() },
      el("option", { value: "" }, say("all")),
      ...[...new Set(values)].sort().map((v) => el("option", { value: v }, v)),
    );
    return [field, el("span", { class: "field" }, el("label", { for: id }, label), field)] as const;
  };
  const [truth, truthField] = select(
    "truth",
    say("truth"),
    all.map((m) => m.truth),
  );
  const [taken, takenField] = select(
    "taken",
    say("predicted"),
    all.map((m) => m.predicted),
  );
  const sure = el("input", { id: "sure", type: "range", min: 0, max: 100, value: 0, input: () => draw() });
  const told = el("output", { for: "sure" });
  const count = el("span", { class: "hint", role: "status" });
  const list = el("ul", { class: "gallery" });
  const bar = el("div", { class: "runs-bar" }, truthField, takenField);
  if (all.some((m) => m.p !== null))
    bar.append(el("span", { class: "field" }, el("label", { for: "sure" }, say("sure")), sure, told));
  bar.append(count);
  const draw = () => {
    told.textContent = `${sure.value}%`;
    sure.style.setProperty("--filled", `${sure.value}%`);
    const some = all.filter(
      (m) =>
        (!truth.value || m.truth === truth.value) &&
        (!taken.value || m.predicted === taken.value) &&
        (m.p ?? 1) * 100 >= Number(sure.value),
    );
    count.textContent = say("shown", { n: some.length, all: all.length });
    list.innerHTML = some
      .map((m) => {
        const seen = m.png
          ? `<img src="data:image/png;base64,${safe(m.png)}" alt="${safe(m.truth)}">`
          : m.row
            ? `<dl>${Object.entries(m.row)
                .slice(0, 6)
                .map(([k, v]) => `<dt>${safe(k)}</dt><dd>${safe(v)}</dd>`)
                .join("")}</dl>`
            : "";
        return `<li>${seen}<p><b>${safe(m.truth)}</b> → <span class="t-bad">${safe(m.predicted)}</span>${m.p === null ? "" : ` ${percent(m.p)}`}</p><small>${safe(m.id)}</small></li>`;
      })
      .join("");
  };
  place.append(bar, list);
  draw();
}
