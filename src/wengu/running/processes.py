"""`wengu fit --processes N`: the same fit in N processes of this machine, and what comes of it.

    FOLDER/request.json      the arguments of `fit`                          written here, read by worker.py
    FOLDER/answer.json       {"path": RUN}, or the error that cannot be mended by starting again: the other way
    FOLDER/failed-<r>.txt    how process r died, if not by a signal

torchrun's agent starts the processes again a few times in all. Where they have come further since, they get as many
starts once more: a machine that fails once a day does not end a week's training.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wengu.core.checks import FailedError, InputError
from wengu.core.i18n import language, say
from wengu.running.answers import ANSWER, REQUEST
from wengu.training import Diverged
from wengu.training.checkpoint import steps_kept
from wengu.training.launch import RESTARTS, RunMarker, launch, new_id


def fit_in_processes(processes: int, request: Mapping[str, Any]) -> Path:
    """The run that `fit` with these arguments made in so many processes.

    Raises what it raised there; KeyboardInterrupt where it was stopped before there was a run; FailedError where the
    processes died again and again.
    """
    run_id = new_id()
    memory = RunMarker(run_id, agent=os.getpid())
    with tempfile.TemporaryDirectory(prefix="wengu-") as name:
        folder = Path(name)
        (folder / REQUEST).write_text(json.dumps({"language": language(), **request}), encoding="utf-8")
        try:
            while True:
                before = _done(request, memory)
                try:
                    launch(processes, ["-m", "wengu.project.worker", name], run_id=run_id)
                    break
                except FailedError:
                    if _done(request, memory) <= before:
                        raise FailedError(_why(folder)) from None
        finally:
            memory.forget()
        try:
            answer = json.loads((folder / ANSWER).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise KeyboardInterrupt from None
    if "path" not in answer:
        raise _error(answer)
    return Path(answer["path"])


def told(error: InputError | OSError) -> dict[str, Any]:
    """An error as the answer has it."""
    if isinstance(error, OSError):
        return {"errno": error.errno, "strerror": error.strerror or str(error), "filename": str(error.filename or "")}
    return {"error": str(error), "diverged": isinstance(error, Diverged)}


def _error(answer: Mapping[str, Any]) -> Exception:
    """And back."""
    if "errno" in answer:
        return OSError(answer["errno"], answer["strerror"], *filter(None, [answer["filename"]]))
    return (Diverged if answer["diverged"] else InputError)(answer["error"])


def _done(request: Mapping[str, Any], memory: RunMarker) -> int:
    """Steps that the newest checkpoint has; -1 where there is no run yet."""
    if memory.name is None:
        return -1
    return max(steps_kept(Path(request["runs"]) / memory.name / "checkpoints"), default=0)


def _why(folder: Path) -> str:
    """How the first of the processes died; the whole of it stays in a file."""
    reports = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("failed-*.txt"))]
    if not reports:
        return say("the processes were killed {n:once|{n} times} without coming further; the run can go on by --resume",
                   n=RESTARTS + 1)
    with tempfile.NamedTemporaryFile("w", prefix="wengu-", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.write("\n".join(reports))
    return say("the processes died {n:once|{n} times} without coming further: {why}; all of it is in {file}; the run "
               "can go on by --resume", n=RESTARTS + 1, why=reports[0].strip().splitlines()[-1], file=file.name)
