"""A model beside the simplest one: the answer that is commonest in train, always.                       [notes 15]

    answer = the commonest of train's;    better, or worse, where metric(model) - metric(always answer) has an interval
                                       without 0

Measured on dev, example by example; of several questions each by its own error. A network that has learnt nothing, or
whose data does not tell the answer, is no better, and looks good where one answer is common: at 95 % "no" its error is
5 %. Source: the usual baseline (scikit-learn's DummyClassifier, most_frequent).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from wengu.practice.estimate import paired_difference
from wengu.practice.fitting import READS, kind_of
from wengu.practice.metric import Metric
from wengu.practice.metrics import ERROR
from wengu.practice.multi_label import by_question
from wengu.practice.records import Records


@dataclass(frozen=True)
class Baseline:
    """What always giving one answer is worth on dev, and what the model is; `question` is None where there is but one.

    `better` and `worse` are the model's interval: whether it leaves no doubt.
    """

    question: Any
    answer: Any
    value: float
    model: float
    better: bool
    worse: bool = False


def baselines(train: Records, dev: Records, metric: Metric = ERROR, *, seed: int = 0) -> tuple[Baseline, ...]:
    """The baseline of classes by the metric, or that of each question; none where predictions are of another kind.

    Questions without a label in one of the two sets are left out, and so is an answer on which the metric has no value:
    what is never taken for a class has no precision.

    >>> rare = Records([0] * 95 + [1] * 5, [0] * 100)
    >>> baselines(rare, rare)
    (Baseline(question=None, answer=0, value=0.05, model=0.05, better=False, worse=False),)
    """
    match kind_of(dev):
        case "classes" if type(metric) in READS:
            return tuple(filter(None, [_beside(None, train, dev, metric, seed)]))
        case "labels":
            known = by_question(train)
            return tuple(filter(None, (_beside(name, known[name], rows, ERROR, seed)
                                       for name, rows in by_question(dev).items() if name in known)))
    return ()


def _beside(question: Any, train: Records, dev: Records, metric: Metric, seed: int) -> Baseline | None:
    answers, often = np.unique(train.truth, return_counts=True)
    answer = answers[often.argmax()]
    always = Records(dev.truth, np.full(len(dev), answer), dev.group)
    value = float(metric.value(metric.parts(always.truth, always.predicted)))
    if not math.isfinite(value):
        return None
    change = paired_difference(metric, dev, always, generator=np.random.default_rng(seed))
    low, high = change.interval() or (change.value, change.value)
    fell, rose = high < 0, low > 0
    better, worse = (fell, rose) if metric.direction == "lower" else (rose, fell)
    return Baseline(question, answer.item(), value, value + change.value, better, worse)
