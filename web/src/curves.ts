/** The curves of one run or of several, kept up to date. */
import { Chart, type Series } from "./chart";
import { el, post, spoken } from "./html";
import { Curve } from "./trace";
import type { Metric, Row, Rows, Run } from "./types";
import { called, say } from "./words";

/** How the curve of the i-th run is drawn, and marked in the table beside. */
export const drawnAs = (i: number) => ({ tone: (i % 6) + 1, dash: i % 12 > 5 });

const X = ["epoch", "step", "seconds"] as const;
export const MOST = 50; // runs drawn at once
const AGAIN = 4000; // ms until what may have changed is asked for again

/** Now and then, while somebody looks, until what this gives is called; `told` hears of each failure and success. */
export function often(ask: () => Promise<unknown>, told: (error?: unknown) => void = () => undefined): () => void {
  let busy = false;
  const timer = setInterval(() => {
    if (busy || document.hidden) return;
    busy = true;
    void ask()
      .then(() => told(), told)
      .finally(() => (busy = false));
  }, AGAIN);
  return () => clearInterval(timer);
}

/** The rows of a run; asked for, or followed as they come. */
export class Follower {
  rows: Row[] = [];
  next = 0;
  run: Run | null = null; // in brief, as it was when the rows were read
  gone = false; // there is no such run any more
  asked: Stand | null = null; // for whom the rows were asked
  label = ""; // in the key, where it is more than the name
  private readonly columns = new Map<string, { curve: Curve; read: number }>();
  private events: EventSource | null = null;
  private ended = false;

  constructor(
    readonly name: string,
    private readonly changed: () => void,
  ) {}

  /** Without news there is no such run. */
  take(news?: Rows): void {
    if (this.ended) return;
    this.gone = !news;
    if (!news) {
      this.run = null;
      this.changed();
      return;
    }
    if (news.reset) {
      this.rows = [];
      this.columns.clear();
    }
    for (const row of news.rows) this.rows.push(row);
    this.next = news.next;
    this.run = news.run;
    this.changed();
  }

  get isLive(): boolean {
    return !!this.events && this.events.readyState !== EventSource.CLOSED;
  }

  /** What there is and what comes, until nobody trains the run; not behind other tabs, as a browser has six streams. */
  live(): void {
    this.events?.close();
    if (this.ended) return;
    document.addEventListener("visibilitychange", this.seen);
    if (document.hidden) return;
    const events = new EventSource(spoken(`/api/runs/${encodeURIComponent(this.name)}/events?after=${this.next}`));
    this.events = events;
    events.onmessage = (event: MessageEvent<string>) => {
      const news = JSON.parse(event.data) as Rows;
      if (news.run?.state !== "training") events.close();
      this.take(news);
    };
  }

  end(): void {
    this.ended = true;
    this.events?.close();
    document.removeEventListener("visibilitychange", this.seen);
  }

  private readonly seen = () => {
    if (document.hidden) this.events?.close();
    else if (!this.gone) this.live();
  };

  /** One series; of rows that were read before nothing is read again. */
  column(x: string, y: string): Curve {
    const key = `${x} ${y}`;
    const kept = this.columns.get(key) ?? { curve: new Curve([], []), read: 0 };
    this.columns.set(key, kept);
    for (; kept.read < this.rows.length; kept.read++) {
      const row = this.rows[kept.read];
      if (x in row && y in row) {
        kept.curve.x.push(row[x]);
        kept.curve.y.push(row[y]);
      }
    }
    return kept.curve;
  }
}

/** The series of a metric in the rows. */
const key = (metric: Metric) => `dev_${metric.name}`;

/** The rows of some runs that came since, in one request. Throws what the server has against it. */
export async function read(some: Follower[]): Promise<void> {
  const after = Object.fromEntries(some.map((f) => [f.name, f.next]));
  const { ok, answer } = await post<Record<string, Rows>>("/api/rows", { after });
  if (!ok) throw new Error((answer as { error?: unknown }).error as string);
  for (const one of some) if (!one.isLive && one.next === after[one.name]) one.take(answer[one.name]);
}

/** A run as it stood once: its rows are asked for again where another is given. */
export type Stand = { name: string };

export interface Curves {
  element: HTMLElement;
  add(...followers: Follower[]): void;
  follow(runs: Stand[]): void;
  update(): void;
  highlight(name: string): void;
  redraw(): void;
  tell(error?: unknown): void; // why nothing new comes; nothing where it does
}

/** For one run the costs stand in one chart; for several each series has a chart of its own, with a curve a run. */
export function curves(kind: "run" | "overview" | "compare"): Curves {
  const charts = new Map<string, Chart>();
  const known = new Map<string, Follower>();
  let shown: Follower[] = [];
  let log = false;
  let wanted = 0;
  let all = 0;
  const over = el("select", { id: "over" }, ...X.map((x) => el("option", { value: x }, say(x))));
  const logarithmic = el("input", { id: "log", type: "checkbox", role: "switch" });
  const place = el("div", { class: "charts" });
  const none = el("p", { hidden: true }, say("noRows"));
  const wrong = el("p", { class: "wrong", role: "alert" });
  const some = el("span", { class: "hint", hidden: true });
  const bar = el(
    "div",
    { class: "runs-bar" },
    el("label", { for: "over" }, say("over")),
    over,
    el("span", { class: "toggle" }, logarithmic, el("label", { for: "log" }, say("logScale"))),
    some,
  );
  const element = el("div", { class: "curves" }, bar, place, none);

  const chart = (title: string) => {
    let made = charts.get(title);
    if (!made) {
      made = new Chart(
        title,
        () => say(over.value as (typeof X)[number]),
        () => over.value !== "seconds",
        kind !== "overview",
      );
      charts.set(title, made);
      place.append(made.element);
    }
    return made;
  };

  const draw = () => {
    wanted = 0;
    const judged = new Map(shown.flatMap(({ run }) => (run?.metric ? [[key(run.metric), run.metric] as const] : [])));
    const names = new Set([...shown.flatMap((f) => Object.keys(f.rows.at(-1) ?? {})), ...judged.keys()]);
    for (const x of X) names.delete(x);
    const groups = new Map<string, { series: Series[]; rates: boolean }>();
    const put = (name: string, title: string, series: Series) => {
      if (!series.curve.x.length) return;
      if (!groups.has(title)) groups.set(title, { series: [], rates: judged.get(name)?.scale === "rate" });
      groups.get(title)!.series.push(series);
    };
    const titled = (name: string) => judged.get(name)?.on_dev ?? called(name);
    if (kind === "run" && shown.length === 1) {
      for (const name of names) {
        const tone = name.startsWith("dev_") ? 2 : 1;
        const title = name === "dev_cost" ? called("cost") : titled(name);
        put(name, title, { name: titled(name), tone, curve: shown[0].column(over.value, name) });
      }
    } else {
      const drawn = (f: Follower, i: number, name: string) => {
        const curve = f.column(over.value, name);
        put(name, titled(name), { name: f.label || f.name, ...drawnAs(i), curve });
        return curve.x.length > 0;
      };
      if (kind === "overview")
        shown.forEach((f, i) => (f.run?.metric && drawn(f, i, key(f.run.metric))) || drawn(f, i, "dev_cost"));
      else for (const name of names) shown.forEach((f, i) => drawn(f, i, name));
    }
    for (const [title, made] of charts)
      if (!groups.has(title)) {
        made.element.remove();
        charts.delete(title);
      }
    for (const [title, { series, rates }] of groups) chart(title).show(series, log, rates);
    none.hidden = groups.size > 0;
    bar.hidden = groups.size === 0;
    some.hidden = all <= shown.length;
    some.textContent = say("drawn", { n: shown.length, all });
  };
  const tell = (error?: unknown) => {
    const known = error instanceof Error && !(error instanceof TypeError); // which fetch throws where nobody answers
    const text = error === undefined ? "" : (known && error.message) || say("lost");
    if (text === wrong.textContent) return; // said once
    wrong.textContent = text;
    if (text) element.append(wrong);
    else wrong.remove();
  };
  const update = () => void (wanted ||= requestAnimationFrame(draw));
  over.addEventListener("change", update);
  logarithmic.addEventListener("change", () => {
    log = logarithmic.checked;
    update();
  });
  return {
    element,
    update,
    tell,
    redraw: () => charts.forEach((c) => c.later()),
    highlight: (name) => charts.forEach((c) => c.highlight(name)),
    add: (...followers) => {
      shown = followers;
      tell();
      update();
    },
    follow: (runs) => {
      all = runs.length;
      const stale: Follower[] = [];
      shown = runs.slice(0, MOST).map((run) => {
        const follower = known.get(run.name) ?? new Follower(run.name, update);
        known.set(run.name, follower);
        if (follower.asked !== run) stale.push(follower);
        follower.asked = run;
        return follower;
      });
      update();
      if (!stale.length) return;
      void read(stale).then(
        () => tell(),
        (error) => {
          stale.forEach((f) => (f.asked = null));
          tell(error);
        },
      );
    },
  };
}
