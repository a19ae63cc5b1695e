"""Whether anybody's sets are from one distribution: two folders of pictures, two tables, those in one, or of a run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wengu.adviser.set_comparison import SetComparison
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.data.picture_files import decode_all, files_of
from wengu.data.set_names import SET_NAMES
from wengu.data.two_tables import Rows, naming_column, sets_of_table, two_tables
from wengu.practice import copied_rows, distinguish, equal_rows, picture_features, rows_in_both
from wengu.practice.picture_features import enough_pictures, visible_steps
from wengu.practice.ranks import spread_evenly
from wengu.practice.two_samples import MOST
from wengu.project.compare_sets import AT_THE_END, ONCE_OPENED, compare_sets
from wengu.recipes import settings_of
from wengu.recipes.pictures import parsed_size
from wengu.running.load import task_of
from wengu.running.nearer_train import NEARER, as_trained, nearer_to_dev

Progress = Callable[[int, int], None]
Pictures = tuple[NDArray[np.uint8], list[str]]  # and the name of each
ASKED = (("train", "dev"), ("train-dev", "dev"), ("dev", "test"))


def compare_data(
    a: str | os.PathLike[str],
    b: str | os.PathLike[str],
    *,
    ignore: Sequence[str] = (),
    group: str = "",
    size: str | int = 64,
    progress: Progress | None = None,
) -> SetComparison:
    """Two folders of pictures, by what people would say of them, or two CSV files, by the columns that they share.

    ignore    columns to leave out
    group     the column that says which rows belong together, by default one called `group`
    size      what pictures are brought to, height and width

    Rows that are copies of one another count once. Raises InputError for anything else, and what cannot be read.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     for name, at in (("old", 40), ("new", 30)):
    ...         _ = Path(folder, name + ".csv").write_text("\\n".join(["age", *(f"{at + k % 13}" for k in range(200))]))
    ...     found = compare_data(f"{folder}/old.csv", f"{folder}/new.csv")
    >>> found.verdict, found.telling[0].name
    ('distinguishable', 'age')
    """
    one, other = Path(a).expanduser(), Path(b).expanduser()
    if one.is_dir() != other.is_dir():
        raise InputError(say("{b}: expected two folders of pictures or two tables, got one of each", b=b))
    names = _short(one, other)
    if one.is_dir():
        first, second = (_pictures(folder, parsed_size(size), progress) for folder in (one, other))
        return _of_pictures(first, second, names)
    rows, others, features, _ = two_tables(one, other, ignore=ignore, group=group)
    return _of_rows(rows, others, features, names)


def compare_sets_in(
    path: str | os.PathLike[str],
    *,
    ignore: Sequence[str] = (),
    group: str = "",
    size: str | int = 64,
    progress: Progress | None = None,
) -> tuple[SetComparison, ...]:
    """The sets in one place: those that a table's column `set` names, or a folder's train/, dev/ and test/.

    Train against dev, train-dev against dev, dev against test; without dev train against test. The arguments are those
    of `compare_data`. Raises InputError where there are not two sets.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "people.csv")
    ...     rows = (f"{k % 13 + 9 * (k % 3 == 0)},{'dev' if k % 3 == 0 else 'train'}" for k in range(600))
    ...     _ = file.write_text("\\n".join(["age,set", *rows]))
    ...     found, = compare_sets_in(file)
    >>> found.a, found.b, found.verdict
    ('train', 'dev', 'distinguishable')
    """
    where = Path(path).expanduser()
    if not where.is_dir():
        rows, features = sets_of_table(where, ignore=ignore, group=group)
        return tuple(_of_rows(rows[a], rows[b], features, (a, b)) for a, b in _pairs(rows))
    folders = {SET_NAMES[child.name.lower()]: child for child in sorted(where.iterdir())
               if child.is_dir() and child.name.lower() in SET_NAMES}
    if len(folders) < 2:
        raise InputError(say("{path} is no run, and has no folders train, dev or test; give a second folder of "
                             "pictures", path=path))
    pictures = {name: _pictures(folder, parsed_size(size), progress) for name, folder in folders.items()}
    return tuple(_of_pictures(pictures[a], pictures[b], (a, b)) for a, b in _pairs(pictures))


def compare_run(path: str | os.PathLike[str]) -> tuple[SetComparison, ...]:
    """The sets of a run: train, as it was trained on, against dev, train-dev against dev, dev against test.

    Of a test set that is sealed no example is named, as a name may give its class away. Raises InputError where the
    run's data is gone.
    """
    run = RunFolder.open(Path(path))
    settings, task = run.settings()[0], task_of(run)
    asked = {name: settings[name] for name in NEARER if name in settings}
    task = as_trained(nearer_to_dev(task, settings_of(task.recipe, {"data": settings.get("data", ""), **asked})))
    return compare_sets(task, (*AT_THE_END, *ONCE_OPENED), sealed=not run.facts().get("test_opened"))


def _pairs(sets: Mapping[str, object]) -> list[tuple[str, str]]:
    return [pair for pair in ASKED if set(pair) <= set(sets)] or [("train", "test")]


def _of_rows(a: Rows, b: Rows, features: Sequence[str], names: tuple[str, str]) -> SetComparison:
    groups = None if a.groups is None and b.groups is None else (_own(a, "a"), _own(b, "b"))
    found = distinguish(a.features, b.features, names=features, groups=groups,
                        copies=copied_rows(a.features, b.features))
    first = found.telling[0].name if found.telling else ""
    return replace(SetComparison.of(*names, found, (a.ids, b.ids)), shared=rows_in_both(a.features, b.features),
                   naming=naming_column(a, b, first) if first else "")


def _own(rows: Rows, side: str) -> list[str]:
    """Their groups; without any each row is one, in no other set."""
    return [f"{side}/{i}" for i in range(len(rows.ids))] if rows.groups is None else list(map(str, rows.groups))


def _pictures(folder: Path, size: tuple[int, int], progress: Progress | None) -> Pictures:
    """An even sample of the pictures in a folder that can be read."""
    every = files_of([folder])
    some = [every[i] for i in spread_evenly(len(every), enough_pictures(3, *size, MOST))]
    batch = decode_all(some, size=size, channels=None, progress=progress)
    if not len(batch.pixels):
        raise InputError(say("{folder}: there is no picture that can be read", folder=folder))
    return batch.pixels, [str(some[i].relative_to(folder)) for i in batch.kept]


def _of_pictures(a: Pictures, b: Pictures, names: tuple[str, str]) -> SetComparison:
    channels = max(pixels.shape[1] for pixels, _ in (a, b))
    (x, features), (y, _) = (picture_features(np.repeat(pixels, channels // pixels.shape[1], axis=1))
                             for pixels, _ in (a, b))
    found = distinguish(x, y, names=features, copies=equal_rows(x, y), steps=visible_steps(features))
    return replace(SetComparison.of(*names, found, (a[1], b[1])), shared=rows_in_both(x, y))


def _short(a: Path, b: Path) -> tuple[str, str]:
    """What the two are called: by their last name, or in full where that is the same."""
    return (a.name, b.name) if a.name != b.name and a.name and b.name else (str(a), str(b))
