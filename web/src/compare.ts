/** Some runs beside one another: their curves, their metric on dev with intervals, the settings that differ. */
import { often, type Curves } from "./curves";
import { capital, safe } from "./format";
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

function tables(found: Compared): string {
  const rows = found.runs.map((r) => {
    const small = [r.on_dev === found.on_dev ? "" : (r.metric?.in_words ?? ""), r.dev ? "" : say("soFar")];
    const dev = r.dev_in_words
      ? `${safe(r.dev_in_words)}${small.map((t) => t && ` <small>${safe(t)}</small>`).join("")}`
      : "–";
    const cells = [dev, safe(r.interval_in_words ?? "–"), safe(r.against_first?.in_words ?? "")];
    return `<tr><th scope="row"><a href="/${lang}/runs/${encodeURIComponent(r.name)}">${safe(r.name)}</a></th>${cells.map((c) => `<td>${c}</td>`).join("")}</tr>`;
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
      capital(found.on_dev),
      `${head(say("name"), capital(found.on_dev), say("interval"), say("against"))}<tbody>${rows.join("")}</tbody>`,
    ) +
    found.notes.map((note) => `<p>${safe(note)}</p>`).join("") +
    (settings.length
      ? scroll(
          say("settings"),
          `${head(say("setting"), ...found.runs.map((r) => r.name))}<tbody>${settings.join("")}</tbody>`,
        )
      : "")
  );
}
