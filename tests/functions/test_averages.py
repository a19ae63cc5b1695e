from __future__ import annotations

import io
import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from wengu.core.checks import InputError
from wengu.data import load
from wengu.functions import (
    EMA,
    effective_window,
    exponential_average,
    exponential_average_by_hand,
)

BETAS = (0.0, 0.5, 0.9, 0.98, 0.9999)


def series(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("T", [1, 2, 7, 8, 1000])
def test_parity_exponential_average(beta, T):
    """Authority: pandas ewm, adjust=True for the corrected one, adjust=False behind a 0 for the other; 1e-12."""
    theta = series(T, 2)
    corrected = pd.DataFrame(theta).ewm(alpha=1 - beta, adjust=True).mean().to_numpy()
    from_zero = pd.DataFrame(np.vstack([np.zeros((1, 2)), theta])).ewm(alpha=1 - beta, adjust=False).mean().to_numpy()[1:]
    for average in (exponential_average, exponential_average_by_hand):
        np.testing.assert_allclose(average(theta, beta), corrected, rtol=0, atol=1e-12)
        np.testing.assert_allclose(average(theta, beta, corrected=False), from_zero, rtol=0, atol=1e-12)


def test_a_constant_is_its_own_average_from_the_first_step_on():
    theta = torch.full((50,), 7.0, dtype=torch.float64)
    torch.testing.assert_close(exponential_average(theta, 0.99), theta)
    assert exponential_average(theta, 0.99, corrected=False)[0].item() == pytest.approx(0.07)


def test_wide_and_narrow_agree():
    wide = series(20, 301)
    columns = torch.stack([exponential_average(column, 0.9) for column in wide.T], 1)
    torch.testing.assert_close(exponential_average(wide, 0.9), columns, rtol=0, atol=1e-12)


def test_numbers_of_any_kind_are_taken():
    expected = exponential_average_by_hand(torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64), 0.9)
    for given in ([1, 2, 4], np.array([1, 2, 4]), torch.tensor([1, 2, 4])):
        torch.testing.assert_close(exponential_average(given, 0.9), expected)
    assert exponential_average(torch.ones(3), 0.9).dtype == torch.float32


def test_gradcheck():
    assert torch.autograd.gradcheck(lambda x: exponential_average(x, 0.9), series(9).requires_grad_())


def test_memory_is_where_a_weight_has_fallen_to_one_over_e():
    for beta in (0.9, 0.99, 0.999):
        assert beta ** effective_window(beta) == pytest.approx(1 / math.e, rel=0.06)
        assert beta ** effective_window(beta) < 1 / math.e


@pytest.mark.parametrize("wrong", [-0.1, 1.0, math.nan])
def test_beta_out_of_range(wrong):
    for refusing in (lambda: exponential_average([1.0], wrong), lambda: effective_window(wrong), lambda: EMA(nn.Linear(1, 1), beta=wrong)):
        with pytest.raises(InputError, match="beta: expected a number from 0 to below 1"):
            refusing()


@pytest.mark.parametrize("nothing", [[], 3.0, torch.zeros(0, 4)])
def test_no_values(nothing):
    with pytest.raises(InputError, match="values: expected one or more"):
        exponential_average(nothing, 0.9)


# --- weights of a model -----------------------------------------------------------------------------------------------
def network(dtype=torch.float64):
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 10)).to(dtype)


def trained(model, average, steps=20):
    """Some steps on real pictures; the weights after each."""
    sample = load("sample")
    x, y = torch.as_tensor(sample.pixels[:64] / 255).to(model[1].weight.dtype), torch.as_tensor(sample.labels[:64]).long()
    optimiser, history = torch.optim.SGD(model.parameters(), lr=0.1), []
    for _ in range(steps):
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimiser.step()
        average.update()
        history.append(torch.cat([p.detach().flatten() for p in model.parameters()]))
    return torch.stack(history)


def flat(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def test_parity_average_of_weights():
    """Authority: pandas ewm(adjust=True) over the weights after every step of a real training."""
    model = network()
    average = EMA(model, beta=0.9)
    history = trained(model, average)
    expected = torch.tensor(pd.DataFrame(history.numpy()).ewm(alpha=0.1, adjust=True).mean().to_numpy()[-1])
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with average.applied() as same:
        assert same is model
        torch.testing.assert_close(flat(model), expected, rtol=0, atol=1e-12)
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_copy_to_another_model_takes_the_buffers_along():
    model, other = network(), network()
    average = EMA(model, beta=0.9)
    trained(model, average)
    average.copy_to(other)
    with average.applied():
        for name, value in model.state_dict().items():
            assert torch.equal(value, other.state_dict()[name]), name
    assert other[2].num_batches_tracked == 20


def test_own_weights_come_back_after_an_error():
    model = network()
    average = EMA(model)
    trained(model, average, 2)
    before = flat(model)
    with pytest.raises(KeyError), average.applied():
        raise KeyError
    assert torch.equal(flat(model), before)


def test_a_state_comes_back_through_the_disk():
    model = network()
    average = EMA(model, beta=0.9)
    trained(model, average, 5)
    torch.save(average.state_dict(), file := io.BytesIO())
    file.seek(0)
    second = EMA(model, beta=0.5)
    second.load_state_dict(torch.load(file, weights_only=True))
    for each in (average, second):
        each.update()
    for name, value in average.averages().items():
        assert torch.equal(value, second.averages()[name]), name


def test_half_precision_is_averaged_in_float32():
    """In bfloat16 a step of 1/1000 of the way would be rounded away."""
    w = nn.Linear(1, 1, bias=False).to(torch.bfloat16)
    average = EMA(w, beta=0.999)
    for value in [1.0] * 500 + [2.0] * 500:
        nn.init.constant_(w.weight, value)
        average.update()
    expected = exponential_average([1.0] * 500 + [2.0] * 500, 0.999)[-1].item()
    assert average.averages()["weight"].item() == pytest.approx(expected, rel=1e-4)
    with average.applied():
        assert w.weight.dtype == torch.bfloat16 and 1.5 < w.weight.item() < 1.8


def test_before_the_first_update_and_for_another_model():
    average = EMA(nn.Linear(2, 1))
    with pytest.raises(InputError, match="ema: expected an update first"), average.applied():
        pass
    average.update()
    with pytest.raises(InputError, match="got others: bias, weight"):
        average.copy_to(nn.Linear(3, 2))
    with pytest.raises(InputError, match="got others: bias"):
        EMA(nn.Linear(2, 1, bias=False)).load_state_dict(average.state_dict())
