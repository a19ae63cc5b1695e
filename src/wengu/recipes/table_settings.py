"""What can be set of a table, whatever is learned from it: its columns, and how its rows are divided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from wengu.recipes.settings import Training, setting

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from wengu.recipes.sets import Divided


@dataclass(frozen=True, kw_only=True)
class OfTable(Training):
    """The settings of a recipe that reads tables."""

    ignore: tuple[str, ...] = setting((), "Columns to leave out.")

    keep: tuple[str, ...] = setting(
        (), "Columns to take as features, though they are called id, group, set or split, or number the rows."
    )

    as_text: tuple[str, ...] = setting((), "Columns to take as text, though they hold numbers.")

    decimal: Literal["auto", "point", "comma"] = setting(
        "auto", "What begins the decimals in columns that leave it open: with comma 1,234 is 1.234, with point 1234."
    )

    group: str = setting("", "A column whose equal values belong together, such as a patient; by default `group`.")

    by_time: str = setting(
        "", "A column of times, numbers or dates: the oldest rows train, the newest test; it is no feature."
    )

    own: str = setting(
        "", "The value of the column `source` that is your own data: dev and test are cut from it alone."
    )

    other: str = setting(
        "", "A second file, of rows from elsewhere: they train too, and dev and test are of --data alone."
    )

    def columns(self) -> dict[str, Any]:
        """What the reader of a table is told of its columns."""
        return {name: getattr(self, name) for name in ("ignore", "keep", "as_text", "decimal", "group", "by_time",
                                                       "own", "other")}


def cut_table(settings: OfTable, table: Any, y: ArrayLike, **more: Any) -> Divided:
    """The sets of a table whose answers are y, (m,) or (m, questions); `more` as recipes.sets.cut has it.

    Rows that are equal, answers and all, are in one set, unless chance makes them so.
    """
    import numpy as np

    from wengu.recipes.sets import alike_by_nature, copies_of, cut

    copies = None
    if table.groups is None and table.times is None and table.x.ndim == 2:  # pictures that ship were looked at
        rows = np.column_stack([table.x, np.nan_to_num(y, nan=-1.0)])
        copies = copies_of(rows, by_chance=alike_by_nature(rows))
    return cut(settings, table.ids, set_of=table.set_of, groups=table.groups, sources=table.sources,
               elsewhere=table.elsewhere, times=table.times, copies=copies, **more)


def cut_classes(settings: OfTable, table: Any) -> Divided:
    """The same of a table of classes, which keep their shares."""
    return cut_table(settings, table, table.labels, labels=table.labels, classes=table.classes)
