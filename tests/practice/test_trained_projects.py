"""On a thousand real trainings whose true gaps are known (studies/planted.py): what is named is there, and is named."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tests.practice.simulator import GAPS
from wengu.practice import Ledger, ledger

STUDY = Path(__file__).parents[2] / "studies" / "planted.json"
THERE = 0.005  # half a point: a gap that truly is less is not there, whatever the ledger takes for worth it


@dataclass(frozen=True)
class Trained:
    """One training: what is true of each set, and the ledger of what was measured."""

    true: dict[str, float]
    n: dict[str, int]
    book: Ledger

    def gap(self, cause: str) -> tuple[float, float]:
        """How large the gap of a cause truly is, and the standard error of measuring it."""
        start, end = GAPS[cause]
        end = end if end in self.true else "dev"
        sets = [name for name in (start, end) if name != "human"]
        return self.true[end] - self.true[start], float(np.sqrt(sum(
            self.true[name] * (1 - self.true[name]) / self.n[name] for name in sets)))

    @property
    def gaps(self) -> list[str]:
        """The causes that its sets could show."""
        return [cause for cause, (start, end) in GAPS.items()
                if start in self.true and (end in self.true or cause == "variance")]


@cache
def trained() -> list[Trained]:
    cells = json.loads(STUDY.read_text())["cells"]
    return [_one(row) for cell in cells.values() for row in cell["result"]]


def _one(row: dict[str, Any]) -> Trained:
    measured = {name: row["wrong"][name] / n for name, n in row["n"].items()}
    return Trained(row["true"], row["n"], ledger(human=row["true"]["human"], **measured, n=row["n"]))


def test_a_cause_that_is_named_is_there() -> None:
    named = [(one, cause) for one in trained() for cause in one.book.causes]
    right = [one.gap(cause)[0] >= THERE for one, cause in named]
    assert len(trained()) == 1000 and len(named) > 500
    assert np.mean(right) >= 0.97, np.mean(right)


def test_a_cause_that_is_plain_is_named() -> None:
    """Where the gap is truly at least four standard errors, and one and a half times what is worth it."""
    plain = []
    for one in trained():
        for cause in one.gaps:
            size, error = one.gap(cause)
            if size >= 4 * error and size >= 1.5 * one.book.worth:
                plain.append(cause in one.book.causes)
    assert len(plain) > 500
    assert np.mean(plain) >= 0.9, np.mean(plain)


def test_trainings_without_a_gap_raise_few_alarms() -> None:
    """Those none of whose gaps is half a point; beside them every gap that is not there, alone."""
    quiet = [one for one in trained() if all(one.gap(cause)[0] < THERE for cause in one.gaps)]
    alone = [cause in one.book.causes for one in trained() for cause in one.gaps
             if one.gap(cause)[0] < THERE]
    assert len(alone) > 300 and np.mean(alone) <= 0.05, np.mean(alone)
    assert sum(bool(one.book.causes) for one in quiet) <= max(1, 0.05 * len(quiet))
