"""`wengu runs`: list runs, compare some of them, or change one while it trains."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.printable import printable_json

if TYPE_CHECKING:
    from wengu.adviser import Choice, Comparison, Listing


def app() -> App:
    """The list and the comparison, which are one command; and set."""
    group = App(
        name="runs",
        help=say("List runs, compare some of them, or change one while it trains.") + "\n\n" + say(
            "`wengu runs` lists every run, and `wengu runs A B` shows what differs between two and what that did to "
            "the metric on dev. A run is called better or worse only where the 95 % interval of the difference "
            "excludes 0. A run that was killed can continue: `wengu fit NETWORK --resume --name RUN`."),
        group_arguments=say("Arguments"),
        group_commands=say("Commands"),
        group_parameters=say("Options"),
    )
    group.default(list_or_compare)
    group.command(set_, name="set", help=say("Change α of a run while it trains; the next step uses it."))
    return group


def list_or_compare(
    *names: Annotated[
        str,
        Parameter(help=say("Runs to compare, each with the first: names in the folder of runs, or paths (./set or "
                           "runs/set for one called set). None lists them all, newest first.")),
    ],
    runs: Annotated[Path, Parameter(help=say("Folder that holds the runs."))] = Path("runs"),
    optimize: Annotated[
        str,
        Parameter(show_default=False, help=say(
            "Pick the best run by one number: accuracy, error, macro_f1, recall_CLASS, auc, latency_ms, parameters, "
            "...; says whether the next one can be distinguished from it.")),
    ] = "",
    score: Annotated[
        str,
        Parameter(show_default=False, help=say(
            "Pick by one number made of several, which is to be high: 'accuracy - 0.5*latency_ms/1000'.")),
    ] = "",
    satisfy: Annotated[
        list[str] | None,
        Parameter(negative="", show_default=False, help=say(
            "With either: a limit to keep to, such as 'latency_ms<=100' or 'parameters<=1e6'; may be repeated. "
            "Latency is measured now, by turns, on this machine.")),
    ] = None,
    as_json: Annotated[
        bool,
        Parameter(name="--json", negative="", show_default=False, help=say("The same as one JSON object.")),
    ] = False,
) -> int:
    """List the runs of a folder, or compare some of them."""
    from wengu.adviser import run_named, runs_in

    if len(names) == 1 and not (optimize or score or satisfy):
        raise InputError(say("expected two runs or more to compare, got {name}; `wengu diagnose {name}` judges a run, "
                             "`wengu runs --runs {name}` lists a folder", name=names[0]))
    if optimize or score or satisfy:
        if names:
            raise InputError(say("--optimize, --score and --satisfy choose among the runs of a folder; leave out "
                                 "{names}", names=" ".join(names)))
        from wengu.adviser import choose

        found: Choice | Comparison | Listing = choose(runs, optimize=optimize, score=score, satisfy=satisfy or ())
    elif names:
        from wengu.adviser import compare

        found = compare([run_named(name, runs) for name in names])
    else:
        found = runs_in(runs)
    print(printable_json(found.to_dict(), encoding=sys.stdout.encoding) if as_json else found)
    return 0


def set_(
    run: Annotated[Path, Parameter(help=say("The run's folder."))],
    /,
    *changes: Annotated[str, Parameter(help=say("What to change: lr=0.01."))],
) -> int:
    """Change α of a run that trains."""
    from wengu.core.run_folder import RunFolder
    from wengu.training.control import change_live_run

    wanted = {}
    for change in changes:
        name, _, value = change.partition("=")
        try:
            wanted[name] = float(value)
        except ValueError:
            raise InputError(say("{change}: expected NAME=NUMBER, such as lr=0.01", change=change)) from None
    folder = RunFolder.open(run)
    change_live_run(folder, wanted)
    what = ", ".join(f"{name} = {value}" for name, value in wanted.items())
    if folder.is_written():
        print(say("{run}: {what} from its next step on", run=run, what=what))
    else:
        print(say("{run}: {what} as soon as it is resumed; it is not training now", run=run, what=what))
    return 0
