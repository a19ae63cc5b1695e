"""What the learning curve does to the order of advice, and when weights learned elsewhere are offered."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from torch import nn

from tests.adviser.test_compare import finished
from tests.adviser.test_next_steps import BIAS, RUN, SETTINGS, VARIANCE, commands
from tests.recipes.test_published_start import photographs
from wengu.adviser import curve_of, curve_table
from wengu.adviser.attempts import context
from wengu.adviser.data_curve import DataCurve, Point, keep_points
from wengu.adviser.next_steps import next_steps
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.layers import summary
from wengu.practice import Ledger, described, learning_curve
from wengu.practice.metrics import ErrorRate
from wengu.project import fit

SIZES = [225, 450, 900, 1800, 3600]
OWN = replace(RUN, settings=SETTINGS | {"data": "photos"}, path=Path("runs/own"))


def measured(a: float, b: float, c: float, n: int) -> DataCurve:
    errors = [a + b * (m / 3600) ** -c for m in SIZES]
    points = tuple(Point(m, 0.01, error, n=n) for m, error in zip(SIZES, errors, strict=True))
    return DataCurve(points, learning_curve(SIZES, errors, n), described(ErrorRate()), 0.01)


def test_without_a_curve_the_command_that_measures_it_stands_beside_more_data() -> None:
    first = next_steps(VARIANCE, OWN)[0]
    assert first.what == "Get more training data."
    assert first.remark == "a learning curve tells what it gains: wengu learning-curve runs/own; add to photos; there are 3,600 to train on now"
    assert "learning-curve" not in next_steps(VARIANCE, replace(OWN, examples=40))[0].remark


def test_where_it_gains_the_step_says_by_how_much() -> None:
    first = next_steps(VARIANCE, replace(OWN, curve=measured(0.02, 0.12, 0.4, 5000)))[0]
    assert first.what == "Get more training data."
    assert first.remark.startswith("twice the data: dev error 11.1 % [10.") and " better; add to photos" in first.remark
    assert "learning-curve" not in first.remark
    larger = next_steps(VARIANCE, replace(RUN, curve=measured(0.02, 0.12, 0.4, 5000)))[0]
    assert larger.remark.startswith("14 times the examples; twice the data: ") and "gains at most" not in larger.remark


def test_where_it_gains_too_little_more_data_comes_last() -> None:
    steps = next_steps(VARIANCE, replace(OWN, curve=measured(0.14, 0.0005, 1.5, 20_000)))
    what = [step.what for step in steps]
    place = what.index("Get more training data.")
    assert "--weight-decay" in steps[0].command and all("more" not in one or "label" in one for one in what[:place])
    assert all("label" in one for one in what[place + 1:])
    assert steps[place].remark.startswith("twice the data gains 0.0 points [0.0, ")
    assert "less than the 1.0 points that matter" in steps[place].remark


def test_where_nobody_can_tell_it_stays_and_says_so() -> None:
    first = next_steps(VARIANCE, replace(OWN, curve=measured(0.1, 0.04, 0.3, 60)))[0]
    assert first.what == "Get more training data." and "whether that is a gain cannot be told" in first.remark


# --------------------------------------------------------------------------------------------------------- a transfer


@pytest.mark.parametrize(("examples", "classes", "offered"), [
    (9_999, 10, True), (10_000, 10, False), (999, 0, True), (1_000, 0, False),
])
def test_a_transfer_is_offered_below_a_thousand_a_class(examples: int, classes: int, offered: bool) -> None:
    known = replace(OWN, examples=examples, classes=classes, source="runs/fashion")
    steps = next_steps(VARIANCE, known)
    assert any("--from runs/fashion" in command for command in commands(steps)) is offered
    if offered:
        by_place = [k for k, step in enumerate(steps) if "--from" in step.command or "--weight-decay" in step.command]
        assert "--from" in steps[by_place[0]].command  # before regularisation


def test_a_transfer_is_not_offered_twice() -> None:
    known = replace(OWN, source="runs/fashion")
    before = replace(OWN, path=Path("runs/before"), settings=OWN.settings | {"from": "runs/fashion"},
                     came_from=OWN.came_from | {"from": "flag"})
    steps = next_steps(VARIANCE, replace(known, attempts=(before,)))
    assert not any("--from" in command for command in commands(steps))
    assert "from runs/fashion (runs/before)" in steps[-1].what
    assert not any("--from" in command for command in commands(next_steps(VARIANCE, OWN)))


def trained(path: Path, examples: int, classes: str, sizes: tuple[int, ...] = (8, 4), **settings: object) -> RunFolder:
    """A finished run of a network with these numbers of units below its last layer."""
    run = finished(path, [1], spec={"classes": list(classes)}, examples={"train": examples, "dev": 1000}, task=classes)
    run.write_settings({"lr": 0.1, **settings}, {"lr": "flag", **dict.fromkeys(settings, "flag")})
    model = nn.Sequential(*(nn.Linear(a, b) for a, b in pairwise((3, *sizes, len(classes)))))
    run.write_json("parameters.json", summary(model).to_dict())
    return run


def test_the_source_is_the_run_of_another_task_that_saw_most(tmp_path: Path) -> None:
    """Not one that saw less than ten times as much, nor one that has other layers: the command would be refused."""
    small = trained(tmp_path / "small", 60, "ab")
    for name, examples, classes, sizes in (
        ("large", 900, "cd", (8, 4)), ("larger", 1200, "cd", (8, 4)), ("near", 590, "ef", (8, 4)), ("wide", 9000, "cd", (16, 4)),
        ("same", 9000, "ab", (8, 4)),
    ):
        trained(tmp_path / name, examples, classes, sizes)
    assert context(small).source == str(tmp_path / "larger")
    assert context(RunFolder.open(tmp_path / "same")).source == ""
    begun = trained(tmp_path / "begun", 60, "ab", **{"from": str(tmp_path / "larger")})
    assert context(begun).source == ""
    only_last = trained(tmp_path / "only" / "small", 60, "ab", ())
    trained(tmp_path / "only" / "large", 6000, "cd", ())
    assert context(only_last).source == ""


@pytest.mark.parametrize("ledger", [VARIANCE, BIAS])
def test_published_weights_are_offered_for_variance_and_bias_and_not_twice(ledger: Ledger) -> None:
    known = replace(OWN, examples=90, classes=3, source="published")
    steps = commands(next_steps(ledger, known))
    at = [k for k, command in enumerate(steps) if "--from published" in command]
    assert len(at) == 1 and all("--weight-decay" not in command and "--width" not in command and "--epochs" not in command for command in steps[:at[0]])
    before = replace(OWN, path=Path("runs/before"), settings=OWN.settings | {"from": "published"},
                     came_from=OWN.came_from | {"from": "flag"})
    assert not any("--from" in command for command in commands(next_steps(ledger, replace(known, attempts=(before,)))))
    assert not any("--from" in command for command in commands(next_steps(ledger, replace(known, examples=9000))))


@pytest.mark.parametrize(("network", "colour", "given", "source"), [
    ("mobilenet_v2", True, "none", "published"), ("mobilenet_v2", False, "none", ""), ("resnet18", True, "none", ""),
    ("mobilenet_v2", True, "published", ""),
])
def test_photographs_in_colour_have_published_weights_of_a_network_that_has_some(
    network: str, colour: bool, given: str, source: str, tmp_path: Path
) -> None:
    data = photographs(tmp_path / "photos", colour=colour)
    run = finished(tmp_path / "runs" / "a", [1], recipe="pictures", network=network, examples={"train": 60, "dev": 20}, task="a")
    settings = {"lr": 0.1, "data": data, "from": given}
    run.write_settings(settings, dict.fromkeys(settings, "flag"))
    assert context(run).source == source


# ------------------------------------------------------------------------------------------------- curve.json, and a CSV


def test_the_curve_of_a_run_is_read_with_the_run_itself_as_its_last_point(iris: Path, tmp_path: Path) -> None:
    run = fit("softmax", data=str(iris), target="species", epochs=2, runs=tmp_path, name="a", quiet=True).run_folder
    assert curve_of(run) is None
    keep_points(run, [Point(45, 0.1, 0.3, n=30), Point(22, 0.1, 0.5, n=30)])
    found = curve_of(run)
    assert found is not None and [point.examples for point in found.points] == [22, 45, run.facts()["examples"]["train"]] and found.curve is not None
    assert found.points[-1] == Point.of(run) and context(run).curve is not None
    (run.path / "curve.json").write_text(json.dumps({"points": [{"examples": 22}]}))
    with pytest.raises(InputError, match=r"curve\.json"):
        curve_of(run)
    assert context(run).curve is None  # advice goes on without


def test_anybodys_curve_is_read_from_a_csv_file(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text("n, dev,train,dev_n\n800,0.17,0.1,500\n100,0.3,0.02,500\n400,0.2,0.07,500\n200,0.24,0.05,500\n")
    found = curve_table(file)
    assert [point.examples for point in found.points] == [100, 200, 400, 800] and found.points[0].train == 0.02
    assert found.curve is not None and found.curve.law.misfit < 2 and "17.0 %" in str(found)
    file.write_text("n,dev\n100,0.3\n200,0.2\n")
    assert "Too few sizes" in str(curve_table(file))
    for text, message in (("a,b\n1,2\n", "expected the columns n and dev"), ("n,dev\n100,x\n", "c.csv:2: expected numbers in n and dev, got 100, x"),
                          ("n,dev\n100,\n", "c.csv:2: expected numbers"), ("n,dev\n1,30\n2,20\n3,10\n4,9\n", "errors: expected rates")):
        file.write_text(text)
        with pytest.raises(InputError, match=message):
            curve_table(file)
