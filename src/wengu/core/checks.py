"""Checks of arguments, and the one error that says argument, expected, got and the fix."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from typing import Any

from wengu.core.words import say


class InputError(ValueError):
    """What the user gave cannot be used. The command line prints it in one line and exits with 2."""


def positive(name: str, value: float) -> float:
    """`value`, if it is a finite number above 0.

    >>> positive("lr", 0.1)
    0.1
    >>> positive("lr", -1)
    Traceback (most recent call last):
        ...
    wengu.core.checks.InputError: lr: expected a number above 0, got -1
    """
    if not (math.isfinite(number(name, value)) and value > 0):
        raise InputError(say("{name}: expected a number above 0, got {got}", name=name, got=value))
    return value


def number(name: str, value: Any) -> float:
    """`value` as a number. Raises TypeError where it is none; True and False are none."""
    try:
        if not isinstance(value, bool | str):
            return float(value)
    except (TypeError, ValueError):
        pass
    raise TypeError(say("{name}: expected a number, got {got!r}", name=name, got=value))


def at_least(name: str, value: float, low: float) -> float:
    """`value`, if it is a finite number not below `low`."""
    if not (math.isfinite(number(name, value)) and value >= low):
        raise InputError(say("{name}: expected a number of at least {low}, got {got}", name=name, low=low, got=value))
    return value


def fraction(name: str, value: float) -> float:
    """`value`, if it lies in [0, 1)."""
    if not 0 <= number(name, value) < 1:
        raise InputError(say("{name}: expected a number from 0 up to but not 1, got {got}", name=name, got=value))
    return value


def one_of(name: str, value: str, choices: Iterable[str]) -> str:
    """`value`, if it is one of the choices; else an error that proposes the nearest.

    >>> one_of("network", "lenet", ["lenet5", "alexnet"])
    Traceback (most recent call last):
        ...
    wengu.core.checks.InputError: network: 'lenet' is unknown; did you mean lenet5? There is: alexnet, lenet5
    """
    known = sorted(choices)
    if value in known:
        return value
    hint = say("; did you mean {near}?", near=near) if (near := nearest(value, known)) else say(".")
    raise InputError(
        say("{name}: {value!r} is unknown{hint} There is: {known}", name=name, value=value, hint=hint,
            known=", ".join(known))
    )


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like this one, if one is."""
    by_lower = {k.lower(): k for k in known}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None
