"""What is said of a column of writing, so that two sets of it can be compared: how long, of what, how unusual.

    length, words                 of each cell: characters, and what stands between spaces
    capitals, digits, signs       the share of its characters that are; signs are neither letters, digits nor spaces
    rare words                    the share of its words that no other cell of any set has

Typos make words that nobody else writes, so a set that is typed in haste has more of them. An empty cell has gaps for
shares. Source: ours; the tokens are Python's words of letters, in small letters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

KINDS = ("length", "words", "capitals", "digits", "signs", "rare words")
WORD = re.compile(r"[^\W\d_]+")


def text_columns(name: str, parts: Sequence[Sequence[str]]) -> tuple[list[NDArray[np.float64]], list[str]]:
    """The features of each cell of each set, (m, 6), and their names.

    >>> (cells,), names = text_columns("note", [["Good fit, 5 stars", "good fit", ""]])
    >>> names[:2], cells[0].round(2).tolist()
    (['note: length', 'note: words'], [17.0, 4.0, 0.06, 0.06, 0.06, 0.33])
    """
    tokens = [[WORD.findall(cell.lower()) for cell in part] for part in parts]
    cells_of = Counter(word for part in tokens for own in part for word in set(own))
    found = []
    for part, words in zip(parts, tokens, strict=True):
        rows = [_row(cell, sum(cells_of[word] == 1 for word in own), len(own))
                for cell, own in zip(part, words, strict=True)]
        found.append(np.array(rows, np.float64).reshape(-1, len(KINDS)))
    return found, [f"{name}: {kind}" for kind in KINDS]


def _row(cell: str, rare: int, words: int) -> tuple[float, ...]:
    n = len(cell) or np.nan
    letters, digits = sum(map(str.isalpha, cell)), sum(map(str.isdigit, cell))
    signs = len(cell) - letters - digits - sum(map(str.isspace, cell))
    return (len(cell), len(cell.split()), sum(map(str.isupper, cell)) / n, digits / n, signs / n,
            rare / (words or np.nan))
