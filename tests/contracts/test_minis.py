"""The contract of tasks: eight miniatures of the kinds that the house must carry go through all that a run goes through.

Each trains, resumes in mid-epoch bit for bit, predicts, exports or refuses, is judged with intervals, reported and
compared; in one process and in two.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.contracts.minis import MINIS, OWN, Mini
from wengu import export, load
from wengu.adviser import compare, runs_in
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.project import diagnose_run, fit, open_test
from wengu.recipes import register, registry
from wengu.training.checkpoint import load_checkpoint, steps_kept
from wengu.training.launch import launch

SETTINGS: dict[str, Any] = {"epochs": 3, "batch_size": 12, "patience": 99, "precision": "fp32", "quiet": True}


@pytest.fixture(autouse=True, scope="module")
def registered() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "_registered", {})
        for mini in (*MINIS, OWN):
            register(mini.name, mini)
        patch.setattr(sys.modules["wengu.project.fit"], "PREFLIGHT", 0.1)  # seconds: there are many runs
        yield


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run of each, made once."""
    folder = tmp_path_factory.mktemp("runs")
    return {mini.name: fit(mini.name, name=mini.name, runs=folder, **SETTINGS).path for mini in MINIS}


pytestmark = pytest.mark.timeout(400)  # seven trainings by two processes are one set-up
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

    class Stops(Exception):
        pass

    module = sys.modules["wengu.running.train"]
    real, done = module.train, [0]

    def stopping(model: Any, *args: Any, order: Any, augment: Any, **given: Any) -> Any:
        def counted(batch: Any) -> Any:
            done[0] += 1
            if done[0] == at + 1:
                raise Stops
            return batch if augment is None else augment(batch)

        return real(model, *args, order=order, augment=counted, **given, save_every=0.0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "train", stopping)
        patch.setattr("wengu.running.prepare.Prepared.checked", lambda *_, **__: _Nothing())
        with pytest.raises(Stops):
            fit(mini.name, name=mini.name, runs=tmp_path, **SETTINGS)
    assert steps_kept(tmp_path / mini.name / "checkpoints")[-1] in (at, at - 1)
    again = fit(mini.name, name=mini.name, runs=tmp_path, resume=True, quiet=True)
    ours, theirs = weights(again.path, steps), weights(whole, steps)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


class _Nothing:
    """A pre-flight that was not made."""

    not_ok: tuple[()] = ()

    def to_dict(self) -> dict[str, Any]:
        return {"checks": [], "seconds": 0.0}


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


EXPORTED = {
    "mini-boxes": ("input (batch, 1, 8, 8)", "output (batch, 1, 4, 4)"),
    "mini-points": ("input (batch, 1, 6, 6)", "output (batch, 2)"),
    "mini-pairs": ("input (batch, 4)", "output (batch, 3)"),
    "mini-language": ("ids (batch, 6)", "output (batch, 6, 5)"),
    "mini-translate": ("source (batch, 4)", "target_in (batch, 4)", "output (batch, 4, 5)"),
    "mini-masked": ("input (batch, 6)", "output (batch, 6, 5)"),
}


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


@pytest.fixture(scope="module")
def of_two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of each, made by two processes."""
    folder = tmp_path_factory.mktemp("of-two")
    launch(2, ["-m", "tests.contracts.two_minis", str(folder)], restarts=0)
    return folder


@each
def test_two_processes_train_as_one(mini: Mini, trained: dict[str, Path], of_two: Path) -> None:
    """To the last digits of a sum, in float32."""
    alone, together = (RunFolder.open(path) for path in (trained[mini.name], of_two / mini.name))
    for ours, theirs in zip(together.metrics(), alone.metrics(), strict=True):
        if mini.name != "mini-masked" and mini.name != "mini-boxes":  # what is drawn is each process's own there
            assert ours["cost"] == pytest.approx(theirs["cost"], rel=1e-4)
            assert ours["dev_cost"] == pytest.approx(theirs["dev_cost"], rel=1e-3)
    assert [row["id"] for row in map(json.loads, (together.path / "predictions" / "dev.jsonl").open())] == [
        row["id"] for row in map(json.loads, (alone.path / "predictions" / "dev.jsonl").open())]


# ---------------------------------------------------------------------------------------------- a trainer of its own


def test_a_trainer_of_its_own_ends_with_its_product(tmp_path: Path) -> None:
    made = fit(OWN.name, name="vectors", runs=tmp_path, quiet=True)
    assert made.card is None and made.product.vectors.shape == (6, 2)
    assert load(made.path).vectors.shape == (6, 2)
    listed, = runs_in(tmp_path).runs
    assert listed.metric is None and listed.state == "epochs"
    again = fit(OWN.name, name="again", runs=tmp_path, quiet=True)
    for refused in (lambda: diagnose_run(made.path), lambda: compare([made.path, again.path]), lambda: export(made.path),
                    lambda: fit(OWN.name, runs=tmp_path, quiet=True, processes=2)):
        with pytest.raises(InputError) as caught:
            refused()
        assert "\n" not in str(caught.value)


def test_every_miniature_is_at_most_forty_lines() -> None:
    import inspect

    helpers = {"mini-tags": "Tagger", "mini-language": "Writer", "mini-translate": "Translator", "mini-masked": "masked"}
    for mini in (*MINIS, OWN):
        module = sys.modules[type(mini).__module__]
        more = inspect.getsource(getattr(module, helpers[mini.name])) if mini.name in helpers else ""
        assert len((inspect.getsource(type(mini)) + more).splitlines()) <= 40, mini.name
