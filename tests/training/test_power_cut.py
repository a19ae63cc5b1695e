"""Whatever a power cut or a failing disk leaves of a run goes on to the very digits, or is refused before anything changes.

A sample of what `python -m tests.training.cut_runs` tries.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tests.training.cut_runs import References, hashes, held, in_the_middle, recorded, trained, with_fault
from tests.training.failing_disk import KINDS
from tests.training.power_cut import images, laid_out
from tests.training.recording_disk import RecordingDisk
from wengu.core import disk
from wengu.core.checks import InputError
from wengu.core.files import sha256
from wengu.core.json_lines import append_json_line
from wengu.core.run_folder import RunFolder
from wengu.training import checkpoint
from wengu.training.checkpoint import forget_checkpoints, load_checkpoint, save_checkpoint, steps_kept
from wengu.training.foundation import Foundation

Cut = tuple[RecordingDisk, References]
pytestmark = pytest.mark.filterwarnings("ignore:α set to", "ignore:checkpoint")


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Cut:
    return recorded(tmp_path_factory.mktemp("cut"))


def test_what_a_power_cut_leaves_goes_on_to_the_very_digits(cut: Cut, tmp_path: Path) -> None:
    """Images at all stages of the run: the first few are of when there was no run yet, which alone may be refused."""
    every = list(images(cut[0], every_byte=False))
    found = [held(tree, tmp_path / "image", cut[1]) for _, tree in every[::len(every) // 50]]
    assert set(found) == {"resumed", "refused"} and found.index("resumed") < 10


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_that_fails_is_one_line_and_loses_nothing(cut: Cut, tmp_path: Path, kind: str) -> None:
    for begun in (None, in_the_middle(cut[0])):
        for number in range(1, 1000, 11):
            if not with_fault(kind, number, tmp_path / "r", cut[1], begun=begun):
                break
        assert number > 1


def test_the_harness_sees_a_checkpoint_that_comes_before_its_metrics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it was once: nothing put metrics.jsonl onto the disk, and nothing looked."""
    monkeypatch.setattr(Foundation, "sync", lambda self: None)
    monkeypatch.setattr(checkpoint, "check_foundation", lambda run, state: None)
    recorder, references = recorded(tmp_path)
    last = [tree for k, tree in images(recorder, every_byte=False) if k == len(recorder.log) or k > 0.9 * len(recorder.log)]
    wrong = 0
    for tree in last[:40]:
        try:
            held(tree, tmp_path / "image", references)
        except AssertionError:
            wrong += 1
    assert wrong


@pytest.fixture
def run(cut: Cut, tmp_path: Path) -> RunFolder:
    """A run that has ended, with checkpoints of steps 4 and 5 beside the last."""
    *_, (_, tree) = images(cut[0], every_byte=False)
    laid_out(tree, tmp_path / "whole")
    return RunFolder.open(tmp_path / "whole" / "runs" / "r")


def test_a_checkpoint_says_how_long_what_it_rests_on_was(run: RunFolder) -> None:
    step = steps_kept(run.path / "checkpoints")[-1]
    files = load_checkpoint(run.path / "checkpoints", step)[1]["files"]
    assert files["control.jsonl"] == [(run.path / "control.jsonl").stat().st_size, sha256(run.path / "control.jsonl")]
    assert files["metrics.jsonl"] == [(run.path / "metrics.jsonl").stat().st_size, sha256(run.path / "metrics.jsonl")]
    assert files["split.csv"] == [(run.path / "split.csv").stat().st_size, sha256(run.path / "split.csv")]


def test_lines_that_the_last_checkpoint_rests_on_are_made_again_from_the_one_before(run: RunFolder, cut: Cut) -> None:
    """The last epoch's line is lost; the checkpoint before does not rest on it."""
    whole = (run.path / "metrics.jsonl").read_bytes()
    (run.path / "metrics.jsonl").write_bytes(whole[:-9])
    with run, pytest.warns(UserWarning, match=r"checkpoint 6: .*metrics\.jsonl, on which it rests, is shorter than it was.*step 5 is used"):
        assert trained(run, resume=True) == cut[1][4]
    assert steps_kept(run.path / "checkpoints")[-1] == 6


@pytest.mark.parametrize("file", ["metrics.jsonl", "control.jsonl", "split.csv"])
@pytest.mark.parametrize("harm", ["gone", "cut", "zero", "a flipped bit"])
def test_where_no_checkpoint_rests_on_what_is_left_it_is_refused(run: RunFolder, file: str, harm: str) -> None:
    content = bytearray((run.path / file).read_bytes())
    content[2] ^= 1
    harmed = {"cut": content[:1], "zero": bytes(len(content)), "a flipped bit": content}
    (run.path / file).unlink() if harm == "gone" else (run.path / file).write_bytes(harmed[harm])
    before = hashes(run.path)
    with pytest.raises(InputError, match=rf"no checkpoint that can be read: checkpoint 6: .*{file}, on which it rests") as refused, run:
        trained(run, resume=True)
    assert "\n" not in str(refused.value) and hashes(run.path) == before


def test_checkpoints_of_before_say_nothing_of_files_and_go_on(run: RunFolder, cut: Cut) -> None:
    folder = run.path / "checkpoints"
    for step in steps_kept(folder):
        weights, state = load_checkpoint(folder, step)
        save_checkpoint(folder, step, weights, {name: value for name, value in state.items() if name != "files"})
    with run:
        assert trained(run, resume=True) == cut[1][4]
    with (run.path / "metrics.jsonl").open("r+b") as file:
        file.truncate(3)
    with pytest.raises(InputError, match="is shorter than it was"):
        trained(run, resume=True)


def test_what_is_forgotten_has_no_name_before_its_first_file_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for step in (1, 2, 3):
        save_checkpoint(tmp_path, step, {"w": torch.ones(1)}, {"step": step})
    real, gone = disk.remove, []

    def remove(path: Path) -> None:
        gone.append(path.parent.name)
        assert steps_kept(tmp_path) == [2, 3]
        real(path)

    monkeypatch.setattr(disk, "remove", remove)
    forget_checkpoints(tmp_path, keep=set())
    assert len(gone) == 3 and all(name.startswith(".part-1-") for name in gone)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2", "3"]


@pytest.mark.parametrize("half", [b'{"set": {"l', b"\0" * 9, b"x" * 10_000])
def test_half_a_line_does_not_take_the_next_one_along(tmp_path: Path, half: bytes) -> None:
    file = tmp_path / "control.jsonl"
    for whole in (b"", b'{"set": {"lr": 0.1}}\n'):
        file.write_bytes(whole + half)
        append_json_line(file, {"taken": 0})
        assert file.read_bytes() == whole + json.dumps({"taken": 0}).encode() + b"\n"
