"""Two real processes against one: the same costs and weights, in float64."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.two_processes import answers
from wengu.training import World, joined, launched
from wengu.training.launch import FailedError, launch

SCRIPT = Path(__file__).with_name("two_processes.py")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("two")
    launch(2, [str(SCRIPT), str(folder)], restarts=0)
    return dict(json.loads((folder / "answers.json").read_text()))


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return answers(tmp_path_factory.mktemp("one"))


def numbers(found: Any) -> torch.Tensor:
    if isinstance(found, dict):
        return torch.cat([numbers(value) for value in found.values()])
    if isinstance(found, list):
        return torch.cat([numbers(value) for value in found])
    return torch.tensor([found], dtype=torch.float64)


@pytest.mark.parametrize("what", ["ragged", "whole", "micro", "clipped", "labels", "tasks", "unfrozen", "resumed"])
def test_two_processes_give_what_one_gives(two: dict[str, Any], one: dict[str, Any], what: str) -> None:
    """50 steps and more in each."""
    ours, alone = numbers(two[what]), numbers(one[what])
    assert len(ours) == len(alone) > 0
    torch.testing.assert_close(ours, alone, rtol=0, atol=1e-6)


def test_training_went_somewhere(one: dict[str, Any]) -> None:
    for what in ("ragged", "whole", "micro", "unfrozen"):
        assert one[what]["costs"][-1] < 0.8 * one[what]["costs"][0], what


def test_resumed_is_bit_for_bit_what_was_never_stopped(two: dict[str, Any], one: dict[str, Any]) -> None:
    assert two["resumed"]["weights"] == two["ragged"]["weights"]
    assert one["resumed"]["weights"] == one["ragged"]["weights"]


def test_running_averages_end_as_the_same_in_both(two: dict[str, Any]) -> None:
    assert two["the same weights"] is True


def test_the_guilty_example_of_another_process_is_named(two: dict[str, Any], one: dict[str, Any]) -> None:
    assert two["spoilt"] == one["spoilt"]
    assert "these examples hold numbers that are not finite: e12;" in two["spoilt"]


def test_other_data_in_another_process(two: dict[str, Any]) -> None:
    assert two["other data"] == (
        "train: expected the same data and settings in every process, got different ones; give every machine the same files and "
        "the same command"
    )


def test_what_one_finds_or_refuses_is_told_to_all(two: dict[str, Any]) -> None:
    assert two["by first"] == [{"rank": 0}, *[["runs/one is there already and is not a run; give another --name"] * 2] * 2]


def test_every_example_is_in_one_part() -> None:
    index = torch.arange(10)
    parts = [World(rank, 3).shard(index) for rank in range(3)]
    assert sorted(torch.cat(parts).tolist()) == index.tolist()
    assert [len(World(rank, 3).shard(index[:2])) for rank in range(3)] == [1, 1, 0]


def test_alone_there_is_nothing_to_join() -> None:
    assert not launched()
    with joined() as world:
        assert world == World(0, 1)


def test_a_process_joins_as_often_as_it_trains(tmp_path: Path) -> None:
    """As a script does that trains one model after the other; whoever leaves early joins again early."""
    code = ("import time; from wengu.training import joined; from wengu.core.exit import leave\n"
            "for k in range(4):\n"
            "    with joined() as world:\n"
            "        assert world.all_gather((k, world.rank)) == [(k, 0), (k, 1)]\n"
            "        time.sleep((k + world.rank) % 2 / 2)\n"
            f"open({str(tmp_path)!r} + f'/{{world.rank}}', 'w').close(); leave(0)")
    launch(2, ["-c", code], restarts=0)
    assert {path.name for path in tmp_path.iterdir()} == {"0", "1"}


def test_processes_that_die_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, own = signal.getsignal(signal.SIGINT), tmp_path / "tmp"
    own.mkdir()
    monkeypatch.setenv("TMPDIR", str(own))
    monkeypatch.setattr(tempfile, "tempdir", None)  # so that it is asked for again, and no other process's litter is seen
    with pytest.raises(FailedError):
        launch(1, ["-c", f"open({str(tmp_path / 'starts')!r}, 'a').write('.'); raise SystemExit(3)"])
    assert (tmp_path / "starts").read_text() == "...."  # once, and three times more
    assert signal.getsignal(signal.SIGINT) is before
    assert tempfile.gettempdir() == str(own) and not list(own.glob("torchelastic_*"))
    assert "TORCH_DISABLE_SHARE_RDZV_TCP_STORE" not in os.environ
