"""The text of a cell or a name, in one form: no spaces at its ends, and Unicode composed (NFC).

    'yes ' -> 'yes'        'café', with its accent as a character of its own -> 'café'

Spaces are all that Unicode calls so, no-break ones too, and what has no width at all: a byte-order mark.
Source: Unicode Standard Annex 15, Unicode Normalization Forms.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from typing import TYPE_CHECKING

import numpy as np

from wengu.core.printable import kept_text, printable_repr

if TYPE_CHECKING:
    import pandas as pd

MISSING = ("", "NA", "N/A", "#N/A", "NaN", "nan", "null", "NULL", "?")
"""What stands in a cell that holds nothing."""

NO_WIDTH = "\ufeff\u200b\u2060"
LONGEST = 40  # characters of a cell that an error shows
ODD = ("Zs", "Cf", "Pd", "Sm", "Nd")  # spaces, marks without a shape, dashes, signs, digits of other scripts


def clean(text: str) -> str:
    """The text in its one form.

    >>> clean("cafe\u0301\u00a0"), clean(" a b ")
    ('café', 'a b')
    """
    if text.isascii():
        return text.strip()
    stripped = text
    while (shorter := stripped.strip().strip(NO_WIDTH)) != stripped:
        stripped = shorter
    return unicodedata.normalize("NFC", stripped)


def clean_name(name: str) -> str:
    r"""The name of a file or a folder in its one form; bytes in it that are no letters are spelt out.

    >>> print(clean_name("caf\udce9"), clean_name("cafe\u0301 "))
    caf\xe9 café
    """
    return clean(kept_text(name))


def shown(text: object) -> str:
    """A cell in quotation marks as an error shows it: short, and what no eye can distinguish by its name.

    >>> print(shown("1\u00a0234"), shown("\u22125"), shown("n/a"))
    '1\\xa0234' (NO-BREAK SPACE) '−5' (MINUS SIGN) 'n/a'
    """
    whole = str(text)
    short = whole if len(whole) <= LONGEST else whole[: LONGEST - 1] + "…"
    odd = [one for one in dict.fromkeys(whole) if not one.isascii() and unicodedata.category(one) in ODD]
    names = ", ".join(unicodedata.name(one, f"U+{ord(one):04X}") for one in odd)
    return printable_repr(short) + (f" ({names})" if names else "")


def plainly(text: object) -> str:
    """The same without quotation marks, where every eye sees what stands there."""
    return str(text) if re.fullmatch(rf"[!-~]{{1,{LONGEST}}}", str(text)) else shown(text)


def is_text(values: pd.Series) -> bool:
    """Whether a column is neither numbers nor True and False."""
    from pandas.api import types

    return not types.is_numeric_dtype(values)


def cleaned(values: pd.Series, *, known: Container[str] = ()) -> tuple[pd.Series, int]:
    """(a column with its texts in their one form, how many cells changed); texts that are `known` stay as they are.

    A cell that was missing but for its spaces is missing.
    """
    import pandas as pd

    if not is_text(values):
        return values, 0
    codes, different = pd.factorize(values)
    texts = [clean(one) if isinstance(one, str) and one not in known else one for one in different]
    changed = [k for k, (new, old) in enumerate(zip(texts, different, strict=True)) if new is not old and new != old]
    if not changed:
        return values, 0
    for k in changed:
        texts[k] = None if texts[k] in MISSING else texts[k]
    taken = np.array([*texts, None], object)[codes]  # of a cell without a value the code is -1
    return pd.Series(taken, index=values.index, name=values.name), int(np.isin(codes, changed).sum())
