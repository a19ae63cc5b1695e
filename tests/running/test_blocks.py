"""Answers a block at a time: those of the whole, in memory that does not grow with how many are asked for."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.utils.data import TensorDataset

from tests.recipes.test_odd_pictures import made
from wengu.cli.main import run
from wengu.core.checks import InputError
from wengu.recipes.task import NewInputs, Restored
from wengu.running.load import LoadedModel

BAD = (3, 40, 299)  # places of files that are no pictures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for i in range(300):
        path = tmp_path / "new" / f"{i:03d}.png"
        path.parent.mkdir(exist_ok=True)
        if i in BAD:
            path.write_bytes(b"no picture")
        else:
            Image.fromarray(rng.integers(0, 256, (12, 12), dtype=np.uint8)).save(path)
    return tmp_path / "new"


def test_blocks_are_the_whole_in_parts(folder: Path) -> None:
    loaded = made("lenet5", 1, 12)
    whole, blocks = loaded.predict(folder), list(loaded.blocks(folder, size=1))
    assert len(blocks) > 1 and len(whole.ids) == 297
    assert sum((block.ids for block in blocks), ()) == whole.ids
    assert sum((block.predicted for block in blocks), ()) == whole.predicted
    assert np.array_equal(np.concatenate([block.probabilities for block in blocks]), whole.probabilities)
    assert [block.notes for block in blocks[:-1]] == [()] * (len(blocks) - 1)
    assert blocks[-1].notes == whole.notes and len(whole.notes) == len(BAD)


def test_where_none_can_be_read_the_end_says_so(tmp_path: Path) -> None:
    for i in range(300):
        (tmp_path / f"{i}.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match="found none that can be read"):
        list(made("lenet5", 1, 12).blocks(tmp_path, size=1))


def test_memory_is_that_of_a_block() -> None:
    """Of 1,000 classes 4,096 answers are 33 MB in double precision alone."""
    m, classes = 4096, 1000

    def answer(model: nn.Module, batch: Any, outputs: torch.Tensor) -> dict[str, torch.Tensor]:
        n = len(outputs)
        return {"predicted": torch.zeros(n, dtype=torch.long), "p": torch.full((n, classes), 1 / classes)}

    one = torch.zeros(1, 1).expand(m, 1)
    new = NewInputs(tuple(map(str, range(m))), TensorDataset(one, one))
    names = tuple(map(str, range(classes)))
    loaded = LoadedModel(None, Restored(nn.Linear(1, 1), lambda inputs: new, answer, names, torch.zeros(1, 1)))
    peaks = {}
    for size in (256, None):
        tracemalloc.start()
        n = sum(len(block.ids) for block in loaded.blocks(None, precision="fp32", size=size))
        peaks[size] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert n == m
    assert peaks[256] < 10e6 and peaks[None] > 33e6  # the second: what is measured is what is meant


@pytest.mark.parametrize("as_json", [False, True])
def test_the_command_prints_them_all_in_order(
    as_json: bool, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded = made("lenet5", 1, 12)
    monkeypatch.setattr("wengu.running.load", lambda *_, **__: loaded)
    monkeypatch.setattr("wengu.cli.predict.AT_ONCE", 1)
    assert run(["predict", "any", str(folder), *["--json"] * as_json]) == 0
    out, err = capsys.readouterr()
    whole = loaded.predict(folder)
    ids = [json.loads(line)["id"] if as_json else line.split("\t")[0] for line in out.splitlines()]
    assert tuple(ids) == whole.ids
    assert all(f"{i:03d}.png skipped" in err for i in BAD)
