"""What a network sees: the map of a class as a sum, three ways to one, maps of random weights, what a place sees."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wengu.core.i18n import say
from wengu.pages.convnets.averaging import trained
from wengu.pages.convnets.cell import ACROSS_AND_DOWN, TALL, WIDE, Tiles
from wengu.pages.convnets.digits import PAD, layers_of, reader
from wengu.pages.convnets.maps import CASCADE, both_ways, correlation, glowing, randomised, rimmed, seen, sees
from wengu.pages.convnets.pictures import grey
from wengu.pages.figure import (
    Axis,
    Fig,
    Panel,
    bars,
    choice,
    figure,
    link,
    point,
    quoted,
    steps,
)
from wengu.pages.question import Derived, Number, Options, question

if TYPE_CHECKING:
    from torch import Tensor

DIGITS = tuple("0123456789")
FOUR: Any = replace(PAD, value="4")
FIRST = 7  # maps that are added one by one, before the rest


@figure(shows=["wengu.vision.interpret:class_activation_map", "wengu.vision.interpret:activations"], ahead=80,
        links=[link("f_k", "f", "3"), link("w_k^c", "w", "2"), link("M_c", "class_activation_map", "6"),
               link("c", "classes", "4", "c")])
def adding_up(
    c=choice(*DIGITS, label="class c", value="4"),
    digit=FOUR,
    step=steps(1, FIRST + 1, label="maps added"),
) -> Fig:
    """M_c of the small network as a sum of its maps, the weightiest first, and the score that it makes."""
    import torch

    from wengu.vision.interpret import activations, class_activation_map

    net, x, k_c = trained(), seen(digit), int(c)
    linear: Any = net[-1]
    f, w, b = activations(net, x, "6")[0], linear.weight[k_c].detach(), linear.bias[k_c].item()
    parts = w[:, None, None] * f
    order = parts.mean((1, 2)).abs().argsort(descending=True)
    rest = step > FIRST
    m = class_activation_map(net, x, k_c)[0] if rest else parts[order[:step]].sum(0)
    most = parts.cumsum(0).abs().max().item() or 1.0
    k, mean = int(order[step - 1]), m.mean().item()
    last, z = parts[order[FIRST:]].sum(0) if rest else parts[k], b + mean
    told = (say("All {n} {n:map|maps} are in: the mean of M is {mean:.2f}, and with b = {b:.2f} the score of {c} is "
                "{z:.2f}.", n=len(f), mean=mean, b=b, c=c, z=z) if rest else
            say("Map {k}: w = {w:.2f} times a mean of {f:.2f} adds {adds:.2f}. After {n} of {all} maps the mean of M "
                "is {mean:.2f}, and with b = {b:.2f} the score is {z:.2f} so far.", k=k + 1, w=w[k].item(),
                f=f[k].mean().item(), adds=last.mean().item(), n=step, all=len(f), mean=mean, b=b, z=z))
    with torch.no_grad():
        scores = net(x)[0]
    return Fig(
        rimmed(grey(x[0, 0], say("the picture")), "quiet") if rest else
        rimmed(grey(f[k] / (f.max().item() or 1.0), say("f, map {k}", k=k + 1)), "3"),
        rimmed(both_ways(x[0, 0], last, say("the other {n}", n=len(f) - FIRST) if rest else "w · f", most=most), "2"),
        rimmed(both_ways(x[0, 0], m, "M" if rest else say("M, added so far"), most=most), "6"),
        say=told, last=FIRST + 1, values={"z": scores[k_c].item(), "p": scores.softmax(0)[k_c].item()},
    )


@figure(shows=["wengu.vision.interpret:class_activation_map", "wengu.vision.interpret:grad_cam",
               "wengu.vision.interpret:occlusion_map"], ahead=30,
        links=[link("c", "classes", "4", "c")])
def three_ways(
    digit=FOUR,
    c=choice("read", *DIGITS, label="class c", labels=("as it is read", *DIGITS)),
    side=choice("5", "7", "11", label="side of the square", value="7"),
) -> Fig:
    """The three maps of one class, over the picture: of the small network CAM, of LeNet-5 the others."""
    from wengu.vision.interpret import class_activation_map, grad_cam, occlusion_map

    x, net, p = seen(digit), reader(), layers_of(digit)[-1].z.softmax(0)
    k = int(p.argmax()) if c == "read" else int(c)
    cam, slope = class_activation_map(trained(), x, k)[0], grad_cam(net, x, k)[0]
    fall = occlusion_map(net, x, k, side=int(side), stride=2)[0]
    return Fig(
        glowing(x[0, 0], cam, "CAM"), glowing(x[0, 0], slope, "Grad-CAM"),
        glowing(x[0, 0], fall, say("occlusion, {side} × {side}", side=side)),
        say=say("LeNet-5 gives {c} a probability of {p:.1%}. Covering a square takes at most {fall:.1%} of it.", c=k,
                p=p[k].item(), fall=max(fall.max().item(), 0.0)),
        values={"p": p[k].item(), "fall": fall.max().item()},
    )


@figure(shows=["wengu.vision.interpret:grad_cam", "wengu.vision.interpret:occlusion_map"], ahead=200)
def sanity(
    digit=FOUR,
    step=steps(0, len(CASCADE), label="layers made random"),
) -> Fig:
    """LeNet-5's maps while its layers become random, from the output down; and what it answers."""
    import torch

    from wengu.vision.interpret import grad_cam, occlusion_map

    x = seen(digit)
    k = int(layers_of(digit)[-1].z.argmax())
    net = randomised(step)
    slope, fall = grad_cam(net, x, k)[0], occlusion_map(net, x, k, side=7, stride=2)[0]
    with torch.no_grad():
        p = net(x)[0].softmax(0)
    first = grad_cam(reader(), x, k)[0]
    alike = correlation(first, slope)
    names = " · ".join(say("output") if one == "output" else one.upper() for one in CASCADE[:step])
    told = (say("As trained: {k}, with {p:.1%}.", k=k, p=p[k].item()) if step == 0 else
            say("Random by now: {names}. The network gives {k} {p:.1%}; the correlation of Grad-CAM's map with that of "
                "the trained network is {alike:.2f}.", names=names, k=k, p=p[k].item(), alike=alike))
    return Fig(
        glowing(x[0, 0], slope, "Grad-CAM"), glowing(x[0, 0], fall, say("occlusion, {side} × {side}", side=7)),
        Panel(bars(range(10), p, tone=["2" if d == k else "quiet" for d in range(10)]), x=say("digit"),
              y=Axis(label=say("probability ŷ"), domain=(0, 1))),
        say=told, values={"alike": alike, "p": p[k].item()},
    )


@figure(shows=["wengu.vision.interpret:activations", "wengu.layers:shapes"])
def field(
    digit=FOUR,
    place=point((0.0, WIDE), (0.0, TALL), (50.0, 26.0), label="place of a number", step=0.5, names=ACROSS_AND_DOWN),
    layer=steps(1, 4, label="layer"),
) -> Fig:
    """A layer's maps of the digit, the filter that made one, and the part of the picture that a number of it sees."""
    one, number = layers_of(digit)[layer - 1], 2 * ((layer - 1) // 2)
    tiles = Tiles(one.out)
    k, u, v = tiles.at(*place)
    top, left, r = sees(layer, u, v)
    x = seen(digit)[0, 0]
    rows, columns = (range(max(a, 0), min(a + r, len(x))) for a in (top, left))
    w = layers_of(digit)[number].layer.weight[k].detach()
    return Fig(
        tiles.panel(say("{layer}: {n} {n:map|maps}", layer=one.name, n=tiles.n), [(k, u, v, 1, 1)], fitted=True),
        grey(x, say("what it sees"), (rows.start, columns.start, len(rows), len(columns), "2")),
        Tiles((w / w.abs().max() + 1) / 2).panel(say("filter {k}, grey 0", k=k + 1), []),
        say=say("{layer}, map {k}, row {u}, column {v}: {a:.2f}. It sees {r} × {r} {r:pixel|pixels} of the "
                "padded picture.", layer=one.name, k=k + 1, u=u + 1, v=v + 1, a=one.out[k, u, v].item(),
                r=r),
        values={"r": r},
    )


@quoted
def small() -> dict[str, float | int | str]:
    """The small network: its size, and how often it is wrong on pictures that it has not seen."""
    from safetensors import safe_open

    from wengu.layers import shapes, summary
    from wengu.pages.convnets.averaging import WEIGHTS, averaging

    with safe_open(WEIGHTS, "pt") as ships:
        said = ships.metadata()
    seen_by = shapes(averaging(), (1, 28, 28)).layers
    return {"parameters": f"{summary(averaging()).total:,}", "error": int(said["wrong"]) / int(said["test"]),
            "field": int(next(one.field.size[0] for one in seen_by if one.name == "5"))}


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=sanity)
def random_weights(rng):
    """A map is drawn of any weights."""
    import torch

    net, x = randomised(len(CASCADE)), seen("4")
    from wengu.vision.interpret import grad_cam

    there = float(grad_cam(net, x, 4).max()) > 0
    with torch.no_grad():
        p = net(x)[0].softmax(0)[4].item()
    return Options("still" if there else "nothing", of=("nothing", "noise", "still"), then={"step": len(CASCADE)},
                   p=f"{100 * p:.0f}")


@question
def map_at_a_place(rng):
    """Σ_k w_k f_k(x, y)."""
    import torch

    w = [rng.choice([-2.0, -1.0, 0.5, 1.0, 1.5, 2.0]) for _ in range(3)]
    f = [float(rng.randint(0, 4)) for _ in range(3)]
    answer = float(torch.tensor(w) @ torch.tensor(f))
    return Number(answer, traps={"unweighted": sum(f), "mean": answer / 3, "positive": sum(
        max(a * b, 0.0) for a, b in zip(w, f, strict=True))}, w=w, f=f)


@question
def score_of_the_map(rng):
    """The score is the mean of the map and b."""
    import torch
    from torch import nn

    m = [rng.choice([-2.0, 0.0, 1.0, 2.0, 3.0, 5.0]) for _ in range(4)]
    b = rng.choice([-0.5, 0.25, 0.5, 1.0])
    linear = nn.utils.skip_init(nn.Linear, 1, 1, dtype=torch.float64)
    linear.load_state_dict({"weight": torch.ones(1, 1), "bias": torch.tensor([b])})
    net = nn.Sequential(nn.Identity(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), linear)
    with torch.no_grad():
        z = net(torch.tensor(m, dtype=torch.float64).view(1, 1, 2, 2)).item()
    return Number(z, traps={"sum": sum(m) + b, "no_bias": z - b, "largest": max(m) + b}, m=m, b=b)


@question
def passes_of_occlusion(rng):
    """One pass for each square, and one for the picture as it is."""
    import torch
    from torch import nn

    from wengu.vision.interpret import occlusion_map

    n, (side, stride) = rng.choice([28, 32, 56, 64]), rng.choice([(8, 4), (4, 2), (12, 4), (8, 2)])
    counted = 0

    class Counting(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            nonlocal counted
            counted += len(x)
            return x.mean((2, 3)).repeat(1, 2)

    occlusion_map(Counting(), torch.zeros(1, 1, n, n), 0, side=side, stride=stride)
    squares = counted - 1
    across = round(squares**0.5)
    return Number(squares, traps={"one_way": across, "over_the_edge": (n // stride) ** 2, "apart": (n // side) ** 2},
                  n=n, side=side, stride=stride, across=across)


@question
def snow(rng):
    """What a map is good for: it shows that something else than the thing decides."""
    return Options("snow", of=("fine", "deeper", "snow", "threshold"))


@question
def slopes_of_an_average(rng):
    """∂z/∂f_k(x, y) is the same at every place."""
    import torch

    from wengu.vision.interpret import activations, grad_cam

    net, x = trained(), seen(str(rng.randint(0, 9)))
    c = rng.randint(0, 9)
    f, linear = activations(net, x, "6"), net[-1]
    by_formula = torch.einsum("k,mkxy->mxy", linear.weight[c].detach() / f[0, 0].numel(), f).relu()
    return Derived(same=(by_formula.flatten().tolist(), grad_cam(net, x, c, layer="6").flatten().tolist()))
