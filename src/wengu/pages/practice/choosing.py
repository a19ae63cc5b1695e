"""Choosing: the best of the reader's own models within a limit, or by one number of accuracy and time."""

from __future__ import annotations

from typing import Any

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, Tone, bars, dots, figure, line, note, numbers, quoted, rule, slider
from wengu.pages.question import Number, Options, question

MODELS = ("A", "B", "C", "D")
ACCURACIES, TIMES = [90.0, 92.0, 95.0, 92.5], [80.0, 95.0, 1500.0, 98.0]


@figure(shows=["wengu.practice:Limit"])
def within(
    accuracies=numbers(0, 100, names=MODELS, value=ACCURACIES, label="your accuracies in %"),
    times=numbers(0, 100_000, names=MODELS, value=TIMES, label="your times in ms"),
    limit=slider(1.0, 10_000.0, 100.0, log=True, label="limit in ms"),
    examples=slider(20, 100_000, 2_000, log=True, label="dev examples"),
) -> Fig:
    """Who wins within the limit, and whether the next one can be distinguished."""
    from wengu.practice import Limit

    known = [(name, accuracy, ms) for name, accuracy, ms in zip(MODELS, accuracies, times, strict=True)
             if accuracy is not None and ms is not None]
    if not known:
        return Fig(Panel(dots([], []), y=Axis(label=say("accuracy in %"))),
                   say=say("Give accuracy and time of at least one model."))
    kept = Limit.parse(f"ms <= {limit}")
    fitting = sorted((one for one in known if kept.holds(one[2])), key=lambda one: -one[1])
    best = fitting[:1]
    groups: list[tuple[str, Tone, list[tuple[str, float, float]]]] = [
        (say("wins"), "good", best), (say("within the limit"), "1", fitting[1:]),
        (say("too slow"), "quiet", [one for one in known if not kept.holds(one[2])])]
    steps = _best_by_limit(known)
    return Fig(
        Panel(*(dots([max(ms, 1) for *_, ms in those], [accuracy for _, accuracy, _ in those], label=label, tone=tone,
                     size=6) for label, tone, those in groups if those),
              *(note(max(ms, 1), accuracy, f" {name}") for name, accuracy, ms in known),
              rule(x=limit, label=say("limit"), tone="bad"),
              line([x for x, _ in steps], [y for _, y in steps], label=say("best within a limit"), tone="2"),
              x=Axis(label=say("time in ms"), log=True), y=Axis(label=say("accuracy in %"))),
        say=_verdict(fitting, limit, examples),
        values={("best" if key == "name" else key): value for key, value in _gap(fitting, examples).items()}
        if len(fitting) > 1 else {},
        head=(say("model"), say("accuracy in %"), "ms", say("within the limit")),
        rows=[(name, f"{accuracy:g}", f"{ms:g}", say("yes") if kept.holds(ms) else say("no"))
              for name, accuracy, ms in known],
    )


@figure(shows=["wengu.practice:Expression"])
def one_number(
    accuracies=numbers(0, 100, names=MODELS, value=ACCURACIES, label="your accuracies in %"),
    times=numbers(0, 100_000, names=MODELS, value=TIMES, label="your times in ms"),
    weight=slider(0.0, 2.0, 0.5, step=0.05, label="what a second costs, in accuracy"),
) -> Fig:
    """accuracy - weight · time, and who wins by it."""
    from wengu.practice import Expression

    score = Expression.parse(f"accuracy - {weight}*seconds")
    found = {name: score({"accuracy": accuracy / 100, "seconds": ms / 1000})
             for name, accuracy, ms in zip(MODELS, accuracies, times, strict=True)
             if accuracy is not None and ms is not None}
    panel = Panel(bars(list(found), list(found.values()), tone=["good" if one == max(found.values()) else "1"
                                                                 for one in found.values()]),
                  y=Axis(label=say("accuracy − {weight:g} · seconds", weight=weight)))
    if not found:
        return Fig(panel, say=say("Give accuracy and time of at least one model."))
    best = max(found, key=lambda name: found[name])
    return Fig(panel, say=say("{best} has the highest number, {value:.3f}: {all}.", best=best, value=found[best],
                              all=say(", ").join(f"{name} {value:.3f}" for name, value in found.items())),
               values={"best": best, "value": found[best]})


def _verdict(fitting: list[tuple[str, float, float]], limit: float, examples: int) -> str:
    """The winner, and the interval of its distance from the next one, each measured on examples of its own."""
    if not fitting:
        return say("No model keeps to {limit:.0f} ms.", limit=limit)
    if len(fitting) == 1:
        return say("{name} is the only one within {limit:.0f} ms.", name=fitting[0][0], limit=limit)
    told = {**_gap(fitting, examples), "limit": limit}
    if told["low"] > 0:
        return say("{name} is the best within {limit:.0f} ms, clearly: {points:.1f} points [{low:.1f}, {high:.1f}] "
                   "more than {other}, each on examples of its own.", **told)
    return say("{name} is the best within {limit:.0f} ms, but not clearly: {points:.1f} points [{low:.1f}, {high:.1f}] "
               "more than {other}, each on examples of its own.", **told)


def _gap(fitting: list[tuple[str, float, float]], examples: int) -> dict[str, Any]:
    """How far the best is from the next one, and the interval of that in points."""
    from wengu.practice import difference, estimate_rate

    (name, a, _), (other, b, _) = fitting[:2]
    low, high = difference(estimate_rate(a / 100, examples), estimate_rate(b / 100, examples)) or (0.0, 0.0)
    return {"name": name, "other": other, "points": a - b, "low": 100 * low, "high": 100 * high}


@quoted
def paired() -> dict[str, float]:
    """The same distance on the same examples, of which few divide the two models."""
    import numpy as np

    from wengu.practice import ErrorRate, Records, paired_difference

    m, a, b = 2000, 13, 3
    right = np.ones(m, dtype=int)
    first, second = right.copy(), right.copy()
    second[:a], first[a : a + b] = 0, 0
    first[-(m * 75 // 1000 - b) :], second[-(m * 75 // 1000 - b) :] = 0, 0  # what both get wrong
    found = paired_difference(ErrorRate(), Records(right, second), Records(right, first)).interval() or (0.0, 0.0)
    return {"m": m, "a": a, "b": b, "low": 100 * found[0], "high": 100 * found[1]}


def _best_by_limit(known: list[tuple[str, float, float]]) -> list[tuple[float, float]]:
    """The corners of the stairs of the best accuracy that each limit allows."""
    corners: list[tuple[float, float]] = []
    best = None
    for _, accuracy, ms in sorted(known, key=lambda one: (one[2], -one[1])):
        if best is None or accuracy > best:
            corners += [(max(ms, 1), accuracy if best is None else best), (max(ms, 1), accuracy)]
            best = accuracy
    return [*corners, (max(10 * corners[-1][0], 100.0), corners[-1][1])]


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=within)
def limit_of_90(rng):
    """The best of those that keep to the limit."""
    from wengu.practice import Limit

    kept = Limit.parse("ms <= 90")
    best = max((a, name) for name, a, ms in zip(MODELS, ACCURACIES, TIMES, strict=True) if kept.holds(ms))[1]
    return Options(best, of=("A", "B", "D"), then={"limit": 90.0})


@question
def which_model(rng):
    """One is optimised, the other satisfied."""
    from wengu.practice import Limit

    accuracies, times = rng.sample([88, 90, 91, 93, 94, 96], 4), rng.sample([20, 60, 90, 120, 400], 4)
    kept = Limit.parse("ms <= 100")
    best = max((k for k in range(4) if kept.holds(times[k])), key=accuracies.__getitem__)
    shown = {f"a{k}": one for k, one in enumerate(accuracies)} | {f"t{k}": one for k, one in enumerate(times)}
    return Options("abcd"[best], of=tuple("abcd"), most=accuracies[best], **shown)


@question
def by_one_number(rng):
    """accuracy - price · seconds."""
    from wengu.practice import Expression

    accuracy, ms, price = rng.choice([90, 92, 95]), rng.choice([80, 200, 400, 1500]), rng.choice([0.5, 0.1, 0.2])
    score = Expression.parse(f"accuracy - {price}*seconds")
    share, cost = accuracy / 100, price * ms / 1000
    return Number(score({"accuracy": share, "seconds": ms / 1000}), within=0.002,
                  traps={"added": share + cost, "percent": accuracy - cost, "milliseconds": share - price * ms},
                  accuracy=accuracy, ms=ms, price=price)


@question
def standard_error_of_pairs(rng):
    """Only where the two disagree counts."""
    import numpy as np

    (b, c), m, p = rng.choice([(9, 7), (20, 16), (13, 12), (52, 48), (34, 30)]), rng.choice([1000, 2000, 4000]), 0.92
    change = np.zeros(m)
    change[:b], change[b : b + c] = 1, -1
    return Number(100 * change.std() / m**0.5, traps={"apart": 100 * (2 * p * (1 - p) / m) ** 0.5,
                                                      "no_root": 100 * (b + c) / m, "difference": 100 * (b - c) / m},
                  b=b, c=c, m=m)


@question
def two_tenths_better(rng):
    """Where the winner is not clearly better."""
    return Options("cheaper", of=("cheaper", "winner", "test", "average"))
