"""Deep networks on real handwritten digits, for the tests of signals and of what fixes them."""

from __future__ import annotations

from itertools import pairwise

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

from wengu.layers import init_report, initialise
from wengu.optimization import Adam


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def digits():
    """The 1,797 handwritten digits of 8 × 8 that ship with scikit-learn, each feature at mean 0 and variance 1."""
    data = load_digits()
    x = torch.tensor(data.data, dtype=torch.float32)
    return (x - x.mean(0)) / (x.std(0) + 1e-6), torch.tensor(data.target)


X, Y = digits()


def deep(layers, activation, *, units=32, rule="xavier"):
    """`layers` linear layers, 64 pixels to 10 classes, an activation between any two."""
    sizes = [64, *[units] * (layers - 1), 10]
    parts = [part for n_in, n_out in pairwise(sizes) for part in (nn.Linear(n_in, n_out), activation())]
    net = nn.Sequential(*parts[:-1])
    initialise(net, rule, generator=seeded())
    return net


def report_on(net, **settings):
    return init_report(net, X[:256], Y[:256], loss_fn=F.cross_entropy, **settings)


def cost_after_100_steps(net, lr=1e-3):
    """The cost on all digits after 100 steps of Adam on mini-batches of 128."""
    adam, order = Adam(net.parameters(), lr=lr), seeded()
    for _ in range(100):
        batch = torch.randint(len(X), (128,), generator=order)
        adam.zero_grad()
        F.cross_entropy(net(X[batch]), Y[batch]).backward()
        adam.step()
    with torch.no_grad():
        return F.cross_entropy(net.eval()(X), Y).item()
