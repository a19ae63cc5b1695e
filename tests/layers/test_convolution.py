from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.signal import correlate
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from wengu.core.checks import InputError
from wengu.layers import Conv1d, Conv2d, Conv3d, convolve_by_hand, multiplication_count, output_size, parameter_count
from wengu.layers.convolution import padding_of

EDGE = torch.tensor([[1.0, 0, -1]] * 3, dtype=torch.float64)  # the notes' filter of vertical edges


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def randn(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=seeded(seed))


# --- the notes' numbers -----------------------------------------------------------------------------------------------
def test_vertical_edge():
    x = torch.tensor([[10.0, 10, 10, 0, 0, 0]] * 6, dtype=torch.float64)
    z = convolve_by_hand(x[None, None], EDGE[None, None])[0, 0]
    assert z.tolist() == [[0, 30, 30, 0]] * 4
    assert convolve_by_hand(x.flip(1)[None, None], EDGE[None, None])[0, 0].tolist() == [[0, -30, -30, 0]] * 4


@pytest.mark.parametrize(
    ("n", "f", "p", "s", "expected"),
    [(6, 3, 0, 1, 4), (7, 3, 0, 2, 3), (6, 3, 1, 1, 6), (28, 5, 0, 1, 24), (5, 5, 0, 1, 1), (7, 2, 0, 3, 2)],
)
def test_output_size(n, f, p, s, expected):
    assert output_size(n, f, p, s) == expected
    assert Conv2d(1, 1, f, stride=s, padding=p)(torch.zeros(1, 1, n, n)).shape[2:] == (expected, expected)
    W = torch.zeros(1, 1, f, f)
    assert convolve_by_hand(torch.zeros(1, 1, n, n), W, stride=s, padding=p).shape[2:] == (expected, expected)


def test_volume_and_two_filters():
    assert convolve_by_hand(torch.zeros(1, 3, 6, 6), torch.zeros(2, 3, 3, 3)).shape == (1, 2, 4, 4)


def test_parameters():
    assert parameter_count(3, 1, 3) == 28
    assert parameter_count(3, 10, 3) == 280
    for sizes, more in [((3, 10, 3), {}), ((4, 2, (3, 1)), {"bias": False}), ((4, 6, 3), {"groups": 2})]:
        assert sum(p.numel() for p in Conv2d(*sizes, **more).parameters()) == parameter_count(*sizes, **more)


def test_multiplications():
    assert multiplication_count(28, 192, 32, 5, padding="same") == 120_422_400
    through_16 = multiplication_count(28, 192, 16, 1) + multiplication_count(28, 16, 32, 5, padding="same")
    assert through_16 == 12_443_648


# --- outside authorities ----------------------------------------------------------------------------------------------
CASES = [
    {"stride": 1, "padding": "valid"},
    {"stride": 1, "padding": "same"},
    {"stride": 2, "padding": "same"},
    {"stride": 3, "padding": 2},
    {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)},
    {"padding": "same", "dilation": 2},
    {"padding": 1, "groups": 2},
    {"groups": 4, "dilation": (2, 1)},
]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("size", [(3, 3), (1, 5)])
def test_parity_torch(case, size):
    """Authority: torch.nn.functional.conv2d; by hand and layer, value and gradient."""
    groups, dilation = case.get("groups", 1), case.get("dilation", 1)
    x, W, b = randn(2, 4, 9, 8), randn(8, 4 // groups, *size, seed=1), randn(8, seed=2)
    layer = Conv2d(4, 8, size, **case).double()
    layer.load_state_dict({"weight": W, "bias": b})
    p, s = case.get("padding", 0), case.get("stride", 1)
    if p == "same":
        p = [dilation * (f // 2) for f in size]  # torch's own word for it takes no stride

    def value_and_gradients(convolve):
        args = [t.clone().requires_grad_() for t in (x, W, b)]
        z = convolve(*args)
        return z, *torch.autograd.grad(z.square().sum(), args)

    expected = value_and_gradients(lambda x, W, b: F.conv2d(x, W, b, s, 0 if p == "valid" else p, dilation, groups))
    torch.testing.assert_close(value_and_gradients(lambda x, W, b: convolve_by_hand(x, W, b, **case)), expected)
    torch.testing.assert_close(layer(x), expected[0])


@pytest.mark.parametrize(("n", "case"), [
    (1, {"stride": 2, "padding": 1}), (1, {"padding": "same", "dilation": 2, "groups": 2}),
    (3, {"stride": (1, 2, 3), "padding": (1, 0, 2)}), (3, {"groups": 4, "dilation": (2, 1, 1)}),
])  # fmt: skip
def test_parity_torch_in_one_and_three_dimensions(n, case):
    """Authority: torch.nn.functional.conv1d and conv3d; by hand and layer, value and gradient."""
    groups, dilation, p = case.get("groups", 1), case.get("dilation", 1), case.get("padding", 0)
    size = (3, 2, 3)[:n]
    x, W, b = randn(2, 4, *(9, 7, 8)[:n]), randn(8, 4 // groups, *size, seed=1), randn(8, seed=2)
    layer = {1: Conv1d, 3: Conv3d}[n](4, 8, size, **case).double()
    layer.load_state_dict({"weight": W, "bias": b})
    torchs, p = {1: F.conv1d, 3: F.conv3d}[n], 2 if p == "same" else p

    def value_and_gradients(convolve):
        args = [t.clone().requires_grad_() for t in (x, W, b)]
        z = convolve(*args)
        return z, *torch.autograd.grad(z.square().sum(), args)

    expected = value_and_gradients(lambda x, W, b: torchs(x, W, b, case.get("stride", 1), p, dilation, groups))
    torch.testing.assert_close(value_and_gradients(lambda x, W, b: convolve_by_hand(x, W, b, **case)), expected)
    torch.testing.assert_close(layer(x), expected[0])


def test_one_and_three_dimensions_of_the_notes():
    """14 * 5 -> 10 with 16 filters, and then 32 filters of 5 × 16; 14 × 14 × 14 * 5 × 5 × 5 -> 10 × 10 × 10."""
    first = convolve_by_hand(torch.zeros(1, 1, 14), torch.zeros(16, 1, 5))
    assert first.shape == (1, 16, 10) and convolve_by_hand(first, torch.zeros(32, 16, 5)).shape == (1, 32, 6)
    first = convolve_by_hand(torch.zeros(1, 1, 14, 14, 14), torch.zeros(16, 1, 5, 5, 5))
    assert first.shape == (1, 16, 10, 10, 10)
    assert convolve_by_hand(first, torch.zeros(32, 16, 5, 5, 5)).shape == (1, 32, 6, 6, 6)


@pytest.mark.parametrize(("x", "W", "more", "message"), [
    ((1, 1, 14), (1, 1, 5, 5), {}, "x: expected as many dimensions as the filters"),
    ((1, 14), (1, 5), {}, "x: expected as many dimensions as the filters"),
    ((1, 3, 8, 8), (4, 2, 3, 3), {}, "W: expected filters that see 3 / 1 of the channels"),
    ((1, 4, 8, 8), (3, 2, 3, 3), {"groups": 2}, "their number a multiple of 2, got shape"),
    ((1, 1, 8, 8), (1, 1, 3, 3), {"stride": (1, 1, 1)}, "stride: expected a number, or 2, one for each dimension"),
])  # fmt: skip
def test_what_does_not_fit_is_told(x, W, more, message):
    with pytest.raises(InputError, match=message):
        convolve_by_hand(torch.zeros(x), torch.zeros(W), **more)


def test_parity_scipy():
    """Authority: scipy.signal.correlate, which goes over the channels too."""
    x, W = randn(3, 8, 7), randn(2, 3, 3, 3, seed=1)
    expected = np.stack([correlate(x.numpy(), w.numpy(), mode="valid")[0] for w in W])
    np.testing.assert_allclose(convolve_by_hand(x[None], W)[0].numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_parity_multiplications(case):
    """Authority: torch's counter of floating-point operations, two for each multiplication."""
    with FlopCounterMode(display=False) as counter:
        Conv2d(4, 8, (3, 5), **case)(torch.zeros(1, 4, 9, 10))
    assert counter.get_total_flops() == 2 * multiplication_count((9, 10), 4, 8, (3, 5), **case)


# --- properties -------------------------------------------------------------------------------------------------------
def test_gradcheck():
    args = [randn(2, 2, 5, 4), randn(3, 2, 3, 3, seed=1), randn(3, seed=2)]
    for a in args:
        a.requires_grad_()
    assert torch.autograd.gradcheck(lambda *a: convolve_by_hand(*a, stride=2, padding=1), args)


def test_a_filter_is_learnable():
    """The edge filter is found from pictures and their edges alone."""
    x = randn(16, 1, 8, 8)
    target = convolve_by_hand(x, EDGE[None, None])
    layer = Conv2d(1, 1, 3, generator=seeded(1)).double()
    optimiser = torch.optim.LBFGS(layer.parameters(), max_iter=50)

    def cost():
        optimiser.zero_grad()
        j = (layer(x) - target).square().mean()
        j.backward()
        return j

    optimiser.step(cost)
    torch.testing.assert_close(layer.weight[0, 0], EDGE, atol=1e-4, rtol=0)


def test_a_shifted_picture_gives_a_shifted_result():
    x, W = randn(1, 2, 9, 9), randn(3, 2, 3, 3, seed=1)
    torch.testing.assert_close(convolve_by_hand(x.roll(1, -1), W)[..., 1:], convolve_by_hand(x, W)[..., :-1])


def test_start():
    layer = Conv2d(16, 200, 5, generator=seeded())
    assert layer.weight.std().item() == pytest.approx((2 / (25 * 16)) ** 0.5, rel=0.02)
    assert not layer.bias.any()
    assert torch.equal(layer.weight, Conv2d(16, 200, 5, generator=seeded()).weight)
    xavier = Conv2d(16, 200, 5, init_variance=1, generator=seeded()).weight
    torch.testing.assert_close(layer.weight, xavier * 2**0.5)
    assert list(layer.state_dict()) == ["weight", "bias"]
    assert list(Conv2d(1, 1, 3, bias=False).state_dict()) == ["weight"]


def test_channels_last_stays_channels_last():
    layer, x = Conv2d(3, 8, 3, generator=seeded()), torch.randn(2, 3, 6, 6, generator=seeded())
    z = layer(x.to(memory_format=torch.channels_last))
    assert z.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(z, layer(x))


# --- what is refused --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("run", [
    lambda: output_size(4, 7, 1),
    lambda: Conv2d(1, 1, 7, padding=1)(torch.zeros(1, 1, 4, 9)),
    lambda: convolve_by_hand(torch.zeros(1, 1, 9, 4), torch.zeros(1, 1, 7, 7), padding=1),
])  # fmt: skip
def test_filter_larger_than_the_picture(run):
    with pytest.raises(InputError, match=r"f: expected a filter no larger than the padded input, 6, got 7; pad more"):
        run()


def test_stride_by_hand():
    with pytest.raises(InputError, match="stride: expected a number of at least 1, got 0"):
        convolve_by_hand(torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 3, 3), stride=0)


@pytest.mark.parametrize("size", [2, (3, 4)])
def test_same_needs_an_odd_filter(size):
    with pytest.raises(InputError, match="padding: expected an odd filter size for 'same'"):
        Conv2d(1, 1, size, padding="same")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"stride": 0}, "stride: expected a number of at least 1"), ({"padding": -1}, "padding: expected a number"),
     ({"padding": "sane"}, "padding: 'sane' is unknown; did you mean same"),
     ({"kernel_size": 0}, "kernel_size: expected a number"),
     ({"out_channels": 0}, "out_channels: expected"), ({"in_channels": 0}, "in_channels: expected"),
     ({"groups": 2}, "groups: expected a divisor of in_channels, 1, and of out_channels, 1, got 2"),
     ({"dilation": (1, 0)}, "dilation: expected a number of at least 1"), ({"kernel_size": 2.5}, "kernel_size: expected a whole number"),
     ({"padding_mode": "zero"}, "padding_mode: 'zero' is unknown; did you mean zeros"),
     ({"init_variance": -1}, "init_variance: expected")],
)  # fmt: skip
def test_arguments(arguments, message):
    with pytest.raises((InputError, TypeError), match=message):
        Conv2d(**{"in_channels": 1, "out_channels": 1, "kernel_size": 3} | arguments)


@pytest.mark.parametrize("shape", [(2, 1, 6, 6), (2, 3, 6)])
def test_wrong_picture(shape):
    with pytest.raises(InputError, match=r"x: expected shape \(examples, 3, height, width\), got \("):
        Conv2d(3, 1, 3)(torch.zeros(shape))


def test_padding_of():
    assert padding_of("same", (5, 1)) == (2, 0)
    assert padding_of(3, (2, 2)) == (3, 3)
    assert padding_of("valid", 4) == (0, 0)
