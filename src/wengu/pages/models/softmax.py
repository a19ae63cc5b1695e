"""Softmax regression: from scores to probabilities, and the regions of three classes clicked in."""

from __future__ import annotations

from typing import Any

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, Tone, band, bars, choice, dots, figure, points, slider

X, Y = (-3.0, 3.0), (-2.0, 2.0)
AXES = Axis(label="x₁", domain=X), Axis(label="x₂", domain=Y)
TONES: list[Tone] = ["1", "2", "3"]
TOL = 1e-12  # so that every digit said is right
START = [
    [-2.1, -1.2, 0], [-1.5, -0.6, 0], [-1.9, 0.1, 0], [-0.8, -1.4, 0], [-1.1, -0.1, 0],
    [1.9, -1.1, 1], [1.3, -0.5, 1], [2.3, -0.2, 1], [0.8, -1.5, 1], [0.9, 0.2, 1],
    [-0.7, 1.5, 2], [0.1, 1.0, 2], [0.6, 1.6, 2], [-0.2, 0.5, 2], [1.3, 1.2, 2],
]


@figure(shows=["wengu.functions:softmax"])
def scores(
    z1=slider(-5.0, 5.0, 2.0, step=0.1, label="z₁"),
    z2=slider(-5.0, 5.0, 1.0, step=0.1, label="z₂"),
    z3=slider(-5.0, 5.0, -1.0, step=0.1, label="z₃, of three classes"),
    classes=choice("3", "2", label="classes C"),
    added=slider(0, 1000, 0, step=100, label="added to every z"),
) -> Fig:
    """Scores on the left, the probabilities they become on the right."""
    import torch

    from wengu.functions import sigmoid, softmax

    z = torch.tensor([z1, z2, z3][: int(classes)], dtype=torch.float64)
    a = softmax(z + added)
    names = ["1", "2", "3"][: len(z)]
    if len(z) == 2:
        sentence = say("ŷ₂ = {y_hat:.4f}, and σ(z₂ − z₁) = {sigma:.4f}: two classes are logistic regression",
                       y_hat=a[1].item(), sigma=sigmoid(z[1] - z[0]).item())
    else:
        sentence = say("ŷ = ({a1:.3f}, {a2:.3f}, {a3:.3f}), together {total:.3f}; if the true class is 1, "
                       "ℒ = {lost:.3f}",
                       a1=a[0].item(), a2=a[1].item(), a3=a[2].item(), total=a.sum().item(), lost=-a[0].log().item())
    return Fig(
        Panel(bars(names, z + added, tone=TONES[: len(z)]), x=say("class"),
              y=Axis(label="z", domain=(-5, 5) if not added else (0, 1010))),
        Panel(bars(names, a, tone=TONES[: len(z)]), x=say("class"), y=Axis(label="ŷ", domain=(0, 1))),
        say=sentence,
    )


@figure(shows=["wengu.regression:SoftmaxRegression", "wengu.regression:LogisticRegression"])
def regions(
    data=points(START, classes=3, x=X, y=Y, label="data points"),
    lam=slider(0.001, 100.0, 1.0, log=True, label="λ"),
) -> Fig:
    """Which class is the likeliest where; the borders are straight lines."""
    import numpy as np

    from wengu.regression import LogisticRegression, SoftmaxRegression

    x = np.array([p[:2] for p in data]).reshape(-1, 2)
    y = np.array([p[2] for p in data], dtype=int)
    seen = dots(x[:, 0], x[:, 1], tone=[TONES[c] for c in y], size=6)
    there = sorted(set(y.tolist()))
    if len(there) < 2:
        return Fig(Panel(seen, x=AXES[0], y=AXES[1], equal=True), say=say("Click to add points of at least two "
                                                                          "classes."))
    model = SoftmaxRegression(C=1 / lam, tol=TOL).fit(x, y)
    bands = [band(*_sides(_region(model, row)), tone=TONES[k]) for row, k in enumerate(there)]
    right = int((model.predict(x) == y).sum())
    if len(there) == 2:
        same = LogisticRegression(C=2 / lam, tol=TOL).fit(x, y).predict_proba(x)
        gap = abs(same - model.predict_proba(x)).max()
        sentence = say("two classes: logistic regression with half of λ gives the same ŷ, within {gap:.4f}; {right} of "
                       "{m} points are in their region", gap=gap, right=right, m=len(y))
    else:
        sentence = say("J without its penalty is {j:.3g}, where guessing costs log 3 = 1.1; {right} of {m} points are "
                       "in their region", j=_cost(model, x, y), right=right, m=len(y))
    return Fig(Panel(*bands, seen, x=AXES[0], y=AXES[1], equal=True), say=sentence)


def _region(model: Any, row: int) -> list[Any]:
    """The corners of where this class is the likeliest: the panel, cut along its straight border with each other."""
    import numpy as np

    corners = [np.array([x, y]) for x, y in zip((*X, *X[::-1]), (Y[0], Y[0], Y[1], Y[1]), strict=True)]
    for w, b in zip(model.coef_[row] - model.coef_, model.intercept_[row] - model.intercept_, strict=True):
        ahead, kept = [w @ corner + b for corner in corners], []
        for k, here in enumerate(ahead):
            before = ahead[k - 1]
            if here * before < 0:
                kept.append(corners[k] + (corners[k - 1] - corners[k]) * here / (here - before))
            if here >= 0:
                kept.append(corners[k])
        corners = kept
    return corners


def _sides(corners: list[Any]) -> tuple[list[float], list[float], list[float]]:
    """x, the lowest y and the highest of a convex region, from corner to corner."""
    import numpy as np

    across = sorted({float(x) for x, _ in corners})
    met: list[list[float]] = [[] for _ in across]
    for one, other in zip(corners, corners[1:] + corners[:1], strict=True):
        (x1, y1), (x2, y2) = sorted((one.tolist(), other.tolist()))
        for x, ys in zip(across, met, strict=True):
            if x1 <= x <= x2:
                ys += [y1, y2] if x1 == x2 else [float(np.interp(x, [x1, x2], [y1, y2]))]
    return across, [min(ys) for ys in met], [max(ys) for ys in met]


def _cost(model: Any, x: Any, y: Any) -> float:
    """The mean loss of the points."""
    import torch

    from wengu.functions import cross_entropy

    return cross_entropy(torch.from_numpy(model.decision_function(x)), torch.from_numpy(y)).item()
