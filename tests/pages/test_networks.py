"""The pages of the large networks: sizes, counts and gradients are those of torch, or of arithmetic."""

from __future__ import annotations

import re

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from tests.pages.seeing import drawn, marks, numbers
from wengu.pages.convnets.stages import shapes_of, stages_of
from wengu.vision import convnets


def counted(network: str, size: int, **settings: str) -> tuple[int, int]:
    """Parameters and multiplications, by torch alone: its counter takes a multiplication and an addition for two."""
    with torch.device("meta"):
        net = getattr(convnets, network)(channels=3, **settings).eval()
        with FlopCounterMode(display=False) as counter:
            net(torch.zeros(1, 3, size, size))
    return sum(p.numel() for p in net.parameters()), counter.get_total_flops() // 2


@pytest.mark.parametrize(("form", "parameters"), [
    ("one tower", 62_378_344), ("two groups", 60_965_224), ("torchvision", 61_100_840)])
@pytest.mark.parametrize("size", ["227", "128"])
def test_alexnet_costs_what_torch_counts(form, parameters, size):
    made = drawn("convnets/alexnet", "network", form=form, size=size)
    assert (parameters, counted("AlexNet", int(size), form=form)[1]) == tuple(numbers(made["say"])[i] for i in (-4, -2))
    assert counted("AlexNet", int(size), form=form)[0] == parameters
    rows = [[int(cell.replace(",", "")) for cell in row[2:4]] for row in made["rows"]]
    assert [sum(column) for column in zip(*rows, strict=True)] == [*counted("AlexNet", int(size), form=form)]


def test_every_step_frames_the_layer_whose_formulas_it_shows():
    shown = ["55", "27", "27", "13", "13", "13", "13", "6"]
    for k, n in enumerate(shown, 1):
        made = drawn("convnets/alexnet", "network", layer=k)
        frame, stages = (mark["items"] for mark in marks(made, "boxes"))
        inside = [box for box in stages if frame[0]["x"] < box["x"] < frame[0]["x"] + 1 and
                  frame[0]["y"] < box["y"] < frame[0]["y"] + 1]
        assert [box["sub"].split(" × ")[0] for box in inside] == [n]
        lines = [item["label"] for item in marks(made, "boxes", 1)[0]["items"]]
        assert lines[0].endswith(f"+ 1 = {n}") and lines[-1].startswith(made["rows"][k - 1][-1])
        for line in lines[:-1]:
            left, right = line.replace("·", "*").replace("−", "-").split(" = ")
            assert eval(re.sub(r"⌊(.*)/(\d)⌋", r"\1//\2", left)) == int(right.replace(",", "")), line


def test_a_stage_is_named_or_refused():
    book = shapes_of("AlexNet", 3, 227)
    with pytest.raises(KeyError, match="units6"):
        stages_of(book, {"conv1": "1", "conv2": "2", "conv3": "3", "conv4": "4", "conv5": "5"})


@pytest.mark.parametrize("z", [0.5, 2.0])
def test_what_tanh_lets_through_is_autograds(z):
    made = drawn("convnets/alexnet", "slopes", z=z)
    x = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(torch.tanh(x), x)
    left = marks(made, "line", 1)
    assert left[0]["y"] == [1.0] * 9
    torch.testing.assert_close(torch.tensor(left[1]["y"]), torch.tensor([slope.item() ** k for k in range(9)]),
                               rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize(("depth", "size", "parameters"), [
    ("11", "224", 132_863_336), ("13", "224", 133_047_848), ("16", "112", 138_357_544), ("19", "448", 143_667_240)])
def test_vgg_costs_what_torch_counts(depth, size, parameters):
    made = drawn("convnets/vgg", "network", depth=depth, size=size)
    assert [numbers(made["say"])[i] for i in (-4, -2)] == [parameters, counted(f"VGG{depth}", int(size))[1]]
    assert made["last"] == len(made["rows"]) == int(depth) + 5
    stages = marks(made, "boxes")[1]["items"]
    assert stages[5]["sub"] == f"{int(size) // 32} × {int(size) // 32} × 512"
    shares = marks(made, "bars", 2)
    assert [mark["label"] for mark in shares] == ["parameters", "multiplications"]
    assert [sum(mark["y"]) for mark in shares] == pytest.approx([100, 100], abs=0.1)
    assert shares[0]["names"][shares[0]["y"].index(max(shares[0]["y"]))] == "dense 1"


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_ways_through_a_stack_are_a_product_of_binomials_of_three(layers):
    """The coefficients of (1 + t + t²)^L, across times down."""
    made = drawn("convnets/vgg", "stack", layers=layers, channels=8)
    row = [1]
    for _ in range(layers):
        row = [sum(row[k - i] for i in range(3) if 0 <= k - i < len(row)) for k in range(len(row) + 2)]
    edge = (7 - len(row)) // 2
    row = [0] * edge + row + [0] * edge
    assert marks(made, "cells")[0]["values"] == [[u * v for v in row] for u in row]
    assert marks(made, "bars", 2)[0]["y"] == [layers * 9 * 64, (2 * layers + 1) ** 2 * 64]
