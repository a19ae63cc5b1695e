"""Input normalisation: two features of very different size, by the training set's numbers or by each set's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, dots, field_of, figure, line, slider, steps, toggle
from wengu.pages.question import Number, Options, question

if TYPE_CHECKING:
    from torch import Tensor

    from wengu.optimization import Trajectory

STEPS, EXAMPLES = 20, 200
WINDOW = (-4.0, 4.0)
LEAST = 0.001  # % that are told


@figure(shows=["wengu.layers:InputNormalisation", "wengu.optimization:trajectory"])
def contours(
    ratio=slider(1.0, 10.0, 5.0, step=0.5, label="σ₂ / σ₁ as measured"),
    step=steps(0, STEPS, label="step"),
) -> Fig:
    """J of a linear regression over its two weights, before and after, and the way down by the steepest's best α."""
    import numpy as np
    import torch

    from wengu.layers import InputNormalisation

    x = torch.randn(EXAMPLES, 2, generator=torch.Generator().manual_seed(0)).double() * torch.tensor([1.0, ratio])
    ways = {say("as measured"): _descent(x - x.mean(dim=0)), say("normalised"): _descent(InputNormalisation.of(x)(x))}
    before, after = (100 * path.loss / path.loss[0] for path in ways.values())
    rest = [f"{one:.2g}" if one > LEAST else f"< {LEAST}" for one in after]
    return Fig(
        *(Panel(
            field_of(np.sqrt(path.surface.z), x=WINDOW, y=WINDOW, label="√J"),
            line(path.x, path.y, tone="2", wide=True, grows=True),
            dots(path.x, path.y, label=say("after each step"), tone="2", size=3, grows=True),
            x=Axis(label="w₁ − w₁*", domain=WINDOW), y=Axis(label="w₂ − w₂*", domain=WINDOW), title=title, equal=True,
        ) for title, path in ways.items()),
        say=[say("After {n} {n:step|steps} {before:.2g} % of J is left as measured, {after} % after normalisation.",
                 n=k, before=before[k], after=rest[k]) for k in range(STEPS + 1)],
        values={"before": before[-1], "steps": STEPS, "ratio": ratio},
    )


def _descent(x: Tensor) -> Trajectory:
    """On J = ½ (w - w*)ᵀ H (w - w*) with H = xᵀx/m, by α = 1/(the largest curvature)."""
    import numpy as np

    from wengu.optimization import Surface, trajectory

    H = (x.T @ x / len(x)).numpy()

    def gradient(w1: Any, w2: Any) -> tuple[Any, Any]:
        return H[0, 0] * w1 + H[0, 1] * w2, H[1, 0] * w1 + H[1, 1] * w2

    def f(w1: Any, w2: Any) -> Any:
        g1, g2 = gradient(w1, w2)
        return (w1 * g1 + w2 * g2) / 2

    surface = Surface("regression", f, gradient, (WINDOW, WINDOW), (-3.0, 2.0))
    return trajectory(surface, "gradient-descent", lr=1 / float(np.linalg.eigvalsh(H)[-1]), steps=STEPS)


@figure(shows=["wengu.layers:InputNormalisation"])
def two_sets(
    shift=slider(-3.0, 3.0, 1.5, step=0.1, label="how far dev is from training, in σ"),
    own=toggle(False, label="dev by its own μ and σ (a mistake)"),
) -> Fig:
    """Training and dev examples before and after."""
    import torch

    from wengu.layers import InputNormalisation

    generator = torch.Generator().manual_seed(0)
    size, middle = torch.tensor([200.0, 2.0]), torch.tensor([500.0, 5.0])
    train = middle + size * torch.randn(120, 2, generator=generator)
    dev = middle + size * (shift + torch.randn(40, 2, generator=generator))
    layer = InputNormalisation.of(train.double())
    t, d = layer(train), (InputNormalisation.of(dev.double()) if own else layer)(dev)
    mean, std = d.mean(dim=0).tolist(), layer.std.tolist()

    def marks(a: torch.Tensor, b: torch.Tensor) -> list[dict[str, object]]:
        return [dots(a[:, 0], a[:, 1], label=say("train"), tone="1", size=3),
                dots(b[:, 0], b[:, 1], label=say("dev"), tone="2", size=3)]

    return Fig(
        Panel(*marks(train, dev), x=Axis(label="x₁"), y=Axis(label="x₂"), title=say("as measured")),
        Panel(*marks(t, d), x=Axis(label="(x₁ − μ₁) / σ₁", domain=(-7, 7)),
              y=Axis(label="(x₂ − μ₂) / σ₂", domain=(-7, 7)), title=say("normalised"), equal=True),
        say=say("σ of training is {s1:.0f} and {s2:.2f}. After normalisation dev has the means {m1:.2f} and {m2:.2f}.",
                s1=std[0], s2=std[1], m1=mean[0], m2=mean[1]),
        values={"s1": std[0], "s2": std[1], "m1": mean[0], "m2": mean[1], "kappa": (std[0] / std[1]) ** 2},
    )


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=two_sets)
def by_its_own(rng):
    """Each set by its own μ and σ: the difference is gone, and nobody is told."""
    found = two_sets(own=True).values
    return Options("onto_train" if abs(found["m1"]) < 0.01 and abs(found["m2"]) < 0.01 else "farther",
                   of=("same", "onto_train", "farther"), then={"own": True})


@question
def new_example(rng):
    """(x - μ)/σ with those of the training set."""
    import torch

    from wengu.layers import InputNormalisation

    start = rng.choice([0.0, 10.0, 50.0])
    train = [start + one for one in rng.choice([(2, 4, 6, 8), (1, 1, 5, 5), (0, 6, 6, 12), (3, 3, 3, 7)])]
    x = start + rng.choice([0, 9, 14, 20])
    column = torch.tensor(train, dtype=torch.float64)[:, None]
    layer = InputNormalisation.of(column)
    z = layer(torch.tensor([[x]], dtype=torch.float64)).item()
    away = x - column.mean().item()
    return Number(z, traps={"variance": away / column.var(correction=0).item(), "sample": away / column.std().item(),
                            "centred": away}, within=0.005, train=train, x=x)


@question
def condition(rng):
    """(σ₁/σ₂)²."""
    import numpy as np

    one, other = rng.choice([(100, 5), (20, 2), (30, 10), (50, 25), (1000, 10)])
    steep = np.linalg.eigvalsh(np.diag([float(one) ** 2, float(other) ** 2]))
    return Number(steep[1] / steep[0],
                  traps={"ratio": one / other, "difference": one - other, "turned": (other / one) ** 2},
                  one=one, other=other)


@question
def left_by_a_step(rng):
    """(κ-1)/(κ+1), at the best α."""
    import torch

    from wengu.optimization import gradient_descent_by_hand

    kappa = rng.choice([3.0, 4.0, 9.0, 19.0, 99.0])
    h = torch.tensor([1.0, kappa], dtype=torch.float64)
    w = torch.ones(2, dtype=torch.float64)
    gradient_descent_by_hand(w, h * w, lr=2 / (kappa + 1))
    return Number(w[0].abs(), traps={"reciprocal": 1 / kappa, "taken": 2 / (kappa + 1)}, within=0.003, kappa=kappa)


@question
def of_all_the_data(rng):
    """What μ and σ of all data do."""
    return Options("leak", of=("leak", "fine", "better", "slower"))
