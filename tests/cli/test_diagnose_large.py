"""`wengu diagnose` of a large file: what a million rows may take, 10 s and 1 GB, in proportion."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.pace import slower

ROWS, SHARE = 200_000, 0.2  # of a million
MOST, LONGEST = 1e9, 10.0  # bytes, seconds of a processor: of a million
MEASURED = """import json, resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_maxrss, used.ru_utime + used.ru_stime]), file=sys.stderr)"""
"Runs a command from a small process: a child's peak begins with the memory of what started it."


def _write(path: Path, n: int) -> Path:
    """n rows of ten classes, 1 of 10 wrong, with id, group and all probabilities."""
    random = np.random.default_rng(0)
    truth = random.integers(10, size=n)
    predicted = np.where(random.random(n) < 0.1, (truth + 1) % 10, truth)
    p = [",".join(f"{one:.6f}" for one in row) for row in random.dirichlet(np.ones(10), size=1000)]
    header = ",".join(["id", "group", "set", "truth", "predicted", *(f"p_c{k}" for k in range(10))])
    rows = (f"example{i:07d},{name}-{i // 10},{name},c{t},c{y},{p[i % 1000]}" for i, (t, y) in
            enumerate(zip(truth.tolist(), predicted.tolist(), strict=True))
            for name in [("train", "train", "train", "dev", "test")[i // 10 % 5]])
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def _diagnosed(file: Path) -> tuple[str, int, float]:
    """What is said of it, and the child's peak of memory in bytes and seconds of a processor."""
    done = subprocess.run([sys.executable, "-c", MEASURED, sys.executable, "-m", "wengu", "diagnose", str(file)],
                          capture_output=True, text=True, check=True)
    peak, seconds = json.loads(done.stderr.splitlines()[-1])
    return done.stdout, peak * (1 if sys.platform == "darwin" else 1024), seconds


def test_two_hundred_thousand_rows_take_a_fifth_of_what_a_million_may(tmp_path: Path) -> None:
    _, least, start = _diagnosed(_write(tmp_path / "few.csv", 500))
    said, peak, took = _diagnosed(_write(tmp_path / "many.csv", ROWS))
    assert " dev " in said and "variance" in said
    assert peak < least + SHARE * (MOST - least), f"{peak / 1e6:.0f} MB, {least / 1e6:.0f} of few rows"
    assert took < start + SHARE * LONGEST * slower(), f"{took:.1f} s, {start:.1f} of few rows"
