"""Whether anybody's two sets are from one distribution: two folders of pictures, two tables, or the sets of a run."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from wengu.adviser.set_comparison import SetComparison
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.data.picture_files import decode_all, files_of
from wengu.data.two_tables import two_tables
from wengu.practice import distinguish, equal_rows, picture_features
from wengu.practice.picture_features import enough_pictures, visible_steps
from wengu.practice.ranks import spread_evenly
from wengu.practice.two_samples import MOST
from wengu.project.compare_sets import AT_THE_END, ONCE_OPENED, compare_sets
from wengu.recipes import settings_of
from wengu.recipes.pictures import parsed_size
from wengu.running.load import task_of
from wengu.running.nearer_train import NEARER, as_trained, nearer_to_dev

Progress = Callable[[int, int], None]


def compare_data(
    a: str | os.PathLike[str],
    b: str | os.PathLike[str],
    *,
    ignore: Sequence[str] = (),
    size: str | int = 64,
    progress: Progress | None = None,
) -> SetComparison:
    """Two folders of pictures, by what people would say of them, or two CSV files, by the columns that they share.

    ignore    columns to leave out
    size      what pictures are brought to, height and width

    Raises InputError for anything else, and what cannot be read.

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
        return _of_pictures(one, other, names, parsed_size(size), progress)
    first, second, features, _ = two_tables(one, other, ignore=ignore)
    groups = None
    if first.groups is not None and second.groups is not None:
        groups = (first.groups.tolist(), second.groups.tolist())
    found = distinguish(first.features, second.features, names=features, groups=groups)
    ids = tuple([part.ids[i] for i in rows] for part, rows in zip((first, second), found.rows, strict=True))
    return SetComparison.of(*names, found, (ids[0], ids[1]))


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


def _of_pictures(
    a: Path, b: Path, names: tuple[str, str], size: tuple[int, int], progress: Progress | None
) -> SetComparison:
    files = [files_of([folder]) for folder in (a, b)]
    read = []
    for folder, every in zip((a, b), files, strict=True):
        some = [every[i] for i in spread_evenly(len(every), enough_pictures(3, *size, MOST))]
        batch = decode_all(some, size=size, channels=None, progress=progress)
        if not len(batch.pixels):
            raise InputError(say("{folder}: there is no picture that can be read", folder=folder))
        read.append((batch.pixels, [str(some[i].relative_to(folder)) for i in batch.kept]))
    channels = max(pixels.shape[1] for pixels, _ in read)
    described = [picture_features(np.repeat(pixels, channels // pixels.shape[1], axis=1)) for pixels, _ in read]
    (x, features), (y, _) = described
    found = distinguish(x, y, names=features, groups=equal_rows(x, y), steps=visible_steps(features))
    ids = tuple([own[i] for i in rows] for (_, own), rows in zip(read, found.rows, strict=True))
    return SetComparison.of(*names, found, (ids[0], ids[1]))


def _short(a: Path, b: Path) -> tuple[str, str]:
    """What the two are called: by their last name, or in full where that is the same."""
    return (a.name, b.name) if a.name != b.name and a.name and b.name else (str(a), str(b))
