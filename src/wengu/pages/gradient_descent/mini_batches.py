"""Mini-batches: how an epoch is cut, and what the size of a batch does to the curve of the cost."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, Tone, bars, choice, figure, line, link, slider, steps
from wengu.pages.question import Number, Options, question

_STEPS, _EPOCHS, _MOST = 50, 1, 20  # drawn: steps, epochs, and points of the second panel


@figure(shows=["wengu.training:mini_batches", "wengu.optimization:gradient_descent_by_hand",
               "wengu.regression:softmax_gradient_by_hand"],
        links=[link("B", "size", "4", "size")])
def cost(
    size=choice("1", "4", "16", "64", "150", label="batch size B", labels=("1 (SGD)", "4", "16", "64", "150 (all)"),
                value="4"),
    lr=slider(0.02, 0.4, 0.1, log=True, label="learning rate α"),
    seed=slider(0, 9, 0, label="seed of the order"),
    step=steps(1, _STEPS, label="step"),
) -> Fig:
    """The cost as each batch shows it, and that of all examples against how many have been read."""
    import numpy as np

    batch, all_at_once = int(size), len(_irises()[0])
    seen, read, whole = _run(batch, lr, seed)
    smooth, read_all, whole_all = _run(all_at_once, lr, 0) if batch < all_at_once else (seen, read, whole)
    jump, jump_all = (float(np.abs(np.diff(row)).mean()) for row in (seen, smooth))
    t, of_all = range(1, _STEPS + 1), say("all 150")
    other = [] if batch == all_at_once else [line(t, smooth, label=of_all, tone="2", wide=True, grows=True)]
    other_whole = [] if batch == all_at_once else [
        line(read_all, whole_all, label=of_all, tone="2", wide=True)]
    return Fig(
        Panel(
            line(t, seen, label=f"B = {batch}", tone="1", grows=True), *other,
            x=Axis(label=say("step"), domain=(0, _STEPS), whole=True),
            y=Axis(label=say("J of the batch"), domain=(0, 2.5)), title=say("cost, step by step"),
        ),
        Panel(
            line(read, whole, label=f"B = {batch}", tone="1", wide=True), *other_whole,
            x=Axis(label=say("part of an epoch read"), domain=(0, _EPOCHS)),
            y=Axis(label=say("J of all examples"), domain=(0, 1.2)), title=say("for one pass over the data"),
        ),
        say=[*(say("Step {step}: the cost of the batch is {cost:.3f}, with all 150 {of_all:.3f}.", step=k + 1,
                   cost=seen[k], of_all=smooth[k]) for k in range(_STEPS - 1)),
             say("B = {batch}: from step to step the cost jumps by {jump:.3f} on average, with all 150 by "
                "{jump_all:.3f}; after one epoch J of all examples is {j:.3f}, with all 150 at once {j_all:.3f}.",
                batch=batch, jump=jump, jump_all=jump_all, j=whole[-1], j_all=whole_all[-1])],
        values={"m": all_at_once, "j": whole[-1], "j_all": whole_all[-1]},
    )


@figure(shows=["wengu.training:mini_batches"],
        links=[link("m", "m", "5", "m"), link("B", "size", "4", "size")])
def cut(
    m=slider(5, 60, 50, label="examples m"),
    size=slider(1, 60, 16, label="batch size B"),
) -> Fig:
    """The batches of one epoch, the ragged last one kept."""
    from wengu.training import mini_batches

    batches = mini_batches(m, size, seed=0, epoch=1)
    counts = [len(batch) for batch in batches]
    tones: list[Tone] = ["1" if count == counts[0] else "2" for count in counts]
    return Fig(
        Panel(bars(range(1, len(counts) + 1), counts, tone=tones),
              x=say("mini-batch t"), y=Axis(label=say("examples"), whole=True)),
        say=say("{m} {m:example|examples} in batches of {size} make {n} {n:step|steps} an epoch, and the last batch "
                "holds {last}. The first batch begins with examples {first}.", m=m, size=size, n=len(counts),
                last=counts[-1], first=say(", ").join(map(str, batches[0][:5].tolist()))),
        values={"m": m, "left": counts[-1]},
    )


@cache
def _irises() -> tuple[Any, Any]:
    """150 flowers of three kinds: four measures, standardised, and a 1 for the kind."""
    import numpy as np
    from sklearn.datasets import load_iris
    from sklearn.preprocessing import scale

    x, y = load_iris(return_X_y=True)
    return scale(x), np.eye(3)[y]


@lru_cache(maxsize=64)
def _run(size: int, lr: float, seed: int) -> tuple[list[float], list[float], list[float]]:
    """J of the batch at the first steps; epochs read, and J of all examples then."""
    import math

    import torch

    from wengu.optimization import gradient_descent_by_hand
    from wengu.regression import softmax_cost_by_hand, softmax_gradient_by_hand
    from wengu.training import mini_batches

    x, y = _irises()
    w = torch.zeros(3, 5, dtype=torch.float64)  # b is the last column
    in_numpy = w.numpy()
    weights, b = in_numpy[:, :4], in_numpy[:, 4]
    every = math.ceil(_EPOCHS * math.ceil(len(x) / size) / _MOST)
    seen: list[float] = []
    read, whole, count, step, epoch = [0.0], [softmax_cost_by_hand(weights, b, x, y)], 0, 0, 0
    while step < _STEPS or epoch < _EPOCHS:
        epoch += 1
        for index in mini_batches(len(x), size, seed=seed, epoch=epoch):
            of_x, of_y = x[index.numpy()], y[index.numpy()]
            if step < _STEPS:
                seen.append(softmax_cost_by_hand(weights, b, of_x, of_y))
            elif epoch > _EPOCHS:
                break
            gradient = softmax_gradient_by_hand(weights, b, of_x, of_y)
            gradient_descent_by_hand(w, torch.from_numpy(gradient), lr=lr)
            step, count = step + 1, count + len(index)
            if epoch <= _EPOCHS and (step % every == 0 or count == _EPOCHS * len(x)):
                read.append(count / len(x))
                whole.append(softmax_cost_by_hand(weights, b, x, y))
    return seen, read, whole


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=cut)
def what_is_left_over(rng):
    """The last batch is smaller."""
    from wengu.training import mini_batches

    sizes = [len(one) for one in mini_batches(50, 20, seed=0, epoch=1)]
    return Options("smaller" if sizes[-1] == 50 % 20 else "dropped", of=("dropped", "filled", "smaller"),
                   then={"size": 20}, left=sizes[-1])


@question
def updates(rng):
    """⌈m/B⌉ steps an epoch."""
    from wengu.training import mini_batches

    m, size, epochs = rng.choice([1000, 2000, 5000, 6000]), rng.choice([32, 64, 128, 256]), rng.choice([3, 5, 10])
    steps = len(list(mini_batches(m, size, seed=0, epoch=1)))
    return Number(steps * epochs, traps={"cut_off": m // size * epochs, "one_epoch": steps, "examples": m * epochs},
                  m=m, size=size, epochs=epochs)


@question
def last_batch(rng):
    """What its sum would be off by if it were divided by B."""
    from wengu.training import mini_batches

    m, size = rng.choice([150, 200, 1000, 500]), rng.choice([64, 48, 128])
    left = len(list(mini_batches(m, size, seed=0, epoch=1))[-1])
    return Number(left / size, traps={"turned": size / left, "mean": 1, "of_all": left / m}, m=m, size=size, left=left)


@question
def noise_of_a_batch(rng):
    """σ/√B: the spread of the mean of B draws."""
    import numpy as np

    sigma, size = rng.choice([2.0, 4.0, 6.0]), rng.choice([16, 64, 100, 25])
    values = np.array([-sigma, sigma])
    return Number(np.sqrt(values.var() / size),
                  traps={"divided": sigma / size, "one": sigma, "times": sigma * size**0.5}, sigma=sigma, size=size)


@question
def saw_teeth(rng):
    """A cost that goes up and down once an epoch."""
    return Options("shuffle", of=("shuffle", "rate", "larger", "dropout"))
