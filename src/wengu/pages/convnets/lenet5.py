"""LeNet-5 as a diagram: sizes from a picture sent through it, counts from its summary; and at work on a digit."""

from __future__ import annotations

from wengu.core.i18n import say
from wengu.pages.convnets.cell import ACROSS_AND_DOWN, TALL, WIDE, Tiles, cell_of
from wengu.pages.convnets.digits import PAD, layers_of, trained_on
from wengu.pages.drawing import SIDE, packed_cells
from wengu.pages.figure import Axis, Fig, Panel, bars, boxes, choice, figure, link, point, quoted, slider, steps
from wengu.pages.question import Number, Options, question

STREWN = 100  # drawings of ink by chance
PLACES = [(0.0, 0.0), (4.2, 0.0), (8.4, 0.0), (12.6, 0.0), (12.6, 2.4), (8.4, 2.4), (4.2, 2.4), (0.0, 2.4)]


@figure(shows=["wengu.vision.convnets:LeNet5", "wengu.layers:summary"],
        links=[link("n", "size", "4", "input_size")])
def network(
    classes=slider(2, 100, 10, label="classes"),
    channels=choice("1", "3", label="channels of the input", labels=("1, grey", "3, colour")),
    input_size=choice("28", "32", label="input size n"),
) -> Fig:
    """Every layer with the size of what it gives, and where the parameters are."""
    import torch

    from wengu.layers import summary
    from wengu.vision.convnets import LeNet5

    net = LeNet5(classes, channels=int(channels), size=int(input_size), generator=torch.Generator()).eval()
    given: list[tuple[str, tuple[int, ...]]] = []
    for name, layer in net.named_children():
        layer.register_forward_hook(lambda _, __, out, name=name: given.append((name, tuple(out.shape[1:]))))
    x = torch.zeros(1, int(channels), int(input_size), int(input_size))
    with torch.no_grad():
        net(x)
    book = summary(net)
    counts = {name: sum(held.count for held in book.parameters if held.layer == name) for name, _ in given}
    named = {"c1": "C1", "c3": "C3", "c5": "C5", "f6": "F6", "pool": say("pool 2 × 2"), "output": say("output")}
    steps = [(say("input"), tuple(x.shape[1:]), 0)]
    steps += [(named[name], shape, counts[name]) for name, shape in given if name in named]
    layers = [(name, count) for name, _, count in steps if count]
    items = [
        {"x": across, "y": down, "w": 3.4, "h": 1.5, "label": name, "sub": " × ".join(map(str, shape)),
         "tone": "2" if count else "quiet"}
        for (across, down), (name, shape, count) in zip(PLACES, steps, strict=True)
    ]
    return Fig(
        Panel(boxes(items, [(k, k + 1) for k in range(len(items) - 1)])),
        Panel(bars([name for name, _ in layers], [count for _, count in layers], tone="2"),
              y=Axis(label=say("parameters"))),
        say=say("There are {total} {total:parameter|parameters}, {share:.0%} of them in C5.", total=f"{book.total:,}",
                share=counts["c5"] / book.total),
        values={"share": counts["c5"] / book.total},
        head=(say("layer"), say("output"), say("parameters")),
        rows=[[name, " × ".join(map(str, shape)), f"{count:,}"] for name, shape, count in steps],
    )


@figure(shows=["wengu.vision.convnets:LeNet5"])
def reading(
    digit=PAD,
    place=point((0.0, WIDE), (0.0, TALL), (81.0, 10.5), label="place of a number", step=0.5, names=ACROSS_AND_DOWN),
    layer=steps(1, 7, label="layer"),
) -> Fig:
    """A layer's maps of the digit, the probabilities, and how the framed number comes about."""
    layers = layers_of(digit)
    one, p = layers[layer - 1], layers[-1].z.softmax(dim=0)
    tiles, guess = Tiles(one.out), int(p.argmax())
    k, u, v = tiles.at(*place)
    cell = cell_of(one, k, u, v, p)
    name = say("output") if one.name == "output" else one.name
    title = (say("{layer}: {n} {n:map|maps} of {h} × {h}", layer=name, n=tiles.n, h=tiles.h) if one.out.dim() == 3
             else say("{layer}: {n} {n:unit|units}", layer=name, n=len(one.out)))
    read = (say("The network reads {digit}, with {p:.1%}.", digit=guess, p=p[guess].item()) if layers[0].into.any()
            else say("Nothing is drawn: only the biases are at work."))
    return Fig(
        tiles.panel(tiles.keyed(title), [(k, u, v, 1, 1)], fitted=True),
        Panel(bars(range(10), p, tone=["2" if d == guess else "quiet" for d in range(10)]), x=say("digit"),
              y=Axis(label=say("probability ŷ"), domain=(0, 1))),
        cell.before.panel(cell.before.keyed(say("what comes in")), cell.frames),
        Panel(*cell.marks, title=say("how the framed number comes about")),
        say=say("{read} {cell}", read=read, cell=cell.say),
        values={"guess": guess, "p": p[guess].item()},
    )


@quoted
def mnist() -> dict[str, float | int | str]:
    """What the weights were trained on, how often they are wrong on pictures that they have not seen, and how sure they
    are of ink strewn by chance, which is no digit."""
    import random

    held, chance = trained_on(), random.Random(0)
    strewn = [packed_cells([[chance.random() < 0.3 for _ in range(SIDE)] for _ in range(SIDE)]) for _ in range(STREWN)]
    sure = sum(layers_of(one)[-1].z.softmax(dim=0).max().item() for one in strewn) / STREWN
    return {**held, "error": held["wrong"] / held["test"], "strewn": STREWN, "sure": sure}


@quoted
def study() -> dict[str, float | int | str]:
    """What the repository's study measured, and on what."""
    import json
    from pathlib import Path

    from wengu.data import load

    file = Path(__file__).parents[4] / "studies" / "lenet5_fashion_mnist.json"
    held = json.loads(file.read_text(encoding="utf-8"))
    made: dict[str, float | int | str] = {"pictures": len(load("sample").labels),
                                          "seconds": held["summary"]["sample"]["seconds_max"]}
    for key, name in (("sample", "sample"), ("all", "fashion-mnist")):
        found = held["summary"][name]
        made |= {key: found["test_error_mean"], f"{key}_sd": f"{100 * found['test_error_sd']:.1f}",
                 f"{key}_seeds": sum(cell["settings"]["data"] == name for cell in held["cells"].values())}
    return made


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=network)
def a_hundred_classes(rng):
    """Only the last layer knows how many classes there are."""
    few, many = (_counts(classes) for classes in (10, 100))
    changed = {name.partition(".")[0] for name in few if few[name] != many[name]}
    return Options("last" if len(changed) == 1 else "dense", of=("last", "dense", "all"), then={"classes": 100},
                   before=sum(few.values()), after=sum(many.values()))


@question
def size_before_dense(rng):
    """Two convolutions of 5 × 5 and two poolings."""
    from wengu.layers import output_size

    n = rng.choice([32, 36, 40, 44, 48, 60])
    sizes = [n]
    for f, s in ((5, 1), (2, 2), (5, 1), (2, 2)):
        sizes.append(output_size(sizes[-1], f, 0, s))
    padded = output_size(output_size(output_size(n, 2, 0, 2), 5), 2, 0, 2)
    return Number(sizes[-1], traps={"one_pool": sizes[3], "padded": padded, "no_border": n // 4}, n=n, sizes=sizes)


@question
def weights_of_c3(rng):
    """A filter of C3 spans all maps below it."""
    from wengu.layers import parameter_count

    maps, filters = rng.choice([6, 8, 10]), rng.choice([12, 16, 20])
    answer = parameter_count(maps, filters, 5)
    return Number(answer, traps={"one_map": parameter_count(1, filters, 5), "no_bias": answer - filters,
                                 "each_map": answer + (maps - 1) * filters}, maps=maps, filters=filters)


@question
def weights_of_c5(rng):
    """Where maps are first joined to units."""
    import torch

    from wengu.layers import summary

    n, maps, units = rng.choice([4, 5, 6, 7]), rng.choice([12, 16, 20]), rng.choice([84, 100, 120])
    answer = summary(torch.nn.Linear(n * n * maps, units, device="meta")).total
    return Number(answer, traps={"no_bias": answer - units, "side": (n * maps + 1) * units, "maps": (maps + 1) * units},
                  n=n, maps=maps, units=units)


@question
def photographs(rng):
    """A train error that stays high on varied pictures."""
    return Options("deeper", of=("deeper", "dropout", "early", "augment"))


def _counts(classes: int) -> dict[str, int]:
    import torch

    from wengu.layers import summary
    from wengu.vision.convnets import LeNet5

    with torch.random.fork_rng(devices=[]):
        return {row.name: row.count for row in summary(LeNet5(classes=classes)).parameters}
