"""What a cell of a table of predictions may say: the set, a probability, a class that is a number."""

from __future__ import annotations

import math
import re

from wengu.core.checks import InputError, nearest
from wengu.core.i18n import say
from wengu.data.set_names import SET_NAMES

SETS = ("train", "train-dev", "dev", "test")
WHOLE = re.compile(r"-?(0|[1-9]\d*)(\.0)?")  # 01 is a code, and not the class 1
ROUNDING = 1e-6  # a softmax in float32 can end a little above 1


def set_of(text: str, where: str) -> str:
    """The set that a table calls so. Raises InputError where there is none."""
    name = text.strip().lower()
    name = SET_NAMES.get(name, name)
    if name not in SETS:
        near = nearest(name, [*SETS, *SET_NAMES])
        hint = say("; did you mean {near}?", near=near) if near else ""
        raise InputError(say("{where}: set: expected one of {sets}, got {got!r}{hint}", where=where,
                             sets=", ".join(SETS), got=text, hint=hint))
    return name


def probability(text: str, column: str, where: str) -> float:
    """The number that a cell has. Raises InputError where it is no probability."""
    try:
        p = float(text.replace(",", "."))  # where semicolons part the columns, a comma begins the decimals
    except ValueError:
        p = math.nan
    if not -ROUNDING <= p <= 1 + ROUNDING:
        raise InputError(say("{where}: {column}: expected a number from 0 to 1, got {got!r}", where=where,
                             column=column, got=text))
    return p
