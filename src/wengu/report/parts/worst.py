"""The worst of dev where answers are no classes: each unit measured by itself."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from wengu.core.i18n import say
from wengu.core.written import written
from wengu.practice import Metric, described
from wengu.practice.metric_words import amount, metric_name, units
from wengu.report.parts.gallery import shown_as
from wengu.report.parts.wording import NOTHING
from wengu.running.predictions import Predicted

if TYPE_CHECKING:
    from wengu.recipes.task import Preview

MOST = 24
LOOKED_AT = 2000  # units at most: some metrics take a while over each
LONG = 300  # letters of an answer


def worst(dev: Predicted, metric: Metric, show: Callable[[str, str], Preview | None]) -> dict[str, Any] | None:
    """The section; None where the metric says nothing of a single unit, or the same of all."""
    values = {k: value for k, value in enumerate(_alone(dev, metric)) if math.isfinite(value)}
    if len(set(values.values())) < 2:
        return None
    wrong = [k for k, value in values.items() if value or metric.direction == "higher"]  # of an error 0 is no fault
    order = sorted(wrong, key=lambda k: values[k], reverse=metric.direction == "lower")
    facts = described(metric)
    return {
        "title": say("The worst of dev"),
        "look": say("The {metric} of each by itself, the worst first. Ask: is the truth right? Could a person do "
                    "better? What do those that are alike have in common?", metric=metric_name(facts)),
        "summary": say("The worst {shown} of {units}.", shown=min(MOST, len(order)), units=units(facts, len(values))),
        "truth": say("truth"),
        "guess": say("answer"),
        "items": [
            {"id": dev.ids[k], "value": written(amount(facts, values[k])), "truth": _text(dev.truth[k]),
             "guess": _text(dev.predicted[k]), **shown_as(show("dev", dev.ids[k]))}
            for k in order[:MOST]
        ],
    }


def _alone(dev: Predicted, metric: Metric) -> list[float]:
    """The metric of each unit alone; NaN where it has none."""
    values, rows = [], dev.records()
    with np.errstate(all="ignore"):
        for truth, predicted in zip(rows.truth[:LOOKED_AT, None], rows.predicted[:LOOKED_AT, None], strict=True):
            try:
                values.append(float(metric.value(metric.parts(truth, predicted))))
            except (ValueError, ArithmeticError):  # of one alone there may be no such thing, as of a correlation
                values.append(math.nan)
    return values


def _text(answer: Any) -> str:
    """Plain values in a line, of numbers the digits that tell something."""
    if answer is None:
        return ""
    if isinstance(answer, dict):
        answer = ", ".join(f"{name}: {_text(value) or NOTHING}" for name, value in answer.items())
    text = answer if isinstance(answer, str) else json.dumps(_short(answer), ensure_ascii=False)
    return text if len(text) <= LONG else text[:LONG] + " …"


def _short(answer: Any) -> Any:
    if isinstance(answer, list):
        return [_short(one) for one in answer]
    return float(f"{answer:.4g}") if isinstance(answer, float) else answer
