"""python -m studies [NAME ...] [--budget 90m] [--commit] fills what is missing; --check runs the canaries alone."""

from __future__ import annotations

import argparse
import importlib
import os
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch; cells and canaries inherit it

import filelock

from studies.filling import check, fill
from studies.study import Study
from wengu.core.checks import InputError, one_of

HERE = Path(__file__).parent
NAMES = sorted(file.stem for file in HERE.glob("*.py") if "\nSTUDY = " in file.read_text(encoding="utf-8"))
UNITS = {"s": 1, "m": 60, "h": 3600}


def main(words: list[str]) -> int:
    """0; 1 where a study is stale or a cell has failed; 2 for words that are none; 130 where it was stopped."""
    asked = _parser().parse_args(words)
    try:
        studies = [_study(name) for name in asked.names or NAMES]
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    if asked.check:
        return _checked(studies)
    end, fine = time.monotonic() + asked.budget, True
    for study in studies:
        try:
            if time.monotonic() < end:
                fine &= fill(study, HERE, left=lambda: end - time.monotonic(), commit=asked.commit)
        except filelock.Timeout:
            print(f"{study.name}: another process is filling it", file=sys.stderr)
            fine = False
        except KeyboardInterrupt:
            print(f"stopped; go on: make study NAME={study.name}")
            return 130
    return int(not fine)


def _checked(studies: list[Study]) -> int:
    faults = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # a canary takes one processor
        for wrong, notes in pool.map(lambda study: check(study, HERE), studies):
            faults += wrong
            for line in (*wrong, *notes):
                print(line, flush=True)
    return int(bool(faults))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m studies",
        description="Run the cells of studies that are missing or stale, each at most 40 minutes, and write "
                    "studies/NAME.json as each ends. A cell that was stopped goes on the next time.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"by default all: {', '.join(NAMES)}")
    parser.add_argument("--budget", type=_seconds, default="3h", help="time in all, such as 90m; by default 3h")
    parser.add_argument("--commit", action="store_true", help="commit studies/NAME.json as each cell ends")
    parser.add_argument("--check", action="store_true", help="run the canaries alone, and fail where a study is stale")
    return parser


def _seconds(text: str) -> float:
    """90m, 1.5h or 30s."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text)
    if not found:
        raise argparse.ArgumentTypeError(f"expected a number and s, m or h, such as 90m, got {text!r}")
    return float(found[1]) * UNITS[found[2]]


def _study(name: str) -> Study:
    study: Study = importlib.import_module(f"studies.{one_of('study', name, NAMES)}").STUDY
    return study


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
