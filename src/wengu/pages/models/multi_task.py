"""Multi-task learning: which gradient the shared layers get from each task, and whether a task gains beside others.

multi_task.json is what studies/multitask.json sums up, so that an installed page has it.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from wengu.core.i18n import say
from wengu.pages.figure import (
    Axis,
    Fig,
    Mark,
    Panel,
    Tone,
    band,
    bars,
    choice,
    dots,
    figure,
    line,
    rule,
    slider,
)
from wengu.pages.question import Number, Options, question

HIDDEN = 4
TONES: list[Tone] = ["1", "2", "3"]
WAYS: dict[str, Tone] = {"apart": "1", "beside": "2", "together": "3"}
STEPS, SEEDS = 300, 3  # of the study
STUDY = Path(__file__).with_suffix(".json")


@figure(shows=["wengu.functions:multi_task_cross_entropy", "wengu.regression:SharedLayers"])
def gradient(
    y1=choice("1", "0", "missing", label="y₁", labels=("1", "0", "missing")),
    y2=choice("missing", "1", "0", label="y₂", labels=("missing", "1", "0")),
    y3=choice("0", "1", "missing", label="y₃", labels=("0", "1", "missing")),
    x=slider(-3.0, 3.0, 1.5, label="x"),
) -> Fig:
    """What each unit gets of one example, ∂ℒ/∂z, and what each task sends on to the shared units."""
    import torch

    from wengu.functions import multi_task_cross_entropy
    from wengu.regression import SharedLayers

    net = SharedLayers(1, 3, hidden=(HIDDEN,), generator=torch.Generator().manual_seed(3)).double()
    y = torch.tensor([[float("nan") if label == "missing" else float(label) for label in (y1, y2, y3)]])
    at = torch.tensor([[x]], dtype=torch.float64)

    def flows(targets: Any) -> tuple[Any, Any]:
        a = net.shared(at)
        z = net.heads(a)
        dz, da = torch.autograd.grad(multi_task_cross_entropy(z, targets), (z, a))
        return dz[0], da[0]

    alone = [torch.where(torch.arange(3) == j, y, float("nan")) for j in range(3)]
    dz, da = flows(y)
    sent = [flows(targets)[1] for targets in alone]
    most = net.heads.weight.abs().max().item()  # no bar is longer, as |ŷ - y| < 1
    y_hat = net(at)[0].detach().sigmoid()
    known = int((~y.isnan()).sum())
    return Fig(
        Panel(bars(["1", "2", "3"], dz.tolist(), tone=TONES), rule(y=0, dash=False),
              x=say("task j"), y=Axis(label="∂ℒ/∂z", domain=(-1, 1))),
        Panel(*(bars([f"a{'₁₂₃₄'[k]}" for k in range(HIDDEN)], da_j.tolist(), label=say("task {j}", j=j + 1), tone=tone)
                for j, (da_j, tone) in enumerate(zip(sent, TONES, strict=True))),
              rule(y=0, dash=False), x=say("shared unit"), y=Axis(label="∂ℒ/∂a", domain=(-most, most))),
        say=say("{known} of 3 labels {known:is|are} there, and ∂ℒ/∂z is ({d1:.2f}, {d2:.2f}, {d3:.2f}). The shared "
                "units "
                "get the sum of what the tasks send, {length:.2f} long.", known=known, length=da.norm().item(),
                d1=dz[0].item(), d2=dz[1].item(), d3=dz[2].item()),
        head=(say("task"), "y", "ŷ", "∂ℒ/∂z"),
        rows=[[str(j + 1), say("missing") if label == "missing" else label, f"{y_hat[j]:.3f}", f"{dz[j]:.3f}"]
              for j, label in enumerate((y1, y2, y3))],
    )


@figure(shows=["wengu.regression:SharedLayers"])
def few(
    labels=choice("fewest", "few", "more", "all", label="labels of 'long sleeves'"),
) -> Fig:
    """The test error of 'long sleeves' by how many labels it has, apart and beside the other two questions."""
    found = json.loads(STUDY.read_text(encoding="utf-8"))["long sleeves"]
    counts = [int(n) for n in found]
    at = counts[["fewest", "few", "more", "all"].index(labels)]
    names = {"apart": say("apart"), "beside": say("beside as many others"), "together": say("beside all others")}
    marks = [mark for way, tone in WAYS.items() for mark in _curve(found, way, names[way], tone)]
    told = say(", ").join(f"{names[way]} {_error(row)}\u00a0%" for way, row in found[str(at)].items())
    return Fig(
        Panel(*marks, rule(x=at), x=Axis(label=say("labels of 'long sleeves'"), log=True),
              y=Axis(label=say("test error in %"))),
        say=say("With {n} {n:label|labels}: {told}. Each is the mean ± standard deviation of three seeds.", n=f"{at:,}",
                told=told),
        values={"n": at, "steps": STEPS, "seeds": SEEDS,
                **{way: 100 * row["mean"] for way, row in found[str(at)].items()}},
        head=(say("labels of 'long sleeves'"), *names.values()),
        rows=[[f"{n:,}", *(_error(found[str(n)][way]) if way in found[str(n)] else "–" for way in WAYS)]
              for n in counts],
    )


def _curve(found: Any, way: str, name: str, tone: Tone) -> list[Mark]:
    """Mean and spread over the numbers of labels, in %."""
    points = [(int(n), 100 * row[way]["mean"], 100 * row[way]["sd"]) for n, row in found.items() if way in row]
    x, mean, sd = (list(column) for column in zip(*points, strict=True))
    low, high = ([m + sign * s for m, s in zip(mean, sd, strict=True)] for sign in (-1, 1))
    return [band(x, low, high, tone=tone), line(x, mean, label=name, tone=tone, wide=True), dots(x, mean, tone=tone)]


def _error(row: Any) -> str:
    return f"{100 * row['mean']:.1f} ± {100 * row['sd']:.1f}"


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=gradient)
def label_goes_missing(rng):
    """A missing label gives its unit no gradient; the others send theirs."""
    (first, *rest), _ = _costs([0.5, 1.0, -1.0], [None, 1, 0])
    return Options("rest" if first == 0 and all(rest) else "no", of=("no", "nothing", "rest"), then={"y1": "missing"})


@question
def cost_of_one(rng):
    """The sum over the labels that are there."""
    y_hat = rng.sample([0.9, 0.8, 0.7, 0.6, 0.2, 0.1, 0.3], 3)
    labels = rng.choice([[1, None, 0], [None, 1, 1], [0, 1, None], [1, 0, None]])
    z = [math.log(p / (1 - p)) for p in y_hat]
    _, cost = _costs(z, labels)
    _, as_no = _costs(z, [one or 0 for one in labels])
    return Number(cost, traps={"as_no": as_no, "mean": cost / 2, "third": cost / 3}, y_hat=y_hat,
                  **{f"y{k}": "?" if one is None else one for k, one in enumerate(labels, 1)})


@question
def what_shared_units_get(rng):
    """Σ (ŷ_j - y_j) w_j over the labels that are there."""
    w, y_hat = rng.sample([1.0, 2.0, -1.0, 4.0, -2.0], 3), rng.sample([0.9, 0.8, 0.75, 0.5, 0.25, 0.1], 3)
    labels = rng.choice([[1, None, 0], [None, 1, 0], [0, 1, None]])
    back, _ = _costs([math.log(p / (1 - p)) for p in y_hat], labels)
    sent = sum(one * weight for one, weight in zip(back, w, strict=True))
    all_sent = sum((p - (one or 0)) * weight for p, one, weight in zip(y_hat, labels, w, strict=True))
    return Number(sent, traps={"as_no": all_sent, "without_w": sum(back), "sign": -sent}, w=w, y_hat=y_hat,
                  **{f"y{k}": "?" if one is None else one for k, one in enumerate(labels, 1)})


@question
def one_softmax_for_all(rng):
    """A class for every combination."""
    tasks = rng.choice([3, 4, 5, 6, 8, 10])
    return Number(2**tasks, traps={"tasks": tasks, "twice": 2 * tasks, "squared": tasks**2}, tasks=tasks)


@question
def one_in_a_hundred(rng):
    """A question that has few labels beside others that have many."""
    return Options("apart", of=("apart", "fill", "softmax", "drop"))


def _costs(z: list[float], labels: list[int | None]) -> tuple[list[float], float]:
    """The gradient by each score, and the cost."""
    import torch

    from wengu.functions import multi_task_cross_entropy

    scores = torch.tensor([z], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([[math.nan if one is None else float(one) for one in labels]], dtype=torch.float64)
    cost = multi_task_cross_entropy(scores, y)
    (back,) = torch.autograd.grad(cost, scores)
    return back[0].tolist(), cost.item()
