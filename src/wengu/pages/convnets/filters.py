"""A filter that moves over a matrix, over a real picture and one that the reader draws, and over a volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wengu.core.i18n import say
from wengu.pages.convnets.digits import PAD, ink
from wengu.pages.convnets.pictures import grey, hundredths, picture, signed, sums, which_picture
from wengu.pages.figure import Fig, Panel, boxes, cells, choice, figure, link, note, slider, steps
from wengu.pages.question import Derived, Number, Options, question

if TYPE_CHECKING:
    from torch import Tensor

_THIRD = [1 / 9] * 3
FILTERS = {
    "vertical": [[1.0, 0.0, -1.0]] * 3,
    "horizontal": [[1.0] * 3, [0.0] * 3, [-1.0] * 3],
    "blur": [_THIRD] * 3,
}
INPUTS = {
    "edge": [[10.0] * 3 + [0.0] * 3] * 6,
    "square": [[10.0 if 1 <= u <= 4 and 1 <= v <= 4 else 0.0 for v in range(6)] for u in range(6)],
}
DUST = 1e-9  # of adding up
FILTER_NAMES = ("vertical edges", "horizontal edges", "blur")


@figure(shows=["wengu.layers:convolve_by_hand"],
        links=[link("x", "x", "1"), link("W", "W", "2"), link("z", "z", "3")])
def step(
    kernel=choice(*FILTERS, label="filter", labels=FILTER_NAMES),
    scene=choice(*INPUTS, label="input", labels=("bright left half", "bright square")),
    place=steps(1, 16, label="place of the filter"),
) -> Fig:
    """6 × 6 * 3 × 3 -> 4 × 4, with the block under the filter framed."""
    import torch

    from wengu.layers import convolve_by_hand

    x, W = (torch.tensor(rows, dtype=torch.float64) for rows in (INPUTS[scene], FILTERS[kernel]))
    z = convolve_by_hand(x[None, None], W[None, None])[0, 0]
    u, v = divmod(place - 1, z.shape[1])
    return Fig(
        Panel(
            cells(hundredths(x), title="x", tone="1", grey=True, framed=[(u, v, 3, 3)]),
            note(6.5, 3.1, "∗", anchor="middle"),
            cells(hundredths(W), x=7, y=1.5, title="W", tone="2"),
            note(10.5, 3.1, "=", anchor="middle"),
            cells(hundredths(z), x=11, y=1, title="z", tone="3", grey=kernel == "blur", framed=[(u, v, 1, 1)],
                  why=sums(x, W)),
        ),
        say=say("Row {row}, column {column}: the framed block times the filter, number by number, adds up to {z:.4g}.",
                row=u + 1, column=v + 1, z=z[u, v].item()),
        values={"z": z[u, v].item(), "n": len(x), "out": len(z)},
    )


@figure(shows=["wengu.layers:Conv2d"])
def over_picture(kernel=choice(*FILTERS, label="filter", labels=FILTER_NAMES), name=which_picture()) -> Fig:
    """A real picture, and what the filter makes of it."""
    x = picture(name)
    z = _filtered(x, kernel)
    return Fig(
        *_beside(x, z, kernel),
        say=say("28 × 28 becomes {height} × {width}, and the sums run from {low:.2f} to {high:.2f}.",
                height=z.shape[0], width=z.shape[1], low=z.min().item(), high=z.max().item()),
    )


@figure(shows=["wengu.layers:Conv2d"])
def over_drawing(drawn=PAD, kernel=choice(*FILTERS, label="filter", labels=FILTER_NAMES)) -> Fig:
    """What the reader draws, and what the filter makes of it."""
    x = ink(drawn)
    z = _filtered(x, kernel)
    return Fig(
        *_beside(x, z, kernel),
        say=say("Of {places} in all, {up} {up:sum is|sums are} above 0 and {down} below; the others are 0.",
                up=int((z > DUST).sum()), down=int((z < -DUST).sum()), places=z.numel()),
    )


def _filtered(x: Tensor, kernel: str) -> Tensor:
    """The picture under the filter, without padding."""
    import torch

    from wengu.layers import Conv2d

    layer = Conv2d(1, 1, 3, bias=False, generator=torch.Generator()).double()
    layer.load_state_dict({"weight": torch.tensor(FILTERS[kernel])[None, None]})
    with torch.no_grad():
        z: Tensor = layer(x[None, None])[0, 0]
    return z


def _beside(x: Tensor, z: Tensor, kernel: str) -> tuple[Panel, Panel]:
    n = len(x)
    return grey(x, "x"), grey(z, "z", n=n) if kernel == "blur" else signed(z, say("z; grey is 0"), n=n)


@figure(shows=["wengu.layers:Conv2d", "wengu.layers:parameter_count"])
def volume(
    channels=slider(1, 8, 3, label="channels of the input"),
    filters=slider(1, 4, 2, label="filters"),
    f=slider(1, 5, 3, step=2, label="filter size f"),
) -> Fig:
    """6 × 6 × n_C through some filters: each as deep as the input, each giving one map."""
    import torch

    from wengu.layers import Conv2d, parameter_count

    layer = Conv2d(channels, filters, f, generator=torch.Generator())
    with torch.no_grad():
        maps, n_H, n_W = layer(torch.zeros(1, channels, 6, 6)).shape[1:]
    each, middle = parameter_count(channels, 1, f), 0.75 * filters - 0.75
    items = [{"x": 0, "y": middle, "w": 4, "h": 1.2, "label": f"6 × 6 × {channels}", "sub": say("input"), "tone": "1"}]
    items += [{"x": 5.5, "y": 1.5 * k, "w": 4, "h": 1.2, "label": f"{f} × {f} × {channels}",
               "sub": say("{n} {n:number|numbers}", n=each), "tone": "2"} for k in range(filters)]
    items.append({"x": 11, "y": middle, "w": 4, "h": 1.2, "label": f"{n_H} × {n_W} × {maps}",
                  "sub": say("output"), "tone": "3"})
    links = [pair for k in range(1, filters + 1) for pair in ((0, k), (k, filters + 1))]
    return Fig(
        Panel(boxes(items, links)),
        say=say("6 × 6 × {channels} through {filters} {filters:filter|filters} of {f} × {f} × {channels} becomes "
                "{n_H} × {n_W} × {maps}. There are {total} {total:number|numbers} to learn, {filters} of them biases.",
                channels=channels, filters=filters, f=f, n_H=n_H, n_W=n_W, maps=maps,
                total=parameter_count(channels, filters, f)),
    )


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=step)
def over_even_ground(rng):
    """An edge filter's weights sum to 0."""
    within = {"scene": "square", "place": 6}
    found = step(**within).values["z"]
    return Options("nought" if found == 0 else "bright", of=("nought", "bright", "half"), then=within)


@question
def at_one_place(rng):
    """Number by number, added up; the filter is not flipped."""
    import torch

    from wengu.layers import convolve_by_hand

    W = rng.choice([[[1, 0, -1], [1, 0, -1], [1, 0, -1]], [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
                    [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]])
    x = [[rng.randrange(10) for _ in range(3)] for _ in range(3)]
    kernel, block = (torch.tensor(one, dtype=torch.float64)[None, None] for one in (W, x))
    z = convolve_by_hand(block, kernel).item()
    flipped = convolve_by_hand(block, kernel.flip(2, 3)).item()
    return Number(int(z), traps={"flipped": int(flipped), "all": int(block.sum())}, x=x, W=W)


@question
def gradient_of_a_weight(rng):
    """Summed over all places."""
    import torch

    x = [[rng.randrange(-3, 5) for _ in range(3)] for _ in range(3)]
    delta = [[rng.choice([-2, -1, 1, 2]) for _ in range(2)] for _ in range(2)]
    W = torch.zeros(1, 1, 2, 2, dtype=torch.float64, requires_grad=True)
    z = torch.nn.functional.conv2d(torch.tensor(x, dtype=torch.float64)[None, None], W)
    (back,) = torch.autograd.grad(z, W, torch.tensor(delta, dtype=torch.float64)[None, None])
    return Number(int(back[0, 0, 0, 0]), traps={"one_place": delta[0][0] * x[0][0],
                                                "sum_of_delta": sum(map(sum, delta)) * x[0][0]}, x=x, delta=delta)


@question
def numbers_of_the_output(rng):
    """A map for each filter, whatever the number of channels."""
    import torch

    from wengu.layers import convolve_by_hand

    n, f, channels, filters = rng.choice([8, 10, 12]), rng.choice([3, 5]), rng.choice([3, 4, 6]), rng.choice([2, 5, 10])
    z = convolve_by_hand(torch.zeros(1, channels, n, n), torch.zeros(filters, channels, f, f))
    return Number(z.numel(), traps={"channels": z.numel() * channels, "one_map": z.shape[-1] ** 2,
                                    "same_size": n * n * filters},
                  n=n, channels=channels, filters=filters, f=f, out=z.shape[-1])


@question
def two_pixels_to_the_right(rng):
    """The map is shifted like the picture."""
    import torch

    x, W = torch.zeros(1, 1, 8, 12, dtype=torch.float64), torch.arange(9.0, dtype=torch.float64).reshape(1, 1, 3, 3)
    x[..., 2:5, 3:6] = 1
    conv = torch.nn.functional.conv2d
    same = torch.equal(conv(x.roll(2, -1), W), conv(x, W).roll(2, -1))
    return Options("shifted" if same else "other", of=("shifted", "same", "other"))


@question
def how_it_learns(rng):
    """∂J/∂W is δ laid on x, against automatic differentiation."""
    import torch

    from wengu.layers import convolve_by_hand

    x = torch.tensor([[rng.uniform(-1, 1) for _ in range(5)] for _ in range(5)], dtype=torch.float64)[None, None]
    W = torch.zeros(1, 1, 3, 3, dtype=torch.float64, requires_grad=True)
    delta = torch.linspace(-1, 1, 9, dtype=torch.float64).reshape(1, 1, 3, 3)
    (back,) = torch.autograd.grad(torch.nn.functional.conv2d(x, W), W, delta)
    return Derived(same=(convolve_by_hand(x, delta), back))
