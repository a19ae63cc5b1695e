"""The formula that each derivation of chapters 3, 4 and 5 ends in, held to the library in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from wengu.functions import (
    binary_cross_entropy,
    cross_entropy,
    d_l1_penalty,
    d_l2_penalty,
    l2_penalty,
    multi_task_cross_entropy,
    sigmoid,
    soft_threshold,
    softmax,
)
from wengu.layers import Linear, he, inverted_dropout, parameter_count, scaled, summary, xavier
from wengu.optimization import gradient_descent_by_hand
from wengu.regression import (
    SharedLayers,
    logistic_gradient_by_hand,
    logistic_hessian_by_hand,
    softmax_gradient_by_hand,
)
from wengu.training import UnfreezeSchedule


def float64(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_initialisation() -> None:
    """Var z = n Var w E[x²]; scaled weights keep Var z behind a linear unit, He's behind ReLU, Xavier's lies between."""
    n, seed = 500, torch.Generator().manual_seed(0)
    x = torch.rand(n, dtype=torch.float64, generator=seed) * 3
    w = 0.2 * float64(20_000, n, seed=1)
    assert (w @ x).var().item() == pytest.approx(n * 0.2**2 * x.square().mean().item(), rel=0.03)
    z = float64(n, 400, seed=2)
    for rule, g in ((scaled, torch.nn.Identity()), (he, torch.relu)):
        after = rule((n, n), generator=torch.Generator().manual_seed(3)).double() @ g(z)
        assert after.var().item() == pytest.approx(1, rel=0.05)
    assert torch.relu(z).square().mean().item() == pytest.approx(0.5, rel=0.02)
    first, second = (xavier((300, 100), average=average).var().item() for average in (False, True))
    assert (first, second) == pytest.approx((1 / 100, 2 / (100 + 300)), rel=0.04) and 1 / 300 < second < 1 / 100


def test_summary() -> None:
    """(inputs + 1) units of a dense layer, (n_C f² + 1) n_C' of a convolution, 79,510 in the example."""
    net = nn.Sequential(Linear(784, 100), Linear(100, 10))
    assert summary(net).learned == 785 * 100 + 101 * 10 == 79_510
    assert parameter_count(3, 10, 5) == (3 * 25 + 1) * 10


def test_l1_l2() -> None:
    """w_j = 0 where |∂J/∂w_j| <= λ/2m, else the gradient is ∓λ/2m; L2's is -λ/m w_j; and both are log priors."""
    x, y, m, lam = float64(60, 5), float64(60, seed=1), 60, 9.0
    hessian, xy = x.T @ x / m, x.T @ y / m
    step = 1 / torch.linalg.eigvalsh(hessian)[-1].item()
    w = torch.zeros(5, dtype=torch.float64)
    for _ in range(3000):
        w = soft_threshold(w - step * (hessian @ w - xy), step * lam / (2 * m))
    g = hessian @ w - xy
    assert (w == 0).any() and (w != 0).any()
    assert (g[w == 0].abs() <= lam / (2 * m)).all()
    torch.testing.assert_close(g[w != 0], -d_l1_penalty(w, lam, m)[w != 0])
    w2 = torch.linalg.solve(hessian + lam / m * torch.eye(5), xy)
    torch.testing.assert_close(hessian @ w2 - xy, -d_l2_penalty(w2, lam, m))
    normal, laplace = torch.distributions.Normal(0.0, lam**-0.5), torch.distributions.Laplace(0.0, 2 / lam)
    a, b = torch.tensor(0.3), torch.tensor(-1.1)
    assert -(normal.log_prob(a) - normal.log_prob(b)).item() == pytest.approx(lam / 2 * (a**2 - b**2).item(), rel=1e-5)
    assert laplace.log_prob(a).exp().item() == pytest.approx(lam / 4 * np.exp(-lam * 0.3 / 2), rel=1e-5)
    assert m * l2_penalty(a, lam, m).item() == pytest.approx(lam / 2 * 0.09, rel=1e-5)


def test_dropout() -> None:
    """Mean a and variance a² (1-k)/k."""
    out = inverted_dropout(torch.full((400_000,), 3.0, dtype=torch.float64), 0.7, training=True,
                           generator=torch.Generator().manual_seed(0))
    assert out.mean().item() == pytest.approx(3, rel=5e-3)
    assert out.var().item() == pytest.approx(9 * 0.3 / 0.7, rel=1e-2)


def test_early_stopping() -> None:
    """w_t = (1 - (1-αh)^t) w*, the minimum under L2 is h/(h+λ/m) w*, and they are alike at λ/m = 1/αt where h is small."""
    h, best, alpha, t = 0.02, 3.0, 0.1, 25
    w = torch.zeros(1, dtype=torch.float64)
    for _ in range(t):
        gradient_descent_by_hand(w, h * (w - best), lr=alpha)
    assert w.item() == pytest.approx((1 - (1 - alpha * h) ** t) * best)
    lam, m = 40.0, 100
    under = h / (h + lam / m) * best
    assert h * (under - best) + d_l2_penalty(torch.tensor([under], dtype=torch.float64), lam, m).item() == pytest.approx(0, abs=1e-12)
    assert h / (h + 1 / (alpha * t)) * best == pytest.approx(w.item(), rel=0.03)


def test_logistic() -> None:
    """∂ℒ/∂z = ŷ - y, dJ/dw = X(ŷ-y)ᵀ/m, dJ/db its mean, and the second derivative Σ ŷ(1-ŷ) x xᵀ/m."""
    x, y, w, b = float64(20, 3), (torch.arange(20) % 2).double(), float64(3, seed=1), 0.4
    z = (x @ w + b).requires_grad_()
    dz = torch.autograd.grad(binary_cross_entropy(z, y, reduction="sum"), z)[0]
    y_hat = sigmoid(z.detach())
    torch.testing.assert_close(dz, y_hat - y)
    X = x.T  # an example in each column, as on the page
    expected = torch.cat([X @ (y_hat - y) / 20, (y_hat - y).mean()[None]])
    assert logistic_gradient_by_hand(w.numpy(), b, x.numpy(), y.numpy()) == pytest.approx(expected.numpy())
    hessian = logistic_hessian_by_hand(w.numpy(), b, x.numpy())
    assert hessian[:3, :3] == pytest.approx((X * (y_hat * (1 - y_hat)) @ X.T / 20).numpy())
    assert np.linalg.eigvalsh(hessian).min() > 0


def test_softmax() -> None:
    """∂ŷ_j/∂z_k = ŷ_j(δ_jk - ŷ_k), ∂ℒ/∂z = ŷ - y, dJ/dW = (Ŷ-Y)Xᵀ/m, and σ of the difference for two classes."""
    z = float64(4)
    y_hat = softmax(z)
    torch.testing.assert_close(torch.autograd.functional.jacobian(softmax, z), torch.diag(y_hat) - torch.outer(y_hat, y_hat))
    lost = torch.autograd.functional.jacobian(lambda v: cross_entropy(v[None], torch.tensor([2])), z)
    torch.testing.assert_close(lost, y_hat - torch.eye(4, dtype=torch.float64)[2])
    x, y, W = float64(15, 3, seed=1), np.eye(4)[np.arange(15) % 4], float64(4, 3, seed=2)
    y_hat = softmax(x @ W.T).T
    found = softmax_gradient_by_hand(W.numpy(), np.zeros(4), x.numpy(), y)
    assert found[:, :3] == pytest.approx(((y_hat - torch.from_numpy(y).T) @ x / 15).numpy())
    torch.testing.assert_close(softmax(z[:2])[1], sigmoid(z[1] - z[0]))


def test_multi_task() -> None:
    """ŷ_j - y_j where the label is there, else 0; the shared units get Σ (ŷ_j - y_j) w_j of those."""
    net = SharedLayers(3, 3, hidden=(4,), generator=torch.Generator().manual_seed(0)).double()
    a = net.shared(float64(1, 3)).detach().requires_grad_()
    z = net.heads(a)
    y = torch.tensor([[1.0, torch.nan, 0.0]])
    dz, da = torch.autograd.grad(multi_task_cross_entropy(z, y), (z, a))
    expected = torch.where(y.isnan(), 0.0, sigmoid(z.detach()) - y)
    torch.testing.assert_close(dz, expected)
    torch.testing.assert_close(da, expected @ net.heads.weight.detach())


def test_transfer() -> None:
    """‖(I-H)f‖²/m + σ²p/m of least squares on frozen features, exactly; and of δ no more than the layers that train need."""
    net = nn.Sequential(Linear(6, 5), nn.Tanh(), Linear(5, 2)).double()
    x, f, m, sigma = float64(40, 6), float64(40, seed=1), 40, 0.3
    UnfreezeSchedule(net, 1).at(1)
    phi = net[:2](x).detach()
    noise = sigma * m**0.5 * torch.eye(m, dtype=torch.float64)  # each by itself and its negative: mean 0, variance σ²
    targets = torch.cat([f[:, None] + noise, f[:, None] - noise], dim=1)
    fitted = phi @ torch.linalg.lstsq(phi, targets).solution
    bias = (f - phi @ torch.linalg.lstsq(phi, f[:, None]).solution[:, 0]).square().mean()
    mean = (fitted - f[:, None]).square().mean()
    torch.testing.assert_close(mean, bias + sigma**2 * phi.shape[1] / m)
    net(x).square().sum().backward()
    assert net[0].weight.grad is None and net[2].weight.grad is not None
