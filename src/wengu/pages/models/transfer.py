"""Transfer learning: what training more or less of a network costs and gains, what stands still, and when it fits.

transfer.json is what studies/transfer.json sums up, so that an installed page has it.
"""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

from wengu.core.i18n import say
from wengu.pages.convnets.digits import trained_on
from wengu.pages.figure import (
    Axis,
    Fig,
    Panel,
    Tone,
    band,
    bars,
    boxes,
    choice,
    dots,
    field_of,
    figure,
    line,
    quoted,
    rule,
    slider,
)
from wengu.pages.models.blocks import CLASSES, SIDE, blocks_of_mobilenet, chain, costs
from wengu.pages.models.clothes import LOOKED_AT, PAIRS, SHOWN, features, mosaic, side_of
from wengu.pages.question import Number, Options, question

WAYS: dict[str, Tone] = {"last": "1", "blocks": "2", "gradual": "5", "all": "3", "scratch": "4"}
PHOTOS = ("2", "5", "10", "20")  # a class, of the study
ASKED = ("last", "blocks", "gradual", "all")
OF_ALL, TESTED, EPOCHS = 147, 37, 40
STUDY = Path(__file__).with_suffix(".json")
BLOCKS, COLUMNS = 20, 4  # of MobileNetV2; of the diagram


@figure(shows=["wengu.training:transfer"])
def measured(
    photos=choice(*PHOTOS, label="photographs a class", value="5"),
    way=choice(*WAYS, label="what trains",
               labels=("last layer", "last blocks", "gradual", "all layers", "scratch")),
) -> Fig:
    """The repository's study: the test error by how many photographs there are and how much of the network trains."""
    names = _ways()
    at, rows = [int(n) for n in PHOTOS], _study()[photos]
    mean = {name: [100 * _study()[n][name]["mean"] for n in PHOTOS] for name in WAYS}
    errors = {name: [100 * error for error in row["errors"]] for name, row in rows.items()}
    low, high = ([100 * (_study()[n][way]["mean"] + sign * _study()[n][way]["sd"]) for n in PHOTOS] for sign in (-1, 1))
    seeds = len(errors[way])
    return Fig(
        Panel(
            band(at, low, high, tone=WAYS[way]),
            *(line(at, mean[name], label=names[name], tone=tone, wide=name == way) for name, tone in WAYS.items()),
            *(dots(at, mean[name], tone=tone) for name, tone in WAYS.items()),
            rule(x=int(photos)),
            x=Axis(label=say("photographs a class"), domain=(1, 22), whole=True),
            y=Axis(label=say("test error in %"), domain=(5, 100), log=True),
        ),
        Panel(
            *(dots([k + 0.13 * (j - 2) for k in range(1, seeds + 1)], errors[name], label=names[name], tone=tone,
                   size=7 if name == way else 4) for j, (name, tone) in enumerate(WAYS.items())),
            x=Axis(label=say("draw of photographs"), domain=(0.5, seeds + 0.5), whole=True),
            y=Axis(label=say("test error in %"), domain=(5, 100), log=True),
        ),
        say=say("{n} {n:photograph|photographs} a class, {way}: {error} % of the test photographs are wrong, from "
                "{low:.1f} to {high:.1f} % by draw. {best}", n=photos, way=names[way], error=_error(rows[way]),
                low=min(errors[way]), high=max(errors[way]), best=_best(rows)),
        values={"error": 100 * rows[way]["mean"],
                "ended": sum(epoch == EPOCHS for epoch in rows[way]["best_epoch"]), "draws": seeds,
                "last": _worse(rows, "last", "gradual"), "all": _worse(rows, "all", "last"),
                "seconds": rows[way]["seconds"]},
        head=(say("photographs a class"), *names.values()),
        rows=[[n, *(_error(_study()[n][name]) for name in WAYS)] for n in PHOTOS],
    )


def _best(rows: Any) -> str:
    """Which mean is lowest, and in how many draws the next one is above it."""
    names = _ways()
    first, second, *_ = sorted(WAYS, key=lambda name: rows[name]["mean"])
    if math.isclose(rows[first]["mean"], rows[second]["mean"]):
        return say("The lowest mean is shared, {error:.1f} %: {first} and {second}.", error=100 * rows[first]["mean"],
                   first=names[first], second=names[second])
    return say("The lowest mean is {error:.1f} %, {first}; the next, {second}, is above it in {k} of {n} "
               "{n:draw|draws}.",
               error=100 * rows[first]["mean"], first=names[first], second=names[second],
               k=_worse(rows, second, first), n=len(rows[first]["errors"]))


def _worse(rows: Any, one: str, other: str) -> int:
    """In how many draws one way errs more than the other."""
    return sum(a > b for a, b in zip(rows[one]["errors"], rows[other]["errors"], strict=True))


def _error(row: Any) -> str:
    return f"{100 * row['mean']:.1f} ± {100 * row['sd']:.1f}"


def _ways() -> dict[str, str]:
    return {"last": say("last layer"), "blocks": say("last blocks"), "gradual": say("gradual"),
            "all": say("all layers"), "scratch": say("scratch")}


@cache
def _study() -> dict[str, Any]:
    return json.loads(STUDY.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@figure(shows=["wengu.training:UnfreezeSchedule", "wengu.vision.convnets:MobileNetV2"])
def frozen(top=slider(1, BLOCKS, 1, label="blocks that train")) -> Fig:
    """Which blocks of MobileNetV2 train, how many parameters those are, and what a step costs."""
    blocks = blocks_of_mobilenet()
    k = BLOCKS - top
    trained, still = (sum(block.parameters for block in part) for part in (blocks[k:], blocks[:k]))
    kept, anew, all_of_it = (products / 1e6 for products in costs(blocks, k))
    items: list[dict[str, Any]] = []
    for l, block in enumerate(blocks):
        down, across = divmod(l, COLUMNS)
        across = COLUMNS - 1 - across if down % 2 else across
        items.append({"x": 4 * across, "y": 2.2 * down, "w": 3.3, "h": 1.5, "label": _named(block.name),
                      "sub": f"{block.parameters:,}", "tone": "quiet" if l < k else "1"})
    return Fig(
        Panel(boxes(items, [(l, l + 1) for l in range(BLOCKS - 1)])),
        Panel(bars([say("features kept"), say("computed anew"), say("all train")], [kept, anew, all_of_it],
                   tone=["1", "2", "3"]), y=Axis(label=say("million multiplications"))),
        say=say("{top} of {n} {n:block|blocks} {top:trains|train}: {trained} {trained:parameter|parameters}, "
                "{share:.1%} of all; {still} {still:stands|stand} still. For a photograph a step needs {kept:.3g} "
                "million multiplications where the features are kept, {anew:.3g} where they are computed anew, "
                "{all:.3g} where all train.", top=top, n=BLOCKS,
                trained=f"{trained:,}", share=trained / (trained + still), still=f"{still:,}", kept=kept, anew=anew,
                all=all_of_it),
        values={"trained": f"{trained:,}", "share": trained / (trained + still), "all": f"{trained + still:,}",
                "kept": kept * 1e6, "anew": anew},
    )


def _named(name: str) -> str:
    """A level's name as a reader has it."""
    chain, _, k = name.partition(".")
    if k:
        return say("block {k}", k=int(k) + 1)
    return {"stem": "3 × 3", "last": "1 × 1"}.get(chain, say("output"))


@figure(shows=["wengu.training:fits", "wengu.training:features_of"])
def conditions(
    task=choice(*PAIRS, label="task B", labels=("shoes", "shirts", "shirts, shuffled", "shoes, 14 × 14")),
    m=slider(50, 60_000, 200, log=True, label="pictures of B"),
) -> Fig:
    """A network that reads digits is to help with clothes: which of the three conditions hold."""
    from wengu.training import fits

    learned, side, seen = trained_on()["trained"], side_of(task), features(task, min(m, LOOKED_AT))
    found, notes = fits({"examples": {"train": learned}, "spec": {"channels": 1, "size": [28, 28]}},
                        {"channels": 1, "size": [side, side]}, m, seen)
    told: list[tuple[str, str, bool | None]] = [
        (say("the same input format"), say("A {a}, B {b}", a="28 × 28", b=f"{side} × {side}"), found.input_format),
        (say("far more data in A"), say("A {a}, B {b}", a=f"{learned:,}", b=f"{m:,}"), found.far_more_data),
        (say("A's features help"), say("not looked at") if seen is None else
         say("of {n} wrong on features: {a}, on pixels: {b}", a=seen.wrong, b=seen.of_inputs, n=seen.examples),
         None if seen is None else seen.help),
    ]
    looks: dict[bool | None, tuple[str, Tone]] = {True: (say("yes"), "good"), False: (say("no"), "bad"),
                                                  None: (say("unknown"), "quiet")}
    width, height = SHOWN * side, 2 * side
    return Fig(
        Panel(boxes({"x": 0, "y": 2.3 * k, "w": 14, "h": 1.8, "sub": sub, "tone": looks[holds][1],
                     "label": say("{condition}: {answer}", condition=label, answer=looks[holds][0])}
                    for k, (label, sub, holds) in enumerate(told))),
        Panel(field_of(mosaic(task), x=(0, width), y=(0, height), kind="picture"), x=Axis(domain=(0, width)),
              y=Axis(domain=(0, height)), equal=True,
              title=say("sneakers and boots") if task in ("boots", "small") else say("T-shirts and pullovers")),
        say=say(" ").join(say("The library warns: {note}.", note=note) for note in notes) or
        say("All three conditions hold: the library has nothing to warn of."),
        values={"wrong": seen.wrong if seen else 0, "of_inputs": seen.of_inputs if seen else 0,
                "learned": f"{learned:,}", "looked": LOOKED_AT},
    )


@quoted
def study() -> dict[str, float | int | str]:
    """What the study was made on."""
    return {"photos": OF_ALL, "classes": CLASSES, "tested": TESTED, "side": SIDE, "epochs": EPOCHS,
            "one": 100 / TESTED, "blocks": 4}


@quoted
def auto() -> dict[str, float | int | str]:
    """The library's rule."""
    from wengu.training.transfer_fits import FAR_MORE
    from wengu.training.unfreezing import LITTLE, MUCH, RATIO

    return {"little": LITTLE, "much": MUCH, "ratio": RATIO, "far_more": FAR_MORE}


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=measured)
def twenty_a_class(rng):
    """By the study."""
    right = max(ASKED, key=lambda name: _study()["20"][name]["mean"])
    return Options(right, of=ASKED, then={"photos": "20", "way": right})


@question
def size_of_the_head(rng):
    """A weight for each feature and class, and a bias for each class."""
    features, classes = rng.choice([512, 768, 1280, 2048]), rng.randint(3, 9)
    answer = sum(w.numel() for w in chain(features, classes).parameters())
    return Number(answer, traps={"no_b": features * classes, "b_a_feature": features * (classes + 1)},
                  features=features, classes=classes)


@question
def what_auto_trains(rng):
    """By the library's own rule."""
    from wengu.training.unfreezing import LITTLE, MUCH, planned

    each, classes = rng.choice([1, 1, 4, 15, 40, 300, 1500, 4000]), rng.choice([2, 5, 12])
    plan, _ = planned(chain(4, 4, 2), "auto", examples=each * classes, classes=classes)
    right = "gradual" if plan.gradual else "last" if plan.frozen else "all"
    return Options(right, of=("last", "gradual", "all"), examples=each * classes, classes=classes, each=each,
                   little=LITTLE, much=MUCH)


@question
def rate_below(rng):
    """As the plan gives them."""
    from wengu.training import UnfreezeSchedule
    from wengu.training.unfreezing import RATIO

    lr, down = rng.choice([0.01, 0.02, 0.1]), rng.choice([2, 3])
    plan = UnfreezeSchedule(chain(*[4] * 7), ratio=RATIO)
    traps = {"same": lr, "times": lr / (RATIO * down), "larger": lr * RATIO**down}
    return Number(plan.rates(lr)[-1 - down], traps=traps, lr=lr, down=down, ratio=RATIO)


@question
def which_fails(rng):
    """By the library's own check."""
    from wengu.training import Features, fits

    fails = rng.choice(["format", "amount", "features", "none"])
    b = rng.choice([60, 200, 800])
    a = b * (rng.choice([2, 4]) if fails == "amount" else rng.choice([50, 200]))
    channels = 1 if fails == "format" else 3
    wrong, pixels = (22, 14) if fails == "features" else (8, 21)
    found, _ = fits({"examples": {"train": a}, "spec": {"channels": 3}}, {"channels": channels}, b,
                    Features(wrong, pixels, 60))
    held = {"format": found.input_format, "amount": found.far_more_data,
            "features": found.features and found.features.help}
    (right,) = [name for name, holds in held.items() if not holds] or ["none"]
    return Options(right, of=("format", "amount", "features", "none"), a=a, b=b, channels=channels, wrong=wrong,
                   pixels=pixels)
