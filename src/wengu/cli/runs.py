"""`wengu runs set RUN lr=0.01`: change a run while it trains."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from wengu.core.checks import InputError
from wengu.core.words import say


def app() -> App:
    """set."""
    group = App(name="runs", help=say("Change a run while it trains."), group_arguments=say("Arguments"))
    group.command(set_, name="set", help=say("Change α of a run that trains; it is taken up at the next step."))
    return group


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
        print(say("{run}: {what} as soon as it is resumed; nobody trains it now", run=run, what=what))
    return 0
