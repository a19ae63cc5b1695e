"""The worker: answers, and what becomes of one that dies or never ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.handbook.conftest import QUICK
from tests.waiting import PATIENCE, children, kill, lives, until
from wengu.handbook.worker_pool import OverTimeError, RefusedError, Worker, WorkerFailedError
from wengu.pages import figure_of

CURVE = {"page": "activations/activations", "name": "curve"}


@pytest.fixture
def quick() -> Iterator[Worker]:
    """A worker without torch, which starts at once."""
    made = Worker(QUICK)
    yield made
    made.close()


def test_a_figure_is_what_the_library_computes_here() -> None:
    """In both languages, with the worker as it runs."""
    worker = Worker()
    try:
        for lang, word in (("en", "its derivative g′"), ("zh", "导数是 g′")):
            got = json.loads(worker.ask("figure", seconds=30, lang=lang, state={"z": 2.0}, **CURVE))  # type: ignore[arg-type]
            assert got["panels"] == figure_of(CURVE["page"], "curve")(z=2.0).to_json()["panels"] and word in got["say"]
        with pytest.raises(RefusedError, match="there is no"):
            worker.ask("figure", seconds=30, lang="en", page="a/b", name="c", state={})
        with pytest.raises(WorkerFailedError):
            worker.ask("figure", seconds=30, lang="en", page="a/b")
        assert worker.ask("figure", seconds=30, lang="en", state={}, **CURVE), "it goes on"  # type: ignore[arg-type]
    finally:
        worker.close()


def test_it_starts_when_its_time_has_come_or_it_is_asked() -> None:
    others = set(children(os.getpid()))  # of tests that were here before

    def workers() -> set[int]:
        return set(children(os.getpid())) - others

    for after in (0.1, 600):
        worker = Worker(QUICK, after=after)
        if after < 1:
            until(lambda: len(workers()) == 1)
        else:
            assert not workers()
        assert json.loads(worker.ask("echo", seconds=PATIENCE, lang="en", x=1)) == {"x": 1}
        worker.close()
    never = Worker(QUICK, after=600)
    never.close()
    assert not workers()
    with pytest.raises(WorkerFailedError):
        never.ask("echo", seconds=5, lang="en")


def test_a_figure_that_never_ends_is_stopped_and_the_next_is_answered(quick: Worker) -> None:
    before = quick.pid
    with pytest.raises(OverTimeError):
        quick.ask("forever", seconds=0.3, lang="en")
    assert not lives(before)
    assert json.loads(quick.ask("echo", seconds=5, lang="en", x=1)) == {"x": 1}


def test_a_killed_worker_is_replaced(quick: Worker, tmp_path: Path) -> None:
    assert quick.ask("echo", seconds=PATIENCE, lang="en")
    before = quick.pid
    kill(before)
    until(lambda: not lives(before))
    assert json.loads(quick.ask("echo", seconds=PATIENCE, lang="en", x=2)) == {"x": 2}
    with pytest.raises(WorkerFailedError):
        quick.ask("fatal", seconds=PATIENCE, lang="en", path=str(tmp_path / "asked"))
    first, second = (tmp_path / "asked").read_text().split()  # a question whose worker is lost is asked once more, not again
    assert first != second
    assert quick.ask("echo", seconds=PATIENCE, lang="en")


def test_many_ask_at_once_and_each_gets_its_own_answer(quick: Worker) -> None:
    got: dict[int, int] = {}

    def ask(k: int) -> None:
        got[k] = json.loads(quick.ask("echo", seconds=PATIENCE, lang="en", k=k))["k"]

    threads = [threading.Thread(target=ask, args=(k,)) for k in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {k: k for k in range(50)}


def test_a_worker_ends_with_its_server_though_a_figure_never_does(tmp_path: Path) -> None:
    program = (
        "import os, threading\nfrom pathlib import Path\n"
        "from tests.handbook.conftest import QUICK\nfrom tests.waiting import until\nfrom wengu.handbook.worker_pool import Worker\n"
        f"w, begun = Worker(QUICK), Path({str(tmp_path / 'begun')!r})\n"
        "threading.Thread(target=lambda: until(begun.exists) and print(w.pid, flush=True) or os._exit(0)).start()\n"
        "w.ask('forever', seconds=600, lang='en', path=str(begun))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=PATIENCE,
                          cwd=Path(__file__).parents[2])
    pid = int(done.stdout)
    try:
        until(lambda: not lives(pid))
    finally:
        kill(pid)


def test_what_the_library_prints_is_no_answer(tmp_path: Path) -> None:
    worker = Worker((*QUICK[:2], QUICK[2].replace("w.main()", "w.ASKED['print'] = lambda: print('1 ok 2') or {}; w.main()")))
    try:
        assert worker.ask("print", seconds=PATIENCE, lang="en") == b"{}"
    finally:
        worker.close()
