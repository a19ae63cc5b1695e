"""Which of some runs to take: one number is optimised, others need only be good enough.             [notes 15.11]

    score        what is optimised: a name, or an expression of several, which is to be high
    limits       a run that breaks one is out; on the line is within
    difference   of winner and runner-up: of what is measured on dev, example by example, with what another seed does
                 where runs beside them tell; of latency by both intervals; through the expression by the ends of each

        down = √Σ_q (f at q's lower end - f)²,  up likewise                 q each quantity that is not exact

Source: the notes; several intervals in one as Zou & Donner 2008 (practice/intervals.py). The choice is made on dev, so
that the winner's own value is a little too good: the more runs, the more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from wengu.adviser.choice import Candidate, Choice
from wengu.adviser.compare import gain_of
from wengu.adviser.difference import Difference
from wengu.adviser.listing import runs_in
from wengu.adviser.probabilities import WRITTEN
from wengu.adviser.quantities import (
    OF_THE_MACHINE,
    Known,
    checked,
    known_of,
    measured,
    metric_behind,
    names_of,
    of_latency,
    scored,
)
from wengu.adviser.same_task import same_task
from wengu.adviser.seed_noise import seed_noise
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.practice import Expression, Interval, Limit
from wengu.practice.metric_words import Direction
from wengu.practice.probability_metrics import OF_PROBABILITIES, probability_difference


def choose(
    folder: str | Path = "runs",
    *,
    optimize: str = "",
    score: str = "",
    satisfy: Sequence[str] = (),
) -> Choice:
    """The best run of a folder, by one number, among those that keep to all limits.

    optimize   a name, such as accuracy or error: the best, whichever way that is
    score      instead: an expression that is to be high, such as "accuracy - 0.5*latency_ms/1000"
    satisfy    limits, such as "latency_ms<=100"

    Raises InputError where nothing is to be chosen by or from, and for a name that is not known.

    >>> import wengu; from tempfile import TemporaryDirectory; from sklearn.datasets import load_iris
    >>> with TemporaryDirectory() as folder:
    ...     load_iris(as_frame=True).frame.to_csv(f"{folder}/iris.csv", index=False)
    ...     own = {"data": f"{folder}/iris.csv", "target": "target", "runs": f"{folder}/runs", "quiet": True}
    ...     for name, epochs in (("short", 1), ("long", 30)):
    ...         _ = wengu.fit("softmax", name=name, epochs=epochs, **own)
    ...     found = choose(f"{folder}/runs", optimize="dev_cost", satisfy=["parameters <= 100"])
    >>> found.winner.known.summary.path.name, found.against_runner_up.verdict
    ('long', 'better')
    """
    if bool(optimize) == bool(score):
        raise InputError(say("expected either --optimize NAME or --score EXPRESSION, got {got}",
                             got="--optimize, --score" if score else say("none")))
    wanted, limits = Expression.parse(score or optimize), tuple(map(Limit.parse, satisfy))
    listing = runs_in(folder)
    runs = [known for summary in listing.runs if (known := known_of(summary))]
    if not runs:
        raise InputError(say("{folder} holds no run that was judged, so there is none to choose", folder=folder))
    of_one_task = [known for known in runs if same_task(known.run, runs[0].run)]
    others = tuple(run.path.name for run in listing.runs if run.path not in {one.summary.path for one in of_one_task})
    names = names_of(of_one_task)
    asked = {*wanted.names, *(name for limit in limits for name in limit.of.names)}
    checked(sorted(asked), names)
    if optimize and optimize not in names:
        raise InputError(say("--optimize: expected one name, got {got}; --score takes an expression", got=optimize))
    direction: Direction = names[optimize] if optimize else "higher"
    told = [replace(one, values=measured(one, sorted(asked))) for one in of_one_task]
    every, threads = _with_latency(told, asked, limits)
    candidates = sorted((_candidate(one, wanted, limits) for one in every), key=lambda one: _order(one, direction))
    made = Choice(Path(folder), wanted, direction, limits, tuple(candidates), others=others, threads=threads)
    first = (made.winner or made.candidates[0]).known
    made = replace(made, other_dev=tuple(one.summary.path.name for one in of_one_task
                                         if (one.dev.ids, one.dev.truth) != (first.dev.ids, first.dev.truth)))
    if made.winner and made.runner_up:
        made = replace(made, against_runner_up=_difference(made.winner, made.runner_up, wanted, direction))
    return made


def _with_latency(
    runs: Sequence[Known], asked: set[str], limits: Sequence[Limit]
) -> tuple[list[Known], tuple[int, ...]]:
    """The same, with the latency of those that keep to the limits known so far, where it is asked for."""
    if not asked & OF_THE_MACHINE.keys():
        return list(runs), ()
    from wengu.running.latency import measure_latency
    from wengu.running.load import load

    told = [limit for limit in limits if not set(limit.of.names) & OF_THE_MACHINE.keys()]
    tried = [one for one in runs if all(limit.holds(limit.of(one.plain())) for limit in told)]
    found = dict(zip((one.summary.path for one in tried), measure_latency([load(one.run.path) for one in tried]),
                     strict=True))
    every = [replace(one, values={**one.values, **of_latency(found[one.summary.path])})
             if one.summary.path in found else one for one in runs]
    return every, tuple(sorted({one.threads for one in found.values()}))


def _candidate(known: Known, score: Expression, limits: Sequence[Limit]) -> Candidate:
    told = [limit for limit in limits if set(limit.of.names) <= known.values.keys()]
    values = known.plain()
    broken = tuple(limit for limit in told if not limit.holds(limit.of(values)))
    near = tuple(limit for limit in told if len({limit.holds(end) for end in _interval(limit.of, known)}) > 1)
    if not set(score.names) <= known.values.keys():
        return Candidate(known, None, None, broken, near, unmeasured=len(told) < len(limits) or not broken)
    value = score(values)
    if not math.isfinite(value):
        raise InputError(say("{score} has no value for {path}: it divides by 0", score=score.text,
                             path=known.summary.path))
    return Candidate(known, value, _interval(score, known), broken, near, unmeasured=len(told) < len(limits))


def _order(one: Candidate, direction: Direction) -> tuple[bool, float, str]:
    """Those that fit first, the best of them first."""
    value = math.inf if one.score is None else one.score if direction == "lower" else -one.score
    return not one.fits, value, one.known.summary.path.name


def _interval(of: Expression, known: Known) -> Interval:
    """Of the value of a run by itself, whose quantities are measured on their own."""
    values, here = known.plain(), of(known.plain())
    ends = [[of(values | {name: end}) - here for end in (one.low, one.high)]
            for name, one in known.values.items() if name in of.names and one.low < one.high]
    return _together(here, ends)


def _difference(a: Candidate, b: Candidate, score: Expression, direction: Direction) -> Difference:
    """The score of a less that of b, and its interval."""
    ours, theirs = a.known.plain(), b.known.plain()
    at_a, at_b = score(ours), score(theirs)
    ends: list[list[float]] = []
    of_seeds = False
    for name in score.names:
        if name in OF_PROBABILITIES and a.known.dev.ids == b.known.dev.ids:
            both = scored(a.known), scored(b.known)
            if both[0].classes == both[1].classes:
                apart = probability_difference(name, *both, least=WRITTEN)
                ends.append([score(ours | {name: theirs[name] + end}) - at_a for end in apart])
                continue
        behind = metric_behind(name, a.known.run, a.known.dev.truth)
        if behind is None:
            ends += [[sign * (score(values | {name: end}) - here) for end in (one.low, one.high)]
                     for sign, values, here, one in ((1, ours, at_a, a.known.values[name]),
                                                     (-1, theirs, at_b, b.known.values[name])) if one.low < one.high]
            continue
        gain = gain_of(a.known.dev, b.known.dev, behind[0])
        with suppress(InputError, OSError):
            if noise := seed_noise([a.known.run, b.known.run], behind[0]):
                gain, of_seeds = noise.widened(gain), True
        low, high = (gain.low, gain.high) if behind[1] > 0 else (-gain.high, -gain.low)
        ends.append([score(ours | {name: theirs[name] + end}) - at_a for end in (low, high)])
    low, high = _together(at_a - at_b, ends)
    return Difference(at_a - at_b, low, high, direction, one_seed=not of_seeds)


def _together(here: float, ends: Sequence[Sequence[float]]) -> Interval:
    """By how far the ends of each quantity's interval move the value down and up."""
    down, up = (math.sqrt(sum(max(0.0, *(side * move for move in pair)) ** 2 for pair in ends)) for side in (-1, 1))
    return Interval(here - down, here + up)
