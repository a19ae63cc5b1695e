"""A transfer that trains the last layer alone is a linear model on what the frozen layers give."""

from __future__ import annotations

import pytest
import torch
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from torch import Tensor
from torch.nn.functional import conv2d, cross_entropy, max_pool2d

from tests.training.transferring import pictures, source
from wengu.training import transfer
from wengu.vision.convnets import LeNet5


def network(classes: int, seed: int) -> LeNet5:
    return LeNet5(classes, generator=torch.Generator().manual_seed(seed)).double()


def test_parity_the_last_layer_alone_is_scikit_learns_regression() -> None:
    """Authority: scikit-learn's LogisticRegression on the frozen features, in float64; torch computes them by hand."""
    x, y = pictures(7, 8, 9, n=20)
    x, l2 = x.double() / 255, 0.2
    weights = {name: w.clone() for name, w in network(8, seed=0).state_dict().items()}
    model = network(3, seed=1)
    done = transfer(model, source(weights), examples=60, classes=("sneaker", "bag", "boot"), freeze="all-but-last")
    done.plan.at(1)
    descent = torch.optim.LBFGS(model.parameters(), max_iter=500, tolerance_grad=1e-10, tolerance_change=0,
                                line_search_fn="strong_wolfe")

    def cost() -> Tensor:
        descent.zero_grad()
        J = cross_entropy(model(x), y) + l2 / 2 * model.output.weight.square().sum()
        J.backward()  # type: ignore[no-untyped-call]
        return J

    descent.step(cost)  # type: ignore[no-untyped-call]
    features = max_pool2d(conv2d(x, weights["c1.weight"], weights["c1.bias"], padding=2).relu(), 2)
    features = max_pool2d(conv2d(features, weights["c3.weight"], weights["c3.bias"]).relu(), 2).flatten(1)
    for layer in ("c5", "f6"):
        features = (features @ weights[f"{layer}.weight"].T + weights[f"{layer}.bias"]).relu()
    theirs = LogisticRegression(C=1 / (l2 * len(y)), tol=1e-12, solver="newton-cholesky").fit(features, y)
    assert model.output.weight.detach().numpy() == pytest.approx(theirs.coef_, abs=1e-7)
    b = model.output.bias.detach().numpy()  # of which the same number more in every class changes nothing
    assert b - b.mean() == pytest.approx(theirs.intercept_ - theirs.intercept_.mean(), abs=1e-6)
