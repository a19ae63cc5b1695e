"""`wengu predict RUN INPUT...`: a file, a folder, a CSV file, or - for standard input."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from wengu.core.checks import InputError
from wengu.core.i18n import say


def predict(
    run: Annotated[Path, Parameter(help=say("The run's folder."))],
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
    network: Annotated[
        str, Parameter(show_default=False, help=say("FILE.py:NAME, where your own network has moved or changed.")),
    ] = "",
) -> int:
    """Predict with a finished run."""
    from wengu.running import load

    if not inputs:
        raise InputError(say("inputs: expected files, folders or - for standard input, got none"))
    if "-" in inputs and len(inputs) > 1:
        raise InputError(say("inputs: expected - alone, as it stands for standard input, got {got}; leave out the rest",
                             got=" ".join(inputs)))
    trained = load(run, network=network, warn=partial(print, file=sys.stderr))
    predictions = trained.predict(sys.stdin.buffer.read() if inputs == ("-",) else [Path(one) for one in inputs])
    for note in predictions.notes:
        sys.stderr.write(f"{note}\n")
    if as_json:
        for record in predictions.records():
            print(json.dumps(record, ensure_ascii=False))
        return 0
    rows = list(zip(predictions.ids, predictions.labels, predictions.probabilities.max(axis=1), strict=True))
    if not sys.stdout.isatty():  # for other programs: a row a line, between tabs
        print("\n".join(f"{name}\t{label}\t{p:.4f}" for name, label, p in rows))
        return 0
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(say("id"), say("predicted"), say("probability"), box=None, pad_edge=False, header_style="bold")
    for name, label, p in rows:
        table.add_row(Text(name), Text(label), f"{p:.1%}")
    Console().print(table)
    return 0
