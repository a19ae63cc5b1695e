import assert from "node:assert/strict";
import { test } from "node:test";
import { filled } from "../src/command";

test("a command has the settings of the figures, as the server fills them in", () => {
  const states = { rates: { lr: 0.1 + 0.2 }, masks: { keep_prob: 0.8, training: true }, depth: { start: "he" } };
  assert.equal(
    filled("lenet5 --lr {rates.lr} --dropout {1-masks.keep_prob} --init {depth.start}", states),
    "lenet5 --lr 0.3 --dropout 0.2 --init he",
  );
  assert.equal(filled("lenet5 --lr {rates.lr}", {}), "lenet5 --lr {rates.lr}", "open without its figure");
  assert.equal(filled("lenet5 --epochs 3", states), "lenet5 --epochs 3");
});
