"""Convolution along a line and in a volume: over an electrocardiogram and a head in slices, and the one formula."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from wengu.core.i18n import say
from wengu.pages.convnets.pictures import hundredths
from wengu.pages.convnets.signals import RATE, head, heart
from wengu.pages.figure import (
    Axis,
    Fig,
    Panel,
    boxes,
    cells,
    choice,
    dots,
    field_of,
    figure,
    line,
    link,
    slider,
    steps,
)
from wengu.pages.question import Derived, Number, Options, question

if TYPE_CHECKING:
    from torch import Tensor

    from wengu.layers.shapes import LayerShape

FILTERS = {"peak": [-1.0, -1.0, 4.0, -1.0, -1.0], "mean": [0.2] * 5, "rise": [-1.0, -1.0, 0.0, 1.0, 1.0]}
BEAT = 33  # where the 14 numbers begin: around the first beat
COLUMNS = 5  # of slices side by side


def _which(first: str):
    return choice(*FILTERS, label="filter", labels=("peak", "mean of five", "rise"), value=first)


@figure(shows=["wengu.layers:convolve_by_hand"])
def beat(kernel=_which("peak"), place=steps(1, 10, label="place of the filter")) -> Fig:
    """14 numbers around a heartbeat, 5 weights under way over them, and the 10 sums."""
    x, W = heart()[BEAT : BEAT + 14], FILTERS[kernel]
    z = along(x, W)
    u = place - 1
    why = [[" + ".join(f"({w:g}) · ({v:.2f})" for w, v in zip(W, x[k : k + 5].tolist(), strict=True) if w)
            for k in range(len(z))]]
    return Fig(
        Panel(cells(hundredths(x[None]), title="x", tone="1", framed=[(0, u, 1, 5)]),
              cells([W], x=u, y=2, title="W"),
              cells(hundredths(z[None]), x=2, y=4, title="z", framed=[(0, u, 1, 1)], why=why),
              x=Axis(domain=(0, 14))),
        Panel(line(range(1, 15), x, label="x", tone="1"), dots(range(1, 15), x, tone="1"),
              line(range(3, 13), z, label="z", tone="2"), dots(range(3, 13), z, tone="2"),
              dots([u + 3], [z[u].item()], label=say("place of the filter"), tone="bad", size=7),
              x=Axis(label=say("number of the series"), domain=(1, 14), whole=True), y=Axis(label=say("mV"))),
        say=say("Place {place} of {out}: the filter lies on numbers {first} to {last}, and the sum is {z:.2f}.",
                place=place, out=len(z), first=u + 1, last=u + 5, z=z[u].item()),
        values={"n": len(x), "out": len(z)},
    )


@figure(shows=["wengu.layers:Conv1d"])
def series(kernel=_which("mean")) -> Fig:
    """Seven and a half seconds of the electrocardiogram, and what the filter makes of them."""
    import torch

    from wengu.layers import Conv1d

    x, layer = heart(), Conv1d(1, 1, 5, bias=False, generator=torch.Generator()).double()
    layer.load_state_dict({"weight": torch.tensor([[FILTERS[kernel]]])})
    with torch.no_grad():
        z = layer(x[None, None])[0, 0]
    above = (z > z.max() / 2).int()
    beats = int((above.diff() == 1).sum()) + int(above[0])
    seconds = [k / RATE for k in range(len(x))]
    across = Axis(label=say("seconds"), domain=(0, len(x) / RATE))
    return Fig(
        Panel(line(seconds, x, tone="1"), x=across, y=Axis(label=say("x in mV"))),
        Panel(line(seconds[2:-2], z, tone="2"), x=across, y=Axis(label="z")),
        say=say("{n} {n:number|numbers} become {out}. Places where z rises above half of its largest value: {beats}.",
                n=len(x), out=len(z), beats=beats),
        values={"n": len(x), "out": len(z), "beats": beats},
    )


def along(x: Tensor, W: list[float]) -> Tensor:
    """One filter over one series."""
    import torch

    from wengu.layers import convolve_by_hand

    return convolve_by_hand(x[None, None], torch.tensor([[W]], dtype=x.dtype))[0, 0]


class Slices(NamedTuple):
    """A volume (n, n, n) as slices side by side."""

    volume: Tensor
    title: str

    def panel(self, depth: range, row: int, column: int, size: int) -> Panel:
        """With a frame of this size in each of those slices."""
        import torch

        n, gap = len(self.volume), 1
        rows = -(-n // COLUMNS)
        z = torch.full((rows * (n + gap) - gap, COLUMNS * (n + gap) - gap), torch.nan, dtype=torch.float64)
        corners = [(k // COLUMNS * (n + gap), k % COLUMNS * (n + gap)) for k in range(n)]
        for one, (top, left) in zip(self.volume, corners, strict=True):
            z[top : top + n, left : left + n] = one.round(decimals=2)
        frames = [{"x": corners[k][1] + column, "y": corners[k][0] + row, "w": size, "h": size, "tone": "2"}
                  for k in depth]
        tall, wide = z.shape
        return Panel(field_of(z, x=(0, wide), y=(0, tall), kind="picture", label=say("value")), boxes(frames),
                     x=Axis(domain=(0, wide)), y=Axis(domain=(0, tall)), title=self.title, equal=True)


@cache
def over_head(kernel: str) -> Tensor:
    """The head under a filter of 5 × 5 × 5: the mean of what it covers, or how much brighter it is above than below."""
    import torch

    from wengu.layers import convolve_by_hand

    W = torch.full((1, 1, 5, 5, 5), 1 / 125, dtype=torch.float64)
    if kernel == "upwards":
        W = torch.tensor([-1.0, -1, 0, 1, 1], dtype=torch.float64).view(1, 1, 5, 1, 1).expand(1, 1, 5, 5, 5) / 50
    return convolve_by_hand(head()[None, None], W)[0, 0]


@figure(shows=["wengu.layers:convolve_by_hand"])
def volume(
    kernel=choice("mean", "upwards", label="filter", labels=("mean of 5 × 5 × 5", "brighter above than below")),
    place=steps(1, 64, label="place of the filter"),
) -> Fig:
    """The cube under way through the slices, every third place in each direction, and the one sum it gives there."""
    z = over_head(kernel)
    n = len(z)
    depth, u, v = (3 * ((place - 1) // 4**k % 4) for k in (2, 1, 0))
    shown = z if kernel == "mean" else (z / z.abs().max() + 1) / 2
    return Fig(
        Slices(head(), f"x, {_power(len(head()), 3)}").panel(range(depth, depth + 5), u, v, 5),
        Slices(shown, f"z, {_power(n, 3)}").panel(range(depth, depth + 1), u, v, 1),
        say=say("The cube lies in slices {first} to {last}, from row {row} and column {column} on: {products} "
                "{products:product|products}, and the sum is {z:.3f}.", first=depth + 1, last=depth + 5, row=u + 1,
                column=v + 1, products=5**3, z=z[depth, u, v].item()),
        values={"n": len(head()), "out": n, "places": z.numel(), "products": 5**3},
    )


@figure(shows=["wengu.layers:shapes", "wengu.layers:Conv1d", "wengu.layers:Conv3d"],
        links=[link("n", "n", "3", "n"), link("f", "f", "4", "f"), link("n_C'", "filters", "5", "filters")])
def dimensions(
    n=slider(8, 32, 14, step=2, label="size n"),
    f=slider(1, 7, 5, step=2, label="filter size f"),
    filters=slider(4, 32, 16, step=4, label="filters"),
) -> Fig:
    """Parameters and multiplications in one, two and three dimensions, on a log scale."""
    found = [layer_in(d, n, f, filters) for d in (1, 2, 3)]
    learned, work = ([getattr(one, of) for one in found] for of in ("parameters", "multiplications"))
    return Fig(
        Panel(line([1, 2, 3], work, label=say("multiplications"), tone="2"), dots([1, 2, 3], work, tone="2", size=6),
              line([1, 2, 3], learned, label=say("parameters"), tone="1"), dots([1, 2, 3], learned, tone="1", size=6),
              x=Axis(label=say("dimensions"), domain=(1, 3), whole=True), y=Axis(label=say("count"), log=True)),
        say=say("In three dimensions {learned} {learned:parameter|parameters} and {work} "
                "{work:multiplication|multiplications}, in one {few} and {little}.", learned=f"{learned[2]:,}",
                work=f"{work[2]:,}", few=f"{learned[0]:,}", little=f"{work[0]:,}"),
        values={"one": learned[0], "three": learned[2], "work": work[2], "little": work[0]},
        head=(say("input"), say("filter"), say("output"), say("parameters"), say("multiplications")),
        rows=[[_power(n, d), _power(f, d), say("{n} of {size}", n=filters, size=_power(one.shape[1], d)),
               f"{one.parameter_formula} = {one.parameters:,}", f"{one.multiplications:,}"]
              for d, one in enumerate(found, 1)],
    )


def _power(n: int, d: int) -> str:
    return " × ".join([str(n)] * d)


def layer_in(d: int, n: int, f: int, filters: int, channels: int = 1) -> LayerShape:
    """What a convolution of so many dimensions makes of a cube of side n."""
    from torch import nn

    from wengu.layers import shapes

    conv = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[d - 1](channels, filters, f, device="meta")  # shapes alone
    return shapes(nn.Sequential(conv), (channels, *[n] * d)).layers[0]


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=series)
def a_steady_slope(rng):
    """Its weights sum to 0, and so do they times their places."""
    import torch

    slope = along(torch.arange(14, dtype=torch.float64), FILTERS["peak"])
    return Options("nought" if not slope.any() else "steady", of=("nought", "steady", "growing"),
                   then={"kernel": "peak"})


@question
def numbers_that_come_out(rng):
    """n - f + 1 of each filter."""
    n, f, filters = rng.choice([14, 20, 60, 100]), rng.choice([3, 5, 7]), rng.choice([8, 16, 32])
    one = layer_in(1, n, f, filters)
    answer = one.shape[0] * one.shape[1]
    return Number(answer, traps={"one_map": one.shape[1], "same": n * filters, "no_1": (n - f) * filters}, n=n, f=f,
                  filters=filters)


@question
def at_one_place(rng):
    """Five products, added up; not turned round."""
    import torch

    x = [rng.randrange(-3, 6) for _ in range(5)]
    W = rng.choice([[-1, -1, 0, 1, 1], [-2, -1, 0, 1, 2], [3, 1, 0, -1, -2]])
    z, turned = (int(along(torch.tensor(one, dtype=torch.float64), [float(w) for w in W]).item())
                 for one in (x, x[::-1]))
    return Number(z, traps={"turned": turned, "all": sum(x)}, x=x, W=W)


@question
def parameters_of_a_cube(rng):
    """f³ n_C weights and a bias each."""
    f, channels, filters = rng.choice([3, 5]), rng.choice([1, 2, 4]), rng.choice([8, 16, 32])
    answer = layer_in(3, 14, f, filters, channels).parameters
    flat = layer_in(2, 14, f, filters, channels).parameters
    return Number(answer, traps={"no_bias": answer - filters, "square": flat,
                                 "three_f": (3 * f * channels + 1) * filters}, f=f, channels=channels, filters=filters)


@question
def products_of_a_volume(rng):
    """n'³ n_C' f³."""
    n, f, filters = rng.choice([8, 10, 14]), rng.choice([3, 5]), rng.choice([4, 8, 16])
    answer = layer_in(3, n, f, filters).multiplications
    return Number(answer, traps={"one_filter": answer // filters, "square": layer_in(2, n, f, filters).multiplications,
                                 "no_window": answer // f**3}, n=n, f=f, filters=filters, out=n - f + 1)


@question
def which_of_them(rng):
    """By how many directions the data have in which neighbours belong together."""
    return Options("one", of=("one", "two", "three", "dense"))


@question
def slice_by_slice(rng):
    """A filter of depth 1 does with each slice what one of two dimensions does."""
    import torch

    from wengu.layers import convolve_by_hand

    x, W = head()[None, None, :4], torch.tensor([[rng.uniform(-1, 1) for _ in range(3)] for _ in range(3)],
                                                dtype=torch.float64)
    flat = torch.stack([convolve_by_hand(one[None, None], W[None, None])[0, 0] for one in x[0, 0]])
    return Derived(same=(convolve_by_hand(x, W[None, None, None])[0, 0], flat))
