import assert from "node:assert/strict";
import { test } from "node:test";
import { isNear, judge, numberOf, readings } from "../src/judge";

test("a number is read as people type it", () => {
  for (const [text, value] of [
    ["0.25", 0.25],
    ["−3", -3],
    [" -3 ", -3],
    ["–0.5", -0.5],
    ["1,200", 1200],
    ["61,706", 61706],
    ["0,5", 0.5],
    ["1/3", 1 / 3],
    ["-2 / 8", -0.25],
    ["2e-3", 0.002],
    ["2·10^-3", 0.002],
    ["1.5 × 10−4", 0.00015],
    ["10^-8", 1e-8],
    ["12.5 %", 12.5],
    [".5", 0.5],
    ["+4", 4],
    ["1,234,567.5", 1234567.5],
    ["235 200", 235200],
    ["2^-8", 2 ** -8],
    ["√3", Math.sqrt(3)],
    ["sqrt(3)", Math.sqrt(3)],
    ["ln 5", Math.log(5)],
    ["9 points", 9],
    ["－２", -2],
    ["０.００", 0],
    ["０。２５", 0.25],
    ["１，２００", 1200],
    ["１２.５％", 12.5],
    ["—3", -3],
    ["(1/4)^6", 4 ** -6],
    ["（１／４）＾６", 4 ** -6],
    ["2^(-8)", 2 ** -8],
    ["√(1/4)/2", 0.25],
    ["-2^-2", -0.25],
  ] as const)
    assert.equal(numberOf(text), value, text);
  for (const text of ["", "  ", "abc", "1/0", "1/2/3", "1/", "--2", "0.2.3", "Infinity", "NaN", "/", "(1/4", "1)", "2^", "()", "√", "4²"])
    assert.equal(numberOf(text), null, text);
});

test("right, a trap, or not yet", () => {
  const check = { answer: -0.06, margin: 0.0006, traps: [-0.6, 0.06, 0] };
  assert.equal(judge(check, -0.0604), true);
  assert.deepEqual(
    [-0.595, 0.06, 0, -0.07].map((given) => judge(check, given)),
    [0, 1, 2, -1],
  );
  assert.equal(judge({ answer: 12, margin: 1e-9, traps: [] }, 12.01), -1);
  const options = { answer: "b", margin: 0, traps: ["c"] };
  assert.deepEqual(
    ["a", "b", "c"].map((given) => judge(options, given)),
    [-1, true, 0],
  );
});

test("a percentage may be a part of one, and what is rounded too far is told of", () => {
  assert.deepEqual(readings("61.5 %"), [61.5, 0.615]);
  assert.deepEqual(readings("0.4"), [0.4]);
  assert.deepEqual(readings("abc"), []);
  const check = { answer: 0.2222, margin: 0.002, traps: [] };
  assert.deepEqual([isNear(check, 0.22), isNear(check, 0.2)], [true, false]);
});
