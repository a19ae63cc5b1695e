"""Does a set of pictures that is larger than memory train within it, and go on exactly where it was stopped?

JPEG files are painted, three classes by their colour. `wengu fit` trains a small network on them twice, in processes
that may take a gigabyte of memory of their own; the file that they map the decoded pictures from is the system's. One
training runs through, the other is stopped within the epoch and goes on: weights and predictions are to be the same.
"""

from __future__ import annotations

import math
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import wengu
from studies.study import Study
from wengu.core.run_folder import RunFolder
from wengu.data import picture_store

NETWORK = '''
import os
import signal
from pathlib import Path

from torch import nn


class Net(nn.Module):
    """One convolution; interrupts its own process in the step of training that STOP_AT names."""

    def __init__(self, classes, channels):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(channels, 8, 16, 16), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(),
                                  nn.Dropout(0.2), nn.Linear(128, classes))
        self.seen = 0

    def forward(self, x):
        if self.training and Path("runs/stopped/checkpoints/0").exists():  # the pre-flight is over
            self.seen += 1
            if self.seen == int(os.environ.get("STOP_AT", "0")):
                os.kill(os.getpid(), signal.SIGINT)
        return self.body(x)
'''
BATCH, GRACE = 32, 30.0  # seconds
SAME = ("predictions/train.csv", "predictions/dev.csv", "split.csv")


def paint(folder: Path, pictures: int, side: int) -> None:
    """So many JPEG files of side × side, three classes by their colour; those that are there stay."""
    numbers = np.random.default_rng(0)
    for k in range(pictures):
        small = numbers.integers(0, 160, (16, 16, 3), np.uint8)
        small[..., k % 3] += 80
        file = folder / str(k % 3) / f"{k}.jpg"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            part = folder.parent / "part.jpg"
            Image.fromarray(small).resize((side, side), Image.Resampling.BILINEAR).save(part, quality=50)
            part.rename(file)


def fit(folder: Path, *words: str, limit_mb: int, most: Path, stop_at: int = 0) -> int:
    """`wengu fit` in a process that may take so much memory: its exit status; `most` holds the MB that any took."""
    process = subprocess.Popen(
        [sys.executable, "-m", "wengu", "fit", "pictures", *words],
        cwd=folder,
        env={**os.environ, "WENGU_CACHE": str(folder / "cache"), "STOP_AT": str(stop_at)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit_mb << 20, limit_mb << 20)),
    )
    peak = int(most.read_text(encoding="utf-8")) if most.exists() else 0
    try:
        while process.poll() is None:
            with suppress(OSError, StopIteration):
                lines = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines()
                peak = max(peak, next(int(line.split()[1]) for line in lines if line.startswith("VmData")) >> 10)
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGINT)  # where we are stopped ourselves: it leaves a checkpoint
        try:
            process.wait(timeout=GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        most.write_text(str(peak), encoding="utf-8")
    return process.returncode


def whole_and_resumed(folder: Path, *, pictures: int, side: int, micro_batch: int, limit_mb: int) -> dict[str, Any]:
    """One cell. Raises ValueError where a training fails, or where the two are not the same."""
    paint(folder / "data", pictures, side)
    (folder / "mine.py").write_text(NETWORK, encoding="utf-8")
    new = ("--network", "./mine.py:Net", "--size", str(side), "--data", "data", "--epochs", "1", "--batch-size",
           str(BATCH), "--micro-batch", str(micro_batch), "--precision", "fp32", "--augment", "none")
    steps = math.ceil(pictures * 0.6 / BATCH)
    runs, most = folder / "runs", folder / "most.txt"
    for name, stop_at in (("whole", 0), ("stopped", steps // 3 * (BATCH // micro_batch) + 1)):
        if not (runs / name / "run.json").exists():
            status = fit(folder, *new, "--name", name, limit_mb=limit_mb, most=most, stop_at=stop_at)
            if status != (130 if stop_at else 0):
                raise ValueError(f"{name}: exit status {status}")
        ended = RunFolder.open(runs / name).facts().get("stopped") == "epochs"
        if not ended or not (runs / name / "report.html").exists():  # which is written last
            status = fit(folder, "--name", name, "--resume", limit_mb=limit_mb, most=most)
            if status:
                raise ValueError(f"{name}, resumed: exit status {status}")
    for file in (*SAME, f"checkpoints/{steps}/model.safetensors"):
        if (runs / "whole" / file).read_bytes() != (runs / "stopped" / file).read_bytes():
            raise ValueError(f"{file} is another where training was stopped")
    (pixels,) = (folder / "cache" / "decoded").glob("*/pixels.npy")
    seconds = RunFolder.open(runs / "whole").metrics()[-1]["seconds"]
    return {
        "gigabytes": round(pixels.stat().st_size / 1e9, 1),
        "most_of_its_own_mb": int(most.read_text(encoding="utf-8")),
        "stopped_at_step": steps // 3 + 1,
        "of_steps": steps,
        "mb_a_second": round(steps * BATCH * 3 * side * side / 1e6 / seconds),
        "the_same": True,
    }


def canary(folder: Path) -> dict[str, float]:
    """A short training on pictures that are mapped though they are few."""
    before, picture_store.MOST_IN_MEMORY = picture_store.MOST_IN_MEMORY, 0
    os.environ["WENGU_CACHE"] = str(folder / "cache")
    paint(folder / "data", 96, 64)
    (folder / "mine.py").write_text(NETWORK, encoding="utf-8")
    try:
        fitted = wengu.fit("pictures", network=f"{folder / 'mine.py'}:Net", size="64", data=str(folder / "data"),
                           runs=folder / "runs", epochs=2, batch_size=8, precision="fp32", augment="shift",
                           quiet=True)
    finally:
        picture_store.MOST_IN_MEMORY = before
    return {"cost": fitted.run.history[0]["cost"], "dev_cost": fitted.run.history[-1]["dev_cost"]}


STUDY = Study(
    "larger_than_memory",
    cells={
        "2gb": {"pictures": 2800, "side": 512, "micro_batch": 16, "limit_mb": 1024},
        "20gb": {"pictures": 7000, "side": 1024, "micro_batch": 8, "limit_mb": 1024},
    },
    run=whole_and_resumed,
    canary=canary,
)
