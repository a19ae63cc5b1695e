"""The range test: it finds where gradient descent stops to converge, changes nothing, and is made by --check alone."""

from __future__ import annotations

import copy
from functools import partial

import pytest
import torch
from torch import nn
from torch.utils.data import TensorDataset

from wengu.optimization import Adam, GradientDescent
from wengu.training import preflight
from wengu.training.precision import casting
from wengu.training.preflight_parts.machine import TrainingSetup
from wengu.training.preflight_parts.rate import range_test


def setup(rule: type = GradientDescent, lr: float = 0.1, m: int = 256) -> TrainingSetup:
    return TrainingSetup(nn.functional.mse_loss, None, None, None, None, lambda model: rule(model.parameters(), lr=lr),
                         casting("fp32", torch.device("cpu")), m, None)


def line(scale: float, m: int = 256) -> tuple[nn.Module, TensorDataset]:
    torch.manual_seed(0)
    x = scale * torch.randn(m, 8)
    return nn.Linear(8, 1), TensorDataset(x, x @ torch.arange(8.0)[:, None])


@pytest.mark.parity
@pytest.mark.parametrize("scale", [0.3, 1.0, 10.0])
def test_parity_the_largest_alpha_of_a_quadratic(scale: float) -> None:
    """Authority: gradient descent on a quadratic diverges from α = 2/λ_max of its Hessian, 2 XᵀX/m, on."""
    model, train = line(scale)
    x = torch.cat([train.tensors[0], torch.ones(256, 1)], dim=1)
    most = 2 / torch.linalg.eigvalsh(2 * x.T @ x / 256)[-1].item()
    found = range_test(model, train, setup(), seconds=60)
    assert found.suggested is not None and most / 40 < found.suggested < most
    assert found.alphas[-1] < 20 * most and min(found.costs) < 0.9 * found.costs[0]


def test_nothing_is_changed_and_it_repeats() -> None:
    model, train = line(1.0)
    before = copy.deepcopy(model.state_dict())
    one, two = (range_test(model, train, setup(Adam, 1e-3), seconds=60) for _ in range(2))
    assert one == two
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_slow_steps_are_fewer_and_reach_as_far() -> None:
    model, train = line(1.0)
    hurried = range_test(model, train, setup(lr=1e-3), seconds=0.0)
    assert len(hurried.alphas) <= 40 and hurried.alphas[-1] > 0.05


@pytest.mark.parametrize(("lr", "verdict"), [(0.01, "ok"), (100.0, "warning"), (1e-6, "warning")])
def test_the_check_says_whether_alpha_suits(lr: float, verdict: str) -> None:
    model, train = line(1.0)
    check = partial(preflight, model, train, train, loss_fn=nn.functional.mse_loss, epochs=3, batch_size=256,
                    optimizer_of=lambda part: GradientDescent(part.parameters(), lr=lr), seconds=20.0)
    found = check(range_test=True)["rate"]
    assert found.verdict == verdict, found
    assert (found.advice.startswith("try --lr 0.")) is (verdict == "warning")
    assert not any(one.name == "rate" for one in check().checks)


def test_where_no_alpha_helps_the_data_is_to_be_looked_at() -> None:
    x, y = torch.zeros(64, 3), torch.cat([torch.zeros(32, 1), torch.ones(32, 1)])
    model = nn.Linear(3, 1)
    nn.init.constant_(model.bias, 0.5)  # the best that a constant can do
    found = preflight(model, (x, y), (x, y), loss_fn=nn.functional.mse_loss, epochs=3, batch_size=64,
                      optimizer_of=lambda part: GradientDescent(part.parameters(), lr=0.1), seconds=20.0, range_test=True)
    assert found["rate"].verdict == "warning" and "falls at no α" in found["rate"].words


def test_an_alpha_of_0_is_no_fault() -> None:
    """It is legal, as where a warm-up begins: the test then asks all groups alike."""
    model, train = line(1.0)
    assert range_test(model, train, setup(lr=0.0), seconds=60) == range_test(model, train, setup(lr=0.1), seconds=60)
