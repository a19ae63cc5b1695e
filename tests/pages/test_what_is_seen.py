"""The page on what a network sees: its maps are torch's sums and slopes, its frames are what a gradient reaches."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from tests.pages.seeing import drawn, marks, numbers
from wengu.pages import figure_of
from wengu.pages.convnets.averaging import WEIGHTS, trained
from wengu.pages.convnets.digits import layers_of, reader
from wengu.pages.convnets.maps import CASCADE, STEP, both_ways, randomised, seen, sees
from wengu.vision.interpret import grad_cam, occlusion_map, overlay

PATH = "convnets/seeing"


def pixels(made: dict, panel: int) -> np.ndarray:
    """The picture of a panel again, (h, w, 3)."""
    field = marks(made, "field", panel)[0]
    assert field["kind"] == "colour"
    z = np.array(field["z"])
    return np.stack([z >> 16, z >> 8 & 255, z & 255], axis=2)


def f_of(net: torch.nn.Sequential, x: torch.Tensor) -> torch.Tensor:
    """The last maps, layer by layer in torch's functions: (32, 14, 14)."""
    first, second, third = net[0], net[3], net[5]
    a = F.max_pool2d(F.relu(F.conv2d(x, first.weight, first.bias, padding=2)), 2)
    a = F.relu(F.conv2d(a, second.weight, second.bias, padding=1))
    return F.relu(F.conv2d(a, third.weight, third.bias, padding=1))[0].detach()


@pytest.mark.parametrize(("digit", "c"), [("3", 3), ("3", 8), ("7", 1)])
def test_the_map_adds_up_to_the_score(digit: str, c: int) -> None:
    """Authority: the network's own score; and the maps, the weightiest first, by torch's functions."""
    net, x = trained(), seen(digit)
    f, w, b = f_of(net, x), net[-1].weight[c].detach(), net[-1].bias[c].item()
    parts = w[:, None, None] * f
    order = parts.mean((1, 2)).abs().argsort(descending=True)
    for step in (1, 3, 8):
        made = drawn(PATH, "adding_up", digit=digit, c=str(c), step=step)
        m = parts[order[:step]].sum(0) if step < 8 else parts.sum(0)
        most = parts.cumsum(0).abs().max().item()
        assert np.abs(pixels(made, 2) - pixels_of(both_ways(x[0, 0], m, "", most=most))).max() <= 1
        mean, told = m.mean().item(), numbers(made["say"].rstrip("."))
        means = [told[-3], told[-2], told[-1]] if step < 8 else [told[1], told[2], told[-1]]
        assert means == pytest.approx([mean, b, b + mean], abs=0.006)
    assert told[-1] == pytest.approx(net(x)[0, c].item(), abs=0.006)


def pixels_of(panel) -> np.ndarray:
    z = np.array(panel.marks[0]["z"])
    return np.stack([z >> 16, z >> 8 & 255, z & 255], axis=2)


def test_what_speaks_against_is_blue_and_for_is_orange() -> None:
    x, m = torch.full((2, 2), 0.5), torch.tensor([[1.0, -1.0], [0.0, 0.0]])
    red, _, blue = np.moveaxis(pixels_of(both_ways(x, m, "", most=1.0)), 2, 0)
    assert red[0, 0] > blue[0, 0] and red[0, 1] < blue[0, 1] and red[1, 0] == blue[1, 0]


def test_three_ways_are_the_library_s_overlays() -> None:
    made, x = drawn(PATH, "three_ways", digit="5", c="6", side="11"), seen("5")
    picture = np.rint(255 * x[0, 0].numpy()).astype(np.uint8)
    assert np.abs(pixels(made, 1) - overlay(picture, grad_cam(reader(), x, 6)[0])).max() < STEP
    fall = occlusion_map(reader(), x, 6, side=11, stride=2)[0]
    assert np.abs(pixels(made, 2) - overlay(picture, fall)).max() < STEP
    assert numbers(made["say"])[-1] == pytest.approx(100 * fall.max().item(), abs=0.06)


def test_layers_become_random_from_the_output_down() -> None:
    names = {name.partition(".")[0] for name, _ in reader().named_parameters()}
    for n in range(len(CASCADE) + 1):
        kept = {name.partition(".")[0] for (name, one), two in zip(
            reader().named_parameters(), randomised(n).parameters(), strict=True) if torch.equal(one, two)}
        assert kept == names - set(CASCADE[:n])
    x = seen("4")
    made = drawn(PATH, "sanity", step=len(CASCADE))
    p = F.softmax(randomised(len(CASCADE))(x)[0], 0).tolist()
    assert marks(made, "bars", 2)[0]["y"] == pytest.approx(p, abs=1e-4)
    a, b = (grad_cam(net, x, 4)[0].flatten().numpy() for net in (reader(), randomised(len(CASCADE))))
    assert figure_of(PATH, "sanity")(step=len(CASCADE)).values["alike"] == pytest.approx(np.corrcoef(a, b)[0, 1])


@pytest.mark.parametrize(("layer", "u", "v"), [(1, 10, 3), (2, 5, 6), (3, 4, 2), (4, 2, 2), (4, 0, 4)])
def test_the_frame_is_what_a_gradient_reaches(layer: int, u: int, v: int) -> None:
    """Through filters of ones, and averages in place of largest values, which lead one way only."""
    x = torch.ones(1, 1, 28, 28, dtype=torch.float64, requires_grad=True)
    one = torch.ones(1, 1, 5, 5, dtype=torch.float64)
    made = [F.conv2d(x, one, padding=2)]
    made.append(F.avg_pool2d(made[-1], 2))
    made.append(F.conv2d(made[-1], one))
    made.append(F.avg_pool2d(made[-1], 2))
    (back,) = torch.autograd.grad(made[layer - 1][0, 0, u, v], x)
    rows, columns = back[0, 0].nonzero().T
    top, left, r = sees(layer, u, v)
    assert (int(rows.min()), int(columns.min())) == (max(top, 0), max(left, 0))
    assert (int(rows.max()) + 1, int(columns.max()) + 1) == (min(top + r, 28), min(left + r, 28))


def test_the_frame_of_a_place_is_drawn_where_it_is() -> None:
    made = drawn(PATH, "field", layer=3, place=[50.0, 27.0])
    (frame,) = marks(made, "boxes", 1)[0]["items"]
    told = numbers(made["say"].partition(":")[0])
    u, v = int(told[-2]) - 1, int(told[-1]) - 1
    assert (frame["y"], frame["x"]) == (max(2 * u - 2, 0), max(2 * v - 2, 0))
    assert numbers(made["say"])[-2:] == [14, 14]
    k = int(told[1]) - 1
    assert layers_of("4")[2].out[k, u, v].item() == pytest.approx(numbers(made["say"])[-3], abs=0.006)


def test_the_small_network_is_small_and_reads() -> None:
    assert WEIGHTS.stat().st_size < 40_000
    read = [int(trained()(seen(str(d)))[0].argmax()) for d in range(10)]
    assert sum(guess == d for d, guess in enumerate(read)) >= 8
