import assert from "node:assert/strict";
import { test } from "node:test";
import type { Control } from "../src/types";
import { blank, packed, path, stroke, unpacked } from "../src/ink";
import { read, written } from "../src/url";

const controls: Control[] = [
  { type: "handle", name: "z", label: "", value: 1, low: -6, high: 6, step: null, log: false },
  { type: "choice", name: "rule", label: "", value: "sgd", options: ["sgd", "adam"], labels: [] },
  { type: "toggle", name: "on", label: "", value: true },
  { type: "numbers", name: "errors", label: "", value: [1, null], names: ["a", "b"], low: 0, high: 100 },
  { type: "steps", name: "step", label: "", value: 0, low: 0, high: 80, step: 1, log: false, pace: 10 },
  { type: "point", name: "start", label: "", value: [0, 0], names: ["x", "y"], x: [-1, 1], y: [-2, 2], step: 0.1 },
  {
    type: "points",
    name: "data",
    label: "",
    value: [[0, 0, 0]],
    classes: 2,
    names: ["0", "1"],
    x: [-1, 1],
    y: [-1, 1],
    most: 2,
  },
];
const drawing: Control = { type: "drawing", name: "digit", label: "", value: "3", examples: ["", "", "", ""] };
const defaults = Object.fromEntries(controls.map((c) => [c.name, c.value]));

test("what was changed goes into the address and comes back", () => {
  const state = {
    z: -2.5,
    rule: "adam",
    on: false,
    errors: [null, 7.5],
    step: 80,
    start: [-0.5, 2] as [number, number],
    data: [
      [0.5, -0.25, 1],
      [1, 1, 0],
    ] as [number, number, number][],
  };
  const query = written("fig", controls, state, "?other.z=3");
  assert.equal(
    query,
    "?other.z=3&fig.z=-2.5&fig.rule=adam&fig.on=false&fig.errors=,7.5&fig.step=80&fig.start=-0.5_2&fig.data=0.5_-0.25_1,1_1_0",
  );
  assert.deepEqual(read("fig", controls, query), state);
  assert.equal(written("fig", controls, defaults, query), "?other.z=3", "defaults leave no trace");
});

test("nonsense in the address is passed over, and numbers are clamped", () => {
  assert.deepEqual(read("fig", controls, "?fig.z=abc&fig.rule=evil&fig.on=1&fig.errors=1&fig.data=1_2&fig.no=1"), {});
  assert.deepEqual(read("fig", controls, "?fig.start=1&fig.start=1_x"), {});
  assert.deepEqual(read("fig", controls, "?fig.step=99"), { step: 80 });
  assert.deepEqual(read("fig", controls, "?fig.z=99"), { z: 6 });
  assert.deepEqual(read("fig", controls, "?fig.data="), { data: [] });
});

test("a drawing goes into the address as letters, and nothing else is one", () => {
  const ink = stroke(stroke(blank(), [14, 4], [14, 24]), [10, 24], [18, 24]);
  const letters = packed(ink);
  assert.equal(letters.length, 131);
  assert.deepEqual(unpacked(letters), ink);
  assert.equal(written("f", [drawing], { digit: letters }, ""), `?f.digit=${letters}`);
  assert.deepEqual(read("f", [drawing], `?f.digit=${letters}`), { digit: letters });
  assert.deepEqual(read("f", [drawing], "?f.digit=2"), { digit: "2" });
  for (const wrong of ["", "4", "10", "x", "A".repeat(130), "A".repeat(132), `${"A".repeat(130)}B`, "é".repeat(131)])
    assert.deepEqual(read("f", [drawing], `?f.digit=${encodeURIComponent(wrong)}`), {}, wrong.slice(0, 9));
});

test("a pen inks the cells within its reach, along the whole stroke", () => {
  const ink = stroke(blank(), [14, 4], [14, 24]);
  const across = (y: number) => [...ink.slice(y * 28, y * 28 + 28)].map((v, x) => (v ? x : -1)).filter((x) => x >= 0);
  assert.deepEqual([2, 12, 25].map(across), [[], [13, 14], []]);
  assert.equal(path(blank()), "");
  assert.equal(path(stroke(blank(), [1, 1], [1, 1])), "M0 0h2v1h-2zM0 1h2v1h-2z");
});
