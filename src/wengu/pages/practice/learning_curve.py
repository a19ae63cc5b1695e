"""The learning curve: how much of a planted one a few measurements tell, and a calculator for the reader's own."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, band, dots, figure, line, numbers, rule, slider
from wengu.pages.question import Derived, Number, Options, question

if TYPE_CHECKING:
    import numpy as np

    from wengu.practice import LearningCurve
    from wengu.practice.learning_curve import Forecast

SIZES = (225, 450, 900, 1800, 3600)
FIELDS = ("1", "2", "3", "4", "5", "6")
TIMES = 10  # as far as the curve is drawn


@figure(shows=["wengu.practice:learning_curve"])
def planted(
    rest=slider(0.0, 15.0, 4.0, step=0.5, label="error that data does not take away, in %"),
    power=slider(0.1, 1.0, 0.4, step=0.05, label="exponent c"),
    dev=slider(100, 20_000, 1_200, log=True, label="examples of the dev set"),
    seed=slider(0, 30, 3, label="seed"),
) -> Fig:
    """Errors measured on a dev set by chance, and the forecast beside the truth."""
    import numpy as np

    x = np.array(SIZES) / SIZES[-1]
    curve, errors = _measured(rest, power, dev, seed)
    twice, real = curve.at(2 * SIZES[-1]), rest / 100 + 0.1 * 2**-power
    more = np.geomspace(x[0], TIMES, 40)
    return Fig(
        _panel(curve, SIZES, (100 * errors).tolist(),
               line(more * SIZES[-1], 100 * (rest / 100 + 0.1 * more**-power), label=say("truth"), tone="good",
                    dash=True)),
        say=say("Twice the data gives {value:.1f} % [{low:.1f}, {high:.1f}] by the curve, and {truth:.1f} % in truth.",
                value=100 * twice.value, low=100 * twice.low, high=100 * twice.high, truth=100 * real),
        values={"dev": dev, "low": 100 * twice.low, "high": 100 * twice.high, "truth": 100 * real},
    )


@figure(shows=["wengu.practice:learning_curve"], ahead=41)
def calculator(
    sizes=numbers(1, 1_000_000_000, names=FIELDS, value=[*SIZES, None], label="training examples"),
    errors=numbers(0, 100, names=FIELDS, value=[24.6, 20.1, 16.9, 14.6, 12.8, None], label="your dev errors in %"),
    dev=numbers(1, 10_000_000, names=("all",), value=[1200], label="dev examples, if known"),
    target=slider(0.0, 50.0, 10.0, step=0.1, label="error that is wanted, in %"),
) -> Fig:
    """The law through the reader's own numbers, twice and ten times the data, and how much the target takes."""
    from wengu.practice import learning_curve

    known = [(n, error) for n, error in zip(sizes, errors, strict=True) if n is not None and error is not None]
    try:
        curve = learning_curve([n for n, _ in known], [error / 100 for _, error in known], dev[0])
    except InputError as error:
        return Fig(Panel(dots([n for n, _ in known], [e for _, e in known], tone="1"), y=Axis(label=say("error in %"))),
                   say=str(error))
    return Fig(
        _panel(curve, [n for n, _ in known], [error for _, error in known],
               rule(y=target, label=say("wanted"), tone="good")),
        say=say(" ").join([*curve.sentences(), curve.reaching(target / 100)]),
    )


@lru_cache(maxsize=8)
def _measured(rest: float, power: float, dev: int, seed: int) -> tuple[LearningCurve, np.ndarray]:
    """The law through errors that chance moved about the truth, and these errors."""
    import numpy as np

    from wengu.practice import learning_curve

    x = np.array(SIZES) / SIZES[-1]
    truth = rest / 100 + 0.1 * x**-power
    chance = np.random.default_rng(seed).random((len(x), dev))
    errors = (chance < np.minimum(truth, 1)[:, None]).mean(axis=1)
    return learning_curve(SIZES, errors.tolist(), dev), errors


@lru_cache(maxsize=8)
def _told(curve: LearningCurve, least: float, most: float) -> list[Forecast]:
    """The law and its band, to ten times the data."""
    import numpy as np

    return [curve.at(float(n)) for n in np.geomspace(least, TIMES * most, 40)]


def _panel(curve: LearningCurve, sizes: Any, percent: Any, beside: Any) -> Panel:
    """The points, the law to ten times the data and its band."""
    told = _told(curve, min(sizes), max(sizes))
    n = [one.n for one in told]
    return Panel(
        band(n, [100 * one.low for one in told], [100 * one.high for one in told], label=say("95 % interval"),
             tone="2"),
        line(n, [100 * one.value for one in told], label=say("law"), tone="2"),
        beside,
        rule(x=max(sizes), label=say("now")),
        dots(sizes, percent, label=say("dev"), tone="1", size=5),
        x=Axis(label=say("training examples"), log=True), y=Axis(label=say("error in %")),
    )


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=planted)
def fewer_to_measure_on(rng):
    """A quarter of the dev examples, twice the band."""
    many, few = ((found["high"] - found["low"]) for found in (planted(dev=dev).values for dev in (1200, 300)))
    return Options("wider" if few > 1.5 * many else "same", of=("same", "wider", "lower"), then={"dev": 300}, many=many,
                   few=few)


@question
def twice_the_data(rng):
    """a + b · 2^-c."""
    a, b, c = rng.choice([2.0, 4.0, 5.0]), rng.choice([8.0, 6.0, 10.0]), rng.choice([0.5, 0.4])
    err = a + b * 2**-c
    return Number(err, traps={"half": (a + b) / 2, "without_a": b * 2**-c, "gained": b - b * 2**-c}, a=a, b=b,
                  c=c, now=a + b)


@question
def how_many_more(rng):
    """N (b/(t-a))^(1/c)."""
    n, (a, b, t) = rng.choice([1000, 5000, 10_000]), rng.choice([(4.0, 8.0, 6.0), (2.0, 6.0, 4.0), (5.0, 8.0, 9.0)])
    return Number(n * (b / (t - a)) ** 2,
                  traps={"straight": n * b / (t - a), "ratio": n * (a + b) / t, "without_a": n * (b / t) ** 2},
                  n=n, a=a, b=b, t=t)


@question
def buy_more(rng):
    """More data helps against variance alone."""
    from wengu.practice import ledger, remedies

    train, dev, human = rng.choice([(1, 12, 1), (2, 11, 1), (11, 12, 2), (14, 15, 1), (9, 9, 3)])
    cause = ledger(human=human / 100, train=train / 100, dev=dev / 100).cause
    first = remedies(cause)[0].key
    return Options("data" if first == "more-data" else "bigger", of=("data", "bigger", "curve", "test"), human=human,
                   train=train, dev=dev)


@question
def each_doubling(rng):
    """What is above a shrinks by the same factor each time."""
    b, c, n = rng.uniform(0.05, 0.3), rng.choice([0.3, 0.5, 0.8]), rng.choice([1.0, 2.0, 8.0])
    return Derived(same=(2**-c, (b * (2 * n) ** -c) / (b * n**-c)))
