"""The page on transfer: its errors are the study's, its counts torch's, its check scikit-learn's."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestCentroid  # type: ignore[import-untyped]
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from studies import transfer as study
from tests.pages.seeing import drawn, marks, numbers
from wengu.data import load
from wengu.pages.convnets.digits import reader
from wengu.pages.models import transfer
from wengu.pages.models.blocks import CLASSES, SIDE, Block, blocks_of_mobilenet, costs
from wengu.training import UnfreezeSchedule
from wengu.training.unfreezing import planned
from wengu.vision.convnets import MobileNetV2

FOUND = json.loads((Path(__file__).parents[2] / "studies" / "transfer.json").read_text(encoding="utf-8"))
M = 60  # pictures


def test_errors_are_those_of_the_study() -> None:
    assert json.loads(transfer.STUDY.read_text(encoding="utf-8")) == FOUND["summary"], "copy the study's summary"
    for photos in transfer.PHOTOS:
        for j, way in enumerate(transfer.WAYS):
            cell = [100 * row["test_error"] for row in FOUND["cells"][f"{way}-{photos}"]["result"]]
            made = drawn("models/transfer", "measured", photos=photos, way=way)
            assert f": {np.mean(cell):.1f} ± {np.std(cell, ddof=1):.1f}\u00a0%" in made["say"]
            assert marks(made, "dots", 1)[j]["y"] == pytest.approx(cell, abs=1e-3)
            spread = marks(made, "band")[0]
            place = transfer.PHOTOS.index(photos)
            assert spread["high"][place] - spread["low"][place] == pytest.approx(2 * np.std(cell, ddof=1), abs=2e-3)


@pytest.mark.parametrize(("photos", "told"), [
    ("2", "The lowest mean is 25.4 %, last blocks; the next, gradual, is above it in 3 of 5 draws."),
    ("5", "The lowest mean is 17.3 %, all layers; the next, last blocks, is above it in 3 of 5 draws."),
    ("20", "The lowest mean is shared, 10.3 %: last layer and last blocks."),
])
def test_what_is_best_is_said_with_how_often(photos: str, told: str) -> None:
    """Counted from the cells by hand."""
    assert transfer.measured(photos=photos).say.replace("\u00a0", " ").endswith(told)


def test_what_the_text_says_of_the_study_is_so() -> None:
    said, cells = transfer.study.values(), [cell["result"] for cell in FOUND["cells"].values()]
    for name, judged in (("test", said["tested"]), ("dev", said["classes"] * study.OF_DEV)):
        assert all(row[f"{name}_error"] * judged == pytest.approx(round(row[f"{name}_error"] * judged)) for cell in cells for row in cell)
    assert said["photos"] == said["tested"] + said["classes"] * (max(study.PHOTOS) + study.OF_DEV)
    assert f"{said['photos']} photographs" in " ".join((study.__doc__ or "").split())
    assert study.WAYS["blocks"]["freeze"] == f"all-but-{said['blocks']}" and said["side"] == study.SIDE
    last = [row for row in FOUND["cells"]["last-5"]["result"] if row["best_epoch"] == row["epochs"] == said["epochs"]]
    assert transfer.measured(photos="5", way="last").values["ended"] == len(last)


@pytest.mark.parametrize("k", range(5))
def test_what_a_step_costs_is_what_torch_counts(k: int) -> None:
    """Authority: torch's FlopCounterMode, which counts a multiplication with its addition as two."""
    layers = [nn.Conv2d(3, 4, 3, bias=False), nn.Conv2d(4, 6, 3, bias=False), nn.Conv2d(6, 5, 1, bias=False),
              nn.Sequential(nn.Flatten(), nn.Linear(5 * 16, 7, bias=False)), nn.Linear(7, 3, bias=False)]
    net, x = nn.Sequential(*layers), torch.zeros(1, 3, 8, 8)
    blocks = []
    for layer in layers:
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            blocks.append(Block("", 0, (counter_of(counter, layer, x),)))
            x = layer(x)
    for one in layers[:k]:
        one.requires_grad_(False)
    with FlopCounterMode(display=False) as counter:
        net(torch.zeros(1, 3, 8, 8)).sum().backward()
    kept, anew, every = costs(blocks, k)
    assert anew == counter.get_total_flops() / 2 and kept == anew - sum(block.products[0] for block in blocks[:k])
    assert every == costs(blocks, 0)[0] >= anew


def counter_of(counter: FlopCounterMode, layer: nn.Module, x: torch.Tensor) -> int:
    layer(x)
    return counter.get_total_flops() // 2


@pytest.mark.parametrize("top", [1, 4, 20])
def test_what_stands_still_is_what_freeze_freezes(top: int) -> None:
    net = MobileNetV2(CLASSES)
    plan, _ = planned(net, f"all-but-{top}", examples=1, classes=CLASSES)
    plan.at(1)
    trained, still = (sum(w.numel() for w in net.parameters() if w.requires_grad is trains) for trains in (True, False))
    made = drawn("models/transfer", "frozen", top=top)
    _, _, said_trained, _, said_still, kept, anew, every = numbers(made["say"])
    assert (said_trained, said_still) == (trained, still)
    items = marks(made, "boxes")[0]["items"]
    assert [item["tone"] == "1" for item in items] == [l >= plan.frozen for l in range(len(plan.levels))]
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net.eval()(torch.zeros(1, 3, SIDE, SIDE))
    forward = counter.get_total_flops() / 2
    assert sum(sum(block.products) for block in blocks_of_mobilenet()) == forward
    assert kept <= anew <= every and every * 1e6 == pytest.approx(3 * forward - blocks_of_mobilenet()[0].products[0], rel=0.01)


@pytest.mark.filterwarnings("ignore:self.within_class_std_dev_")
@pytest.mark.parametrize(("task", "classes"), [("boots", (7, 9)), ("shirts", (0, 2))])
def test_features_of_the_digit_reader_are_judged_as_by_scikit_learn(task: str, classes: tuple[int, int]) -> None:
    """Authority: scikit-learn's NearestCentroid, one fit for each picture that is judged, on all others."""
    sample, net = load("sample"), reader()
    x = torch.cat([torch.from_numpy(sample.pixels[sample.labels == c][:M // 2]).double() / 255 for c in classes])
    y = np.repeat([0, 1], M // 2)
    with torch.no_grad():
        a = net.pool(net.g(net.c3(net.pool(net.g(net.c1(x))))))
        a = net.g(net.f6(net.g(net.c5(a.flatten(1)))))

    def wrong(given: torch.Tensor) -> int:
        given = given.flatten(1) - given.flatten(1).mean(0)
        scaled = (given / given.std(0).clamp_min(1e-6 * (1 + given.abs().max()))).numpy()
        return sum(NearestCentroid().fit(np.delete(scaled, i, 0), np.delete(y, i)).predict(scaled[i:i + 1])[0] != y[i]
                   for i in range(len(y)))

    made = transfer.conditions(task=task, m=M)
    assert (made.values["wrong"], made.values["of_inputs"]) == (wrong(a), wrong(x)) != (0, 0)


@pytest.mark.parametrize(("task", "m", "tones"), [
    ("boots", 200, ["good", "good", "good"]), ("boots", 6000, ["good", "good", "good"]),
    ("boots", 6001, ["good", "bad", "good"]), ("shirts", 200, ["good", "good", "bad"]),
    ("shuffled", 20_000, ["good", "bad", "bad"]), ("small", 200, ["bad", "good", "quiet"])])
def test_the_condition_that_fails_is_red_and_said(task: str, m: int, tones: list[str]) -> None:
    made = drawn("models/transfer", "conditions", task=task, m=m)
    assert [item["tone"] for item in marks(made, "boxes")[0]["items"]] == tones
    assert made["say"].count("The library warns") == tones.count("bad")


def test_auto_is_told_as_the_library_decides() -> None:
    said, net = transfer.auto.values(), nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    for each, expected in ((said["little"] - 1, (1, False)), (said["little"], (0, True)), (said["much"] - 1, (0, True)),
                           (said["much"], (0, False))):
        plan, _ = planned(net, "auto", examples=3 * each, classes=3)
        assert (plan.frozen, plan.gradual) == expected
        assert plan.ratio == (1 if expected[0] else said["ratio"])
    deep = UnfreezeSchedule(nn.Sequential(*(nn.Linear(2, 2) for _ in range(8))), ratio=said["ratio"])
    assert deep.rates(1.0)[0] == pytest.approx(said["ratio"] ** -4) == deep.rates(1.0)[3] != deep.rates(1.0)[4]
