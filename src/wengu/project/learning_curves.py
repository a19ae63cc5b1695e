"""`wengu learning-curve RUN`: the run's recipe trained again with less of its data, and what more would bring.

    sizes    N, N/2, N/4, ... of the training examples, each within the larger one; dev is the same
    seeds    with `repeat` each size under so many, RUN/learning-curve/<n>-seed<s>, and the mean of them counts
    kept     RUN/learning-curve/<n>, each a run; values in RUN/curve.json after each, so that Ctrl-C loses nothing
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wengu.adviser.data_curve import DataCurve, Point, curve_of, keep_points
from wengu.adviser.diagnose import judge
from wengu.adviser.widths import FOLDER
from wengu.core.checks import InputError, at_least
from wengu.core.console import Console
from wengu.core.files import remove_folders
from wengu.core.i18n import say
from wengu.core.printable import shell_word
from wengu.core.run_folder import RunFolder
from wengu.core.run_reader import is_run
from wengu.practice.learning_curve import LEAST
from wengu.project.again import ended, fit_again, given_to
from wengu.project.diagnose import write_report
from wengu.recipes import recipe
from wengu.recipes.settings import Training, epochs_for

SIZES = 5  # where nothing is said
FEWEST = 16  # training examples
OF_A_CLASS = 2
BESIDE = 3.0  # seconds: the pre-flight, the answers


def learning_curve_of(
    path: str | Path, *, sizes: int = SIZES, repeat: int = 1, console: Console | None = None, quiet: bool = False
) -> DataCurve | None:
    """Measure the run's learning curve, print what is done, and write the report anew; None after Ctrl-C.

    sizes     how many amounts of data, the run's own with them, each half of the next larger
    repeat    under how many seeds each, the run's own and those after it

    Raises InputError where the run has not ended, has no metric, or has too few training examples.
    """
    at_least("sizes", sizes, LEAST)
    at_least("repeat", repeat, 1)
    run = RunFolder.open(path)
    if not ended(run):
        raise InputError(say("{path} has not ended; continue it first", path=run.path))
    if console is None and not quiet:
        console = Console(soft_wrap=True)
    now = Point.of(run)
    wanted = sizes_below(now.examples, sizes, classes=len(run.facts().get("spec", {}).get("classes") or ()))
    if len(wanted) + 1 < LEAST:
        raise InputError(say("{path} has {n} training {n:example|examples}: too few to train on a quarter of them",
                             path=run.path, n=now.examples))
    folder, seed = run.path / FOLDER, int(run.settings()[0].get("seed") or 0)
    given, every = _given(run), [*wanted, *([now.examples] if repeat > 1 else [])]
    planned = {(n, k): folder / (str(n) if k == 0 else f"{n}-seed{seed + k}") for n in every for k in range(repeat)
               if n != now.examples or k}
    for path in planned.values():
        if is_run(path) and _given(RunFolder(path)) != given:  # of before the run went on
            remove_folders(path)
    left = [n for (n, _), path in planned.items() if not (is_run(path) and ended(RunFolder(path)))]
    often = max(map(left.count, left), default=1)
    if console and left:
        words = {"sizes": say(", ").join(f"{n:,}" for n in dict.fromkeys(left)), "time": _time(_seconds(run, left))}
        console.print(say("training on {sizes} of the examples, under up to {n} {n:seed|seeds} each, about {time} in "
                          "all; Ctrl-C loses nothing", n=often, **words) if often > 1 else
                      say("training on {sizes} of the examples, about {time} in all; Ctrl-C loses nothing", **words),
                      highlight=False, markup=False)
    points: list[Point] = []
    for n in every:
        seeds = [now] if n == now.examples else []
        for (of, k), path in planned.items():
            if of != n:
                continue
            changes = {} if n == now.examples else {"train_examples": n}
            if not fit_again(run, path, changes=changes | ({"seed": seed + k} if k else {}),
                             how={"console": console, "quiet": quiet or console is None}):
                stopped(console, run, (f" --sizes {sizes}" if sizes != SIZES else "") +
                        (f" --repeat {repeat}" if repeat > 1 else ""))
                return None
            seeds.append(Point.of(RunFolder.open(path)))
        points.append(Point.mean(seeds))
        with run:
            keep_points(run, points)
    with run:
        write_report(run, judge(run))
    return curve_of(run)


def sizes_below(n: int, sizes: int, *, classes: int = 0) -> list[int]:
    """n/2, n/4, ..., the smallest first, none with too few examples to learn from.

    >>> sizes_below(3600, 5, classes=10), sizes_below(90, 5, classes=3)
    ([225, 450, 900, 1800], [22, 45])
    """
    least = max(FEWEST, OF_A_CLASS * classes)
    return sorted({m for k in range(1, sizes) if (m := n // 2**k) >= least})


def _given(run: RunFolder) -> dict[str, Any]:
    """What the run was given, but for what the curve changes."""
    return {name: value for name, value in given_to(run).items() if name not in ("train_examples", "seed")}


def _seconds(run: RunFolder, sizes: list[int]) -> float:
    """By how long the run itself took for each example of each epoch."""
    facts, (settings, origin) = run.facts(), run.settings()
    epochs = len([row for row in run.metrics() if "epoch" in row]) or 1
    each = float(facts.get("seconds", 0)) / (epochs * facts["examples"]["train"])
    most = int(getattr(recipe(facts["recipe"]).Settings, "MOST_EPOCHS", Training.MOST_EPOCHS))
    asked = settings.get("epochs") if origin.get("epochs") not in ("data", "default") else None
    share = min(1.0, epochs / float(settings.get("epochs") or epochs))  # early stopping comes as soon, most often
    return sum(float(BESIDE + each * n * share * float(asked or epochs_for(n, most=most))) for n in sizes)


def _time(seconds: float) -> str:
    if seconds < 90:
        return say("{n} {n:second|seconds}", n=max(1, round(seconds)))
    if seconds < 90 * 60:
        return say("{n} {n:minute|minutes}", n=round(seconds / 60))
    return say("{n} {n:hour|hours}", n=round(seconds / 3600))


def stopped(console: Console | None, run: RunFolder, flags: str = "") -> None:
    """Say how to go on after Ctrl-C."""
    if console:
        console.print(say("stopped; what is trained is kept, and the same command goes on: wengu learning-curve "
                          "{path}", path=f"{shell_word(run.path)}{flags}"), highlight=False, markup=False)
