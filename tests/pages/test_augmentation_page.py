"""The page on augmentation: its pictures are the library's changes, its labels and costs are torch's."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar
from torch.nn import functional as F

from tests.pages.seeing import drawn, marks, numbers
from wengu.pages import question_of
from wengu.pages.convnets.augmentation import VERSIONS
from wengu.pages.convnets.changes import PHOTO, best_gap, sample, shown
from wengu.pages.convnets.digits import reader

PATH = "convnets/augmentation"


def pixels(mark: dict) -> np.ndarray:
    z = np.array(mark["z"])
    return np.stack([z >> 16, z >> 8 & 255, z & 255])


def test_the_photograph_is_small_and_in_colour() -> None:
    x = sample("photo")
    assert x.shape == (1, 3, *PHOTO) and x.dtype == torch.uint8
    assert int((x[0, 0] != x[0, 2]).sum()) > 500
    shown_first = pixels(marks(drawn(PATH, "changes"), "field")[0])
    assert np.array_equal(shown_first, x[0].numpy())


@pytest.mark.parametrize("name", ["photo", "boot", "digit"])
def test_four_versions_are_the_picture_changed(name: str) -> None:
    """A flip is the mirror image or the picture; a shift is one of the nine; each change gives versions that differ."""
    x = sample(name)[0].expand(3, -1, -1).numpy()
    of = {change: [pixels(mark) for mark in marks(drawn(PATH, "changes", name=name, change=change), "field", 1)]
          for change in ("shift", "crop", "flip", "erase", "randaugment")}
    assert all(len(every) == VERSIONS for every in of.values())
    assert {np.array_equal(one, x) for one in of["flip"]} <= {True, False}
    assert all(np.array_equal(one, x) or np.array_equal(one, x[:, :, ::-1]) for one in of["flip"])
    wide = np.pad(x, ((0, 0), (1, 1), (1, 1)), mode="edge")
    h, w = x.shape[1:]
    nine = [wide[:, a:a + h, b:b + w] for a in range(3) for b in range(3)]
    assert all(any(np.array_equal(one, each) for each in nine) for one in of["shift"])
    assert any(not np.array_equal(one, x) for one in of["flip"]) and any(np.array_equal(one, x) for one in of["flip"])
    for change in ("crop", "erase", "randaugment"):
        assert len({one.tobytes() for one in of[change]}) > 1, change


@pytest.mark.parametrize(("name", "change", "takes"), [
    ("photo", "flip", True), ("boot", "flip", True), ("digit", "flip", False), ("photo", "colour", False),
    ("digit", "shift", True),
])
def test_what_auto_takes_is_said(name: str, change: str, takes: bool) -> None:
    said = drawn(PATH, "changes", name=name, change=change)["say"]
    assert ("is among them" in said) == takes


@pytest.mark.parametrize("change", ["flip", "turn"])
def test_what_is_read_after_a_change_is_what_lenet_reads(change: str) -> None:
    made = drawn(PATH, "broken", digit="2", change=change)
    x = shown("2")
    z = torch.from_numpy(np.ascontiguousarray(x.numpy()[:, ::-1] if change == "flip" else x.numpy()[::-1, ::-1]))
    before, after = (F.softmax(reader()(one[None, None])[0], 0).tolist() for one in (x, z))
    bars = marks(made, "bars", 2)
    assert bars[0]["y"] == pytest.approx(before, abs=1e-4) and bars[1]["y"] == pytest.approx(after, abs=1e-4)
    assert made["rows"][2][2].startswith(str(int(np.argmax(after))))
    right = sum(row[0] == row[2][0] for row in made["rows"])
    assert f"{right} are still read right" in made["say"] and right < 10


@pytest.mark.parametrize(("kind", "step"), [("mixup", 1), ("mixup", 7), ("cutmix", 2), ("cutmix", 12)])
def test_label_and_cost_of_a_mixture(kind: str, step: int) -> None:
    """λ by the pixels of the mixture, the cost by torch, whose left side is that of the mixed label."""
    made = drawn(PATH, "mixing", kind=kind, step=step)
    x = torch.tensor(marks(made, "field")[0]["z"], dtype=torch.float64)
    a, b = shown("3"), shown("7")
    told = numbers(made["say"])
    if kind == "mixup":
        apart = (a - b).abs() > 0.5
        lam = ((x - b) / (a - b))[apart].mean().item()
        assert lam == pytest.approx(told[0], abs=0.006)
    else:
        assert bool((((x - a).abs() < 1e-3) | ((x - b).abs() < 1e-3)).all())
    label = torch.tensor(marks(made, "bars", 1)[0]["y"], dtype=torch.float64)
    assert label.sum().item() == pytest.approx(1, abs=1e-4) and label[7].item() == pytest.approx(told[3], abs=0.006)
    assert F.cross_entropy(reader()(x[None, None]), label[None]).item() == pytest.approx(told[-1], abs=0.05)


@pytest.mark.parametrize(("epsilon", "classes"), [(0.1, 10), (0.3, 2), (0.06, 50)])
def test_the_gap_is_where_the_smoothed_cost_is_least(epsilon: float, classes: int) -> None:
    """Authority: scipy's search for the least of torch's cost."""
    def cost(gap: float) -> float:
        z = torch.zeros(1, classes, dtype=torch.float64)
        z[0, 0] = gap
        return F.cross_entropy(z, torch.tensor([0]), label_smoothing=epsilon).item()

    assert best_gap(epsilon, classes) == pytest.approx(minimize_scalar(cost, bounds=(0, 30), method="bounded").x, abs=1e-4)
    (least,) = marks(drawn(PATH, "smoothing", epsilon=epsilon, classes=classes), "dots")
    assert (least["x"][0], least["y"][0]) == pytest.approx((best_gap(epsilon, classes), cost(best_gap(epsilon, classes))), abs=1e-3)


def test_weights_give_either_class_half_of_the_cost() -> None:
    made = drawn(PATH, "uneven", rare=4)
    plain, weighed = (mark["y"] for mark in marks(made, "bars"))
    assert plain == pytest.approx([0.96, 0.04]) and weighed == pytest.approx([0.5, 0.5])
    assert "24.0 times" in made["say"]


@pytest.mark.parametrize(("views", "n"), [("shift", 5), ("flip", 2), ("shift+flip", 10)])
def test_the_mean_is_over_the_views(views: str, n: int) -> None:
    """Authority: numpy's padding, and torch's softmax."""
    made = drawn(PATH, "averaged", digit="5", views=views)
    x = shown("5").numpy()
    wide = np.pad(x, 1, mode="edge")
    every = [x] + ([wide[a:a + 28, b:b + 28] for a, b in ((0, 1), (2, 1), (1, 0), (1, 2))] if "shift" in views else [])
    every += [one[:, ::-1] for one in every] if "flip" in views else []
    assert len(every) == n
    p = np.mean([F.softmax(reader()(torch.from_numpy(one.copy())[None, None])[0], 0).detach().numpy() for one in every], 0)
    assert marks(made, "bars")[1]["y"] == pytest.approx(p.tolist(), abs=1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_answers_by_hand(seed: int) -> None:
    made = question_of(PATH, "weight_of_a_rare_class").draw(seed)
    assert made.answer == pytest.approx(made.values["m"] / (made.values["classes"] * made.values["rare"]))
    assert made.values["m"] == made.values["rare"] + made.values["more"] * made.values["others"]
    made = question_of(PATH, "cost_of_a_mixture").draw(seed)
    v = made.values
    assert made.answer == pytest.approx(-v["lam"] * math.log(v["a"]) - v["rest"] * math.log(v["b"]))
    made = question_of(PATH, "share_of_cutmix").draw(seed)
    assert made.answer == pytest.approx(1 - made.values["h"] * made.values["w"] / made.values["n"] ** 2, abs=1e-6)
