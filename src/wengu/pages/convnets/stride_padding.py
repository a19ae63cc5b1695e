"""Stride and padding: which inputs a filter reaches, and what size comes out, once and layer after layer."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.pages.convnets.pictures import Frame, grey, hundredths, picture, signed, sums, which_picture
from wengu.pages.figure import Axis, Fig, Panel, cells, dots, figure, line, link, note, quoted, slider, steps
from wengu.pages.question import Derived, Number, Options, question

if TYPE_CHECKING:
    from torch import Tensor


@figure(shows=["wengu.layers:Conv2d", "wengu.layers:output_size"], ahead=3000, named={"s": (3,)},
        links=[link("f", "f", "4", "f"), link("p", "p", "5", "p"), link("s", "s", "6", "s")])
def walk(
    s=slider(1, 5, 2, label="stride s"),
    p=slider(0, 6, 1, label="padding p"),
    f=slider(2, 5, 3, label="filter size f"),
    name=which_picture(),
    place=steps(1, 39 * 39, label="place of the filter"),
) -> Fig:
    """A filter of vertical edges under way over a real picture: what it covers, and the one sum it gives there."""
    from wengu.layers import output_size

    x = picture(name)
    W, z, padded = _filtered(name, f, s, p)
    n, m, out = len(x), len(x) + 2 * p, output_size(len(x), f, p, s)
    u, v = divmod(min(place, out * out) - 1, out)
    at: Frame = (s * u, s * v, f, f, "2")
    covered = padded[s * u : s * u + f, s * v : s * v + f]
    return Fig(
        grey(padded, say("x padded, {n} × {n}", n=m), (p, p, n, n, "quiet"), at) if p else
        grey(x, say("x, {n} × {n}", n=n), at),
        signed(z, say("z, {n} × {n}", n=out), (u, v, 1, 1, "2"), most=f * (f // 2)),
        Panel(
            cells(hundredths(covered), title=say("covered"), grey=True),
            note(f + 0.5, f / 2 + 0.1, "∗", anchor="middle"),
            cells(hundredths(W), x=f + 1, title="W"),
            note(2 * f + 1.5, f / 2 + 0.1, "=", anchor="middle"),
            cells(hundredths(z[u : u + 1, v : v + 1]), x=2 * f + 2, y=(f - 1) / 2, title="z", framed=[(0, 0, 1, 1)],
                  why=sums(covered, W)),
            x=Axis(domain=(0, max(10.5, 2 * f + 3))),
        ),
        say=say("Row {row} and column {column} of {out} in the output: the filter covers rows {top} to {bottom} and "
                "columns {left} to {right} of {m}, and the sum is {z:.3f}.", row=u + 1, column=v + 1, out=out,
                top=s * u + 1, bottom=s * u + f, left=s * v + 1, right=s * v + f, m=m, z=z[u, v].item()),
        last=out * out,
    )


@lru_cache(maxsize=4)
def _filtered(name: str, f: int, s: int, p: int) -> tuple[Tensor, Tensor, Tensor]:
    """The filter, what it gives of the picture, and the picture with its padding."""
    import torch

    from wengu.layers import Conv2d

    x, W = picture(name), torch.linspace(1, -1, f, dtype=torch.float64).sign().expand(f, f)
    layer = Conv2d(1, 1, f, stride=s, padding=p, bias=False, generator=torch.Generator()).double()
    layer.load_state_dict({"weight": W[None, None]})
    with torch.no_grad():
        return W, layer(x[None, None])[0, 0], torch.nn.functional.pad(x, (p, p, p, p))


@figure(shows=["wengu.layers:output_size"],
        links=[link("n", "n", "3", "n"), link("f", "f", "4", "f"), link("p", "p", "5", "p"),
               link("s", "s", "6", "s")])
def places(
    n=slider(3, 9, 7, label="input size n"),
    f=slider(1, 5, 3, label="filter size f"),
    p=slider(0, 2, 0, label="padding p"),
    s=slider(1, 4, 2, label="stride s"),
) -> Fig:
    """How many places of the filter see each input, padding faint, and the first two and the last place framed."""
    import torch

    from wengu.layers import output_size
    from wengu.layers.convolution import windows

    seen = torch.zeros(n + 2 * p, n + 2 * p, dtype=torch.int64)
    ring = _ring(n, p)
    try:
        out = output_size(n, f, p, s)
    except InputError as error:
        return Fig(Panel(cells(seen.tolist(), title=say("input"), faint=ring)), say=str(error))
    for _, _, window in windows(seen, f, s):
        window += 1  # a view: counted where it lies
    shown = dict.fromkeys([(0, 0), (0, min(1, out - 1)), (out - 1, out - 1)])
    missed = int((seen[p : p + n].sum(dim=1) == 0).sum())
    return Fig(
        Panel(cells(seen.tolist(), faint=ring, framed=[(s * u, s * v, f, f) for u, v in shown]),
              title=say("places that see each input")),
        Panel(cells(_numbered(out), heat=False, framed=[(u, v, 1, 1) for u, v in shown]), title=say("output")),
        say=say("⌊({n} + 2 · {p} − {f}) / {s}⌋ + 1 = {out}: the filter has {out} × {out} {out:place|places}.",
                n=n, p=p, f=f, s=s, out=out) + say(" ")
        + (say("It never sees {missed} {missed:row|rows} of the input.", missed=missed) if missed else
           say("It sees every row of the input.")),
    )


def _ring(n: int, p: int) -> list[tuple[int, int, int, int]]:
    """The four sides of p rings around n × n, as blocks."""
    m = n + 2 * p
    return [(0, 0, p, m), (m - p, 0, p, m), (p, 0, n, p), (p, m - p, n, p)] if p else []


def _numbered(out: int) -> Tensor:
    """1, 2, 3, .. row by row."""
    import torch

    return torch.arange(1, out * out + 1).reshape(out, out)


@figure(shows=["wengu.layers:Conv2d"],
        links=[link("n", "n", "3", "n"), link("f", "f", "4", "f"), link("s", "s", "6", "s")])
def layer_after_layer(
    n=slider(8, 64, 28, label="input size n"),
    f=slider(1, 7, 5, step=2, label="filter size f"),
    s=slider(1, 2, 1, label="stride s"),
) -> Fig:
    """The size after each of ten layers, valid and same."""
    from wengu.layers import output_size
    from wengu.layers.convolution import padding_of

    def sizes(p: int) -> list[int]:
        found = [n]
        while len(found) <= 10 and f <= found[-1] + 2 * p:
            found.append(output_size(found[-1], f, p, s))
        return found

    p = padding_of("same", f)[0]
    valid, same = sizes(0), sizes(p)
    end = len(valid) - 1
    fits = end == 10
    words = (say("Valid: {n} becomes {last} after ten layers. Same, with p = {p}: {other}.",
                 n=n, last=valid[-1], p=p, other=same[-1]) if fits else
             say("Valid: after {end} {end:layer|layers} {last} is left, and the filter no longer fits. Same, with "
                 "p = {p}: {other} after ten.", end=end, last=valid[-1], p=p, other=same[-1]))
    return Fig(
        Panel(
            line(range(len(same)), same, label=say("same"), tone="2"),
            dots(range(len(same)), same, tone="2"),
            line(range(len(valid)), valid, label=say("valid"), tone="1"),
            dots(range(len(valid)), valid, tone="1", size=5),
            *([] if fits else [dots([end], valid[-1:], label=say("the filter no longer fits"), tone="bad", size=6)]),
            x=Axis(label=say("layers"), domain=(0, 10), whole=True),
            y=Axis(label=say("size"), domain=(0, n + 2)),
        ),
        say=words,
        values={"n": n, "end": end, "last": valid[-1]},
    )


@quoted
def sight() -> dict[str, int]:
    """What one number of each layer of LeNet-5 sees; and how many layers of 3 × 3 alone see the whole picture."""
    from wengu.layers import shapes
    from wengu.layers.receptive_field import Field
    from wengu.vision.convnets import LeNet5

    n = 28
    seen = [int(layer.field.size[0]) for layer in shapes(LeNet5(), (1, n, n)).layers if layer.field.size]
    field, alone = Field((1,), (1,)), 0
    while field.size[0] < n:
        field, alone = field.after((3,), (1,), (1,)), alone + 1
    return dict(zip(("c1", "s2", "c3", "s4"), seen, strict=True)) | {"n": n, "alone": alone}


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=walk)
def strides_of_4(rng):
    """Twice the stride, half the width."""
    from wengu.layers import output_size

    before, after = (output_size(28, 3, 1, s) for s in (2, 4))
    return Options("half" if 2 * after == before else "quarter", of=("same", "half", "quarter"), then={"s": 4},
                   before=before, after=after)


@question
def width_of_the_output(rng):
    """⌊(n + 2p - f)/s⌋ + 1."""
    from wengu.layers import output_size

    n, f, p, s = rng.choice([13, 28, 32, 63, 224]), rng.choice([3, 5, 7]), rng.choice([1, 2, 3]), rng.choice([1, 2, 3])
    answer = output_size(n, f, p, s)
    return Number(answer, traps={"no_padding": output_size(n, f, 0, s), "no_1": answer - 1}, n=n, f=f, p=p, s=s)


@question
def same_size(rng):
    """p = (f-1)/2."""
    from wengu.layers import output_size

    f, n = rng.choice([3, 5, 7, 9, 11]), 40
    p = next(p for p in range(f) if output_size(n, f, p) == n)
    return Number(p, traps={"both": f - 1, "whole": f, "up": (f + 1) // 2}, f=f)


@question
def seen_after_layers(rng):
    """1 + L(f-1): counted by what a number's gradient reaches."""
    import torch

    f, layers = rng.choice([3, 5, 7]), rng.choice([2, 3, 4, 5])
    x = torch.zeros(1, 1, 61, dtype=torch.float64, requires_grad=True)
    z = x
    for _ in range(layers):
        z = torch.nn.functional.conv1d(z, torch.ones(1, 1, f, dtype=torch.float64))
    (back,) = torch.autograd.grad(z[..., z.shape[-1] // 2].sum(), x)
    return Number(int((back != 0).sum()), traps={"product": f * layers, "one": f, "power": f**layers}, f=f,
                  layers=layers)


@question
def seen_behind_strides(rng):
    """A layer adds f - 1 times the strides of all before it."""
    from functools import partial

    from torch import nn

    from wengu.layers import shapes

    (f1, s1), (f2, s2), f3 = (rng.choice([3, 5, 7]), rng.choice([2, 3])), (rng.choice([2, 3]), 2), rng.choice([3, 5])
    conv = partial(nn.Conv2d, 1, 1, device="meta")  # shapes alone
    net = nn.Sequential(conv(f1, s1), nn.MaxPool2d(f2, s2), conv(f3))
    seen = int(shapes(net, (1, 99, 99)).layers[-1].field.size[0])
    return Number(seen, traps={"no_strides": f1 + f2 + f3 - 2, "own": f1 + s1 * (f2 - 1) + s2 * (f3 - 1),
                               "no_overlap": f1 + s1 * (f2 - 1) + s1 * s2 * f3}, f1=f1, s1=s1, f2=f2, s2=s2, f3=f3)


@question
def never_seen(rng):
    """What is left over at the far edge."""
    from wengu.layers import output_size

    n, f = rng.choice([8, 9, 10, 12, 14, 15]), rng.choice([3, 5])
    s = rng.choice(range(2, min(f, 4) + 1))  # a larger one leaves gaps between the places
    places = [range(s * k, s * k + f) for k in range(output_size(n, f, 0, s))]
    left = n - len({column for place in places for column in place})
    return Number(left, traps={"places": output_size(n, f, 0, s), "border": f - 1}, n=n, f=f, s=s)


@question
def why_this_size(rng):
    """Counted, place by place."""
    from wengu.layers import output_size

    n, f, p, s = rng.randint(5, 40), rng.choice([2, 3, 5]), rng.choice([0, 1, 2]), rng.choice([1, 2, 3, 4])
    counted = sum(start + f <= n + 2 * p for start in range(0, n + 2 * p, s))
    return Derived(same=(counted, output_size(n, f, p, s)))
