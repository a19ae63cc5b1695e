"""Runs of format 1, written here by hand as they lie on people's disks, and never by the library that reads them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import wengu
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder

CONV = {"c1": nn.Conv2d(1, 6, 5, padding=2), "c3": nn.Conv2d(6, 16, 5)}
DENSE = {"c5": nn.Linear(400, 120), "f6": nn.Linear(120, 84), "output": nn.Linear(84, 3)}
PICTURES = {"classes": ["cat", "dog", "fox"], "channels": 1, "size": [28, 28], "keep_prob": 0.8}


def written(folder: Path, weights: dict[str, torch.Tensor], facts: dict[str, Any]) -> Path:
    at = folder / "checkpoints" / "10"
    at.mkdir(parents=True)
    save_file(weights, at / "model.safetensors")
    torch.save({"step": 10, "best": {"step": 10}}, at / "state.pt")
    sums = ((hashlib.sha256((at / name).read_bytes()).hexdigest(), name) for name in ("model.safetensors", "state.pt"))
    (at / "sha256").write_text("".join(f"{digest}  {name}\n" for digest, name in sums))
    (folder / "run.json").write_text(json.dumps({"format": 1, "seed": 0, **facts}))
    return folder


@pytest.mark.parametrize("spec", [PICTURES, {k: v for k, v in PICTURES.items() if k != "keep_prob"} | {"dropout": 0.2}])
def test_a_lenet5_of_format_1(tmp_path: Path, spec: dict[str, Any]) -> None:
    """Authority: the same weights in layers of torch.nn."""
    weights = {f"1.{name}.{key}": value for name, layer in (CONV | DENSE).items() for key, value in layer.state_dict().items()}
    weights |= {"0.mean": torch.tensor([70.0]), "0.std": torch.tensor([90.0])}
    run = written(tmp_path / "old", weights, {"recipe": "pictures", "network": "lenet5", "spec": spec})
    pictures = np.random.default_rng(0).integers(0, 256, (4, 28, 28), dtype=np.uint8)
    pool, flat = nn.MaxPool2d(2), nn.Flatten()
    theirs = nn.Sequential(CONV["c1"], nn.ReLU(), pool, CONV["c3"], nn.ReLU(), pool, flat, DENSE["c5"], nn.ReLU(),
                           DENSE["f6"], nn.ReLU(), DENSE["output"], nn.Softmax(1))  # fmt: skip
    loaded = wengu.load(run)
    expected = theirs((torch.from_numpy(pictures)[:, None].float() - 70) / 90).detach().double().numpy()
    np.testing.assert_allclose(loaded.predict(pictures).probabilities, expected, rtol=1e-4)
    assert loaded.model[1].dropout.p == pytest.approx(0.2) and not loaded.model.training


@pytest.mark.parametrize("more", [{"keep_prob": 0.5}, {}])
def test_a_logistic_regression_of_format_1(tmp_path: Path, more: dict[str, Any]) -> None:
    """Authority: σ(w x + b), by hand; the oldest runs say nothing of dropout."""
    pd = pytest.importorskip("pandas")
    schema = {"format": 1, "target": "y", "classes": ["no", "yes"], "columns": [{"name": "a", "kind": "number", "levels": []}]}
    weights = {"0.mean": torch.tensor([1.0], dtype=torch.float64), "0.std": torch.tensor([2.0], dtype=torch.float64),
               "1.score.weight": torch.tensor([[3.0]]), "1.score.bias": torch.tensor([-1.0])}
    spec = {"classes": ["no", "yes"], "features": 1, "schema": schema, **more}
    run = written(tmp_path / "old", weights, {"recipe": "table", "network": "logistic", "spec": spec})
    p = wengu.load(run).predict(pd.DataFrame({"a": [1.0, 3.0]})).probabilities[:, 1]
    np.testing.assert_allclose(p, 1 / (1 + np.exp(-np.array([-1.0, 2.0]))), rtol=1e-6)


def test_too_little_memory_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from wengu.recipes import pictures

    def starved(*_: Any, **__: Any) -> Any:
        raise MemoryError

    run = RunFolder.create(tmp_path / "r", recipe="pictures", network="lenet5", spec={"classes": ["a", "b"]})
    monkeypatch.setattr(pictures, "restore", starved)
    with pytest.raises(InputError, match=r"run.json: there is not enough memory for the network that spec asks for"):
        wengu.load(run.path)
