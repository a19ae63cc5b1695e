"""`wengu diagnose RUN`: its card and report again; and the one way to open a test set."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

from torch import nn

from wengu.adviser.card import Card
from wengu.adviser.diagnose import card_of, judge
from wengu.adviser.set_comparison import keep
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.practice.yardstick import Yardstick
from wengu.project.compare_sets import ONCE_OPENED, compare_sets
from wengu.project.seen import Seen
from wengu.recipes.own_import import one_line_errors
from wengu.recipes.task import Preview, Task
from wengu.report.report import report
from wengu.running.load import load, task_of
from wengu.running.metric import judged_by, metric_object
from wengu.running.same_data import same_data
from wengu.running.write_predictions import write_predictions

READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)


def diagnose_run(
    path: str | Path,
    *,
    human: float | str | None = None,
    metric: str = "",
    worth: float | None = None,
    level: float | None = None,
    warn: Callable[[str], None] | None = None,
) -> Card:
    """The card of a run again; `human`, `worth` and `level` are kept in the run, and the report made anew.

    By another `metric` than the run's own it is judged from its predictions, and nothing of that is kept; nor where the
    run may not be written, which `warn` is told.
    """
    opened, given = RunFolder.open(path), Yardstick(human, worth, level)
    if _is_another(opened, metric):
        return card_of(opened, metric=metric, given=given.checked(rate=metric_object(opened, metric).scale == "rate"))
    given.checked(rate=judged_by(opened)["scale"] == "rate")
    try:
        with opened as run:
            _keep(run, given)
            card = judge(run)
            write_report(run, card)
            return card
    except OSError as error:
        if error.errno not in READ_ONLY:
            raise
        card = card_of(opened, given=given)
        if warn:
            warn(say("{path} may not be written, so ledger, report and settings are left as they were",
                     path=opened.path))
        return card


@one_line_errors()
def open_test(
    path: str | Path,
    *,
    human: float | str | None = None,
    metric: str = "",
    worth: float | None = None,
    level: float | None = None,
    network: str = "",
    warn: Callable[[str], None] | None = None,
) -> Card:
    """Judge the run on its test set. How often that was done stands in the run and on every card after.

    `network` is that of `load`, for a network of one's own that has moved or changed.
    """
    with RunFolder.open(path) as run:
        another, given = _is_another(run, metric), Yardstick(human, worth, level)
        given.checked(rate=metric_object(run, metric).scale == "rate")
        if not another:
            _keep(run, given)
        judge(run)  # which it must have been already
        if another:
            card_of(run, metric=metric, given=given)  # refuses what cannot be measured before anything is opened
        task = task_of(run)
        same_data(run, task)
        settings, _ = run.settings()
        model = load(run.path, network=network, warn=warn).model
        write_predictions(run, "test", model, task, size=settings.get("micro_batch"))
        keep(run, compare_sets(task, ONCE_OPENED))
        run.note(test_opened=run.facts().get("test_opened", 0) + 1)
        card = judge(run)
        write_report(run, card, task, model)
        return card_of(run, metric=metric, given=given) if another else card


def write_report(run: RunFolder, card: Card, task: Task | None = None, model: nn.Module | None = None) -> None:
    """report.html; the worst errors are shown, and divided by the task, where the data is still there.

    What its layers and its errors see is asked of `model`, the run's own; without it that is loaded.
    """
    task = task or _task_if_there(run)
    seen = Seen(run, task, model)
    run.write("report.html", report(run, card, _previews(task), None if task is None else task.causes,
                                    seen.errors, seen.layers))


def show_of(run: RunFolder, task: Task | None = None) -> Callable[[str, str], Preview | None]:
    """Shows an example by its set and id: nothing where the data is gone."""
    return _previews(task or _task_if_there(run))


def _task_if_there(run: RunFolder) -> Task | None:
    try:
        return task_of(run)
    except (InputError, OSError):
        return None


def _keep(run: RunFolder, given: Yardstick) -> None:
    """What is given becomes a setting of the run, so that every card after is measured by it."""
    if told := given.kept():
        settings, came_from = run.settings()
        run.write_settings(settings | told, came_from | dict.fromkeys(told, "diagnose"))


def _is_another(run: RunFolder, metric: str) -> bool:
    """Whether it is another metric than the run's own. Raises InputError where there is none of that name."""
    return bool(metric) and metric_object(run, metric).name != judged_by(run)["name"]


def _previews(task: Task | None) -> Callable[[str, str], Preview | None]:
    """Shows an example by its set and id."""
    if task is None:
        return lambda name, i: None
    place = {name: {i: k for k, i in enumerate(part.ids)} for name, part in task.sets.items()}

    def show(name: str, i: str) -> Preview | None:
        k = place.get(name, {}).get(i)
        return None if k is None else task.preview(task.sets[name], k)

    return show
