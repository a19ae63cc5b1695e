"""Start several processes of one training on this machine, as torchrun does, and start them again where one dies.

Every process runs the same command; torchrun's agent tells it its place by the environment (world.py reads it). Where
one is killed the agent ends the others and starts all anew, and they go on from the newest checkpoint. Ctrl-C reaches
each process once; they end after the step in hand and leave a checkpoint.

On several machines torchrun is started by hand, once on each, with the same command behind it:

    export TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1     # or a restart hangs
    torchrun --nnodes 2 --nproc-per-node 1 --max-restarts 3 --rdzv-backend c10d --rdzv-endpoint HOST:29400 \\
             -m wengu fit ...

Each process remembers, in a file of its user's own, which run its torchrun was started for, so that after a restart it
knows with which to go on.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from wengu.core.checks import FailedError
from wengu.core.exit import word_of
from wengu.core.files import write_whole
from wengu.core.i18n import say
from wengu.core.regular_file import read_regular

RESTARTS = 3
PATIENCE = 600  # seconds that the processes get after Ctrl-C to leave their results; torch 2.11 gives them 30


def launch(
    processes: int,
    command: Sequence[str],
    *,
    restarts: int = RESTARTS,
    run_id: str = "",
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run `python COMMAND` in so many processes, and wait for them; also after Ctrl-C, which they have heard of then.

    `environment` is added to that of this process, for them.
    Raises FailedError where they have died more often than they are started again.
    """
    with (
        _quiet(),
        _signals_restored(),
        _environment(TORCH_DISABLE_SHARE_RDZV_TCP_STORE="1",  # or a restart hangs
                     TORCH_ELASTIC_SHUTDOWN_TIMEOUT=str(PATIENCE), **(environment or {})),
        tempfile.TemporaryDirectory(prefix="wengu-") as logs,  # the agent would leave its own behind
    ):
        config = LaunchConfig(
            min_nodes=1, max_nodes=1, nproc_per_node=processes, run_id=run_id or new_id(), rdzv_backend="c10d",
            rdzv_endpoint="127.0.0.1:0", local_addr="127.0.0.1", max_restarts=restarts,
            logs_specs=DefaultLogsSpecs(log_dir=logs),
        )
        try:
            elastic_launch(config, sys.executable)(*command)
        except SignalException:
            return
        except ChildFailedError:
            raise FailedError(say("the processes died {n:once|{n} times}", n=restarts + 1)) from None


def new_id() -> str:
    """A name for a start of processes."""
    return uuid.uuid4().hex


class RunMarker:
    """The name of the run that the processes of a torchrun are at, kept on this machine while that torchrun lives.

    >>> marker = RunMarker("an-id", agent=1); marker.keep("lenet5-sample"); RunMarker("an-id", agent=1).name
    'lenet5-sample'
    >>> marker.forget(); marker.name
    """

    def __init__(self, run_id: str, *, agent: int) -> None:
        self._file = word_of(agent, run_id, "run")

    @classmethod
    def of_this_process(cls) -> RunMarker:
        """That of the torchrun which started this process; of one that nothing started, an empty one."""
        return cls(os.environ.get("TORCHELASTIC_RUN_ID", "none"), agent=os.getppid())

    @property
    def name(self) -> str | None:
        """The run's name; None before there is one."""
        try:
            return os.fsdecode(read_regular(self._file))
        except OSError:
            return None

    def keep(self, name: str) -> None:
        """Write down the run's name, for when torchrun starts the processes again."""
        write_whole(self._file, os.fsencode(name))

    def forget(self) -> None:
        """Remove the file, at the end: the next torchrun here begins a run of its own."""
        with suppress(OSError):
            self._file.unlink()


@contextmanager
def _quiet() -> Iterator[None]:
    """What the agent logs of a process that died, or of Ctrl-C, says nothing of why."""
    loggers = [logger for name, logger in logging.root.manager.loggerDict.items()
               if name.startswith("torch.distributed.elastic") and isinstance(logger, logging.Logger)]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


@contextmanager
def _signals_restored() -> Iterator[None]:
    """The agent takes the signals of its process and does not give them back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
