"""The widths and amounts of data that were tried: what they say of a larger network and of more data is remembered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from torch import nn

from tests.adviser.test_held_back import started
from tests.adviser.test_memory import run
from tests.adviser.test_more_data import measured
from tests.adviser.test_next_steps import BIAS, RUN, SETTINGS, VARIANCE, commands
from wengu.adviser.attempts import context
from wengu.adviser.data_curve import Point
from wengu.adviser.diagnose import judge
from wengu.adviser.next_steps import next_steps
from wengu.adviser.size_curve import SizeCurve
from wengu.adviser.widths import widths_of
from wengu.core.run_folder import RunFolder
from wengu.layers import summary
from wengu.practice import described
from wengu.practice.metrics import ErrorRate

FLAT, FALLING = {0.25: 0.2005, 0.5: 0.2, 1.0: 0.2, 2.0: 0.2}, {0.25: 0.4, 0.5: 0.3, 1.0: 0.22, 2.0: 0.16}


def size(width: float) -> int:
    """Units, of nine weights and a bias each."""
    return round(160 * width**2)


def wide(path: Path, wrong: int, width: float, **given: object) -> RunFolder:
    """A judged run of this width."""
    made = run(path, wrong, width=width, **given)
    made.write_json("parameters.json", summary(nn.Linear(9, size(width))).to_dict())
    judge(made)
    return made


def swept(path: Path, errors: dict[float, float], **given: object) -> RunFolder:
    """A run of width 1 and beside it those of other widths, as `learning-curve --over width` leaves them."""
    first = wide(path, round(1000 * errors[1.0]), 1.0, human=0.01)
    for width, error in errors.items():
        if width != 1.0:
            wide(path / "learning-curve" / f"width-{width:g}", round(1000 * error), width, human=0.01, **given)
    return first


def curve(errors: dict[float, float], n: int = 40_000, worth: float | None = None) -> SizeCurve:
    points = tuple((w, 10 * size(w), Point(3600, 0.05, e, e - 0.01, e + 0.01, n)) for w, e in errors.items())
    return SizeCurve(points, described(ErrorRate()), 1.0, worth)


def test_the_widths_that_were_tried_are_read_from_the_run(tmp_path: Path) -> None:
    first = swept(tmp_path / "a", FALLING)
    found = widths_of(first)
    assert found is not None and [(w, p, point.dev) for w, p, point in found.points] == [
        (w, 10 * size(w), e) for w, e in FALLING.items()]
    assert found.worth == 0.01 and context(first).widths == found
    (tmp_path / "a" / "learning-curve" / "width-2" / "ledger.json").write_text("{")
    assert [w for w, *_ in widths_of(first).points] == [0.25, 0.5, 1.0]  # type: ignore[union-attr]
    (tmp_path / "a" / "learning-curve" / "width-0.5" / "config.toml").unlink()
    assert widths_of(first) is None and context(first).widths is None


def test_of_another_form_of_the_run_they_say_nothing(tmp_path: Path) -> None:
    assert widths_of(swept(tmp_path / "a", FLAT, l2=0.3)) is None


def test_where_a_larger_network_gains_nothing_it_is_tried_and_not_advised(tmp_path: Path) -> None:
    steps = judge(swept(tmp_path / "a", FLAT)).steps
    assert not any("--width 2" in step.command or "bigger network" in step.what for step in steps)
    steps = next_steps(BIAS, replace(RUN, widths=curve(FLAT)))
    assert not any("--width" in one for one in commands(steps))
    assert steps[-1].what == "Tried already, without a clear gain: a larger network, up to width 2 (runs/a b)."
    assert any("--width 2" in one for one in commands(next_steps(BIAS, RUN)))


def test_a_width_that_was_tried_and_gained_little_is_not_advised_again() -> None:
    """By 60 examples nobody can tell what more would bring; twice the width is tried all the same."""
    unsure = curve({0.25: 0.25, 0.5: 0.22, 1.0: 0.2, 2.0: 0.195}, n=60)
    assert unsure.verdict == "cannot tell" and not any("--width" in one for one in commands(next_steps(BIAS, replace(RUN, widths=unsure))))
    narrower = SizeCurve(unsure.points[:3], unsure.metric, 1.0)
    assert any("--width 2" in one for one in commands(next_steps(BIAS, replace(RUN, widths=narrower))))


def test_where_it_gains_the_step_says_what_was_measured() -> None:
    (step,) = [step for step in next_steps(BIAS, replace(RUN, widths=curve(FALLING))) if "--width 2" in step.command]
    assert "at that width dev error was 16.0 %, now 22.0 %" in step.remark


@pytest.mark.parametrize(("errors", "n", "worth", "verdict"), [
    (FLAT, 40_000, None, "flat"), (FALLING, 40_000, None, "gains"), ({0.25: 0.25, 0.5: 0.22, 1.0: 0.2, 2.0: 0.185}, 60, None, "cannot tell"),
    ({0.25: 0.3, 0.5: 0.2, 1.0: 0.17, 2.0: 0.158}, 1_000_000, 0.02, "flat"),
    ({0.25: 0.3, 0.5: 0.2, 1.0: 0.17, 2.0: 0.155}, 1_000_000, 0.013, "cannot tell"),  # the widest gained as much
])
def test_what_the_widths_say(errors: dict[float, float], n: int, worth: float | None, verdict: str) -> None:
    assert curve(errors, n, worth).verdict == verdict


# --------------------------------------------------------------------------------------------------------- more data


FLAT_DATA = measured(0.14, 0.0005, 1.5, 20_000)


@pytest.mark.parametrize("given", [{"data": "sample"}, {"data": "photos"}])
def test_more_data_that_gains_little_comes_after_all_else(given: dict[str, str]) -> None:
    steps = next_steps(VARIANCE, replace(RUN, settings=SETTINGS | given, curve=FLAT_DATA))
    place = next(k for k, step in enumerate(steps) if step.what == "Get more training data.")
    assert place > max(k for k, step in enumerate(steps) if "Regularise" in step.what)


def test_nor_are_the_examples_that_were_left_out_taken_back_first() -> None:
    few = started(train_examples=300)
    first = next_steps(VARIANCE, few)[0]
    late = next_steps(VARIANCE, replace(few, curve=FLAT_DATA))
    assert first.what.startswith("Leave out --train-examples 300")
    place = next(k for k, step in enumerate(late) if step.what.startswith("Leave out --train-examples 300"))
    assert place > 0 and "twice the data gains 0.0 points" in late[place].remark
