"""Splits: how many examples each set gets, how sure a dev set of that size makes, and what stratifying keeps."""

from __future__ import annotations

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, Tone, band, bars, dots, figure, line, link, quoted, slider, toggle
from wengu.pages.question import Number, Options, question


@figure(shows=["wengu.practice:split_sizes"],
        links=[link("m", "m", "4", "m")])
def sizes(
    m=slider(20, 10_000_000, 6_000, step=1, log=True, label="examples m"),
    given=toggle(False, label="a test set is given already"),
    error=slider(0.5, 50.0, 10.0, step=0.5, label="error in %"),
) -> Fig:
    """The shares of the sets, and the 95 % interval of an error measured on dev sets of every size."""
    from wengu.practice import split_sizes
    from wengu.practice.estimate import estimate_rate

    made = split_sizes(m, test=not given)
    names, counts = [say("train"), say("dev")] + ([] if given else [say("test")]), made[: 2 if given else 3]

    colours: list[Tone] = ["1", "2", "3"]

    def interval(n: int) -> tuple[float, float]:
        low, high = estimate_rate(error / 100, n).interval() or (0.0, 1.0)
        return 100 * low, 100 * high

    many = sorted({round(10 ** (0.25 * k)) for k in range(2, 17)})  # 3 .. 10,000, as dev sets go
    ends = [interval(n) for n in many]
    wrong = round(error / 100 * made.dev)  # what can be counted
    measured = 100 * wrong / made.dev
    low, high = (100 * end for end in estimate_rate(wrong / made.dev, made.dev).interval() or (0.0, 1.0))
    shares = {"m": f"{m:,}", "train": f"{made.train:,}", "dev": f"{made.dev:,}", "test": f"{made.test:,}"}
    return Fig(
        Panel(bars([f"{name} {count:,}" for name, count in zip(names, counts, strict=True)],
                   [100 * count / m for count in counts], tone=colours[: len(counts)]),
              y=Axis(label=say("% of the examples"), domain=(0, 100))),
        Panel(band(many, [end[0] for end in ends], [end[1] for end in ends], label=say("95 % interval"), tone="2"),
              line([made.dev, made.dev], [low, high], tone="2", wide=True),
              dots([made.dev], [measured], tone="2", size=6),
              x=Axis(label=say("examples of the dev set"), log=True), y=Axis(label=say("error in %"))),
        say=(say("Of {m} {m:example|examples} {train} are for train and {dev} for dev; the test set is given apart.",
                 **shares) if given else
             say("Of {m} {m:example|examples} {train} are for train, {dev} for dev and {test} for test.", **shares))
        + say(" ") + say("With {wrong} of that dev set wrong the error is {error:.1f} %, and its interval {low:.1f} to "
                         "{high:.1f} %.", wrong=f"{wrong:,}", error=measured, low=low, high=high),
        values={"train_share": made.train / m},
    )


@figure(shows=["wengu.practice:split"])
def strata(
    rare=slider(3, 50, 10, label="rare examples of 200"),
    seed=slider(0, 30, 6, label="seed"),
) -> Fig:
    """The share of a rare class in each set, cut with and without regard to the classes."""
    import numpy as np

    from wengu.practice import split

    y = np.arange(200) < rare
    names = {"train": say("train"), "dev": say("dev"), "test": say("test")}
    kept, drawn = ([100 * float(y[places].mean()) for places in made.values()] for made in (
        split(np.where(y, "rare", "common"), stratify=stratify, seed=seed) for stratify in (True, False)))
    return Fig(
        Panel(
            bars(names.values(), kept, label=say("stratified"), tone="1"),
            bars(names.values(), drawn, label=say("by chance alone"), tone="2"),
            y=Axis(label=say("% of the rare class")),
        ),
        say=say("Stratified, {kept:.1f} % of dev is of the rare class; drawn by chance alone, {drawn:.1f} %; in all "
                "data, {all:.1f} %.", kept=kept[1], drawn=drawn[1], all=rare / 2),
        values={"drawn": drawn[1], "all": rare / 2},
    )


@figure(shows=["wengu.practice:train_dev_size"])
def sources(
    own=slider(100, 1_000_000, 10_000, step=1, log=True, label="your own examples"),
    other=slider(100, 10_000_000, 200_000, step=1, log=True, label="examples from elsewhere"),
) -> Fig:
    """What each set is made of where there are two sources."""
    from wengu.practice import split_sizes, train_dev_size

    mine = split_sizes(own)
    held = train_dev_size(mine.train + other, mine.dev)
    of_own = held * mine.train // (mine.train + other)
    names = [say("train"), say("train-dev"), say("dev"), say("test")]
    ours = [mine.train - of_own, of_own, mine.dev, mine.test]
    theirs = [other - (held - of_own), held - of_own, 0, 0]
    sizes = [a + b for a, b in zip(ours, theirs, strict=True)]
    labels = [f"{name} {size:,}" for name, size in zip(names, sizes, strict=True)]
    return Fig(
        Panel(
            bars(labels, [100 * a / m for a, m in zip(ours, sizes, strict=True)], label=say("your own"), tone="1"),
            bars(labels, [100 * b / m for b, m in zip(theirs, sizes, strict=True)], label=say("from elsewhere"),
                 tone="2"),
            y=Axis(label=say("% of the set"), domain=(0, 100)),
        ),
        say=say("Train has {train} ({own} of them your own), train-dev {held}, dev {dev} and test {test}, and these "
                "two are your own alone.", train=f"{sizes[0]:,}", own=f"{ours[0]:,}",
                held=f"{held:,}", dev=f"{mine.dev:,}", test=f"{mine.test:,}"),
    )


@quoted
def folds() -> dict[str, float]:
    """An error of 10 %: on a fifth of few examples, on all of them by folds, and on a dev set of many."""
    from wengu.practice import split_sizes
    from wengu.practice.estimate import estimate_rate

    few, k = 200, 5
    told: dict[str, float] = {"few": few, "k": k, "dev": few // k, "error": 0.1}
    for name, n in (("one", few // k), ("all", few), ("many", split_sizes(1_000_000).dev)):
        low, high = estimate_rate(0.1, n).interval() or (0.0, 1.0)
        told |= {f"{name}_low": low, f"{name}_high": high}
    return told


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=sizes)
def with_a_million(rng):
    """Dev and test need only be large enough to measure with."""
    from wengu.practice import split_sizes

    share = split_sizes(1_000_000).train / 1e6
    return Options("most" if share > 0.95 else "sixty", of=("sixty", "eighty", "most"), then={"m": 1_000_000},
                   share=share)


@question
def size_of_dev(rng):
    """min(m/5, 10,000)."""
    from wengu.practice import split_sizes

    m = rng.choice([1000, 4000, 30_000, 80_000, 200_000, 2_000_000])
    return Number(split_sizes(m).dev, traps={"third": 3 * m // 10, "tenth": m // 10,
                                             "other": m // 5 if m > 50_000 else 10_000}, m=m)


@question
def half_of_the_interval(rng):
    """1.96 √(p(1-p)/n)."""
    import numpy as np

    n, percent = rng.choice([100, 400, 900, 2500, 10_000]), rng.choice([10, 20, 50])
    wrong = np.arange(n) < percent * n / 100
    se = 100 * wrong.std() / n**0.5
    return Number(1.96 * se, traps={"standard_error": se, "no_root": 196 * wrong.var() / n, "both_sides": 3.92 * se},
                  within=0.03, n=n, percent=percent)


@question
def for_half_of_it(rng):
    """Four times the examples, half the interval."""
    n, times = rng.choice([500, 1000, 2000]), rng.choice([2, 3, 4])
    return Number(n * times**2, traps={"times": n * times, "same": n}, n=n, times=times)


@question
def trainings_of_folds(rng):
    """k for each value, and once more on all."""
    from sklearn.model_selection import KFold

    k, values = rng.choice([5, 10]), rng.choice([3, 4, 6, 8])
    trainings = [fold for _ in range(values) for fold in KFold(k).split(range(100))]
    return Number(len(trainings) + 1, traps={"no_last": k * values, "once": values + 1, "folds": k + values},
                  k=k, values=values)


@question
def by_pairs(rng):
    """(b-c)²/(b+c): what both get right or wrong cancels."""
    import numpy as np

    b, c = rng.choice([(30, 14), (40, 20), (25, 10), (18, 12), (60, 45), (33, 15)])
    change = np.array([1] * b + [-1] * c)
    return Number(change.sum() ** 2 / (change**2).sum(),
                  traps={"no_square": (b - c) / (b + c), "root": (b - c) / (b + c) ** 0.5,
                         "sum": (b + c) ** 2 / (b - c)}, b=b, c=c)


@question
def one_patient_twice(rng):
    """Examples that belong together."""
    return Options("group", of=("group", "stratify", "larger", "shuffle"))
