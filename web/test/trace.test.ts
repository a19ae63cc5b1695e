import assert from "node:assert/strict";
import { test } from "node:test";
import { scale } from "../src/draw/scale";
import { Curve } from "../src/trace";

/** What the curve draws, as points. */
function drawn(curve: Curve, log: boolean): [number, number][] {
  const points: [number, number][] = [];
  const pen = { beginPath() {}, stroke() {}, lineTo: (x: number, y: number) => points.push([x, y]) };
  const x = scale([0, curve.x[curve.x.length - 1]], [0, 100], false);
  curve.trace(pen as never, x, scale([0.5, 99.5], [0.5, 99.5], log), 1);
  return points;
}

test("of a column of pixels the least and the greatest are drawn, in their order", () => {
  const x = Array.from({ length: 10_001 }, (_, i) => i);
  const y = x.map((i) => (i === 5010 ? 90 : i === 5020 ? 2 : 50));
  const curve = new Curve(x, y);
  const points = drawn(curve, false);
  assert.ok(points.length <= 202);
  assert.deepEqual(
    points.filter(([, v]) => v !== 50),
    [
      [50, 90],
      [50, 2],
    ],
  );
  assert.deepEqual(curve.range(false), [2, 90]);
});

test("a curve that grew is drawn on, and a logarithm leaves out what is not above 0", () => {
  const curve = new Curve([0, 1], [0, 4]);
  assert.equal(drawn(curve, false).length, 2);
  curve.x.push(2);
  curve.y.push(8);
  assert.equal(drawn(curve, false).length, 3);
  assert.deepEqual(curve.range(true), [4, 8]);
  assert.equal(drawn(curve, true).length, 2);
});
