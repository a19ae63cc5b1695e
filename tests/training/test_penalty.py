"""L2 and L1 in the loop."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_diabetes  # type: ignore[import-untyped]
from sklearn.linear_model import Lasso, Ridge  # type: ignore[import-untyped]
from sklearn.preprocessing import scale  # type: ignore[import-untyped]
from torch import Tensor, nn

from wengu.core.checks import InputError
from wengu.optimization import GradientDescent
from wengu.training import Penalty, fit


def regression() -> tuple[Tensor, Tensor]:
    data = load_diabetes()
    return torch.tensor(scale(data.data)), torch.tensor(scale(data.target))[:, None]


def trained(*, l2: float = 0.0, l1: float = 0.0, epochs: int = 3000) -> np.ndarray:
    """Weights of linear regression by the loop, full batch."""
    x, y = regression()
    model = nn.Linear(10, 1, bias=False).double()
    run = fit(model, (x, y), (x, y), loss_fn=lambda z, t: ((z - t) ** 2).mean() / 2, epochs=epochs, batch_size=len(x),
              optimizer=GradientDescent(model.parameters(), lr=0.2), penalty=Penalty(model.parameters(), l2=l2, l1=l1),
              patience=epochs)
    del run
    return model.weight.detach().numpy()[0]


def last(monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of training, not the best dev point: dev knows no penalty."""
    from wengu.training.early_stopping import EarlyStopping

    monkeypatch.setattr(EarlyStopping, "improves", lambda self, value: True)


def test_parity_l2_is_weight_decay() -> None:
    """Authority: autograd of the cost with its term, λ/2m ‖W‖², and the notes' (1 - αλ/m) W - α dJ/dW, in float64."""
    x, y = regression()
    lam, m, lr = 30.0, len(x), 0.1
    ours, theirs, notes = (nn.Linear(10, 1).double() for _ in range(3))
    for model in (theirs, notes):
        model.load_state_dict(ours.state_dict())
    descent, penalty = GradientDescent(ours.parameters(), lr=lr), Penalty(ours.parameters(), l2=lam / m)
    plain = torch.optim.SGD(theirs.parameters(), lr=lr)
    for _ in range(50):
        for model in (ours, theirs, notes):
            model.zero_grad()
            cost = ((model(x) - y) ** 2).mean() / 2
            if model is theirs:
                cost = cost + lam / (2 * m) * (model.weight**2).sum()
            cost.backward()
        penalty.add_gradient()
        descent.step()
        plain.step()
        with torch.no_grad():
            notes.weight.copy_((1 - lr * lam / m) * notes.weight - lr * notes.weight.grad)
            notes.bias.sub_(lr * notes.bias.grad)
    for model in (theirs, notes):
        torch.testing.assert_close(ours.weight, model.weight, rtol=0, atol=1e-12)
        torch.testing.assert_close(ours.bias, model.bias, rtol=0, atol=1e-12)


def test_parity_l2_ends_where_ridge_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Authority: sklearn.linear_model.Ridge: ‖y - Xw‖² + α‖w‖² is 2m times our cost with l2 = α/m."""
    last(monkeypatch)
    x, y = regression()
    expected = Ridge(alpha=50.0, fit_intercept=False, tol=1e-12).fit(x, y.numpy()[:, 0]).coef_
    np.testing.assert_allclose(trained(l2=50.0 / len(x)), expected, atol=1e-9)


def test_parity_l1_ends_where_lasso_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Authority: sklearn.linear_model.Lasso: ‖y - Xw‖²/2m + α‖w‖₁ is our cost with l1 = 2α; the same weights are 0."""
    last(monkeypatch)
    x, y = regression()
    expected = Lasso(alpha=0.1, fit_intercept=False, tol=1e-14, max_iter=100_000).fit(x, y.numpy()[:, 0]).coef_
    found = trained(l1=0.2)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert 0 < (expected == 0).sum() < 10
    np.testing.assert_array_equal(found == 0, expected == 0)


def test_l1_goes_by_each_groups_alpha_and_leaves_frozen_weights_alone() -> None:
    frozen, fast, slow = (nn.Parameter(torch.ones(2, 2)) for _ in range(3))
    frozen.requires_grad_(False)
    for w in (fast, slow):
        w.grad = torch.zeros(2, 2)
    Penalty([frozen, fast, slow], l1=0.5).proximal_step([{"params": [frozen, fast], "lr": 0.4}, {"params": [slow], "lr": 0.04}])
    assert (frozen[0, 0].item(), fast[0, 0].item(), slow[0, 0].item()) == pytest.approx((1, 0.9, 0.99))


def test_biases_are_left_out() -> None:
    model = nn.Linear(2, 2)
    assert [w.shape for w in Penalty(model.parameters(), l2=1.0).weights] == [(2, 2)]
    with pytest.raises(InputError, match="l1: expected a number of at least 0, got -1"):
        Penalty(model.parameters(), l1=-1)
