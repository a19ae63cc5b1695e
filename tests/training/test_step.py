"""One step on a mini-batch in pieces."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from wengu.functions import EMA
from wengu.optimization import GradientDescent
from wengu.training.not_finite import NotFinite
from wengu.training.penalty import Penalty
from wengu.training.step import Step

IGNORED = -100


def made(*, masked: bool) -> tuple[nn.Module, Tensor, Tensor]:
    """A network over sequences, (m, T, 3), with a label at every place; many of them masked."""
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 4)).double()
    x = torch.randn(10, 7, 3, generator=generator, dtype=torch.float64)
    y = torch.randint(0, 4, (10, 7), generator=generator)
    if masked:
        y[torch.rand(10, 7, generator=generator) < 0.6] = IGNORED
        y[3:6] = IGNORED  # a whole piece without a label
    return model, x, y


def loss_fn(z: Tensor, y: Tensor) -> Tensor:
    return nn.functional.cross_entropy(z.flatten(0, 1), y.flatten(), ignore_index=IGNORED)


def labels(y: Tensor) -> Tensor:
    return (y != IGNORED).sum()


def gradient(model: nn.Module) -> Tensor:
    return torch.cat([w.grad.flatten() for w in model.parameters() if w.grad is not None])


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("sizes", [[10], [3, 3, 3, 1], [1] * 10, [7, 3]])
def test_parity_pieces_give_the_gradient_of_the_whole(sizes: list[int], masked: bool) -> None:
    """Authority: torch's autograd on the whole mini-batch, in float64 to 1e-14."""
    model, x, y = made(masked=masked)
    expected = loss_fn(model(x), y)
    expected.backward()
    whole = gradient(model).clone()
    step = Step(model, GradientDescent(model.parameters(), lr=1e-30), loss_fn, num_items=labels)
    cost, count = step(list(zip(x.split(sizes), y.split(sizes), strict=True)))
    assert cost == pytest.approx(expected.item(), rel=1e-14)
    assert count == int(labels(y))
    torch.testing.assert_close(gradient(model), whole, rtol=0, atol=1e-15)


def test_plain_adding_up_would_give_another_gradient() -> None:
    """What the weighing is for: without `num_items`, masked pieces of one size pull alike."""
    model, x, y = made(masked=True)
    y[3:6] = 0  # no empty piece, whose mean is no number
    loss_fn(model(x), y).backward()
    whole = gradient(model).clone()
    Step(model, GradientDescent(model.parameters(), lr=1e-30), loss_fn)(list(zip(x.split(2), y.split(2), strict=True)))
    assert (gradient(model) - whole).abs().max() > 1e-3


def test_nothing_that_counts_is_no_step() -> None:
    model, x, y = made(masked=True)
    before = torch.cat([w.detach().flatten().clone() for w in model.parameters()])
    assert Step(model, GradientDescent(model.parameters(), lr=1.0), loss_fn, num_items=labels)([(x[3:6], y[3:6])]) == (0, 0)
    assert torch.equal(before, torch.cat([w.detach().flatten() for w in model.parameters()]))


@pytest.mark.parametrize("most", [1e-3, 0.05, 1e3])
def test_parity_clipping(most: float) -> None:
    """Authority: torch.nn.utils.clip_grad_norm_, in float64 to 1e-12, with the penalty's pull in the gradient."""
    model, x, y = made(masked=False)
    loss_fn(model(x), y).backward()
    for w in model.parameters():
        if w.dim() > 1 and w.grad is not None:
            w.grad.add_(w.detach(), alpha=0.1)
    norm = nn.utils.clip_grad_norm_(model.parameters(), most)
    expected = gradient(model).clone()
    assert 0.05 < norm < 1e3
    Step(model, GradientDescent(model.parameters(), lr=1e-30), loss_fn, penalty=Penalty(model.parameters(), l2=0.1),
         clip=most)([(x, y)])
    torch.testing.assert_close(gradient(model), expected, rtol=1e-5, atol=1e-12)
    torch.testing.assert_close(gradient(model).norm().item(), min(most, norm.item()), rtol=1e-5, atol=0)


def test_clipping_of_sparse_gradients() -> None:
    model = nn.Embedding(5, 2, sparse=True)
    Step(model, torch.optim.SGD(model.parameters(), lr=1e-9), lambda z, y: (z * y).sum(), clip=0.5)(
        [(torch.tensor([1, 1, 3]), torch.full((3, 2), 7.0))]
    )
    assert model.weight.grad is not None
    assert model.weight.grad.to_dense().norm().item() == pytest.approx(0.5)


@pytest.mark.parametrize("where", ["cost", "gradient"])
@pytest.mark.parametrize("skips", [False, True])
def test_nothing_is_trained_on_what_is_not_finite(where: str, skips: bool) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    average = EMA(model, beta=0.5)
    step = Step(model, optimizer, lambda z, y: z.mean() if where == "cost" else z.mean().abs().sqrt(),
                ema=average, skips=skips)
    x = torch.randn(8, 3)
    if where == "cost":
        x[2, 1] = torch.nan
    else:
        nn.init.zeros_(model[2].weight)  # type: ignore[arg-type]
        nn.init.zeros_(model[2].bias)  # type: ignore[arg-type]
    weights = [w.detach().clone() for w in model.parameters()]
    buffers = [b.clone() for b in model.buffers()]
    with pytest.raises(NotFinite, match="the cost became nan" if where == "cost" else "the gradient became (nan|inf)"):
        step([(x, torch.zeros(8))])
    assert all(torch.equal(a, b) for a, b in zip(weights, model.parameters(), strict=True))
    assert not optimizer.state and average.t == 0
    if skips:
        assert all(torch.equal(a, b) for a, b in zip(buffers, model.buffers(), strict=True))
