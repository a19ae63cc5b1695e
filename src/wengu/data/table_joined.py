"""Two files as one table: one's own, and another with the same columns, whose rows are from elsewhere.

What a column is, is decided by the rows of both. A row of the other file is called by file and line, or file and id,
and is a group of its own where that file has no groups. Columns that one's own file lacks are left out.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError, nearest
from wengu.core.i18n import say
from wengu.core.printable import kept_text
from wengu.data.table_file import Sheet, read_sheet

if TYPE_CHECKING:
    import pandas as pd

MOST_NAMED = 5  # columns


@dataclass(frozen=True)
class JoinedSheet(Sheet):
    """The rows of both files, one's own first."""

    parts: tuple[Sheet, Sheet]

    def where(self, row: int) -> str:
        own, other = self.parts
        return own.where(row) if row < len(own.lines) else other.where(row - len(own.lines))

    def text(self, row: int, name: str) -> str:
        own, other = self.parts
        return own.text(row, name) if row < len(own.lines) else other.text(row - len(own.lines), name)

    @property
    def sources(self) -> NDArray[np.str_]:
        """(m,) the name of the file that each row is of."""
        return np.repeat([kept_text(Path(part.path).name) for part in self.parts], [len(p.lines) for p in self.parts])

    @property
    def elsewhere(self) -> NDArray[np.bool_]:
        """(m,) whether it is a row of the other."""
        return np.arange(len(self.lines)) >= len(self.parts[0].lines)


def read_both(
    path: str | os.PathLike[str], other: str | os.PathLike[str], notes: list[str], *, as_text: Iterable[str] = (),
    free: Sequence[str] = (), grouping: Sequence[str] = (),
) -> JoinedSheet:
    """Both files; the other may lack the columns of `free`, which are empty then, and those that say groups.

    Raises: InputError as `read_sheet` does, where both are one file, and for a column that the other lacks.
    """
    import pandas as pd

    if Path(path).resolve() == Path(other).resolve():
        raise InputError(say("other: {path} is --data itself; give the file of rows from elsewhere", path=other))
    names = list(as_text)
    own, more = read_sheet(path, as_text=names), read_sheet(other, as_text=names)
    for name in own.frame.columns:
        if name not in more.frame.columns and name not in (*free, *grouping, "id"):
            near = nearest(name, map(str, more.frame.columns))
            hint = say("; did you mean {near}?", near=near) if near else ""
            raise InputError(say("{path}: column {name!r} is missing, which {own} has{hint}", path=more.path, name=name,
                                 own=own.path, hint=hint))
    if extra := [str(name) for name in more.frame.columns if name not in own.frame.columns]:
        rest = say(" and {n} more", n=len(extra) - MOST_NAMED) if len(extra) > MOST_NAMED else ""
        notes.append(say("{path}: columns that {own} lacks, left out: {names}", path=more.path, own=own.path,
                         names=", ".join(extra[:MOST_NAMED]) + rest))

    def texts(name: str) -> pd.Series:
        parts = (part.texts(name) if name in part.frame else pd.Series([""] * len(part.lines)) for part in (own, more))
        return pd.concat(list(parts), ignore_index=True)

    source = kept_text(Path(other).name)
    lines = *own.lines, *(f"{source}:{line}" for line in more.lines)
    named = pd.Series(lines[len(own.lines):], dtype=object)
    filled = {name: named for name in grouping if name in own.frame and name not in more.frame}
    if "id" in own.frame:
        filled["id"] = f"{source}:" + more.frame["id"] if "id" in more.frame else named
    frame = pd.concat([own.frame, more.frame.assign(**filled).reindex(columns=own.frame.columns)], ignore_index=True)
    return JoinedSheet(frame, lines, own.unnamed + more.unnamed, own.path, texts, own.commas | more.commas, (own, more))
