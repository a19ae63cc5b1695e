"""Inverted dropout: the masks of a few steps, and what the next layer's sum is over many."""

from __future__ import annotations

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, boxes, cells, figure, histogram, line, link, slider, steps, toggle
from wengu.pages.question import Derived, Number, Options, question

A = (1.0, 0.5, 2.0, 1.5, 0.8, 1.2, 0.4, 1.6)  # activations of a layer
STEPS = 5  # whose masks are drawn
WIDTH = 0.5  # of a bar


@figure(shows=["wengu.layers:inverted_dropout"],
        links=[link("k", "keep_prob", "4", "keep_prob")])
def masks(
    keep_prob=slider(0.3, 1.0, 0.8, step=0.05, label="probability k to keep a unit"),
    training=toggle(True, label="training"),
    draw=steps(1, 50, label="five steps at a time"),
) -> Fig:
    """The same activations in five steps of training, each with a mask of its own."""
    import torch

    from wengu.layers import inverted_dropout

    seed = torch.Generator().manual_seed(8 + draw)
    a = torch.tensor(A, dtype=torch.float64)
    out = inverted_dropout(a.expand(STEPS, -1).clone(), keep_prob, training=training, generator=seed)
    off = [(row, column, 1, 1) for row in range(STEPS) for column in range(len(A)) if out[row, column] == 0]
    sentence = (
        say("{off} of {all} units {off:is|are} off in these {steps} {steps:step|steps}; each of the others is "
            "multiplied by {factor:.3g}.",
            off=len(off), all=out.numel(), steps=STEPS, factor=1 / keep_prob)
        if training else say("Out of training all {all} activations pass as they are.", all=out.numel())
    )
    first, done = out[0].tolist(), STEPS * (draw - 1)
    units = [{"x": 1.3 * k, "y": 0.0, "w": 1.1, "h": 0.8, "label": f"{v:.3g}", "tone": "1" if v else "quiet"}
             for k, v in enumerate(first)]
    total = {"x": 4.05, "y": 2.2, "w": 2.3, "h": 0.9, "label": f"z = {sum(first):.3g}", "tone": "2"}
    return Fig(
        Panel(boxes([*units, total], [(k, len(A)) for k, v in enumerate(first) if v]),
              title=say("step {n}: z sums the units that are on", n=done + 1)),
        Panel(
            cells([[f"{v:.3g}" for v in A]], title="a", heat=False),
            cells([[f"{v:.3g}" for v in row] for row in out.tolist()], y=2.2, heat=False, title=say("a in five steps"),
                  faint=off),
            cells([[str(done + k)] for k in range(1, STEPS + 1)], x=-1.6, y=2.2, heat=False, title=say("step")),
        ),
        say=sentence,
    )


@figure(shows=["wengu.layers:inverted_dropout"],
        links=[link("k", "keep_prob", "4", "keep_prob")])
def expectation(
    keep_prob=slider(0.3, 1.0, 0.8, step=0.05, label="probability k to keep a unit"),
    training=toggle(True, label="training"),
) -> Fig:
    """A unit of the next layer over 4,000 masks: its values spread, their mean stays."""
    import torch

    from wengu.layers import inverted_dropout

    seed = torch.Generator().manual_seed(0)
    a = torch.tensor(A, dtype=torch.float64)
    z = inverted_dropout(a.expand(4000, -1).clone(), keep_prob, training=training, generator=seed).sum(dim=1)
    whole, mean = a.sum().item(), z.mean().item()
    most = max(12.0, whole / keep_prob)  # nothing can be more
    edges = torch.arange(0, most + WIDTH, WIDTH, dtype=torch.float64)
    counts = torch.histogram(z, edges).hist / len(z) * 100
    top = 1.05 * counts.max().item()
    marks = [histogram(edges, counts, label=say("z in 4,000 passes")),
             line([whole, whole], [0, top], label=say("z without dropout"), tone="good", wide=True),
             line([mean, mean], [0, top], label=say("mean"), tone="2", dash=True)]
    if training and keep_prob < 1:
        marks.append(line([mean * keep_prob] * 2, [0, top], label=say("mean, had we not divided"), tone="bad",
                          dash=True))
    return Fig(
        Panel(*marks, x=Axis(label=say("z = sum of the layer's a"), domain=(0, most)),
              y=Axis(label=say("% of the passes"), domain=(0, top))),
        say=say("Without dropout z is {whole:.3g}. In 4,000 passes its mean is {mean:.4g} and its standard "
                "deviation {spread:.3g}.", whole=whole, mean=mean, spread=z.std(correction=0).item()),
        values={"whole": whole, "mean": mean, "spread": z.std(correction=0).item()},
    )


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=masks)
def switched_off(rng):
    """At test time the layer gives what it gets."""
    import torch

    from wengu.layers import inverted_dropout

    a = torch.tensor([1.0, 2.0, 3.0])
    return Options("whole" if torch.equal(inverted_dropout(a, 0.8, training=False), a) else "smaller",
                   of=("masked", "smaller", "whole"), then={"training": False})


@question
def what_is_kept(rng):
    """a/k."""
    a, k = rng.choice([2.0, 3.0, 0.6, 1.2]), rng.choice([0.5, 0.8, 0.6, 0.75])
    return Number(_largest(a, k), traps={"unscaled": a, "times": a * k, "dropped": a / (1 - k)}, a=a, k=k)


@question
def noise_added(rng):
    """a √((1-k)/k)."""
    a, k = rng.choice([1.0, 2.0, 3.0]), rng.choice([0.5, 0.8, 0.9, 0.64])
    high = _largest(a, k)
    variance = k * (high - a) ** 2 + (1 - k) * a**2
    return Number(variance**0.5,
                  traps={"unscaled": a * (k * (1 - k)) ** 0.5, "variance": variance, "share": a * (1 - k)}, a=a, k=k)


@question
def in_torch(rng):
    """torch is given the probability to drop."""
    import torch

    p = rng.choice([0.1, 0.2, 0.25, 0.4])
    torch_layer, a = torch.nn.Dropout(p), torch.ones(4000)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        kept = torch_layer(a).max()
    return Number(kept, traps={"turned": 1 / p, "one": 1, "less": 1 - p}, p=p)


@question
def forgotten(rng):
    """Without the division a layer's mean in training is k times that at test time."""
    k, layers = rng.choice([0.5, 0.8, 0.9]), rng.choice([2, 3, 4])
    return Number((1 / _largest(1.0, k)) ** layers,
                  traps={"once": k, "sum": 1 - layers * (1 - k), "turned": k**-layers}, k=k, layers=layers)


@question
def mean_and_variance(rng):
    """Of a kept or dropped value, over both cases."""
    a, k = rng.uniform(0.5, 3), rng.choice([0.3, 0.5, 0.8])
    high = _largest(a, k)
    return Derived(same=((a, a**2 * (1 - k) / k), (k * high, k * high**2 - (k * high) ** 2)))


@question
def both_too_high(rng):
    """Dropout is against variance."""
    return Options("less", of=("less", "more", "data", "stop"))


def _largest(a: float, keep_prob: float) -> float:
    """What a unit that is kept gives."""
    import torch

    from wengu.layers import inverted_dropout

    generator = torch.Generator().manual_seed(0)
    given = torch.full((200,), a, dtype=torch.float64)
    return inverted_dropout(given, keep_prob, generator=generator).max().item()
