"""Max and average pooling, on a matrix with the window framed and on a real picture."""

from __future__ import annotations

from wengu.core.i18n import say
from wengu.pages.convnets.pictures import grey, picture, which_picture
from wengu.pages.figure import Fig, Panel, cells, choice, figure, link, note, slider, steps
from wengu.pages.question import Number, Options, question

MATRIX = [
    [1, 3, 2, 1, 0, 4],
    [2, 9, 1, 1, 5, 2],
    [1, 4, 2, 3, 1, 0],
    [5, 6, 1, 2, 8, 3],
    [0, 2, 7, 1, 1, 1],
    [3, 1, 0, 4, 2, 6],
]


@figure(shows=["wengu.layers:max_pool_by_hand", "wengu.layers:average_pool_by_hand"],
        links=[link("f", "kernel_size", "4", "f"), link("s", "stride", "5", "s"), link("x", "x", "1")])
def window(
    kind=choice("max", "average", label="pooling", labels=("max", "average")),
    f=slider(2, 4, 2, label="window size f"),
    s=slider(1, 4, 2, label="stride s"),
    place=steps(1, 25, label="place of the window"),
) -> Fig:
    """6 × 6 pooled, with one window and its result framed."""
    import torch

    from wengu import layers

    x = torch.tensor(MATRIX, dtype=torch.float64)
    pool = layers.max_pool_by_hand if kind == "max" else layers.average_pool_by_hand
    a = pool(x[None, None], f, stride=s)[0, 0]
    place = min(place, a.numel())
    u, v = divmod(place - 1, a.shape[1])
    held = [[say(", ").join(f"{value:g}" for value in x[s * i : s * i + f, s * j : s * j + f].flatten().tolist())
             for j in range(len(a))] for i in range(len(a))]
    covered = held[u][v]
    why = [[say("largest of {covered}", covered=one) if kind == "max" else say("average of {covered}", covered=one)
            for one in row] for row in held]
    told = {"place": place, "last": a.numel(), "covered": covered, "value": a[u, v].item(), "n": len(a)}
    words = (say("Place {place} of {last}: the largest of {covered} is {value:.4g}. 6 × 6 becomes {n} × {n}.", **told)
             if kind == "max" else
             say("Place {place} of {last}: the average of {covered} is {value:.4g}. 6 × 6 becomes {n} × {n}.", **told))
    return Fig(
        Panel(
            cells(MATRIX, title="x", tone="1", framed=[(s * u, s * v, f, f)]),
            note(6.6, 3.1, "→", anchor="middle"),
            cells([[round(value, 2) for value in row] for row in a.tolist()], x=7.2, y=max(0.0, 3 - len(a) / 2),
                  title="a", framed=[(u, v, 1, 1)], why=why),
        ),
        say=words,
        last=a.numel(),
    )


@figure(shows=["wengu.layers:MaxPool2d", "wengu.layers:AvgPool2d"],
        links=[link("f", "kernel_size", "4", "f")])
def over_picture(f=slider(1, 7, 2, label="window size f"), name=which_picture()) -> Fig:
    """A real picture and its two poolings, windows side by side."""
    from wengu.layers import AvgPool2d, MaxPool2d

    x = picture(name)
    largest, average = (pool(f)(x[None, None])[0, 0] for pool in (MaxPool2d, AvgPool2d))
    n = len(largest)
    return Fig(
        grey(x, "x"), grey(largest, say("max")), grey(average, say("average")),
        say=say("784 numbers become {count} ({n} × {n}). The picture's average of {before:.3f} is {largest:.3f} after "
                "max and {average:.3f} after average pooling.", count=largest.numel(), n=n, before=x.mean().item(),
                largest=largest.mean().item(), average=average.mean().item()),
        values={"count": largest.numel(), "of": x.numel()},
    )


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=window)
def strides_of_3(rng):
    """With a stride larger than the window some inputs are in none."""
    import torch

    x = torch.zeros(1, 1, 8, 8, requires_grad=True)
    (back,) = torch.autograd.grad(torch.nn.functional.avg_pool2d(x, 2, 3).sum(), x)
    return Options("left_out" if (back == 0).any() else "twice", of=("twice", "left_out", "shared"), then={"s": 3})


@question
def lower_right(rng):
    """The largest number of a window of 2 × 2."""
    import torch

    from wengu.layers import average_pool_by_hand, max_pool_by_hand

    x = [[rng.randrange(-9, 10) for _ in range(4)] for _ in range(4)]
    tensor = torch.tensor(x, dtype=torch.float64)[None, None]
    pooled, mean = max_pool_by_hand(tensor, 2)[0, 0], average_pool_by_hand(tensor, 2)[0, 0]
    return Number(int(pooled[1, 1]), traps={"average": mean[1, 1], "all": max(map(max, x)), "corner": x[3][3]}, x=x)


@question
def way_back(rng):
    """Of an average every number gets its share, of a maximum one gets all."""
    import torch

    f, delta = rng.choice([2, 3, 4]), rng.choice([6.0, 12.0, -8.0, 18.0])
    x = torch.arange(float(f * f), dtype=torch.float64).reshape(1, 1, f, f).requires_grad_()
    (back,) = torch.autograd.grad(delta * torch.nn.functional.avg_pool2d(x, f), x)
    return Number(back[0, 0, 0, 0], traps={"whole": delta, "side": delta / f, "nothing": 0}, f=f, delta=delta)


@question
def what_one_number_sees(rng):
    """A filter behind pooling sees s times as much and more."""
    import torch

    f, s, k = rng.choice([(2, 2, 3), (2, 2, 5), (3, 2, 3), (3, 3, 3)])
    x = torch.zeros(1, 1, 1, 61, dtype=torch.float64, requires_grad=True)
    pooled = torch.nn.functional.avg_pool2d(x, (1, f), (1, s))
    z = torch.nn.functional.conv2d(pooled, torch.ones(1, 1, 1, k, dtype=torch.float64))
    (back,) = torch.autograd.grad(z[..., z.shape[-1] // 2].sum(), x)
    return Number(int((back != 0).sum()), traps={"filter": k, "sum": f + k - 1, "stretched": s * k + f}, f=f, s=s, k=k)


@question
def boxes_off(rng):
    """What pooling throws away."""
    return Options("less", of=("less", "more", "average", "deeper"))
