"""The end of a process of several."""

from __future__ import annotations

import subprocess
import sys

import pytest

from wengu.core.exit import has_refused, refuse_again


def test_what_was_printed_is_out_and_python_is_not_taken_down() -> None:
    program = ("import atexit, sys; from wengu.core.exit import leave; atexit.register(print, 'taken down');"
               "print('out'); sys.stderr.write('err'); leave(3)")
    ended = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "out\n", "err")


def test_with_nothing_to_print_to() -> None:
    program = "import sys; from wengu.core.exit import leave; sys.stdout = None; leave(0)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_who_refused_refuses_again_until_torchrun_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another start, and another process of the same one, know nothing of it."""

    def started(count: int, rank: str = "0", run_id: str = "one") -> None:
        for name, value in {"TORCHELASTIC_RUN_ID": run_id, "TORCHELASTIC_RESTART_COUNT": str(count),
                            "TORCHELASTIC_MAX_RESTARTS": "2", "LOCAL_RANK": rank}.items():
            monkeypatch.setenv(name, value)

    refuse_again()
    assert not has_refused()  # without torchrun
    started(0)
    assert not has_refused()
    refuse_again()
    assert not has_refused()
    started(1, rank="1")
    assert not has_refused()
    started(1, run_id="other")
    assert not has_refused()
    started(1)
    assert has_refused()
    started(2)
    assert has_refused() and not has_refused()
    refuse_again()
    assert not has_refused()
