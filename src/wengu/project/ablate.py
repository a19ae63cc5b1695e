"""What each regularisation bought: the run as it is, and again without each of them alone.            [notes 4]

    gap = how much worse dev is than train        bought = gap and dev without it, less those with it

A regularisation is worth keeping where leaving it out makes dev worse, by the metric of the run. One that only narrows
the gap, by making train worse, has bought nothing.

Source: Goodfellow, Bengio & Courville 2016, Deep Learning, 7: regularisation is what is meant to lower the error on new
examples, though it may raise that of training. Leaving out one at a time is an ablation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wengu.adviser.compare import dev_difference
from wengu.adviser.difference import Difference
from wengu.core.checks import InputError
from wengu.core.i18n import say, text_table
from wengu.practice.metric_words import Direction, Facts, amount, interval, number
from wengu.practice.metric_words import gap as gap_in_words
from wengu.project.fit import FitResult, fit

OFF: dict[str, Any] = {"weight_decay": 0.0, "l2": 0.0, "l1": 0.0, "dropout": 0.0, "label_smoothing": 0.0,
                       "augment": "none"}
NO_EARLY_STOP = 10**6  # epochs of patience


@dataclass(frozen=True)
class AblationRow:
    """One regularisation: train and dev without it, and what it did to dev: the value with it, less that without."""

    name: str
    train: float
    dev: float
    bought: Difference

    @property
    def gap(self) -> float:
        """How much worse dev is than train without it."""
        return _gap(self.train, self.dev, self.bought.direction)

    @property
    def verdict(self) -> str:
        """In the language spoken now."""
        match self.bought.verdict:
            case "better" if self.bought.one_seed:
                return say("helped on these examples; one seed each")
            case "better":
                return say("helped")
            case "worse" if self.bought.one_seed:
                return say("harmed on these examples; one seed each")
            case "worse":
                return say("harmed")
        return say("unclear")


@dataclass(frozen=True)
class Ablation:
    """The run with all of them, what each one bought, and by which metric."""

    train: float
    dev: float
    items: tuple[AblationRow, ...]
    metric: Facts

    def __str__(self) -> str:
        def row(name: str, train: float, dev: float) -> list[str]:
            gap = _gap(train, dev, self.metric["direction"])
            return [name, *(amount(self.metric, value) for value in (train, dev)), gap_in_words(self.metric, gap)]

        head = [say("without"), say("train"), say("dev"), say("gap"), say("what it did to dev"), ""]
        rows = [[*row(say("nothing left out"), self.train, self.dev), "", ""]]
        for item in self.items:
            points, low, high = item.bought[:3]
            what = f"{number(self.metric, points, sign=True)} {interval(self.metric, low, high, sign=True)}"
            rows.append([*row(item.name, item.train, item.dev), what, item.verdict])
        return text_table(head, rows)


def _gap(train: float, dev: float, direction: Direction) -> float:
    return dev - train if direction == "lower" else train - dev


def ablate_regularisation(recipe: str, *, runs: str | Path = "runs", name: str = "", **settings: Any) -> Ablation:
    """Train once as told, then without each regularisation alone, and compare them on the same dev examples.

    `settings` are those of `wengu.fit`. The runs are kept in `runs`, as `name`, `name`-without-dropout and so on.
    Raises InputError where no regularisation is in use.

    >>> bill = ablate_regularisation("lenet5", data="sample", dropout=0.3)      # doctest: +SKIP
    >>> print(bill)                                                                   # doctest: +SKIP
    """
    name = name or f"{recipe}-all"
    whole = fit(recipe, runs=runs, name=name, quiet=True, **settings)
    used = {key: off for key, off in OFF.items() if _settings(whole).get(key, off) != off}
    if whole.run.stopped == "early":
        used["patience"] = NO_EARLY_STOP
    if not used:
        raise InputError(say("expected a run with some regularisation, such as dropout=0.3, got one without any"))
    items = []
    for key, off in used.items():
        left_out = fit(recipe, runs=runs, name=f"{name}-without-{key.replace('_', '-')}", quiet=True,
                       **{**settings, key: off})
        train, dev = _values(left_out)
        items.append(AblationRow("early stopping" if key == "patience" else key, train, dev,
                                 dev_difference(whole.run_folder, left_out.run_folder)))
    return Ablation(*_values(whole), tuple(items), whole.ledger.metric)


def _settings(fitted: FitResult) -> Mapping[str, Any]:
    return fitted.run_folder.settings()[0]


def _values(fitted: FitResult) -> tuple[float, float]:
    value = {row.set: row.value for row in fitted.ledger.rows}
    return value["train"], value["dev"]
