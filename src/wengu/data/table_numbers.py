"""How a column writes its numbers, decided from all its cells together, never from one.

    plain        1234.5
    comma        1234,5                  a comma begins the decimals
    points       1.234,5  1.234.567      so too, and points part the thousands
    thousands    1,234.5  1,234,567      commas part the thousands
    lakhs        1,23,456.5              commas as in India: above the thousands every two digits

1,234 alone may be either: a column that could be read in both ways is refused, unless `decimal` says which. So is a
column of 1.234 in a file whose other columns have decimal commas.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Form = Literal["plain", "comma", "points", "thousands", "lakhs"]
DecimalMark = Literal["auto", "point", "comma"]
FORMS: tuple[Form, ...] = ("plain", "comma", "points", "thousands", "lakhs")

_WHOLE, _POWER = r"[+-]?(?=[.,]?\d)", r"(?:[eE][+-]?\d+)?"
_WORD = r"|[+-]?(?:inf|infinity|Inf|Infinity)"
PATTERNS: dict[Form, re.Pattern[str]] = {
    "plain": re.compile(rf"{_WHOLE}\d*(?:\.\d*)?{_POWER}{_WORD}", re.ASCII),
    "comma": re.compile(rf"{_WHOLE}\d*(?:,\d*)?{_POWER}{_WORD}", re.ASCII),
    "points": re.compile(rf"{_WHOLE}(?:\d*|[1-9]\d{{0,2}}(?:\.\d{{3}})+)(?:,\d*)?{_POWER}{_WORD}", re.ASCII),
    "thousands": re.compile(rf"{_WHOLE}(?:\d*|[1-9]\d{{0,2}}(?:,\d{{3}})+)(?:\.\d*)?{_POWER}{_WORD}", re.ASCII),
    "lakhs": re.compile(rf"{_WHOLE}(?:\d*|[1-9]\d?(?:,\d{{2}})*,\d{{3}})(?:\.\d*)?{_POWER}{_WORD}", re.ASCII),
}
DRESS = re.compile(r"[\s%$€£¥₹'’_\u200b\u2060\ufeff]|USD|EUR|GBP|CNY|CHF")
MINUS = dict.fromkeys(map(ord, "\u2212\u2013\u2012\uff0d\ufe63"), "-")


def is_number(text: str, form: Form = "plain") -> bool:
    """Whether the text is a number of this form.

    >>> is_number("1,5"), is_number("1,5", "comma"), is_number("1,500.2", "thousands"), is_number("", "comma")
    (False, True, True, False)
    """
    return PATTERNS[form].fullmatch(text) is not None


def forms_of(texts: Iterable[str]) -> list[Form]:
    """The forms in which every one of the texts is a number, the simplest first.

    >>> forms_of(["1,5", "2"]), forms_of(["123,456", "5"]), forms_of(["1,23,456"]), forms_of(["1.5", "1,5"])
    (['comma', 'points'], ['comma', 'points', 'thousands'], ['lakhs'], [])
    """
    every = list(texts)
    return [form for form in FORMS if all(PATTERNS[form].fullmatch(text) for text in every)]


def form_of(texts: Iterable[str], decimal: DecimalMark = "auto") -> Form | Literal["either"] | None:
    """The one form of the texts; None where they are no numbers, 'either' where that cannot be said."""
    forms = forms_of(texts)
    if not forms or forms[0] == "plain":
        return forms[0] if forms else None
    comma = next((form for form in forms if form in ("comma", "points")), None)
    point = next((form for form in forms if form in ("thousands", "lakhs")), None)
    if comma is None or point is None:
        return forms[0]
    return "either" if decimal == "auto" else comma if decimal == "comma" else point


def is_like_a_number(text: str) -> bool:
    """Whether a person would take it for one: with a currency, a per cent sign, spaces or another minus beside it.

    >>> [is_like_a_number(text) for text in ("12 %", "$1,200", "\u22125", "(5)", "5 kg", "")]
    [True, True, True, True, False, False]
    """
    bare = DRESS.sub("", text).translate(MINUS)
    bare = bare[1:-1] if bare.startswith("(") and bare.endswith(")") else bare  # as accountants write what is owed
    return any(is_number(bare, form) for form in ("plain", "points", "thousands", "lakhs"))


def number(text: str, form: Form) -> float:
    """The text, which is a number of this form, as one.

    >>> number("1.234,5", "points"), number("1,23,456.5", "lakhs"), number("1,5", "comma")
    (1234.5, 123456.5, 1.5)
    """
    if form in ("thousands", "lakhs"):
        return float(text.replace(",", ""))
    return float(text if form == "plain" else text.replace(".", "").replace(",", "."))


def may_be_thousands(numbers: NDArray[np.float64]) -> bool:
    """Whether numbers that were read with decimal points could have been thousands: 1.234 beside 950, and no 0.5.

    >>> may_be_thousands(np.array([1.234, 950.0])), may_be_thousands(np.array([0.25, 950.0]))
    (True, False)
    """
    broken = np.abs(numbers[np.isfinite(numbers) & (numbers != np.floor(numbers))])
    thousandths = broken * 1000
    return bool(broken.size and (broken >= 1).all() and (np.abs(thousandths - np.round(thousandths)) < 1e-6).all())
