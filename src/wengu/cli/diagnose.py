"""`wengu diagnose RUN|CSV`: the ledger, the cause, what to try next."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from wengu.core.checks import InputError
from wengu.core.i18n import say


def diagnose(
    target: Annotated[
        Path,
        Parameter(help=say("A run's folder, or a CSV file with the columns set, truth, predicted; optional id, group, "
                           "p_<class>.")),
    ],
    /,
    *,
    human: Annotated[
        str | None,
        Parameter(help=say("Human error on the same task, such as 0.05, or 5/100 where it was counted, or what people "
                           "reach by its metric; bias is judged against it.")),
    ] = None,
    worth: Annotated[
        float | None,
        Parameter(help=say("The least gap that matters, such as 0.005 for half a point of error; by default a point, "
                           "and less where the error is small.")),
    ] = None,
    level: Annotated[
        float | None,
        Parameter(help=say("How often the intervals hold what they are of; by default 0.95.")),
    ] = None,
    metric: Annotated[
        str,
        Parameter(show_default=False, help=say(
            "Judge by another metric: error, macro-f1, balanced-accuracy, 'F1 CLASS', 'precision CLASS', "
            "'recall CLASS', or one of the run's task. It is measured on the predictions that are there, and not "
            "kept.")),
    ] = "",
    probabilities: Annotated[
        bool,
        Parameter(negative="", show_default=False, help=say(
            "Judge the probabilities p_<class> instead: ROC area and average precision of each class, and whether they "
            "are what they say (calibration).")),
    ] = False,
    open_test: Annotated[
        bool,
        Parameter(
            negative="",
            show_default=False,
            help=say("Judge the run on its sealed test set too; how often that was done is always shown."),
        ),
    ] = False,
    network: Annotated[
        str,
        Parameter(show_default=False,
                  help=say("With --open-test: FILE.py:NAME, where your own network has moved or changed.")),
    ] = "",
) -> int:
    """Say what is wrong with a run, or with anybody's predictions in a CSV file."""
    from wengu import adviser, project
    from wengu.core.console import Console
    from wengu.core.run_folder import RunFolder
    from wengu.practice.metric_words import metric_name
    from wengu.running.metric import judged_by

    console = Console(soft_wrap=True)
    given: dict[str, Any] = {"human": human, "worth": worth, "level": level}
    if probabilities:
        if open_test or metric or any(value is not None for value in given.values()):
            raise InputError(say("--probabilities: expected it alone; give the other options without it"))
        console.print(str(adviser.diagnose_probabilities(target)), highlight=False, markup=False)
        return 0
    if target.is_dir():
        warn = partial(print, file=sys.stderr)
        card = (project.open_test(target, metric=metric, network=network, warn=warn, **given) if open_test
                else project.diagnose_run(target, metric=metric, warn=warn, **given))
        console.print(str(card), highlight=False, markup=False)
        own = judged_by(RunFolder(target))
        if own["name"] != card.ledger.metric["name"]:
            console.print("  " + say("not kept: the run is still judged by {metric}", metric=metric_name(own)),
                          highlight=False, markup=False)
        return 0
    if open_test:
        raise InputError(say("--open-test: expected the folder of a run, got {target}", target=target))
    told, confusions = adviser.diagnose_table(target, metric=metric or "error", **given)
    console.print(str(told), highlight=False, markup=False)
    for line in confusions:
        console.print(f"  {line}", highlight=False, markup=False)
    return 0
