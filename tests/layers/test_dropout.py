from __future__ import annotations

import copy
import math

import numpy as np
import pytest
import torch
from scipy import stats

from wengu.core.checks import InputError
from wengu.layers import Dropout, inverted_dropout


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_parity_kept_units_are_binomial():
    """Authority: scipy's binomial law; and torch's own dropout follows it no better."""
    rows, units, keep_prob = 4000, 12, 0.7
    kept = (inverted_dropout(torch.ones(rows, units), keep_prob, generator=seeded()) > 0).sum(1).numpy()
    expected = stats.binom.pmf(np.arange(units + 1), units, keep_prob) * rows
    seen = np.bincount(kept, minlength=units + 1)
    many = expected >= 5  # the chi-square law needs that
    seen, expected = ([*counts[many], counts[~many].sum()] for counts in (seen, expected))
    assert stats.chisquare(seen, expected).pvalue > 0.001


@pytest.mark.parametrize("keep_prob", [0.2, 0.8])
def test_expectation_is_kept(keep_prob):
    n = 200_000
    a = inverted_dropout(torch.ones(n, dtype=torch.float64), keep_prob, generator=seeded())
    assert a.unique().tolist() == pytest.approx([0, 1 / keep_prob], rel=1e-15)
    assert abs(a.mean().item() - 1) < 4 * math.sqrt((1 - keep_prob) / keep_prob / n)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_hits_keep_prob(dtype):
    """0.999 is nearly 1 in bfloat16: noise of that type would keep all."""
    n, a = 1_000_000, torch.ones(1_000_000, dtype=dtype)
    dropped = (inverted_dropout(a, 0.999, generator=seeded()) == 0).sum().item()
    assert abs(dropped - 0.001 * n) < 4 * math.sqrt(0.001 * n)
    assert inverted_dropout(a, 0.5, generator=seeded()).dtype == dtype


def test_the_generator_decides_and_nothing_else():
    a = torch.ones(1000)
    before = torch.random.get_rng_state()
    first, same, other = (inverted_dropout(a, 0.5, generator=seeded(s)) for s in (0, 0, 1))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
    assert torch.equal(before, torch.random.get_rng_state())


def test_gradient_has_the_same_mask():
    a = torch.ones(100, requires_grad=True)
    out = inverted_dropout(a, 0.5, generator=seeded())
    out.sum().backward()
    assert torch.equal(a.grad, out.detach())
    x = torch.randn(6, dtype=torch.float64, generator=seeded()).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: inverted_dropout(x, 0.5, generator=seeded()), x)


def test_off_at_test_time_and_when_everything_is_kept():
    a = torch.randn(5, generator=seeded())
    layer = Dropout(p=0.5, generator=seeded())
    assert layer.eval()(a) is a
    assert layer.train()(torch.ones(1000)).unique().tolist() == [0, 2]
    assert Dropout(p=0)(a) is a
    assert inverted_dropout(a, 0.5, training=False) is a


def test_the_given_tensor_is_left_alone_and_its_memory_format_kept():
    a = torch.randn(2, 3, 4, 4, generator=seeded()).to(memory_format=torch.channels_last)
    before = a.clone()
    out = inverted_dropout(a, 0.5, generator=seeded())
    assert torch.equal(a, before)
    assert out.is_contiguous(memory_format=torch.channels_last)


def test_a_copy_of_the_layer_goes_on_with_the_same_masks():
    layer = Dropout(p=0.5, generator=seeded())
    other = copy.deepcopy(layer)
    assert torch.equal(layer(torch.ones(100)), other(torch.ones(100)))


@pytest.mark.parametrize("keep_prob", [0, -0.1, 1.1, math.nan])
def test_refusals(keep_prob):
    with pytest.raises(InputError, match="p: expected a number from 0 to below 1"):
        Dropout(p=1 - keep_prob)
    with pytest.raises(InputError, match="keep_prob: expected the probability to keep a unit, above 0 and at most 1"):
        inverted_dropout(torch.ones(1), keep_prob, training=False)
