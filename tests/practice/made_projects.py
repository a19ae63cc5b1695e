"""Projects as records, as somebody's CSV file would have them, whose fault is known; drawn without a line of the ledger.

A model errs on each example by chance, of each class at an error of its own, and then calls it by a class that it is
likely to be taken for. What is planted is done to these records. Sizes, classes and errors are drawn on scales of their
own; nothing here knows a threshold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

KINDS = ("healthy", "bias", "variance", "swapped", "shuffled", "noisy train", "leak", "rare class")
CAUSES = ("bias", "variance")  # the others are no fault of the model's


@dataclass(frozen=True)
class Rows:
    """One set: true and predicted classes, ids, and groups where there are any."""

    truth: NDArray[np.int64]
    predicted: NDArray[np.int64]
    ids: list[str]
    group: list[str] | None


@dataclass(frozen=True)
class Made:
    """A project: its sets, what is given of people, what was planted, and how much of it."""

    kind: str
    classes: int
    sets: dict[str, Rows]
    human: str | None
    human_error: float
    error: dict[str, float]  # of the model on each set, before labels were touched; a rare class that fails is beside it
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def causes(self) -> set[str]:
        """What may be named: a class that fails on every set is a bias, as people do not fail there."""
        return {"bias"} if self.kind == "rare class" else {self.kind} & {*CAUSES}

    def write(self, path: Path) -> Path:
        """The CSV file: set, truth, predicted, id, and group where there are groups."""
        grouped = self.sets["dev"].group is not None
        lines = ["set,truth,predicted,id" + ",group" * grouped]
        for name, rows in self.sets.items():
            for k, (t, p, i) in enumerate(zip(rows.truth, rows.predicted, rows.ids, strict=True)):
                lines.append(f"{name},c{t},c{p},{i}" + (f",{rows.group[k]}" if rows.group else ""))
        path.write_text("\n".join(lines))
        return path


def made(many: int, seed: int, *kinds: str) -> Iterator[Made]:
    """So many projects, of these kinds in turn; each from a seed of its own."""
    for k in range(many):
        kind = (kinds or KINDS)[k % len(kinds or KINDS)]
        yield _one(kind, np.random.default_rng([seed, k]))


def _one(kind: str, rng: np.random.Generator) -> Made:
    classes = int(rng.integers(2, 21))
    share = _shares(classes, rng)
    human = float(10 ** rng.uniform(-2.5, -0.7))
    error = dict.fromkeys(("train", "dev", "test"), human)
    if kind in CAUSES:
        gap = float(10 ** rng.uniform(-2, -0.5))
        error = {name: human + gap * (kind == "bias" or name != "train") for name in error}
    n = {name: int(10 ** rng.uniform(np.log10(50), np.log10(5000))) for name in error}
    grouped, sure = rng.random() < 0.25, rng.random(3)
    mistaken = rng.dirichlet(np.full(classes - 1, 0.5), classes)  # what each is taken for
    uneven = rng.dirichlet(np.full(classes, 20.0)) * classes  # how much harder each class is
    uneven /= share @ uneven
    rare = int(share.argmin())
    sets: dict[str, Rows] = {}
    for name in error:
        of_class = np.minimum(error[name] * uneven, 0.9)
        if kind == "rare class":
            of_class[rare] = 0.8
        sets[name] = _set(name, n[name], share, of_class, mistaken, rng, grouped=grouped)
    told: dict[str, Any] = {"rare": f"c{rare}", "others": n["dev"] - int(np.bincount(sets["dev"].truth).max())}
    told["fewest"] = int((sets["dev"].truth == rare).sum())
    if kind == "swapped":
        a, b = map(int, rng.choice(classes, 2, replace=False))
        told["fewest"] = min(int((sets["dev"].truth == one).sum()) for one in (a, b))
        _relabel(sets["dev"], {a: b, b: a})
    elif kind == "shuffled":
        sets["dev"].truth[:] = rng.permutation(sets["dev"].truth)
    elif kind == "noisy train":
        changed = rng.random(n["train"]) < rng.uniform(0.05, 0.4)
        truth = sets["train"].truth
        truth[changed] = (truth[changed] + rng.integers(1, classes, changed.sum())) % classes
    elif kind == "leak":
        told["leaked"] = _leak(sets, float(rng.uniform(0.1, 1.0)), rng) / n["dev"]
    given, answers = None, int(10 ** rng.uniform(1.7, 3))
    if sure[0] < 1 / 3:
        given = f"{human:.6f}"
    elif sure[0] < 2 / 3:
        given = f"{rng.binomial(answers, human)}/{answers}"
    if sure[1] < 0.5:
        del sets["test"]
    return Made(kind, classes, sets, given, human, error, told)


def _shares(classes: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """How common each class is: all alike in half of the projects, else up to 50:1."""
    most = 1.0 if rng.random() < 0.5 else 50 ** rng.uniform(0, 1)
    share = most ** np.linspace(0, 1, classes)
    return rng.permutation(share / share.sum())


def _set(name: str, n: int, share: NDArray[np.float64], of_class: NDArray[np.float64], mistaken: NDArray[np.float64],
         rng: np.random.Generator, *, grouped: bool) -> Rows:
    """Right or wrong by chance; in groups of about five each has a class more often, and errs more or less as one."""
    classes, group = len(share), None
    truth = rng.choice(classes, n, p=share)
    p = of_class[truth]
    if grouped:
        of = np.sort(rng.integers(0, max(n // 5, 2), n))
        hard = rng.beta(0.5, 0.5, of.max() + 1) * 2  # of mean 1: the errors of a group come together
        p = np.minimum(p * hard[of], 1.0)
        group = [f"{name}-g{k}" for k in of]
    other = (rng.random((n, 1)) > mistaken.cumsum(axis=1)[truth][:, :-1]).sum(axis=1)
    other += other >= truth
    return Rows(truth, np.where(rng.random(n) < p, other, truth), [f"{name}-{k}" for k in range(n)], group)


def _relabel(rows: Rows, to: dict[int, int]) -> None:
    rows.truth[:] = [to.get(int(t), int(t)) for t in rows.truth]


def _leak(sets: dict[str, Rows], share: float, rng: np.random.Generator) -> int:
    """A share of dev stands in train as well, ids and all, and was learned there: how many there are."""
    train, dev = sets["train"], sets["dev"]
    many = min(max(int(share * len(dev.ids)), 1), len(train.ids))
    here, there = rng.permutation(len(dev.ids))[:many], rng.permutation(len(train.ids))[:many]
    for i, k in zip(here, there, strict=True):
        dev.truth[i], dev.predicted[i], dev.ids[i] = train.truth[k], train.predicted[k], train.ids[k]
        if dev.group and train.group:
            dev.group[i] = train.group[k]
    return many
