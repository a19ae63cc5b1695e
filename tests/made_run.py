"""A run folder made by hand, for the tests of what is said about runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from wengu.adviser.card import Card
from wengu.adviser.compare import Change
from wengu.adviser.comparison import Difference
from wengu.adviser.next_steps import NextStep
from wengu.core.run_folder import RunFolder
from wengu.practice import ledger_of
from wengu.running.metric import ERROR
from wengu.running.predictions import read_predictions

Counts = Mapping[tuple[str, str], int]  # (truth, predicted) -> how many

TRAIN: Counts = {("cat", "cat"): 100, ("cat", "dog"): 1, ("dog", "dog"): 100, ("fox", "fox"): 99}
DEV: Counts = {
    ("cat", "cat"): 24, ("cat", "dog"): 6,
    ("dog", "dog"): 30, ("dog", "cat"): 2,
    ("fox", "fox"): 18, ("fox", "dog"): 1,
}  # fmt: skip


def rows_of(name: str, counts: Counts, classes: Sequence[str]) -> list[tuple[str, ...]]:
    """Rows of predictions/<set>.csv; the k-th is predicted with a chance of its own, above a half."""
    pairs = [pair for pair, n in counts.items() for _ in range(n)]
    sure = [0.6 + k * 37 % 100 / 250 for k in range(len(pairs))]
    rest = max(1, len(classes) - 1)
    return [
        (f"{name}-{k}", truth, guess, *(f"{p if c == guess else (1 - p) / rest:.6f}" for c in classes), "")
        for k, ((truth, guess), p) in enumerate(zip(pairs, sure, strict=True))
    ]


@pytest.fixture
def made_run(tmp_path: Path) -> Callable[..., tuple[RunFolder, Card]]:
    """A run of `epochs` epochs with these predictions, the best epoch the last but one; and its card."""

    def make(
        name: str = "lenet5-pets",
        *,
        dev: Counts = DEV,
        test: Counts | None = None,
        epochs: int = 9,
        human: float | None = 0.01,
        opened: int = 0,
        recipe: str = "pictures",
        **more: Any,
    ) -> tuple[RunFolder, Card]:
        sets = {"train": TRAIN if dev is DEV else dev, "dev": dev} | ({"test": test} if test else {})
        classes = list(dict.fromkeys(truth for truth, _ in dev))
        settings = {"network": "lenet5", "data": "pets/", "epochs": 30, "lr": 0.003, "monitor": "cost", "seed": 7}
        came_from = {"network": "name", "data": "flag", "epochs": "default", "lr": "mine.toml", "monitor": "default",
                     "seed": "environment", "human": "default"}
        run = RunFolder.create(
            tmp_path / name, settings=settings | ({} if human is None else {"human": human}), came_from=came_from,
            recipe=recipe, network="lenet5", seed=7, spec={"classes": classes, "channels": 1, "size": [28, 28], "dropout": 0.2},
            examples={"train": 300, "dev": sum(dev.values()), "test": 90}, test_opened=opened,
        )
        best = max(epochs - 1, 0)
        run.note(stopped="early" if epochs else "interrupted", best_step=10 * best or None, best_epoch=best, seconds=192.4)
        for e in range(1, epochs + 1):
            run.append_metric({"epoch": e, "step": 10 * e, "cost": 2 / e, "dev_cost": 1 / e + 0.05 * e,
                               "dev_error": 0.5 / e, "lr": 0.003 * 0.9**e, "seconds": 20.0 * e})
        (run.path / "checkpoints" / str(10 * best)).mkdir()
        for part, counts in sets.items():
            header = ("id", "truth", "predicted", *(f"p_{c}" for c in classes), "group")
            run.write_table(f"predictions/{part}.csv", header, rows_of(part, counts, classes))
        ledger = ledger_of(
            {part: read_predictions(run.path / "predictions" / f"{part}.csv", only=part)[part].records() for part in sets},
            human=human,
        )
        steps = (
            NextStep("Get more training data.", "The more examples there are, the harder they are to memorise.",
                 "wengu fit lenet5 --data more-pets/", "7 times the examples"),
            NextStep("Try another architecture.", "One that suits the data fits with less effort."),
        )
        return run, Card(ledger, steps, run.path, opened=opened, **more)

    return make


@pytest.fixture
def since() -> Change:
    """What a change of the learning rate bought."""
    return Change(Path("runs/before"), {"lr": (0.01, 0.003)}, Difference(-0.021, -0.04, -0.002), ERROR)
