"""From an address to a running server: the port, the worker beside it, the end."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import http.client
import logging
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from wengu.core.checks import InputError
from wengu.core.i18n import language, say
from wengu.handbook.training import TrainingProcess
from wengu.handbook.worker_pool import Worker
from wengu.pages import pages

PORT = 8420  # the first that is tried where none is asked for
TRIES = 100
HEAD_START = 1.5  # seconds that the first page gets before torch is imported beside it


@contextlib.contextmanager
def listening(host: str, port: int | None) -> Iterator[socket.socket]:
    """A socket that listens at this port, or at the first free one from 8420 on.

    Raises InputError where the port is taken, or the host is none of this machine's.
    """
    made = None
    if port is not None and not 0 <= port < 65_536:
        raise InputError(say("--port: expected a number from 0, any free one, to 65535, got {port}", port=port))
    for wanted in [port] if port is not None else range(PORT, PORT + TRIES):
        try:
            family, kind, _, _, address = socket.getaddrinfo(host, wanted, type=socket.SOCK_STREAM)[0]
            made = socket.socket(family, kind, socket.IPPROTO_TCP)  # named, or asyncio holds small answers back
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(address)
            made.listen(64)
            break
        except OSError as error:
            if made:
                made.close()
            if error.errno != errno.EADDRINUSE:
                why = error.strerror or error
                raise InputError(say("--host {host} --port {port}: cannot listen there: {why}", host=host, port=wanted,
                                     why=why)) from None
            made = None
    if made is None:
        raise InputError(say("--port {port}: taken by another program; give another, or none for the next free one",
                             port=PORT if port is None else port))
    with made:
        yield made


def serve(runs: Path, *, host: str, port: int | None, opened: Callable[[str], None]) -> None:
    """Serve until Ctrl-C. `opened` is told the address, with its secret, as soon as it answers."""
    with (
        listening(host, port) as door, contextlib.closing(Worker(after=HEAD_START)) as worker,
        contextlib.closing(TrainingProcess(runs)) as training,
    ):
        import uvicorn

        from wengu.handbook.connections import Connection
        from wengu.handbook.secret import NAME, Secret
        from wengu.handbook.server import app_of

        class Server(uvicorn.Server):
            def handle_exit(self, sig: int, frame: object) -> None:
                """At once: a page that listens for a run's rows is no reason to wait."""
                self.should_exit = self.force_exit = True

        key, number = secrets.token_urlsafe(32), door.getsockname()[1]
        secret = Secret(key, port=number)
        app = app_of(worker, runs, token=secrets.token_urlsafe(24), training=training, host=host, secret=secret)
        at = f"[{host}]" if ":" in host else host
        address = f"http://{at}:{number}/{language()}/?{NAME}={key}"
        config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, lifespan="off",
                                ws="none", http=Connection, loop="asyncio", timeout_graceful_shutdown=1)

        def ready() -> None:
            opened(address)
            _warm(door, secret.cookie, f"/{language()}/{pages(language())[0].path}", "/static/app.css")

        threading.Thread(target=ready, daemon=True).start()
        server = Server(config)
        logging.getLogger("uvicorn.error").addFilter(not_cut_off)
        if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:  # the terminal is closed
            signal.signal(signal.SIGHUP, server.handle_exit)
        server.run(sockets=[door])


def not_cut_off(record: logging.LogRecord) -> bool:
    """Whether a record tells of anything but answers that were under way when the handbook was stopped.

    Each is told of where it is cancelled; since Python 3.12 uvicorn also waits for them, and says that it did so.
    """
    cancelled = record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not (cancelled or str(record.msg).endswith("timeout graceful shutdown exceeded"))


def _warm(door: socket.socket, cookie: str, *paths: str) -> None:
    """Ask for a page and a file while the browser starts: what the first of each takes longer is done by then."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        host, port, *_ = door.getsockname()
        asking = http.client.HTTPConnection(host, port, timeout=10)
        for path in paths:
            asking.request("GET", path, headers={"Cookie": cookie})
            asking.getresponse().read()
        asking.close()
