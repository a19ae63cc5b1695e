"""The batch size: how far off the gradient of B examples is, and what a step on them takes."""

from __future__ import annotations

from functools import cache
from typing import Any

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, bars, dots, figure, line, rule, slider, steps
from wengu.pages.question import Number, Options, question

_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_DRAWS = 32  # batches of each size, as far as there are as many


@figure(shows=["wengu.training:mini_batches", "wengu.regression:softmax_gradient_by_hand"])
def noise(
    size=slider(0, 8, 6, label="batch size: 2 to the power of"),
    step=steps(0, 60, label="steps trained before", fills=False),
) -> Fig:
    """Error of the gradient by batch size, on handwritten digits; logarithms both ways."""
    import numpy as np

    off = _missed(step)
    law = [off[0] / np.sqrt(one) for one in _SIZES]
    return Fig(
        Panel(
            rule(y=1, label=say("as large as the gradient")),
            line(_SIZES, law, label="1/√B", tone="quiet", dash=True),
            line(_SIZES, off, tone="1"), dots(_SIZES, off, label=say("measured"), tone="1"),
            dots([_SIZES[size]], [off[size]], label=say("this batch"), tone="2", size=7),
            x=Axis(label=say("batch size B"), log=True, domain=(1, 256)),
            y=Axis(label=say("error of the gradient ÷ its length"), log=True, domain=(0.1, 30)),
        ),
        say=say("After {steps} {steps:step|steps} a batch of {size} misses the gradient by {off:.2f} of its length, "
                "one example alone by {one:.2f}.", steps=step, size=_SIZES[size], off=off[size], one=off[0]),
        values={"m": len(_digits()[0]), "size": _SIZES[size], "off": off[size], "steps": step},
    )


@figure(shows=["wengu.optimization:choose_batch_size"])
def memory(
    units=slider(16, 256, 128, step=16, label="hidden units"),
    room=slider(0.1, 1.0, 0.4, step=0.05, label="memory available, MB"),
) -> Fig:
    """What the chooser counts for a training step of each candidate, against what there is."""
    import torch
    from torch import nn

    from wengu.optimization import choose_batch_size

    x, y = _digits()
    inputs, classes = torch.from_numpy(x[:512, :]).float(), torch.from_numpy(y[:512].argmax(1))
    with torch.random.fork_rng([]):
        net = nn.Sequential(nn.Linear(64, units), nn.ReLU(), nn.Linear(units, 10))
    sizes = (64, 128, 256, 512)
    taken = [choose_batch_size(net, (inputs[:one], classes[:one]), loss_fn=nn.functional.cross_entropy)
             .candidates[0].memory / 1e6 for one in sizes]
    fitting = [one for one, mb in zip(sizes, taken, strict=True) if mb <= room]
    told = (say("A step takes {taken} MB with B = {sizes}. What fits into {room:.2f} MB: {fitting}.",
                taken=say(", ").join(f"{mb:.2f}" for mb in taken), sizes=say(", ").join(map(str, sizes)), room=room,
                fitting=say(", ").join(map(str, fitting)))
            if fitting else
            say("A step takes {taken} MB with B = {sizes}. Nothing fits into {room:.2f} MB.",
                taken=say(", ").join(f"{mb:.2f}" for mb in taken), sizes=say(", ").join(map(str, sizes)), room=room))
    return Fig(
        Panel(bars(sizes, taken, tone=["good" if mb <= room else "bad" for mb in taken]),
              rule(y=room, label=say("available"), tone="quiet"),
              x=say("batch size B"), y=Axis(label=say("MB a step"), domain=(0, 1.1))),
        say=told,
        values={"batches": sizes[-1] / sizes[0], "times": taken[-1] / taken[0]},
    )


@cache
def _missed(step: int) -> list[float]:
    """By how much of its length batches of each size miss the gradient, after so many steps."""
    import numpy as np

    from wengu.regression import softmax_gradient_by_hand
    from wengu.training import mini_batches

    x, y = _digits()
    w = _trained()[step]
    weights, b = w[:, :-1], w[:, -1]
    true = softmax_gradient_by_hand(weights, b, x, y)
    off = []
    for one in _SIZES:
        index = [batch.numpy() for batch in mini_batches(len(x), one, seed=one, epoch=1)[:_DRAWS]]
        errors = [((softmax_gradient_by_hand(weights, b, x[k], y[k]) - true) ** 2).sum() for k in index]
        off.append(float(np.sqrt(np.mean(errors)) / np.linalg.norm(true)))
    return off


@cache
def _digits() -> tuple[Any, Any]:
    """1,024 handwritten digits, 8×8 pixels from 0 to 1, and a 1 for the class."""
    import numpy as np
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return x[:1024] / 16, np.eye(10)[y[:1024]]


@cache
def _trained() -> list[Any]:
    """Weights and, last column, biases of softmax regression after each of 60 mini-batches of 64."""
    import torch

    from wengu.optimization import gradient_descent_by_hand
    from wengu.regression import softmax_gradient_by_hand
    from wengu.training import mini_batches

    x, y = _digits()
    w = torch.zeros(10, 65, dtype=torch.float64)
    held = w.numpy()
    made = [held.copy()]
    for step in range(60):
        if step % 16 == 0:
            batches = mini_batches(len(x), 64, seed=0, epoch=step // 16 + 1)
        index = batches[step % 16].numpy()
        gradient = softmax_gradient_by_hand(held[:, :-1], held[:, -1], x[index], y[index])
        gradient_descent_by_hand(w, torch.from_numpy(gradient), lr=0.5)
        made.append(held.copy())
    return made


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=noise)
def four_times_as_many(rng):
    """Four times the batch, half the error; a little better where it is a large part of the set."""
    before, after = (noise(size=size).values["off"] for size in (6, 8))
    return Options("half" if 0.3 < after / before < 0.7 else "quarter", of=("same", "half", "quarter"),
                   then={"size": 8}, before=before, after=after)


@question
def smaller_error(rng):
    """From one batch size to another."""
    before, size, times = rng.choice([0.3, 0.2, 0.12, 0.4]), rng.choice([16, 32, 64]), rng.choice([4, 9, 16])
    return Number(100 * before / times**0.5, traps={"divided": 100 * before / times, "same": 100 * before}, unit="%",
                  before=before, size=size, more=size * times)


@question
def without_putting_back(rng):
    """The variance of a batch's mean over all batches that there are."""
    from itertools import combinations

    import numpy as np

    m, size = rng.choice([(4, 2), (5, 2), (5, 3), (6, 2), (6, 3), (5, 4)])
    values = np.arange(m, dtype=np.float64)
    means = np.array([np.mean(one) for one in combinations(values, size)])
    return Number(means.var() / values.var(), traps={"put_back": 1 / size, "left": (m - size) / m}, m=m, size=size)


@question
def in_pieces(rng):
    """The gradient of a batch is the mean of those of its equal parts."""
    import torch

    x, w = torch.linspace(-1, 1, 8, dtype=torch.float64), torch.tensor(0.5, dtype=torch.float64, requires_grad=True)

    def slope(some: Any) -> Any:
        return torch.autograd.grad(((w * some - 1) ** 2).mean(), w)[0]

    same = torch.allclose(sum(slope(one) for one in x.split(2)) / 4, slope(x))
    return Options("pieces" if same else "smaller", of=("pieces", "smaller", "half_model", "rate"))


@question
def quicker_but_worse(rng):
    """A larger batch makes fewer steps an epoch."""
    return Options("rate", of=("rate", "smaller_rate", "momentum", "decay"))
