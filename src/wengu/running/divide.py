"""`wengu data split`: train, dev and test of a table or a folder of pictures, written for any program.

    a table       the same table with a column `set`
    pictures      id,set,class,source of each; --link also makes FOLDER/train/cat/1.png of hard links, or copies

Sizes, classes, groups, times, copies and what is from elsewhere are minded as `wengu fit` minds them, which reads what
is written here: the table by its column `set`, the other with --split.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError
from wengu.core.files import whole_file
from wengu.core.i18n import say
from wengu.core.spreadsheet import guarded
from wengu.practice.ledger_words import set_name
from wengu.practice.splits import AMPLE
from wengu.recipes import settings_of

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Division:
    """How many examples each set has, in order, and what is to be said."""

    path: Path
    sizes: Mapping[str, int]
    notes: tuple[str, ...]

    def __str__(self) -> str:
        sizes = "  ".join(say("{name} {n:,}", name=set_name(name), n=n) for name, n in self.sizes.items())
        return "\n".join([*self.notes, f"{self.path}: {sizes}"])


def reason(sizes: Mapping[str, int]) -> str:
    """Why so many are in dev and test, in the language spoken now."""
    if sizes["dev"] == AMPLE:
        return say("10,000 examples judge an error of 10 % to within 0.6 points, which is ample: all others train")
    return say("dev and test are a fifth of the examples each: with fewer than 50,000 in all, smaller sets would judge "
               "too coarsely")


def divide(
    data: str | os.PathLike[str],
    out: str | os.PathLike[str] = "",
    *,
    link: str | os.PathLike[str] = "",
    progress: Progress | None = None,
    **settings: Any,
) -> Division:
    """Divide a table or a folder of pictures, and write which example is in which set.

    data       a CSV or TSV file, for which `target` is needed, or a folder of class folders
    out        the file to write, by default NAME-split.csv beside the data; it must not be there yet
    link       of pictures: a new folder with theirs in a folder a set
    settings   target, group, by_time, other, own, ignore, split_seed, as `fit` has them

    Of a table any columns will do; those count that say of what class, set, group, time or source a row is. Raises
    InputError for pictures that `fit` would refuse, gaps in those columns, and where a file would be written over.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "shop.csv")
    ...     rows = [f"{7 * k % 30},{'no' if k % 3 else 'yes'}" for k in range(30)]
    ...     _ = file.write_text("\\n".join(["age,paid", *rows]))
    ...     divide(file, target="paid").sizes
    {'train': 18, 'dev': 6, 'test': 6}
    """
    path = Path(data).expanduser()
    pictures = path.is_dir()
    written = Path(out) if os.fspath(out) else path.resolve().with_name(f"{path.resolve().stem}-split.csv")
    for name in (written, *([Path(link)] if os.fspath(link) else [])):
        if os.path.lexists(name):
            raise InputError(say("{path} is there already; give another name, or remove it", path=name))
    if os.fspath(link) and not pictures:
        raise InputError(say("link: it is for a folder of pictures, got a table; leave it out"))
    division, rows = (_pictures if pictures else _table)(path, written, settings, progress)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n", delimiter="," if pictures else _delimiter(path))
    writer.writerows(([guarded(cell) for cell in row] if pictures else row) for row in rows)
    if os.fspath(link):
        _link(path, Path(settings.get("other", "")), Path(link), rows[1:])
    with whole_file(written) as file:
        file.write(text.getvalue().encode(errors="surrogateescape"))
    return division


def _pictures(
    path: Path, out: Path, given: Mapping[str, Any], progress: Progress | None
) -> tuple[Division, list[Sequence[str]]]:
    from wengu.recipes.picture_sets import copies_in, cut_pictures, read_pictures
    from wengu.recipes.pictures import SMALL

    settings: Any = settings_of("pictures", {"data": str(path), **given})
    read = read_pictures(settings, SMALL, "full", progress)
    places, notes, _ = cut_pictures(settings, read, copies=copies_in(settings, read))
    sources = read.sources if read.sources is not None else [read.source] * len(read)
    rows = [(read.ids[i], name, read.classes[read.labels[i]], str(sources[i]))
            for name, index in places.items() for i in index]
    return (_division(out, settings, read.set_of, places, (*read.notes, *notes)),
            [("id", "set", "class", "source"), *rows])


def _table(
    path: Path, out: Path, given: Mapping[str, Any], progress: Progress | None
) -> tuple[Division, list[Sequence[str]]]:
    from wengu.data.table_to_divide import read_to_divide
    from wengu.recipes.table_settings import cut_classes

    settings: Any = settings_of("table", {"data": str(path), **given})
    if not settings.target:
        raise InputError(say("target: expected the column of classes, got none; --target says it"))
    of_rows = {name: getattr(settings, name) for name in ("ignore", "group", "by_time", "own", "other")}
    table = read_to_divide(path, target=settings.target, **of_rows)
    places, notes, _ = cut_classes(settings, table)
    of = np.full(len(table), "", "<U9")
    for name, index in places.items():
        of[index] = name
    return (_division(out, settings, table.set_of, places, (*table.notes, *notes)),
            list(_with_sets(path, settings.other, of.tolist())))


def _division(
    out: Path, settings: Any, set_of: NDArray[np.str_], places: Mapping[str, NDArray[np.intp]], notes: tuple[str, ...]
) -> Division:
    """With the reason for the sizes, where it was the rule that chose them."""
    sizes = {name: len(index) for name, index in places.items()}
    chosen = not settings.split and not (set_of != "").any()
    return Division(out, sizes, (*notes, reason(sizes)) if chosen else notes)


def _delimiter(path: Path) -> str:
    from wengu.data.table_file import beginning, content, said_delimiter

    raw, said, _ = said_delimiter(content(path)[1])
    return beginning(raw, said)[1]


def _with_sets(path: Path, other: str, sets: list[str]) -> Iterator[Sequence[str]]:
    """The rows of the file, and of the other's, as they are written, each with its set."""
    from wengu.data.table_file import read_sheet

    sheets = [read_sheet(file) for file in (path, other) if file]
    names = [str(name) for name in sheets[0].frame.columns if str(name).lower() not in ("set", "split")]
    yield ["set", *names]
    done = 0
    for sheet in sheets:
        columns = [sheet.texts(name).tolist() if name in sheet.frame else [""] * len(sheet.lines) for name in names]
        for row in zip(sets[done:done + len(sheet.lines)], *columns, strict=True):
            if row[0]:
                yield row
        done += len(sheet.lines)


def _link(own: Path, other: Path, into: Path, rows: Sequence[Sequence[str]]) -> None:
    """A folder a set, a folder a class in each, and there the pictures: whole, or not at all."""
    part = into.with_name(f".{into.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    seen: Counter[Path] = Counter()
    try:
        for name, set_of, label, _ in rows:
            file = own / name
            if not file.exists():  # from elsewhere: the id begins with the folder's name
                file = other / name.removeprefix("../").partition("/")[2]
            to = part / set_of / label / name.removeprefix("../").removeprefix(f"{label}/").replace("/", "-")
            seen[to] += 1
            to = to if seen[to] == 1 else to.with_stem(f"{to.stem}-{seen[to]}")
            to.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(file, to)
            except OSError:  # another disk, or a system without
                shutil.copy2(file, to)
        part.rename(into)
    finally:
        shutil.rmtree(part, ignore_errors=True)
