"""`wengu learning-curve RUN|CSV`: whether more data would help, and how much."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from wengu.cli.printed import line
from wengu.core.checks import InputError
from wengu.core.exit import INTERRUPTED
from wengu.core.i18n import say
from wengu.core.printable import shell_word


def learning_curve(
    target: Annotated[
        Path,
        Parameter(help=say("A run's folder, or a CSV file with the columns n, dev; optional train, dev_n.")),
    ],
    /,
    *,
    sizes: Annotated[
        int, Parameter(help=say("Amounts of data, each half of the next; the largest is the run's own.")),
    ] = 5,
    repeat: Annotated[
        int, Parameter(help=say("Train each amount under so many seeds, and take their mean.")),
    ] = 1,
    reach: Annotated[
        float | None,
        Parameter(help=say("Say how many training examples this value on dev would take: 0.05.")),
    ] = None,
    over: Annotated[
        Literal["data", "width"],
        Parameter(help=say("What differs: the amount of data, or the width of the network.")),
    ] = "data",
    dev_examples: Annotated[
        int | None,
        Parameter(help=say("Of a CSV file: on how many examples dev was measured.")),
    ] = None,
) -> int:
    """Train with less data, and say what more would bring."""
    given = {"sizes": (sizes, 5), "repeat": (repeat, 1), "reach": (reach, None), "over": (over, "data")}
    try:
        return _measure(target, sizes, repeat, reach, over, dev_examples)
    except KeyboardInterrupt:  # before a network trains, which stops by itself and has a checkpoint
        if target.is_dir():
            line(_going_on(target, *(f"--{name} {value}" for name, (value, usual) in given.items() if value != usual)))
        return INTERRUPTED


def _going_on(run: object, *flags: str) -> str:
    """How to go on after Ctrl-C."""
    return say("stopped; what is trained is kept, and the same command goes on: wengu learning-curve {path}",
               path=" ".join([shell_word(run), *flags]))


def _measure(
    target: Path, sizes: int, repeat: int, reach: float | None, over: str, dev_examples: int | None
) -> int:
    from wengu import adviser, project
    from wengu.core.console import Console

    console = Console(soft_wrap=True)
    if over == "width":
        if reach is not None or dev_examples is not None or repeat != 1 or not target.is_dir():
            raise InputError(say("--over width: expected a run's folder alone"))
        wide = project.size_curve_of(target, console=console)
        if wide is not None:
            console.print()
            console.print(str(wide), highlight=False, markup=False)
        return INTERRUPTED if wide is None else 0
    if target.is_dir():
        if dev_examples is not None:
            raise InputError(say("--dev-examples: it is for a CSV file; a run knows its dev set"))
        found = project.learning_curve_of(target, sizes=sizes, repeat=repeat, console=console)
        if found is None:
            return INTERRUPTED
        console.print()
    else:
        if repeat != 1:
            raise InputError(say("--repeat: it trains a run again; a CSV file has what was measured, one row for each "
                                 "seed"))
        found = adviser.curve_table(target, dev_examples=dev_examples)
    console.print(str(found), highlight=False, markup=False)
    if reach is not None and found.curve is not None:
        console.print(found.curve.reaching(reach), highlight=False, markup=False)
    return 0
