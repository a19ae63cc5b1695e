"""α over the steps."""

import math

import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler

from wengu.core.checks import InputError
from wengu.optimization import (
    DECAYS,
    Decay,
    GradientDescent,
    by_epoch,
    cosine,
    exponential,
    power,
    schedule,
    staircase,
    warm_up,
)


def alphas(name: str, steps: int, *, p: int = 1, total: int = 50, lr: float = 0.2, **settings: float) -> list[float]:
    rule = schedule(name, **settings)
    return [lr * rule(t, p, total) for t in range(steps)]


def theirs(make: object, steps: int, lr: float = 0.2) -> list[float]:
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    scheduler = make(optimiser)  # type: ignore[operator]
    found = []
    for _ in range(steps):
        found.append(scheduler.get_last_lr()[0])
        optimiser.step()
        scheduler.step()
    return found


def test_parity_by_epoch() -> None:
    """Authority: the closed form, by the notes' figures put right: 0.1, 0.067, 0.05, 0.04 of 0.2."""
    assert [0.2 * by_epoch(epoch) for epoch in (1, 2, 3, 4)] == pytest.approx([0.1, 0.2 / 3, 0.05, 0.04], abs=1e-15)
    assert alphas("by-epoch", 8, p=2, rate=0.5) == pytest.approx([0.2 / (1 + 0.5 * (t // 2)) for t in range(8)], abs=1e-15)


def test_parity_exponential() -> None:
    """Authority: torch.optim.lr_scheduler.ExponentialLR, in float64."""
    expected = theirs(lambda o: lr_scheduler.ExponentialLR(o, gamma=0.95), 40)
    assert alphas("exponential", 40) == pytest.approx(expected, abs=1e-12)
    assert exponential(3, base=0.5) == 0.125


@pytest.mark.parametrize("exponent", [1.0, 0.5])
def test_parity_epoch_power(exponent: float) -> None:
    """Authority: the closed form k/epoch^power, power 1 (the notes) and ½ (the course)."""
    expected = [0.2 * 0.8 / math.pow(1 + t // 3, exponent) for t in range(12)]
    assert alphas("epoch-power", 12, p=3, k=0.8, power=exponent) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("exponent", [1.0, 0.5])
def test_parity_step_power(exponent: float) -> None:
    """Authority: the closed form k/t^power by mini-batches, power 1 (the notes) and ½ (the course)."""
    expected = [0.2 * 0.8 / math.pow(1 + t, exponent) for t in range(12)]
    assert alphas("step-power", 12, p=3, k=0.8, power=exponent) == pytest.approx(expected, abs=1e-15)
    assert power(1) == 1


def test_parity_staircase() -> None:
    """Authority: torch.optim.lr_scheduler.StepLR, in float64."""
    expected = theirs(lambda o: lr_scheduler.StepLR(o, step_size=7, gamma=0.3), 40)
    assert alphas("staircase", 40, every=7, factor=0.3) == pytest.approx(expected, abs=1e-12)
    assert [staircase(t, every=10) for t in (9, 10, 20)] == [1, 0.5, 0.25]


def test_parity_of_cosine_with_torch() -> None:
    """Authority: torch.optim.lr_scheduler.CosineAnnealingLR, in float64."""
    assert alphas("cosine", 51) == pytest.approx(theirs(lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=50), 51), abs=1e-12)
    assert cosine(0, 10) == 1
    assert cosine(10, 10) == cosine(12, 10) == pytest.approx(0, abs=1e-15)


def test_parity_warm_up() -> None:
    """Authority: torch.optim.lr_scheduler.LinearLR from 1/n to 1."""
    expected = theirs(lambda o: lr_scheduler.LinearLR(o, start_factor=1 / 10, total_iters=9), 20)
    assert alphas("constant", 20, p=4, warm_up_epochs=2.5) == pytest.approx(expected, abs=1e-12)
    assert warm_up(0, 0) == warm_up(5, 5) == 1


@pytest.mark.parametrize(("n", "total"), [(10, 50), (100, 200), (1, 20)])
def test_parity_of_a_cosine_after_warm_up_with_torch(n: int, total: int) -> None:
    """Authority: torch's SequentialLR of LinearLR and CosineAnnealingLR, which turns from one to the other at step n."""
    expected = theirs(lambda o: lr_scheduler.SequentialLR(o, [
        lr_scheduler.LinearLR(o, start_factor=1 / n, total_iters=max(n - 1, 1)),
        lr_scheduler.CosineAnnealingLR(o, T_max=total - n),
    ], milestones=[n]), total)
    found = alphas("cosine", total, p=10, total=total, warm_up_epochs=n / 10)
    assert found == pytest.approx(expected, abs=1e-12)
    assert max(found) == 0.2


@pytest.mark.parametrize(("name", "make"), [
    ("exponential", lambda o: lr_scheduler.ExponentialLR(o, gamma=0.95)),
    ("staircase", lambda o: lr_scheduler.StepLR(o, step_size=10, gamma=0.5)),
    ("by-epoch", lambda o: lr_scheduler.LambdaLR(o, lambda e: 1 / (1 + e))),
])
def test_parity_of_every_decay_after_warm_up(name: str, make: object) -> None:
    """Authority: torch's SequentialLR, an epoch being a step: the second schedule counts from where it begins."""
    expected = theirs(lambda o: lr_scheduler.SequentialLR(
        o, [lr_scheduler.LinearLR(o, start_factor=1 / 5, total_iters=4), make(o)], milestones=[5]), 40)  # type: ignore[operator]
    assert alphas(name, 40, warm_up_epochs=5) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("n", "total"), [(10, 50), (100, 200)])
def test_parity_with_the_formula_of_transformers(n: int, total: int) -> None:
    """Authority: transformers' get_cosine_schedule_with_warmup, written out: t/n for t < n, then half a cosine.

    Theirs begins at 0, ours at the first step of theirs that moves anything; from α0 on both are the same.
    """
    def formula(t: int) -> float:
        if t < n:
            return t / max(1, n)
        progress = (t - n) / max(1, total - n)
        return max(0.0, 0.5 * (1.0 + math.cos(math.pi * 0.5 * 2.0 * progress)))

    rule = schedule("cosine", warm_up_epochs=n)
    assert [rule(t, 1, total) for t in range(n, total + 1)] == pytest.approx([formula(t) for t in range(n, total + 1)], abs=1e-15)
    assert [rule(t, 1, total) for t in range(n)] == pytest.approx([formula(t + 1) for t in range(n)], abs=1e-15)


def test_a_decay_beneath_the_warm_up_is_their_product() -> None:
    rule, plain = schedule("cosine", warm_up_epochs=10, beneath=True), schedule("cosine")
    assert [rule(t, 10, 200) for t in range(200)] == [plain(t, 10, 200) * warm_up(t, 100) for t in range(200)]
    assert max(rule(t, 10, 200) for t in range(200)) < 0.54


@pytest.mark.parametrize("name", DECAYS)
def test_warm_up_to_the_end_and_beyond(name: str) -> None:
    """A warm-up as long as the training, or longer, never decays; one of 0 changes nothing."""
    longer, none = schedule(name, warm_up_epochs=5), schedule(name, warm_up_epochs=0)
    assert [longer(t, 4, 12) for t in range(12)] == pytest.approx([(t + 1) / 20 for t in range(12)])
    assert longer(20, 4, 12) == pytest.approx(1.0), "one step more, as a scheduler looks ahead"
    assert [none(t, 4, 12) for t in range(12)] == [schedule(name)(t, 4, 12) for t in range(12)]


@pytest.mark.parametrize("name", DECAYS)
def test_as_a_scheduler_of_torch_and_right_after_a_resume(name: str) -> None:
    rule = schedule(name, warm_up_epochs=1)
    first, second = (GradientDescent([nn.Parameter(torch.zeros(1))], lr=0.2) for _ in range(2))
    decay = Decay(first, rule, steps_per_epoch=3, total=30)
    for t in range(20):
        assert first.param_groups[0]["lr"] == pytest.approx(0.2 * rule(t, 3, 30), abs=1e-15)
        first.step()
        decay.step()
    resumed = Decay(second, rule, steps_per_epoch=3, total=30)
    resumed.load_state_dict(decay.state_dict())
    assert second.param_groups[0]["lr"] == first.param_groups[0]["lr"] == pytest.approx(0.2 * rule(20, 3, 30))
    first.step(), decay.step(), second.step(), resumed.step()
    assert second.param_groups[0]["lr"] == first.param_groups[0]["lr"]


def test_bad_input() -> None:
    with pytest.raises(InputError, match="decay: 'stair' is unknown; did you mean staircase"):
        schedule("stair")
    with pytest.raises(InputError, match="rate: decay cosine does not take it; it takes nothing"):
        schedule("cosine", rate=1.0)
    with pytest.raises(InputError, match="base: decay staircase does not take it; it takes every, factor"):
        schedule("staircase", base=0.5)
    with pytest.raises(InputError, match="factor: expected a number above 0, got 0"):
        schedule("staircase", factor=0.0)
