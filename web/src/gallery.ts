/** The dev errors of a run, filtered by what they are and were taken for; of those shown the pictures are fetched. */
import { PERCENT, percent, safe } from "./format";
import { el, get } from "./html";
import type { Mistake, Preview } from "./types";
import { say } from "./words";

const PAGE = 24; // errors shown at once; the server gives as many pictures

export function gallery(place: HTMLElement, name: string, all: Mistake[]): void {
  place.append(el("h2", {}, say("errors")));
  if (!all.length) {
    place.append(el("p", {}, say("noErrors")));
    return;
  }
  const select = (id: string, label: string, values: string[]) => {
    const field = el(
      "select",
      { id, change: () => filter() },
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
  const sure = el("input", { id: "sure", type: "range", min: 0, max: 100, value: 0, input: () => filter() });
  const told = el("output", { for: "sure" });
  const count = el("span", { class: "hint", role: "status" });
  const list = el("ul", { class: "gallery" });
  const more = el("button", { type: "button", class: "more", click: () => draw((shown += PAGE)) }, say("more"));
  const bar = el("div", { class: "runs-bar" }, truthField, takenField);
  if (all.some((m) => m.p !== null))
    bar.append(el("span", { class: "field" }, el("label", { for: "sure" }, say("sure")), sure, told));
  bar.append(count);

  const seen = new Map<string, Preview>();
  let some = all;
  let shown = PAGE;
  let asking = false;
  const filter = () => {
    told.textContent = sure.value + PERCENT;
    sure.style.setProperty("--filled", sure.value + PERCENT);
    some = all.filter(
      (m) =>
        (!truth.value || m.truth === truth.value) &&
        (!taken.value || m.predicted === taken.value) &&
        (m.p ?? 1) * 100 >= Number(sure.value),
    );
    draw((shown = PAGE));
  };
  const draw = (most: number) => {
    count.textContent = say(some.length < all.length ? "matching" : "shown", {
      n: Math.min(most, some.length),
      some: some.length,
      all: all.length,
    });
    list.innerHTML = some.slice(0, most).map(item).join("");
    more.hidden = some.length <= most;
    void fetchSeen();
  };
  const item = (m: Mistake) => {
    const sureBy = m.p === null ? "" : ` ${percent(m.p)}`;
    return `<li>${picture(m, seen.get(m.id))}<p><b>${safe(m.truth)}</b> → <span class="t-bad">${safe(m.predicted)}</span>${sureBy}</p><small>${safe(m.id)}</small></li>`;
  };
  /** What is shown and was not fetched yet, a page at a time. */
  const fetchSeen = async () => {
    const missing = some.slice(0, shown).filter((m) => !seen.has(m.id));
    if (asking || !missing.length) return;
    asking = true;
    const ids = missing.slice(0, PAGE).map((m) => m.id);
    const query = ids.map((id) => `id=${encodeURIComponent(id)}`).join("&");
    const found = await get<Record<string, Preview>>(`/api/runs/${encodeURIComponent(name)}/examples?${query}`).catch(
      () => ({}) as Record<string, Preview>,
    );
    for (const id of ids) seen.set(id, found[id] ?? {});
    asking = false;
    draw(shown);
  };
  place.append(bar, list, more);
  filter();
}

function picture(mistake: Mistake, seen: Preview | undefined): string {
  if (!seen) return '<div class="awaited"></div>';
  if (seen.png) return `<img src="data:image/png;base64,${safe(seen.png)}" alt="${safe(mistake.truth)}">`;
  const cells = Object.entries(seen.row ?? {}).slice(0, 6);
  return cells.length ? `<dl>${cells.map(([k, v]) => `<dt>${safe(k)}</dt><dd>${safe(v)}</dd>`).join("")}</dl>` : "";
}
