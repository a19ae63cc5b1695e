"""Ctrl-C that loses nothing: the first one ends training after the step in hand, the second at once."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """While open, Ctrl-C (or SIGTERM, which clusters send) only sets `asked()`; a second one raises KeyboardInterrupt.

    >>> with Interruption() as interruption:
    ...     signal.raise_signal(signal.SIGINT); interruption.asked()
    True
    """

    def __init__(self) -> None:
        self._asked = False
        self._former: dict[int, Any] = {}

    def asked(self) -> bool:
        """Whether training is to end."""
        return self._asked

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():  # Python takes signal handlers there alone
            self._former = {number: signal.signal(number, self._take) for number in _SIGNALS}
        return self

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)
