"""A division into sets that is given: by a file that names each example and its set.

    id,set,...        split.csv of a run, or what `wengu data split` writes; other columns are passed over

Examples that the file does not name are new, and train: dev and test stay what they were while the data grows.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.safe_read import ReadError, open_sound
from wengu.core.spreadsheet import unguarded
from wengu.data.set_names import SET_NAMES

MOST_NAMED = 3


def sets_by_file(path: str, ids: Sequence[str]) -> tuple[NDArray[np.str_], tuple[str, ...]]:
    """(the set of each example, what is to be said of it).

    Raises InputError for a file that cannot be read, lacks the columns id and set, names no set that there is, one
    example twice, or no example of the data.
    """
    named = _read(path)
    known = set(ids)
    if not known & named.keys():
        raise InputError(say("split: no example of the data is named in {path}, such as {id}; is it of other data?",
                             path=path, id=ids[0]))
    gone, new = [i for i in named if i not in known], [i for i in ids if i not in named]
    notes = []
    if new:
        notes.append(say("not named in {path}, so they train: {which}", path=path, which=_listed(new)))
    if gone:
        notes.append(say("named in {path}, and not in the data: {which}", path=path, which=_listed(gone)))
    return np.array([named.get(i, "train") for i in ids], "<U9"), tuple(notes)


def _read(path: str) -> dict[str, str]:
    try:
        with open_sound(Path(path).expanduser()) as file:
            text = file.read().decode("utf-8-sig")
    except (ReadError, OSError, UnicodeDecodeError) as error:
        raise InputError(say("split: {path} cannot be read: {error}", path=path, error=error)) from None
    rows = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip().lower() for name in next(rows, [])]
    if not {"id", "set"} <= set(header):
        hint = say("; a table that `wengu data split` wrote has its sets already: give it as --data") if (
            "set" in header) else ""
        raise InputError(say("split: {path}: expected the columns id and set, found {found}{hint}", path=path,
                             found=", ".join(header) or "-", hint=hint))
    at, of = header.index("id"), header.index("set")
    found: dict[str, str] = {}
    for row in rows:
        if not row:
            continue
        where = f"{path}:{rows.line_num}"
        if len(row) != len(header):
            raise InputError(say("{where}: {got} {got:field|fields}, but the header has {n}; fix the line",
                                 where=where, got=len(row), n=len(header)))
        name, word = unguarded(row[at]), row[of].strip().lower()
        if word not in SET_NAMES:
            raise InputError(say("{where}: set: expected one of {sets}, got {got!r}{hint}", where=where,
                                 sets="train, train-dev, dev, test", got=row[of], hint=""))
        if name in found:
            raise InputError(say("{where}: {name} is named twice; name it once", where=where, name=name))
        found[name] = SET_NAMES[word]
    if "dev" not in Counter(found.values()):
        raise InputError(say("split: {path}: expected some examples in dev, found none", path=path))
    return found


def _listed(ids: Sequence[str]) -> str:
    rest = say(" and {n} more", n=len(ids) - MOST_NAMED) if len(ids) > MOST_NAMED else ""
    return ", ".join(ids[:MOST_NAMED]) + rest
