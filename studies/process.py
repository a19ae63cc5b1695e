"""A function in a process of its own, for so long: what it takes, leaks or dies of stays there."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

GRACE = 60.0  # seconds from being asked to end to being killed


class StoppedError(Exception):
    """It was asked to end before it had an answer."""


class DiedError(Exception):
    """It raised, and the text is the traceback, or it was killed."""


def in_process(function: Callable[..., Any], *args: Any, seconds: float) -> Any:
    """What the function of a module returns, called by a fresh interpreter.

    When its time is over it is asked to end, as by Ctrl-C, and killed where it does not. Ctrl-C here asks it too, and
    is raised when it has ended. Raises StoppedError and DiedError.
    """
    context = multiprocessing.get_context("spawn")
    answers, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, function, args))
    process.start()
    theirs.close()  # so that its death ends the pipe
    kind, value, asked = "killed", None, False
    try:
        if not answers.poll(max(0.0, seconds)):
            asked = True
            _ask(process)
            answers.poll(GRACE)
        if answers.poll():
            kind, value = answers.recv()
    except EOFError:
        pass
    except KeyboardInterrupt:
        _ask(process)
        with contextlib.suppress(EOFError):
            answers.poll(GRACE)
        raise
    finally:
        _end(process, answered=kind != "killed")
        answers.close()
    if kind == "stopped" or (kind != "done" and asked):
        raise StoppedError
    if kind != "done":
        raise DiedError(value or f"killed by signal {-(process.exitcode or 0)}")
    return value


def _work(answers: Connection, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    os.setpgid(0, 0)  # a terminal's Ctrl-C is for the parent, which passes it on once
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        answer = ("done", function(*args))
    except KeyboardInterrupt:
        answer = ("stopped", None)
    except Exception:
        answer = ("failed", traceback.format_exc())
    answers.send(answer)


def _end_with_parent() -> None:
    """Not work on unseen where the parent is killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGINT)


def _ask(process: BaseProcess) -> None:
    if process.is_alive() and process.pid:
        os.kill(process.pid, signal.SIGINT)


def _end(process: BaseProcess, *, answered: bool) -> None:
    """One that has answered ends by itself."""
    process.join(5 if answered else 0.1)
    if process.is_alive() and process.pid:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # with the processes that it started
        process.kill()
    process.join()
