"""SqueezeNet and VGG-16 as packages carry them: pictures named, and training begun, with weights in those files' layouts."""

from __future__ import annotations

import importlib
import json
import pickle
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import avg_pool2d, conv2d, max_pool2d

import wengu
from tests.recipes.test_published_start import photographs
from wengu.core.checks import InputError
from wengu.core.files import sha256
from wengu.data import PublishedWeights, imagenet_classes, published
from wengu.data.sources import Source
from wengu.data.unpack import Inner
from wengu.recipes.published_files import read_weights
from wengu.recipes.published_start import form_of, published_start

weights_module = importlib.import_module("wengu.data.weights")
Arrays = dict[str, list[np.ndarray[Any, Any]]]
FIRES = ((64, 16, 64), (128, 16, 64), (128, 32, 128), (256, 32, 128), (256, 48, 192), (384, 48, 192), (384, 64, 256), (512, 64, 256))
MEAN = (103.939, 116.779, 123.68)  # blue, green, red, as those who publish such weights take away


def layer(rng: np.random.Generator, side: int, n_in: int, n_out: int) -> list[np.ndarray[Any, Any]]:
    scale = (2 / (side * side * n_in)) ** 0.5
    return [rng.normal(scale=scale, size=(side, side, n_in, n_out)).astype(np.float32),
            rng.normal(scale=0.1, size=n_out).astype(np.float32)]


@pytest.fixture(scope="module")
def squeezed() -> Arrays:
    rng = np.random.default_rng(0)
    held = {"conv1": layer(rng, 3, 3, 64), "conv10": layer(rng, 1, 512, 1000)}
    for k, (n, squeeze, expand) in enumerate(FIRES, 2):
        held |= {f"fire{k}/squeeze1x1": layer(rng, 1, n, squeeze), f"fire{k}/expand1x1": layer(rng, 1, squeeze, expand),
                 f"fire{k}/expand3x3": layer(rng, 3, squeeze, expand)}
    held["conv1"][0] /= 100  # its pictures are of 0..255
    return held


def by_their_layout(pixels: np.ndarray[Any, Any], held: Arrays) -> torch.Tensor:
    """SqueezeNet 1.1 on one picture (h, w, 3), red first, as its file is meant: blue first, W (f_H, f_W, n_in, n_out)."""
    def conv(x: torch.Tensor, name: str, **how: int) -> torch.Tensor:
        w, b = (torch.from_numpy(one) for one in held[name])
        return torch.relu(conv2d(x, w.permute(3, 2, 0, 1), b, **how))

    x = torch.from_numpy(pixels[..., ::-1].astype(np.float32) - np.array(MEAN, np.float32)).permute(2, 0, 1)[None]
    x = conv(x, "conv1", stride=2)
    for k in range(2, 10):
        x = max_pool2d(x, 3, 2, ceil_mode=True) if k in (2, 4, 6) else x
        s = conv(x, f"fire{k}/squeeze1x1")
        x = torch.cat([conv(s, f"fire{k}/expand1x1"), conv(s, f"fire{k}/expand3x3", padding=1)], 1)
    x = conv(x, "conv10")
    return torch.softmax(avg_pool2d(x, x.shape[2:])[0, :, 0, 0], 0)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., PublishedWeights]:
    """Has a file in the cache stand for the one that is published."""
    monkeypatch.setenv("WENGU_CACHE", str(tmp_path / "cache"))

    def keep(name: str, write: Callable[[Path], None], **changed: Any) -> PublishedWeights:
        real = published(name)
        (folder := tmp_path / "cache" / name).mkdir(parents=True)
        write(file := folder / real.files[0].name)
        entry = replace(real, sources=(), files=(Inner(file.name, file.stat().st_size, sha256(file)),), **changed)
        monkeypatch.setattr(weights_module, "published_weights", lambda: (entry,))
        monkeypatch.setattr(importlib.import_module("wengu.data.catalogue"), "published_weights", lambda: (entry,))
        return entry

    return keep


def test_parity_squeezenet_answers_as_its_file_is_meant(kept: Callable[..., PublishedWeights], squeezed: Arrays) -> None:
    """Authority: torch's own functions on the file's arrays, blue first and unscaled as Caffe's networks were trained."""
    kept("squeezenet", lambda file: file.write_bytes(pickle.dumps(squeezed, 3)), middle=1.0)
    pixels = np.random.default_rng(1).integers(0, 256, (227, 227, 3), dtype=np.uint8)
    expected = by_their_layout(pixels, squeezed)
    answer = wengu.load("squeezenet").predict(pixels)
    np.testing.assert_allclose(answer.probabilities[0], expected, rtol=1e-3, atol=1e-6)
    assert answer.labels == (imagenet_classes()[int(expected.argmax())],)


def test_a_last_layer_behind_a_relu_begins_where_there_is_a_gradient(
    kept: Callable[..., PublishedWeights], squeezed: Arrays, tmp_path: Path
) -> None:
    """ReLU has none at 0, where others begin: nothing would ever train."""
    kept("squeezenet", lambda file: file.write_bytes(pickle.dumps(squeezed, 3)))
    fitted = wengu.fit("pictures", network="squeezenet", data=photographs(tmp_path / "photos"), size=48, epochs=3, lr=3e-3, quiet=True,
                       freeze="all-but-last", precision="fp32", threads=1, runs=tmp_path / "runs")
    rows = [json.loads(line) for line in (fitted.path / "metrics.jsonl").read_text().splitlines()]
    costs = [row["cost"] for row in rows if "cost" in row]
    assert costs[-1] < costs[0] - 0.005 and costs[0] < np.log(2) + 0.01  # else it stays at ln 2
    facts = json.loads((fitted.path / "run.json").read_text())
    assert facts["spec"]["form"] == {"stem": "large"} and facts["transfer"]["reinitialised"] == ["1.output"]
    assert wengu.load(fitted.path).model[1].stem.stride == (2, 2)


@pytest.mark.parametrize("held", [{"conv1": np.zeros(3)}, [np.zeros(3)], {"conv1": [np.zeros((3, 3, 3, 64)), np.zeros(64)]}, 5])
def test_another_pickle_is_refused(held: Any, kept: Callable[..., PublishedWeights]) -> None:
    kept("squeezenet", lambda file: file.write_bytes(pickle.dumps(held)))
    with pytest.raises(InputError, match=r"weights: .*squeezenet_weights\.pkl cannot be read: expected W and b of each layer"):
        wengu.load("squeezenet")


def test_weights_of_another_network_are_refused(kept: Callable[..., PublishedWeights], squeezed: Arrays) -> None:
    less = {name: held for name, held in squeezed.items() if name != "fire9/expand3x3"}
    kept("squeezenet", lambda file: file.write_bytes(pickle.dumps(less)))
    with pytest.raises(InputError, match="weights: expected those of SqueezeNet .* but 2 are lacking: fire9/expand3x3.weight"):
        wengu.load("squeezenet")


def test_vgg16_names_no_class() -> None:
    with pytest.raises(InputError, match=r"weights: those that are published of vgg16 end before .*`wengu fit vgg16 --from published`"):
        wengu.load("vgg16")


def test_without_h5py_its_extra_is_named(kept: Callable[..., PublishedWeights], monkeypatch: pytest.MonkeyPatch) -> None:
    kept("vgg16", lambda file: file.write_bytes(b"\x89HDF"))
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    with pytest.raises(InputError, match=r"from: the published weights of vgg16 cannot be had: .*pip install 'wengu\[hdf5\]'.*--from none"):
        published_start("vgg16", {"channels": 3})


def of_keras(file: Path) -> Arrays:
    """VGG-16's convolutions with random weights in the layout of Keras 3, another layer beside them; returned by place."""
    import h5py

    rng, n, held = np.random.default_rng(0), 3, {}
    with h5py.File(file, "w") as out:
        for k, (filters, layers) in enumerate(((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)), 1):
            for i in range(layers):
                held[f"{k}.{i}"] = w, b = layer(rng, 3, n, filters)
                group = out.create_group(f"block{k}/layers/conv2d{f'_{i}' if i else ''}/vars")
                group["0"], group["1"], n = w, b, filters
        out["dsn1/vars/0"], out["dsn1/vars/1"] = layer(rng, 1, 64, 1)
        out["optimizer/vars/0"] = np.zeros(1)
    return held


@pytest.mark.parity
def test_parity_vgg16_takes_the_convolutions_of_keras(kept: Callable[..., PublishedWeights], tmp_path: Path) -> None:
    """Authority: torch's own functions on the file's arrays; the units behind them are fresh, and more than one is not 0."""
    held: Arrays = {}
    kept("vgg16", lambda file: held.update(of_keras(file)))
    fitted = wengu.fit("pictures", network="vgg16", data=photographs(tmp_path / "photos"), size=32, epochs=1, quiet=True, batch_size=4,
                       freeze="all-but-last", precision="fp32", threads=1, runs=tmp_path / "runs", **{"from": "published"})
    facts = json.loads((fitted.path / "run.json").read_text())
    assert facts["transfer"]["reinitialised"] == ["1.head.units1", "1.head.units2", "1.head.output"]
    assert len(facts["transfer"]["loaded"]) == 13
    model = wengu.load(fitted.path).model
    pixels = np.random.default_rng(1).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    x = torch.from_numpy(pixels[..., ::-1].astype(np.float32) - np.array(MEAN, np.float32)).permute(2, 0, 1)[None]
    for k, layers in enumerate((2, 2, 3, 3, 3), 1):
        for i in range(layers):
            w, b = (torch.from_numpy(one) for one in held[f"{k}.{i}"])
            x = torch.relu(conv2d(x, w.permute(3, 2, 0, 1), b, padding=1))
        x = max_pool2d(x, 2)
    with torch.no_grad():
        ours = model[1].stages(model[0](torch.from_numpy(pixels).permute(2, 0, 1)[None]))
    torch.testing.assert_close(ours, x, rtol=1e-3, atol=1e-2)
    assert all(model[1].head[at].weight.abs().max() > 0 for at in (0, 3))


@pytest.mark.parity
@pytest.mark.parametrize("content", [b"", b"no hdf5 at all" * 100, struct.pack("8s", b"\x89HDF\r\n\x1a\n")])
def test_a_file_that_is_no_hdf5_is_one_line(content: bytes, tmp_path: Path) -> None:
    (file := tmp_path / "a.h5").write_bytes(content)
    with pytest.raises(InputError, match=r"weights: .*a\.h5 cannot be read: "):
        read_weights(file, published("vgg16"))


def test_the_form_goes_on_in_a_run_that_begins_with_a_run(kept: Callable[..., PublishedWeights], squeezed: Arrays, tmp_path: Path) -> None:
    """The stem is that of the weights, though pictures of this size would be given the other."""
    kept("squeezenet", lambda file: file.write_bytes(pickle.dumps(squeezed, 3)))
    how: dict[str, Any] = {"network": "squeezenet", "size": 32, "epochs": 1, "quiet": True, "precision": "fp32", "threads": 1,
                           "data": photographs(tmp_path / "photos"), "runs": tmp_path / "runs", "freeze": "all-but-last"}
    first = wengu.fit("pictures", name="a", **how, **{"from": "published"})
    second = wengu.fit("pictures", name="b", **how, **{"from": str(first.path)})
    assert form_of("squeezenet", str(first.path)) == ({"stem": "large"}, ()) and form_of("resnet18", str(first.path)) == ({}, ())
    assert wengu.load(second.path).model[1].stem.stride == (2, 2)


@pytest.mark.registry
def test_real_weights_know_coffee_and_a_cat(tmp_path: Path) -> None:
    """scikit-image's photographs: class 967, and one of the cats, 281 to 285."""
    files = (Inner("coffee.png", 466706, "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7"),
             Inner("chelsea.png", 240512, "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb"))
    Source("pip", "scikit-image", "0.25.2", folder="skimage/data").deliver(files, tmp_path)
    coffee, cat = (wengu.load("squeezenet").predict([tmp_path / file.name]) for file in files)
    assert coffee.labels == ("espresso",) and coffee.probabilities[0].max() > 0.9
    assert cat.probabilities[0][281:286].sum() > 0.9


@pytest.mark.registry
def test_the_real_convolutions_of_vgg16_are_all_there() -> None:
    assert sum(w.numel() for w in published_start("vgg16", {"channels": 3}).weights.values()) == 14_714_688 + 6
