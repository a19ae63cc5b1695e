"""Two sets that may be unlike: what a classifier tells them by, and the weights that make one count as the other."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, band, dots, figure, histogram, line, link, numbers, rule, slider
from wengu.pages.question import Number, Options, question

if TYPE_CHECKING:
    import numpy as np

    from wengu.practice import TwoSamples


@figure(shows=["wengu.practice:distinguish"])
def alike(
    shift=slider(-2.0, 2.0, 0.6, step=0.1, label="how far dev is from train, in deviations"),
    spread=slider(0.5, 3.0, 1.0, step=0.1, label="how far dev spreads, against train"),
    train=slider(20, 4000, 600, step=1, log=True, label="examples of train"),
    dev=slider(20, 2000, 200, step=1, log=True, label="examples of dev"),
) -> Fig:
    """One feature of both sets, and the AUC of a classifier that tries to tell them apart, by the size of dev."""
    return _compared((0.0, 1.0, train), (shift, spread, dev))


@figure(shows=["wengu.practice:distinguish"])
def calculator(
    train=numbers(-1e9, 1e9, names=("mean", "deviation", "examples"), value=[0.39, 0.12, 600],
                  label="a feature in train"),
    dev=numbers(-1e9, 1e9, names=("mean", "deviation", "examples"), value=[0.46, 0.12, 200],
                label="the same in dev"),
) -> Fig:
    """The same for the reader's own numbers, as of brightness: whether so many examples would show the difference."""
    of_train, of_dev = (_sound(given, default) for given, default in ((train, (0.0, 1.0, 600)), (dev, (0.0, 1.0, 200))))
    return _compared(of_train, of_dev)


def _sound(given: list[float | None], default: tuple[float, float, int]) -> tuple[float, float, int]:
    """Mean, deviation and count: what is left out as by default, and what cannot be as near as can."""
    mean, deviation, n = (one if one is not None else other for one, other in zip(given, default, strict=True))
    return float(mean), max(abs(float(deviation)), 1e-9), min(max(round(n), 20), 4000)


def _compared(train: tuple[float, float, int], dev: tuple[float, float, int]) -> Fig:
    """Two sets of one normal feature each, (mean, deviation, examples)."""
    import numpy as np

    many = sorted({20, 40, 80, 160, 320, 640, 1280, dev[2]})
    found = {n: _told_apart(train, (*dev[:2], n)) for n in many}
    a, b = _drawn(train, dev)
    low, high = train[0] - 6 * train[1], train[0] + 6 * train[1]
    edges = np.linspace(low, high, 49)
    share = [100 * np.histogram(np.clip(part, low, high), edges)[0] / len(part) for part in (a, b)]
    here = found[dev[2]]
    verdicts = {"distinguishable": say("dev is unlike train"), "alike": say("dev is like train"),
                "cannot tell": say("it cannot be told yet"), "too few": say("there are too few")}
    return Fig(
        Panel(histogram(edges, share[0], label=say("train"), tone="1"),
              line((edges[1:] + edges[:-1]) / 2, share[1], label=say("dev"), tone="2", wide=True),
              x=Axis(label=say("the feature")), y=Axis(label=say("% of the set"))),
        Panel(band(many, [found[n].low for n in many], [found[n].high for n in many], label=say("95 % interval"),
                   tone="2"),
              line(many, [found[n].auc for n in many], label="AUC", tone="2"),
              dots([dev[2]], [here.auc], tone="2", size=6),
              rule(y=0.5, label=say("alike")), rule(y=0.6, label=say("it matters")),
              x=Axis(label=say("examples of the dev set"), log=True), y=Axis(label="AUC", domain=(0.3, 1.0))),
        say=say("AUC is {auc:.2f}, its interval {low:.2f} to {high:.2f}: {verdict}.", auc=here.auc, low=here.low,
                high=here.high, verdict=verdicts[here.verdict]),
    )


def _drawn(train: tuple[float, float, int], dev: tuple[float, float, int]) -> tuple[np.ndarray, np.ndarray]:
    """The features, m × 1 each."""
    import numpy as np

    g = np.random.default_rng(0)
    (a, da, m), (b, db, n) = train, dev
    return a + da * g.normal(size=(m, 1)), b + db * g.normal(size=(n, 1))


@lru_cache(maxsize=1024)  # another size of dev changes one of eight
def _told_apart(train: tuple[float, float, int], dev: tuple[float, float, int]) -> TwoSamples:
    from wengu.practice import distinguish

    return distinguish(*_drawn(train, dev))


@figure(shows=["wengu.practice:importance_weights", "wengu.practice:effective_size"],
        links=[link("w", "importance_weights", "2")])
def weights(
    shift=slider(0.0, 3.0, 1.0, step=0.1, label="how far dev is from train, in deviations"),
    train=slider(50, 4000, 1000, step=1, log=True, label="examples of train"),
) -> Fig:
    """The weight of every training example, beside the ratio of the two densities that it should be."""
    import numpy as np

    from wengu.practice import effective_size, importance_weights

    g = np.random.default_rng(0)
    x, dev = g.normal(size=(train, 1)), shift + g.normal(size=(500, 1))
    w = importance_weights(x, dev)
    order = np.argsort(x[:, 0])[:: max(1, train // 400)]
    at = np.linspace(-3, 3, 61)
    true = np.exp(shift * at - shift**2 / 2)
    mean, left = float(np.average(x[:, 0], weights=w)), effective_size(w)
    return Fig(
        Panel(dots(x[order, 0], w[order], label=say("by the classifier"), tone="2", size=3),
              line(at, np.where(true < 25, true, np.nan), label=say("true ratio"), tone="1", dash=True),
              x=Axis(label=say("the feature")), y=Axis(label=say("weight"), domain=(0, 22))),
        say=say("Weighed, the mean of train is {mean:.2f}, and that of dev {of_dev:.2f}. {n} {n:example|examples} "
                "weighed so are as sure as {left:.0f} of equal weight.", mean=mean, of_dev=float(dev.mean()),
                n=train, left=left),
        values={"mean": mean, "of_dev": float(dev.mean()), "n": train, "left": left},
    )


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=alike)
def same_mean_wider(rng):
    """A difference of spread is a difference."""
    import numpy as np

    from wengu.practice import distinguish

    g = np.random.default_rng(0)
    found = distinguish(g.normal(size=(600, 1)), 2 * g.normal(size=(200, 1)))
    return Options("yes" if found.verdict == "distinguishable" else "no", of=("no", "yes", "cannot"),
                   then={"shift": 0.0, "spread": 2.0}, auc=found.auc)


@question
def likelier_in_dev(rng):
    """p/(1-p) · m/n."""
    p, m, n = rng.choice([0.2, 0.5, 0.75, 0.8, 0.9]), rng.choice([600, 1000, 2000]), rng.choice([100, 200, 250])
    share = m / (m + n)  # of train, by which Bayes' rule weighs
    return Number(p / (1 - p) * share / (1 - share),
                  traps={"odds": p / (1 - p), "turned": p / (1 - p) * n / m, "p": p * m / n}, p=p, m=m, n=n)


@question
def as_sure_as(rng):
    """(Σw)²/Σw²."""
    import numpy as np

    from wengu.practice import effective_size

    w = rng.choice([[4.0, 1.0, 1.0, 0.0, 0.0], [3.0, 1.0, 1.0, 1.0], [6.0, 2.0, 1.0, 1.0], [2.0, 2.0, 1.0, 1.0]])
    rng.shuffle(w)
    return Number(effective_size(np.array(w)), traps={"all": len(w), "sum": sum(w), "largest": sum(w) / max(w)},
                  within=0.005, w=w)


@question
def one_hour_of_noise(rng):
    """Noise that repeats is memorised."""
    return Options("more_noise", of=("more_noise", "more_speech", "louder", "dev_too"))


@question
def alike_and_yet_worse(rng):
    """The inputs are alike, and dev is worse: look at the labels."""
    from wengu.practice import ledger

    cause = ledger(train=0.02, train_dev=0.025, dev=0.09).cause
    return Options("labels" if cause == "mismatch" else "variance", of=("labels", "variance", "weights", "inputs"))
