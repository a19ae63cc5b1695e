"""Changes to training pictures by the library's own code: what each does, what it may break, and what labels become."""

from __future__ import annotations

from typing import Any

from wengu.core.i18n import say
from wengu.pages.convnets.changes import best_gap, changed, probabilities, sample, shown, tile
from wengu.pages.convnets.digits import PAD, reader
from wengu.pages.convnets.pictures import grey
from wengu.pages.figure import (
    Axis,
    Fig,
    Mark,
    Panel,
    bars,
    choice,
    dots,
    figure,
    line,
    link,
    slider,
    steps,
)
from wengu.pages.question import Derived, Number, Options, question

CHANGES = ("shift", "crop", "flip", "colour", "erase", "randaugment")
VERSIONS = 4
DIGITS = tuple("0123456789")
SORTS = {"photo": ("photos/", ("palace", "garden"), 3), "boot": ("fashion-mnist", (), 1), "digit": ("mnist", (), 1)}


@figure(shows=["wengu.vision.augment:RandomCrop", "wengu.vision.augment:RandomErasing"])
def changes(
    name=choice("photo", "boot", "digit", label="picture", labels=("photograph", "ankle boot", "drawn 2")),
    change=choice(*CHANGES, label="change", value="crop"),
) -> Fig:
    """A picture, four versions of it as training draws them, and what `auto` takes for such data."""
    import torch

    from wengu.recipes.augmentation import augmentation, suited

    x = sample(name)
    made: Any = augmentation(change, classes=2)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        versions = made((x.repeat(VERSIONS, 1, 1, 1), torch.zeros(VERSIONS)))[0]
    h, w = x.shape[2:]
    data, classes, channels = SORTS[name]
    auto = suited(data, classes, channels, (64, 64))
    tiles = [tile(one, k % 2 * (w + 2), k // 2 * (h + 2)) for k, one in enumerate(versions)]
    told = (say("For such pictures auto takes {auto}: {change} is among them.", change=change, auto=auto)
            if change in auto.split("+") else
            say("For such pictures auto takes {auto}, and not {change}.", change=change, auto=auto))
    return Fig(
        Panel(tile(x[0], 0, 0), x=Axis(domain=(0, w)), y=Axis(domain=(0, h)), title=say("the picture"), equal=True),
        Panel(*tiles, x=Axis(domain=(0, 2 * w + 2)), y=Axis(domain=(0, 2 * h + 2)), title=say("in four epochs"),
              equal=True),
        say=told,
    )


@figure(shows=["wengu.vision.augment:RandomHorizontalFlip"])
def broken(
    digit=PAD,
    change=choice("shift", "flip", "turn", label="change", labels=("shifted by 2", "mirrored", "upside down")),
) -> Fig:
    """What LeNet-5 reads before and after a change, of the reader's digit and of the ten examples."""
    x, z = shown(digit), changed(shown(digit), change)
    p, q = probabilities(x), probabilities(z)
    a, b = int(p.argmax()), int(q.argmax())
    rows = []
    for d in DIGITS:
        before, after = (probabilities(one) for one in (shown(d), changed(shown(d), change)))
        rows.append((d, str(int(before.argmax())), f"{int(after.argmax())} ({after.max():.0%})"))
    right = sum(row[0] == row[2][0] for row in rows)
    return Fig(
        grey(x, say("before")), grey(z, say("after")),
        Panel(bars(range(10), p, label=say("before"), tone="1"), bars(range(10), q, label=say("after"), tone="2"),
              x=say("digit"), y=Axis(label=say("probability ŷ"), domain=(0, 1))),
        say=say("Before: {a}, with {p:.0%}. After: {b}, with {q:.0%}. Of the ten digits to start from {right} are "
                "still read right.", a=a, p=p[a].item(), b=b, q=q[b].item(), right=right),
        head=(say("digit"), say("before"), say("after")), rows=rows, values={"right": right, "b": b},
    )


@figure(shows=["wengu.vision.augment:Mixup", "wengu.vision.augment:CutMix"], ahead=200,
        links=[link(r"\lambda", "lam", "4"), link(r"\alpha", "alpha", "5", "alpha")])
def mixing(
    kind=choice("mixup", "cutmix", label="mixed by", labels=("Mixup", "CutMix")),
    alpha=choice("0.2", "1", "4", label="α", value="1"),
    digit=PAD,
    step=steps(1, 12, label="draw"),
) -> Fig:
    """A 3 or what the reader draws, mixed with a 7: the label is mixed too, and so is the cost."""
    import torch

    from wengu.functions import cross_entropy
    from wengu.vision.augment import CutMix, Mixup

    pair = torch.stack([shown(digit), shown("7")])[:, None].float()
    y = torch.tensor([int(probabilities(pair[0, 0].double()).argmax()), 7])
    mix = (Mixup if kind == "mixup" else CutMix)(10, alpha=float(alpha))
    with torch.random.fork_rng(devices=[]):
        for seed in range(100 * step, 100 * step + 100):  # of two, half of the draws leave each with itself
            torch.manual_seed(seed)
            x, q = mix((pair, torch.tensor([0, 1])))
            if 0 < q[0, 1] < 1:
                break
    lam = q[0, 0].item()
    z = torch.no_grad()(reader())(x[:1].double())
    both = cross_entropy(z.expand(2, -1), y, reduction="none")
    label = torch.zeros(1, 10, dtype=torch.float64)
    label[0, y[0]] += lam
    label[0, 7] += 1 - lam
    cost = cross_entropy(z, label).item()
    return Fig(
        grey(x[0, 0], say("the mixture")),
        Panel(bars(range(10), label[0], label=say("label"), tone="4"),
              bars(range(10), z[0].softmax(0), label=say("LeNet-5's ŷ"), tone="1"), x=say("digit"),
              y=Axis(label=say("share"), domain=(0, 1))),
        say=say("λ = {lam:.2f}: the label is {lam:.2f} of {a} and {rest:.2f} of 7. The cost is {lam:.2f} · {first:.2f} "
                "+ {rest:.2f} · {second:.2f} = {cost:.2f}.", lam=lam, a=int(y[0]), rest=1 - lam, first=both[0].item(),
                second=both[1].item(), cost=cost),
    )


@figure(shows=["wengu.functions:cross_entropy", "wengu.functions:label_smoothing_by_hand"],
        links=[link(r"\varepsilon", "epsilon", "2", "epsilon"), link("C", "classes", "3", "classes")])
def smoothing(
    epsilon=slider(0.0, 0.5, 0.1, step=0.02, label="ε"),
    classes=slider(2, 100, 10, label="classes C"),
) -> Fig:
    """The cost of an example by how far its class's score is above the others, with and without smoothing."""
    import torch

    from wengu.functions import cross_entropy

    gaps = torch.linspace(0, 12, 97, dtype=torch.float64)
    z = torch.zeros(len(gaps), classes, dtype=torch.float64)
    z[:, 0] = gaps
    y = torch.zeros(len(gaps), dtype=torch.int64)
    hard, soft = (cross_entropy(z, y, label_smoothing=one, reduction="none") for one in (0.0, epsilon))
    marks: list[Mark] = [line(gaps, hard, label=say("as it is"), tone="1"),
                         line(gaps, soft, label=say("smoothed"), tone="2", wide=True)]
    top = Axis(label=say("cost of the example"), domain=(0, max(5.0, soft.max().item())))
    if not epsilon:
        return Fig(Panel(*marks[:1], x=say("score above the others"), y=top),
                   say=say("Without smoothing the cost falls for ever: no gap is large enough."))
    gap = best_gap(epsilon, classes)
    q = 1 - epsilon + epsilon / classes
    marks.append(dots([gap], [-(q * torch.log(torch.tensor(q)) + (1 - q) * torch.log(torch.tensor(epsilon / classes)))],
                      label=say("least"), tone="good", size=6))
    return Fig(
        Panel(*marks, x=say("score above the others"), y=top),
        say=say("Least where the score is {gap:.2f} above the others: there the network gives its class {q:.1%}.",
                gap=gap, q=q), values={"gap": gap, "q": q},
    )


@figure(shows=["wengu.practice:balanced_class_weights"], links=[link("w_c", "balanced_class_weights", "2")])
def uneven(
    rare=slider(1, 50, 10, label="rare examples of 100"),
) -> Fig:
    """How much each of two classes has of the cost, where every example costs the same: as it is, and weighed."""
    import numpy as np

    from wengu.practice import balanced_class_weights

    y = np.repeat([0, 1], [100 - rare, rare])
    w, m = balanced_class_weights(y, 2), np.bincount(y)
    names = [say("common"), say("rare")]
    return Fig(
        Panel(bars(names, m / 100, label=say("as it is"), tone="1"),
              bars(names, w * m / 100, label=say("weighed"), tone="2"),
              y=Axis(label=say("share of the cost"), domain=(0, 1))),
        say=say("With {rare} of 100 the weights are {common:.2f} and {weight:.2f}: either class has half of the cost, "
                "and a rare example counts {times:.1f} times as much as a common one.", rare=rare, common=w[0],
                weight=w[1], times=w[1] / w[0]),
        values={"times": w[1] / w[0]},
    )


@figure(shows=["wengu.vision.augment:AverageOverViews"])
def averaged(
    digit=PAD,
    views=choice("shift", "flip", "shift+flip", label="views", labels=("shifts", "mirrored", "shifts, mirrored")),
) -> Fig:
    """LeNet-5's answer to the digit alone, and its mean over views of it."""
    import torch

    from wengu.vision.augment import AverageOverViews

    x, net = shown(digit)[None, None], reader()
    with torch.no_grad():
        z = net(x)
        p, mean = z[0].softmax(0), AverageOverViews(views)(net, (x, None), z)["p"][0]
    a, b = int(p.argmax()), int(mean.argmax())
    return Fig(
        Panel(bars(range(10), p, label=say("the picture alone"), tone="1"),
              bars(range(10), mean, label=say("mean over views"), tone="2"), x=say("digit"),
              y=Axis(label=say("probability ŷ"), domain=(0, 1))),
        say=say("Alone: {a}, with {p:.1%}. Over {n} {n:view|views}: {b}, with {q:.1%}.", a=a, p=p[a].item(),
                n={"shift": 5, "flip": 2, "shift+flip": 10}[views], b=b, q=mean[b].item()),
        values={"p": p[a].item(), "q": mean[a].item()},
    )


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=broken)
def mirrored(rng):
    """A mirrored 3 is no 3."""
    p = probabilities(changed(shown("3"), "flip"))
    read = int(p.argmax())
    return Options("other" if read != 3 else "three", of=("three", "unsure", "other"), then={"change": "flip"},
                   read=read, p=f"{100 * p.max().item():.0f}")


@question
def share_of_cutmix(rng):
    """λ is what is left of the first picture."""
    import torch

    n = rng.choice([28, 32, 64])
    h, w = rng.choice([7, 8, 14, 16]), rng.choice([7, 10, 14, 20])
    inside = torch.zeros(n, n)
    inside[:h, :w] = 1
    lam = 1 - inside.mean().item()
    return Number(round(lam, 6), traps={"pasted": 1 - round(lam, 6), "sides": round(1 - h / n, 6)}, n=n, h=h, w=w)


@question
def cost_of_a_mixture(rng):
    """Linear in y."""
    import torch

    from wengu.functions import cross_entropy

    lam, a, b = rng.choice([0.6, 0.7, 0.8, 0.9]), rng.choice([0.5, 0.6, 0.7]), rng.choice([0.1, 0.2, 0.25])
    z = torch.tensor([[a, b, 1 - a - b]], dtype=torch.float64).log()
    y = torch.tensor([[lam, 1 - lam, 0.0]], dtype=torch.float64)
    answer = cross_entropy(z, y).item()
    first, second = -z[0, 0].item(), -z[0, 1].item()
    return Number(answer, traps={"first": first, "turned": (1 - lam) * first + lam * second,
                                 "of_the_mean": -torch.tensor(lam * a + (1 - lam) * b).log().item()},
                  lam=lam, rest=round(1 - lam, 2), a=a, b=b)


@question
def gap_of_smoothed_labels(rng):
    """ln of the odds."""
    import math

    epsilon, classes = rng.choice([0.05, 0.1, 0.2]), rng.choice([2, 5, 10, 100])
    answer = best_gap(epsilon, classes)
    return Number(answer, traps={"unshared": math.log((1 - epsilon) / epsilon), "odds": math.exp(answer)},
                  epsilon=epsilon, classes=classes)


@question
def weight_of_a_rare_class(rng):
    """m / (C m_c)."""
    import numpy as np

    from wengu.practice import balanced_class_weights

    rare, others, classes = rng.choice([20, 40, 50]), rng.choice([300, 400, 450]), rng.choice([3, 4, 5])
    y = np.repeat(np.arange(classes), [rare] + [others] * (classes - 1))
    m = len(y)
    return Number(float(balanced_class_weights(y, classes)[0]),
                  traps={"no_classes": m / rare, "of_others": others / rare}, rare=rare, others=others,
                  more=classes - 1, m=m, classes=classes)


@question
def signs(rng):
    """What a change may not touch is what tells the classes apart."""
    return Options("flip", of=("flip", "crop", "colour", "shift"))


@question
def cost_is_linear(rng):
    """ℒ(ŷ, λ y_i + (1-λ) y_j) = λ ℒ(ŷ, y_i) + (1-λ) ℒ(ŷ, y_j)."""
    import torch

    from wengu.functions import cross_entropy

    generator = torch.Generator().manual_seed(rng.randint(0, 10_000))
    z, lam = torch.randn(1, 5, generator=generator, dtype=torch.float64), rng.random()
    y = torch.eye(5, dtype=torch.float64)[rng.sample(range(5), 2)]
    whole = cross_entropy(z, lam * y[:1] + (1 - lam) * y[1:]).item()
    parts: list[Any] = [cross_entropy(z, one[None]).item() for one in y]
    return Derived(same=(lam * parts[0] + (1 - lam) * parts[1], whole))
