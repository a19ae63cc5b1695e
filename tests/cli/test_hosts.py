"""The same command under torchrun on two hosts: network namespaces that share no network but a cable between them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.waiting import bounded, children, kill, lives, until
from wengu.core.own_folder import runtime_folder
from wengu.core.run_folder import RunFolder
from wengu.training.checkpoint import steps_kept

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(400)]
HOSTS = {"wengu-a": "10.77.0.1", "wengu-b": "10.77.0.2"}


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def hosts() -> Iterator[None]:
    for name in HOSTS:
        subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
        ip("netns", "add", name)
    ip("link", "add", "cable-a", "type", "veth", "peer", "name", "cable-b")
    for (name, address), end in zip(HOSTS.items(), ("cable-a", "cable-b"), strict=True):
        ip("link", "set", end, "netns", name)
        ip("-n", name, "addr", "add", f"{address}/24", "dev", end)
        ip("-n", name, "link", "set", end, "up")
        ip("-n", name, "link", "set", "lo", "up")
    yield
    for name in HOSTS:
        ip("netns", "del", name)


def torchrun(folder: Path, host: str, *words: str) -> subprocess.Popen[str]:
    """One host's start, in a folder of its own. Both have this machine's name, so that addresses are given by hand."""
    folder.mkdir(exist_ok=True)
    first = host == "wengu-a"
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "LANG": "C.UTF-8", "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1",
                   "GLOO_SOCKET_IFNAME": "cable-a" if first else "cable-b"}
    return subprocess.Popen(
        ["ip", "netns", "exec", host, sys.executable, "-m", "torch.distributed.run", "--nnodes", "2",
         "--nproc-per-node", "1", "--max-restarts", "2", "--rdzv-backend", "c10d",
         "--rdzv-endpoint", f"{HOSTS['wengu-a']}:29400", "--rdzv-id", "one", "--rdzv-conf", f"is_host={int(first)}",
         "--local-addr", HOSTS[host], "-m", "wengu", *words],
        cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=bounded,
    )


def weights(run: RunFolder) -> dict[str, torch.Tensor]:
    folder = run.path / "checkpoints"
    return load_file(folder / str(steps_kept(folder)[-1]) / "model.safetensors")


def test_two_hosts_train_as_two_processes_of_one_do_though_one_is_killed(hosts: None, iris: Path, tmp_path: Path) -> None:
    """The second host has no run folder; what it needs the first one tells it.

    They train without an end while one is killed and all are stopped; what they reached says how long the one host trains.
    """
    fit = ("fit", "softmax", "--data", str(iris), "--target", "species", "--decay", "constant", "--patience", "1000000",
           "--name", "one")
    started = [torchrun(tmp_path / host, host, *fit, "--epochs", "1000000") for host in HOSTS]
    run = RunFolder(tmp_path / "wengu-a" / "runs" / "one")
    until(lambda: len(run.metrics()) >= 5, by=started[0])
    first = [children(one.pid) for one in started]
    for pid in first[1]:
        kill(pid)
    until(lambda: not any(lives(pid) for was in first for pid in was))  # they have no more to write
    until(lambda: all(any(lives(pid) for pid in children(one.pid)) for one in started))
    done = len(run.metrics())
    until(lambda: len(run.metrics()) >= done + 3, by=started[0])
    for one in started:
        one.send_signal(signal.SIGINT)
    (out, _), (silent, _) = (one.communicate(timeout=200) for one in started)
    assert "a process died; all continue from the last checkpoint of runs/one" in out and run.facts()["stopped"] == "interrupted"

    epochs = len(run.metrics()) + 5
    started = [torchrun(tmp_path / host, host, "fit", "softmax", "--name", "one", "--resume", "--epochs", str(epochs))
               for host in HOSTS]
    (out, err), (silent, other) = (one.communicate(timeout=200) for one in started)
    assert [one.returncode for one in started] == [0, 0], err + other
    assert out.count(f"epoch {epochs:3d} ") == 1 and out.count("Next, in this order:") == 1
    assert silent == "" and not (tmp_path / "wengu-b" / "runs").exists()
    assert [row["epoch"] for row in run.metrics()] == list(range(1, epochs + 1))

    here = subprocess.run([sys.executable, "-m", "wengu", *fit, "--epochs", str(epochs), "--processes", "2"], cwd=tmp_path,
                          check=False, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert here.returncode == 0, here.stderr
    expected = weights(RunFolder(tmp_path / "runs" / "one"))
    assert all(torch.equal(w, expected[name]) for name, w in weights(run).items())


def test_torchrun_by_hand_on_one_host(iris: Path, tmp_path: Path) -> None:
    """It says how many processes there are; another number is refused, and said once, though all are started again."""
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--rdzv-backend", "c10d",
               "--max-restarts", "3",
               "--rdzv-endpoint", "127.0.0.1:0", "--local-addr", "127.0.0.1", "-m", "wengu", "fit", "softmax",
               "--data", str(iris), "--target", "species", "--processes", "3"]
    done = subprocess.run(command, cwd=tmp_path, env={**os.environ, "OMP_NUM_THREADS": "1", "LANG": "C.UTF-8"},
                          check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert done.stderr.count("wengu: processes: torchrun has started 2, got 3; leave --processes out\n") == 1
    assert not list(Path(tempfile.gettempdir()).glob("wengu-*-refused")) and not list(runtime_folder().glob("*-refused"))
