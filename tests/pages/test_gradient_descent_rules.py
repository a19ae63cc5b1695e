"""The pages on momentum, RMSprop, Adam, averages, decays and batch norm: what their figures draw and say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from tests.pages.seeing import numbers
from wengu.data import load
from wengu.optimization import compare_rules
from wengu.pages.gradient_descent import (
    adam,
    averages,
    batch_norm,
    decays,
    manual_decay,
    momentum,
    rmsprop,
    small_training,
)


def marks(fig: Any, panel: int, label: str) -> dict[str, Any]:
    return next(mark for mark in fig.panels[panel].marks if mark.get("label") == label)  # type: ignore[no-any-return]


# -- momentum ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("surface", ["ravine", "bowl"])
@pytest.mark.parametrize("lr", [0.1, 0.0422])
def test_momentum_needs_what_compare_rules_says(surface: str, lr: float) -> None:
    drawn = momentum.paths(surface=surface, lr=lr, step=momentum.STEPS)
    needed = compare_rules(surface, lr=lr, steps=momentum.STEPS)["momentum"].steps
    said = numbers(drawn.each[-1])
    assert (said[0], said[1], said[2]) == (0.9, pytest.approx(lr, rel=1e-2), needed)
    best = 2 / 101 if surface == "ravine" else 1.0  # 2 / (steepest + flattest) is the theory's best α
    assert said[3] == pytest.approx(best, rel=0.02) and said[4] <= compare_rules(surface, lr=best)["gradient-descent"].steps


def test_momentum_without_memory_is_plain_descent() -> None:
    drawn = momentum.paths(surface="bowl", beta=0.0, lr=0.5)
    path = marks(drawn, 0, "momentum")
    assert np.asarray(path["x"])[:4] == pytest.approx([-8, -4, -2, -1])
    assert numbers(momentum.paths(surface="bowl", beta=0.0, lr=1.0).each[-1])[2] == 1
    assert "α = 0.0422 diverges, plain descent" in momentum.paths(beta=0.0, lr=0.0422).each[-1]
    one = {mark["label"]: mark["tone"] for mark in momentum.paths().panels[0].marks[1:]}
    other = {mark["label"]: mark["tone"] for mark in adam.descent().panels[0].marks[1:]}
    assert one.items() <= other.items(), "a rule has one name and one colour"


@pytest.mark.parametrize("surface", ["ravine", "bowl"])
def test_no_alpha_of_the_slider_needs_fewer_steps_than_the_page_says(surface: str) -> None:
    """'At its best α' holds for whoever moves the slider: of 300 α none is better."""
    given = momentum.paths(surface=surface).values
    every = compare_rules(surface, lr=np.geomspace(0.005, 2, 300), steps=momentum.STEPS)
    for rule, quoted in (("gradient-descent", given["plain"]), ("momentum", given["least"])):
        steps = every[rule].steps
        assert steps is not None and steps - 1 <= quoted <= steps


# -- RMSprop ----------------------------------------------------------------------------------------------------------


def test_rmsprop_is_torchs() -> None:
    drawn = rmsprop.ravine(steep=100.0, turned=30, lr=0.05, beta=0.8)
    c, s = np.cos(np.pi / 6), np.sin(np.pi / 6)
    hessian = torch.tensor([[c, s], [-s, c]]).T @ torch.diag(torch.tensor([1.0, 100.0])).double()
    hessian = hessian @ torch.tensor([[c, s], [-s, c]])
    w = nn.Parameter(torch.tensor([-3.0, 2.0], dtype=torch.float64))
    theirs = torch.optim.RMSprop([w], lr=0.05, alpha=0.8)
    track = [w.tolist()]
    for _ in range(rmsprop.STEPS):
        theirs.zero_grad()
        (w @ hessian @ w / 2).backward()
        theirs.step()
        track.append(w.tolist())
    path = marks(drawn, 0, "RMSprop")
    assert np.column_stack([path["x"], path["y"]]) == pytest.approx(np.array(track), abs=1e-6)
    assert numbers(drawn.each[-1])[-1] == pytest.approx((w @ hessian @ w / 2).item(), rel=5e-3)


def test_rmsprop_does_not_feel_the_steepness_but_when_turned() -> None:
    def ys(**values: float) -> np.ndarray[Any, Any]:
        return np.asarray(marks(rmsprop.ravine(**values), 0, "RMSprop")["y"])

    assert ys(steep=1.0) == pytest.approx(ys(steep=400.0), abs=1e-6)
    assert np.abs(ys(steep=1.0, turned=45) - ys(steep=400.0, turned=45)).max() > 0.1


# -- Adam -------------------------------------------------------------------------------------------------------------


def test_adam_on_the_bent_valley_is_torchs() -> None:
    w = nn.Parameter(torch.tensor([-1.6, 0.2], dtype=torch.float64))
    theirs = torch.optim.Adam([w], lr=0.2)
    for _ in range(adam.STEPS):
        theirs.zero_grad()
        ((1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2).backward()
        theirs.step()
    drawn = adam.descent(surface="rosenbrock", lr=0.2, only="adam")
    path = marks(drawn, 0, "Adam")
    assert (path["x"][-1], path["y"][-1]) == pytest.approx(w.tolist(), abs=1e-6)
    loss = (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2
    assert numbers(drawn.each[-1])[-1] == pytest.approx(loss.item(), rel=0.05)
    assert len(adam.descent().panels[1].marks) == 4


@pytest.mark.parametrize("exponent", [-3.0, 4.0])
def test_adams_first_step_is_alpha(exponent: float) -> None:
    drawn = adam.first_step(exponent=exponent, lr=0.02)
    assert numbers(drawn.say) == pytest.approx([10**exponent, 0.02, 0.02], rel=1e-3)
    assert np.asarray(marks(drawn, 0, "Adam")["y"])[40:] == pytest.approx(0.02, rel=1e-3)
    assert np.asarray(marks(drawn, 0, "RMSprop")["y"])[40:] == pytest.approx(0.02 / 0.1**0.5, rel=1e-3)
    assert marks(drawn, 0, "plain descent")["y"][-1] == pytest.approx(0.02 * 1e4)
    assert marks(drawn, 0, "momentum")["y"][-1] == pytest.approx(0.002 * 1e4)
    assert drawn.rows[-1][0].startswith("W = W − α V′ / (√S′ + ε)")
    assert drawn.rows[-1][0].split()[-1] == {-3.0: "−0.0199998", 4.0: "−0.02"}[exponent]  # 0.02/(1 + 1e-5) and 0.02
    assert not [row for row in drawn.rows if "^" in row[0] or " -" in row[0]], "powers are raised, minus signs are printed"


def test_adams_first_step_shrinks_at_epsilon() -> None:
    assert numbers(adam.first_step(exponent=-4.0, lr=0.02, eps=1e-4).say)[1] == pytest.approx(0.01)


def test_momentum_opens_with_the_alpha_that_its_page_tells_of() -> None:
    drawn = momentum.paths()
    assert f"takes {drawn.values['least']} steps, plain" in drawn.each[-1]
    assert drawn.each[-1].endswith(f"takes {drawn.values['plain']} steps.")


def test_nesterovs_momentum_by_arithmetic() -> None:
    """Steps to a thousandth with the best of 4,000 α, on J = ½(w₁² + h w₂²); and where the roots are complex."""
    told = momentum.facts.values()
    for surface, h in (("ravine", 100.0), ("bowl", 1.0)):
        alpha = np.geomspace(1e-4, 10, 4000)[:, None]
        w, v = np.tile(momentum.START, (4000, 1)), np.zeros((4000, 2))
        needed = np.zeros(4000, dtype=int)
        first = (w**2 @ [1, h])[0]
        with np.errstate(all="ignore"):
            for t in range(1, momentum.STEPS + 1):
                g = w * [1, h]
                v = 0.9 * v + g
                w = w - alpha * (g + 0.9 * v)
                needed[~(w**2 @ [1, h] <= momentum.LEFT * first)] = t
        assert told[surface] - 1 <= needed.min() + 1 <= told[surface]
    assert (told["low"], told["high"]) == pytest.approx(((1 - 0.9**0.5) ** 2, (1 + 0.9**0.5) ** 2), rel=3e-3)


# -- averages ---------------------------------------------------------------------------------------------------------


def test_average_is_pandas() -> None:
    drawn = averages.smoothed(beta=0.8)
    costs = pd.Series([stop.cost for stop in small_training.whole_training(0.5)])
    theirs = costs.ewm(alpha=0.2, adjust=True).mean()
    assert np.asarray(marks(drawn, 0, "v̂, corrected")["y"]) == pytest.approx(theirs.to_numpy())
    said = numbers(drawn.each[-1])
    assert said[1] == pytest.approx(5)
    assert said[3:6] == pytest.approx([np.log(10), np.log(10), 0.2 * np.log(10)], rel=2e-3)  # ten classes, w = 0
    assert said[6] == pytest.approx(theirs.iloc[-1], rel=5e-3)
    weights = np.asarray(drawn.panels[1].marks[0]["y"])
    assert weights == pytest.approx(0.2 * 0.8 ** np.arange(121))


# -- decays -----------------------------------------------------------------------------------------------------------


def test_decays_by_arithmetic() -> None:
    drawn = decays.curves(lr=0.4, rate=2.0, base=0.9, power="0.5", every=2)
    rows = {int(row[0]): [float(cell) for cell in row[1:]] for row in drawn.rows}
    assert drawn.head[1:] == ("inverse time", "exponential", "power of the epoch", "power of the step", "staircase", "cosine")
    expected = [0.4 / 7, 0.4 * 0.9**3, 0.4 / 4**0.5, 0.4 / 31**0.5, 0.2, 0.2 * (1 + np.cos(np.pi * 30 / 200))]
    assert rows[3] == pytest.approx(expected, rel=3e-3)
    assert np.asarray(marks(drawn, 0, "staircase")["y"])[[38, 39, 40, 80]] == pytest.approx([0.4, 0.4, 0.2, 0.1])
    stair = np.asarray(marks(drawn, 0, "staircase")["x"])
    assert stair[[39, 40]] == pytest.approx([2, 2])  # down at once


def test_decays_give_the_notes_figures_put_right() -> None:
    """0.1, 0.067, 0.05, 0.04, where the notes print 0.67, 0.5, 0.4; and step-power 1 is at a tenth within an epoch."""
    drawn = decays.curves(power="1")
    assert "has 0.1, 0.0667, 0.05, 0.04. " in drawn.say
    assert marks(drawn, 0, "power of the step")["y"][2 * 9] == pytest.approx(0.02)
    assert marks(drawn, 0, "inverse time")["y"] == pytest.approx(marks(drawn, 0, "power of the epoch")["y"])


def test_decays_open_with_six_curves_that_differ() -> None:
    """In course and in colour, no two of them alike; green and teal are one colour to many."""
    lines = [mark for mark in decays.curves().panels[0].marks if mark["mark"] == "line"]
    assert len(lines) == len({tuple(line["y"]) for line in lines}) == len({line["tone"] for line in lines}) == 6
    assert not {"3", "5"} <= {line["tone"] for line in lines}


def test_decays_warm_up() -> None:
    """As the page says: α₀ when the warm-up ends, then the decay over what is left."""
    y = marks(decays.curves(warm_up=4), 0, "cosine")["y"]
    assert y[0] == pytest.approx(0.2 / 40)
    assert y[2 * 19] == pytest.approx(0.1)
    assert y[2 * 39] == y[2 * 40] == pytest.approx(0.2)
    assert y[2 * 120] == pytest.approx(0.1)
    half = marks(decays.curves(warm_up=10), 0, "cosine")["y"]
    assert half[2 * 100] == pytest.approx(0.2) and half[2 * 150] == pytest.approx(0.1) and half[-1] <= 0.2 * 1e-3


# -- manual decay -----------------------------------------------------------------------------------------------------


def test_manual_decay_is_a_script_of_plain_torch() -> None:
    drawn = manual_decay.cut(step=120, factor=5.0)
    sample = load("sample")
    x = torch.from_numpy(sample.pixels[:600]).double() / 255
    x, y = nn.functional.avg_pool2d(x, 4).flatten(1), torch.from_numpy(sample.labels[:600])
    model = nn.Linear(49, 10).double()
    nn.init.zeros_(model.weight), nn.init.zeros_(model.bias)
    sgd = torch.optim.SGD(model.parameters(), lr=1.0)
    costs = []
    for t, batch in enumerate(small_training._batches()[: small_training.STEPS]):
        if t == 120:
            sgd.param_groups[0]["lr"] = 0.2
        sgd.zero_grad()
        nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
        sgd.step()
        with torch.no_grad():
            costs.append(nn.functional.cross_entropy(model(x[400:]), y[400:]).item())
    low, high = numbers(drawn.each[-1])[1:3]
    assert (low, high) == pytest.approx((min(costs[-20:]), max(costs[-20:])), abs=0.006)
    assert np.asarray(marks(drawn, 0, "α turned down")["y"]) == pytest.approx(costs[119:], rel=1e-6)
    assert np.asarray(marks(drawn, 0, "α unchanged")["y"])[:120] == pytest.approx(costs[:120], rel=1e-6)


def test_manual_decay_too_early_or_too_much_settles_higher() -> None:
    """As the page says."""
    low = numbers(manual_decay.cut().each[-1])[1]
    assert numbers(manual_decay.cut(step=40).each[-1])[1] > low + 0.02
    assert numbers(manual_decay.cut(factor=100.0).each[-1])[1] > low + 0.02


# -- batch norm -------------------------------------------------------------------------------------------------------


def test_batch_norm_is_torchs() -> None:
    drawn = batch_norm.before_after(m=50, gamma=1.5, beta=-1.0)
    layer = nn.BatchNorm1d(3).double()
    nn.init.constant_(layer.weight, 1.5), nn.init.constant_(layer.bias, -1.0)
    after = layer(batch_norm.sums()[:50]).detach().numpy()
    for unit, column in zip(batch_norm.UNITS, after.T, strict=True):
        mark = marks(drawn, 1, f"unit {unit}")
        edges = [*mark["x"][::2], mark["x"][-1]]
        assert np.asarray(mark["y"])[::2] * 50 == pytest.approx(np.histogram(column, edges)[0])
    assert numbers(drawn.say)[-6:] == pytest.approx([-1, -1, -1, 1.5, 1.5, 1.5])


def test_batch_norm_one_unit_is_dead_behind_a_relu() -> None:
    """As the page says: below 0 for all 400."""
    assert (batch_norm.sums()[:, 0] < 0).all()


def test_batch_norm_before_or_after_the_relu() -> None:
    """As the page says: before it half comes through, after it what is cut off stays; and what ε does to two pictures."""
    z = batch_norm.sums()[:, :1]
    norm = nn.BatchNorm1d(1, affine=False).double()
    told = batch_norm.before_after().values
    assert told["off"] == pytest.approx((torch.relu(norm(z)) == 0).double().mean().item()) and told["below"] == 1
    assert not norm(torch.relu(z)).any()
    told = batch_norm.before_after(m=2).values
    assert told["reached"] == pytest.approx(norm(z[:2]).abs().max().item())
    assert told["sigma"] == pytest.approx((z[0] - z[1]).abs().item() / 2)


def test_batch_norm_of_two_is_plus_and_minus_one() -> None:
    said = numbers(batch_norm.test_time(size=2).each[-1])
    assert said[1:3] == pytest.approx([-1, 1], abs=0.02)


@pytest.mark.parametrize("momentum", [1.0, 0.3])
def test_running_average_by_arithmetic(momentum: float) -> None:
    drawn = batch_norm.test_time(momentum=momentum)
    means = np.asarray(marks(drawn, 0, "μ of the batch")["y"])
    run, expected = 0.0, [0.0]
    for mean in means:
        run = (1 - momentum) * run + momentum * mean
        expected.append(run)
    assert np.asarray(marks(drawn, 0, "running average")["y"]) == pytest.approx(expected)
    assert numbers(drawn.each[-1])[-1] == pytest.approx(batch_norm.sums()[:, 2].mean().item(), abs=6e-4)
    assert "nan" not in "".join(drawn.each)
