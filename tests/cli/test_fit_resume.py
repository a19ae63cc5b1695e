"""`wengu fit --resume`: after a kill or Ctrl-C, with what was damaged or changed since, and which run is meant."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.cli.conftest import Wengu, picture_folder
from tests.waiting import bounded, until
from wengu import load
from wengu.core.run_folder import RunFolder
from wengu.optimization import schedule
from wengu.training import load_checkpoint
from wengu.training.checkpoint import steps_kept


def test_resume_goes_on_where_kill_9_stopped_it(wengu: Wengu, photos: Path) -> None:
    command = [sys.executable, "-m", "wengu", "fit", "lenet5", "--data", str(photos), "--epochs", "1000000", "--patience",
               "1000000", "--name", "killed"]
    child = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.DEVNULL, preexec_fn=bounded)
    run = Path("runs/killed")
    until(lambda: len(RunFolder(run).metrics()) > 2, by=child)
    child.kill()
    child.wait()
    assert not (run / "report.html").exists()
    before = len(RunFolder.open(run).metrics())
    judged = wengu("diagnose", run)
    assert judged.code == 2 and "has not ended; continue it: wengu fit lenet5 --name killed --resume" in judged.err
    newest = steps_kept(run / "checkpoints")[-1]
    history = [row for row in RunFolder.open(run).metrics() if row["step"] <= newest]
    best = min(history, key=lambda row: row["dev_cost"])["step"]
    weights, loaded = load_checkpoint(run / "checkpoints", best)[0], load(run).model.state_dict()
    assert all(torch.equal(weights[name], loaded[name]) for name in weights)
    said = wengu("fit", "lenet5", "--resume", "--name", "killed", "--epochs", before + 2)
    assert said.code == 0, said.err
    epochs = [row["epoch"] for row in RunFolder.open(run).metrics()]
    assert epochs == list(range(1, before + 3))
    assert (run / "report.html").exists() and not list(run.rglob(".part-*"))


def test_ctrl_c_leaves_a_usable_run_with_its_card(wengu: Wengu, photos: Path) -> None:
    command = [sys.executable, "-m", "wengu", "fit", "lenet5", "--data", str(photos), "--epochs", "1000000", "--patience",
               "1000000"]
    child = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, text=True,
                             preexec_fn=bounded)
    until(lambda: len(RunFolder(Path("runs/lenet5-photos")).metrics()) > 1, by=child)
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "train " in out and "1 Continue this run" in out and "wengu fit lenet5 --name lenet5-photos --resume" in out
    assert "Train longer" not in out
    assert wengu("predict", "runs/lenet5-photos", next((photos / "bag").iterdir())).code == 0


def test_a_run_of_a_newer_wengu_is_not_touched(wengu: Wengu, photos: Path) -> None:
    wengu("fit", "lenet5", "--data", photos, "--epochs", 1)
    run = RunFolder.open("runs/lenet5-photos")
    run.note(format=3)
    assert "no run of lenet5" in wengu("fit", "lenet5", "--resume").err  # it is not the one that is meant
    for words in (("fit", "lenet5", "--resume", "--name", run.path.name), ("predict", run.path, photos), ("diagnose", run.path)):
        said = wengu(*words)
        assert said.code == 2 and "reads formats up to 2" in said.err


def test_a_run_begun_with_the_decay_beneath_its_warm_up_keeps_it(wengu: Wengu, photos: Path) -> None:
    """Runs of before do not say `decay_after_warm_up`; α of their later epochs is what it would have been."""
    wengu("fit", "lenet5", "--data", photos, "--epochs", 2, "--warm-up", 1, "--lr", 0.001, "--name", "new")
    run = RunFolder.open("runs/new")
    assert run.facts()["decay_after_warm_up"] is True
    facts = dict(run.facts())
    del facts["decay_after_warm_up"]
    run.write_json("run.json", facts)
    assert wengu("fit", "lenet5", "--resume", "--name", "new", "--epochs", 4).code == 0
    rows = run.metrics()
    steps = rows[0]["step"]
    for row, after in ((rows[0], True), (rows[3], False)):
        rule = schedule("cosine", warm_up_epochs=1, beneath=not after)
        total = steps * (2 if after else 4)
        assert row["lr"] == pytest.approx(0.001 * rule(row["step"] - 1, steps, total))


def test_a_damaged_checkpoint_is_passed_over_and_said(wengu: Wengu, photos: Path) -> None:
    wengu("fit", "lenet5", "--data", photos, "--epochs", 3)
    run = Path("runs/lenet5-photos")
    newest = max(int(p.name) for p in (run / "checkpoints").iterdir())
    file = run / "checkpoints" / str(newest) / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"\xff\x00")
    said = wengu("fit", "lenet5", "--resume")
    assert said.code == 0, said.err
    assert f"checkpoints/{newest}/model.safetensors is damaged" in said.out and "is used instead" in said.out


def test_changed_data_is_noticed_on_resume(wengu: Wengu) -> None:
    folder = picture_folder({"a": 20, "b": 20})
    wengu("fit", "lenet5", "--data", folder, "--epochs", 1)
    (folder / "a" / "3.png").unlink()
    said = wengu("fit", "lenet5", "--resume")
    assert said.code == 2 and "the data has changed" in said.err


def test_resume_keeps_its_own_settings(wengu: Wengu, photos: Path) -> None:
    wengu("fit", "lenet5", "--data", photos, "--epochs", 2, "--lr", 0.002)
    before = Path("runs/lenet5-photos/config.toml").read_text()
    for words, message in [
        (("--lr", 0.1), "lr: the run has 0.002"),
        (("--threads", 2), "threads: the run has 1"),
        (("--epochs", 1), "epochs: expected more than the 2 that the run has done"),
    ]:
        said = wengu("fit", "lenet5", "--resume", *words)
        assert said.code == 2 and message in said.err
    assert Path("runs/lenet5-photos/config.toml").read_text() == before


def test_a_run_that_diverged_is_not_gone_on_with(wengu: Wengu, photos: Path) -> None:
    wengu("fit", "lenet5", "--data", photos, "--epochs", 1, "--name", "good")
    said = wengu("fit", "lenet5", "--data", photos, "--epochs", 3, "--lr", 1e30, "--name", "bad")
    assert said.code == 2 and "a smaller --lr than 1e+30" in said.err
    assert "runs/good " in wengu("fit", "lenet5", "--resume", "--epochs", 2).out
    again = wengu("fit", "lenet5", "--resume", "--name", "bad")
    assert again.code == 2 and "diverged, and would again" in again.err


def test_a_refused_resume_loses_nothing(wengu: Wengu, photos: Path) -> None:
    wengu("fit", "lenet5", "--data", photos, "--epochs", 2, "--name", "r")
    run = Path("runs/r")
    files = ("report.html", "ledger.json", "config.toml", "predictions/train.csv", "predictions/dev.csv", "metrics.jsonl")
    before = {name: (run / name).read_bytes() for name in files}

    def refused(*words: object) -> str:
        said = wengu("fit", "lenet5", "--resume", "--name", "r", *words)
        assert said.code == 2 and said.err.count("\n") == 1, said.err
        assert {name: (run / name).read_bytes() for name in files} == before
        return said.err

    assert "epochs: expected more than the 2" in refused("--epochs", 1)
    (run / "control.jsonl").write_text("garbage\n")
    assert "control.jsonl:1 cannot be read" in refused("--epochs", 3)
    (run / "control.jsonl").write_text('{"taken": 3, "step": 1}\n')
    assert "a stamp for each change" in refused("--epochs", 3)
    (run / "control.jsonl").unlink()
    for state in run.glob("checkpoints/*/state.pt"):
        state.write_bytes(b"")
    assert "holds no checkpoint that can be read" in refused("--epochs", 3)


def test_what_others_wrote_to_control_that_means_nothing_changes_nothing(wengu: Wengu, photos: Path) -> None:
    wengu("fit", "lenet5", "--data", photos, "--epochs", 1, "--name", "r")
    Path("runs/r/control.jsonl").write_text('{"set": 3}\n{"set": {"lr": "x"}}\n{"set": {"lr": 1e-9}}\n')
    said = wengu("fit", "lenet5", "--resume", "--epochs", 2, "--decay", "cosine")
    assert said.code == 0 and "α set to 1e-09" in said.out, said.err


@pytest.mark.parametrize("content", [b"\xff\xfe", b"{", b'{"format": "x"}', b"[]"])
def test_a_neighbour_that_cannot_be_read_is_passed_over(wengu: Wengu, photos: Path, content: bytes) -> None:
    wengu("fit", "lenet5", "--data", photos, "--epochs", 1, "--name", "good")
    Path("runs/bad").mkdir()
    Path("runs/bad/run.json").write_bytes(content)
    assert "runs/good " in wengu("fit", "lenet5", "--resume", "--epochs", 2).out
    said = wengu("diagnose", "runs/bad")
    assert said.code == 2 and said.err.count("\n") == 1


def test_folders_that_were_removed_are_made_again(wengu: Wengu, photos: Path) -> None:
    import shutil

    wengu("fit", "lenet5", "--data", photos, "--epochs", 1, "--name", "r")
    shutil.rmtree("runs/r/predictions")
    assert wengu("fit", "lenet5", "--resume", "--name", "r").code == 0
    assert wengu("diagnose", "runs/r").code == 0
