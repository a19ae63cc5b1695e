"""Inception: a block's four branches and their costs, GoogLeNet block by block, and what its side branches bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wengu.core.i18n import say
from wengu.pages.convnets.inception_counts import PLACES, channels_into, counted, gradients, of_block, stages
from wengu.pages.convnets.stages import costs, diagram, summed, times
from wengu.pages.figure import Axis, Fig, Panel, bars, boxes, choice, dots, figure, line, link, quoted, slider, steps
from wengu.pages.question import Derived, Number, Options, question

if TYPE_CHECKING:
    from wengu.pages.convnets.inception_counts import Layer

WIDE, HIGH = 2.8, 1.5


@figure(shows=["wengu.vision.convnets.googlenet:Inception", "wengu.layers:shapes"])
def branches(
    block=choice(*PLACES, label="block"),
    before=choice("with", "without", label="before the large filters", labels=("with 1 × 1", "without 1 × 1")),
) -> Fig:
    """The four branches of a block side by side, with or without the 1 × 1 filters that squeeze first."""
    squeezed, n_in = before == "with", channels_into(block)
    found = of_block(block, squeezed)
    joined = sum(ways[-1].shape[0] for ways in found)
    middle = 1.5 * (HIGH + 0.5)
    items: list[dict[str, Any]] = [_box(0, middle, str(n_in), say("input"), "1")]
    links = []
    for k, ways in enumerate(found):
        for i, one in enumerate(ways):
            tone = "quiet" if not one.parameters else "4" if i + 1 < len(ways) else "2"
            items.append(_box(3.2 if i + 1 < len(ways) else 6.4, k * (HIGH + 0.5), _filters(one), "", tone))
            links.append((0 if i == 0 else len(items) - 2, len(items) - 1))
    ends = [len(items) - 1 - sum(len(ways) for ways in found[k + 1 :]) for k in range(4)]
    items.append(_box(9.6, middle, str(joined), say("side by side"), "3"))
    links += [(end, len(items) - 1) for end in ends]
    names = ["1 × 1", "3 × 3", "5 × 5", say("pool")]
    learned, work = ([sum(getattr(one, of) for one in ways) for ways in found] for of in
                     ("parameters", "multiplications"))
    other = sum(one.multiplications for ways in of_block(block, not squeezed) for one in ways)
    ratio = max(other, sum(work)) / min(other, sum(work))
    told = {"block": block, "joined": joined, "parts": " + ".join(str(ways[-1].shape[0]) for ways in found),
            "learned": f"{sum(learned):,}", "work": f"{sum(work):,}", "times": ratio}
    words = (say("Block {block} has {parts} = {joined} {joined:channel|channels}, with {learned} "
                 "{learned:parameter|parameters} and {work} {work:multiplication|multiplications}, {times:.1f} times "
                 "fewer than without 1 × 1 filters before.", **told) if squeezed else
             say("Block {block} would have {parts} = {joined} {joined:channel|channels}, with {learned} "
                 "{learned:parameter|parameters} and {work} {work:multiplication|multiplications}, {times:.1f} times "
                 "as many as with 1 × 1 filters before.", **told))
    return Fig(
        Panel(boxes(items, links)),
        Panel(bars(names, work, tone="2"), x=say("branch"), y=Axis(label=say("multiplications"))),
        say=words,
        values={"joined": joined, "work": sum(work), "learned": sum(learned), "times": ratio},
        head=(say("branch"), say("layer"), say("output"), say("parameters"), say("multiplications")),
        rows=[[name, _filters(one), times(one.shape),
               f"{one.parameter_formula} = {one.parameters:,}" if one.parameters else "0", f"{one.multiplications:,}"]
              for name, ways in zip(names, found, strict=True) for one in ways],
    )


def _box(x: float, y: float, label: str, sub: str, tone: str) -> dict[str, Any]:
    return {"x": x, "y": y, "w": WIDE, "h": HIGH, "label": label, "sub": sub, "tone": tone}


def _filters(one: Layer) -> str:
    return f"{one.f} × {one.f}, {one.shape[0]}" if one.parameters else say("pool {f} × {f}", f=one.f)


@figure(shows=["wengu.vision.convnets:GoogLeNet", "wengu.layers:shapes"])
def network(step=steps(1, 18, label="step")) -> Fig:
    """GoogLeNet to and fro, a stage framed at each step, and where its parameters and its work lie."""
    found = stages()
    at = found[step - 1]
    total, work = (sum(getattr(one, of) for one in found) for of in ("parameters", "multiplications"))
    return Fig(
        diagram(found, (3, 224, 224), at=step - 1),
        costs(found),
        say=say("{name} has {learned} {learned:parameter|parameters} and {work} "
                "{work:multiplication|multiplications}. In all there are {total} and {products}.",
                name=at.name.capitalize(), learned=f"{at.parameters:,}", work=f"{at.multiplications:,}",
                total=f"{total:,}", products=f"{work:,}"),
        values={"total": total, "work": work, "stem": sum(one.multiplications for one in found[:5]) / work,
                "features": found[-2].shape[0]},
        **summed(found),
    )


@figure(shows=["wengu.vision.convnets:GoogLeNet", "wengu.vision.convnets.googlenet:with_side_branches"],
        links=[link(r"\omega", "weight", "4", "weight")])
def sides(
    scale=choice("he", "half", label="initial weights", labels=("He's", "half of He's")),
    weight=slider(0.0, 1.0, 0.3, step=0.1, label="weight of a side branch"),
) -> Fig:
    """Root mean square of ∂J/∂W in each block at the first step, with the side branches and without."""
    per = gradients(1.0 if scale == "he" else 0.5)
    alone, both = ([(a + 2 * w * ab + w * w * b) ** 0.5 for a, ab, b in per.values()] for w in (0.0, weight))
    x = range(1, len(per) + 1)
    times = both[0] / alone[0]
    return Fig(
        Panel(line(x, alone, label=say("without side branches"), tone="1"), dots(x, alone, tone="1"),
              line(x, both, label=say("with side branches"), tone="4", wide=True), dots(x, both, tone="4"),
              x=Axis(label=say("block, from the picture on"), domain=(1, len(per)), whole=True),
              y=Axis(label=say("size of ∂J/∂W"), log=True, domain=(1e-7, 1e-2))),
        say=say("Before 3a the gradient is {times:.1f} times as large as without side branches; from 4e on it is the "
                "same.", times=times),
        values={"times": times, "alone": alone[0]},
        head=(say("block"), say("without side branches"), say("with side branches")),
        rows=[[say("before 3a") if name == "stem" else name, f"{a:.2g}", f"{b:.2g}"]
              for name, a, b in zip(per, alone, both, strict=True)],
    )


@quoted
def averages() -> dict[str, int | float]:
    """What the last layer learns behind averages, and what it would behind all numbers; and the side branches."""
    import torch

    from wengu.layers import summary
    from wengu.vision.convnets import GoogLeNet

    with torch.device("meta"):
        averaged, flat = (summary(torch.nn.Linear(n, 1000)).total for n in (1024, 7 * 7 * 1024))
        whole = sum(p.numel() for p in GoogLeNet().parameters())
    return {"averaged": averaged, "flat": flat, "whole": whole, "sides": whole - counted().parameters}


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=branches)
def without_squeezing(rng):
    """The pool's channels go on as they are."""
    joined, before = (branches(before=one).values["joined"] for one in ("without", "with"))
    return Options("more" if joined > before else "same", of=("same", "more", "fewer"), then={"before": "without"},
                   joined=joined, squeezed=before, pooled=channels_into("3a"))


@question(moves=sides)
def which_blocks(rng):
    """Back from where the side branch leaves."""
    reached = [name for name, (_, _, b) in gradients(1.0).items() if b > 0]
    return Options("up_to" if reached[-1] == "4d" else "all", of=("all", "up_to", "two"),
                   then={"scale": "half", "weight": 1.0})


@question
def channels_out(rng):
    """Those of the last layer of each branch."""
    from wengu.vision.convnets.googlenet import FILTERS

    block = rng.choice(list(FILTERS))
    one, before3, three, before5, five, pooled = FILTERS[block]
    out = sum(ways[-1].shape[0] for ways in of_block(block, True))
    return Number(out, traps={"all": sum(FILTERS[block]), "no_pool": out - pooled}, one=one, before3=before3,
                  three=three, before5=before5, five=five, pooled=pooled)


@question
def parameters_of_a_branch(rng):
    """Both layers of the branch of 5 × 5."""
    from wengu.vision.convnets.googlenet import FILTERS

    block = rng.choice(list(FILTERS))
    n_in, before, five = channels_into(block), FILTERS[block][3], FILTERS[block][4]
    first, second = of_block(block, True)[2]
    answer = first.parameters + second.parameters
    return Number(answer, traps={"no_bias": answer - before - five, "second": second.parameters,
                                 "straight": of_block(block, False)[2][0].parameters},
                  n_in=n_in, before=before, five=five)


@question
def cost_with_sides(rng):
    """J = L + 0.3 (L_4a + L_4d)."""
    import torch

    from wengu.vision.convnets.googlenet import with_side_branches

    main, first, second = (round(rng.uniform(1.0, 2.5), 1) for _ in range(3))
    losses = [torch.tensor(one, dtype=torch.float64) for one in (main, first, second)]
    J = with_side_branches(lambda one, y: one)(tuple(losses), torch.tensor(0)).item()
    return Number(J, traps={"sum": main + first + second, "mean": (main + first + second) / 3,
                            "shared": 0.4 * main + 0.3 * (first + second)}, main=main, first=first, second=second)


@question
def behind_averages(rng):
    """One number a channel reaches the last layer."""
    import torch

    from wengu.layers import summary

    n, n_C, classes = rng.choice([6, 7, 8]), rng.choice([512, 832, 1024]), rng.choice([10, 100, 1000])
    with torch.device("meta"):
        answer, flat = (summary(torch.nn.Linear(k, classes)).total for k in (n_C, n * n * n_C))
    return Number(answer, traps={"flat": flat, "no_bias": answer - classes}, n=n, n_C=n_C, classes=classes)


@question
def when_predicting(rng):
    """They are there for the gradient alone."""
    import torch

    from wengu.vision.convnets import GoogLeNet

    given = GoogLeNet(3, channels=1, size=28, generator=torch.Generator()).eval()(torch.zeros(1, 1, 8, 8))
    return Options("none" if isinstance(given, torch.Tensor) else "weighted", of=("none", "weighted", "vote"))


@question
def why_they_meet(rng):
    """δ of what all branches read is the sum of what each brings back."""
    import torch

    from wengu.vision.convnets.googlenet import Inception

    block = Inception(4, (2, 2, 3, 2, 3, 2), generator=torch.Generator().manual_seed(rng.randrange(100))).double()
    a = torch.linspace(-1, 1, 4 * 25, dtype=torch.float64).reshape(1, 4, 5, 5).requires_grad_()
    (whole,) = torch.autograd.grad(block(a).square().sum(), a)
    each = [torch.autograd.grad(branch(a).square().sum(), a)[0] for branch in block.children()]
    return Derived(same=(sum(each), whole))
