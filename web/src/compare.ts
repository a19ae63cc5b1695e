/** Some runs beside one another: their curves, their dev errors with intervals, the settings that differ. */
import { often, type Curves } from "./curves";
import { format, percent, safe } from "./format";
import { el, get } from "./html";
import type { Compared } from "./types";
import { lang, say } from "./words";

const GOES_ON = ["training", "killed", "interrupted"]; // or may be resumed

export async function compare(root: HTMLElement, names: string[], shown: Curves): Promise<void> {
  const place = el("div");
  root.append(shown.element, place);
  shown.follow(names.map((name) => ({ name })));
  const query = names.map((n) => `run=${encodeURIComponent(n)}`).join("&");
  const ask = () => get<Compared>(`/api/compare?${query}`);
  let found = await ask();
  let html = (place.innerHTML = tables(found));
  often(async () => {
    if (!found.runs.some((r) => GOES_ON.includes(r.state))) return;
    found = await ask();
    const now = tables(found);
    if (now !== html) place.innerHTML = html = now;
    shown.follow(found.runs);
  });
}

/** In points, to a tenth; what rounds to 0 has no sign. */
function points(value: number | null): string {
  if (value === null) return "–";
  const tenths = Math.round(1000 * value) / 10;
  return `${tenths > 0 ? "+" : ""}${format(tenths)}`;
}

function tables(found: Compared): string {
  const rows = found.runs.map((r) => {
    const against = r.against_first;
    const told = against
      ? `${points(against.points)} [${points(against.low)}, ${points(against.high)}] ${safe(against.in_words)}`
      : "";
    const interval = r.dev && r.dev.low !== null ? `${percent(r.dev.low)} – ${percent(r.dev.high)}` : "–";
    const dev =
      r.dev || r.dev_error === null
        ? percent(r.dev?.value)
        : `${percent(r.dev_error)} <small>${safe(say("soFar"))}</small>`;
    return `<tr><th scope="row"><a href="/${lang}/runs/${encodeURIComponent(r.name)}">${safe(r.name)}</a></th><td>${dev}</td><td>${interval}</td><td>${told}</td></tr>`;
  });
  const settings = Object.entries(found.settings).map(
    ([key, one]) =>
      `<tr><th scope="row"><code>${safe(key)}</code></th>${one.values.map((v) => `<td>${safe(v ?? "–")}</td>`).join("")}</tr>`,
  );
  const scroll = (label: string, table: string) =>
    `<h2>${safe(label)}</h2><div class="scroll" tabindex="0" role="group" aria-label="${safe(label)}"><table>${table}</table></div>`;
  const head = (...cells: string[]) =>
    `<thead><tr>${cells.map((c) => `<th scope="col">${safe(c)}</th>`).join("")}</tr></thead>`;
  return (
    scroll(
      say("devError"),
      `${head(say("name"), say("devError"), say("interval"), say("against"))}<tbody>${rows.join("")}</tbody>`,
    ) +
    (settings.length
      ? scroll(
          say("settings"),
          `${head(say("setting"), ...found.runs.map((r) => r.name))}<tbody>${settings.join("")}</tbody>`,
        )
      : "")
  );
}
