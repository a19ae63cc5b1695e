"""What people reach on the same task: a value taken as exact, or so many errors in so many answers.    [notes 15.5]

    0.05     a value of the metric
    5/100    5 errors in 100 answers: 0.05, whose interval is [2.2, 11.2] %; of accuracies 95/100

Source: an error of people that was counted on a hundred answers is as uncertain as a model's on a hundred examples.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from wengu.core.checks import InputError
from wengu.core.i18n import say

_COUNTS = re.compile(r"\s*(\d{1,12})\s*/\s*(\d{1,12})\s*")


@dataclass(frozen=True)
class Human:
    """What people reach, and how many answers it was counted on; None where it is taken as exact."""

    value: float
    n: int | None = None

    @classmethod
    def of(cls, given: float | str, *, rate: bool) -> Human:
        """What was given, checked. Raises InputError for what is neither a number nor counts.

        rate: whether the metric lies in [0, 1]; of others there are no counts.

        >>> Human.of("5/100", rate=True), Human.of(0.05, rate=True)
        (Human(value=0.05, n=100), Human(value=0.05, n=None))
        """
        if rate and isinstance(given, str) and (counts := _COUNTS.fullmatch(given)):
            k, n = int(counts[1]), int(counts[2])
            if not 0 <= k <= n or n == 0:
                raise InputError(say("human: expected at most as many errors as answers, as in 5/100, got {got}",
                                     got=given))
            return cls(k / n, n)
        try:
            value = float(given)
        except (TypeError, ValueError):
            value = math.nan
        if isinstance(given, bool) or not math.isfinite(value) or (rate and not 0 <= value <= 1):
            hint = say("; for {value:g} % give {rate:g}", value=value, rate=value / 100) if 1 < value <= 100 else ""
            raise InputError(
                say("human: expected a rate from 0 to 1, such as 0.05, or counts, such as 5/100, got {got}{hint}",
                    got=given, hint=hint) if rate else
                say("human: expected a finite number, got {got}", got=given)
            )
        return cls(value)
