"""What a column of a table is, decided once from the rows of training: numbers, True and False, or text.

One cell that is no number makes no text of a column of numbers: it is named. Which is which goes by the share of rows:

    at most 20 different values    numbers in four rows of five, or more: a column of numbers with a fault, else text
    more                           numbers in half of the rows: the same; else an id or free text, which is refused
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NotRequired, Protocol, TypedDict

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.printable import shell_word
from wengu.data.clean_text import plainly
from wengu.data.table_numbers import (
    FORMS,
    DecimalMark,
    Form,
    form_of,
    is_like_a_number,
    is_number,
    may_be_thousands,
    number,
)

if TYPE_CHECKING:
    import pandas as pd

MOST_LEVELS = 20
SHARE_OF_FEW, SHARE_OF_MANY = 0.8, 0.5


class Rows(Protocol):
    """Where rows stand and what their cells say: a Sheet, or the rows of a frame, whose numbers have no text."""

    def where(self, row: int) -> str: ...

    def text(self, row: int, name: str) -> str: ...

    def texts(self, name: str) -> pd.Series | None: ...

    @property
    def commas(self) -> frozenset[str]: ...  # columns of numbers that were read with a comma before their decimals


class Column(TypedDict):
    name: str
    kind: Literal["number", "bool", "text"]
    levels: list[str]  # of text, in order; else empty
    form: NotRequired[Form]  # of numbers; plain where it is not said


def column_of(
    values: pd.Series, name: str, rows: Rows, *, decimal: DecimalMark = "auto", as_text: bool = False
) -> Column:
    """The rule for a column without gaps, from the values of training.

    Raises: InputError if it is text with more than 20 levels, numbers but for some cells, or numbers that may be read
    in two ways.
    """
    from pandas.api import types

    if not as_text and types.is_bool_dtype(values):
        return {"name": name, "kind": "bool", "levels": []}
    if not as_text and types.is_numeric_dtype(values):
        if name not in rows.commas:
            return numbers_of(name, "plain")
        if (texts := other_reading(values.to_numpy(np.float64), name, rows, "thousands")) is None:
            return numbers_of(name, "comma")
        values = texts
    counts = counts_of(values)
    levels = sorted(counts)
    if not as_text:
        if {level.lower() for level in levels} == {"true", "false"}:
            return {"name": name, "kind": "bool", "levels": []}
        form = form_of(levels, decimal)
        if form == "either":
            raise either(values, name, rows, say("say which with --decimal comma or --decimal point"))
        if form:
            return numbers_of(name, form)
        _check_few_are_wrong(values, counts, name, rows)
    if len(levels) > MOST_LEVELS:
        raise InputError(say("column {name!r} is text with {n} different {n:value|values} ({first}, …), more than "
                             "{most}: it looks like an id or free text. Leave it out with --ignore {quoted}", name=name,
                             quoted=shell_word(name), n=len(levels), first=levels[0][:40], most=MOST_LEVELS))
    return {"name": name, "kind": "text", "levels": levels}


def numbers_of(name: str, form: Form) -> Column:
    """The rule for a column of numbers in this form."""
    column: Column = {"name": name, "kind": "number", "levels": []}
    return column if form == "plain" else {**column, "form": form}


def ways_to_write() -> dict[Form, str]:
    """What is said of numbers that are not plain, in the language spoken now."""
    return {"comma": say("decimal commas, 1,5 is read as 1.5"),
            "points": say("decimal commas and points between thousands, 1.234,5 is read as 1234.5"),
            "thousands": say("commas between thousands, 1,234 is read as 1234"),
            "lakhs": say("commas as India writes them, 1,23,456 is read as 123456")}


def other_reading(numbers: NDArray[np.float64], name: str, rows: Rows, form: Form) -> pd.Series | None:
    """The texts of a column that was read as numbers, if they all may have thousands: 1.234 and 950; else None."""
    if not may_be_thousands(numbers) or (texts := rows.texts(name)) is None:
        return None
    texts = texts.str.strip()
    return texts if all(is_number(text, form) for text in texts.unique()) else None


def check_no_gaps(values: pd.Series, name: str, rows: Rows, advice: str = "") -> None:
    """Raise InputError at the first missing value."""
    if not (gaps := np.flatnonzero(values.isna())).size:
        return
    text = rows.text(gaps[0], name).strip()
    written = say("; {text} is read as missing, so write it otherwise if it means something", text=text) if text else ""
    raise InputError(say("{row}: column {name!r} lacks a value (in {n} of {m} {m:row|rows}); fill it or delete "
                         "the line{advice}",
                         row=rows.where(gaps[0]), name=name, n=gaps.size, m=len(values), advice=advice) + written)


def counts_of(values: pd.Series) -> dict[str, int]:
    """How many rows have each text."""
    return {str(text): int(n) for text, n in values.astype(str).value_counts().items()}


def best_form(values: pd.Series, *, first: Form = "plain") -> Form:
    """The form in which most rows are numbers; of equals `first`."""
    counts = counts_of(values)
    held = {form: sum(n for text, n in counts.items() if is_number(text, form)) for form in (first, *FORMS)}
    return max(held, key=lambda form: held[form])


def no_numbers(values: pd.Series, form: Form) -> NDArray[np.bool_]:
    """The rows that are no numbers of this form."""
    texts = values.astype(str)
    return ~texts.map({text: is_number(text, form) for text in texts.unique()}).to_numpy(bool)


def not_a_number(
    values: pd.Series, name: str, rows: Rows, wrong: NDArray[np.bool_], advice: str = ""
) -> InputError:
    """The first row that is `wrong`, with what it has."""
    texts = values.astype(str)
    i = int(np.flatnonzero(wrong)[0])
    right = int((~wrong).sum())
    if not right:
        return InputError(say("{row}: column {name!r} is {got}; expected a finite number{advice}", row=rows.where(i),
                              name=name, got=plainly(texts.iloc[i]), advice=advice))
    return InputError(say("{row}: column {name!r} is {got}; expected a finite number, as in {n} of {m} "
                          "{m:row|rows}{advice}", row=rows.where(i), name=name, got=plainly(texts.iloc[i]), n=right,
                          m=len(texts), advice=advice))


def either(values: pd.Series, name: str, rows: Rows, remedy: str) -> InputError:
    """That a column may be read in two ways, with the first row where that makes a difference."""
    texts = values.astype(str)
    i = next(k for k, text in enumerate(texts) if "," in text or "." in text)
    got = texts.iloc[i]
    comma, point = (number(got, form) for form in (("points", "thousands") if "," in got else ("points", "plain")))
    return InputError(say("{row}: column {name!r} is {got}, which is {comma:.15g} with a decimal comma and "
                          "{point:.15g} with a decimal point, and no row decides; {remedy}", row=rows.where(i),
                          name=name, got=got, comma=comma, point=point, remedy=remedy))


def _check_few_are_wrong(values: pd.Series, counts: dict[str, int], name: str, rows: Rows) -> None:
    """Raises InputError where a column is numbers but for some of its cells."""
    few, m = len(counts) <= MOST_LEVELS, len(values)
    form = best_form(values)
    right = sum(n for text, n in counts.items() if is_number(text, form))
    alike = sum(n for text, n in counts.items() if is_number(text, form) or is_like_a_number(text))
    if alike < (SHARE_OF_FEW if few else SHARE_OF_MANY) * m or (few and not right):
        return
    quoted = shell_word(name)
    advice = say("; write one there or delete the line, or leave the column out with --ignore {quoted}", quoted=quoted)
    as_text = say(", or take it as text with --as-text {quoted}", quoted=quoted) if few else ""
    raise not_a_number(values, name, rows, no_numbers(values, form), advice + as_text)
