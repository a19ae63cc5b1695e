"""A run's curves in TensorBoard, beside those of other runs: `tensorboard --logdir runs`.

    RUN/tensorboard/train    cost, α, seconds; the settings as text
    RUN/tensorboard/dev      cost, and the metric by its own name

What bears one name stands in one chart. The mirror is made from metrics.jsonl, which is the truth: anew whenever
training starts, so that nothing is shown which a resumed run has forgotten, and then by a row an epoch. Its clock is
the run's own time of training, without pauses.

Rows are tensorboard's own records, on the disk when the epoch has ended. torch's SummaryWriter would write them on a
thread, which prints a traceback where the disk is full.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wengu.core import disk
from wengu.core.checks import InputError
from wengu.core.files import make_folders
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.training.progress import Watcher

if TYPE_CHECKING:
    from wengu.training.state import State

PARTS = ("train", "dev")
OF_TRAIN = {"cost": "cost", "lr": "α", "seconds": "seconds"}


def shown(part: str, row: Mapping[str, Any]) -> dict[str, float]:
    """What the part shows of a row of metrics.jsonl: values by their tags.

    >>> shown("train", {"cost": 0.7, "dev_cost": 0.9, "dev_BLEU": 36.8}), shown("dev", {"cost": 0.7, "dev_BLEU": 36.8})
    ({'cost': 0.7}, {'BLEU': 36.8})
    """
    if part == "train":
        return {tag: row[name] for name, tag in OF_TRAIN.items() if name in row}
    return {name.removeprefix("dev_"): value for name, value in row.items() if name.startswith("dev_")}


def needs_tensorboard() -> None:
    """Raises InputError where the package is missing."""
    try:
        import tensorboard  # noqa: F401
    except ImportError as error:
        raise InputError(say("--tensorboard needs the package: pip install 'wengu[tensorboard]'")) from error


class Mirror:
    """Shows what another watcher shows, and mirrors the run for TensorBoard.

    A mirror that cannot be written ends with a warning, and training goes on. Raises InputError where the package is
    missing.
    """

    def __init__(self, watcher: Watcher, run: RunFolder) -> None:
        needs_tensorboard()
        self.watcher, self.run, self.rows = watcher, run, watcher.rows
        self._files: dict[str, Path] = {}  # none before training starts, nor after a failure

    @contextmanager
    def watching(self, state: State) -> Iterator[None]:
        """Begins the mirror with what metrics.jsonl says."""
        with self.watcher.watching(state):
            with self._or_without():
                self._begin()
            yield

    @contextmanager
    def counting(self, what: str) -> Iterator[Callable[[int, int], None]]:
        """As the other watcher does."""
        with self.watcher.counting(what) as progress:
            yield progress

    def epoch_ended(self, row: dict[str, Any], *, best: bool) -> None:
        """Write the row's values as scalars of its epoch."""
        self.watcher.epoch_ended(row, best=best)
        if self._files:
            with self._or_without():
                self._add([row])

    def warn(self, text: str) -> None:
        """As the other watcher does."""
        self.watcher.warn(text)

    def note(self, text: str) -> None:
        """As the other watcher does."""
        self.watcher.note(text)

    @contextmanager
    def _or_without(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # whatever it is: the run is worth more than its mirror
            self._files = {}
            self.warn(say("the mirror for TensorBoard ends here ({error}); training goes on without it",
                          error=str(error) or type(error).__name__))

    def _begin(self) -> None:
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog
        from tensorboard.plugins.text.summary_v2 import text_pb

        settings, _ = self.run.settings()
        table = "\n".join(["|setting|value|", "|---|---|", *(f"|{name}|{value}|" for name, value in settings.items())])
        self._started = datetime.fromisoformat(self.run.facts()["created"]).timestamp()
        self._files = {part: self.run.path / "tensorboard" / part / f"events.out.tfevents.{time.time_ns()}"
                       for part in PARTS}
        for file in self._files.values():
            make_folders(file.parent)
            _append(file, [
                Event(wall_time=self._started, file_version="brain.Event:2"),
                # TensorBoard forgets what a former file said, which must stay: else one that has it open reads no more
                Event(wall_time=self._started, session_log=SessionLog(status=SessionLog.START)),
            ])
        _append(self._files["train"], [Event(wall_time=self._started, summary=text_pb("settings", table))])
        self._add([row for row in self.run.metrics() if "epoch" in row])

    def _add(self, rows: list[dict[str, Any]]) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        for part, file in self._files.items():
            _append(file, [
                Event(wall_time=self._started + row["seconds"], step=row["step"], summary=Summary(value=[
                    Summary.Value(tag=tag, simple_value=value) for tag, value in shown(part, row).items()
                ]))
                for row in rows
            ])


def _append(file: Path, events: list[Any]) -> None:
    from tensorboard.summary.writer.record_writer import RecordWriter

    with disk.opened(file, "a") as stream:
        records = RecordWriter(stream)
        for event in events:
            records.write(event.SerializeToString())
