"""Live progress: epoch, step, cost, the metric on dev, α, examples a second, time left.

A terminal gets one line that a second thread redraws four times a second from the loop's state, so that the loop itself
spends nothing on it; a file or a pipe gets a line an epoch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from wengu.core.i18n import say
from wengu.practice.metric_words import Facts, amount, on_dev

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    from wengu.training.state import State


class Watcher(Protocol):
    """Who hears of training as it goes: rows of metrics, progress within an epoch, what went wrong."""

    rows: list[dict[str, Any]]

    @contextmanager
    def watching(self, state: State) -> Iterator[None]:
        """Open from the first step to the last."""
        yield

    @contextmanager
    def counting(self, what: str) -> Iterator[Callable[[int, int], None]]:
        """Open while something long is done before training; takes how much of how much is done."""
        yield lambda done, total: None

    def epoch_ended(self, row: dict[str, Any], *, best: bool) -> None:
        """An epoch's line of metrics.jsonl, and whether it is the best so far."""

    def warn(self, text: str) -> None:
        """Something the user should know."""

    def note(self, text: str) -> None:
        """Something that is good to know."""


class Silent:
    """Keeps the rows and says nothing."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    @contextmanager
    def watching(self, state: State) -> Iterator[None]:
        """Around the training; shows nothing."""
        yield

    @contextmanager
    def counting(self, what: str) -> Iterator[Callable[[int, int], None]]:
        """Around work that says how far it is; shows nothing."""
        yield lambda done, total: None

    def epoch_ended(self, row: dict[str, Any], *, best: bool) -> None:
        """Add the row to `rows`."""
        self.rows.append(row)

    def warn(self, text: str) -> None:
        """By Python's `warnings`."""
        import warnings

        warnings.warn(text, stacklevel=3)

    def note(self, text: str) -> None:
        """Nowhere."""


class Shown(Silent):
    """Shows progress on a rich console."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self.console = console
        self.metric: Facts | None = None

    @contextmanager
    def watching(self, state: State) -> Iterator[None]:
        """A live line on a terminal; elsewhere nothing between the epochs."""
        self.metric = state.metric
        if not self.console.is_terminal:
            yield
            return
        from rich.live import Live

        live = Live(get_renderable=lambda: _line(state), console=self.console, refresh_per_second=4, transient=True)
        with live:
            yield

    @contextmanager
    def counting(self, what: str) -> Iterator[Callable[[int, int], None]]:
        """A bar on a terminal, once there is something to count; elsewhere nothing."""
        if not self.console.is_terminal:
            yield lambda done, total: None
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}", markup=False), BarColumn(20), MofNCompleteColumn(),
                   TimeRemainingColumn())
        with Progress(*columns, console=self.console, transient=True) as bar:
            row = bar.add_task(what, total=None, visible=False)
            yield lambda done, total: bar.update(row, completed=done, total=total, visible=True)

    def epoch_ended(self, row: dict[str, Any], *, best: bool) -> None:
        """One line, with a star where it is the best so far."""
        super().epoch_ended(row, best=best)
        judged = _judged(self.metric, row, width=6)
        skipped = say("   {n} {n:mini-batch|mini-batches} skipped so far", n=row["skipped"]) if "skipped" in row else ""
        self.console.print(
            say("epoch {epoch:3d}   cost {cost}   dev cost {dev_cost}   {judged}{seconds:5.1f} s{star}{skipped}",
                epoch=row["epoch"], cost=_number(row["cost"]), dev_cost=_number(row["dev_cost"]),
                judged=judged and f"{judged}   ",
                seconds=row["seconds"], star=" *" if best else "", skipped=skipped),
            highlight=False,
            markup=False,
        )

    def warn(self, text: str) -> None:
        """On the console, in yellow."""
        self.console.print(text, style="yellow", highlight=False, markup=False)

    def note(self, text: str) -> None:
        """On the console, as the run's head."""
        self.console.print(text, style="dim", highlight=False, markup=False)


def _judged(metric: Facts | None, row: Mapping[str, Any], *, width: int = 0) -> str:
    """'dev error 6.1 %' or 'BLEU on dev 36.8'; nothing where the row does not say it."""
    value = row.get(f"dev_{metric['name']}") if metric else None
    return "" if metric is None or value is None else f"{on_dev(metric)} {amount(metric, value):>{width}}"


def _number(cost: float) -> str:
    """Four digits after the point, as far as they tell something."""
    return f"{cost:.4f}" if cost < 1e5 else f"{cost:.3e}"


def _line(state: State) -> Table:
    """The live line, from the state as it stands."""
    from rich.table import Table

    start, first = state.clock
    done = state.step - first
    rate = done / max(time.monotonic() - start, 1e-9)
    cost = float(state.cost_sum) / state.count if state.count else float("nan")
    parts = [
        say("epoch {epoch}/{epochs}", epoch=state.epoch, epochs=state.epochs),
        say("step {step}/{total}", step=state.step, total=state.total),
        say("cost {cost:.3f}", cost=cost),
        _judged(state.metric, state.dev),
        f"α {state.lr:.1e}",
    ]
    if done:
        left = (state.total - state.step) / rate
        parts.append(say("{rate:,.0f} examples/s", rate=rate * state.examples_per_step))
        parts.append(say("{left:.0f} s left at most", left=left))
    table = Table.grid(padding=(0, 2))
    table.add_row(_bar(state), *(part for part in parts if part))
    return table


def _bar(state: State) -> ProgressBar:
    from rich.progress_bar import ProgressBar

    return ProgressBar(total=state.total, completed=state.step, width=20)
