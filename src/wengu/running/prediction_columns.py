"""A table of predictions as columns: a million rows are read in seconds, in little more memory than their text.

Some thousand rows at a time are turned into columns. Of the probabilities, all of which are checked, that of the
predicted class is kept; texts that are alike are kept once.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import compress, islice
from math import nan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wengu.core.spreadsheet import unguarded
from wengu.data.clean_text import MISSING
from wengu.running.prediction_cells import ROUNDING, probability, set_of
from wengu.running.prediction_lines import table_lines

AT_ONCE = 5_000  # cells, as many as a processor keeps at hand
LABELS = ("truth", "predicted")

Line = tuple[list[str], int]  # the fields, and the line that they begin in
Lack = tuple[str, str, str]  # where a label is missing, its column, and what stands there


@dataclass(eq=False)
class Columns:
    """A set's rows; without a column `group` its texts are empty.

    `sure` is the p of what is predicted, `sure_whole` the same where 1.0 counts as 1; NaN where none is given.
    """

    ids: list[str] = field(default_factory=list)
    truth: list[str] = field(default_factory=list)
    predicted: list[str] = field(default_factory=list)
    group: list[str] = field(default_factory=list)
    line: array[int] = field(default_factory=lambda: array("q"))
    sure: array[float] = field(default_factory=lambda: array("d"))
    sure_whole: array[float] = field(default_factory=lambda: array("d"))

    def extend(self, piece: Columns, mine: Sequence[bool]) -> None:
        """Append those rows of the piece that are `mine`."""
        for name, column in vars(self).items():
            column.extend(compress(getattr(piece, name), mine))


def read_columns(path: Path, only: str | None) -> tuple[dict[str, Columns], list[Lack]]:
    """The rows by set, all of the set `only` where it is given, in a run's own file; and the labels that are missing.

    Raises InputError for what cannot be read, a set that there is not, and a probability that is none.
    """
    found: dict[str, Columns] = {}
    lacks: list[Lack] = []
    known: dict[str, str] = {}
    header, lines = table_lines(path, LABELS if only else ("set", *LABELS))
    while rows := list(islice(lines, max(1, AT_ONCE // len(header)))):
        piece = _Piece(path, header, rows, own=bool(only))
        columns, sets = piece.columns(known), [only] * len(rows) if only else piece.sets()
        lacks += piece.lacks(columns)
        for name in dict.fromkeys(sets):
            found.setdefault(name, Columns()).extend(columns, [one == name for one in sets])
    return found, lacks


class _Piece:
    """Some rows of the file; in a run's `own` a space is part of a class, and p, often many, are from a softmax."""

    def __init__(self, path: Path, header: Sequence[str], rows: Sequence[Line], *, own: bool) -> None:
        self.path, self.rows, self.own = path, rows, own
        self.at = {name: k for k, name in enumerate(header)}
        self.cells = tuple(zip(*(fields for fields, _ in rows), strict=True))

    def where(self, i: int) -> str:
        return f"{self.path}:{self.rows[i][1]}"

    def sets(self) -> list[str]:
        texts = self._column("set")
        known = {text: set_of(text, self.where(texts.index(text))) for text in dict.fromkeys(texts)}
        return [known[text] for text in texts]

    def columns(self, known: dict[str, str]) -> Columns:
        """The rows by column, each text the one that is `known`. Raises InputError for a probability that is none."""
        lines = [line for _, line in self.rows]
        ids = [text or str(line) for text, line in zip(self._column("id"), lines, strict=True)]
        truth, predicted, group = ([known.setdefault(text, text) for text in self._column(name)]
                                   for name in (*LABELS, "group"))
        for name in () if self.own else self.at:
            if name.startswith("p_"):
                self._numbers(self.cells[self.at[name]], [name] * len(self.rows))
        exactly = {text: self.at.get(f"p_{text}") for text in set(predicted)}
        of_whole = {name.removesuffix(".0"): k for name, k in self.at.items() if name.startswith("p_")}
        whole = {text: of_whole.get(f"p_{text}".removesuffix(".0")) for text in exactly}
        sure = self._sure(predicted, exactly)
        sure_whole = sure if whole == exactly or self.own else self._sure(predicted, whole)
        return Columns(ids, truth, predicted, group, array("q", lines), array("d", sure), array("d", sure_whole))

    def lacks(self, columns: Columns) -> list[Lack]:
        """The labels that are missing, by row."""
        none = {""} if self.own else set(MISSING)
        if none.isdisjoint(columns.truth) and none.isdisjoint(columns.predicted):
            return []
        return [(self.where(i), name, text) for i in range(len(self.rows)) for name in LABELS
                if (text := getattr(columns, name)[i]) in none]

    def _column(self, name: str) -> list[str]:
        """A column as it was before it was written; empty texts where there is none."""
        if name not in self.at:
            return [""] * len(self.rows)
        return self._plain(self.cells[self.at[name]])

    def _plain(self, texts: Sequence[str]) -> list[str]:
        plain = map(unguarded, texts) if "'" in "".join(texts) else texts
        return list(plain if self.own else map(str.strip, plain))

    def _sure(self, predicted: Sequence[str], at: dict[str, int | None]) -> NDArray[np.float64]:
        """p of what is predicted, row by row."""
        texts = ["" if (k := at[text]) is None else fields[k]
                 for text, (fields, _) in zip(predicted, self.rows, strict=True)]
        return self._numbers(texts, [f"p_{text}" for text in predicted])

    def _numbers(self, texts: Sequence[str], columns: Sequence[str]) -> NDArray[np.float64]:
        """The numbers of cells, NaN of an empty one. Raises InputError naming that which is no probability."""
        with suppress(ValueError):
            p = np.array(list(map(float, texts)) if all(texts) else [float(text or nan) for text in texts])
            if np.count_nonzero((p >= -ROUNDING) & (p <= 1 + ROUNDING)) == len(texts) - texts.count(""):
                return p
        return np.array([probability(text, columns[i], self.where(i)) if text else nan
                         for i, text in enumerate(self._plain(texts))])
