"""The format of a network is measured once on a machine; the same command then gives the same weights each time."""

from __future__ import annotations

from importlib import import_module
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import wengu
from wengu.running import prepare, remembered_format
from wengu.running.remembered_format import remembered
from wengu.training import ComputeFormat

BATCH = (torch.zeros(4, 1, 8, 8), torch.zeros(4, 2))
FOUND = ComputeFormat("fp32", "channels_last", 1.4)


def network(channels: int = 3) -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, channels, 3), nn.Flatten(), nn.Linear(36 * channels, 2))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(remembered_format, "folder", lambda: tmp_path / "cache" / "formats")
    return tmp_path / "cache"


def never() -> ComputeFormat:
    raise AssertionError("measured again")


def test_it_is_measured_once_for_a_network_a_batch_and_a_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert remembered(network(), BATCH, lambda: FOUND) == FOUND == remembered(network(), BATCH, never)
    for model, batch in ((network(4), BATCH), (network(), (torch.zeros(5, 1, 8, 8), torch.zeros(5, 2)))):
        with pytest.raises(AssertionError, match="measured again"):
            remembered(model, batch, never)
    assert remembered(network(), BATCH, lambda: FOUND, code={"net.py": b"flatten"}) == FOUND
    with pytest.raises(AssertionError, match="measured again"):  # the same layers, and a forward that may want another
        remembered(network(), BATCH, never, code={"net.py": b"view"})
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "SSE41")  # other kernels
    with pytest.raises(AssertionError, match="measured again"):
        remembered(network(), BATCH, never)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"precision": "fp8", "memory_format": "contiguous", "gain": null}',
                                     '{"precision": "fp32", "memory_format": "contiguous", "gain": "much"}'])
def test_what_is_damaged_is_measured_again(content: str) -> None:
    remembered(network(), BATCH, lambda: FOUND)
    (file,) = remembered_format.folder().iterdir()
    file.write_text(content)
    other = ComputeFormat("bf16", "contiguous", 2.0)
    assert remembered(network(), BATCH, lambda: other) == other == remembered(network(), BATCH, never)


def test_without_a_cache_it_is_measured_each_time(cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    assert remembered(network(), BATCH, lambda: FOUND) == FOUND
    with pytest.raises(AssertionError, match="measured again"):
        remembered(network(), BATCH, never)


def test_ten_times_the_same_command_gives_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the stopwatch would have decided each time."""
    draw = np.random.default_rng(0)
    for k in range(24):
        (tmp_path / "photos" / "ab"[k % 2]).mkdir(parents=True, exist_ok=True)
        pixels = draw.integers(0, 256, (28, 28), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "photos" / "ab"[k % 2] / f"{k}.png")
    forms = cycle([FOUND, ComputeFormat("fp32", "contiguous", 1.1)])
    monkeypatch.setattr(prepare, "fastest_format", lambda *_: next(forms))
    monkeypatch.setattr(import_module("wengu.project.fit"), "PREFLIGHT", 0.05)
    found = set()
    for k in range(10):
        run = wengu.fit("lenet5", data=tmp_path / "photos", epochs=1, runs=tmp_path / "runs", name=str(k), quiet=True)
        found.add((torch.cat([w.flatten() for w in run.run.model.parameters()]).detach().numpy().tobytes(),
                   run.run_folder.facts()["memory_format"]))
    assert {memory_format for _, memory_format in found} == {"channels_last"} and len(found) == 1
