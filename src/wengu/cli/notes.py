"""`wengu notes`: the handbook in the browser, or as files."""

from __future__ import annotations

import contextlib
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from wengu.core.checks import InputError
from wengu.core.i18n import say

NEEDED = ("starlette", "uvicorn", "mistune")


def notes(
    *,
    port: Annotated[
        int | None,
        Parameter(show_default=False, help=say("Port to serve at; by default the first free one from 8420 on.")),
    ] = None,
    browser: Annotated[
        bool, Parameter(show_default=False, help=say("Open the browser, where this machine has one.")),
    ] = True,
    host: Annotated[
        str,
        Parameter(help=say("Address to serve at. At any other than this machine's own, whoever on the network has the "
                           "printed address can read the notes and your runs, change α and start trainings.")),
    ] = "127.0.0.1",
    runs: Annotated[Path, Parameter(help=say("Folder that holds the runs."))] = Path("runs"),
    export: Annotated[
        Path | None,
        Parameter(show_default=False,
                  help=say("Write the notes into this folder, for any web server, instead of serving them.")),
    ] = None,
) -> int:
    """Open the notes in the browser, offline: each idea with a figure, search, and your own runs.

    The printed address carries a secret, without which nothing is served to other users of the machine.
    """
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise InputError(say("`wengu notes` needs {missing}; install: pip install 'wengu[web]'",
                             missing=", ".join(missing)))
    if export is not None:
        _export(export)
        return 0
    from wengu.handbook.serve import serve

    with contextlib.ExitStack() as left:

        def opened(address: str) -> None:
            print(say("{address}   Ctrl-C ends", address=address), flush=True)
            if browser and _has_screen():
                _open(address, left)

        serve(runs, host=host, port=port, opened=opened)
    return 0


def _export(folder: Path) -> None:
    """With a bar on a terminal: it takes a minute or two."""
    from wengu.core.console import Console
    from wengu.core.files import size_below
    from wengu.handbook.export import export
    from wengu.training import Shown

    with Shown(Console(stderr=True)).counting(say("figures")) as told:
        n = export(folder, told=told)
    print(say("{folder}: {n} {n:page|pages}, {size:.1f} MB; open index.html through a web server", folder=folder, n=n,
              size=size_below(folder) / 1e6))


def _open(address: str, left: contextlib.ExitStack) -> None:
    """In the browser, by a file of this user's own: what a browser is started with can be read by all users."""
    import webbrowser

    from wengu.handbook.secret import private_page

    with contextlib.suppress(webbrowser.Error, OSError, InputError):
        page = private_page(address)
        left.callback(page.unlink, missing_ok=True)
        webbrowser.open(page.as_uri())


def _has_screen() -> bool:
    """Without one Python would open a browser of letters, in the terminal that this command runs in."""
    return not sys.platform.startswith("linux") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
