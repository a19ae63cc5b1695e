from __future__ import annotations

import mpmath
import pytest
import torch
from torch.nn import functional as F

from wengu.core.checks import InputError
from wengu.functions import activations as act

DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
WITH_DERIVATIVE = [
    (act.sigmoid, act.d_sigmoid),
    (act.tanh, act.d_tanh),
    (act.relu, act.d_relu),
    (act.leaky_relu, act.d_leaky_relu),
]
BY_HAND = [
    (act.sigmoid, act.sigmoid_by_hand),
    (act.tanh, act.tanh_by_hand),
    (act.relu, act.relu_by_hand),
    (act.leaky_relu, act.leaky_relu_by_hand),
    (act.softmax, act.softmax_by_hand),
]
Z = torch.linspace(-9, 9, 37, dtype=torch.float64)  # 0 is among them


def exact(formula, z):
    """The formula at 50 digits."""
    with mpmath.workdps(50):
        return torch.tensor([float(formula(mpmath.mpf(v))) for v in z.tolist()], dtype=torch.float64)


@pytest.mark.parametrize("sigmoid", [act.sigmoid, act.sigmoid_by_hand])
def test_parity_sigmoid(sigmoid):
    """Authority: mpmath at 50 digits."""
    z = torch.cat([Z, torch.tensor([-700.0, -40.0, 40.0], dtype=torch.float64)])
    torch.testing.assert_close(sigmoid(z), exact(lambda v: 1 / (1 + mpmath.exp(-v)), z), rtol=1e-14, atol=0)


@pytest.mark.parametrize("tanh", [act.tanh, act.tanh_by_hand])
def test_parity_tanh(tanh):
    """Authority: mpmath at 50 digits."""
    torch.testing.assert_close(tanh(Z), exact(mpmath.tanh, Z), rtol=1e-14, atol=0)


def test_parity_derivatives_keep_their_digits_in_the_tails():
    """Authority: mpmath at 50 digits; 1 - g cancels to 0 at the last of these."""
    z = torch.tensor([-40.0, -20.0, -1.0, 0.0, 1.0, 20.0, 40.0], dtype=torch.float64)
    torch.testing.assert_close(
        act.d_sigmoid(z), exact(lambda v: mpmath.exp(-v) / (1 + mpmath.exp(-v)) ** 2, z), rtol=1e-14, atol=0
    )
    torch.testing.assert_close(act.d_tanh(z), exact(lambda v: mpmath.sech(v) ** 2, z), rtol=1e-14, atol=0)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(act.relu, F.relu), (act.relu_by_hand, F.relu), (act.leaky_relu, F.leaky_relu),
     (act.leaky_relu_by_hand, F.leaky_relu), (act.softmax, lambda z: F.softmax(z, -1)),
     (act.softmax_by_hand, lambda z: F.softmax(z, -1))],
)  # fmt: skip
def test_parity_values_and_gradients(ours, theirs):
    """Authority: torch.nn.functional, value and gradient, 0 included."""
    one, other = (Z.clone().requires_grad_() for _ in range(2))
    weights = torch.arange(len(Z), dtype=torch.float64)
    a, b = ours(one), theirs(other)
    (a * weights).sum().backward()
    (b * weights).sum().backward()
    torch.testing.assert_close(a, b, rtol=1e-13, atol=0)
    torch.testing.assert_close(one.grad, other.grad, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize(("g", "d_g"), WITH_DERIVATIVE)
def test_parity_derivative_is_autograds(g, d_g):
    """Authority: torch's autograd, 0 included."""
    z = Z.clone().requires_grad_()
    g(z).sum().backward()
    torch.testing.assert_close(d_g(Z), z.grad, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(("g", "by_hand"), BY_HAND)
def test_both_paths_pass_gradcheck(g, by_hand):
    z = torch.tensor([-3.0, -0.5, 0.7, 2.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(g, z)
    assert torch.autograd.gradcheck(by_hand, z)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("g", [g for pair in WITH_DERIVATIVE for g in pair] + [act.softmax])
def test_every_finite_z_has_a_finite_value_and_gradient(g, dtype):
    most = torch.finfo(dtype).max
    z = torch.tensor([-most, -1e4, -89, -12, -0.0, 12, 89, 1e4, most], dtype=dtype, requires_grad=True)
    a = g(z)
    assert a.dtype == dtype
    assert a.isfinite().all()
    if a.requires_grad:  # the derivatives of the ReLUs are constants
        assert torch.autograd.grad(a.sum(), z)[0].isfinite().all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_limits(dtype):
    ends = torch.tensor([-1, 1], dtype=dtype) * torch.finfo(dtype).max
    assert act.sigmoid(ends).tolist() == [0, 1]
    assert act.tanh(ends).tolist() == [-1, 1]
    assert act.d_sigmoid(ends).tolist() == act.d_tanh(ends).tolist() == [0, 0]


def test_why_there_is_a_second_sigmoid():
    """Autograd through e^-z meets 0 · ∞ below -88 in float32, as the docstring says."""
    z = torch.tensor([-87.0, -90.0], requires_grad=True)
    act.sigmoid_by_hand(z).sum().backward()
    assert z.grad.isnan().tolist() == [False, True]


def test_at_zero_the_derivative_is_the_one_from_the_left():
    zero = torch.zeros(1)
    assert act.d_relu(zero).item() == 0
    assert act.d_leaky_relu(zero, 0.25).item() == 0.25


def test_identities():
    torch.testing.assert_close(act.tanh(Z), 2 * act.sigmoid(2 * Z) - 1)
    torch.testing.assert_close(act.sigmoid(Z) + act.sigmoid(-Z), torch.ones_like(Z))
    assert torch.equal(act.leaky_relu(Z, 0), act.relu(Z))


def test_softmax_of_two_is_the_sigmoid_of_the_difference():
    z = torch.stack([torch.zeros_like(Z), Z], -1)
    torch.testing.assert_close(act.softmax(z)[:, 1], act.sigmoid(Z), rtol=1e-13, atol=0)


def test_softmax_sums_to_one_over_its_dimension_and_ignores_a_shift():
    z = torch.randn(3, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    for softmax in (act.softmax, act.softmax_by_hand):
        torch.testing.assert_close(softmax(z, 1).sum(1), torch.ones(3, 5, dtype=torch.float64))
        torch.testing.assert_close(softmax(z, 1), softmax(z + 7, 1))


def test_the_slope_is_a_parameter():
    assert act.leaky_relu(torch.tensor([-4.0, 4.0]), 0.25).tolist() == [-1, 4]
    assert act.leaky_relu_by_hand(torch.tensor([-4.0, 4.0]), 0.25).tolist() == [-1, 4]
    assert act.d_leaky_relu(torch.tensor([-4, 4]), 0.25).tolist() == [0.25, 1]  # integers in


@pytest.mark.parametrize("f", [act.leaky_relu, act.leaky_relu_by_hand, act.d_leaky_relu])
@pytest.mark.parametrize("slope", [-0.1, 1, 2.0])
def test_a_slope_that_is_no_leak_is_refused(f, slope):
    with pytest.raises(InputError, match="slope: expected a number from 0"):
        f(torch.zeros(1), slope)


def test_activations_by_name():
    assert {name: g.__name__ for name, g in act.ACTIVATIONS.items()} == {name: name for name in act.ACTIVATIONS}
    assert set(act.ACTIVATIONS) == {"sigmoid", "tanh", "relu", "leaky_relu"}
