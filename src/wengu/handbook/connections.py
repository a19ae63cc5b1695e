"""Connections that come to an end: whoever is slow, never ends or never reads is let go.

    a request        must be there, head and body, within 20 s; what comes bit by bit holds nothing for longer
    an answer        must be taken within 30 s, where more of it waits than the system's buffers hold
    200 at once      of more, the one that has kept us waiting longest for its request goes

uvicorn itself ends what is idle after an answer (5 s) and bounds a request's head (16 kB); request.py bounds its body.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST, ANSWER = 20.0, 30.0  # seconds
MOST = 200


class Connection(H11Protocol):
    """uvicorn's, with time limits."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._request: asyncio.TimerHandle | None = None
        self._answer: asyncio.TimerHandle | None = None

    @property
    def waits_until(self) -> float | None:
        """When its request must be there, by the loop's clock; None where all of it is."""
        return self._request.when() if self._request else None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Watch it from the first moment on."""
        super().connection_made(transport)
        self._watch()
        if len(self.connections) > MOST:
            waiting = [one for one in self.connections if isinstance(one, Connection) and one.waits_until is not None]
            min(waiting, key=lambda one: one.waits_until or 0.0).drop()  # this one waits, at least

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time limits."""
        for timer in filter(None, (self._request, self._answer)):
            timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Watch what is still to come."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Watch for the next request."""
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        """The buffers are full: whoever asked does not read."""
        super().pause_writing()
        if self._answer is None:
            self._answer = self.loop.call_later(ANSWER, self.drop)

    def resume_writing(self) -> None:
        """They read again."""
        super().resume_writing()
        if self._answer is not None:
            self._answer.cancel()
            self._answer = None

    def timeout_keep_alive_handler(self) -> None:
        """The end of what is idle; what was not read by then never will be."""
        if self.transport.get_write_buffer_size():
            self.drop()
        else:
            super().timeout_keep_alive_handler()

    def drop(self) -> None:
        """End it now."""
        self.connections.discard(self)
        self.transport.abort()

    def _watch(self) -> None:
        """Count the time while a request is not wholly there."""
        waits = self.conn.their_state in (h11.IDLE, h11.SEND_BODY) and not self.transport.is_closing()
        if waits and self._request is None:
            self._request = self.loop.call_later(REQUEST, self.drop)
        elif not waits and self._request is not None:
            self._request.cancel()
            self._request = None
