"""The contract of tasks in two processes: what they make is what one makes.

Of every miniature: resumed in mid-epoch to the same weights, its answers beside the right examples, judged, reported,
compared and exported, or refused. What one process and two make is the same to the last digits of a sum in float32, but
for boxes and masked tokens: what is drawn at each step (a flip of the mini-batch, which letters are hidden) is drawn by
each process for its own part. Without these draws they are compared, too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.contracts.minis import EXPORTED, MINIS, STILL, Mini
from wengu import export, load
from wengu.adviser import compare
from wengu.core.batches import call, read
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.project import diagnose_run, open_test
from wengu.recipes.task import to_plain
from wengu.running.predictions import Predicted, read_set
from wengu.training.checkpoint import load_checkpoint
from wengu.training.launch import launch

pytestmark = [pytest.mark.usefixtures("registered"), pytest.mark.processes]
ALL = (*MINIS, *STILL)
DRAWN = ("mini-boxes", "mini-masked")
each = pytest.mark.parametrize("mini", ALL, ids=[mini.name for mini in ALL])
equal = pytest.mark.parametrize("name", [mini.name for mini in ALL if mini.name not in DRAWN])


@pytest.fixture(scope="module")
def of_two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of each made by two processes, one of them killed and resumed, in one start."""
    folder = tmp_path_factory.mktemp("of-two")
    launch(2, ["-m", "tests.contracts.two_minis", str(folder)], restarts=0)
    return folder


def told(folder: Path, name: str) -> Any:
    return json.loads((folder / "told.json").read_text())[name]


def predicted(run: Path, part: str) -> Predicted:
    found = read_set(RunFolder.open(run), part)
    assert found is not None
    return found


def near(value: Any) -> Any:
    """Numbers to four digits, all else as it is."""
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-3, abs=1e-4)
    return [near(one) for one in value] if isinstance(value, list | tuple) else value


@each
def test_killed_in_mid_epoch_and_resumed_two_have_the_very_same_weights(mini: Mini, of_two: Path) -> None:
    whole, again = (RunFolder.open(of_two / name) for name in (mini.name, f"{mini.name}-again"))
    steps = whole.metrics()[-1]["step"]
    assert told(of_two, mini.name) % (steps // 3) and told(of_two, mini.name) < steps
    ours, theirs = (load_checkpoint(run.path / "checkpoints", steps)[0] for run in (again, whole))
    assert ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert [row | {"seconds": 0} for row in again.metrics()] == [row | {"seconds": 0} for row in whole.metrics()]
    for part in ("train", "dev"):
        assert predicted(again.path, part) == predicted(whole.path, part)


@each
@pytest.mark.parametrize("part", ["train", "dev"])
def test_the_answer_of_each_example_stands_beside_it(mini: Mini, part: str, of_two: Path) -> None:
    """Asked one example at a time, the network that was kept answers as the file says."""
    task = mini.prepare(mini.Settings())
    split, file, model = task.sets[part], predicted(of_two / mini.name, part), load(of_two / mini.name).model.eval()
    assert part == "train" or file.ids == split.ids
    assert len({*map(str, file.predicted)}) > 1, "where all answers are alike each stands beside any example"
    assert len({*file.ids}) == len(file.ids) == (20 if part == "dev" or task.judge_most else len(split))
    for name, truth, answer in zip(file.ids, file.truth, file.predicted, strict=True):
        i = split.ids.index(name)
        batch = read(split.examples, torch.tensor([i]))
        with torch.no_grad():
            own = to_plain(task.predict(model, batch, call(model, batch[0]))[0])  # type: ignore[index]
        assert truth == to_plain(split.truth[i]) and answer == near(own), name


@equal
def test_two_processes_train_as_one(name: str, trained: dict[str, Path], of_two: Path) -> None:
    for ours, theirs in zip(RunFolder(of_two / name).metrics(), RunFolder(trained[name]).metrics(), strict=True):
        assert ours["cost"] == pytest.approx(theirs["cost"], rel=1e-4)
        assert ours["dev_cost"] == pytest.approx(theirs["dev_cost"], rel=1e-3)


@equal
@pytest.mark.parametrize("part", ["train", "dev"])
def test_two_processes_answer_as_one(name: str, part: str, trained: dict[str, Path], of_two: Path) -> None:
    ours, theirs = predicted(of_two / name, part), predicted(trained[name], part)
    assert (ours.ids, ours.truth) == (theirs.ids, theirs.truth)
    assert list(ours.predicted) == near(list(theirs.predicted))


@each
def test_what_two_made_is_judged_reported_and_compared_with_what_one_made(
    mini: Mini, trained: dict[str, Path], of_two: Path
) -> None:
    together, alone = of_two / mini.name, trained[mini.name]
    metric = mini.prepare(mini.Settings()).metric
    assert metric is not None and metric.name in (together / "report.html").read_text(encoding="utf-8")
    judged = diagnose_run(together).ledger
    assert judged.metric["name"] == metric.name and {"train", "dev"} <= {row.set for row in judged.rows}
    found = compare([alone, together]).runs[1]
    assert found.same_task and found.paired and found.gain is not None
    assert found.gain.low <= found.gain.points <= found.gain.high
    if mini.name not in DRAWN:
        assert abs(found.gain.points) < metric.worth / 100
        for ours, theirs in zip(judged.rows, diagnose_run(alone).ledger.rows, strict=False):
            assert (ours.set, ours.n) == (theirs.set, theirs.n) and ours.value == near(theirs.value)


@each
def test_what_two_made_predicts_new_inputs(mini: Mini, of_two: Path) -> None:
    run = of_two / mini.name
    assert "test" in {row.set for row in open_test(run).ledger.rows}
    written, said = predicted(run, "test"), load(run).predict(5).records()
    assert [row["id"] for row in said] == list(written.ids[:5])
    assert [row["predicted"] for row in said] == near(list(written.predicted[:5]))


@pytest.mark.parity
@pytest.mark.parametrize("name", EXPORTED)
def test_parity_what_two_made_is_exported(name: str, of_two: Path, tmp_path: Path) -> None:
    """Authority: onnxruntime, on batches of 1, 2 and 7 of dev."""
    done = export(of_two / name, tmp_path / "model.onnx")
    assert tuple(f"{value.name} ({', '.join(map(str, value.shape))})" for value in (*done.inputs, *done.outputs)) == EXPORTED[name]
    assert done.checked_on == "dev" and done.difference <= 1e-5 * done.scale


def test_ragged_rows_of_two_are_not_exported(of_two: Path) -> None:
    with pytest.raises(InputError, match="sentences: a list with an entry for each example has no ONNX form"):
        export(of_two / "mini-tags")


def test_what_is_not_trained_by_gradient_steps_is_refused_by_both(of_two: Path) -> None:
    message = "processes: mini-vectors is not trained by gradient steps, which processes could share; leave it out"
    assert told(of_two, "mini-vectors") == [message, message]
