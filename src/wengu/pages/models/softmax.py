"""Softmax regression: from scores to probabilities, and the regions of three classes clicked in."""

from __future__ import annotations

import math
from typing import Any

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, Tone, bars, choice, dots, figure, line, points, shaded, slider
from wengu.pages.question import Derived, Number, Options, question
from wengu.pages.quotes import quoted

X, Y = (-3.0, 3.0), (-2.0, 2.0)
AXES = Axis(label="x₁", domain=X), Axis(label="x₂", domain=Y)
TONES: list[Tone] = ["1", "2", "3"]
TOL = 1e-12  # so that every digit said is right
START = [
    [-2.1, -1.2, 0], [-1.5, -0.6, 0], [-1.9, 0.1, 0], [-0.8, -1.4, 0], [-1.1, -0.1, 0],
    [1.9, -1.1, 1], [1.3, -0.5, 1], [2.3, -0.2, 1], [0.8, -1.5, 1], [0.9, 0.2, 1],
    [-0.7, 1.5, 2], [0.1, 1.0, 2], [0.6, 1.6, 2], [-0.2, 0.5, 2], [1.3, 1.2, 2],
]


@figure(shows=["wengu.functions:softmax"], ahead=400)
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
        sentence = say("ŷ₂ is {y_hat:.4f}, and so is σ(z₂ − z₁), {sigma:.4f}: two classes are logistic regression.",
                       y_hat=a[1].item(), sigma=sigmoid(z[1] - z[0]).item())
    else:
        sentence = say("ŷ is ({a1:.3f}, {a2:.3f}, {a3:.3f}), together {total:.3f}. If the true class is 1, "
                       "ℒ is {lost:.3f}.",
                       a1=a[0].item(), a2=a[1].item(), a3=a[2].item(), total=a.sum().item(), lost=-a[0].log().item())
    return Fig(
        Panel(bars(names, z + added, tone=TONES[: len(z)]), x=say("class"),
              y=Axis(label="z", domain=(-5, 5) if not added else (0, 1010))),
        Panel(bars(names, a, tone=TONES[: len(z)]), x=say("class"), y=Axis(label="ŷ", domain=(0, 1))),
        say=sentence,
    )


@figure(shows=["wengu.regression:SoftmaxRegression", "wengu.regression:LogisticRegression"])
def regions(
    data=points(START, names=("1", "2", "3"), x=X, y=Y, label="data points"),
    lam=slider(0.001, 100.0, 1.0, log=True, label="λ"),
) -> Fig:
    """Which class is the likeliest where; the borders are straight lines."""
    import numpy as np

    from wengu.regression import LogisticRegression, SoftmaxRegression

    x = np.array([p[:2] for p in data]).reshape(-1, 2)
    y = np.array([p[2] for p in data], dtype=int)
    seen = [dots(x[y == c, 0], x[y == c, 1], label=say("class {n}", n=c + 1), tone=tone, size=6)
            for c, tone in enumerate(TONES)]
    there = sorted(set(y.tolist()))
    if len(there) < 2:
        return Fig(Panel(*seen, x=AXES[0], y=AXES[1], equal=True), say=say("Click to add points of at least two "
                                                                          "classes."))
    model = SoftmaxRegression(C=1 / lam, tol=TOL).fit(x, y)
    across, up = np.meshgrid(np.linspace(*X, 49), np.linspace(*Y, 33))
    y_hat = model.predict_proba(np.column_stack([across.ravel(), up.ravel()])).reshape(*across.shape, len(there))
    borders = [line(*zip(*_within(corners), strict=True), label=say("border"), tone="quiet")
               for row in range(len(there)) if (corners := _region(model, row))]
    right = int((model.predict(x) == y).sum())
    if len(there) == 2:
        same = LogisticRegression(C=2 / lam, tol=TOL).fit(x, y).predict_proba(x)
        gap = abs(same - model.predict_proba(x)).max()
        sentence = say("With two classes, logistic regression with half of λ gives the same ŷ, within {gap:.4f}. "
                       "{right} of {m} points are in their region.", gap=gap, right=right, m=len(y))
    else:
        sentence = say("J without its penalty is {j:.3g}, where guessing costs ln 3 = 1.1. {right} of {m} points are "
                       "in their region.", j=_cost(model, x, y), right=right, m=len(y))
    shade = shaded(y_hat, x=X, y=Y, label=say("probability of the likeliest class"), classes=there)
    return Fig(Panel(shade, *borders, *seen, x=AXES[0], y=AXES[1], equal=True), say=sentence)


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


def _within(corners: list[Any]) -> list[Any]:
    """The way round the corners, broken where it runs along the frame: that is no border between classes."""
    import numpy as np

    way = []
    for one, other in zip(corners, [*corners[1:], corners[0]], strict=True):
        framed = any(abs(one[k] - end) < 1e-9 > abs(other[k] - end) for k, ends in enumerate((X, Y)) for end in ends)
        way += [one, np.full(2, np.nan)] if framed else [one]
    return [*way, corners[0]]


def _cost(model: Any, x: Any, y: Any) -> float:
    """The mean loss of the points."""
    import torch

    from wengu.functions import cross_entropy

    return cross_entropy(torch.from_numpy(model.decision_function(x)), torch.from_numpy(y)).item()


@quoted
def facts() -> dict[str, float]:
    """The scores of the first figure divided by a temperature; the loss that smoothed labels leave at best."""
    import torch

    from wengu.functions import cross_entropy, softmax

    z, smoothed = torch.tensor([2.0, 1.0, -1.0], dtype=torch.float64), torch.full((1, 10), 0.01, dtype=torch.float64)
    smoothed[0, 0] += 0.9  # ε = 0.1 of ten classes
    return {"cold": softmax(z / 0.5)[0].item(), "usual": softmax(z)[0].item(), "hot": softmax(z / 4)[0].item(),
            "best": smoothed[0, 0].item(), "least": cross_entropy(smoothed.log(), smoothed).item()}


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=scores)
def all_raised(rng):
    """Only differences of scores count."""
    import torch

    from wengu.functions import softmax

    z = torch.tensor([2.0, 1.0, -1.0], dtype=torch.float64)
    is_same = torch.allclose(softmax(z), softmax(z + 1000))
    return Options("same" if is_same else "overflow", of=("overflow", "level", "same"), then={"added": 1000})


@question
def probability(rng):
    """ŷ of one class, from scores that are logarithms of whole numbers."""
    import torch

    from wengu.functions import softmax

    t = rng.sample([1, 2, 3, 4, 5, 6, 8], 3)
    z = torch.tensor(t, dtype=torch.float64).log()
    return Number(softmax(z)[0], traps={"linear": z[0] / z.sum(), "sigmoid": t[0] / (1 + t[0])},
                  a=t[0], b=t[1], c=t[2], total=sum(t))


@question
def gradient_of_a_row(rng):
    """(ŷ - y) x of one example."""
    import numpy as np

    from wengu.regression import softmax_gradient_by_hand, softmax_regression_by_hand

    x, t = rng.choice([2.0, 3.0, -2.0, 4.0]), rng.choice([(2, 1, 1), (1, 1, 3), (5, 3, 2), (1, 2, 1)])
    true, asked = rng.randrange(3), rng.randrange(3)
    w, b, rows = np.zeros((3, 1)), np.log(t), np.array([[x]])
    y_hat = softmax_regression_by_hand(w, b, rows)[0]
    answer = softmax_gradient_by_hand(w, b, rows, np.eye(3)[[true]])[asked, 0]
    return Number(answer, traps={"sign": -answer, "without_y": y_hat[asked] * x, "without_x": answer / x},
                  y_hat=y_hat, true=true + 1, asked=asked + 1, x=x, y=int(asked == true), share=y_hat[asked])


@question
def before_training(rng):
    """What J is where every class is as likely as any other."""
    import torch

    from wengu.functions import cross_entropy

    classes = rng.choice([4, 6, 10, 20, 100])
    answer = cross_entropy(torch.zeros(1, classes, dtype=torch.float64), torch.tensor([0]))
    return Number(answer, traps={"half": 0.693147, "base_10": math.log10(classes), "share": 1 / classes,
                                 "wrong": 1 - 1 / classes}, classes=classes)


@question
def many_labels(rng):
    """Of several labels that are true at once softmax gives each a share."""
    import torch

    from wengu.functions import sigmoid, softmax

    z = torch.tensor([4.0, 4.0, -4.0])
    sure = "sigmoids" if softmax(z)[:2].max() < 0.9 <= sigmoid(z)[:2].min() else "threshold"
    return Options(sure, of=("threshold", "sigmoids", "more_classes", "temperature"), most=softmax(z)[0].item())


@question
def error_of_the_scores(rng):
    """∂ℒ/∂z = ŷ - y, against automatic differentiation."""
    import torch

    from wengu.functions import cross_entropy, softmax

    z = torch.tensor([rng.uniform(-2, 2) for _ in range(4)], dtype=torch.float64, requires_grad=True)
    cross_entropy(z[None], torch.tensor([1])).backward()
    return Derived(same=(softmax(z.detach()) - torch.eye(4, dtype=torch.float64)[1], z.grad))
