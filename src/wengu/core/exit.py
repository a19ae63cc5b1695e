"""How a process of several ends: not by taking Python down, with the one that started it, and not again and again."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NoReturn

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
    return Path(tempfile.gettempdir()) / f"wengu-{os.getppid()}-{os.environ.get('TORCHELASTIC_RUN_ID')}-refused"
