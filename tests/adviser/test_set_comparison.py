"""Whether sets are alike, in words, in sets.json, and in what a card makes of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.adviser.test_next_steps import RUN
from wengu.adviser.card import Card
from wengu.adviser.nearer_steps import nearer_steps
from wengu.adviser.next_steps import next_steps
from wengu.adviser.set_comparison import SetComparison, comparisons, differing, keep, unlike
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.practice import Difference, Ledger, distinguish, ledger

DARK = Difference("brightness", "lies", 0.39, 0.61, 0.9)
UNLIKE = SetComparison("train", "dev", 0.93, 0.9, 0.95, "distinguishable", (3600, 1200), (DARK,), ("a.png", "b.png"), ("c.png",))
VARIANCE = ledger(human=0.03, train=0.04, dev=0.14, n=1200)


@pytest.mark.parametrize(("change", "words"), [
    ({}, "dev is unlike train (AUC 0.93 [0.90, 0.95]): brightness 0.61 in dev, 0.39 in train"),
    ({"telling": (replace(DARK, kind="spreads"),)},
     "dev is unlike train (AUC 0.93 [0.90, 0.95]): spread of brightness 0.61 in dev, 0.39 in train"),
    ({"telling": ()}, "dev is unlike train (AUC 0.93 [0.90, 0.95]), by several features together"),
    ({"verdict": "alike", "auc": 0.51, "low": 0.48, "high": 0.54}, "dev is like train (AUC 0.51 [0.48, 0.54])"),
    ({"verdict": "alike"}, "dev is like train (AUC 0.93 [0.90, 0.95]): no feature differs by what a person would see"),
    ({"verdict": "cannot tell", "auc": 0.55, "low": 0.4, "high": 0.7},
     "whether dev is like train cannot be told (AUC 0.55 [0.40, 0.70]): measure on more examples"),
    ({"verdict": "too few"}, "dev or train has too few examples to see whether they are alike"),
])
def test_in_words(change: dict[str, object], words: str) -> None:
    assert str(replace(UNLIKE, **change)) == words


def test_sixteenths_of_a_picture_are_told_where_nothing_else_is() -> None:
    place = Difference("r1 c2", "lies", 0.2, 0.5, 0.8)
    assert "row" not in str(replace(UNLIKE, telling=(place, DARK)))
    assert "brightness in row 1, column 2 of 4 0.5 in dev" in str(replace(UNLIKE, telling=(place,)))


def run(folder: Path) -> RunFolder:
    return RunFolder.create(folder / "run", recipe="pictures", network="lenet5", seed=0)


def test_it_is_kept_and_read_again(tmp_path: Path) -> None:
    made = run(tmp_path)
    few = SetComparison.of("dev", "test", distinguish(np.zeros((3, 1)), np.ones((3, 1))), (["a"] * 3, ["b"] * 3))
    keep(made, [UNLIKE])
    keep(made, [few])
    one, other = comparisons(made)
    assert one == UNLIKE and other.verdict == "too few" and np.isnan(other.auc)
    assert json.loads((made.path / "sets.json").read_text())["sets"][1]["auc"] is None
    keep(made, [replace(UNLIKE, auc=0.9)])
    assert comparisons(made)[0].auc == 0.9 and len(comparisons(made)) == 2


@pytest.mark.parametrize("text", ["[]", "{", "{}", '{"format": 2, "sets": []}', '{"format": 1, "sets": [{}]}', '{"format": 1, "sets": 3}'])
def test_a_damaged_file_is_none(tmp_path: Path, text: str) -> None:
    made = run(tmp_path)
    assert comparisons(made) == ()
    (made.path / "sets.json").write_text(text)
    assert comparisons(made) == ()


def test_what_differs_is_dev_from_train_dev_where_there_is_one(tmp_path: Path) -> None:
    made = run(tmp_path)
    keep(made, [UNLIKE, replace(UNLIKE, a="train-dev"), replace(UNLIKE, a="dev", b="test")])
    assert [(one.a, one.b) for one in differing(made, {"train", "dev"})] == [("train", "dev")]
    assert [(one.a, one.b) for one in differing(made, {"train", "train-dev", "dev", "test"})] == [("train-dev", "dev"), ("dev", "test")]
    assert unlike(differing(made, {"train", "dev", "test"})) == ("dev", "test")


def test_only_what_was_written_is_read() -> None:
    with pytest.raises(InputError, match=r"sets\.json cannot be read"):
        SetComparison.from_dict({**UNLIKE.to_dict(), "telling": [{"name": "x", "kind": "?", "a": 0, "b": 0, "auc": 0}]})


def test_variance_may_be_another_distribution() -> None:
    """Without train-dev nothing settles which of the two it is; with it the ledger does."""
    book = replace(VARIANCE, unlike=("dev",))
    assert book.sentences()[0] == "Cause: high variance or another distribution."
    assert "variance or another distribution 10.0 points" in str(Card(book, ()))
    assert Ledger.from_dict(json.loads(json.dumps(book.to_dict()))) == book
    settled = replace(ledger(human=0.03, train=0.04, train_dev=0.13, dev=0.14, n=5000), unlike=("dev",))
    assert settled.sentences()[0] == "Cause: high variance."
    of_test = replace(ledger(human=0.04, train=0.04, dev=0.05, test=0.14, n=5000), unlike=("test",))
    assert of_test.sentences()[0] == "Cause: over-fitted dev set or another distribution."


def test_how_the_sets_differ_is_seen_before_more_data_is_sought() -> None:
    steps = next_steps(replace(VARIANCE, unlike=("dev",)), RUN, differ=[UNLIKE])
    assert steps[0].command == "wengu data compare 'runs/a b'"
    assert "a.png, b.png" in next(step for step in steps if step.what.startswith("Make or collect")).remark
    more = next(k for k, step in enumerate(steps) if "fashion-mnist" in step.command)
    assert more > 1
    assert not any("data compare" in step.command for step in next_steps(VARIANCE, RUN))


@pytest.mark.parametrize(("effective", "settings", "flags"), [
    (900.0, {"nearer": "none", "weigh_like_dev": False}, ["nearer", "weigh_like_dev"]),
    (100.0, {"nearer": "none", "weigh_like_dev": False}, ["nearer"]),  # too few would carry it
    (3500.0, {"nearer": "none", "weigh_like_dev": False}, ["nearer"]),  # all would be drawn as before
    (900.0, {"nearer": "auto", "weigh_like_dev": False}, ["weigh_like_dev"]),
    (900.0, {"nearer": "noise", "weigh_like_dev": True}, []),
    (900.0, {}, []),  # a recipe without such settings
])
def test_what_is_advised_is_what_may_help_and_is_not_in_use(
    effective: float, settings: dict[str, object], flags: list[str]
) -> None:
    found = replace(UNLIKE, nearer="noise 0.08", removed=0.9, effective=effective)
    assert [name for step in nearer_steps([found], settings) for name in step.how] == flags
    assert not list(nearer_steps([replace(found, a="dev", b="test")], settings))  # never by what test looks like


def test_what_was_tried_is_not_advised_again() -> None:
    differ = [replace(UNLIKE, nearer="noise 0.08", removed=0.9, effective=900.0)]
    known = replace(RUN, settings=RUN.settings | {"nearer": "none", "weigh_like_dev": False})
    book = replace(VARIANCE, unlike=("dev",))
    first = next(step for step in next_steps(book, known, differ=differ) if "--nearer auto" in step.command)
    assert first.what == "Change the training pictures to look like dev's: noise 0.08." and "90%" in first.remark
    tried = replace(RUN, path=Path("runs/b"), settings=known.settings | {"nearer": "auto"}, came_from=RUN.came_from | {"nearer": "flag"})
    steps = next_steps(book, replace(known, attempts=(tried,)), differ=differ)
    assert not any("--nearer" in step.command for step in steps) and any("--weigh-like-dev" in step.command for step in steps)
    assert "nearer auto (runs/b)" in steps[-1].what


def test_where_a_mismatch_cannot_be_told_yet_it_is_looked_at_and_nothing_changed() -> None:
    known = replace(RUN, settings=RUN.settings | {"nearer": "none", "weigh_like_dev": False})
    found = replace(UNLIKE, a="train-dev", nearer="noise 0.08", removed=0.9, effective=900.0)
    for n, commands in ((150, ["data compare"]), (5000, ["data compare", "--nearer", "--weigh-like-dev"])):
        book = ledger(human=0.1, train=0.11, train_dev=0.12, dev=0.18, n=n)
        steps = " ".join(step.command for step in next_steps(book, known, differ=[found]))
        assert [flag for flag in ("data compare", "--nearer", "--weigh-like-dev") if flag in steps] == commands, n
    assert "data compare" not in " ".join(step.command for step in next_steps(ledger(human=0.1, train=0.11, train_dev=0.12, dev=0.125, n=9000), known, differ=[found]))
