"""`wengu runs set`."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.cli.conftest import Wengu
from wengu.core.run_folder import RunFolder


def test_alpha_is_changed_on_a_run_that_trains(wengu: Wengu, photos: Path) -> None:
    command = [sys.executable, "-m", "wengu", "fit", "lenet5", "--data", str(photos), "--epochs", "4000", "--patience",
               "4000", "--name", "live", "--decay", "constant"]
    child = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, text=True)
    run = Path("runs/live")

    def rows() -> list[dict[str, float]]:
        return RunFolder.open(run).metrics() if (run / "metrics.jsonl").exists() else []

    deadline = time.monotonic() + 60
    while not rows() and time.monotonic() < deadline:
        time.sleep(0.02)
    said = wengu("runs", "set", run, "lr=1e-5")
    assert said.code == 0 and "lr = 1e-05 from its next step on" in said.out
    while rows()[-1]["lr"] != 1e-5 and time.monotonic() < deadline:
        time.sleep(0.02)
    child.terminate()
    out, _ = child.communicate(timeout=60)
    assert "α set to 1e-05 at step" in out
    stamp = json.loads((run / "control.jsonl").read_text().splitlines()[1])
    after = [row["lr"] for row in rows() if row["step"] > stamp["step"]]
    before = [row["lr"] for row in rows() if row["step"] <= stamp["step"]]
    assert stamp["taken"] == 0 and set(after) == {1e-5} and set(before) == {0.003}
    assert "as soon as it is resumed; nobody trains it now" in wengu("runs", "set", run, "lr=0.01").out


def test_bad_input_is_one_line(wengu: Wengu) -> None:
    RunFolder.create(Path("runs/a"))
    for words, message in (
        (("runs", "set", "runs/b", "lr=1"), "is not a run folder"),
        (("runs", "set", "runs/a"), "expected what to set"),
        (("runs", "set", "runs/a", "lr"), "lr: expected NAME=NUMBER"),
        (("runs", "set", "runs/a", "lr=fast"), "lr=fast: expected NAME=NUMBER"),
        (("runs", "set", "runs/a", "lr=0"), "lr: expected a number above 0"),
        (("runs", "set", "runs/a", "seed=3"), "set: 'seed' is unknown"),
    ):
        said = wengu(*words)
        assert said.code == 2 and said.err.count("\n") == 1 and message in said.err, said.err
    assert not Path("runs/a/control.jsonl").exists()
