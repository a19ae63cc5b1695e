"""How a process of several ends: not by taking Python down."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """End this process now: what was printed is out, and nothing that waits for the end of Python is done.

    A thread of gloo's may still hold a tensor of the last exchange. That it cannot give it back to a Python that is
    going down would abort the process, and torchrun would start all again (pytorch/pytorch pull request 179291).
    """
    for stream in (sys.stdout, sys.stderr):
        if stream:
            stream.flush()
    os._exit(code)
