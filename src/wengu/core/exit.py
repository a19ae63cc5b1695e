"""How a process of several ends: not by taking Python down, with the one that started it, and not again and again."""

from __future__ import annotations

import hashlib
import os
import platform
import signal
import sys
import threading
import time
from pathlib import Path
from typing import NoReturn

from wengu.core.own_folder import runtime_folder

REFUSED, INTERRUPTED = 2, 130  # exit statuses


def leave(code: int) -> NoReturn:
    """End this process now: what was printed is out, and nothing that waits for the end of Python is done.

    A thread of gloo's may still hold a tensor of the last exchange. That it cannot give it back to a Python that is
    going down would abort the process, and torchrun would start all again (pytorch/pytorch pull request 179291).
    """
    for stream in (sys.stdout, sys.stderr):
        if stream:
            stream.flush()
    os._exit(code)


def end_with_parent() -> None:
    """Where the process that started this one is killed, end as by Ctrl-C, with a checkpoint: not train on unseen."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def refuse_again() -> None:
    """Remember, while torchrun starts this process again and again, that it has refused and always would.

    torchrun knows no error that starting again cannot fix: it starts as often as it was told to. All but the first
    time the process then ends at once, with the same exit status and without a word (see `has_refused`). The first of
    a machine's processes alone remembers: when it ends, torchrun ends the others.
    """
    count, most = (int(os.environ.get(f"TORCHELASTIC_{name}", "0")) for name in ("RESTART_COUNT", "MAX_RESTARTS"))
    if count < most and os.environ.get("LOCAL_RANK") == "0":
        _refusal().touch()


def has_refused() -> bool:
    """Whether this process has refused before torchrun started it again."""
    count = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
    if count == "0" or os.environ.get("LOCAL_RANK") != "0" or not _refusal().exists():
        return False
    if count == os.environ.get("TORCHELASTIC_MAX_RESTARTS"):
        _refusal().unlink()
    return True


def _refusal() -> Path:
    return word_of(os.getppid(), os.environ.get("TORCHELASTIC_RUN_ID", "none"), "refused")


def word_of(agent: int, run_id: str, what: str) -> Path:
    """The file in which the processes of a torchrun's agent leave word for those that it starts after them.

    It lies in a folder of this user's own, and is bound to the machine and to when the agent began: its number may be
    another's later, and a torchrun without an id of its own has the one of all.
    """
    whose = "\n".join((platform.node(), str(agent), _began(agent), run_id))
    return runtime_folder() / f"{hashlib.sha256(whose.encode()).hexdigest()[:32]}-{what}"


def _began(pid: int) -> str:
    """When the process began, since the machine was started; empty where the system does not say it so."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
