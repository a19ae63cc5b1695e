"""Run folders made by hand of tasks that are judged otherwise than by classes, and one of format 1."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from wengu.core.run_folder import RunFolder
from wengu.practice import Metric, described

Answers = tuple[Sequence[Any], Sequence[Any]]  # truth, predicted


@dataclass(frozen=True)
class Bleu:
    """In the manner of BLEU, from 0 to 100: the share of the words said that are in the truth."""

    name: ClassVar[str] = "BLEU"
    direction: ClassVar[str] = "higher"
    scale: ClassVar[str] = "number"
    unit: str = "sentence"
    worth: float = 1.0

    def parts(self, truth: Any, predicted: Any) -> Any:
        pairs = [(set(t.split()), p.split()) for t, p in zip(truth, predicted, strict=True)]
        return np.array([(sum(word in known for word in words), len(words)) for known, words in pairs], dtype=np.float64)

    def value(self, parts: Any, weights: Any = None) -> Any:
        both = parts.sum(axis=0) if weights is None else weights @ parts
        return 100 * both[..., 0] / both[..., 1]


def sentences(hits: Sequence[int]) -> Answers:
    """Sentences of twenty words, of which so many are right."""
    truth = [" ".join(f"word{k + j}" for j in range(20)) for k in range(len(hits))]
    return truth, [" ".join([*words.split()[:hit], *["other"] * (20 - hit)]) for words, hit in zip(truth, hits, strict=True)]


TRAIN = [6, 8, 10, 11, 12, 13] * 50  # 50.0 of a hundred words
DEV = [12, *[3, 5, 7, 8, 9, 12] * 4, 3, 5, 7, 8, 10] * 10  # 36.8: 2,210 of 6,000 words are 36.833


def blocks(m: int, cost: float, seed: int = 0) -> Answers:
    """m blocks of a hundred tokens, each of about this cost."""
    costs = cost + 0.3 * np.random.default_rng(seed).standard_normal(m)
    return [None] * m, [[float(100 * each), 100] for each in costs]


@pytest.fixture
def judged_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., RunFolder]:
    """A run of six epochs with these answers by set; BLEU is its recipe's own metric."""
    from wengu.recipes import table

    monkeypatch.setattr(table, "METRICS", {"bleu": Bleu}, raising=False)

    def make(name: str, metric: Metric | None = Bleu(),  # type: ignore[assignment]
             sets: Mapping[str, Answers] | None = None, **facts: Any) -> RunFolder:
        both = {"train": sentences(TRAIN), "dev": sentences(DEV)}
        return write_run(tmp_path / "runs" / name, metric, both if sets is None else sets, **facts)

    return make


def write_run(path: Path, metric: Metric | None, sets: Mapping[str, Answers], *, first_id: int = 0,
              settings: Mapping[str, Any] | None = None, **facts: Any) -> RunFolder:
    """Its files, but the ledger: whoever wants that has it judged."""
    known = None if metric is None else dict(described(metric))
    own = {"data": "sayings.txt", "epochs": 6, "lr": 0.001, "monitor": "cost", "patience": 8} | dict(settings or {})
    run = RunFolder.create(path, settings=own, came_from={"data": "flag", "lr": "flag"}, **{
        "recipe": "table", "network": "lstm", "seed": 3, "spec": {"words": 900}, "metric": known, "task": "5a17",
        "examples": {part: len(truth) for part, (truth, _) in sets.items()}, "test_opened": 0, "stopped": "epochs",
        "best_epoch": 5, "best_step": 50, "seconds": 61.5, **facts})
    for part, (truth, predicted) in sets.items():
        rows = ({"id": f"{part}-{first_id + k}", "truth": t, "predicted": p, "group": ""}
                for k, (t, p) in enumerate(zip(truth, predicted, strict=True)))
        run.write(f"predictions/{part}.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    for e in range(1, 7):
        row = {"epoch": e, "step": 10 * e, "cost": 5 / e, "dev_cost": 5 / e + 0.2 * abs(e - 5)}
        if metric:
            row[f"dev_{metric.name}"] = at_epoch(metric, e)
        run.append_metric({**row, "lr": 0.001, "seconds": 10.25 * e})
    return run


def at_epoch(metric: Metric, e: int) -> float:
    """What the run was worth on dev after this epoch; best in the fifth."""
    best = {"BLEU": 36.833, "perplexity": 22.31}.get(metric.name, 0.8)
    return best - abs(e - 5) * best / 8 if metric.direction == "higher" else best + abs(e - 5) * best / 8


def old_run(path: Path, wrong: int = 9, m: int = 300) -> RunFolder:
    """A finished run of format 1, written as it was then: no metric, no task, a ledger of format 1."""
    (path / "predictions").mkdir(parents=True)
    (path / "checkpoints").mkdir()
    (path / "run.json").write_text(json.dumps({
        "format": 1, "created": "2025-03-01T10:00:00+01:00", "recipe": "table", "network": "softmax", "seed": 0,
        "precision": "fp32", "world_size": 1, "threads": 1, "spec": {"classes": ["cat", "dog"]},
        "examples": {"train": m, "dev": m, "test": m}, "test_opened": 0, "stopped": "epochs", "best_step": 20,
        "best_epoch": 2, "seconds": 3.5, "sparsity": 0.0,
    }))
    (path / "config.toml").write_text('[settings]\ndata = "pets.csv"\ntarget = "kind"\nepochs = 2\nlr = 0.01\n'
                                      'monitor = "error"\npatience = 8\n\n[came_from]\ndata = "flag"\n')
    (path / "metrics.jsonl").write_text(
        '{"epoch": 1, "step": 10, "cost": 0.9, "dev_cost": 0.8, "dev_error": 0.25, "lr": 0.01, "seconds": 1.5}\n'
        f'{{"epoch": 2, "step": 20, "cost": 0.5, "dev_cost": 0.6, "dev_error": {wrong / m}, "lr": 0.01, "seconds": 3.5}}\n')
    for name, k in (("train", 3), ("dev", wrong)):
        pairs = [("cat", "dog") if i < k else 2 * ("dog",) if i % 3 else 2 * ("cat",) for i in range(m)]
        rows = [f"{name}-{i},{y},{y_hat},{0.9 if y_hat == 'cat' else 0.2},{0.1 if y_hat == 'cat' else 0.8},"
                for i, (y, y_hat) in enumerate(pairs)]
        (path / "predictions" / f"{name}.csv").write_text("\n".join(["id,truth,predicted,p_cat,p_dog,group", *rows]) + "\n")
    rate = wrong / m
    (path / "ledger.json").write_text(json.dumps({
        "format": 1, "rows": [{"set": "train", "value": 3 / m, "n": m, "low": 0.0, "high": 0.023},
                              {"set": "dev", "value": rate, "n": m, "low": max(0.0, rate - 0.02), "high": rate + 0.02}],
        "gaps": [{"name": "variance", "start": "train", "end": "dev", "points": rate - 3 / m, "low": -0.003, "high": 0.043,
                  "verdict": "cannot tell", "why": "holds 0", "needed": {}}],
        "worth": 0.01, "direction": "lower", "level": 0.95, "cause": "cannot tell yet", "judged": "intervals", "needed": {},
    }))
    return RunFolder(path)


