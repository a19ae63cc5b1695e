"""A picture that the reader draws: what is taken and what refused, made like MNIST's, and read by the network that ships."""

from __future__ import annotations

import importlib.util
import random
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from tests.pages.seeing import drawn, marks
from wengu.handbook.request import clamped
from wengu.pages import figure_of
from wengu.pages.convnets.digits import PAD, WEIGHTS, as_in_mnist, ink, layers_of, trained_on
from wengu.pages.drawing import LETTERS, packed_cells, unpacked_cells

ROOT = Path(__file__).parents[2]
LENET = "convnets/lenet5"
PLACES = [(0.0, 0.0), (81.0, 10.5), (50.0, 40.0), (100.0, 67.0)]


def cells(seed: int) -> list[list[int]]:
    chance = random.Random(seed)
    return [[chance.randrange(2) for _ in range(28)] for _ in range(28)]


def cells_of(made: dict[str, Any]) -> dict[str, torch.Tensor]:
    """The numbers of the last panel by their titles."""
    return {one["title"]: torch.tensor(one["values"], dtype=torch.float64) for one in marks(made, "cells", 3)}


def test_cells_come_back_from_their_letters() -> None:
    for seed in range(20):
        letters = packed_cells(cells(seed))
        assert len(letters) == LETTERS == 131 and letters.isascii()
        assert unpacked_cells(letters) == cells(seed) == PAD.cells(PAD.clamp(letters))


@pytest.mark.parametrize("wrong", [
    "", "10", "-1", "x", "٣", "A" * 130, "A" * 132, "A" * 130 + "B", "A" * 130 + "=", "é" * 131, "A" * 130 + "\n", "+" * 131, "A" * 10**6,
    None, 3, 3.0, True, [], ["3"], {}, b"3",
], ids=lambda one: repr(one)[:12])  # fmt: skip
def test_what_is_no_drawing_is_refused(wrong: object) -> None:
    assert PAD.clamp(wrong) == PAD.value == "3"
    assert clamped(figure_of(LENET, "reading"), {"digit": wrong})["digit"] == "3"


def test_a_drawing_is_made_as_the_paper_says() -> None:
    """LeCun et al. 1998, III.A: 20 pixels long, the centre of mass in the middle; wherever and however large it was drawn."""
    block = torch.zeros(28, 28, dtype=torch.float64)
    block[3:8, 2:5] = 1
    block[3:5, 2:8] = 1
    made = as_in_mnist(block)
    middle = torch.arange(28, dtype=torch.float64) + 0.5
    for k in (0, 1):
        centre = (made.sum(dim=1 - k) * middle).sum() / made.sum()
        assert centre.item() == pytest.approx(14, abs=0.02), "what a pixel holds counts at its middle"
    extent = (made > 1e-9).nonzero()
    assert (extent.max(dim=0).values - extent.min(dim=0).values + 1).max() in (20, 21), "on the rim two pixels share one"
    torch.testing.assert_close(made.sum(), block.sum() * (20 / 6) ** 2)
    torch.testing.assert_close(as_in_mnist(block.roll((9, 11), (0, 1))), made)
    torch.testing.assert_close(as_in_mnist(torch.kron(block[:14, :14], torch.ones(2, 2, dtype=torch.float64))), made)
    assert not as_in_mnist(torch.zeros(28, 28)).any()


@pytest.mark.parametrize("digit", range(10))
def test_each_example_is_read_right(digit: int) -> None:
    made = figure_of(LENET, "reading")(digit=str(digit))
    assert made.values["guess"] == digit and made.values["p"] > 0.99
    assert made.say.startswith(f"The network reads {digit}, with ")


@pytest.mark.parametrize("picture", ["7", packed_cells(cells(1)), packed_cells([[0] * 28] * 28)])
def test_layers_are_torchs(picture: str) -> None:
    """Every layer from the weights as they lie in the file, float64."""
    from safetensors.torch import load_file

    w = {name: value.double() for name, value in load_file(WEIGHTS).items()}
    x = as_in_mnist(ink(picture))[None, None]
    c1 = F.relu(F.conv2d(x, w["c1.weight"], w["c1.bias"], padding=2))
    s2 = F.max_pool2d(c1, 2)
    c3 = F.relu(F.conv2d(s2, w["c3.weight"], w["c3.bias"]))
    s4 = F.max_pool2d(c3, 2)
    c5 = F.relu(F.linear(s4.flatten(1), w["c5.weight"], w["c5.bias"]))
    f6 = F.relu(F.linear(c5, w["f6.weight"], w["f6.bias"]))
    output = F.linear(f6, w["output.weight"], w["output.bias"])
    for one, expected in zip(layers_of(picture), (c1, s2, c3, s4, c5, f6, output), strict=True):
        torch.testing.assert_close(one.out, expected[0], rtol=1e-12, atol=1e-12)
    made = drawn(LENET, "reading", digit=picture)
    torch.testing.assert_close(torch.tensor(marks(made, "bars", 1)[0]["y"], dtype=torch.float64), output[0].softmax(0),
                               rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("layer", range(1, 8))
def test_the_framed_number_is_what_its_arithmetic_gives(layer: int, place: tuple[float, float]) -> None:
    """The numbers shown are rounded to hundredths, so their sums are near; the frames are where they were taken from."""
    made = drawn(LENET, "reading", digit="5", layer=layer, place=place)
    seen, one = cells_of(made), layers_of("5")[layer - 1]
    frames, framed = (marks(made, "boxes", panel)[1]["items"] for panel in (2, 0))
    assert len(marks(made, "boxes")[0]["items"]) == (len(one.out) if one.out.dim() == 3 else 1), "a rim for each map"
    assert [told["text"] for told in marks(made, "note")] == [str(digit) for digit in range(10) if layer == 7]
    if layer in (2, 4):
        (max_of,) = seen["max"].flatten()
        assert max_of == seen["x"].max() and len(frames) == 1
    else:
        sums = next(value for title, value in seen.items() if title.startswith(("Σ", "x·W")))
        assert abs(sums.sum() + seen["b"] - seen["z"]).item() < 0.0051 * (sums.numel() + 2)
        assert (one.z - seen["z"].item()).abs().min() < 0.0051
        if layer < 7:
            assert seen["a"] == seen["z"].clamp(min=0)
    if layer in (1, 3):
        x, W = (next(value for title, value in seen.items() if title.startswith(name)) for name in "xW")
        assert min(abs((x * W).sum() - total) for total in sums.flatten()) < 0.06
        assert len(frames) == (1 if layer == 1 else 6)
    if layer <= 4:
        x = next(value for title, value in seen.items() if title.startswith("x"))
        rows = [[torch.nan if one is None else one for one in row] for row in marks(made, "field", 2)[0]["z"]]  # None between maps
        under = torch.tensor(rows, dtype=torch.float64)
        windows = [under[int(f["y"]) : int(f["y"] + f["h"]), int(f["x"]) : int(f["x"] + f["w"])] for f in frames]
        assert {one.shape for one in windows} == {x.shape}
        assert min((one - x).abs().max() for one in windows) < 0.0056, "one of them is the window that is shown"
    held = marks(made, "field")[0]
    (left, right), (top, bottom) = held["x"], held["y"]
    at_row = (framed[0]["y"] + framed[0]["h"] / 2 - top) / (bottom - top) * len(held["z"])
    at_column = (framed[0]["x"] + framed[0]["w"] / 2 - left) / (right - left) * len(held["z"][0])
    value = held["z"][int(at_row)][int(at_column)]
    shown = seen["max"] if layer in (2, 4) else seen["z"] if layer == 7 else seen["a"]
    assert value == pytest.approx(shown.item(), abs=0.0056)


def test_the_reason_of_a_sum_is_the_sum() -> None:
    made = drawn(LENET, "reading", digit="5", layer=3, place=(50.0, 40.0))
    (sums,) = (one for one in marks(made, "cells", 3) if one["title"].startswith("Σ"))
    told = [(why[0], value[0]) for why, value in zip(sums["why"], sums["values"], strict=True) if why[0]]
    assert len(told) == 1
    assert eval(told[0][0].replace("·", "*").replace("−", "-")) == pytest.approx(told[0][1], abs=0.02)


def test_nothing_drawn_is_said() -> None:
    empty = packed_cells([[0] * 28] * 28)
    assert drawn(LENET, "reading", digit=empty)["say"].startswith("Nothing is drawn")
    assert not torch.tensor(marks(drawn("convnets/filters", "over_drawing", drawn=empty), "field")[0]["z"]).any()


@pytest.mark.parametrize(("kernel", "w"), [("vertical", [[1.0, 0, -1]] * 3), ("horizontal", [[1.0] * 3, [0.0] * 3, [-1.0] * 3]),
                                          ("blur", [[1 / 9] * 3] * 3)])
def test_filters_go_over_a_drawing_as_torchs_do(kernel: str, w: list[list[float]]) -> None:
    picture = packed_cells(cells(2))
    made = drawn("convnets/filters", "over_drawing", drawn=picture, kernel=kernel)
    x = torch.tensor(unpacked_cells(picture), dtype=torch.float64)
    z = F.conv2d(x[None, None], torch.tensor(w, dtype=torch.float64)[None, None])[0, 0]
    shown = torch.tensor(marks(made, "field", 1)[0]["z"], dtype=torch.float64)
    torch.testing.assert_close(shown if kernel == "blur" else 6 * shown - 3, z, rtol=1e-3, atol=1e-3)
    above, below = (int((sign * z > 1e-6).sum()) for sign in (1, -1))
    assert made["say"] == f"Of 676 in all, {above} sums are above 0 and {below} below; the others are 0."


def test_the_weights_are_small_and_say_how_good_they_are() -> None:
    assert WEIGHTS.stat().st_size <= 130_000
    said = trained_on()
    assert (said["trained"], said["test"]) == (60_000, 10_000) and said["wrong"] < 100


@pytest.mark.registry
def test_the_test_error_is_the_one_that_the_header_says(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("make_digit_reader", ROOT / "scripts" / "make_digit_reader.py")
    assert spec and spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(sys, "argv", ["make_digit_reader.py", "--check"])
    assert script.main() == 0
