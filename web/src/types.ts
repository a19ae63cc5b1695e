/**
 * The contract with Python, and with contract.ts the only place where it is written down on this side: the routes of
 * handbook/server.py, and the HTML that the front looks for.
 *
 *   <html lang="zh-CN" data-lang="zh" data-search="/api/search/zh.json" [data-static]>
 *   <head> <meta name="wengu-token" content="..."> <link rel="stylesheet" href="/static/app.css">
 *          <script src="/static/theme.js"></script>           in the head, at once: no flash of the other theme
 *          <script defer src="/static/app.js"></script> <script defer src="/static/maths.js"></script>
 *   <body class="cover | page | runs">
 *     <a class="skip" href="#main">
 *     <header>  home link, link to the other language (<a hreflang>); search and theme buttons are added here
 *     <nav aria-label>  chapters: <details><summary>chapter</summary><ul><li><a [aria-current=page]>
 *     <main id="main">  on the cover <div data-search-box></div> says where search stands, else after the h1
 *       <span|div class="math" data-tex="...">               rendered by KaTeX
 *       <figure class="fig" data-page="chapter/slug" data-name="curve">
 *         <script type="application/json">{"controls": [...], "state": {...}, "figure": Fig | null}</script></figure>
 *       <li|aside class="question" data-page data-name [data-figure data-then data-drawn]>, within it what a draw changes:
 *         <div class="asked" data-kind data-seed data-check='{"answer", "margin", "traps"}'> questions.ts
 *       <pre><code class="language-python">, <details class="source">
 *       <div id="runs" data-view="list|run|compare" [data-name] [data-names='["a","b"]']></div>
 */

import type { Ahead, Control, Fig, Num, State } from "./contract";

export type * from "./contract";

// -- routes -----------------------------------------------------------------------------------------------------------

/** What stands in the script of a figure. */
export interface Given {
  controls: Control[];
  state: State;
  figure: Fig | null;
  last?: Fig; // its last step, where the figure itself does not hold all of them
  grid?: Ahead; // where nobody computes
}
/** What a question before a figure moves it to; `drawn` where nobody computes. */
export interface Move {
  then: State;
  drawn?: Fig;
}
/** POST /api/figure {page, name, lang, state} with the header X-Wengu-Token. */
export type Answer = (Fig & { state: State }) | { error: string };

/** GET data-search: one entry a page. */
export interface Entry {
  path: string;
  title: string;
  brief: string;
  words: string | string[];
  rows: string | string[];
  text: string;
}

/** What a run is judged by. */
export interface Metric {
  name: string;
  direction: "lower" | "higher";
  scale: "rate" | "number";
  in_words: string;
  on_dev: string; // dev error, BLEU on dev
}
/** GET /api/runs: {runs}, the newest first. */
export interface Run {
  name: string;
  network: string;
  data: string;
  epochs_done: Num;
  epochs: Num;
  metric: Metric | null;
  dev_metric: Num;
  dev_in_words: string; // 6.1 %, 36.8; empty where nothing is known
  cause: string | null;
  cause_in_words?: string | null;
  state: string; // "training" where somebody trains it now
  state_in_words?: string;
  created: string;
}
export type Row = Record<string, number>; // epoch, step, seconds, and the series
/** POST /api/rows {after: {run: number of its rows}} gives these by run; each message of /api/runs/<name>/events one. */
export interface Rows {
  rows: Row[];
  next: number;
  reset: boolean; // forget the rows before: a resumed run was cut
  run: Run | null; // null where it cannot be read
}
/** GET /api/runs/<name>/card, of a run that has not come to its end the other. */
export interface Unended {
  told: string; // what became of it
  resume: string; // the command that goes on with it, if it can
}
export interface Card {
  metric: string; // and which value of it is better
  rows: { set: string; value: string; interval: string; n: string }[]; // in words
  verdict: string[];
  next: { what: string; why: string; command: string; remark: string }[];
  since: string;
  gallery: Mistake[] | null; // null where the answers are no classes
}
export interface Mistake {
  id: string;
  truth: string;
  predicted: string;
  p: Num;
}
/** GET /api/runs/<name>/examples?id=a&id=b: by id; empty where the data is gone. */
export interface Preview {
  png?: string; // base64
  row?: Record<string, string>;
}
/** GET /api/compare?run=a&run=b. */
export interface Compared {
  runs: (Run & {
    same_task: boolean;
    dev: object | null; // null until it is judged
    on_dev: string; // what dev_in_words is
    interval_in_words?: string;
    against_first: { in_words: string } | null;
  })[];
  on_dev: string;
  notes: string[];
  settings: Record<string, { values: unknown[]; came_from: string[] }>;
}
