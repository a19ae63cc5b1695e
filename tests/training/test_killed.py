"""A training that is killed, at any moment and as often as you like: what is left is whole, and goes on to the same weights."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import torch

from tests.training.digits import ARGUMENTS, Pair, network, noisy, weights
from tests.waiting import bounded, kill, until
from wengu.core.run_folder import RunFolder
from wengu.training import fit
from wengu.training.checkpoint import load_checkpoint, steps_kept

ROOT = str(Path(__file__).parents[2])
CHILD = """
import sys, torch
sys.path.insert(0, {root!r})
from tests.training.digits import ARGUMENTS, network
from wengu.core.run_folder import RunFolder
from wengu.training import fit
torch.set_num_threads(1)
x, y = torch.load({data!r})
fit(network(), (x[:600], y[:600]), (x[600:900], y[600:900]), **ARGUMENTS, run=RunFolder.open({run!r}), epochs=10**6, patience=10**6)
"""


def test_kill_9_then_resume(digits: tuple[Pair, Pair], tmp_path: Path) -> None:
    """Killed at any moment: what is left is whole, and goes on to the weights of the run that was never killed."""
    (x, y), (dev_x, dev_y) = digits
    torch.save([torch.cat([x, dev_x]), torch.cat([y, dev_y])], tmp_path / "data.pt")
    folder = RunFolder.create(tmp_path / "r")
    code = CHILD.format(root=ROOT, data=str(tmp_path / "data.pt"), run=str(folder.path))
    child = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "OMP_NUM_THREADS": "1"}, preexec_fn=bounded)
    until(lambda: len(folder.metrics()) >= 3, by=child)
    child.kill()
    child.wait()
    reached = len(folder.metrics())
    torch.set_num_threads(1)
    with folder:
        resumed = fit(network(), *digits, **ARGUMENTS, run=folder, epochs=reached + 2, patience=10**6, resume=True)
    assert not list(folder.path.rglob(".part-*"))
    whole = fit(network(), *digits, **ARGUMENTS, epochs=reached + 2, patience=10**6)
    assert [row["epoch"] for row in resumed.history] == list(range(1, reached + 3))
    assert torch.equal(weights(whole.model), weights(resumed.model))


ZYGOTE = """
import os, sys, torch
sys.path.insert(0, {root!r})
from tests.training.digits import ARGUMENTS, network, noisy
from tests.waiting import bounded
from wengu.core.run_folder import RunFolder
from wengu.training import fit
torch.set_num_threads(1)
x, y = torch.load({data!r})
fit(network(), (x[:64], y[:64]), (x[:9], y[:9]), **ARGUMENTS, epochs=1)  # brings along what a first step imports
for line in sys.stdin:  # a child for each path, as importing torch takes longer than the whole test
    if (pid := os.fork()) == 0:
        bounded()
        with RunFolder.open(line.strip()) as run:
            fit(network(), (x[:600], y[:600]), (x[600:900], y[600:900]), **ARGUMENTS, run=run, resume=True, epochs=10**6,
                patience=10**6, save_every=0.0, ema=0.9, augment=noisy)
        os._exit(0)
    print(pid, flush=True)
    print(os.waitpid(pid, 0)[1], flush=True)
"""


def test_twenty_kills_at_random_instants_and_the_very_same_weights(digits: tuple[Pair, Pair], tmp_path: Path) -> None:
    """kill -9 again and again, within epochs and within writing; the weights are those of the run left in peace.

    A checkpoint is written at every step, and training ends only after the kills: whatever the machine's pace, the
    process is there to be killed, and every other time has come further.
    """
    (x, y), (dev_x, dev_y) = digits
    torch.save([torch.cat([x, dev_x]), torch.cat([y, dev_y])], tmp_path / "data.pt")
    code = ZYGOTE.format(root=ROOT, data=str(tmp_path / "data.pt"))
    harassed = RunFolder.create(tmp_path / "harassed")
    draws, reached, folder = random.Random(0), [-1], harassed.path / "checkpoints"
    with subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "OMP_NUM_THREADS": "1"}, text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as zygote:
        assert zygote.stdin is not None and zygote.stdout is not None

        def has_come_further() -> bool:
            return steps_kept(folder)[-1:] > reached[-1:]

        for k in range(20):
            print(harassed.path, file=zygote.stdin, flush=True)
            pid = int(zygote.stdout.readline())
            if k % 2:
                until(has_come_further, by=zygote)
            time.sleep(draws.uniform(0, 0.05))  # any instant will do
            kill(pid)
            assert int(zygote.stdout.readline()) == signal.SIGKILL
            reached += steps_kept(folder)[-1:]
        zygote.stdin.close()
    assert len(set(reached)) > 10 and any(step % 10 for step in reached), reached  # within epochs, too
    settings = {**ARGUMENTS, "epochs": reached[-1] // 10 + 2, "patience": 10**6, "ema": 0.9, "augment": noisy}
    with harassed:
        fit(network(), *digits, **settings, run=harassed, resume=True)
    peace = fit(network(), *digits, **settings, run=RunFolder.create(tmp_path / "peace"))
    last = [load_checkpoint(run.path / "checkpoints", 10 * settings["epochs"])[0] for run in (peace.folder, harassed)]
    assert all(torch.equal(last[0][name], last[1][name]) for name in last[0])
    assert [row["cost"] for row in peace.history] == [row["cost"] for row in harassed.metrics()]
    assert not list(harassed.path.rglob(".part-*"))
