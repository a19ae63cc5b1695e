"""The worker: answers, and what becomes of one that dies or never ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.handbook.browsing import children
from tests.handbook.conftest import QUICK
from wengu.handbook.worker_pool import FailedError, OverTimeError, RefusedError, Worker
from wengu.pages import figure_of

CURVE = {"page": "activations/activations", "name": "curve"}


@pytest.fixture
def quick() -> Iterator[Worker]:
    """A worker without torch, which starts at once."""
    made = Worker(QUICK)
    yield made
    made.close()


def is_there(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def test_a_figure_is_what_the_library_computes_here() -> None:
    """In both languages, with the worker as it runs."""
    worker = Worker()
    try:
        for lang, word in (("en", ", g′"), ("zh", "，g′")):
            got = json.loads(worker.ask("figure", seconds=30, lang=lang, state={"z": 2.0}, **CURVE))  # type: ignore[arg-type]
            assert got["panels"] == figure_of(CURVE["page"], "curve")(z=2.0).to_json()["panels"] and word in got["say"]
        with pytest.raises(RefusedError, match="there is no"):
            worker.ask("figure", seconds=30, lang="en", page="a/b", name="c", state={})
        with pytest.raises(FailedError):
            worker.ask("figure", seconds=30, lang="en", page="a/b")
        assert worker.ask("figure", seconds=30, lang="en", state={}, **CURVE), "it goes on"  # type: ignore[arg-type]
    finally:
        worker.close()


def test_it_starts_when_its_time_has_come_or_it_is_asked() -> None:
    for after in (0.2, 60):
        worker = Worker(QUICK, after=after)
        assert not children(os.getpid())
        if after < 60:
            until = time.monotonic() + 10
            while not children(os.getpid()) and time.monotonic() < until:
                time.sleep(0.02)
            assert len(children(os.getpid())) == 1
        assert json.loads(worker.ask("echo", seconds=5, lang="en", x=1)) == {"x": 1}
        worker.close()
    never = Worker(QUICK, after=60)
    never.close()
    assert not children(os.getpid())
    with pytest.raises(FailedError):
        never.ask("echo", seconds=5, lang="en")


def test_a_figure_that_never_ends_is_stopped_and_the_next_is_answered(quick: Worker) -> None:
    before, start = quick.pid, time.monotonic()
    with pytest.raises(OverTimeError):
        quick.ask("forever", seconds=0.3, lang="en")
    assert not is_there(before) and time.monotonic() - start < 5
    assert json.loads(quick.ask("echo", seconds=5, lang="en", x=1)) == {"x": 1}


def test_a_killed_worker_is_replaced(quick: Worker) -> None:
    assert quick.ask("echo", seconds=5, lang="en")
    os.kill(quick.pid, signal.SIGKILL)
    time.sleep(0.1)
    assert json.loads(quick.ask("echo", seconds=5, lang="en", x=2)) == {"x": 2}
    pids = [quick.pid]
    for after in (0.3, 2.0):  # a question whose worker is lost is asked once more, and not again
        threading.Timer(after, lambda: pids.append(quick.pid) or os.kill(quick.pid, signal.SIGKILL)).start()
    with pytest.raises(FailedError):
        quick.ask("forever", seconds=30, lang="en")
    assert len(set(pids)) == 2
    assert quick.ask("echo", seconds=5, lang="en")


def test_many_ask_at_once_and_each_gets_its_own_answer(quick: Worker) -> None:
    got: dict[int, int] = {}

    def ask(k: int) -> None:
        got[k] = json.loads(quick.ask("echo", seconds=5, lang="en", k=k))["k"]

    threads = [threading.Thread(target=ask, args=(k,)) for k in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {k: k for k in range(50)}


def test_a_worker_ends_with_its_server_though_a_figure_never_does(tmp_path: Path) -> None:
    program = (
        "import os, threading\nfrom tests.handbook.conftest import QUICK\nfrom wengu.handbook.worker_pool import Worker\n"
        "w = Worker(QUICK); w.ask('echo', seconds=9, lang='en'); print(w.pid, flush=True)\n"
        "threading.Timer(0.3, lambda: os._exit(0)).start()\n"
        "w.ask('forever', seconds=60, lang='en')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30,
                          cwd=Path(__file__).parents[2])
    pid = int(done.stdout)
    until = time.monotonic() + 5
    while is_there(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_there(pid)


def test_what_the_library_prints_is_no_answer(tmp_path: Path) -> None:
    worker = Worker((*QUICK[:2], QUICK[2].replace("w.main()", "w.ASKED['print'] = lambda: print('1 ok 2') or {}; w.main()")))
    try:
        assert worker.ask("print", seconds=5, lang="en") == b"{}"
    finally:
        worker.close()
