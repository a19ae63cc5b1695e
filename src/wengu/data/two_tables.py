"""The columns that two tables share, as numbers for a comparison: no target, no rule to keep, gaps allowed.

    numbers    as they are, a gap is NaN          text    1 where a row has the level: the commonest of both, 20 at most
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.data.table_file import read_sheet
from wengu.data.table_roles import ROLES, Chosen, Roles, roles_of

if TYPE_CHECKING:
    import pandas as pd

MOST_LEVELS = 20

Path = str | os.PathLike[str]


class Rows(NamedTuple):
    """Features of each row, what names it, and its group or none."""

    features: NDArray[np.float64]
    ids: tuple[str, ...]
    groups: NDArray[np.str_] | None


def two_tables(a: Path, b: Path, *, ignore: Sequence[str] = ()) -> tuple[Rows, Rows, tuple[str, ...], tuple[str, ...]]:
    """The rows of both, the names of their features, and the columns that one of them lacks.

    Columns called id, group, set or split, and those that number the rows, are no features. Raises InputError for a
    file that is no table, and where the two have no column in common.
    """
    one, other = (_read(path, ignore) for path in (a, b))
    shared = [str(name) for name in one.features.columns if name in other.features.columns]
    if not shared:
        raise InputError(say("{b}: expected columns of {a}, found none of them", a=a, b=b))
    columns = [_encoded(name, one.features[name], other.features[name]) for name in shared]
    first, second = (np.column_stack([column[k] for column in columns]) for k in (0, 1))
    lone = tuple(str(name) for roles in (one, other) for name in roles.features.columns if name not in shared)
    return (Rows(first, one.ids, one.groups), Rows(second, other.ids, other.groups),
            tuple(name for column in columns for name in column[2]), lone)


def _read(path: Path, ignore: Sequence[str]) -> Roles:
    sheet = read_sheet(path, as_text=ROLES)
    left_out = [name for name in ignore if name in sheet.frame.columns]
    return roles_of(sheet, Chosen((), left_out, (), ()), [])


def _encoded(name: str, a: pd.Series, b: pd.Series) -> tuple[NDArray[np.float64], NDArray[np.float64], list[str]]:
    """A column of both, and the names of what it becomes."""
    import pandas as pd

    if all(pd.api.types.is_numeric_dtype(part) for part in (a, b)):
        first, second = (part.to_numpy(np.float64)[:, None] for part in (a, b))
        return np.where(np.isinf(first), np.nan, first), np.where(np.isinf(second), np.nan, second), [name]
    texts = [part.astype(str).where(part.notna(), "") for part in (a, b)]
    shares = pd.concat([part.value_counts(normalize=True) for part in texts]).groupby(level=0).sum()
    levels = sorted(shares.sort_values(ascending=False, kind="stable").index[:MOST_LEVELS])
    first, second = ((part.to_numpy(str)[:, None] == np.array(levels, str)).astype(np.float64) for part in texts)
    return first, second, [f"{name}={level or say('missing')}" for level in levels]
