/** The diagnosis of a run: the ledger, the cause in words, what to try, and the errors it was surest of. */
import { copyButtons } from "./copy";
import { capital, safe } from "./format";
import { gallery } from "./gallery";
import { el, get } from "./html";
import type { Card, Unended } from "./types";
import { say } from "./words";

export async function card(place: HTMLElement, name: string): Promise<void> {
  place.replaceChildren(el("h2", {}, say("verdict")), el("p", { role: "status" }, say("judging")));
  try {
    const found = await get<Card | Unended>(`/api/runs/${encodeURIComponent(name)}/card`);
    if ("resume" in found) goOn(place, found);
    else show(place, name, found);
  } catch (error) {
    place.querySelector("p")!.textContent = error instanceof Error ? error.message : say("lost");
  }
}

function goOn(place: HTMLElement, { told, resume }: Unended): void {
  place.replaceChildren(el("p", {}, told), ...(resume ? [el("pre", {}, el("code", {}, resume))] : []));
  copyButtons(place);
}

function show(place: HTMLElement, name: string, found: Card): void {
  const [cause, ...more] = found.verdict;
  const rows = found.rows.map(
    (r) =>
      `<tr><th scope="row">${safe(r.set)}</th>${[r.value, r.interval, r.n].map((t) => `<td>${safe(t || "–")}</td>`).join("")}</tr>`,
  );
  const steps = found.next.map(
    (s) =>
      `<li><b>${safe(s.what)}</b> ${safe(s.why)}${s.remark ? ` <small>${safe(s.remark)}</small>` : ""}${s.command ? `<pre><code>${safe(s.command)}</code></pre>` : ""}</li>`,
  );
  place.innerHTML = `<h2>${safe(say("verdict"))}</h2><p class="cause">${safe(cause ?? "")}</p>
    <div class="scroll" tabindex="0" role="group" aria-label="${safe(say("verdict"))}"><table><thead><tr>${[say("set"), capital(found.metric), say("interval"), say("measuredOn")].map((t) => `<th scope="col">${safe(t)}</th>`).join("")}</tr></thead><tbody>${rows.join("")}</tbody></table></div>
    ${more.map((line) => `<p>${safe(line)}</p>`).join("")}${found.since ? `<p>${safe(found.since)}</p>` : ""}
    ${steps.length ? `<h2>${safe(say("what"))}</h2><ol class="steps">${steps.join("")}</ol>` : ""}`;
  copyButtons(place);
  if (found.gallery) gallery(place, name, found.gallery);
}
