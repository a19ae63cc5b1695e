"""The contract of tasks: eight miniatures of the kinds that the house must carry go through all that a run goes through.

Each trains, resumes in mid-epoch bit for bit, predicts, exports or refuses, is judged with intervals, reported and
compared; here in one process, in test_minis_of_two.py in two.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
from pathlib import Path

import pytest
import torch

from tests.contracts.minis import EXPORTED, MINIS, OWN, SETTINGS, Mini
from tests.contracts.minis.stopping import stopped_after
from wengu import export, load
from wengu.adviser import compare, runs_in
from wengu.core.checks import InputError
from wengu.project import diagnose_run, fit, open_test
from wengu.training.checkpoint import load_checkpoint, steps_kept

pytestmark = pytest.mark.usefixtures("registered")
each = pytest.mark.parametrize("mini", MINIS, ids=[mini.name for mini in MINIS])


def weights(run: Path, step: int) -> dict[str, torch.Tensor]:
    return load_checkpoint(run / "checkpoints", step)[0]


@each
def test_it_learns_and_is_judged_with_intervals(mini: Mini, tmp_path: Path) -> None:
    run = fit(mini.name, runs=tmp_path, **SETTINGS | {"epochs": 30, "lr": 0.03})
    first, last = run.run.history[0], run.run.history[-1]
    assert last["cost"] < 0.9 * first["cost"]
    assert run.card is not None
    rows = {row.set: row for row in run.ledger.rows}
    assert {"train", "dev"} <= rows.keys()
    for row in rows.values():
        assert row.low is not None and row.high is not None and row.low <= row.value <= row.high
    task = mini.prepare(mini.Settings())
    assert run.ledger.metric["name"] == task.metric.name and run.ledger.direction == task.metric.direction  # type: ignore[union-attr]


@each
def test_resumed_in_mid_epoch_it_has_the_very_same_weights(mini: Mini, trained: dict[str, Path], tmp_path: Path) -> None:
    whole = trained[mini.name]
    steps = steps_kept(whole / "checkpoints")[-1]
    at = steps // 3 + 1  # within the second epoch
    assert steps % 3 == 0 and at % (steps // 3), "an epoch of one step has no middle"

    with stopped_after(at):
        fit(mini.name, name=mini.name, runs=tmp_path, **SETTINGS)
    assert steps_kept(tmp_path / mini.name / "checkpoints")[-1] in (at, at - 1)
    again = fit(mini.name, name=mini.name, runs=tmp_path, resume=True, quiet=True)
    ours, theirs = weights(again.path, steps), weights(whole, steps)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


@each
def test_nothing_is_wrong_with_the_model_in_the_time_that_a_fit_takes(mini: Mini, trained: dict[str, Path]) -> None:
    checks = {one["name"]: one for one in json.loads((trained[mini.name] / "preflight.json").read_text())["checks"]}
    for name in ("start", "gradients", "signals", "one batch", "memory"):
        assert checks[name]["verdict"] == "ok" or "no time" in checks[name]["words"], checks[name]
        assert checks[name]["verdict"] != "failed", checks[name]


@each
def test_points_and_errors_are_spoken_of_where_errors_are_counted(mini: Mini, trained: dict[str, Path]) -> None:
    run = trained[mini.name]
    page = (run / "report.html").read_text(encoding="utf-8")
    told = " ".join(re.sub(r"<(style|script)>.*?</\1>|<section aria-labelledby=.(chosen|files).>.*?</section>|<[^>]*>", " ",
                           page, flags=re.S).split()) + str(diagnose_run(run)) + (run / "preflight.json").read_text()
    told = told.replace(mini.name, "")
    metric = mini.prepare(mini.Settings()).metric
    assert metric is not None and metric.name in told
    if metric.scale != "rate":
        assert not re.search(r".{30}\bpoints?\b.{30}", told)
    if "error" not in metric.name:
        assert not re.search(r".{30}\b(errors?|wrong)\b.{30}", told)


@each
def test_it_predicts_as_its_own_predictions_say(mini: Mini, trained: dict[str, Path], tmp_path: Path) -> None:
    run = trained[mini.name]
    card = open_test(run)
    assert "test" in {row.set for row in card.ledger.rows}
    written = [json.loads(line) for line in (run / "predictions" / "test.jsonl").read_text().splitlines()]
    said = load(run).predict(5).records()
    assert [row["id"] for row in said] == [row["id"] for row in written[:5]]
    for ours, theirs in zip(said, written, strict=False):
        assert ours["predicted"] == theirs["predicted"] or ours["predicted"] == pytest.approx(theirs["predicted"], rel=1e-5)


@each
def test_it_is_reported_listed_and_compared_in_its_own_unit(mini: Mini, trained: dict[str, Path], tmp_path: Path) -> None:
    run = trained[mini.name]
    report = (run / "report.html").read_text(encoding="utf-8")
    task = mini.prepare(mini.Settings())
    assert task.metric is not None and task.metric.name in report
    card = str(diagnose_run(run))
    assert ("%" in card) == (task.metric.scale == "rate"), card
    assert ("train is a sample of 20 of its 48" in card) == (task.judge_most is not None), card
    listed = {one.path.name: one for one in runs_in(run.parent).runs}[mini.name]
    assert listed.metric is not None and listed.metric["name"] == task.metric.name
    other = fit(mini.name, name=f"{mini.name}-slow", runs=run.parent, **SETTINGS | {"lr": 1e-5})
    told = compare([run, other.path])
    assert told.runs[1].same_task and told.runs[1].gain is not None and told.runs[1].paired
    assert told.runs[1].gain.low <= told.runs[1].gain.points <= told.runs[1].gain.high


@pytest.mark.parity
@pytest.mark.parametrize("name", EXPORTED)
def test_parity_it_is_exported(name: str, trained: dict[str, Path], tmp_path: Path) -> None:
    """Authority: onnxruntime, on batches of 1, 2 and 7 of dev."""
    done = export(trained[name], tmp_path / "model.onnx")
    assert tuple(f"{value.name} ({', '.join(map(str, value.shape))})" for value in (*done.inputs, *done.outputs)) == EXPORTED[name]
    assert done.checked_on == "dev" and done.difference <= 1e-5 * done.scale


def test_ragged_rows_are_not_exported(trained: dict[str, Path]) -> None:
    assert {mini.name for mini in MINIS} == {*EXPORTED, "mini-tags"}
    with pytest.raises(InputError, match="sentences: a list with an entry for each example has no ONNX form") as caught:
        export(trained["mini-tags"])
    assert "\n" not in str(caught.value) and not (trained["mini-tags"] / "model.onnx").exists()


def test_runs_of_two_tasks_are_never_compared(trained: dict[str, Path]) -> None:
    boxes, points = compare([trained["mini-boxes"], trained["mini-points"]]).runs
    assert boxes.same_task and not points.same_task and points.gain is None


# ---------------------------------------------------------------------------------------------- a trainer of its own


def test_a_trainer_of_its_own_ends_with_its_product(tmp_path: Path) -> None:
    made = fit(OWN.name, name="vectors", runs=tmp_path, quiet=True)
    assert made.card is None and made.product.vectors.shape == (6, 2)
    assert load(made.path).vectors.shape == (6, 2)
    listed, = runs_in(tmp_path).runs
    assert listed.metric is None and listed.state == "epochs"
    again = fit(OWN.name, name="again", runs=tmp_path, quiet=True)
    for refused in (lambda: diagnose_run(made.path), lambda: compare([made.path, again.path]), lambda: export(made.path)):
        with pytest.raises(InputError) as caught:
            refused()
        assert "\n" not in str(caught.value)


def test_every_miniature_is_at_most_forty_lines() -> None:
    """With all that it has for itself: its class, and what else of its file that needs."""
    for mini in (*MINIS, OWN):
        assert own_lines(type(mini)) <= 40, mini.name
    assert own_lines(Mini) <= 55  # what they share


def own_lines(kind: type) -> int:
    """The lines of a class and of the other classes and functions of its module that it needs."""
    there = {name: value for name, value in vars(sys.modules[kind.__module__]).items()
             if getattr(value, "__module__", "") == kind.__module__}
    needed, asked = {kind.__name__}, [kind.__name__]
    while asked:
        source = inspect.getsource(there[asked.pop()])
        found = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)} & there.keys() - needed
        needed |= found
        asked += found
    return sum(len(inspect.getsource(there[name]).splitlines()) for name in needed)


def test_what_a_miniature_needs_is_counted() -> None:
    masked = type(MINIS[-1])
    module = sys.modules[masked.__module__]
    assert own_lines(masked) == sum(len(inspect.getsource(part).splitlines()) for part in (masked, module.masked))
