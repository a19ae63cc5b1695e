/** Figures as pages/figure.py makes them: their controls, their marks, and what they say. */

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
  values?: number[]; // all that it can be, where nobody computes the others
}
/** A step that plays: `pace` of them in a second. */
export interface Steps {
  type: "steps";
  name: string;
  label: string;
  value: number;
  low: number;
  high: number;
  step: number;
  log: boolean;
  pace: number;
}
/** A point that is dragged in the first panel. */
export interface Spot {
  type: "point";
  name: string;
  label: string;
  value: Pair;
  x: Pair;
  y: Pair;
  names: [string, string];
  step: number;
  values?: [number[], number[]];
}
export type Pair = [number, number];
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
  names: string[];
  x: [number, number];
  y: [number, number];
  most: number;
}
/** A picture of 28 by 28 cells: the place of an example, or letters as ink.ts has them. */
export interface Drawing {
  type: "drawing";
  name: string;
  label: string;
  value: string;
  examples: string[];
}
export type Control = Slider | Steps | Spot | Choice | Toggle | Numbers | Points | Drawing;
export type Value = number | string | boolean | Pair | Num[] | Point[];
export type State = Record<string, Value>;

// -- states computed ahead, where nobody computes (pages/grid.py) ----------------------------------------------------------

export type Axes = Record<string, Value[]>;

/** Where the states are, and the values that each control has in them: every combination, the last axis fastest.
 *  `alone`: of each control in turn, with every combination of what is shared, while the others stand at the default. */
export interface Ahead {
  at: string;
  axes: Axes;
  alone_at: string;
  alone: { shared: Axes; each: Axes };
}

// -- marks ------------------------------------------------------------------------------------------------------------

/** Drawn as far as the step has come: a point a step, or each at the step that stands here for it. */
export type Grows = true | number[];
export interface Line {
  mark: "line";
  x: Num[];
  y: Num[];
  label: string;
  tone: Tone;
  dash: boolean;
  wide: boolean;
  grows?: Grows;
}
export interface Dots {
  mark: "dots";
  x: Num[];
  y: Num[];
  label: string;
  tone: Tone | Tone[];
  size: number;
  grows?: Grows;
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
  /** classes: the likeliest, and what it has of 1; colour: red, green and blue as one number, 0xrrggbb. */
  kind: "heat" | "contour" | "picture" | "colour" | "classes";
  diverging: boolean;
  log: boolean;
  label?: string; // what its values are
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
  tone?: Tone; // of its title and its edge
  grey?: boolean; // of a picture: 0 black, the largest white
  why?: string[][]; // how each number comes about
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
  words?: string[]; // on the links
}
/** A run's ledger: places are percentages of the track. */
export interface Ledger {
  mark: "ledger";
  lines: {
    kind: "bar" | "step";
    name: string;
    value: string;
    more: string[]; // its interval, what it is measured on, the verdict
    tone: Tone;
    span: Pair;
    whisker: Pair | null;
  }[];
  ticks: [number, string][];
  unit: string;
}
export type Mark = Line | Dots | Bars | Histogram | Band | Field | Rule | Note | Arrows | Cells | Boxes | Ledger;

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
  each?: string[]; // what to say at every step, where the panels hold all of them
  last?: number; // the last step that there is
  head?: string[];
  rows?: string[][];
}
