"""The formula that each derivation of chapter 6 ends in, held to the library in float64."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from wengu.layers import (
    AvgPool2d,
    Conv2d,
    MaxPool2d,
    convolve_by_hand,
    multiplication_count,
    output_size,
    parameter_count,
    summary,
)
from wengu.vision.convnets import LeNet5
from wengu.vision.convnets.googlenet import Inception


def float64(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_filters() -> None:
    """∂J/∂W is δ laid on x, ∂J/∂x the flipped filter laid on δ, written out as on the page."""
    x, W = float64(1, 2, 5, 6).requires_grad_(), float64(3, 2, 3, 2, seed=1).requires_grad_()
    z = convolve_by_hand(x, W)
    delta = float64(*z.shape, seed=2)
    dW, dx = torch.autograd.grad(z, (W, x), delta)
    at, w, d = x.detach()[0], W.detach(), delta[0]
    by_hand = torch.zeros_like(w)
    back = torch.zeros_like(at)
    for k in range(3):
        for c in range(2):
            for p in range(3):
                for q in range(2):
                    by_hand[k, c, p, q] = (d[k] * at[c, p : p + d.shape[1], q : q + d.shape[2]]).sum()
                    back[c, p : p + d.shape[1], q : q + d.shape[2]] += w[k, c, p, q] * d[k]
    torch.testing.assert_close(dW, by_hand)
    torch.testing.assert_close(dx[0], back)


@pytest.mark.parametrize(("n", "f", "p", "s"), [(7, 3, 0, 2), (8, 3, 0, 2), (28, 5, 2, 1), (9, 4, 1, 3)])
def test_stride_padding(n: int, f: int, p: int, s: int) -> None:
    """The last place fits and one more does not; same keeps the size; L layers see 1 + L(f-1)."""
    out = output_size(n, f, p, s)
    assert s * (out - 1) + f <= n + 2 * p < s * out + f
    assert output_size(n, 5, (5 - 1) // 2, 1) == n
    layers = 3
    net = nn.Sequential(*(Conv2d(1, 1, 3, bias=False) for _ in range(layers))).double()
    x = float64(1, 1, 12, 12).requires_grad_()
    net(x)[0, 0, 2, 2].backward()
    assert x.grad is not None and int((x.grad[0, 0].abs().sum(0) > 0).sum()) == 1 + layers * (3 - 1)


def test_layer() -> None:
    """(f² n_C + 1) n_C', n_H' n_W' n_C' f² n_C, and a dense layer's weights for each pair."""
    assert parameter_count(3, 10, 3) == (9 * 3 + 1) * 10
    assert multiplication_count(32, 3, 10, 3) == 30 * 30 * 10 * 9 * 3
    dense = nn.Linear(8 * 8 * 3, 6 * 6 * 4)
    assert summary(dense).learned == 8 * 8 * 3 * 6 * 6 * 4 + 6 * 6 * 4 == parameter_count(3, 6 * 6 * 4, 8)


def test_pooling() -> None:
    """The largest number alone gets a window's gradient; of an average each gets 1/f² of it."""
    x, delta = float64(1, 1, 4, 4).requires_grad_(), float64(1, 1, 2, 2, seed=1)
    largest, average = (torch.autograd.grad(pool(2)(x), x, delta)[0][0, 0] for pool in (MaxPool2d, AvgPool2d))
    for u in range(2):
        for v in range(2):
            block = slice(2 * u, 2 * u + 2), slice(2 * v, 2 * v + 2)
            here = x.detach()[0, 0][block]
            torch.testing.assert_close(largest[block], torch.where(here == here.max(), delta[0, 0, u, v], 0.0))
            torch.testing.assert_close(average[block], torch.full((2, 2), delta[0, 0, u, v].item() / 4, dtype=torch.float64))
    assert output_size(28, 2, 0, 2) == (28 - 2) // 2 + 1


def test_lenet5() -> None:
    """32 -> 28 -> 14 -> 10 -> 5 and every count of the table."""
    assert output_size(28, 5, 2, 1) == output_size(32, 5, 0, 1) == 28
    sizes = [32]
    for f, s in ((5, 1), (2, 2), (5, 1), (2, 2)):
        sizes.append(output_size(sizes[-1], f, 0, s))
    assert sizes == [32, 28, 14, 10, 5]
    counts = [6 * (25 * 1 + 1), 16 * (25 * 6 + 1), 120 * (5 * 5 * 16 + 1), 84 * (120 + 1), 10 * (84 + 1)]
    held: dict[str, int] = {}
    for one in summary(LeNet5()).parameters:
        held[one.layer] = held.get(one.layer, 0) + one.count
    assert list(held.values()) == counts == [156, 2416, 48120, 10164, 850] and sum(counts) == 61706


@pytest.mark.parametrize(("n_C", "n_B", "filters", "f"), [(192, 16, 32, 5), (64, 57, 40, 3)])
def test_one_by_one(n_C: int, n_B: int, filters: int, f: int) -> None:
    """n_B (1/(f² n_C') + 1/n_C), below 1 up to the n_B of the last line and no further."""
    def ratio(few: int) -> float:
        by_way = multiplication_count(14, n_C, few, 1) + multiplication_count(14, few, filters, f, padding="same")
        return by_way / multiplication_count(14, n_C, filters, f, padding="same")

    assert ratio(n_B) == pytest.approx(n_B * (1 / (f * f * filters) + 1 / n_C))
    least = f * f * n_C * filters / (n_C + f * f * filters)
    assert ratio(int(least)) <= 1 < ratio(int(least) + 1)


def test_inception() -> None:
    """a's gradient is what the four branches bring back together; a mean hands each place 1/(n_H n_W) of δ."""
    block = Inception(3, (2, 2, 3, 2, 2, 1)).double()
    a = float64(1, 3, 6, 6).requires_grad_()
    delta = float64(1, 2 + 3 + 2 + 1, 6, 6, seed=1)
    (whole,) = torch.autograd.grad(block(a), a, delta)
    ways = (block.one, block.three, block.five, block.pooled)
    each = [torch.autograd.grad(way(a), a, part)[0] for way, part in zip(ways, delta.split([2, 3, 2, 1], 1), strict=True)]
    torch.testing.assert_close(whole, torch.stack(each).sum(0))
    (back,) = torch.autograd.grad(a.mean((2, 3)).sum(), a)
    torch.testing.assert_close(back, torch.full_like(a, 1 / 36))
    assert [summary(nn.Linear(n, 10)).total for n in (8, 8 * 36)] == [(8 + 1) * 10, (36 * 8 + 1) * 10]


@pytest.mark.parametrize("d", [1, 2, 3])
def test_one_and_three_d(d: int) -> None:
    """n' = n - f + 1 in each direction, (f^d n_C + 1) n_C' parameters and n'^d n_C' f^d n_C products."""
    n, f, channels, filters = 9, 3, 2, 4
    x, W = float64(1, channels, *[n] * d), float64(filters, channels, *[f] * d, seed=1)
    out = n - f + 1
    assert convolve_by_hand(x, W).shape == (1, filters, *[out] * d) and output_size(14, 5) == 10
    assert parameter_count(channels, filters, (f,) * d) == (f**d * channels + 1) * filters
    assert multiplication_count((n,) * d, channels, filters, (f,) * d) == out**d * filters * f**d * channels
