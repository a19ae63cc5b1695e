"""`wengu --install-completion`: the shell completes verbs and options."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from wengu.core.checks import InputError
from wengu.core.i18n import say

Shell = Literal["zsh", "bash", "fish", "powershell"]


def command(app: App) -> Callable[..., None]:
    """The command that installs the completion of this app."""

    def install(
        *,
        shell: Annotated[Shell | None, Parameter(help=say("The shell; by default the one in use."))] = None,
        output: Annotated[
            Path | None,
            Parameter(name=("--output", "-o"),
                      help=say("Where to write the script; by default where the shell looks for it.")),
        ] = None,
    ) -> None:
        from cyclopts.completion.detect import ShellDetectionError

        try:
            path = app.install_completion(shell=shell, output=output)
        except ShellDetectionError:
            raise InputError(say("--shell: expected zsh, bash, fish or powershell, got none, and the shell in use is "
                                 "unknown")) from None
        print(say("Completion is in {path}; every new shell loads it.", path=path))

    return install
