"""`wengu runs`: list runs, compare some of them, or change one while it trains."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from string import ascii_uppercase
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from wengu.cli.columns import blocks, two_lines_if_narrow
from wengu.core.checks import InputError
from wengu.core.i18n import say, text_table
from wengu.practice.metric_words import Facts, amount, interval, metric_name, number, on_dev

if TYPE_CHECKING:
    from wengu.adviser import Comparison, Listing
    from wengu.adviser.compare import Compared

NOTHING = "–"
MANY = 4  # runs; with more, and fewer settings, each is a row and no longer a column


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
    as_json: Annotated[
        bool,
        Parameter(name="--json", negative="", show_default=False, help=say("The same as one JSON object.")),
    ] = False,
) -> int:
    """List the runs of a folder, or compare some of them."""
    from wengu.adviser import run_named, runs_in

    if len(names) == 1:
        raise InputError(say("expected two runs or more to compare, got {name}; `wengu diagnose {name}` judges a run, "
                             "`wengu runs --runs {name}` lists a folder", name=names[0]))
    if names:
        from wengu.adviser import compare

        compared = compare([run_named(name, runs) for name in names])
        text, plain = _comparison(compared), compared.to_dict()
    else:
        listing = runs_in(runs)
        text, plain = _listing(listing), listing.to_dict()
    print(json.dumps(plain, ensure_ascii=False) if as_json else text)
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


# ------------------------------------------------------------------------------------------------------------- the list


def _listing(listing: Listing) -> str:
    """A line a run, or two where the terminal is narrow; then what could not be read."""
    metrics = {run.metric["name"]: run.metric for run in listing.runs if run.metric}
    alone = on_dev(*metrics.values()) if len(metrics) == 1 else None  # else each value says by which it is
    head = (say("run"), say("network, data"), say("started"), "", say("state"), say("cause"), say("epochs"),
            say("seconds"), alone or say("on dev"), say("dev cost"))

    def value(metric: Facts | None, value: float | None) -> str:
        if metric is None or value is None:
            return NOTHING
        return amount(metric, value) if alone else f"{metric_name(metric)} {amount(metric, value)}"

    this_year = {run.created.year for run in listing.runs} == {date.today().year}
    day = "%m-%d" if this_year else "%Y-%m-%d"
    rows = [
        (run.path.name, f"{run.network}, {Path(run.data).name}", f"{run.created:{day}}", f"{run.created:%H:%M}",
         run.state_in_words, run.cause_in_words or NOTHING, f"{run.epochs}/{_or_nothing(run.epochs_asked)}",
         _or_nothing(run.seconds, ".1f"), value(run.metric, run.dev_metric), _or_nothing(run.dev_cost, ".4g"))
        for run in listing.runs
    ]
    if rows:
        text = two_lines_if_narrow(head, rows, left=6, under=(1, 3, 5, 7, 9))
    else:
        text = say("{folder} holds no run yet; start one: wengu fit lenet5", folder=listing.folder)
    if listing.unreadable:
        text += "\n" + say("not read: {folders}", folders="; ".join(
            f"{name} ({why})" for name, why in listing.unreadable.items()))
    return text


# ------------------------------------------------------------------------------------------------------- the comparison


def _comparison(compared: Comparison) -> str:
    """Which runs, what differs in their settings, what differs in their results, and what the reader should know."""
    named = {_letter(k): run for k, run in enumerate(compared.runs)}
    first, *others = ([letter, *_title(run)] for letter, run in named.items())
    parts = [text_table(first, others, left=len(first))]
    if compared.settings:
        rows = [[one.name, *(_value(*pair) for pair in zip(one.values, one.came_from, strict=True))]
                for one in compared.settings]
        columns = list(zip(["", *named], *rows, strict=True))
        if len(named) > max(MANY, len(rows)):
            columns = list(zip(*columns, strict=True))
        parts.append(blocks(columns))
    else:
        parts.append(say("The settings are the same."))
    same = {letter: run for letter, run in named.items() if run.same_task}
    if len(same) > 1:
        less = say("minus A, in points") if compared.metric["scale"] == "rate" else say("minus A")
        head = ["", say("epochs"), say("best"), on_dev(compared.metric), "", less, "", say("dev cost")]
        results = [[letter, *_result(run, compared.metric)] for letter, run in same.items()]
        parts.append(two_lines_if_narrow(head, results, left=7, under=(2, 4, 6)))
    notes = compared.notes(tuple(named))
    return "\n\n".join([*parts, *(["\n".join(notes)] if notes else [])])


def _title(run: Compared) -> tuple[str, ...]:
    brief = run.brief
    return (str(brief.path), f"{brief.network}, {Path(brief.data).name}", f"{brief.created:%Y-%m-%d %H:%M}",
            brief.state_in_words)


def _result(run: Compared, metric: Facts) -> tuple[str, ...]:
    brief, dev, gain = run.brief, run.dev, run.gain
    so_far = brief.dev_metric if brief.metric and brief.metric["name"] == metric["name"] else None
    value = dev.value if dev else so_far
    ends = interval(metric, gain.low, gain.high, sign=True) if gain else ""
    return (
        f"{brief.epochs}/{_or_nothing(brief.epochs_asked)}",
        _or_nothing(brief.best_epoch),
        NOTHING if value is None else amount(metric, value),
        interval(metric, dev.low, dev.high) if dev and dev.low is not None and dev.high is not None else "",
        f"{number(metric, gain.points, sign=True)} {ends}" if gain else "",
        gain.verdict_in_words if gain else "",
        _or_nothing(brief.dev_cost, ".4g"),
    )


def _letter(k: int) -> str:
    """A, B, .. Z, AA, AB, .."""
    return (_letter(k // 26 - 1) if k >= 26 else "") + ascii_uppercase[k % 26]


def _value(value: Any, source: str) -> str:
    """A setting's value, and where it came from unless that is the default."""
    if value in (None, "", []):
        return NOTHING
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    origins = {"default": "", "": "", "name": say("name"), "data": say("data"), "rule": say("rule"),
               "flag": say("flag"), "environment": say("environment"), "call": "Python", "resume": say("on resuming"),
               "diagnose": "diagnose"}
    origin = origins.get(source, source)  # a file of settings
    return f"{text} ({origin})" if origin else text


def _or_nothing(value: float | None, form: str = "") -> str:
    return NOTHING if value is None else format(value, form)
