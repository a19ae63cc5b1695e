"""What this user may not read or write is said to be that, and neither missing nor damaged."""

from __future__ import annotations

import errno
from pathlib import Path

from wengu.core.i18n import say


def may_look(path: Path) -> None:
    """Raises PermissionError where the system does not tell whether anything is there."""
    try:
        path.stat()
    except PermissionError:
        raise
    except (OSError, ValueError):
        pass


def advice(error: OSError) -> str:
    """What to do about a file that is another user's; nothing where it is something else."""
    if error.errno not in (errno.EACCES, errno.EPERM):
        return ""
    return say("; this user has no right to it: ask its owner, or work on a copy of your own")
