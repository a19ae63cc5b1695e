"""`wengu predict RUN INPUT...`: a file, a folder, a CSV file, or - for standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.printable import printable, printable_json

if TYPE_CHECKING:
    from wengu.recipes.task import Predictions
    from wengu.running.show_why import Why

AT_ONCE = 256  # answers that are held before they are printed: of 1,000 classes each takes 8 kB


def predict(
    run: Annotated[Path, Parameter(help=say(
        "The run's folder, or published weights by name: mobilenet_v2 and squeezenet know the 1,000 classes of "
        "ImageNet."
    ))],
    /,
    *inputs: Annotated[
        str,
        Parameter(allow_leading_hyphen=True,
                  help=say("Pictures, folders of pictures, a CSV file, or - for standard input.")),
    ],
    as_json: Annotated[
        bool,
        Parameter(name="--json", negative="", show_default=False,
                  help=say("One JSON object a line: id, predicted, and the probability of every class.")),
    ] = False,
    precision: Annotated[
        Literal["auto", "fp32", "bf16"],
        Parameter(help=say("Numbers to compute with; auto is bf16 where the run was trained so and this processor has "
                           "units for it: some two times as fast, p good to two digits. fp32: to five.")),
    ] = "auto",
    network: Annotated[
        str, Parameter(show_default=False, help=say("FILE.py:NAME, where your own network has moved or changed.")),
    ] = "",
    show_why: Annotated[
        Path | None, Parameter(show_default=False, help=say(
            "Of pictures: a folder for a file of each, in grey, with orange on what spoke for the class."
        )),
    ] = None,
    why_class: Annotated[
        str, Parameter(show_default=False, help=say("Of another class than the predicted one: why not that?")),
    ] = "",
    why_by: Annotated[
        Literal["auto", "cam", "grad-cam", "occlusion"],
        Parameter(help=say("The class activation map, Grad-CAM, or what falls where a grey square covers; auto takes "
                           "the first that the network has, or else the last (`wengu explain cam`).")),
    ] = "auto",
) -> int:
    """Predict with a finished run, or with published weights and no training at all."""
    from wengu.running import LoadedModel, load

    if not inputs:
        raise InputError(say("inputs: expected files, folders or - for standard input, got none"))
    if "-" in inputs and len(inputs) > 1:
        raise InputError(say("inputs: expected - alone, as it stands for standard input, got {got}; leave out the rest",
                             got=" ".join(inputs)))
    if show_why is None and (why_class or why_by != "auto"):
        raise InputError(say("why-class, why-by: they say how --show-why FOLDER is drawn; give that, too"))
    if inputs == ("-",) and sys.stdin is None:
        raise InputError(say("inputs: - stands for standard input, which is closed"))
    trained = load(run, network=network, warn=partial(print, file=sys.stderr))
    given = sys.stdin.buffer.read() if inputs == ("-",) else [Path(one) for one in inputs]
    if isinstance(trained, LoadedModel):
        blocks = trained.blocks(given, precision=precision, size=None if show_why else AT_ONCE)
    elif precision == "auto":
        blocks = iter([trained.predict(given)])
    else:
        raise InputError(say("--precision: {path} has its own way of predicting; leave it out", path=run))
    shown, head, all_rows = sys.stdout.isatty() and not as_json, list[str](), list[list[str]]()
    for predictions in blocks:
        for note in predictions.notes:
            sys.stderr.write(f"{note}\n")
        made: tuple[Why, ...] = ()
        if show_why is not None:
            from wengu.running import show_why as write_maps

            made = write_maps(trained, given, predictions, show_why, of=why_class, by=why_by)
            print(_told(made, show_why), file=sys.stderr)
        if as_json:
            for i, record in enumerate(predictions.each()):
                why = {"why": str(made[i].file), "why_class": made[i].of, "why_by": made[i].by} if made else {}
                print(printable_json(record | why, encoding=sys.stdout.encoding))
            continue
        if not predictions.ids:  # none of these could be read
            continue
        begins = not head
        head, rows = _table(predictions, "{:.1%}" if shown else "{:.4f}")
        if made:
            head, rows = [*head, say("map")], [[*row, str(why.file)] for row, why in zip(rows, made, strict=True)]
        if shown:
            all_rows += rows
            continue
        if begins and _have_names(predictions):  # for other programs: which column is which question
            print("\t".join(map(printable, head)))
        for row in rows:
            print("\t".join(map(printable, row)))
    if not shown:
        return 0
    from rich.table import Column, Table
    from rich.text import Text

    from wengu.core.console import Console

    table = Table(*(Column(Text(printable(one))) for one in head), box=None, pad_edge=False, header_style="bold")
    for row in all_rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    Console().print(table)
    return 0


def _told(made: Sequence[Why], folder: Path) -> str:
    """How many maps, where, and how they are to be read."""
    empty = sum(not why.found for why in made)
    told = say("{n} {n:map|maps} by {by} in {folder}: the more orange lies on a place, the more it spoke for the class "
               "below the picture", n=len(made), by=made[0].by, folder=folder)
    return f"{told}; " + say("in {n} of them nothing did", n=empty) if empty else told


def _table(predictions: Predictions, share: str) -> tuple[list[str], list[list[str]]]:
    """Head and rows: the class and its probability; of named answers a column each; else the answer as JSON has it."""
    from wengu.recipes.task import to_plain

    ids, answers, p = predictions.ids, predictions.predicted, predictions.probabilities
    if p is not None:
        rows = [[name, answer, share.format(most)]
                for name, answer, most in zip(ids, answers, p.max(axis=1), strict=True)]
        return [say("id"), say("predicted"), say("probability")], rows
    if _have_names(predictions):
        return [say("id"), *answers[0]], [[name, *map(str, answer.values())]
                                          for name, answer in zip(ids, answers, strict=True)]
    return [say("id"), say("predicted")], [
        [name, answer if isinstance(answer, str) else json.dumps(to_plain(answer), ensure_ascii=False)]
        for name, answer in zip(ids, answers, strict=True)
    ]


def _have_names(predictions: Predictions) -> bool:
    """Whether each answer is several by name."""
    answers = predictions.predicted
    return bool(answers) and all(isinstance(answer, dict) for answer in answers)
