import assert from "node:assert/strict";
import { test } from "node:test";
import { steps } from "../src/steps";

test("a slider of a copy has the values that were computed, and no other", () => {
  const even = steps({ low: 0, high: 10, step: null, log: false, values: [0, 3.5, 10] });
  assert.deepEqual([even.count, even.value(0), even.value(1), even.value(2), even.value(9)], [2, 0, 3.5, 10, 10]);
  assert.deepEqual([1.7, 1.8, 6.7, 6.8].map(even.place), [0, 1, 1, 2]);
  const decades = steps({ low: 0.001, high: 1, step: null, log: true, values: [0.001, 0.01, 1] });
  assert.deepEqual([0.003, 0.004, 0.09, 0.11].map(decades.place), [0, 1, 1, 2], "the nearest by ratio");
});
