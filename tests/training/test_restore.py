"""A run that goes on elsewhere: what is said of the processor."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
import torch
from torch import nn

from wengu.core import machine
from wengu.core.run_folder import RunFolder
from wengu.training import fit, restore

X = torch.linspace(-1, 1, 64)[:, None]


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """One epoch, on this machine."""
    made = RunFolder.create(tmp_path / "r")
    line(made, epochs=1)
    return made


def line(run: RunFolder, *, epochs: int) -> None:
    fit(nn.Linear(1, 1), (X, 3 * X), (X, 3 * X), loss_fn=nn.functional.mse_loss, run=run, epochs=epochs, resume=epochs > 1)


def told(run: RunFolder, *, epochs: int) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        line(run, epochs=epochs)
    return [str(one.message) for one in caught]


def test_another_processor_is_told_of_there_and_on_the_way_back(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(run, epochs=2) == []
    here = f"{machine.processor()} ({torch.backends.cpu.get_cpu_capability()})"
    kept = run.read_json("environment.json")
    assert here == f"{kept['processor']} ({kept['kernels']})" and "resumed_on" not in kept

    with monkeypatch.context() as there:
        there.setattr(restore, "processor", lambda: "Another 9000")
        there.setattr(restore, "kernels", lambda: "AVX2")
        assert told(run, epochs=3) == [
            f"the run has been trained on {here}, and this is Another 9000 (AVX2): from now on its last digits may differ from those of "
            "a run that stayed on one processor"
        ]
    (back,) = told(run, epochs=4)
    assert f"trained on Another 9000 (AVX2), and this is {here}:" in back
    assert run.read_json("environment.json") == kept | {"resumed_on": sorted(["Another 9000 (AVX2)", here])}


@pytest.mark.parametrize("kept", [None, "{", {"processor": "x86_64"}, {"processor": "x86_64", "kernels": ""}])
def test_what_is_not_known_is_not_told(run: RunFolder, kept: object) -> None:
    """As of runs that were made before it was kept."""
    file = run.path / "environment.json"
    file.unlink()
    if isinstance(kept, dict):
        run.write_json("environment.json", kept)
    elif kept:
        file.write_text(str(kept))
    assert told(run, epochs=2) == []
