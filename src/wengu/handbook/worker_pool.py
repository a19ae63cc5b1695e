"""The server's end of the worker: one question at a time, each with a time limit, and a new worker where one was lost.

The worker imports torch while the first page is read, not while it is drawn; a question asked before waits for it, and
that wait does not count. A worker that dies or overruns is replaced in the background.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Any

from wengu.core.i18n import Language

COMMAND = (sys.executable, "-m", "wengu.handbook.worker")
START = 60.0  # seconds that importing torch may take
TURN = 20.0  # seconds that a question waits for those before it


class AskError(Exception):
    """The worker gave no answer."""


class RefusedError(AskError):
    """What was asked makes no sense; the message is for the reader."""


class WorkerFailedError(AskError):
    """The worker could not answer, or is lost."""


class OverTimeError(AskError):
    """The worker took longer than the time limit, and was stopped."""


class _Process:
    """One process with the lines it answered."""

    def __init__(self, command: Sequence[str]) -> None:
        # a session of its own: Ctrl-C in the terminal is for the server, which takes the worker along
        self.popen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        self.lines: SimpleQueue[bytes | None] = SimpleQueue()
        self.is_ready = False
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with contextlib.suppress(ValueError):  # closed meanwhile
            for line in self.popen.stdout or ():
                self.lines.put(line)
        self.lines.put(None)

    def line(self, seconds: float) -> tuple[str, bytes]:
        """The next outcome with its JSON."""
        try:
            line = self.lines.get(timeout=max(seconds, 0.001))
        except Empty:
            raise OverTimeError from None
        if line is None:
            raise WorkerFailedError
        _, outcome, text = line.split(b" ", 2)
        return outcome.decode(), text.rstrip(b"\n")

    def write(self, question: dict[str, Any]) -> None:
        try:
            if self.popen.stdin:
                self.popen.stdin.write(json.dumps(question).encode() + b"\n")
                self.popen.stdin.flush()
        except OSError:
            raise WorkerFailedError from None

    def end(self) -> None:
        self.popen.kill()
        self.popen.wait()
        for pipe in (self.popen.stdin, self.popen.stdout):
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()


class Worker:
    """Asks the worker, which starts after so many seconds, or with the first question; safe for many threads."""

    def __init__(self, command: Sequence[str] = COMMAND, *, after: float = 0) -> None:
        self._command, self._turn, self._closed = command, threading.Lock(), False
        self._asked = 0
        self._started: _Process | None = None
        self._starting = threading.Lock()
        self._alarm = threading.Timer(after, self._start)
        self._alarm.daemon = True
        self._alarm.start()

    def _start(self) -> None:
        with self._starting:
            if not self._started and not self._closed:
                self._started = _Process(self._command)

    @property
    def _process(self) -> _Process:
        self._start()
        if not self._started:
            raise WorkerFailedError
        return self._started

    @property
    def pid(self) -> int:
        """Of the process that answers now."""
        return self._process.popen.pid

    def ask(self, what: str, *, seconds: float, lang: Language, **values: Any) -> bytes:
        """The answer as JSON. Raises RefusedError, WorkerFailedError or OverTimeError."""
        with self._my_turn():
            for last in (False, True):
                if self._process.popen.poll() is not None:
                    self._renew()
                try:
                    outcome, text = self._answer({"ask": what, "lang": lang, **values}, seconds)
                    break
                except AskError as error:
                    self._renew()
                    if last or not isinstance(error, WorkerFailedError):
                        raise  # a worker that was lost may be so by another's doing: it is asked once more
        if outcome == "refused":
            raise RefusedError(json.loads(text))
        if outcome == "failed":
            raise WorkerFailedError
        return text

    def _answer(self, question: dict[str, Any], seconds: float) -> tuple[str, bytes]:
        """The worker's outcome and its JSON."""
        process = self._process
        if not process.is_ready:
            process.line(START)
            process.is_ready = True
        self._asked += 1
        process.write({"id": self._asked, **question})
        return process.line(seconds)

    def close(self) -> None:
        """End the worker, whatever it does."""
        self._alarm.cancel()
        with self._starting:
            self._closed = True
            if self._started:
                self._started.end()

    @contextlib.contextmanager
    def _my_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=TURN):
            raise OverTimeError
        try:
            yield
        finally:
            self._turn.release()

    def _renew(self) -> None:
        """Another process in place of this one."""
        with self._starting:
            if self._closed or not self._started:
                raise WorkerFailedError
            self._started.end()
            self._started = _Process(self._command)
