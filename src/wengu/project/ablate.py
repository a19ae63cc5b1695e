"""What each regularisation bought: the run as it is, and again without each of them alone.            [notes 4]

    gap = dev error - train error        bought = gap and dev error without it, less those with it

A regularisation is worth keeping where leaving it out makes dev worse. One that only narrows the gap, by making train
worse, has bought nothing.

Source: Goodfellow, Bengio & Courville 2016, Deep Learning, 7: regularisation is what is meant to lower the error on new
examples, though it may raise that of training. Leaving out one at a time is an ablation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wengu.adviser.compare import gain
from wengu.core.checks import InputError
from wengu.core.i18n import say, text_table
from wengu.project.fit import FitResult, fit

OFF: dict[str, Any] = {"weight_decay": 0.0, "l2": 0.0, "l1": 0.0, "dropout": 0.0, "augment": "none"}
NO_EARLY_STOP = 10**6  # epochs of patience


@dataclass(frozen=True)
class AblationRow:
    """One regularisation: train and dev error without it, and what it did to dev, in points with their interval."""

    name: str
    train: float
    dev: float
    points: float  # dev error with it, less that without: below 0 it helped
    low: float
    high: float

    @property
    def gap(self) -> float:
        """dev - train without it."""
        return self.dev - self.train

    @property
    def verdict(self) -> str:
        """In the language spoken now."""
        return say("helped") if self.high < 0 else say("harmed") if self.low > 0 else say("cannot be told")


@dataclass(frozen=True)
class Ablation:
    """The run with all of them, and what each one bought."""

    train: float
    dev: float
    items: tuple[AblationRow, ...]

    def __str__(self) -> str:
        def rate(value: float) -> str:
            return f"{100 * value:.1f} %"

        head = [say("without"), say("train"), say("dev"), say("gap"), say("what it did to dev"), ""]
        rows = [[say("nothing left out"), rate(self.train), rate(self.dev), rate(self.dev - self.train), "", ""]]
        rows += [[item.name, rate(item.train), rate(item.dev), rate(item.gap),
                  f"{100 * item.points:+z.1f} [{100 * item.low:+z.1f}, {100 * item.high:+z.1f}]", item.verdict]
                 for item in self.items]
        return text_table(head, rows)


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
        train, dev = _errors(left_out)
        items.append(AblationRow("early stopping" if key == "patience" else key, train, dev,
                            *gain(whole.run_folder, left_out.run_folder)))
    return Ablation(*_errors(whole), tuple(items))


def _settings(fitted: FitResult) -> Mapping[str, Any]:
    return fitted.run_folder.settings()[0]


def _errors(fitted: FitResult) -> tuple[float, float]:
    value = {row.set: row.value for row in fitted.ledger.rows}
    return value["train"], value["dev"]
