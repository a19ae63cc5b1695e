"""A table whose rows are to be divided: any table, for of its columns only those count that say what belongs where.

    labels, groups, times, sources, official sets       as `table_roles` reads them; an id that several rows have is
                                                        their group
    x                                                   of the other cells a number for each text: equal rows are copies
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wengu.data.clean_text import cleaned
from wengu.data.table import labels_of, sheet_of
from wengu.data.table_roles import Chosen, grouped_by_id, roles_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class ToDivide:
    """m rows, as far as it matters to which set they go; the fields are those of a `Table`."""

    x: NDArray[np.float64]  # (m, columns)
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    ids: tuple[str, ...]
    set_of: NDArray[np.str_]
    groups: NDArray[np.str_] | None
    times: NDArray[np.float64] | None
    sources: NDArray[np.str_] | None
    elsewhere: NDArray[np.bool_] | None
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)


def read_to_divide(
    path: str | os.PathLike[str],
    *,
    target: str,
    ignore: Sequence[str] = (),
    group: str = "",
    by_time: str = "",
    own: str = "",
    other: str | os.PathLike[str] = "",
) -> ToDivide:
    """Read what decides of each row to which set it goes; `ignore` names columns that do not.

    Raises InputError for a file that is no table, and for gaps in the target, the groups or the times.

    >>> import tempfile
    >>> from pathlib import Path
    >>> file = Path(tempfile.mkdtemp()) / "notes.csv"
    >>> _ = file.write_text("when,note,kind\\n2024-05-31,all well,a\\n,,b\\n2024-05-31,all well,a\\n")
    >>> rows = read_to_divide(file, target="kind")
    >>> rows.labels.tolist(), (rows.x[0] == rows.x[2]).all()
    ([0, 1, 0], np.True_)
    """
    chosen = Chosen((target,), ignore, (), (), group, by_time, own, learns=False).in_one_form()
    notes: list[str] = []
    sheet = sheet_of(path, other, chosen, notes)
    chosen.check(sheet.frame)
    labels, classes, _ = labels_of(sheet, chosen.targets[0], notes)
    chosen = grouped_by_id(sheet, chosen)
    if "id" in sheet.frame.columns and chosen.group != "id":  # lines name the rows, so ids may be anything
        chosen = replace(chosen, ignore=(*chosen.ignore, "id"))
    roles = roles_of(sheet, chosen, notes)
    return ToDivide(_codes(roles.features), labels, classes, sheet.lines, roles.set_of, roles.groups, roles.times,
                    roles.sources, roles.elsewhere, tuple(notes))


def _codes(frame: pd.DataFrame) -> NDArray[np.float64]:
    """A number for each different cell of a column, -1 of an empty one: (m, columns)."""
    import pandas as pd

    columns = [pd.factorize(cleaned(frame[name])[0])[0] for name in frame.columns]
    return np.stack(columns, axis=1).astype(np.float64) if columns else np.zeros((len(frame), 0))
