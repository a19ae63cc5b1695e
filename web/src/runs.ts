/** The reader's own runs: all of them, one with its diagnosis, some compared. */
import { curves, Follower, type Curves } from "./curves";
import { format, safe } from "./format";
import { el, post } from "./html";
import { card } from "./card";
import type { Compared, Run } from "./types";
import { lang, say } from "./words";

const AGAIN = 4000; // ms until the list of runs is read again, while one of them trains

export async function get<T>(path: string): Promise<T> {
  const reply = await fetch(path);
  const answer = (await reply.json()) as T & { error?: string };
  if (answer.error) throw new Error(answer.error);
  return answer;
}

export function startRuns(root: HTMLElement): { redraw(): void } {
  const { view, name, names } = root.dataset;
  const shown = curves(view === "list" ? "overview" : view === "compare" ? "compare" : "run");
  const wrong = (error: unknown) =>
    root.append(el("p", { class: "wrong", role: "alert" }, error instanceof Error ? error.message : say("lost")));
  if (view === "run" && name) void one(root, name, shown).catch(wrong);
  else if (view === "compare" && names) void compare(root, names.split(","), shown).catch(wrong);
  else void list(root, shown).catch(wrong);
  return shown;
}

// -- all ----------------------------------------------------------------------------------------------------------------

type Column = [title: string, cell: (run: Run) => string, by: (run: Run) => string | number];

const percent = (v: number | null | undefined) => (typeof v === "number" ? `${format(100 * v, 3)}%` : "–");
const COLUMNS: Column[] = [
  [say("name"), (r) => `<a href="/${lang}/runs/${encodeURIComponent(r.name)}">${safe(r.name)}</a>`, (r) => r.name],
  [say("network"), (r) => safe(r.network), (r) => r.network],
  [say("data"), (r) => safe(r.data), (r) => r.data],
  [say("epochs"), (r) => `${r.epochs_done ?? 0} / ${r.epochs ?? "–"}`, (r) => r.epochs_done ?? 0],
  [say("devError"), (r) => percent(r.dev_error), (r) => r.dev_error ?? 9],
  [say("cause"), (r) => safe(r.cause_in_words ?? r.cause ?? "–"), (r) => r.cause ?? ""],
  [
    say("state"),
    (r) => `<span class="state s-${safe(r.state)}">${safe(r.state_in_words ?? r.state)}</span>`,
    (r) => r.state,
  ],
  [
    say("created"),
    (r) =>
      safe(
        new Date(r.created).toLocaleString(lang === "zh" ? "zh-CN" : "en-GB", {
          dateStyle: "medium",
          timeStyle: "short",
        }),
      ),
    (r) => r.created,
  ],
];

async function list(root: HTMLElement, shown: Curves): Promise<void> {
  const read = async () => (await get<{ runs: Run[] }>(`/api/runs?lang=${lang}`)).runs;
  let runs = await read();
  if (!runs.length) {
    root.append(el("p", {}, say("noRuns")));
    return;
  }
  const picked = new Set<string>();
  let order: [number, boolean] | null = null;
  const filter = el("input", { id: "filter", type: "search", placeholder: say("filterHint"), autocomplete: "off" });
  const compared = el("a", { class: "button", "aria-disabled": "true", role: "link" }, say("compare"));
  const hint = el("span", { class: "hint" }, say("pickMore"));
  const body = el("tbody");
  const heads = COLUMNS.map(([title], i) =>
    el(
      "th",
      { scope: "col" },
      el(
        "button",
        {
          type: "button",
          click: () => {
            order = order?.[0] === i ? [i, !order[1]] : [i, false];
            draw();
          },
        },
        title,
      ),
    ),
  );
  const table = el("table", { class: "runs-table" }, el("thead", {}, el("tr", {}, el("td"), ...heads)), body);
  const none = el("p", { hidden: true }, say("noMatch"));

  const draw = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let some = runs.filter((r) => {
      const text = [r.name, r.network, r.data, r.state, r.state_in_words, r.cause, r.cause_in_words]
        .join(" ")
        .toLowerCase();
      return words.every((w) => text.includes(w));
    });
    if (order) {
      const [i, down] = order;
      const by = COLUMNS[i][2];
      some = [...some].sort((a, b) => (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : 0) * (down ? -1 : 1));
    }
    heads.forEach((head, i) =>
      head.setAttribute("aria-sort", order?.[0] === i ? (order[1] ? "descending" : "ascending") : "none"),
    );
    body.innerHTML = some
      .map(
        (r) =>
          `<tr data-name="${safe(r.name)}"><td><input type="checkbox" aria-label="${safe(say("pick", { name: r.name }))}"${picked.has(r.name) ? " checked" : ""}></td>${COLUMNS.map(([, cell], i) => (i ? `<td>${cell(r)}</td>` : `<th scope="row">${cell(r)}</th>`)).join("")}</tr>`,
      )
      .join("");
    none.hidden = some.length > 0;
    void shown.follow(some.map((r) => r.name));
  };
  const pick = () => {
    const ready = picked.size > 1;
    compared.setAttribute("aria-disabled", String(!ready));
    if (ready)
      compared.href = `/${lang}/runs/compare?${[...picked].map((n) => `run=${encodeURIComponent(n)}`).join("&")}`;
    else compared.removeAttribute("href");
    hint.hidden = ready;
  };
  filter.addEventListener("input", draw);
  body.addEventListener("change", (event) => {
    const box = event.target as HTMLInputElement;
    const name = box.closest("tr")!.dataset.name!;
    if (box.checked) picked.add(name);
    else picked.delete(name);
    pick();
  });
  body.addEventListener("pointerover", (event) =>
    shown.highlight((event.target as Element).closest("tr")?.dataset.name ?? ""),
  );
  body.addEventListener("pointerleave", () => shown.highlight(""));
  const scroll = el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": say("name") }, table);
  root.append(
    el("div", { class: "runs-bar" }, el("label", { for: "filter" }, say("filter")), filter, compared, hint),
    shown.element,
    scroll,
    none,
  );
  draw();
  setInterval(() => {
    if (!document.hidden && runs.some((r) => r.state === "training"))
      void read()
        .then((fresh) => {
          runs = fresh;
          if (!body.contains(document.activeElement)) draw();
        })
        .catch(() => undefined);
  }, AGAIN);
}

// -- one ----------------------------------------------------------------------------------------------------------------

async function one(root: HTMLElement, name: string, shown: Curves): Promise<void> {
  const brief = el("p", { class: "run-brief" });
  const change = changeForm(name);
  const judged = el("div", { class: "card" });
  root.append(brief, change, shown.element, judged);
  let state = "";
  let asked = 0;
  const follower = new Follower(name, (now) => {
    shown.update();
    asked ||= window.setTimeout(
      () => {
        asked = 0;
        void told();
      },
      state ? 1000 : 0,
    );
    if (now !== state) {
      state = now;
      change.hidden = state !== "training";
      if (state !== "training") void card(judged, name);
    }
  });
  const told = async () => {
    const run = (await get<{ runs: Run[] }>(`/api/runs?lang=${lang}`)).runs.find((r) => r.name === name);
    if (run)
      brief.innerHTML =
        [
          run.network,
          run.data,
          `${run.epochs_done ?? 0} / ${run.epochs ?? "–"} ${say("epoch")}`,
          run.dev_error === null ? "" : `${say("dev_error")} ${percent(run.dev_error)}`,
        ]
          .filter(Boolean)
          .map(safe)
          .join(" · ") + ` <span class="state s-${safe(run.state)}">${safe(run.state_in_words ?? run.state)}</span>`;
  };
  shown.add(follower);
  follower.live();
}

function changeForm(name: string): HTMLFormElement {
  const input = el("input", { id: "lr", type: "number", min: 0, step: "any", required: true, inputmode: "decimal" });
  const told = el("p", { role: "status" });
  const form = el(
    "form",
    { class: "runs-form", hidden: true },
    el("label", { for: "lr" }, say("changeLr")),
    input,
    el("button", { type: "submit" }, say("apply")),
    told,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void post<{ error?: string }>(`/api/runs/${encodeURIComponent(name)}/set?lang=${lang}`, { lr: input.valueAsNumber })
      .then(({ answer }) => (told.textContent = answer.error ?? say("applied", { lr: format(input.valueAsNumber) })))
      .catch(() => (told.textContent = say("lost")));
  });
  return form;
}

// -- some ---------------------------------------------------------------------------------------------------------------

async function compare(root: HTMLElement, names: string[], shown: Curves): Promise<void> {
  const place = el("div");
  root.append(shown.element, place);
  void shown.follow(names);
  const found = await get<Compared>(
    `/api/compare?${names.map((n) => `run=${encodeURIComponent(n)}`).join("&")}&lang=${lang}`,
  );
  const points = (v: number | null) => (v === null ? "–" : `${v > 0 ? "+" : ""}${format(100 * v, 2)}`);
  const rows = found.runs.map((r) => {
    const against = r.against_first;
    const told = against
      ? `${points(against.points)} [${points(against.low)}, ${points(against.high)}] ${safe(against.in_words)}`
      : "";
    const interval = r.dev && r.dev.low !== null ? `${percent(r.dev.low)} – ${percent(r.dev.high)}` : "–";
    return `<tr><th scope="row"><a href="/${lang}/runs/${encodeURIComponent(r.name)}">${safe(r.name)}</a></th><td>${percent(r.dev?.value)}</td><td>${interval}</td><td>${told}</td></tr>`;
  });
  const settings = Object.entries(found.settings).map(
    ([key, one]) =>
      `<tr><th scope="row"><code>${safe(key)}</code></th>${one.values.map((v) => `<td>${safe(v ?? "–")}</td>`).join("")}</tr>`,
  );
  const scroll = (label: string, table: string) =>
    `<h2>${safe(label)}</h2><div class="scroll" tabindex="0" role="group" aria-label="${safe(label)}"><table>${table}</table></div>`;
  const head = (...cells: string[]) =>
    `<thead><tr>${cells.map((c) => `<th scope="col">${safe(c)}</th>`).join("")}</tr></thead>`;
  place.innerHTML =
    scroll(
      say("devError"),
      `${head(say("name"), say("devError"), say("interval"), say("against"))}<tbody>${rows.join("")}</tbody>`,
    ) +
    (settings.length
      ? scroll(
          say("settings"),
          `${head(say("setting"), ...found.runs.map((r) => r.name))}<tbody>${settings.join("")}</tbody>`,
        )
      : "");
}
