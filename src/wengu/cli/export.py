"""`wengu export RUN`: the network as an ONNX file, which any program can use."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from wengu.core.i18n import say


def export(
    run: Annotated[Path, Parameter(help=say("The run's folder."))],
    /,
    *,
    to: Annotated[
        Path | None,
        Parameter(show_default=False, help=say("The file to write, such as shoes.onnx; by default model.onnx in the "
                                               "run's folder.")),
    ] = None,
    force: Annotated[
        bool, Parameter(negative="", show_default=False, help=say("Replace a file that is there.")),
    ] = False,
    int8: Annotated[
        bool, Parameter(negative="", show_default=False, help=say(
            "Of networks that sort pictures into classes: beside it a file in whole numbers of 8 bits, scaled by some "
            "pictures of train; says what it costs on dev, and how much smaller and faster it is."
        )),
    ] = False,
    network: Annotated[
        str, Parameter(show_default=False, help=say("FILE.py:NAME, where your own network has moved or changed.")),
    ] = "",
) -> int:
    """Write a run's network as an ONNX file, checked by onnxruntime before it is written."""
    from wengu.running import export as exported

    done = exported(run, to, force=force, network=network, int8=int8, warn=partial(print, file=sys.stderr))
    for note in done.notes:
        sys.stderr.write(f"{note}\n")
    print(done)
    return 0
