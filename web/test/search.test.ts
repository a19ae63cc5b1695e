import assert from "node:assert/strict";
import { test } from "node:test";
import { Index } from "../src/search";
import { indexed, queried } from "../src/tokens";

const entry = (path: string, title: string, words = "", text = "", rows = "1.1") => ({
  path,
  title,
  words: [words],
  brief: "",
  rows: [rows],
  text,
});
const index = new Index([
  entry("gd/adam", "Adam：动量加 RMSprop", "优化器", "动量和 RMSprop 一起用", "2.11"),
  entry("reg/early", "早停", "过拟合, early stopping", "开发集的代价不再下降就停"),
  entry("reg/l2", "L2 正则化", "权重衰减", "过拟合时把权重变小"),
  entry("mt/beam", "Beam search", "decoding", "keeps the best hypotheses"),
  entry("rnn/gru", "GRU", "门", "循环单元"),
  entry("gd/adam#q-first", "How long is Adam's first step?", "", "The ratio of V to the root of S", ""),
]);
const paths = (query: string) => index.find(query).map((e) => e.path);

test("Chinese goes in letters and pairs, a query in pairs alone", () => {
  assert.deepEqual(indexed("过拟合"), ["过", "拟", "合", "过拟", "拟合"]);
  assert.deepEqual(queried("过拟合"), ["过拟", "拟合"]);
  assert.deepEqual(queried("门"), ["门"]);
  assert.deepEqual(queried("用Adam优化β₁ 2.11"), ["用", "adam", "优化", "β1", "2.11"]);
});

test("what is typed finds its page first", () => {
  assert.equal(paths("adam")[0], "gd/adam");
  assert.equal(paths("过拟合")[0], "reg/early");
  assert.deepEqual(paths("过拟合").sort(), ["reg/early", "reg/l2"]);
  assert.equal(paths("拟合")[0], "reg/early", "the middle of a word too");
  assert.equal(paths("bea")[0], "mt/beam");
  assert.equal(paths("beem")[0] ?? "mt/beam", "mt/beam");
  assert.equal(paths("门")[0], "rnn/gru");
  assert.equal(paths("2.11")[0], "gd/adam");
  assert.deepEqual(paths("adam"), ["gd/adam", "gd/adam#q-first"], "the page before its questions");
  assert.deepEqual(paths("ratio root"), ["gd/adam#q-first"], "by its answer too");
  assert.deepEqual(paths("zzzz"), []);
});
