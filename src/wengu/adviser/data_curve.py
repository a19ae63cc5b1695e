"""A run's learning curve: values of train and dev at several amounts of data, and what these say of more of it.

    curve.json    one object: points, each {"examples", "train", "dev", "low", "high", "n"}; metric

With less data fewer steps are made as well, where the epochs are the same. So of more data it tells nothing where

    still falling     the whole run's best epoch was its last one: it would have gone on with as much data
    no variance       train is as high as dev there, and yet the curve falls: no gap is left that more data closes
    nothing learnt    the whole run is surely no better than always one answer

The point with all the training examples is the run itself, as its ledger has it now. Anybody's curve is read from a CSV
file with the columns n, dev and, where known, train and dev_n.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from math import hypot, sqrt
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, Literal

from scipy.special import ndtri

from wengu.adviser.beside import unlearnt
from wengu.core.checks import InputError
from wengu.core.i18n import say, text_table
from wengu.core.regular_file import read_text
from wengu.core.run_folder import RunFolder
from wengu.core.safe_read import is_file
from wengu.practice import LearningCurve, Ledger, described, learning_curve
from wengu.practice.learning_curve import LEAST
from wengu.practice.metric_words import Facts, amount, interval, on_dev
from wengu.practice.metrics import ErrorRate
from wengu.practice.verdict import sign
from wengu.running.metric import judged_by, metric_object
from wengu.running.predictions import read_set

FILE = "curve.json"
Doubt = Literal["", "still falling", "no variance", "nothing learnt"]
COLUMNS = ("n", "dev", "train", "dev_n")


@dataclass(frozen=True)
class Point:
    """What a model trained on so many examples is worth: on train and dev, with dev's interval and examples."""

    examples: int
    train: float | None
    dev: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    seeds: int = 1  # that it is the mean over
    sd: float | None = None  # of dev over them

    @classmethod
    def mean(cls, points: Sequence[Point]) -> Point:
        """That of runs which differ in the seed alone."""
        first, k = points[0], len(points)
        if k == 1:
            return first
        dev = [one.dev for one in points]
        ends = [None if any(getattr(one, end) is None for one in points) else fmean(getattr(one, end) for one in points)
                for end in ("train", "low", "high")]
        return cls(first.examples, ends[0], fmean(dev), ends[1], ends[2], first.n, k, stdev(dev))

    @classmethod
    def of(cls, run: RunFolder) -> Point:
        """The values as they stand on the run's card. Raises InputError where it has not been judged."""
        rows = {row.set: row for row in Ledger.from_dict(run.read_json("ledger.json")).rows}
        examples = run.facts()["examples"]["train"]
        if not {"train", "dev"} <= set(rows):
            raise InputError(say("{path} lacks {name}; it was changed after wengu wrote it",
                                 path=run.path / "ledger.json", name="dev"))
        dev = rows["dev"]
        return cls(int(examples), rows["train"].value, dev.value, dev.low, dev.high, dev.n)


@dataclass(frozen=True)
class DataCurve:
    """The points, fewest examples first, and the law through them; none where they are too few for one."""

    points: tuple[Point, ...]
    curve: LearningCurve | None
    metric: Facts
    worth: float
    doubt: Doubt = ""  # why it does not tell of more data

    def __str__(self) -> str:
        rows = [([f"{point.examples:,}"], point) for point in self.points]
        return "\n".join([table_of([say("training examples")], rows, self.metric), "", *self.sentences])

    @property
    def sentences(self) -> tuple[str, ...]:
        """What it says of more data."""
        seeds = max((point.seeds for point in self.points), default=1)
        of_seeds = (say("Each size is the mean over {n} {n:seed|seeds}; what one of them does is in the intervals.",
                        n=seeds),) if seeds > 1 else ()
        if self.curve is None:
            return (*of_seeds, say("Too few sizes for a curve: {n} are needed.", n=LEAST))
        if self.doubt == "nothing learnt":
            return (*of_seeds, self.in_doubt)
        return (*of_seeds, *self.curve.sentences(self.worth, instead=self.in_doubt))

    @property
    def in_doubt(self) -> str:
        """Why it does not tell of more data, in the language spoken now."""
        match self.doubt:
            case "still falling":
                return say("The run was still at its best in its last epoch, and with less data it made fewer steps: "
                           "the curve shows longer training as well, so it does not tell whether more data helps. "
                           "Train longer first, then measure it again.")
            case "no variance":
                return say("Train is as high as dev, so no gap is left that more data closes: the curve shows longer "
                           "training as well, as with less data fewer steps are made. Look at bias first.")
            case "nothing learnt":
                return say("With all its data the run learnt nothing: on dev it is no better than always one answer. "
                           "So the curve tells nothing of more data.")
        return ""


def table_of(head: Sequence[str], rows: Iterable[tuple[Sequence[str], Point]], metric: Facts) -> str:
    """What each model is worth, below what it is: the cells of `head`, then train, dev and its interval."""
    def value(x: float | None) -> str:
        return "–" if x is None else amount(metric, x)

    return text_table([*head, say("train"), on_dev(metric), ""], [
        [*cells, value(p.train), value(p.dev),
         "" if p.low is None or p.high is None else interval(metric, p.low, p.high)] for cells, p in rows], left=0)


def curve_of(run: RunFolder) -> DataCurve | None:
    """The run's learning curve; None where none was measured. Raises InputError where curve.json is damaged."""
    if not is_file(run.path / FILE):
        return None
    try:
        kept = [Point(**point) for point in run.read_json(FILE)["points"]]
        now = Point.of(run)
        now = next((one for one in kept if one.examples == now.examples and one.seeds > 1), now)
        points = sorted([*(one for one in kept if one.examples < now.examples), now], key=lambda one: one.examples)
        ledger = Ledger.from_dict(run.read_json("ledger.json"))
        dev = read_set(run, "dev")
        found = _curve(points, judged_by(run), ledger.worth, level=ledger.level,
                       grouped=dev is not None and dev.groups is not None)
        return replace(found, doubt=_nothing_learnt(run) or _unfinished(run) or found.doubt)
    except (TypeError, KeyError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(say("{path} cannot be read: {error}", path=run.path / FILE, error=error)) from None


def _nothing_learnt(run: RunFolder) -> Doubt:
    train, dev = read_set(run, "train"), read_set(run, "dev")
    if train is None or dev is None:
        return ""
    found = unlearnt(train.records(), dev.records(), metric_object(run))
    return "nothing learnt" if found in ("train", "dev") else ""


def _unfinished(run: RunFolder) -> Doubt:
    """Whether it ended at its best, and by its epochs."""
    facts, last = run.facts(), max((int(row["epoch"]) for row in run.metrics() if "epoch" in row), default=0)
    return "still falling" if facts.get("stopped") == "epochs" and 0 < last == facts.get("best_epoch") else ""


def keep_points(run: RunFolder, points: Iterable[Point]) -> None:
    """curve.json of the run, from which `curve_of` reads it."""
    run.write_json(FILE, {"format": 1, "metric": dict(judged_by(run)), "points": [asdict(point) for point in points]})


def curve_table(path: str | Path, *, dev_examples: int | None = None) -> DataCurve:
    """Anybody's learning curve, from a CSV file with the columns n and dev, and optionally train and dev_n.

    dev_examples is what dev_n is where the file has no such column.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "curve.csv")
    ...     _ = file.write_text("n,dev\\n100,0.3328\\n200,0.25\\n400,0.1914\\n800,0.15\\n")
    ...     print(curve_table(file, dev_examples=2000).sentences[0])  # 0.05 + 0.1 (n/800)^-0.5
    Twice the data: dev error 12.1 % [..., ...], now 15.0 % by the same curve.
    """
    reader = csv.DictReader(io.StringIO(read_text(Path(path))))
    names = [name.strip() for name in reader.fieldnames or ()]
    if not {"n", "dev"} <= set(names):
        raise InputError(say("{path}: expected the columns n and dev, and perhaps train and dev_n, got {got}",
                             path=path, got=", ".join(names) or say("none")))
    points = []
    for row in reader:
        cells = {name.strip(): (value or "").strip() for name, value in row.items() if name is not None and
                 isinstance(value, str | None)}
        try:
            of = {name: float(cells[name]) for name in COLUMNS if cells.get(name)}
            points.append(Point(int(of["n"]), of.get("train"), of["dev"], n=int(of.get("dev_n", dev_examples or 0)) or
                                None))
        except (ValueError, KeyError, OverflowError):
            raise InputError(say("{where}: expected numbers in n and dev, got {got}", where=f"{path}:{reader.line_num}",
                                 got=", ".join(cells.values()))) from None
    facts = described(ErrorRate())
    return _curve(sorted(points, key=lambda one: one.examples), facts, facts["worth"])


def _curve(points: list[Point], metric: Facts, worth: float, *, level: float = 0.95,
           grouped: bool = False) -> DataCurve:
    sizes, values = [point.examples for point in points], [point.dev for point in points]
    if len(set(sizes)) < LEAST:
        return DataCurve(tuple(points), None, metric, worth)
    how: dict[str, Any] = {"metric": metric, "level": level}
    squares, df = sum((p.seeds - 1) * (p.sd or 0.0) ** 2 for p in points), sum(p.seeds - 1 for p in points)
    ends = all(point.low is not None and point.high is not None and point.high > point.low for point in points)
    between = 2 * ndtri((1 + level) / 2)  # standard errors
    if df and ends:  # what the examples do, the same in all seeds, and what is left of the seeds in their mean
        how["standard_errors"] = [float(hypot(((p.high or 0) - (p.low or 0)) / between, sqrt(squares / df / p.seeds)))
                                  for p in points]
    elif metric["name"] == "error" and not grouped and all(point.n for point in points):
        how["counts"] = [point.n for point in points]
    elif ends:
        how["standard_errors"] = [float(((p.high or 0) - (p.low or 0)) / between) for p in points]
    found, last = learning_curve(sizes, values, **how), points[-1]
    level_with = last.train is not None and sign(metric["direction"]) * (last.dev - last.train) <= 0
    doubt: Doubt = "no variance" if level_with and found.verdict(worth) != "flat" else ""
    return DataCurve(tuple(points), found, metric, worth, doubt)
