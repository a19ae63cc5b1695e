"""Slow and endless connections are let go, and the others are answered meanwhile."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from tests.waiting import until
from wengu.handbook import connections
from wengu.handbook.connections import Connection

SOON = 0.5


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server that answers /, reads no body, and at /large sends what fills every buffer."""
    for name, value in (("REQUEST", SOON), ("ANSWER", SOON), ("MOST", 6)):
        monkeypatch.setattr(connections, name, value)

    async def app(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(400 if scope["path"] == "/large" else 0):
            await send({"type": "http.response.body", "body": bytes(1 << 20), "more_body": True})
        await send({"type": "http.response.body", "body": b"well"})

    with socket.create_server(("127.0.0.1", 0)) as door:
        server = uvicorn.Server(uvicorn.Config(app, http=Connection, ws="none", lifespan="off", log_config=None))
        thread = threading.Thread(target=lambda: server.run(sockets=[door]), daemon=True)
        thread.start()
        until(lambda: server.started)
        yield door.getsockname()[1]
        server.should_exit = server.force_exit = True
        thread.join(10)


def ends_within(one: socket.socket, seconds: float, drip: bytes = b"") -> float:
    """How long the other end keeps it, while it is given `drip` again and again; what comes from there is not read."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        try:
            if drip:
                one.sendall(drip)
            one.settimeout(0.05)
            if not drip and one.recv(1, socket.MSG_PEEK) == b"":
                return time.monotonic() - begun
            time.sleep(0.02)
        except TimeoutError:
            continue
        except OSError:
            return time.monotonic() - begun
    raise AssertionError(f"still open after {seconds} s")


def answered(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as one:
        one.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        return b"well" in b"".join(iter(lambda: one.recv(4096), b""))


@pytest.mark.parametrize(("begin", "drip"), [
    (b"", b""),  # says nothing
    (b"GET / HTTP/1.1\r\nHost: a\r\n", b""),  # stops in its head
    (b"GET / HTTP/1.1\r\n", b"X: y\r\n"),  # slowloris: a line at a time
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n", b"x"),  # a body that never ends
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n", b"x" * 60_000),  # fast, and without end
], ids=["silent", "half a head", "slowloris", "slow body", "endless chunks", "endless body"])
def test_what_never_ends_is_let_go(port: int, begin: bytes, drip: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as one:
        one.sendall(begin)
        assert ends_within(one, 8, drip) > SOON / 2
    assert answered(port)


def test_who_does_not_read_is_let_go(port: int) -> None:
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.connect(("127.0.0.1", port))
        one.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(4 * SOON)
        one.settimeout(5)
        got = 0
        with contextlib.suppress(ConnectionError):
            while some := one.recv(1 << 20):
                got += len(some)
        assert got < 100 << 20, "of 400 MB"
    assert answered(port)


def test_who_reads_slowly_but_reads_is_served(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as one:
        one.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        got, begun = 0, time.monotonic()
        while some := one.recv(1 << 22):
            got += len(some)
            if time.monotonic() - begun < 3 * SOON:
                time.sleep(0.01)
        assert got > 400 << 20


def test_of_too_many_the_one_that_waits_longest_goes(port: int) -> None:
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(30)]
        assert answered(port)
        assert ends_within(silent[0], 1) < SOON, "before its time"


def test_a_connection_that_goes_on_is_kept(port: int) -> None:
    """Each request has its own time."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as one:
        for _ in range(4):
            one.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            got = b""
            while b"0\r\n\r\n" not in got:
                got += one.recv(4096)
            time.sleep(0.6 * SOON)
