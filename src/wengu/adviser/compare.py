"""Runs side by side: what differs in their settings, and what that did to the metric on dev.

Values are compared only between runs of the same task; the network may be another. That is so where their tasks are
equal (recipe, dev examples and truth), and where they predict the same classes. Of runs that answer several questions
those are compared that both answer, where truth is the same. All are judged by the metric of the first, anew from their
predictions where their own is another. Where both runs were judged on the same examples it is done one by one (groups
stay together), else as two samples; what another seed alone does is counted where runs beside them tell it, and where
a setting has several seeds its mean over them is compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from math import nan
from pathlib import Path
from typing import Any

import numpy as np

from wengu.adviser.comparison import Compared, Comparison
from wengu.adviser.difference import Difference
from wengu.adviser.runs import brief
from wengu.adviser.same_task import in_common, same_source, same_task
from wengu.adviser.seed_noise import SeedNoise, repeat_command, seed_noise
from wengu.adviser.what_differs import UNTOLD, Setting, changes, precision_of, precisions_differ, settings_that_differ
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.core.safe_read import is_file
from wengu.practice import Ledger, LedgerRow, Metric, described, difference, estimate, paired_difference
from wengu.practice.metric_words import Facts, interval, on_dev
from wengu.practice.metric_words import gap as gap_in_words
from wengu.running.metric import judged_by, measuring, metric_object
from wengu.running.predictions import Predicted, read_set


@dataclass(frozen=True)
class Change:
    """The run before, what was changed since, and what that did to the metric on dev."""

    path: Path
    changed: dict[str, tuple[Any, Any]]
    gain: Difference
    metric: Facts
    trained: tuple[int, int] | None = None  # epochs
    seed: SeedNoise | None = None
    repeat: str = ""  # the command that measures what another seed does, where that is not known
    precisions: tuple[str, str] = ("", "")  # of the run before and of this one, where timing chose them

    def __str__(self) -> str:
        settings = [Setting(name, values, ("", "")) for name, values in self.changed.items()]
        told = changes(settings, 1, self.trained)
        found = say(
            "{dev} {points} {interval}, {verdict}",
            dev=say("dev") if self.metric["name"] == "error" else on_dev(self.metric),
            points=gap_in_words(self.metric, self.gain.points, sign=True),
            interval=interval(self.metric, self.gain.low, self.gain.high, sign=True),
            verdict=self.gain.verdict_in_words,
        )
        what = ", ".join(told) or say("only chance differs")
        line = (say("since {path}: {changes}; all together: {found}", path=self.path, changes=what, found=found)
                if len(told) > 1 else
                say("since {path}: {changes}: {found}", path=self.path, changes=what, found=found))
        if self.seed:
            line = f"{line} {say('({remark})', remark=self.seed.in_words(self.metric))}"
        elif self.repeat:
            line = f"{line} {say('(seed noise not measured: {command})', command=self.repeat)}"
        caveat = precisions_differ(self.precisions, (str(self.path), say("this run")))
        return say("{line}. {more}", line=line, more=caveat) if caveat else line


def compare(runs: Sequence[RunFolder | Path | str]) -> Comparison:
    """Each run against the first: `compare(["runs/a", "runs/b"])`.

    Raises InputError for fewer than two, and where one is no run, has no metric or cannot be read.
    """
    if isinstance(runs, str) or len(runs) < 2:
        raise InputError(say("runs: expected two or more to compare, got {got!r}", got=runs))
    folders = [run if isinstance(run, RunFolder) else RunFolder.open(run) for run in runs]
    settings, metrics = settings_that_differ(folders), [judged_by(run) for run in folders]
    metric, first = metric_object(folders[0]), _judged(folders[0])
    compared: list[Compared] = []
    for run, own in zip(folders, metrics, strict=True):
        with measuring(run, metric):
            found = _against(first, run, own, metric, same=not compared or same_task(run, folders[0]),
                             is_first=not compared)
            found = replace(found, precision=precision_of(run))
            compared.append(_with_seed_noise(found, folders[0], run, metric) if found.gain else found)
    return Comparison(tuple(compared), settings, metrics[0])


def _against(
    first: Predicted | None,
    run: RunFolder,
    own: Facts,
    metric: Metric,
    *,
    same: bool,
    is_first: bool,
) -> Compared:
    """The run beside what the first predicted, by the metric of that one; itself where it is the first."""
    dev = _judged(run)
    if not same and dev and first and own["name"] == metric.name and (both := in_common(dev, first)):
        return Compared(brief(run), True, _measured(run), gain_of(*both, metric), True, tuple(both[0].truth[0]))
    row = None
    if dev:
        row = _measured_by(metric, dev) if same and own["name"] != metric.name else _measured(run)
    pair = (dev, first) if not is_first and same and dev and first else None
    return Compared(brief(run), same, row, pair and gain_of(*pair, metric), pair and _same_examples(*pair))


def _with_seed_noise(found: Compared, first: RunFolder, run: RunFolder, metric: Metric) -> Compared:
    """The same, its interval wide enough for another seed, where runs beside it tell what that does."""
    if found.gain is None or (noise := seed_noise([first, run], metric)) is None:
        return replace(found, repeat=repeat_command(run))
    return replace(found, gain=noise.of_means(found.gain), seed=noise,
                   repeat=repeat_command(run) if noise.df < 2 else "")


def since_the_run_before(run: RunFolder, metric: Metric | None = None) -> Change | None:
    """This run against the latest finished one beside it of the same task and data that was created before it.

    By the run's own metric, unless another is given.
    """
    facts, by, own = run.facts(), metric or metric_object(run), _dev(run)
    before: list[tuple[str, RunFolder]] = []
    for path in run.path.parent.glob("[!.]*/ledger.json"):
        with suppress(InputError, OSError):  # a damaged neighbour is no concern of this run
            other = RunFolder.open(path.parent)
            theirs = other.facts()
            if theirs["network"] == facts["network"] and theirs["created"] < facts["created"] \
                    and path.parent.resolve() != run.path.resolve() and same_task(run, other) \
                    and same_source(run, other):
                before.append((theirs["created"], other))
    for _, other in sorted(before, key=lambda one: one[0], reverse=True):
        with suppress(InputError, OSError), measuring(other, by):
            changed = {one.name: (one.values[0], one.values[1]) for one in settings_that_differ([other, run])
                       if one.name not in UNTOLD}
            gain, noise = gain_of(own, _dev(other), by), seed_noise([other, run], by)
            return Change(other.path, changed, noise.of_means(gain) if noise else gain, described(by),
                          (brief(other).epochs, brief(run).epochs), noise, "" if noise else repeat_command(run),
                          (precision_of(other), precision_of(run)))
    return None


def dev_difference(run: RunFolder, other: RunFolder) -> Difference:
    """The value of a run on dev less that of another, by the run's metric, and its interval, with the seed's part."""
    metric = metric_object(run)
    gain, noise = gain_of(_dev(run), _dev(other), metric), seed_noise([other, run], metric)
    return noise.of_means(gain) if noise else gain


def gain_of(now: Predicted, before: Predicted, metric: Metric) -> Difference:
    """One's value less the other's: example by example where both were judged on the same ones, else as two samples.

    What another seed does is not in it.
    """
    ours, theirs = now.records(), before.records()
    if _same_examples(now, before):
        both = paired_difference(metric, ours, theirs, generator=np.random.default_rng(0))
        return Difference(both.value, *(both.interval() or (nan, nan)), metric.direction, one_seed=True)
    a, b = (estimate(rows, metric, generator=np.random.default_rng(k)) for k, rows in enumerate((ours, theirs)))
    return Difference(a.value - b.value, *(difference(a, b) or (nan, nan)), metric.direction, one_seed=True)


def _same_examples(now: Predicted, before: Predicted) -> bool:
    return (now.ids, now.truth) == (before.ids, before.truth)


def _judged(run: RunFolder) -> Predicted | None:
    """What the run predicted for dev; None until it has been judged."""
    return read_set(run, "dev") if is_file(run.path / "ledger.json") else None


def _dev(run: RunFolder) -> Predicted:
    if (found := read_set(run, "dev")) is None:
        raise InputError(say("{path} has no predictions for dev", path=run.path))
    return found


def _measured(run: RunFolder) -> LedgerRow:
    """The value on dev as it stands on the run's card."""
    rows = Ledger.from_dict(run.read_json("ledger.json")).rows
    if (found := next((row for row in rows if row.set == "dev"), None)) is None:
        raise InputError(say("{path} lacks {name}; it was changed after wengu wrote it",
                             path=run.path / "ledger.json", name="dev"))
    return found


def _measured_by(metric: Metric, dev: Predicted) -> LedgerRow:
    """The value on dev by another metric than the run's own."""
    found = estimate(dev.records(), metric, generator=np.random.default_rng(0))
    low, high = found.interval() or (None, None)
    return LedgerRow("dev", found.value, found.n, low, high, found.few)
