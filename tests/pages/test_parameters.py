"""The pages on parameters: what their figures draw and say is what the library, torch or arithmetic gives."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch

from tests.pages.seeing import after_snippets, drawn
from wengu.pages.parameters import initialisation, summary


def test_lenet_in_colour_with_five_classes() -> None:
    drawn = summary.lenet(channels="3", classes=5)
    total = 3 * 150 + 6 + 2416 + 48120 + 10164 + 84 * 5 + 5
    assert drawn.say == f"There are {total:,} numbers to learn; W of layer C5 alone holds 48,000 of them, 78\u00a0%."
    weights, biases = drawn.panels[0].marks
    assert sum(weights["y"]) + sum(biases["y"]) == pytest.approx(100)
    assert weights["y"][0] == pytest.approx(100 * 450 / total)
    assert drawn.rows[0] == ("c1.weight", "1", "W", "6 × 3 × 5 × 5", "450", f"{100 * 450 / total:.1f}\u00a0%")


def test_dense_is_what_torch_counts() -> None:
    drawn = summary.dense(layers=3, units=40)
    sizes = [784, 40, 40, 40, 10]
    net = torch.nn.Sequential(*[torch.nn.Linear(a, b) for a, b in pairwise(sizes)])
    total = sum(p.numel() for p in net.parameters())
    assert f"{total:,} numbers to learn, {100 * 130 / total:.1f}\u00a0% of them biases" in drawn.say
    assert drawn.panels[0].marks[0]["y"] == [layer.weight.numel() for layer in net]
    assert drawn.rows[1] == ("hidden layers", "3", "your slider")


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_depth_is_a_pass_through_torch(activation: str) -> None:
    """Weights drawn by torch alone, in the same order, give the same spreads."""
    a = torch.randn(64, 64, generator=torch.Generator().manual_seed(1))
    seed, expected = torch.Generator().manual_seed(0), []
    for _ in range(7):
        a = getattr(torch, activation)(a @ (torch.randn(64, 64, generator=seed) * math.sqrt(2 / 64)).T)
        expected.append(a.double().std(dim=0).mean().item())
    drawn = initialisation.depth(activation=activation, layers=7, start="he")
    he = drawn.panels[0].marks[2]
    assert he["y"] == pytest.approx(expected, rel=1e-4)
    assert f"{expected[-1]:.2g} from He weights" in drawn.say
    for histogram in drawn.panels[1].marks:
        assert float(histogram["counts"].sum()) == pytest.approx(100, abs=1e-3)


def test_what_the_page_says_of_depth() -> None:
    """0.01 leaves nothing after six layers of ReLU; He carries on; tanh is well with scaled weights."""
    small, scaled, he = (mark["y"] for mark in initialisation.depth(activation="relu", layers=20).panels[0].marks[:3])
    assert small[5] < 2e-8 and math.isnan(small[-1])
    assert scaled[-1] < 1e-3 < 0.05 < he[-1]
    assert initialisation.depth(activation="tanh", layers=20).panels[0].marks[1]["y"][-1] > 0.1
    assert all(math.isnan(mark["y"][-1])  # below the axis
               for mark in initialisation.depth(activation="sigmoid", layers=20).panels[0].marks)


def test_saturation_is_the_mean_over_a_normal_law() -> None:
    """z of weights of deviation s behind n inputs of ±1 is N(0, s² n): the derivative's mean is an integral."""
    drawn = initialisation.saturation(scale=0.3, inputs="100")
    z = torch.linspace(-60, 60, 240_001, dtype=torch.float64)
    deviation = 0.3 * math.sqrt(100)
    density = torch.exp(-(z**2) / 2 / deviation**2) / deviation / math.sqrt(2 * math.pi)
    expected = torch.trapezoid(torch.sigmoid(z) * torch.sigmoid(-z) * density, z).item()
    at = drawn.panels[0].marks[3]["y"][0]
    assert at == pytest.approx(expected, rel=0.06)  # of 400 draws
    assert f"the derivative is {at:.3g} on average" in drawn.say


@pytest.mark.parametrize(("page", "said"), [("summary", "61,706"), ("initialisation", "Healthy")])
def test_snippets_say(page: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    after_snippets(f"parameters/{page}")
    assert said in capsys.readouterr().out


def test_what_float64_cannot_tell_apart_is_not_called_0() -> None:
    for activation, told in (("sigmoid", "is < 10⁻¹⁶ from small"), ("relu", "is 2.3 × 10⁻²⁶ from small")):
        assert told in drawn("parameters/initialisation", "depth", activation=activation, layers=20)["say"]
