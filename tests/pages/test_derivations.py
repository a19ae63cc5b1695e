"""The formula that each derivation of chapters 1 and 2 ends in, held to the library in float64."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from wengu.functions import (
    d_l2_penalty,
    d_sigmoid,
    d_tanh,
    effective_window,
    exponential_average,
    l2_penalty,
    sigmoid,
    tanh,
)
from wengu.graph import back_propagate, expression, trace
from wengu.layers import batch_norm_by_hand, batch_statistics, init_report, layer_norm_by_hand
from wengu.optimization import (
    SURFACES,
    Adam,
    AdamW,
    RMSprop,
    cosine,
    gradient_descent_by_hand,
    momentum_by_hand,
    schedule,
    trajectory,
)
from wengu.regression import softmax_gradient_by_hand
from wengu.training import mini_batches
from wengu.training.state import State


def float64(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_activations() -> None:
    """σ′ = σ(1-σ), tanh′ = 1 - tanh², tanh z = 2σ(2z) - 1, and both slopes are largest at 0."""
    z = torch.linspace(-4, 4, 81, dtype=torch.float64)
    torch.testing.assert_close(d_sigmoid(z), torch.exp(-z) / (1 + torch.exp(-z)) ** 2)
    torch.testing.assert_close(d_tanh(z), (torch.cosh(z) ** 2 - torch.sinh(z) ** 2) / torch.cosh(z) ** 2)
    torch.testing.assert_close(tanh(z), 2 * sigmoid(2 * z) - 1)
    assert (d_sigmoid(z) - 0.25).max().abs() < 1e-15 and d_tanh(z).max() == 1 and z[d_sigmoid(z).argmax()].abs() < 1e-15


def test_descent() -> None:
    """J falls by α‖g‖²; on ½hw² a step multiplies w by 1 - αh, and α is to be below 2/h."""
    ravine = SURFACES["ravine"]
    w, alpha = np.array([-3.0, 0.7]), 1e-7
    g = np.array(ravine.gradient(*w))
    assert ravine.f(*w) - ravine.f(*(w - alpha * g)) == pytest.approx(alpha * (g @ g), rel=1e-4)
    for alpha, ended in ((0.0199, False), (0.0201, True)):  # h = 100 is the steepest
        path = trajectory("ravine", "gradient-descent", lr=alpha, start=(1.0, 1.0), steps=300)
        assert path.y[1] == pytest.approx(1 - 100 * alpha)
        assert (abs(path.y[-1]) > 1) == ended


def test_graph() -> None:
    """dJ/da, dJ/db, dJ/dc = 3, 3c, 3b; of a layer dJ/dW = dJ/dZ Xᵀ and dJ/dX = Wᵀ dJ/dZ."""
    graph = trace(expression("J = 3*(a + b*c)"), a=5.0, b=3.0, c=2.0)
    found = back_propagate(graph)
    assert {name: float(found[name]) for name in "abcuv"} == {"a": 3, "b": 6, "c": 9, "u": 3, "v": 3}
    W, X = float64(4, 3).requires_grad_(), float64(3, 5, seed=1).requires_grad_()
    dZ = float64(4, 5, seed=2)
    (W @ X).backward(dZ)
    torch.testing.assert_close(W.grad, dZ @ X.detach().T)
    torch.testing.assert_close(X.grad, W.detach().T @ dZ)


def test_weight_decay() -> None:
    """The gradient of λ/2m ‖W‖² is λ/m W; where a step is 0, dJ/dW is its negative."""
    w = float64(4).requires_grad_()
    l2_penalty(w, 3.0, 7).backward()
    torch.testing.assert_close(w.grad, 3.0 / 7 * w.detach())
    torch.testing.assert_close(d_l2_penalty(w.detach(), 3.0, 7), 3.0 / 7 * w.detach())
    for alpha in (0.1, 0.4):  # J = ½ |w - c|² settles where w - c = -λ/m w, whatever α is
        at, c = torch.zeros(4, dtype=torch.float64), float64(4, seed=3)
        for _ in range(400):
            gradient_descent_by_hand(at, at - c + d_l2_penalty(at, 3.0, 7), lr=alpha)
        torch.testing.assert_close(at - c, -3.0 / 7 * at)


def test_vanishing() -> None:
    """δ by the rule is autograd's; a layer multiplies its size by √(n Var w E[g′²]): ¼ at most, and 1 for He."""
    n, depth = 400, 3
    W = [float64(n, n, seed=k) * (2 / n) ** 0.5 for k in range(depth)]
    z = [float64(n, seed=9).requires_grad_()]
    for weights in W:
        z.append(weights @ torch.relu(z[-1]))
    delta = float64(n, seed=8)
    grads = torch.autograd.grad(z[-1] @ delta, z[:-1])
    for k in reversed(range(depth)):
        before = delta
        delta = (W[k].T @ delta) * (z[k].detach() > 0)
        torch.testing.assert_close(delta, grads[k])
        assert delta.norm() / before.norm() == pytest.approx(1, rel=0.15)
    net = nn.Sequential(*(one for k in range(6) for one in (nn.Linear(n, n, bias=False), nn.Sigmoid()))).double()
    for k, layer in enumerate(net[::2]):
        layer.weight.data = float64(n, n, seed=k) / n**0.5  # type: ignore[operator]
    sizes = [one.backward for one in init_report(net, float64(64, n, seed=7), propose=False).layers]
    assert all(first is not None and later is not None and first < 0.27 * later
               for first, later in pairwise(sizes))


def test_mini_batches() -> None:
    """The mean over an epoch's equal batches is the gradient of all; the ragged one divides by what it holds."""
    x, y = float64(50, 4).numpy(), np.eye(3)[np.arange(50) % 3]
    w, b = float64(3, 4, seed=1).numpy(), np.zeros(3)
    whole = softmax_gradient_by_hand(w, b, x, y)
    every = [softmax_gradient_by_hand(w, b, x[k.numpy()], y[k.numpy()]) for k in mini_batches(50, 10, seed=0, epoch=1)]
    assert np.mean(every, axis=0) == pytest.approx(whole)
    ragged = [k.numpy() for k in mini_batches(50, 16, seed=0, epoch=1)]
    parts = [len(k) * softmax_gradient_by_hand(w, b, x[k], y[k]) for k in ragged]
    assert len(ragged[-1]) == 2 and sum(parts) / 50 == pytest.approx(whole)


def test_batch_size() -> None:
    """σ²/B (m-B)/(m-1): of every batch of 2 that there is among 6."""
    g = float64(6).numpy()
    pairs = [g[[i, k]].mean() for i in range(6) for k in range(i)]
    assert np.mean((np.array(pairs) - g.mean()) ** 2) == pytest.approx(g.var() / 2 * (6 - 2) / (6 - 1))


def test_momentum() -> None:
    """w obeys the recursion, and while the roots are complex a step leaves √β."""
    h, alpha, beta = 7.0, 0.5, 0.9
    w, v = torch.tensor([1.0], dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    path = [1.0]
    for _ in range(200):
        momentum_by_hand(w, h * w, v, lr=alpha, beta=beta)
        path.append(w.item())
    middle = 1 + beta - alpha * (1 - beta) * h
    assert path[2:] == pytest.approx([middle * now - beta * before for before, now in pairwise(path[:-1])])
    roots = np.roots([1, -middle, beta])
    assert np.abs(roots) == pytest.approx(beta**0.5)
    assert max(map(abs, path[190:])) < 3 * beta**95 and max(map(abs, path[100:110])) > beta**55 / 3

    def largest(pull: float) -> float:
        """Of the roots at α(1-β)h."""
        return float(np.abs(np.roots([1, pull - 1 - beta, beta])).max())

    low, high = (1 - beta**0.5) ** 2, (1 + beta**0.5) ** 2
    for pull in (low * 1.001, high * 0.999):
        assert largest(pull) == pytest.approx(beta**0.5)
    for pull in (low * 0.99, high * 1.0001):
        assert largest(pull) > 1.001 * beta**0.5
    assert largest(2 * (1 + beta) - 1e-3) < 1 < largest(2 * (1 + beta) + 1e-3)


def test_rmsprop() -> None:
    """The first step is α/√(1-β) whatever g; ever the same g comes to steps of α; units make no difference."""
    for size in (1e-3, 1e5):
        w = nn.Parameter(torch.zeros(1, dtype=torch.float64))
        rule = RMSprop([w], lr=0.1, beta=0.99, eps=1e-12)
        w.grad = torch.full_like(w, size)
        rule.step()
        assert -w.item() == pytest.approx(0.1 / 0.01**0.5, rel=1e-6)
        for _ in range(2000):
            before = w.item()
            rule.step()
        assert before - w.item() == pytest.approx(0.1, rel=1e-6)


def test_adam() -> None:
    """The first step is α g/(|g|+ε); E[V_t] = (1-β₁^t) E[g]; AdamW multiplies W by 1 - αλ′ beside it."""
    g = torch.tensor([-4.0, 1e-6, 3e-8], dtype=torch.float64)
    plain, decayed = (nn.Parameter(torch.ones(3, dtype=torch.float64)) for _ in range(2))
    for w, rule in ((plain, Adam([plain], lr=0.01)), (decayed, AdamW([decayed], lr=0.01, weight_decay=0.2))):
        w.grad = g.clone()
        rule.step()
    torch.testing.assert_close(plain.detach(), 1 - 0.01 * g / (g.abs() + 1e-8))
    torch.testing.assert_close(decayed.detach(), (1 - 0.01 * 0.2) - 0.01 * g / (g.abs() + 1e-8))
    average = exponential_average(torch.full((30,), 2.5, dtype=torch.float64), 0.9, corrected=False)
    torch.testing.assert_close(average, 2.5 * (1 - 0.9 ** torch.arange(1, 31, dtype=torch.float64)))


def test_averages() -> None:
    """The unrolled sum; weights that sum to 1 - β^t; and β^(1/(1-β)) near 1/e."""
    theta, beta = float64(40), 0.8
    k = torch.arange(40, dtype=torch.float64)
    assert exponential_average(theta, beta, corrected=False)[-1].item() == pytest.approx(
        ((1 - beta) * beta**k * theta.flip(0)).sum().item())
    assert (1 - beta) * (beta**k).sum().item() == pytest.approx(1 - beta**40)
    assert 0.99 ** effective_window(0.99) == pytest.approx(1 / math.e, rel=0.01)


def test_decays() -> None:
    """Noise leaves w a variance of ασ²/(h(2-αh)); the cosine of the schedule; and sums that grow or do not."""
    h, sigma = 2.0, 3.0
    for alpha in (0.05, 0.5):
        seed = torch.Generator().manual_seed(0)
        w = torch.zeros(20_000, dtype=torch.float64)
        for _ in range(150):
            noise = sigma * torch.randn(w.shape, dtype=torch.float64, generator=seed)
            gradient_descent_by_hand(w, h * w + noise, lr=alpha)
        assert w.var().item() == pytest.approx(alpha * sigma**2 / (h * (2 - alpha * h)), rel=0.04)
    assert [cosine(s, 40) for s in (0, 10, 25)] == pytest.approx([(1 + math.cos(math.pi * s / 40)) / 2 for s in (0, 10, 25)])
    total = {name: [sum(schedule(name)(t, 1, steps) for t in range(steps)) for steps in (2000, 4000)]
             for name in ("epoch-power", "exponential")}
    assert total["epoch-power"][1] - total["epoch-power"][0] == pytest.approx(math.log(2), rel=1e-3)
    assert total["exponential"][1] - total["exponential"][0] < 1e-12
    squares = [sum(schedule("epoch-power", power=p)(t, 1, steps) ** 2 for t in range(1000, steps))
               for p in (0.5, 0.8) for steps in (2000, 4000)]
    assert squares[1] - squares[0] == pytest.approx(math.log(2), rel=1e-3) and squares[3] - squares[2] < squares[2]


def test_manual_decay() -> None:
    """From the step of the change on the schedule goes on, multiplied: α_set · decay(t)/decay(t_set)."""
    optimiser = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.4)
    state = State.of(optimiser, epochs=20, steps_per_epoch=1, examples_per_step=1)
    falling = schedule("by-epoch", rate=0.5)
    state.set_lr(0.03, falling(6, 1, 20))
    for t in (6, 7, 15):
        state.decay(optimiser, falling(t, 1, 20))
        assert state.lr == pytest.approx(0.03 * falling(t, 1, 20) / falling(6, 1, 20))


def test_batch_norm() -> None:
    """The way back in three terms, both other gradients, and group norm with one group and with one each."""
    z = float64(8, 3).requires_grad_()
    gamma, beta = float64(3, seed=1).requires_grad_(), float64(3, seed=2).requires_grad_()
    out = float64(8, 3, seed=3)
    grads = torch.autograd.grad((batch_norm_by_hand(z, gamma, beta, eps=1e-5) * out).sum(), (z, gamma, beta))
    mu, variance = batch_statistics(z.detach())
    normed = (z.detach() - mu) / (variance + 1e-5).sqrt()
    g = gamma.detach() * out
    expected = (g - g.mean(0) - normed * (g * normed).mean(0)) / (variance + 1e-5).sqrt()
    torch.testing.assert_close(grads, (expected, (out * normed).sum(0), out.sum(0)))
    assert grads[0].sum(0).abs().max() < 1e-12
    x = float64(2, 6, 4, 4, seed=4)
    one = nn.functional.group_norm(x, 1)
    theirs = layer_norm_by_hand(x.flatten(1), torch.ones(96, dtype=torch.float64), torch.zeros(96, dtype=torch.float64))
    torch.testing.assert_close(one, theirs.view_as(x))
    torch.testing.assert_close(nn.functional.group_norm(x, 6), nn.functional.instance_norm(x))
