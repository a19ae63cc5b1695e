import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "../src/chart";
import { dodge, scale, ticksOf } from "../src/draw/scale";
import { format, safe } from "../src/format";
import { beyond, steps } from "../src/steps";

test("numbers are short, with a true minus, and whole ones are whole", () => {
  const told = [0, 1, -1, 0.25, 1 / 3, 48120, 1234.5678, 1e-8, -2.5e9, 2.0001].map((v) => format(v));
  assert.deepEqual(told, ["0", "1", "−1", "0.25", "0.3333", "48,120", "1,235", "10⁻⁸", "−2.5 × 10⁹", "2"]);
  assert.equal(format(NaN), "–");
  assert.equal(safe('<a href="x">&'), "&lt;a href=&quot;x&quot;&gt;&amp;");
});

test("a scale goes there and back", () => {
  for (const [domain, log] of [
    [[-6, 6], false],
    [[1e-4, 1], true],
    [[10, 0], false],
  ] as [[number, number], boolean][]) {
    const s = scale(domain, [40, 500], log);
    assert.equal(Math.round(s(domain[0])), 40);
    assert.equal(Math.round(s(domain[1])), 500);
    assert.ok(
      Math.abs(s.invert(s(domain[0] + (domain[1] - domain[0]) / 3)) - (domain[0] + (domain[1] - domain[0]) / 3)) < 1e-9,
    );
  }
  assert.ok(Number.isFinite(scale([1e-3, 1], [0, 100], true)(0)), "0 has no logarithm, and yet a place");
});

test("ticks stand where people expect them", () => {
  const text = (...given: Parameters<typeof ticksOf>) =>
    ticksOf(...given)
      .map((t) => t.text)
      .filter(Boolean);
  assert.deepEqual(text([-1, 1], 4, false, false), ["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
  assert.deepEqual(text([0, 3], 8, false, true), ["0", "1", "2", "3"]);
  assert.deepEqual(text([1e-4, 1], 5, true, false), ["10⁻⁴", "10⁻³", "0.01", "0.1", "1"]);
  assert.ok(text([1e-12, 1e6], 5, true, false).includes("1"), "a log axis that leaves some out keeps 1");
  assert.deepEqual(text([0, 80000], 4, false, false), ["0", "20,000", "40,000", "60,000", "80,000"]);
});

test("labels that want one place are moved apart, in order, and stay within", () => {
  const places = dodge([50, 51, 52, 200], 15, 0, 210);
  assert.deepEqual(places, [36, 51, 66, 195 + 5]);
  const crowded = dodge([0, 0, 0], 15, 0, 100);
  assert.deepEqual(crowded, [0, 15, 30]);
  const low = dodge([100, 99], 15, 0, 100);
  assert.deepEqual(low, [100, 85]);
});

test("a slider's places are its values", () => {
  const plain = steps({ low: -6, high: 6, step: null, log: false });
  assert.equal(plain.value(plain.place(1)), 1);
  const whole = steps({ low: 5, high: 200, step: 5, log: false });
  assert.deepEqual([whole.count, whole.value(1), whole.place(80)], [39, 10, 15]);
  const log = steps({ low: 1e-3, high: 1, step: null, log: true });
  assert.deepEqual([log.value(0), log.value(log.count), log.value(log.place(0.1))], [0.001, 1, 0.1]);
  const power = steps({ low: 1, high: 1000, step: 1, log: true });
  assert.equal(power.value(beyond(power, power.place(2), 1)), 3, "a key press lands on another whole number");
});

test("the nearest of an ascending list", () => {
  assert.deepEqual(
    [nearest([1, 2, 4, 8], 5), nearest([1, 2, 4, 8], 7), nearest([3], 9), nearest([1, 2], -1)],
    [2, 3, 0, 0],
  );
});
