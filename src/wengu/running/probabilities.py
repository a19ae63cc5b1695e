"""The probabilities p_<class> of a run's predictions, and of anybody's, as columns of numbers.

A million rows are read in seconds, for nothing but numbers and the place of the true class is kept of them. A run of
more than 100 classes writes p of the likeliest alone: an empty cell counts as 0. Of two classes one column will do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.core.spreadsheet import unguarded
from wengu.data.clean_text import MISSING
from wengu.practice import Probabilities
from wengu.running.prediction_cells import SETS, WHOLE, probability, set_of
from wengu.running.prediction_lines import table_lines
from wengu.running.predictions import checked_file

AT_ONCE = 500_000  # cells
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scored:
    """One set's probabilities, and how many cells of theirs were empty."""

    given: Probabilities
    empty: int = 0


@dataclass(eq=False)
class _Columns:
    """What is kept of rows: the set, truth, group and id of each, and the p of each column."""

    sets: list[str]
    truth: list[str]
    group: list[str]
    ids: list[str]
    p: Floats


def read_probabilities(target: Path) -> dict[str, Scored]:
    """By set, of a run's folder or of a CSV file with the columns set, truth and p_<class>; optional id and group.

    Raises InputError where there are no probabilities, where one is none, and for a class without a column.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "anybodys.csv")
    ...     _ = file.write_text("set,truth,p_cat\\ndev,cat,0.75\\ndev,dog,0.5\\n")
    ...     found = read_probabilities(file)["dev"].given
    >>> found.classes, found.p.tolist()
    (('cat', 'dog'), [[0.75, 0.25], [0.5, 0.5]])
    """
    if not target.is_dir():
        return _read(target, None)
    run = RunFolder.open(target)
    found = {name: one for name in SETS if (one := read_scored(run, name))}
    if not found:
        raise InputError(say("{path} has no predictions yet", path=run.path))
    return found


def read_scored(run: RunFolder, name: str) -> Scored | None:
    """The probabilities of one set of a run; None where it has not been predicted. Raises InputError as above."""
    if (file := checked_file(run, name)) is None:
        return None
    if file.suffix != ".csv":
        raise InputError(say("{path} does not predict classes, so it has no probabilities", path=run.path))
    return _read(file, name)[name]


def _read(path: Path, only: str | None) -> dict[str, Scored]:
    header, lines = table_lines(path, ("truth",) if only else ("set", "truth"))
    columns = [name for name in header if name.startswith("p_")]
    if not columns:
        raise InputError(say("{path}: expected a column p_<class> for each class, found {found}", path=path,
                             found=", ".join(header)))
    pieces: list[_Columns] = []
    while some := list(islice(lines, max(1, AT_ONCE // len(header)))):
        pieces.append(_piece(path, header, columns, some, only))
    if not pieces:
        raise InputError(say("{path}: expected predictions, found a header and no rows", path=path))
    p = np.concatenate([piece.p for piece in pieces])
    sets, truth, group, ids = (np.concatenate([np.array(getattr(piece, name)) for piece in pieces])
                               for name in ("sets", "truth", "group", "ids"))
    classes, p, names = _classes(path, [column.removeprefix("p_") for column in columns], p, truth)
    if group.any() if group.size else False:
        by: NDArray[np.str_] | None = group
    else:
        by = ids if ids.size and len(set(ids.tolist())) < len(ids) else None
    found = {}
    for name in SETS:
        there = sets == name if sets.size else np.ones(len(truth), dtype=np.bool_)
        if name in (only, *np.unique(sets).tolist()) and there.any():
            own = p[there]
            empty = np.isnan(own)
            found[name] = Scored(Probabilities(names[there], np.where(empty, 0.0, own), classes,
                                               None if by is None else by[there]), int(empty.sum()))
    return found


def _piece(
    path: Path, header: Sequence[str], columns: Sequence[str], lines: list[tuple[list[str], int]], only: str | None
) -> _Columns:
    """Some rows of the file; the line of what cannot be used is named."""
    at = {name: header.index(name) for name in ("set", "truth", "group", "id", *columns) if name in header}

    def column(name: str) -> list[str]:
        return [fields[at[name]] for fields, _ in lines] if name in at else []

    def where(i: int) -> str:
        return f"{path}:{lines[i][1]}"

    truth = column("truth") if only else [text.strip() for text in column("truth")]
    known = {text: unguarded(text) for text in set(truth)}
    for text in known:
        if text == "" or (not only and text in MISSING):
            raise InputError(say("{where}: truth is {got!r}, which is read as missing; fill it in, or leave the row "
                                 "out", where=where(truth.index(text)), got=text))
    own = column("set")
    sets = {text: set_of(text, where(own.index(text))) for text in set(own)} if not only else {}
    group = [text.strip() for text in column("group")]
    if any(group) and not all(group):
        raise InputError(say("{where}: group is empty here and given elsewhere; fill it in every row or in none",
                             where=where(group.index(""))))
    p = np.stack([_numbers(column(name), name, where) for name in columns], axis=1)
    return _Columns([sets[text] for text in own] if not only else [], [known[text] for text in truth], group,
                    column("id"), p)


def _numbers(cells: list[str], name: str, where: Callable[[int], str]) -> Floats:
    """The cells as numbers, NaN of an empty one; a cell that is no probability is named."""
    try:
        p = np.array([cell or "nan" for cell in cells], dtype=np.float64)
        if np.isnan(p).sum() == cells.count("") and not ((p < 0) | (p > 1)).any():
            return p
    except ValueError:
        pass
    return np.array([probability(cell, name, where(i)) if cell.strip() else np.nan
                     for i, cell in enumerate(cells)])


def _classes(
    path: Path, named: list[str], p: Floats, truth: NDArray[np.str_]
) -> tuple[tuple[str, ...], Floats, NDArray[np.str_]]:
    """The classes, a column for each, and the truth by their names: of numbers 1.0 is 1."""
    there = np.unique(truth).tolist()
    if all(WHOLE.fullmatch(name) for name in (*named, *there)):
        named = [name.removesuffix(".0") for name in named]
        names, at = np.unique(truth, return_inverse=True)
        truth = np.array([name.removesuffix(".0") for name in names.tolist()])[at]
        there = np.unique(truth).tolist()
    missing = [name for name in there if name not in named]
    if len(named) == len(missing) == 1 and len(there) <= 2:
        return (*named, *missing), np.concatenate([p, 1 - p], axis=1), truth
    if missing:
        raise InputError(say("{path}: expected a column p_<class> for each class, found none for {missing}", path=path,
                             missing=", ".join(missing)))
    return tuple(named), p, truth
