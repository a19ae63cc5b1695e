/**
 * The contract with Python, and the only place where it is written down on this side: figures as pages/figure.py makes
 * them, the routes of handbook/server.py, and the HTML that the front looks for.
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

export type Lang = "en" | "zh";
export type Tone = "1" | "2" | "3" | "4" | "5" | "6" | "quiet" | "good" | "bad";
export type Num = number | null; // what is not finite arrives as null

// -- controls ---------------------------------------------------------------------------------------------------------

export interface Slider {
  type: "slider" | "handle";
  name: string;
  label: string;
  value: number;
  low: number;
  high: number;
  step: number | null;
  log: boolean;
}
export interface Choice {
  type: "choice";
  name: string;
  label: string;
  value: string;
  options: string[];
  labels: string[];
}
export interface Toggle {
  type: "toggle";
  name: string;
  label: string;
  value: boolean;
}
export interface Numbers {
  type: "numbers";
  name: string;
  label: string;
  value: Num[];
  names: string[];
  low: number;
  high: number;
}
export type Point = [number, number, number]; // x, y, class
export interface Points {
  type: "points";
  name: string;
  label: string;
  value: Point[];
  classes: number;
  x: [number, number];
  y: [number, number];
  most: number;
}
export type Control = Slider | Choice | Toggle | Numbers | Points;
export type Value = number | string | boolean | Num[] | Point[];
export type State = Record<string, Value>;

// -- marks ------------------------------------------------------------------------------------------------------------

export interface Line {
  mark: "line";
  x: Num[];
  y: Num[];
  label: string;
  tone: Tone;
  dash: boolean;
  wide: boolean;
}
export interface Dots {
  mark: "dots";
  x: Num[];
  y: Num[];
  label: string;
  tone: Tone | Tone[];
  size: number;
}
export interface Bars {
  mark: "bars";
  names: string[];
  y: Num[];
  label: string;
  tone: Tone | Tone[];
}
export interface Histogram {
  mark: "histogram";
  edges: number[];
  counts: Num[];
  label: string;
  tone: Tone;
}
export interface Band {
  mark: "band";
  x: Num[];
  low: Num[];
  high: Num[];
  label: string;
  tone: Tone;
}
export interface Field {
  mark: "field";
  z: Num[][];
  x: [number, number];
  y: [number, number];
  kind: "heat" | "contour" | "picture";
  diverging: boolean;
  log: boolean;
}
export interface Rule {
  mark: "rule";
  x: Num;
  y: Num;
  label: string;
  tone: Tone;
  dash: boolean;
}
export interface Note {
  mark: "note";
  x: number;
  y: number;
  text: string;
  tone: Tone;
  anchor: "start" | "middle" | "end";
}
export interface Arrows {
  mark: "arrows";
  x: Num[];
  y: Num[];
  dx: Num[];
  dy: Num[];
  tone: Tone;
  label: string;
}
export type Block = [number, number, number, number]; // row, column, height, width
export interface Cells {
  mark: "cells";
  values: (Num | string)[][];
  x: number;
  y: number;
  title: string;
  heat: boolean;
  framed: Block[];
  faint: Block[];
}
export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
  label?: string;
  sub?: string;
  tone?: Tone;
}
export interface Boxes {
  mark: "boxes";
  items: Box[];
  links: [number, number][];
}
export type Mark = Line | Dots | Bars | Histogram | Band | Field | Rule | Note | Arrows | Cells | Boxes;

export interface Axis {
  label: string;
  domain: [number, number] | null;
  log: boolean;
  whole: boolean;
}
export interface Panel {
  marks: Mark[];
  x: Axis;
  y: Axis;
  title: string;
  equal: boolean;
}
export interface Fig {
  panels: Panel[];
  say: string;
  head?: string[];
  rows?: string[][];
}

// -- routes -----------------------------------------------------------------------------------------------------------

/** What stands in the script of a figure. */
export interface Given {
  controls: Control[];
  state: State;
  figure: Fig | null;
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
