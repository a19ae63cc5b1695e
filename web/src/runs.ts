/** The reader's own runs: all of them, one with its diagnosis, some compared. */
import { compare } from "./compare";
import { curves, drawnAs, MOST, often, type Curves } from "./curves";
import { capital, safe } from "./format";
import { el, get } from "./html";
import { one } from "./run";
import type { Run } from "./types";
import { lang, say } from "./words";

export function startRuns(root: HTMLElement): { redraw(): void } {
  const { view, name, names } = root.dataset;
  const shown = curves(view === "list" ? "overview" : view === "compare" ? "compare" : "run");
  const wrong = (error: unknown) =>
    root.append(el("p", { class: "wrong", role: "alert" }, error instanceof Error ? error.message : say("lost")));
  if (view === "run" && name) one(root, name, shown);
  else if (view === "compare" && names) void compare(root, JSON.parse(names) as string[], shown).catch(wrong);
  else void list(root, shown).catch(wrong);
  return shown;
}

const PAGE = 100; // runs in the table at once

type Key = string | number;
type Column = [title: string, cell: (run: Run) => string, by: (run: Run) => Key | Key[]];

const DATE = new Intl.DateTimeFormat(lang === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "short" });
const COLUMNS: Column[] = [
  [
    say("name"),
    (r) => `<a href="/${lang}/runs/${encodeURIComponent(r.name)}">${safe(r.name)}</a> <small>${safe(about(r))}</small>`,
    (r) => r.name,
  ],
  [say("network"), (r) => safe(r.network), (r) => r.network],
  [say("data"), (r) => safe(r.data), (r) => r.data],
  [say("epochs"), trained, (r) => r.epochs_done ?? 0],
  [say("onDev"), onDev, (r) => [r.metric?.name ?? "", r.dev_metric === null ? Infinity : r.dev_metric * worse(r)]],
  [say("cause"), (r) => safe(r.cause_in_words || r.cause || "–"), (r) => r.cause ?? ""],
  [
    say("state"),
    (r) => `<span class="state s-${safe(r.state)}">${safe(r.state_in_words ?? r.state)}</span>`,
    (r) => r.state,
  ],
  [say("created"), (r) => safe(DATE.format(new Date(r.created))), (r) => r.created],
];

const DEV = 4; // the column of the metric
const MINOR = [1, 2, 3, 6, 7]; // columns that a phone leaves out: the name has below it what they say

function trained(run: Run): string {
  return `${run.epochs_done ?? 0} / ${run.epochs ?? "–"}`;
}

function about(run: Run): string {
  return [run.network, run.data, trained(run), run.state_in_words ?? run.state].filter(Boolean).join(" · ");
}

/** The value on dev, and by which metric it is, which the sheet shows where not all are judged by one. */
function onDev(run: Run): string {
  if (!run.metric || !run.dev_in_words) return "–";
  return `${safe(run.dev_in_words)} <small class="by">${safe(run.metric.in_words)}</small>`;
}

/** What a value is multiplied by so that the better ones come first. */
function worse(run: Run): number {
  return run.metric?.direction === "higher" ? -1 : 1;
}

function compareKeys(a: Key | Key[], b: Key | Key[]): number {
  const [first, second] = [[a].flat(), [b].flat()];
  const i = first.findIndex((key, k) => key !== second[k]);
  return i < 0 ? 0 : first[i] < second[i] ? -1 : 1;
}

function minor(i: number): { class?: string } {
  return MINOR.includes(i) ? { class: "minor" } : {};
}

/** A row of the table; again for the run as it is now, only what is another is written, so that the focus stays. */
function rowOf(run: Run, made?: HTMLTableRowElement): HTMLTableRowElement {
  const box = () => el("input", { type: "checkbox", "aria-label": say("pick", { name: run.name }) });
  const cells = () => COLUMNS.map((_, i) => (i ? el("td", minor(i)) : el("th", { scope: "row" })));
  const swatch = () => el("span", { class: "swatch", hidden: true });
  const row = made ?? el("tr", { "data-name": run.name }, el("td", {}, box(), swatch()), ...cells());
  COLUMNS.forEach(([, cell], i) => {
    const html = cell(run);
    const place = row.cells[i + 1];
    if (place.dataset.html !== html) {
      place.dataset.html = html;
      place.innerHTML = html;
    }
  });
  return row;
}

/** The line that a row's run has in the charts, where it is drawn. */
function mark(row: HTMLElement, i: number): void {
  const swatch = row.querySelector<HTMLElement>(".swatch")!;
  const { tone, dash } = drawnAs(i);
  swatch.hidden = i >= MOST;
  swatch.className = `swatch t-${tone}${dash ? " dashed" : ""}`;
}

/** These rows in this order; those that stay stand where they are, so that the focus stays. */
function fill(body: HTMLElement, rows: HTMLElement[]): void {
  const wanted = new Set<Element>(rows);
  for (const row of [...body.children]) if (!wanted.has(row)) row.remove();
  rows.forEach((row, i) => body.children[i] !== row && body.insertBefore(row, body.children[i] ?? null));
}

async function list(root: HTMLElement, shown: Curves): Promise<void> {
  let runs: Run[] = [];
  let most = PAGE;
  const kept = new Map<string, { run: Run; text: string; row?: HTMLTableRowElement }>();
  let order: [number, boolean] | null = null;
  const filter = el("input", { id: "filter", type: "search", placeholder: say("filterHint"), autocomplete: "off" });
  const compared = el("a", { class: "button", "aria-disabled": "true", role: "link" }, say("compare"));
  const hint = el("span", { class: "hint" }, say("pickMore"));
  const body = el("tbody");
  const heads = COLUMNS.map(([title], i) => {
    const turn = () => {
      order = order?.[0] === i ? [i, !order[1]] : [i, false];
      draw();
    };
    return el("th", { scope: "col", ...minor(i) }, el("button", { type: "button", click: turn }, title));
  });
  const table = el("table", { class: "runs-table" }, el("thead", {}, el("tr", {}, el("td"), ...heads)), body);
  const bar = el("div", { class: "runs-bar" }, el("label", { for: "filter" }, say("filter")), filter, compared, hint);
  const scroll = el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": say("name") }, table);
  const none = el("p");
  const unread = el("p", { class: "hint" });
  const further = () => {
    most += PAGE;
    draw();
  };
  const more = el("button", { type: "button", class: "more", click: further }, say("more"));
  root.append(bar, shown.element, scroll, more, none, unread);

  const read = async () => {
    const found = await get<{ runs: Run[]; unreadable: Record<string, string> }>("/api/runs");
    const damaged = Object.entries(found.unreadable).map(([run, why]) => `${run} (${why})`);
    unread.hidden = !damaged.length;
    unread.textContent = say("notRead") + damaged.join("; ");
    runs = found.runs.map((run) => {
      const was = kept.get(run.name);
      if (was && run.state !== "training" && JSON.stringify(was.run) === JSON.stringify(run)) return was.run;
      const parts = [run.name, run.network, run.data, run.state, run.state_in_words, run.cause, run.cause_in_words];
      kept.set(run.name, { run, text: parts.join(" ").toLowerCase(), row: was?.row && rowOf(run, was.row) });
      return run;
    });
    const metrics = new Set(runs.flatMap((run) => run.metric?.on_dev ?? []));
    table.classList.toggle("mixed", metrics.size > 1);
    const [alone = ""] = metrics.size === 1 ? metrics : [];
    heads[DEV].querySelector("button")!.textContent = alone ? capital(alone) : say("onDev");
    draw();
  };
  const draw = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let sorted = runs;
    if (order) {
      const [i, down] = order;
      const by = COLUMNS[i][2];
      sorted = [...runs].sort((a, b) => compareKeys(by(a), by(b)) * (down ? -1 : 1));
    }
    heads.forEach((head, i) =>
      head.setAttribute("aria-sort", order?.[0] === i ? (order[1] ? "descending" : "ascending") : "none"),
    );
    const some = sorted.filter((r) => words.every((w) => kept.get(r.name)!.text.includes(w)));
    const rows = some.slice(0, most).map((r) => (kept.get(r.name)!.row ??= rowOf(r)));
    rows.forEach(mark);
    fill(body, rows);
    more.hidden = some.length <= most;
    bar.hidden = shown.element.hidden = scroll.hidden = !runs.length;
    none.hidden = some.length > 0;
    none.textContent = say(runs.length ? "noMatch" : "noRuns");
    shown.follow(some);
  };
  const pick = () => {
    const picked = runs.filter((r) => kept.get(r.name)!.row?.querySelector("input")!.checked);
    const ready = picked.length > 1;
    compared.setAttribute("aria-disabled", String(!ready));
    if (ready)
      compared.href = `/${lang}/runs/compare?${picked.map((r) => `run=${encodeURIComponent(r.name)}`).join("&")}`;
    else compared.removeAttribute("href");
    hint.hidden = ready;
  };
  filter.addEventListener("input", draw);
  body.addEventListener("change", pick);
  body.addEventListener("pointerover", (event) =>
    shown.highlight((event.target as Element).closest("tr")?.dataset.name ?? ""),
  );
  body.addEventListener("pointerleave", () => shown.highlight(""));
  await read();
  often(read);
}
