import assert from "node:assert/strict";
import { test } from "node:test";
import type { Control, Pair } from "../src/contract";
import { Grid } from "../src/grid";
import { steps } from "../src/steps";

test("a slider of a copy has the values that were computed, and no other", () => {
  const even = steps({ low: 0, high: 10, step: null, log: false, values: [0, 3.5, 10] });
  assert.deepEqual([even.count, even.value(0), even.value(1), even.value(2), even.value(9)], [2, 0, 3.5, 10, 10]);
  assert.deepEqual([1.7, 1.8, 6.7, 6.8].map(even.place), [0, 1, 1, 2]);
  const decades = steps({ low: 0.001, high: 1, step: null, log: true, values: [0.001, 0.01, 1] });
  assert.deepEqual([0.003, 0.004, 0.09, 0.11].map(decades.place), [0, 1, 1, 2], "the nearest by ratio");
});

const slider = (name: string, value: number): Control => ({
  type: "slider",
  name,
  label: name,
  value,
  low: 0,
  high: 4,
  step: null,
  log: false,
});
const start: Control = {
  type: "point",
  name: "start",
  label: "start",
  value: [0, 0],
  x: [0, 2],
  y: [0, 2],
  names: ["x", "y"],
  step: 1,
};
const places: Pair[] = [
  [0, 0],
  [0, 2],
  [2, 0],
  [2, 2],
];

test("a control that is moved from the default alone has fine stops, two that are have coarse ones", () => {
  const grid = new Grid({
    controls: [slider("a", 2), slider("b", 2), start],
    state: {},
    figure: null,
    grid: {
      at: "",
      alone_at: "",
      axes: { a: [0, 2, 4], b: [0, 2, 4] },
      alone: { shared: {}, each: { a: [0, 1, 2, 3, 4], b: [0, 1, 2, 3, 4], start: places } },
    },
  });
  const at = { a: 2, b: 2, start: [0, 0] as Pair };
  assert.deepEqual(grid.nearest({ ...at, a: 3.1 }, "a"), { ...at, a: 3 });
  assert.deepEqual(
    grid.nearest({ ...at, a: 3.1, b: 1.2 }, "b"),
    { ...at, a: 4, b: 2 },
    "the nearest of every combination",
  );
  assert.deepEqual(
    grid.nearest({ ...at, a: 4, start: [2, 1.4] }, "start"),
    { ...at, start: [2, 2] },
    "the others go back",
  );
  assert.deepEqual(grid.nearest({ ...at, a: 3.9, start: [2, 2] }, "a"), { ...at, a: 4 }, "it goes back");
  const values = () => grid.controls.map((one) => "values" in one && one.values);
  grid.stops(at);
  assert.deepEqual(values(), [
    [0, 1, 2, 3, 4],
    [0, 1, 2, 3, 4],
    [
      [0, 2],
      [0, 2],
    ],
  ]);
  grid.stops({ ...at, a: 3 });
  assert.deepEqual(values().slice(0, 2), [
    [0, 1, 2, 3, 4],
    [0, 2, 4],
  ]);
  assert.match(grid.alone, /start/);
});
