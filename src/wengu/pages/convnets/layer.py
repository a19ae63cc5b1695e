"""A convolutional layer: what it learns and costs beside a dense one, and its maps of a real picture."""

from __future__ import annotations

from wengu.core.i18n import say
from wengu.pages.convnets.pictures import grey, picture, signed, which_picture
from wengu.pages.figure import Axis, Fig, Mark, Panel, choice, dots, figure, handle, line, link, quoted, rule, slider
from wengu.pages.question import Number, Options, question

DIRECTIONS = {
    "left": [[-1.0, 0.0, 1.0]] * 3,
    "right": [[1.0, 0.0, -1.0]] * 3,
    "top": [[-1.0] * 3, [0.0] * 3, [1.0] * 3],
    "bottom": [[1.0] * 3, [0.0] * 3, [-1.0] * 3],
}


@figure(shows=["wengu.layers:parameter_count", "wengu.layers:multiplication_count"],
        links=[link("f", "kernel_size", "3", "f"), link("n_C", "in_channels", "4", "channels"),
               link("n_C'", "out_channels", "5", "filters")])
def cost(
    n=handle(8, 64, 32, label="input size n"),
    filters=slider(1, 64, 10, label="filters"),
    f=slider(1, 7, 3, step=2, label="filter size f"),
    channels=slider(1, 64, 3, label="channels of the input"),
) -> Fig:
    """Parameters and multiplications against the size of the picture, convolutional and dense, on log scales."""
    from wengu.layers import multiplication_count, output_size, parameter_count

    def both(size: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """(parameters, multiplications) of the layer, and of a dense one: a filter as large as the picture for each
        number of the output."""
        units = output_size(size, f) ** 2 * filters
        return ((parameter_count(channels, filters, f), multiplication_count(size, channels, filters, f)),
                (parameter_count(channels, units, size), multiplication_count(size, channels, units, size)))

    at, sizes = both(n), range(8, 65, 2)
    curves = [both(size) for size in sizes]

    def marks(k: int) -> list[Mark]:
        return [
            line(sizes, [dense[k] for _, dense in curves], label=say("dense"), tone="2"),
            line(sizes, [own[k] for own, _ in curves], label=say("convolution"), tone="1", wide=True),
            rule(x=n),
            dots([n, n], [at[0][k], at[1][k]], tone=["1", "2"], size=6),
        ]

    across = Axis(label=say("input size n"), domain=(8, 64))
    return Fig(
        Panel(*marks(0), x=across, y=Axis(label=say("parameters"), log=True)),
        Panel(*marks(1), x=across, y=Axis(label=say("multiplications"), log=True)),
        say=say("{n} × {n} × {channels} and {filters} {filters:filter|filters} of {f} × {f} take {own} "
                "{own:parameter|parameters}; a dense layer with the same output takes {dense}.",
                n=n, channels=channels, filters=filters, f=f, own=f"{at[0][0]:,}",
                dense=f"{at[1][0]:,}"),
        values={"n": n, "own": at[0][0], "each": at[0][0] // filters, "dense": at[1][0]},
        head=("", say("parameters"), say("multiplications")),
        rows=[[name, *(f"{number:,}" for number in numbers)]
              for name, numbers in zip((say("convolution"), say("dense")), at, strict=True)],
    )


@figure(shows=["wengu.layers:Conv2d", "wengu.functions:relu"],
        links=[link("b", "bias", "6", "b")])
def maps(
    side=choice(*DIRECTIONS, label="filter", labels=("left edges", "right edges", "upper edges", "lower edges")),
    b=slider(-3.0, 1.0, 0.0, step=0.1, label="bias b"),
    name=which_picture(),
) -> Fig:
    """x, z = W * x + b, and a = ReLU(z), of a real picture."""
    import torch

    from wengu.functions import relu
    from wengu.layers import Conv2d

    x = picture(name)
    layer = Conv2d(1, 1, 3, padding="same", generator=torch.Generator()).double()
    layer.load_state_dict({"weight": torch.tensor(DIRECTIONS[side])[None, None], "bias": torch.tensor([b])})
    with torch.no_grad():
        z = layer(x[None, None])[0, 0]
        a = relu(z)
    return Fig(
        grey(x, "x"), signed(z, say("z; grey is 0"), most=4), grey(a, "a = ReLU(z)"),
        say=say("With b = {b:.1f}, {share:.0%} of the map is above 0 and passes; the largest value is {top:.2f}.",
                b=b, share=(a > 0).double().mean().item(), top=a.max().item()),
        values={"share": (a > 0).double().mean().item()},
    )


@quoted
def lenet() -> dict[str, float]:
    """The part of LeNet-5's parameters, and of its multiplications, that its convolutions have."""
    from wengu.layers import multiplication_count, parameter_count

    filters = parameter_count(1, 6, 5) + parameter_count(6, 16, 5)
    work = multiplication_count(28, 1, 6, 5, padding=2) + multiplication_count(14, 6, 16, 5)
    dense = [(400, 120), (120, 84), (84, 10)]
    return {"parameters": filters / (filters + sum((n_in + 1) * n_out for n_in, n_out in dense)),
            "multiplications": work / (work + sum(n_in * n_out for n_in, n_out in dense))}


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=cost)
def twice_as_wide(rng):
    """What a filter learns does not depend on the size of the picture."""
    from wengu.layers import multiplication_count, parameter_count

    own = parameter_count(3, 10, 3)
    work = multiplication_count(64, 3, 10, 3) / multiplication_count(32, 3, 10, 3)
    return Options("same" if work > 4 else "four", of=("same", "double", "four"), then={"n": 64}, own=own, work=work)


@question
def products(rng):
    """n_H′ n_W′ n_C′ f² n_C."""
    from wengu.layers import multiplication_count, parameter_count

    n, f = rng.choice([10, 14, 28]), rng.choice([3, 5])
    channels, filters = rng.choice([3, 6, 8]), rng.choice([4, 6, 16])
    answer = multiplication_count(n, channels, filters, f, padding=(f - 1) // 2)
    return Number(answer, traps={"one_filter": answer // filters, "weights": parameter_count(channels, filters, f),
                                 "no_window": answer // (f * f)}, n=n, channels=channels, filters=filters, f=f)


@question
def first_through_1_by_1(rng):
    """How many times fewer products, with few channels in between."""
    from wengu.layers import multiplication_count

    n, filters = rng.choice([14, 28]), rng.choice([32, 64])
    channels, few = rng.choice([64, 128, 192]), rng.choice([8, 16])
    straight = multiplication_count(n, channels, filters, 5, padding=2)
    by_way = multiplication_count(n, channels, few, 1) + multiplication_count(n, few, filters, 5, padding=2)
    return Number(straight / by_way, traps={"channels": channels / few, "turned": by_way / straight, "weights": 25.0},
                  n=n, channels=channels, few=few, filters=filters)


@question
def instead_of_a_dense_layer(rng):
    """A weight for each pair of an input and an output."""
    from wengu.layers import output_size, parameter_count

    n, f = rng.choice([6, 8, 10]), rng.choice([3, 5])
    out = output_size(n, f) ** 2
    return Number(n * n * out + out, traps={"convolution": parameter_count(1, 1, f), "no_bias": n * n * out,
                                            "squares": n * n + out}, n=n, f=f)


@question
def small_and_slow(rng):
    """Few parameters, many places."""
    return Options("early", of=("early", "fewer_classes", "dropout", "float64"))
