"""What another seed alone does to dev: initial weights, order of batches, dropout, augmentation.      [notes 15.6]

    s² = Σ (v - v̄)² / (k - 1)                 of k runs that differ in the seed alone; several such families are pooled
    half = √(h² + r · max(0, t² s² - h̄²/2))   of the interval of a difference, t with s's degrees of freedom
    r = 1/k_a + 1/k_b                         of the means over the seeds of both; 2 of two runs

h is half the interval that the answers of two runs give, h̄ that of two which differ in the seed alone. s, taken on one
dev set, holds the chance of the examples once already, and so h̄ is taken off. With few runs t is large: three of them
know s within a factor of six. Where these settings have fewer than four degrees of freedom, runs of other settings of
the task are pooled with them, their squares by the ratio of v(1-v) where these have the larger error; s is then never
less than these settings' own. That is right where settings have spreads of their own by chance (up to a factor of 1.6
in one of three), and not where all the others have half of it.

Source: the variance of a measured difference added to that of its examples, by the ends of intervals as Zou & Donner
2008, Statistics in Medicine 27(10), add them; that seeds are to be counted: Bouthillier et al. 2021, arXiv:2103.03098.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.special import chdtri, stdtrit

from wengu.adviser.difference import Difference
from wengu.adviser.run_context import RunContext
from wengu.adviser.same_task import beside
from wengu.adviser.what_differs import with_the_same
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.practice import Interval, Metric, Records, described, paired_difference
from wengu.practice.metric_words import Facts, amount, interval, number, on_dev
from wengu.running.metric import judged_by
from wengu.running.predictions import read_set

MOST, FAMILIES = 20, 5  # runs of a family; families of other settings, whose predictions are read
KNOWN = 4  # degrees of freedom from which these settings need no others
LEVEL = 0.95

Family = Sequence[tuple[float, Records]]
"The value on dev and the answers of runs that differ in the seed alone."


@dataclass(frozen=True)
class SeedNoise:
    """The standard deviation of a value on dev over seeds, from how many runs, and h̄."""

    sd: float
    df: int
    runs: int
    half: float = 0.0
    own: bool = True  # of the settings compared
    others: bool = False  # of others of the same task
    means: tuple[tuple[float, int], ...] = ()  # of each run compared the mean over its seeds, and how many; or nothing

    @property
    def interval(self) -> Interval:
        """Of the standard deviation, by χ²."""
        ends = (self.sd * math.sqrt(self.df / chdtri(self.df, alpha)) for alpha in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
        return Interval(*map(float, ends))

    def widened(self, gain: Difference) -> Difference:
        """The difference of two runs, its interval wide enough for the seed as well."""
        return self._around(gain, gain.points, 2.0)

    def of_means(self, gain: Difference) -> Difference:
        """The same of the means over the seeds of both, where either has several."""
        if len(self.means) < 2:
            return self.widened(gain)
        (before, k), (now, m) = self.means
        return self._around(gain, now - before, 1 / k + 1 / m)

    def _around(self, gain: Difference, points: float, r: float) -> Difference:
        t = -float(stdtrit(self.df, (1 - LEVEL) / 2))
        more = r * max(0.0, (t * self.sd) ** 2 - self.half**2 / 2)
        low, high = (math.sqrt((end - gain.points) ** 2 + more) for end in (gain.low, gain.high))
        return Difference(points, points - low, points + high, gain.direction)

    def in_words(self, metric: Facts) -> str:
        """'sd 0.2 [0.1, 1.3] over 3 seeds'."""
        return say("{sd} over {n} {n:seed|seeds}", sd=self.sd_in_words(metric), n=self.runs)

    def sd_in_words(self, metric: Facts) -> str:
        """'sd 0.2 [0.1, 1.3]'; of values that are all the same the interval says nothing."""
        sd = say("sd {sd}", sd=number(metric, self.sd))
        return f"{sd} {interval(metric, *self.interval)}" if self.sd > 0 else sd

    def sentence(self, metric: Facts) -> str:
        """What one seed can do, and how the difference counts it."""
        dev, words = on_dev(metric), self.in_words(metric)
        if not self.others:
            said = say("What another seed alone does to {dev}: {sd}.", dev=dev, sd=words)
        elif self.own:
            said = say("What another seed alone does to {dev}: {sd}, of these and other settings of this task.",
                       dev=dev, sd=words)
        else:
            said = say("What another seed alone does to {dev}: {sd}, of other settings of this task.", dev=dev,
                       sd=words)
        if len(self.means) < 2:
            return f"{said} {say('The difference counts it.')}"
        (_, k), (_, m) = self.means
        return f"{said} " + say("The difference is of means, over {m} {m:seed|seeds} and over {k}, and counts it.",
                                  m=m, k=k)


def seed_noise_of(families: Iterable[Family], metric: Metric, *, others: Iterable[Family] = ()) -> SeedNoise | None:
    """From the runs themselves, and those of other settings where they are few; None where no two differ in it alone.

    >>> from wengu.practice import ErrorRate
    >>> runs = [(e / 100, Records([0] * 100, [1] * e + [0] * (100 - e))) for e in (8, 10, 12)]
    >>> found = seed_noise_of([runs], ErrorRate())
    >>> round(found.sd, 3), found.df, [round(end, 3) for end in found.interval]
    (0.02, 2, [0.01, 0.126])
    """
    own = [one for one in families if len(one) > 1]
    squares, df = _squares(own)
    more = [one for one in others if len(one) > 1][:FAMILIES] if df < KNOWN else []
    if not own and not more:
        return None
    added, further = _squares(more, as_of=own if described(metric)["scale"] == "rate" else ())
    variance = max((squares + added) / (df + further), squares / df if df else 0.0)
    halves = []
    for (_, a), (_, b) in (pair for one in own or more for pair in pairwise(one)):
        ends = paired_difference(metric, a, b, generator=np.random.default_rng(0)).interval()
        halves.append((ends.high - ends.low) ** 2 / 4 if ends else 0.0)
    return SeedNoise(math.sqrt(variance), df + further, sum(map(len, [*own, *more])),
                     math.sqrt(sum(halves) / len(halves)), bool(own), bool(more))


def _squares(families: Sequence[Family], as_of: Sequence[Family] = ()) -> tuple[float, int]:
    """Σ (v - v̄)² and its degrees of freedom; as it would be at the rate of others where more varies there."""
    values = [np.array([value for value, _ in one]) for one in families]
    there = [float(np.mean([value for value, _ in one])) for one in as_of]
    usual = float(np.mean([v * (1 - v) for v in there])) if there else 0.0
    found = 0.0
    for each in values:
        here = float(each.mean() * (1 - each.mean()))
        found += float(((each - each.mean()) ** 2).sum()) * (max(1.0, usual / here) if here > 0 else 1.0)
    return found, sum(len(each) - 1 for each in values)


def seed_noise(runs: Sequence[RunFolder], metric: Metric) -> SeedNoise | None:
    """Of these runs' settings, by the runs beside them; where these are few, by other settings of the task too."""
    own = {run.path.resolve(): run for run in runs}
    near = {other.path.resolve(): other for run in runs for other in beside(run)}
    families: dict[tuple[object, ...], list[RunFolder]] = defaultdict(list)
    tasks = {task for run in runs if (task := run.facts().get("task"))}
    for run in (own | near).values():
        try:
            if run.facts().get("task") in tasks and judged_by(run)["name"] == judged_by(runs[0])["name"]:
                families[with_the_same(run)].append(run)
        except (InputError, OSError):  # a damaged neighbour is no concern of these
            continue
    theirs = {key: one for key, one in families.items() if any(run.path.resolve() in own for run in one)}
    others = sorted((one for key, one in families.items() if key not in theirs), key=len, reverse=True)
    measured = {key: list(_measured(one, metric, least=1)) for key, one in theirs.items()}
    found = seed_noise_of(measured.values(), metric, others=(list(_measured(one, metric)) for one in others[:FAMILIES]))
    keys = [with_the_same(run) for run in runs]
    if found is None or len(set(keys)) < 2 or len(tasks) > 1 or not all(measured.get(key) for key in keys):
        return found
    means = tuple((float(np.mean([value for value, _ in measured[key]])), len(measured[key])) for key in keys)
    return replace(found, means=means if max(k for _, k in means) > 1 else ())


def of_seeds(run: RunFolder, metric: Metric) -> str:
    """'dev error 8.1 %, over 3 seeds 7.9 to 8.4 % (sd 0.3 [0.2, 1.6])'; nothing where there is but one."""
    family = list(_measured(_family(run), metric))
    noise = seed_noise_of([family], metric)
    if noise is None:
        return ""
    facts, values = described(metric), [value for value, _ in family]
    return say("{dev} {value}, over {n} {n:seed|seeds} {low} to {high} ({sd})", dev=on_dev(facts),
               value=amount(facts, values[0]), n=len(values), low=number(facts, min(values)),
               high=amount(facts, max(values)), sd=noise.sd_in_words(facts))


def _family(run: RunFolder) -> list[RunFolder]:
    """The run, then those beside it that differ from it in the seed alone."""
    own, found = with_the_same(run), [run]
    for other in beside(run):
        try:
            if other.facts().get("task") == run.facts().get("task") and with_the_same(other) == own:
                found.append(other)
        except (InputError, OSError):
            continue
    return found if run.facts().get("task") else [run]


def _measured(family: Sequence[RunFolder], metric: Metric, *, least: int = 2) -> Iterator[tuple[float, Records]]:
    """The first run of each seed, of so many at least; those of other dev examples than the first are left out."""
    seen: set[object] = set()
    examples = None
    for run in family if len(family) >= least else ():
        try:
            seed, dev = run.settings()[0].get("seed"), read_set(run, "dev")
            if seed in seen or dev is None or examples not in (None, (dev.ids, dev.truth)) or len(seen) == MOST:
                continue
            records = dev.records()
            yield float(metric.value(metric.parts(records.truth, records.predicted))), records
            examples = (dev.ids, dev.truth)
            seen.add(seed)
        except (InputError, OSError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError):
            continue


def repeat_command(run: RunFolder) -> str:
    """The command that trains the run under two more seeds."""
    try:
        return f"{RunContext.of(run).resume()} --repeat 3"
    except (InputError, OSError, KeyError):  # of another version
        return "wengu fit … --repeat 3"
