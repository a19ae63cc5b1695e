"""Which numbers a network learns, and how many: LeNet-5, and a fully connected network to size."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, bars, choice, figure, slider
from wengu.pages.question import Number, Options, question

if TYPE_CHECKING:
    from wengu.layers.summary import ParameterRow


@figure(shows=["wengu.layers:summary"])
def lenet(
    channels=choice("1", "3", label="channels of the picture"),
    classes=slider(2, 100, 10, label="classes"),
) -> Fig:
    """Every W and b of LeNet-5, with its shape and its part of all."""
    import torch

    from wengu.layers import parameter_count, summary
    from wengu.vision.convnets import LeNet5

    with torch.device("meta"):  # shapes alone
        held = summary(LeNet5(classes, channels=int(channels)))
    most = max(held.parameters, key=lambda one: one.count)
    weights, biases = held.parameters[::2], held.parameters[1::2]
    return Fig(
        Panel(
            bars([_shown(one) for one in weights], [100 * held.share(one) for one in weights], label="W"),
            bars([_shown(one) for one in biases], [100 * held.share(one) for one in biases], label="b", tone="2"),
            x=say("layer"),
            y=Axis(label=say("% of all"), domain=(0, 100)),
        ),
        head=(say("name in the code"), say("layer"), "", say("shape"), say("count"), say("share")),
        rows=[(one.name, *_layer_and_letter(one), " × ".join(map(str, one.shape)), f"{one.count:,}",
               f"{held.share(one):.1%}") for one in held.parameters],
        say=say("There are {total:,} {total:number|numbers} to learn; {letter} of layer {layer} alone holds "
                "{count:,} of "
                "them, {share:.0%}.",
                total=held.learned, letter=_layer_and_letter(most)[1], layer=_shown(most), count=most.count,
                share=held.share(most)),
        values={"share": held.share(most), "colour": parameter_count(3, 6, 5) - parameter_count(1, 6, 5)},
    )


def _shown(held: ParameterRow) -> str:
    """C5 of c5."""
    return say("output") if held.layer == "output" else held.layer.upper()


def _layer_and_letter(held: ParameterRow) -> tuple[str, str]:
    """("3", "W") of W^[3]."""
    letter, _, number = held.symbol.rstrip("]").partition("^[")
    return number, letter


@figure(shows=["wengu.layers:summary", "wengu.layers:Linear"])
def dense(
    layers=slider(1, 5, 2, label="hidden layers"),
    units=slider(10, 300, 100, step=10, label="units in each hidden layer"),
) -> Fig:
    """A few choices, which nobody learns, decide how many numbers there are to learn."""
    import torch
    from torch import nn

    from wengu.layers import Linear, summary

    sizes = (784, *[units] * layers, 10)
    with torch.device("meta"):  # shapes alone
        net = nn.Sequential(*[Linear(n_in, n_out) for n_in, n_out in pairwise(sizes)])
    held = summary(
        net,
        settings={say("inputs"): sizes[0], say("hidden layers"): layers, say("units in each hidden layer"): units,
                  say("classes"): sizes[-1]},
        came_from={say("inputs"): say("the data: 28 × 28 pixels"), say("hidden layers"): say("your slider"),
                   say("units in each hidden layer"): say("your slider"), say("classes"): say("the data: ten digits")},
    )
    weights, biases = held.parameters[::2], held.parameters[1::2]
    return Fig(
        Panel(
            bars([str(l) for l in range(1, len(sizes))], [one.count for one in weights], label="W"),
            bars([str(l) for l in range(1, len(sizes))], [one.count for one in biases], label="b", tone="2"),
            x=say("layer"),
            y=say("count"),
        ),
        head=(say("hyper-parameter"), say("value"), say("came from")),
        rows=[(one.name, one.value, one.came_from) for one in held.hyper_parameters],
        say=say("{layers} hidden {layers:layer|layers} of {units} {units:unit|units} make {total:,} "
                "{total:number|numbers} to learn, {share:.1%} of them biases.",
                layers=layers, units=units, total=held.learned, share=sum(held.share(one) for one in biases)),
        values={"biases": sum(held.share(one) for one in biases)},
    )


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=lenet)
def in_colour(rng):
    """Two channels more cost a filter each, not a matrix."""
    from wengu.layers import parameter_count

    more = parameter_count(3, 6, 5) - parameter_count(1, 6, 5)
    return Options("few" if more < 1000 else "three", of=("none", "few", "three"), then={"channels": "3"}, more=more)


@question
def dense_layer(rng):
    """(n_in + 1) n_out."""
    import torch

    n, out = rng.choice([10, 64, 100, 120, 400]), rng.choice([10, 20, 84, 50])
    return Number(_count(torch.nn.Linear(n, out, device="meta")),
                  traps={"no_bias": n * out, "one_bias": n * out + 1, "other_bias": n * out + n}, n=n, out=out)


@question
def convolution(rng):
    """(C f² + 1) filters, whatever the size of the picture."""
    from wengu.layers import parameter_count

    channels, f = rng.choice([3, 6, 16]), rng.choice([3, 5])
    filters, size = rng.choice([10, 16, 32]), rng.choice([28, 32, 64])
    answer = parameter_count(channels, filters, f)
    return Number(answer, traps={"one_channel": parameter_count(1, filters, f), "no_bias": answer - filters,
                                 "places": answer * (size - f + 1) ** 2, "one_bias": answer - filters + 1},
                  channels=channels, f=f, filters=filters, size=size)


@question
def two_layers(rng):
    """A network with one hidden layer."""
    from torch import nn

    n, hidden, classes = rng.choice([784, 100, 30]), rng.choice([10, 50, 100]), rng.choice([2, 5, 10])
    layers = nn.Linear(n, hidden, device="meta"), nn.ReLU(), nn.Linear(hidden, classes, device="meta")
    answer = _count(nn.Sequential(*layers))
    return Number(answer, traps={"no_biases": n * hidden + hidden * classes, "first": (n + 1) * hidden,
                                 "units": n + hidden + classes}, n=n, hidden=hidden, classes=classes)


@question
def memory_of_training(rng):
    """float32: weight, gradient and Adam's two averages."""
    import torch

    millions = rng.choice([1, 5, 10, 60, 110])
    w = torch.nn.Parameter(torch.zeros(8))
    rule = torch.optim.Adam([w])
    w.grad = torch.ones_like(w)
    rule.step()
    kept = sum(one.numel() for one in rule.state[w].values() if one.shape == w.shape) // w.numel()
    return Number(millions * 4 * (2 + kept), traps={"weights": 4 * millions, "no_averages": 8 * millions,
                                                    "bits": 32 * millions}, unit="MB", millions=millions)


@question
def learned_or_chosen(rng):
    """What gradient descent moves."""
    from wengu.layers import BatchNorm

    return Options("gamma" if "weight" in dict(BatchNorm(3).named_parameters()) else "mean",
                   of=("gamma", "mean", "lambda", "units"))


def _count(model) -> int:
    """The numbers that it learns, which need no values to be counted."""
    from wengu.layers import summary

    return summary(model).total
