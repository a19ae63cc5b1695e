import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dots, Line } from "../src/contract";
import { grown, headOf } from "../src/draw/growing";
import type { Frame } from "../src/draw/marks";
import { scale } from "../src/draw/scale";

const look = { label: "", tone: "1" as const };
const line: Line = { mark: "line", x: [0, 1, 2], y: [1, 16, 256], dash: false, wide: false, grows: true, ...look };
const frame: Frame = {
  x: scale([0, 2], [0, 200], false),
  y: scale([1, 256], [128, 0], true),
  plot: { left: 0, right: 200, top: 0, bottom: 128 },
  over: false,
  slots: null,
};

test("a mark that grows has a point more at each step, and between two its line is on the way", () => {
  assert.deepEqual(grown(line, 0).x, [0]);
  assert.deepEqual(grown(line, 1.9).x, [0, 1]);
  assert.deepEqual(grown(line, 9).x, [0, 1, 2]);
  assert.deepEqual(headOf(line, frame, 0), [0, 128]);
  assert.deepEqual(headOf(line, frame, 1.5), [150, 32], "half the way on the screen, though y is logarithmic");
  assert.deepEqual(headOf(line, frame, 9), [200, 0]);
});

test("a point may have a step of its own", () => {
  const dots: Dots = { mark: "dots", x: [5, 6, 7], y: [0, 0, 0], size: 4, grows: [0, 10, 20], ...look };
  assert.deepEqual(
    [-1, 0, 9, 10, 30].map((k) => grown(dots, k).x.length),
    [0, 1, 1, 2, 3],
  );
  assert.deepEqual(headOf({ ...line, grows: [0, 10, 20] }, frame, 5), [50, 96]);
});

test("a path that ends early stays where it ended", () => {
  const broken: Line = { ...line, y: [1, 16, null] };
  assert.deepEqual(headOf(broken, frame, 1), [100, 64]);
  assert.equal(headOf(broken, frame, 2), null);
});
