"""`wengu fit --processes N`: the same command in N processes of this machine, and what comes of it.

torchrun's agent starts the processes again a few times in all. Where they have come further since, they get as many
starts once more: a machine that fails once a day does not end a week's training.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wengu.core.checks import FailedError
from wengu.core.i18n import language, say
from wengu.running.exchange import EXCHANGE, Exchange
from wengu.training.checkpoint import steps_kept
from wengu.training.launch import RESTARTS, RunMarker, launch, new_id


def fit_in_processes(
    processes: int,
    recipe: str,
    *,
    settings: Mapping[str, Any],
    came_from: Mapping[str, str],
    runs: Path,
    flags: Sequence[str] = (),
    quiet: bool = False,
) -> Path:
    """The run that `wengu fit RECIPE FLAGS` makes of these settings, plain values, in so many processes.

    Raises what it raised there; KeyboardInterrupt where it was stopped before there was a run; FailedError where the
    processes died again and again.
    """
    run_id = new_id()
    marker = RunMarker(run_id, agent=os.getpid())
    with tempfile.TemporaryDirectory(prefix="wengu-") as name:
        exchange = Exchange(Path(name))
        exchange.ask(settings, came_from, quiet=quiet)
        command = ["-m", "wengu", "fit", recipe, f"--runs={runs}", *flags, f"--config={exchange.request}",
                   f"--lang={language()}"]
        try:
            while True:
                before = _done(runs, marker)
                try:
                    launch(processes, command, run_id=run_id, environment={EXCHANGE: name})
                    break
                except FailedError:
                    if _done(runs, marker) <= before:
                        raise FailedError(_why(exchange.deaths())) from None
        finally:
            marker.forget()
        return exchange.result()


def _done(runs: Path, marker: RunMarker) -> int:
    """Steps that the newest checkpoint has; -1 where there is no run yet."""
    return -1 if marker.name is None else max(steps_kept(runs / marker.name / "checkpoints"), default=0)


def _why(deaths: Sequence[str]) -> str:
    """How the first of the processes died; the whole of it stays in a file."""
    if not deaths:
        return say("the processes were killed {n:once|{n} times} without getting further; continue the run with "
                   "--resume",
                   n=RESTARTS + 1)
    with tempfile.NamedTemporaryFile("w", prefix="wengu-", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.write("\n".join(deaths))
    return say("the processes died {n:once|{n} times} without getting further: {why}; the full message is in {file}; "
               "continue the run with --resume", n=RESTARTS + 1, why=deaths[0].strip().splitlines()[-1], file=file.name)
