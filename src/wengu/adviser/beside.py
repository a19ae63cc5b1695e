"""What a card says beside the ledger: the error of each question, and whether always one answer is as good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.practice import (
    Baseline,
    Estimate,
    Metric,
    Records,
    baselines,
    described,
    estimate,
    estimate_rate,
    paired_difference,
    unlabelled,
    wrong_of_each,
)
from wengu.practice.fitting import kind_of
from wengu.practice.intervals import rate_ends
from wengu.practice.ledger_words import set_name
from wengu.practice.metric_words import Facts, amount, metric_name
from wengu.practice.records import Array
from wengu.practice.too_few import ENOUGH

MOST = 6  # questions on the card; the report has them all
RARE = 0.1  # the share of a class, below which it is rare
COMMON = 0.2  # the error of one answer, below which the others are rare
WORST = 3  # classes

LITTLE = 0.25  # of what could be learned on train, or was, below which nothing is

Unlearnt = Literal["", "dev", "train", "few"]


def questions(dev: Records, *, most: int = MOST) -> tuple[str, ...]:
    """The error of each question on dev, the worst first; nothing where there is but one."""
    lines = wrong_of_each(dev.truth, dev.predicted) if kind_of(dev) == "labels" else ()
    if len(lines) < 2:
        return ()
    more = (say("and {n} more {n:question|questions}", n=len(lines) - most),) if len(lines) > most else ()
    return (*lines[:most], *more)


def worst_classes(dev: Records, *, most: int = WORST) -> tuple[str, ...]:
    """The classes that are clearly worse than all together, the worst first, and those with too few examples."""
    if kind_of(dev) != "classes":
        return ()
    lines, few = _worst(dev.truth, dev)
    if len(lines) > most:
        lines = (*lines[:most], say("and {n} more {n:class|classes}", n=len(lines) - most))
    if few:
        lines = (*lines, say("too few examples in dev to judge: {names}", names=say(", ").join(few[:MOST]) + (
            say(" and {n} more", n=len(few) - MOST) if len(few) > MOST else "")))
    return lines


def worst_groups(dev: Records, *, of_ids: bool = False, most: int = WORST) -> tuple[str, ...]:
    """The groups, such as hospitals, or ids, that are clearly worse than all together, the worst first."""
    if kind_of(dev) != "classes" or dev.group is None:
        return ()
    lines, _ = _worst(dev.group, replace(dev, group=None))
    more = (say("and {n} more {n:group|groups}", n=len(lines) - most),) if len(lines) > most else ()
    named = (say("id {line}", line=line) if of_ids else say("group {line}", line=line) for line in lines[:most])
    return (*named, *more)


def rare_classes_fail(dev: Records) -> bool:
    """Whether the classes that are rare, taken together, are clearly worse than all: the error of all hides them."""
    if kind_of(dev) != "classes":
        return False
    _, of, counts = np.unique(dev.truth, return_inverse=True, return_counts=True)
    rare = counts[of] < RARE * len(dev)
    return any(line.startswith("True") for line in _worst(rare, dev)[0])


def _worst(kinds: Array, dev: Records) -> tuple[tuple[str, ...], list[str]]:
    """(a line for each kind of example that is clearly worse than all, the worst first, and the too rare kinds).

    Clearly: beyond what chance does to one of so many kinds in one set of twenty (Bonferroni). Examples of a group err
    together in each kind, too.
    """
    names, of, counts = np.unique(kinds, return_inverse=True, return_counts=True)
    if len(names) < 2:
        return (), []
    errors = np.bincount(of, weights=dev.truth != dev.predicted).astype(int)
    _, highest = estimate(dev).interval() or (0.0, 1.0)
    rates, level = np.asarray(errors / counts, np.float64), 1 - 0.05 / len(names)
    suspect = (counts >= ENOUGH) & (rates > highest)
    if dev.group is None:  # of a hundred thousand groups all at once
        suspect &= rate_ends(rates, counts.astype(np.float64), level)[0] > highest
    found, called = [], names.tolist()
    for place in np.flatnonzero(suspect).tolist():
        name, k, n = called[place], int(errors[place]), int(counts[place])
        measured = estimate_rate(k / n, n) if dev.group is None else _of(dev, of == place)
        low, high = measured.interval() or (0.0, 1.0)
        surely, _ = measured.interval(level) or (0.0, 1.0)
        if surely > highest:
            found.append((low, say("{name}: {k} of {n} wrong, {percent:.1f} % [{low:.1f}, {high:.1f}]", name=name, k=k,
                                   n=n, percent=100 * k / n, low=100 * low, high=100 * high)))
    lines = tuple(line for _, line in sorted(found, key=lambda one: -one[0]))
    return lines, [str(name) for name, n in zip(names, counts, strict=True) if n < ENOUGH]


def _of(dev: Records, those: Array) -> Estimate:
    """The error of some of the examples, which are in groups."""
    return estimate(Records(dev.truth[those], dev.predicted[those], None if dev.group is None else dev.group[those]))


def left_out(sets: Mapping[str, Records]) -> tuple[str, ...]:
    """The questions that the ledger does not judge, as some set has no label of them."""
    if any(kind_of(rows) != "labels" for rows in sets.values()):
        return ()
    return tuple(say("{question}: no label in {sets}, so it is left out of the ledger", question=question,
                     sets=say(", ").join(map(set_name, without))) for question, without in unlabelled(sets).items())


def no_better(found: Sequence[Baseline], metric: Facts, values: Mapping[str, Sequence[str]] | None) -> str:
    """Where the model is not clearly better than always the commonest answer, in a line; else nothing.

    `values` are what 0 and 1 are called in a question, if not no and yes; None where nobody knows.
    """
    same = [one for one in found if not one.better]
    if not same:
        return ""
    if same[0].question is None:
        words = {"answer": same[0].answer, "metric": metric_name(metric), "model": amount(metric, same[0].model),
                 "value": amount(metric, same[0].value)}
        if same[0].worse:
            line = say("On dev it is clearly worse than always answering {answer}: its {metric} is {model}, and "
                       "always answering that gives {value}.",
                       **words)
        else:
            line = say("On dev it is not clearly better than always answering {answer}: its {metric} is {model}, "
                       "and always answering that gives {value}.", **words)
        alike = metric["name"] == "error" and same[0].value < COMMON
        return f"{line} {say('--metric balanced-accuracy counts every class alike.')}" if alike else line
    told = [say("{question} (always {answer}: {value})", question=one.question, answer=_called(one, values),
                value=amount(metric, one.value)) for one in same[:MOST]]
    if len(same) > MOST:
        told.append(say("and {n} more", n=len(same) - MOST))
    return say("On dev it is not clearly better than always the commonest answer in {n} of {m} "
               "{m:question|questions}: {told}.", n=len(same), m=len(found), told=say(", ").join(told))


def unlearnt(train: Records, dev: Records, metric: Metric) -> Unlearnt:
    """The set up to which it surely learnt nothing: 'train' where it is hardly better than always one answer there too.

    Hardly: not clearly, or by less than matters. Surely: even the better end of the interval is a little of what train
    could gain, or of what it has gained; else there are too 'few' to tell. Where one answer is nearly always right the
    others are only rare.
    """
    on_dev = [one for one in baselines(train, dev, metric) if one.question is None]
    if not on_dev or on_dev[0].better or (metric.name == "error" and on_dev[0].value < COMMON):
        return ""
    if _hardly_better(train, metric):
        return "train" if _surely_nothing(train, metric) else "few"
    (on_train,) = (one for one in baselines(train, train, metric) if one.question is None)
    _, most = _gained(train, dev, metric)
    return "dev" if most < LITTLE * abs(on_train.value - on_train.model) else "few"


def _surely_nothing(train: Records, metric: Metric) -> bool:
    """Whether it has hardly gained on train, beyond doubt."""
    error, most = _gained(train, train, metric)
    return most < LITTLE * error


def _gained(train: Records, rows: Records, metric: Metric) -> tuple[float, float]:
    """What is left to gain over always train's commonest answer, and what the model may have of it at the most."""
    answers, often = np.unique(train.truth, return_counts=True)
    always = Records(rows.truth, np.full(len(rows), answers[often.argmax()]), rows.group)
    value = float(metric.value(metric.parts(always.truth, always.predicted)))
    ends = paired_difference(metric, rows, always, generator=np.random.default_rng(0)).interval()
    if ends is None:
        return 0.0, np.inf
    return (value, -ends.low) if metric.direction == "lower" else (1 - value, ends.high)


def _hardly_better(train: Records, metric: Metric) -> bool:
    return any(not one.better or abs(one.value - one.model) < described(metric)["worth"]
               for one in baselines(train, train, metric) if one.question is None)


def nor_on_train(train: Records, metric: Metric) -> str:
    """That the model is no better than always one answer on train either, in a line; else nothing."""
    if not _hardly_better(train, metric):
        return ""
    one, facts = baselines(train, train, metric)[0], described(metric)
    told = {"metric": metric_name(facts), "model": amount(facts, one.model), "value": amount(facts, one.value)}
    return (say("Nor is it on train, or hardly: its {metric} is {model} there, and always one answer gives {value}.",
                **told)
            if _surely_nothing(train, metric) else
            say("On train there are too few to tell: its {metric} is {model} there, and always one answer gives "
                "{value}.", **told))


def worse_than_plain(run: RunFolder, dev: Records, metric: Metric) -> str:
    """Where the model is clearly worse than the nearest class mean, whose answers baseline.json has; else nothing."""
    try:
        predicted = run.read_json("baseline.json")["predicted"]
        plain = Records(dev.truth, predicted, dev.group)
        change = paired_difference(metric, dev, plain, generator=np.random.default_rng(0))
        value = float(metric.value(metric.parts(plain.truth, plain.predicted)))
    except (InputError, OSError, KeyError):  # runs of before have none
        return ""
    low, high = change.interval() or (0.0, 0.0)
    if not (low > 0 if metric.direction == "lower" else high < 0):
        return ""
    facts = described(metric)
    return say("On dev it is clearly worse than the nearest mean of a class, which needs no training: {metric} "
               "{model}, and that {value}.", metric=metric_name(facts), model=amount(facts, value + change.value),
               value=amount(facts, value))


def _called(one: Baseline, values: Mapping[str, Sequence[str]] | None) -> Any:
    if values is None or one.answer not in (0, 1):
        return one.answer
    return values.get(one.question, (say("no"), say("yes")))[one.answer]
