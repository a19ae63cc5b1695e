"""A training that a reader starts from a page: the command that stands there, in a process of its own.

One at a time, as it takes a core. Stopping it is Ctrl-C: it leaves a checkpoint, and `wengu fit NETWORK --name NAME
--resume` goes on with it. When the handbook ends it ends likewise.
"""

from __future__ import annotations

import contextlib
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wengu.core.checks import InputError
from wengu.core.i18n import Language, say

COMMAND = (sys.executable, "-m", "wengu")
PATIENCE = 10.0  # seconds that it gets to leave its checkpoint when the handbook ends


class TrainingProcess:
    """What is trained from the pages; safe for many threads."""

    def __init__(self, runs: Path, command: Sequence[str] = COMMAND) -> None:
        self._runs, self._command = runs, command
        self._starting = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._name = self._page = self._words = ""
        self._stopped = False

    @property
    def name(self) -> str | None:
        """The run that is trained now; None where there is none."""
        return self._name if self._process and self._process.poll() is None else None

    def now(self) -> dict[str, Any]:
        """Its run, where it was started, and whether it is being stopped; None where there is none."""
        name = self.name
        return {"name": name, "page": self._page if name else None, "words": self._words if name else None,
                "stopping": bool(name) and self._stopped}

    def start(self, words: str, *, page: str, lang: Language, offer: str = "") -> str:
        """Start `wengu fit WORDS`, as a page has it, which may have offered it with the settings left open; the name of
        its run, as soon as there is one.

        Raises InputError while another is trained, and where it ended before there was a run: with its own words.
        """
        if not self._starting.acquire(blocking=False):
            raise InputError(say("a training is being started; wait for it, or stop it first"))
        try:
            return self._started(words, page, lang, offer or words)
        finally:
            self._starting.release()

    def _started(self, words: str, page: str, lang: Language, offer: str) -> str:
        if self.name:
            raise InputError(say("{name} is being trained; wait for it, or stop it first", name=self.name))
        with tempfile.TemporaryFile() as errors:
            self._name, self._page, self._words = self._free(f"{words.split()[0]}-notes"), page, offer
            self._stopped = False
            self._process = subprocess.Popen(
                [*self._command, "fit", *shlex.split(words), "--runs", str(self._runs), "--name", self._name,
                 "--lang", lang], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
                start_new_session=True,  # Ctrl-C in the terminal is for the handbook, which passes it on once
            )
            while not (self._runs / self._name / "run.json").exists():
                if self._process.poll() is not None:
                    errors.seek(0)
                    told = errors.read().decode(errors="replace").strip().splitlines()
                    raise InputError(told[-1].removeprefix("wengu: ") if told else say("it ended at once"))
                time.sleep(0.05)
            return self._name

    def stop(self) -> None:
        """End it as Ctrl-C does: once, as a second one would not wait for the checkpoint."""
        if self.name and self._process and not self._stopped:
            self._stopped = True
            self._process.send_signal(signal.SIGINT)

    def close(self) -> None:
        """Stop what the handbook started, as it ends."""
        self.stop()
        if self._process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(PATIENCE)

    def _free(self, name: str) -> str:
        """The name, or with the first number that is free."""
        wanted, n = name, 1
        while (self._runs / wanted).exists():
            wanted, n = f"{name}-{n + 1}", n + 1
        return wanted
