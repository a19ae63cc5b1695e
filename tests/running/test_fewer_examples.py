"""A part of the training set: nested, in the classes' shares, groups whole, and the same on resuming."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import wengu
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.recipes import recipe, settings_of
from wengu.recipes.task import Task
from wengu.running.fewer_examples import fewer_examples
from wengu.running.prepare import prepared


@pytest.fixture
def task(tmp_path: Path) -> Task:
    """A table of three classes, one of which is rare."""
    rng = np.random.default_rng(0)
    kind = ["cat"] * 300 + ["dog"] * 90 + ["fox"] * 12
    pd.DataFrame({"x": rng.standard_normal(402), "kind": kind, "who": [f"p{i % 40}" for i in range(402)]}).to_csv(
        tmp_path / "t.csv", index=False)
    room = recipe("table")
    return room.prepare(room.Settings(data=str(tmp_path / "t.csv"), target="kind", network="softmax", ignore=("who",)))


def kinds(task: Task) -> Counter[int]:
    return Counter(np.asarray(task.sets["train"].truth).tolist())


def test_each_part_is_within_the_larger_and_keeps_the_classes_shares(task: Task) -> None:
    whole = kinds(task)
    parts = {n: fewer_examples(task, n, seed=0) for n in (3, 12, 60, 120, 239, len(task.sets["train"]))}
    ids = [set(part.sets["train"].ids) for part in parts.values()]
    assert all(a < b for a, b in pairwise(ids)) and [len(part) for part in ids] == list(parts)
    for n, part in parts.items():
        assert all(kinds(part)[c] >= 1 and abs(kinds(part)[c] - n * whole[c] / sum(whole.values())) <= 1.5 for c in whole)
        assert part.sets["dev"] is task.sets["dev"] and part.hash() == task.hash()
        index = [task.sets["train"].ids.index(i) for i in part.sets["train"].ids]
        assert np.array_equal(np.asarray(part.sets["train"].truth), np.asarray(task.sets["train"].truth)[index])
    assert fewer_examples(task, None, seed=0) is task
    assert set(fewer_examples(task, 60, seed=1).sets["train"].ids) != ids[2]


def test_groups_stay_together(task: Task) -> None:
    train = task.sets["train"]
    who = tuple(f"p{k % 40}" for k in range(len(train)))
    grouped = replace(task, sets={**task.sets, "train": replace(train, groups=who)})
    sizes = Counter(who)
    before: set[str] = set()
    for n in (20, 50, 120):
        part = fewer_examples(grouped, n, seed=0).sets["train"]
        assert part.groups is not None and n - 7 < len(part) <= n
        assert all(sizes[group] == k for group, k in Counter(part.groups).items())
        assert before <= set(part.ids)
        before = set(part.ids)
    assert len(fewer_examples(grouped, 3, seed=0).sets["train"]) == 3  # fewer than a group has


def test_more_than_there_are_or_fewer_than_classes_is_refused(task: Task) -> None:
    for n in (2, 5000):
        with pytest.raises(InputError, match=f"train_examples: expected from 3 to the 2\\d\\d training examples there, got {n:,}"):
            fewer_examples(task, n, seed=0)
    with pytest.raises(InputError, match="orders the whole training set"):
        fewer_examples(replace(task, order=lambda epoch: []), 20, seed=0)


def test_a_run_trains_on_them_alone_and_goes_on_with_them(iris: Path, tmp_path: Path) -> None:
    how: dict[str, Any] = {"runs": tmp_path, "name": "a", "quiet": True}
    run = wengu.fit("softmax", data=str(iris), target="species", train_examples=30, epochs=2, **how).run_folder
    train = [row["id"] for row in run.read_table("split.csv") if row["set"] == "train"]
    assert len(train) == 30 and run.facts()["examples"]["train"] == 30
    assert len(run.read_table("predictions/train.csv")) == 30
    again = wengu.fit("softmax", resume=True, epochs=4, **how)
    assert again.run.history[-1]["epoch"] == 4
    assert [row["id"] for row in RunFolder(run.path).read_table("split.csv") if row["set"] == "train"] == train
    with pytest.raises(InputError, match="train_examples: the run has 30"):
        wengu.fit("softmax", resume=True, train_examples=40, **how)


def test_what_is_trained_on_is_said_by_source(tmp_path: Path) -> None:
    """The counts of the part, not of the whole."""
    for name, rows in (("mine", 100), ("web", 300)):
        (tmp_path / f"{name}.csv").write_text("\n".join(["a,b,y", *(f"{k % 7},{k}.5,{'yes' if k % 2 else 'no'}" for k in range(rows))]))
    how = {"data": str(tmp_path / "mine.csv"), "other": str(tmp_path / "web.csv"), "target": "y", "network": "softmax"}
    part = prepared("table", settings_of("table", {**how, "train_examples": 60}), None).task
    of_web = sum(source == "web.csv" for source in part.sets["train"].sources)
    assert 0 < of_web < 60 and f"trained on: {60 - of_web} of mine.csv, {of_web} of web.csv" in part.notes
    assert not any("from elsewhere train" in note for note in part.notes)
    whole = prepared("table", settings_of("table", how), None).task
    assert any("of your own and" in note for note in whole.notes) and not any("trained on" in note for note in whole.notes)
