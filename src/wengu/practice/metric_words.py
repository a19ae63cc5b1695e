"""A metric's values in words: the one place that knows how a rate and a number are printed.

    rate      6.1 %     a gap of 2.5 points      5.9 to 6.3
    number    36.8      a gap of 1.3             35.9 to 37.7

A rate lies in [0, 1] and is read in hundredths, to a tenth. A number is read as it is, one digit finer than the least
gap that matters: BLEU, of which one point matters, is 36.8, and a distance of which 0.05 m matter is 0.71.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from wengu.core.i18n import say

Direction = Literal["lower", "higher"]
Scale = Literal["rate", "number"]


class Facts(TypedDict):
    """What is known of a metric without its code: the plain values that ledger.json and run.json keep."""

    name: str  # error, F1, BLEU
    direction: Direction  # which is better
    scale: Scale
    unit: str  # what is resampled: an example, a sentence, a picture
    worth: float  # the least gap that matters


def facts_of(values: Mapping[str, Any]) -> Facts:
    """A metric's facts as a file has them. Raises KeyError where one is missing."""
    return Facts(name=values["name"], direction=values["direction"], scale=values["scale"], unit=values["unit"],
                 worth=values["worth"])


def number(facts: Facts, value: float, *, sign: bool = False) -> str:
    """The bare number: of a rate in hundredths. What rounds to 0 has no sign.

    >>> number(Facts(name="BLEU", direction="higher", scale="number", unit="sentence", worth=1.0), 36.833)
    '36.8'
    """
    rate = facts["scale"] == "rate"
    digits = 1 if rate else max(0, 1 + math.floor(-math.log10(facts["worth"])))
    text = f"{100 * value if rate else value:{'+' if sign else ''}z.{digits}f}"
    return text if text.strip("+0.") else text.removeprefix("+")


def amount(facts: Facts, value: float) -> str:
    """A value: '6.1 %' or '36.8'."""
    return f"{number(facts, value)} %" if facts["scale"] == "rate" else number(facts, value)


def gap(facts: Facts, value: float, *, sign: bool = False) -> str:
    """The difference of two values: '2.5 points' or '1.3'; with its sign '+2.5 points' or '+1.3'."""
    x = number(facts, value, sign=sign)
    return say("{x} points", x=x) if facts["scale"] == "rate" else x


def interval(facts: Facts, low: float, high: float, *, sign: bool = False) -> str:
    """The two ends of a value or, with signs, of a gap: '[5.9, 6.3]'."""
    return f"[{number(facts, low, sign=sign)}, {number(facts, high, sign=sign)}]"


def metric_name(facts: Facts) -> str:
    """The metric, in the language spoken now; one that is known by its letters alone, such as BLEU, is the same."""
    match facts["name"]:
        case "error":
            return say("error")
        case "accuracy":
            return say("accuracy")
        case "balanced accuracy":
            return say("balanced accuracy")
        case "macro-F1":
            return say("macro-F1")
        case "label error":
            return say("label error")
        case "perplexity":
            return say("perplexity")
    return facts["name"]


def on_dev(facts: Facts) -> str:
    """What a metric on dev is called: 'dev error', 'BLEU on dev'."""
    return say("dev error") if facts["name"] == "error" else say("{metric} on dev", metric=metric_name(facts))


def of_errors(facts: Facts) -> bool:
    """Whether it is a rate of errors: then what it is measured on can be wrong, and 0 is the best."""
    return facts["scale"] == "rate" and facts["direction"] == "lower"


def units_of_dev(facts: Facts) -> str:
    """What the metric is measured on, those of dev: 'dev sentences'."""
    match facts["unit"]:
        case "picture":
            return say("dev pictures")
        case "sentence":
            return say("dev sentences")
        case "block":
            return say("dev blocks")
        case "person":
            return say("dev people")
    return say("dev examples")


def units(facts: Facts, n: int) -> str:
    """So many of what the metric is measured on: '1,300 examples'."""
    count = f"{n:,}"
    match facts["unit"]:
        case "picture":
            return say("{n} {n:picture|pictures}", n=count)
        case "sentence":
            return say("{n} {n:sentence|sentences}", n=count)
        case "block":
            return say("{n} {n:block|blocks}", n=count)
        case "person":
            return say("{n} {n:person|people}", n=count)
    return say("{n} {n:example|examples}", n=count)


def few_in_words(few: Mapping[str, int], metric: str = "", *, groups: bool = False) -> str:
    """'cannot be judged: only 3 examples of cat', of its precision 'taken for cat'; nothing of enough.

    groups: whether it is groups that were counted.
    """
    taken = metric.startswith("precision")
    return "".join(_few(n, name, taken=taken, groups=groups) for name, n in few.items())


def _few(n: int, name: str, *, taken: bool, groups: bool) -> str:
    if n == 0:
        return say("cannot be judged: no example of {name}", name=name)
    if groups:
        return (say("cannot be judged: examples of only {n} {n:group|groups} are taken for {name}", n=n, name=name)
                if taken else say("cannot be judged: only {n} {n:group|groups} with {name}", n=n, name=name))
    return (say("cannot be judged: only {n} {n:example is|examples are} taken for {name}", n=n, name=name) if taken
            else say("cannot be judged: only {n} {n:example|examples} of {name}", n=n, name=name))
