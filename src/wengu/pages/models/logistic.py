"""Logistic regression: the boundary through points of the reader's own, and what one example costs."""

from __future__ import annotations

import math
from typing import Any

from wengu.core.i18n import say
from wengu.pages.figure import (
    Axis,
    Fig,
    Panel,
    Tone,
    choice,
    dots,
    figure,
    handle,
    line,
    link,
    points,
    rule,
    shaded,
    slider,
)
from wengu.pages.question import Derived, Number, Options, question

X, Y = (-3.0, 3.0), (-2.0, 2.0)
AXES = Axis(label="x₁", domain=X), Axis(label="x₂", domain=Y)
TONES: list[Tone] = ["1", "2"]
TOL = 1e-12  # so that every digit said is right
START = [
    [-2.2, -0.9, 0], [-1.6, 0.4, 0], [-1.2, -1.3, 0], [-0.9, -0.2, 0], [-0.4, -1.0, 0], [-1.9, 1.1, 0], [0.5, -0.4, 0],
    [-0.2, 0.6, 1], [0.3, 1.3, 1], [0.9, 0.2, 1], [1.2, 1.0, 1], [1.6, -0.5, 1], [2.2, 0.8, 1], [0.7, -1.5, 1],
]


@figure(shows=["wengu.regression:LogisticRegression"])
def boundary(
    data=points(START, names=("0", "1"), x=X, y=Y, label="data points"),
    lam=slider(0.001, 100.0, 1.0, log=True, label="λ"),
) -> Fig:
    """The plane shaded by ŷ, palest where it is one half, and the straight line on which it is."""
    import numpy as np
    import torch

    from wengu.functions import binary_cross_entropy
    from wengu.regression import LogisticRegression

    x = np.array([p[:2] for p in data]).reshape(-1, 2)
    y = np.array([p[2] for p in data], dtype=int)
    seen = [dots(x[y == c, 0], x[y == c, 1], label=f"y = {c}", tone=tone, size=6) for c, tone in enumerate(TONES)]
    if len(set(y.tolist())) < 2:
        return Fig(Panel(*seen, x=AXES[0], y=AXES[1], equal=True), say=say("Click to add points of both classes."))
    model = LogisticRegression(C=1 / lam, tol=TOL).fit(x, y)
    across, up = np.meshgrid(np.linspace(*X, 49), np.linspace(*Y, 33))
    y_hat = model.predict_proba(np.column_stack([across.ravel(), up.ravel()])).reshape(*across.shape, 2)
    w, b = model.coef_[0], model.intercept_[0]
    z = torch.from_numpy(model.decision_function(x))
    lost = binary_cross_entropy(z, torch.from_numpy(y), reduction="sum").item()
    return Fig(
        Panel(
            shaded(y_hat, x=X, y=Y, label=say("probability of the likelier class"), classes=(0, 1)),
            line(*_zero_line(w, b), label="ŷ = ½", tone="quiet", wide=True),
            *seen,
            x=AXES[0],
            y=AXES[1],
            equal=True,
        ),
        say=say("w = ({w1:.3g}, {w2:.3g}) and b = {b:.3g}. The negative log-likelihood of the points is {lost:.3g}; "
                "{right} of {m} are on their "
                "side.", w1=w[0], w2=w[1], b=b, lost=lost, right=int((model.predict(x) == y).sum()), m=len(y)),
    )


@figure(shows=["wengu.functions:sigmoid", "wengu.functions:binary_cross_entropy"],
        links=[link(r"\hat y", "y_hat", "2"), link(r"\mathcal L", "losses", "1"), link("y", "y", "4", "y")])
def loss(
    z=handle(-6.0, 6.0, -1.0, label="z = wᵀx + b"),
    y=choice("1", "0", label="y"),
) -> Fig:
    """ŷ, and what one example costs, against its score."""
    import torch

    from wengu.functions import binary_cross_entropy, sigmoid

    scores = torch.linspace(-6, 6, 121, dtype=torch.float64)
    at = torch.tensor([z], dtype=torch.float64)

    def cost(v: Any) -> Any:
        return binary_cross_entropy(v, torch.full_like(v, float(y)), reduction="none")

    y_hat, paid = sigmoid(at).item(), cost(at).item()
    return Fig(
        Panel(
            line(scores, sigmoid(scores), label="ŷ = σ(z)", tone="2"),
            line(scores, cost(scores), label="ℒ(ŷ, y)", wide=True),
            rule(x=z),
            dots([z, z], [y_hat, paid], tone=["2", "1"], size=6),
            x=Axis(label="z", domain=(-6, 6)),
            y=Axis(label="ŷ, ℒ", domain=(0, 6.2)),
        ),
        say=say("At z = {z:.2f} ŷ is {y_hat:.3f}; where y is {y} that costs ℒ = {paid:.3f}.",
                z=z, y_hat=y_hat, y=y, paid=paid),
    )


def _zero_line(w: Any, b: float) -> tuple[Any, Any]:
    """The ends of w·x + b = 0 within the picture; none where it passes outside."""
    import numpy as np

    length = np.hypot(*w)
    if length < 1e-9:
        return [], []
    along = np.linspace(-9, 9, 721)
    x = -b * w[0] / length**2 - w[1] / length * along
    y = -b * w[1] / length**2 + w[0] / length * along
    inside = (x >= X[0]) & (x <= X[1]) & (y >= Y[0]) & (y <= Y[1])
    if not inside.any():
        return [], []
    return x[inside][[0, -1]], y[inside][[0, -1]]


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=loss)
def far_on_the_wrong_side(rng):
    """There the loss is nearly |z|."""
    near, far = (_loss(z, 1.0) for z in (-1.0, -5.0))
    return Options("line" if 4.9 < far < 5.1 else "square", of=("level", "line", "square"), then={"z": -5.0, "y": "1"},
                   near=near, far=far)


@question
def loss_of_one(rng):
    """-log of the probability given to the true label."""
    y_hat, y = rng.choice([0.9, 0.8, 0.7, 0.2, 0.1, 0.3]), rng.choice([0, 1])
    z = math.log(y_hat / (1 - y_hat))
    given = y_hat if y else 1 - y_hat
    return Number(_loss(z, float(y)),
                  traps={"other_label": _loss(z, 1.0 - y), "linear": 1 - given, "log10": -math.log10(given)},
                  y_hat=y_hat, y=y, given=given)


@question
def gradient_at_0(rng):
    """1/m X(ŷ-y)ᵀ, where every ŷ is ½."""
    import numpy as np

    from wengu.regression import logistic_gradient_by_hand

    x, y = rng.sample([1, 2, 3, 4, -2, -1], 4), rng.choice([[1, 0, 1, 0], [1, 1, 0, 0], [0, 1, 1, 1], [0, 0, 1, 0]])
    dw, db = logistic_gradient_by_hand(np.zeros(1), 0.0, np.array(x, dtype=float)[:, None], np.array(y))
    return Number(dw, traps={"sum": 4 * dw, "sign": -dw, "bias": db, "labels": -float(np.dot(x, y)) / 4}, x=x, y=y)


@question
def odds(rng):
    """A weight adds to the logarithm of the odds."""
    import torch

    from wengu.functions import sigmoid

    against, times = rng.choice([4, 9, 3, 1.5]), rng.choice([2, 3, 4])
    before, after = 1 / (1 + against), times / against
    return Number(sigmoid(torch.tensor(math.log(after), dtype=torch.float64)),
                  traps={"times": before * times, "added": before + math.log(times), "odds": after},
                  before=before, times=times, odds=1 / against, after=after)


@question
def error_of_the_score(rng):
    """∂ℒ/∂z = ŷ - y, against automatic differentiation."""
    import torch

    from wengu.functions import binary_cross_entropy, sigmoid

    z = torch.tensor([rng.uniform(-3, 3) for _ in range(4)], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([1.0, 0.0, 1.0, 0.0], dtype=torch.float64)
    binary_cross_entropy(z, y, reduction="sum").backward()
    return Derived(same=(sigmoid(z.detach()) - y, z.grad))


@question
def separated(rng):
    """Without a penalty the weight grows as long as it is trained."""
    import numpy as np

    from wengu.regression import LogisticRegression

    x, y = np.array([[-2.0], [-1.0], [1.0], [2.0]]), np.array([0, 0, 1, 1])
    grown = [LogisticRegression(C=C, tol=1e-10).fit(x, y).coef_[0, 0] for C in (1.0, 1e3, 1e6)]
    return Options("penalty" if grown[2] > 2 * grown[1] > 4 * grown[0] else "rate",
                   of=("penalty", "rate", "epochs", "threshold"))


def _loss(z: float, y: float) -> float:
    import torch

    from wengu.functions import binary_cross_entropy

    return binary_cross_entropy(*(torch.tensor(one, dtype=torch.float64) for one in (z, y))).item()
