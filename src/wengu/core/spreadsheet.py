"""Cells of CSV files that a spreadsheet would take for a formula, kept as what they are: text.

    =1+2 -> '=1+2        @no -> '@no        -1 stays, for it is a number        '=x -> ''=x, so that nothing is lost

Source: OWASP, CSV Injection.
"""

from __future__ import annotations

import re

FORMULA = re.compile("'*[=+\\-@\t\r＝＋－＠]")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def guarded(cell: object) -> str:
    """The cell as it is written.

    >>> guarded("=cmd"), guarded("-1"), guarded("-1+1"), guarded("'@x")
    ("'=cmd", '-1', "'-1+1", "''@x")
    """
    text = "" if cell is None else str(cell)
    return "'" + text if FORMULA.match(text) and not NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """The cell as it was, from what is written.

    >>> [unguarded(guarded(cell)) for cell in ("=cmd", "'=cmd", "'quoted'", "-1")]
    ['=cmd', "'=cmd", "'quoted'", '-1']
    """
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text
