"""One of the processes of `wengu fit --processes N`: python -m wengu.project.worker FOLDER (see processes.py).

What cannot be mended by starting again is told by an answer, and ends all processes in peace; what else goes wrong
ends this one, and torchrun's agent starts all anew.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from wengu.core.exit import leave
from wengu.running.answers import ANSWER, REQUEST

INTERRUPTED = 130
GRACE = 5.0  # seconds for another process to say why it left


def main(folder: Path) -> int:
    """Fit as the request says; its exit status."""
    try:
        return _fit(folder)
    except KeyboardInterrupt:  # before training, which leaves a checkpoint
        return INTERRUPTED
    except Exception:
        if not _answered(folder):
            (folder / f"failed-{os.environ['RANK']}.txt").write_text(traceback.format_exc(), encoding="utf-8")
            return 1
    return 0


def _fit(folder: Path) -> int:
    from wengu.core.checks import InputError
    from wengu.core.files import write_whole
    from wengu.core.i18n import use_language
    from wengu.project.fit import fit  # brings torch along: seconds, in which Ctrl-C may come
    from wengu.running.processes import told
    from wengu.training.launch import end_with_parent

    end_with_parent()
    request: dict[str, Any] = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    use_language(request.pop("language"))
    try:
        path = str(fit(request.pop("recipe"), **request.pop("settings"), **request).path)
        if os.environ["RANK"] == "0":
            write_whole(folder / ANSWER, json.dumps({"path": path}))
    except (InputError, OSError) as error:
        write_whole(folder / ANSWER, json.dumps(told(error)))
    return 0


def _answered(folder: Path) -> bool:
    """Whether another process has ended on purpose, of which this one knows by its silence."""
    until = time.monotonic() + GRACE
    while time.monotonic() < until:
        if (folder / ANSWER).exists():
            return True
        time.sleep(0.1)
    return False


if __name__ == "__main__":
    leave(main(Path(sys.argv[1])))
