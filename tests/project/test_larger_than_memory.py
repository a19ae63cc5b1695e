"""Data larger than memory: 2 GB of pictures train, and resume exactly, in a process that may take 1 GB."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

MOST = 1 << 30  # bytes of the process's own memory; what is mapped from a file is the system's
PICTURES, SIDE = 2800, 512

NETWORK = """
import os, signal
from pathlib import Path
from torch import nn

class Net(nn.Module):
    \"\"\"One convolution; stops its own process at the step of training that STOP_AT names.\"\"\"

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
"""


def paint(folder: Path) -> None:
    """Three classes by their colour, as JPEG files of 15 KB."""
    numbers = np.random.default_rng(0)
    for k in range(PICTURES):
        (folder / f"{k % 3}").mkdir(parents=True, exist_ok=True)
        small = numbers.integers(0, 160, (16, 16, 3), np.uint8)
        small[..., k % 3] += 80
        Image.fromarray(small).resize((SIDE, SIDE), Image.Resampling.BILINEAR).save(folder / f"{k % 3}" / f"{k}.jpg", quality=50)


def wengu(folder: Path, *words: str, **more: str) -> int:
    """One command in a process with a limit; its exit status."""
    command = [sys.executable, "-m", "wengu", "fit", "pictures", *words]
    return subprocess.run(command, cwd=folder, check=False, env={**os.environ, "WENGU_CACHE": str(folder / "cache"), **more},
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (MOST, MOST))).returncode


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that goes afterwards: pytest keeps those of the last three runs."""
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.mark.large
@pytest.mark.timeout(1500)
def test_two_gigabytes_train_and_resume_exactly_in_one(folder: Path) -> None:
    paint(folder / "data")
    (folder / "mine.py").write_text(NETWORK)
    new = ("--network", "./mine.py:Net", "--size", str(SIDE), "--data", "data", "--epochs", "1", "--batch-size", "32",
           "--micro-batch", "16", "--precision", "fp32")
    assert wengu(folder, *new, "--name", "whole") == 0
    (pixels,) = (folder / "cache" / "decoded").glob("*/pixels.npy")
    assert pixels.stat().st_size > 2 * MOST
    decoded = pixels.stat().st_mtime_ns

    assert wengu(folder, *new, "--name", "stopped", STOP_AT="41") == 130
    kept = {path.name for path in (folder / "runs" / "stopped" / "checkpoints").iterdir()}
    assert "21" in kept, kept  # within the epoch of 53 steps
    assert wengu(folder, "--name", "stopped", "--resume") == 0

    for name in ("predictions/train.csv", "predictions/dev.csv", "split.csv", "checkpoints/53/model.safetensors"):
        whole, resumed = ((folder / "runs" / run / name).read_bytes() for run in ("whole", "stopped"))
        assert whole == resumed, name
    assert pixels.stat().st_mtime_ns == decoded
