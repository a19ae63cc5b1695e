"""The end of a process of several."""

from __future__ import annotations

import subprocess
import sys


def test_what_was_printed_is_out_and_python_is_not_taken_down() -> None:
    program = ("import atexit, sys; from wengu.core.exit import leave; atexit.register(print, 'taken down');"
               "print('out'); sys.stderr.write('err'); leave(3)")
    ended = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "out\n", "err")


def test_with_nothing_to_print_to() -> None:
    program = "import sys; from wengu.core.exit import leave; sys.stdout = None; leave(0)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
