"""Row 2.7: gradient descent on one example at a time."""

import numpy as np
import torch
from sklearn.datasets import load_diabetes
from sklearn.linear_model import SGDRegressor
from torch import nn

from wengu.optimization import GradientDescent
from wengu.training import mini_batches


def test_parity_stochastic_gradient_descent() -> None:
    """Authority: scikit-learn's SGDRegressor, given the examples in our order; real data, two epochs, 1e-10."""
    x, y = load_diabetes(return_X_y=True)
    y = (y - y.mean()) / y.std()
    model = nn.Linear(10, 1).double()
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    descent = GradientDescent(model.parameters(), lr=0.05)
    theirs = SGDRegressor(loss="squared_error", penalty=None, learning_rate="constant", eta0=0.05, shuffle=False)
    for epoch in (1, 2):
        batches = mini_batches(len(x), 1, seed=0, epoch=epoch)
        assert len(batches) == len(x)
        for index in batches:
            descent.zero_grad()
            error = model(torch.as_tensor(x)[index])[:, 0] - torch.as_tensor(y)[index]
            (error.square() / 2).mean().backward()
            descent.step()
        order = torch.cat(batches).numpy()
        theirs.partial_fit(x[order], y[order])
    np.testing.assert_allclose(model.weight.detach()[0], theirs.coef_, rtol=0, atol=1e-10)
    np.testing.assert_allclose(model.bias.detach(), theirs.intercept_, rtol=0, atol=1e-10)
