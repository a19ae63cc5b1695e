/** The curves of one run or of several, kept up to date. */
import { Chart, type Series } from "./chart";
import { el } from "./html";
import type { Row, Rows } from "./types";
import { called, say } from "./words";

const X = ["epoch", "step", "seconds"] as const;
const MOST = 50; // runs drawn at once

/** The rows of a run; asked for once, or followed as they come. */
export class Follower {
  rows: Row[] = [];
  private next = 0;
  private readonly columns = new Map<string, { xs: number[]; ys: number[]; read: number }>();

  constructor(
    readonly name: string,
    private readonly changed: (state: string) => void,
  ) {}

  private take(news: Rows): void {
    if (news.reset) {
      this.rows = [];
      this.columns.clear();
    }
    this.rows.push(...news.rows);
    this.next = news.next;
    this.changed(news.state);
  }

  /** What there is, and what came since. */
  async read(): Promise<void> {
    const reply = await fetch(`/api/runs/${encodeURIComponent(this.name)}/rows?after=${this.next}`);
    if (reply.ok) this.take((await reply.json()) as Rows);
  }

  live(): void {
    const events = new EventSource(`/api/runs/${encodeURIComponent(this.name)}/events`);
    events.onmessage = (event: MessageEvent<string>) => {
      const news = JSON.parse(event.data) as Rows;
      this.take(news);
      if (news.state !== "training") events.close();
    };
  }

  /** One series; of rows that were read before nothing is read again. */
  column(x: string, y: string): [number[], number[]] {
    const key = `${x} ${y}`;
    const kept = this.columns.get(key) ?? { xs: [], ys: [], read: 0 };
    this.columns.set(key, kept);
    for (; kept.read < this.rows.length; kept.read++) {
      const row = this.rows[kept.read];
      if (x in row && y in row) {
        kept.xs.push(row[x]);
        kept.ys.push(row[y]);
      }
    }
    return [kept.xs, kept.ys];
  }
}

export interface Curves {
  element: HTMLElement;
  add(follower: Follower): void;
  follow(names: string[]): Promise<void>;
  update(): void;
  highlight(name: string): void;
  redraw(): void;
}

/** For a run the costs stand in one chart; for several each series has a chart of its own, with a curve a run. */
export function curves(kind: "run" | "overview" | "compare"): Curves {
  const charts = new Map<string, Chart>();
  const known = new Map<string, Follower>();
  let shown: Follower[] = [];
  let log = false;
  let wanted = 0;
  const over = el("select", { id: "over" }, ...X.map((x) => el("option", { value: x }, say(x))));
  const logarithmic = el("input", { id: "log", type: "checkbox", role: "switch" });
  const place = el("div", { class: "charts" });
  const none = el("p", { hidden: true }, say("noRows"));
  const bar = el(
    "div",
    { class: "runs-bar" },
    el("label", { for: "over" }, say("over")),
    over,
    el("span", { class: "toggle" }, logarithmic, el("label", { for: "log" }, say("logScale"))),
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
    const names = [...new Set(shown.flatMap((f) => Object.keys(f.rows.at(-1) ?? {})))].filter(
      (n) => !X.includes(n as never),
    );
    const groups = new Map<string, Series[]>();
    const put = (title: string, series: Series) =>
      (groups.get(title) ?? groups.set(title, []).get(title)!).push(series);
    if (kind === "run") {
      for (const name of names) {
        const [x, y] = shown[0].column(over.value, name);
        const dev = name.startsWith("dev_");
        put(called(name.replace(/^dev_(?=cost)/, "")), { name: called(name), tone: dev ? 2 : 1, x, y });
      }
    } else {
      const wantedNames = kind === "overview" ? [names.includes("dev_error") ? "dev_error" : "dev_cost"] : names;
      for (const name of wantedNames)
        shown.forEach((f, i) => {
          const [x, y] = f.column(over.value, name);
          if (x.length) put(called(name), { name: f.name, tone: (i % 6) + 1, dash: i % 12 > 5, x, y });
        });
    }
    for (const [title, made] of charts)
      if (!groups.has(title)) {
        made.element.remove();
        charts.delete(title);
      }
    for (const [title, series] of groups) chart(title).show(series, log);
    none.hidden = groups.size > 0;
    bar.hidden = groups.size === 0;
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
    redraw: () => charts.forEach((c) => c.later()),
    highlight: (name) => charts.forEach((c) => c.highlight(name)),
    add: (follower) => {
      shown = [follower];
      update();
    },
    follow: async (names) => {
      shown = names.slice(0, MOST).map((name) => {
        const follower = known.get(name) ?? new Follower(name, update);
        known.set(name, follower);
        return follower;
      });
      update();
      await Promise.all(shown.map((f) => f.read().catch(() => undefined)));
    },
  };
}
