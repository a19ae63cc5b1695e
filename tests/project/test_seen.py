"""The maps over a report's worst errors: where a spot decides, it is there that they are orange; else there are none."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import wengu
from tests.report.page import Page
from wengu.core.batches import in_memory
from wengu.layers import InputNormalisation
from wengu.project import seen
from wengu.project.diagnose import diagnose_run
from wengu.project.seen import Seen
from wengu.recipes.task import Split, Task, classes_of
from wengu.report.parts import layers
from wengu.vision import convnets

RUN = SimpleNamespace(path=Path("nowhere"), facts=lambda: {"network": "lenet5", "spec": {}})
IDS = ("a", "b", "c")


class Spot(nn.Module):
    """Dog where the pixels from (32, 40) are bright, and cat otherwise."""

    def forward(self, x):
        spot = x[:, :, 32:40, 40:48].float().mean((1, 2, 3))
        return torch.stack([torch.zeros_like(spot), (spot - 120) / 10], dim=1)


class Raises(nn.Module):
    """A network that takes no pictures."""

    def forward(self, x):
        raise RuntimeError("no pictures")


def task_of(x: torch.Tensor, *, classes: tuple[str, ...] | None = ("cat", "dog")) -> Task:
    dev = Split(IDS, in_memory((x, torch.zeros(3, dtype=torch.int64))), np.zeros(3, dtype=np.int64))
    return Task("pictures", "own", Spot, {"dev": dev}, nn.functional.cross_entropy, classes_of, classes=classes)


def spotted(n_W: int = 64) -> torch.Tensor:
    x = torch.full((3, 1, 64, n_W), 20, dtype=torch.uint8)
    x[:2, :, 32:40, 40:48] = 250
    return x


def alpha(picture: bytes) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(picture)))[..., 3]


def test_occlusion_lies_over_the_spot_that_spoke_for_the_class() -> None:
    found = Seen(RUN, task_of(spotted(128)), Spot()).errors(("b", "gone", "c"), ("dog", "dog", "dog"))
    assert found is not None
    kind, maps = found
    assert kind == "occlusion" and list(maps) == ["b"]  # of c nothing that could be covered spoke for dog
    shown = alpha(maps["b"])
    assert shown.shape == (16, 32) and shown.max() == 204
    i, j = divmod(int(shown.argmax()), 32)
    assert abs(i - 9) <= 2 and abs(j - 11) <= 2  # (36, 44), four times smaller
    assert len(maps["b"]) < 800


def test_a_network_that_averages_has_class_activation_maps() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(InputNormalisation(1), convnets.ResNet20(2, channels=1))
    found = Seen(RUN, task_of(spotted()), net).errors(IDS, ("cat", "dog", "cat"))
    assert found is not None and found[0] == "CAM" and all(alpha(one).shape == (32, 32) for one in found[1].values())


@pytest.mark.parametrize(("task", "model"), [
    (None, Spot()), (task_of(spotted(), classes=None), Spot()), (task_of(torch.zeros(3, 4)), Spot()),
    (task_of(spotted()), None), (task_of(spotted()), Raises()),
])  # fmt: skip
def test_where_there_can_be_none_there_is_none(task: Task | None, model: nn.Module | None) -> None:
    found = Seen(RUN, task, model).errors(IDS, ("dog", "dog", "dog"))
    assert found is None or not found[1]


def test_no_network_of_ones_own_is_loaded_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []
    monkeypatch.setattr(seen, "load", lambda path, warn: loaded.append(path) or SimpleNamespace(model=Spot()))
    own = SimpleNamespace(path="own", facts=lambda: {"network": "mine.py:Net", "spec": {"own_network": "/mine.py:Net"}})
    assert Seen(own, task_of(spotted())).errors(IDS, ("dog", "dog", "dog")) is None and not loaded
    assert Seen(RUN, task_of(spotted())).errors(IDS, ("dog", "dog", "dog")) and loaded == [RUN.path]


def test_it_ends_when_the_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "SECONDS", -1.0)
    assert Seen(RUN, task_of(spotted()), Spot()).errors(IDS, ("dog", "dog", "dog")) == ("CAM", {})


def test_layers_are_shown_by_their_filters_their_maps_and_what_a_number_sees() -> None:
    """Of the first picture: what is brighter than its left neighbour is white, the other edge black, the rest grey."""
    net = nn.Sequential(nn.Conv2d(1, 1, (1, 2), bias=False), nn.MaxPool2d(2), nn.Conv2d(1, 20, 3), nn.Conv2d(20, 2, 1),
                        nn.AdaptiveAvgPool2d(1), nn.Flatten())
    net[0].weight.data = torch.tensor([[[[-1.0, 1.0]]]])
    x = spotted(65).float()
    seen = Seen(RUN, task_of(x), net).layers()
    assert seen is not None and seen.id == "a" and seen.size == (64, 65)
    assert [(one.name, one.shape, one.field, one.shown) for one in seen.layers] == [
        ("0", (1, 64, 64), (1, 2), 1), ("2", (20, 30, 30), (6, 7), 16)]  # 1 × 1 is left out
    first = np.array(Image.open(io.BytesIO(seen.layers[0].filters)))
    assert first[..., 0].tolist() == [[0, 255]]
    maps = np.array(Image.open(io.BytesIO(seen.layers[0].maps)))[..., 0]
    assert maps.shape == (32, 32) and set(np.unique(maps)) == {0, 128, 255}
    assert (maps[16:20, 19] == 255).all() and (maps[16:20, 23] == 0).all() and (maps[:16] == 128).all()
    shown = np.array(Image.open(io.BytesIO(seen.picture)))
    assert shown[32, 40] == 255 and shown[0, 0] == 0 and shown.shape == (64, 65)


@pytest.mark.parametrize(("task", "model"), [
    (None, Spot()), (task_of(torch.zeros(3, 4)), Spot()), (task_of(spotted()), None), (task_of(spotted()), Raises()),
    (task_of(spotted()), Spot()),
])  # fmt: skip
def test_a_network_without_layers_of_maps_has_no_such_section(task: Task | None, model: nn.Module | None) -> None:
    assert layers(Seen(RUN, task, model).layers()) is None


@pytest.mark.parametrize(("network", "told"), [("lenet5", "Occlusion map"), ("resnet20", "Class activation map")])
def test_the_report_of_a_run_shows_them(tmp_path: Path, network: str, told: str) -> None:
    """After training by the model itself, and from the run's folder after that: the same maps."""
    pictures = tmp_path / "pictures"
    generator = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (pictures / name).mkdir(parents=True)
        for k in range(20):
            Image.fromarray(generator.integers(0, 256, (28, 28), dtype=np.uint8)).save(pictures / name / f"{k}.png")
    path = wengu.fit(network, data=str(pictures), size="28", runs=tmp_path, epochs=1, precision="fp32", quiet=True).path
    reports = [(path / "report.html").read_text(encoding="utf-8")]
    diagnose_run(path)
    reports.append((path / "report.html").read_text(encoding="utf-8"))
    pages = [Page(one) for one in reports]
    assert [len(page.all("img", **{"class": "sharp filters"})) for page in pages] == 2 * [2 if network == "lenet5" else 6]
    maps = [[image["src"] for image in page.all("img", **{"class": "map"})] for page in pages]
    assert maps[0] and told in pages[0].words("gallery") and len(pages[0].all("input", type="checkbox")) == 1
    for first, second in zip(*maps, strict=True):
        one, two = (alpha(base64.b64decode(src.partition(",")[2])).astype(int) for src in (first, second))
        assert abs(one - two).max() <= 2
    assert sum(map(len, maps[0])) < 48 * 1_500
