"""The runs of a folder in brief: what each is, how far it came, and what its ledger says.

    training      a process is writing the run now
    epochs, early, interrupted, diverged      as the run says of itself that it ended
    killed        it has not ended, and nobody is writing it: `wengu fit --resume` goes on with it

Hundreds of runs are listed at once, so only small files are read, and nothing here needs torch. Of metrics.jsonl the
end is enough: training ends `patience` epochs after the best one at the latest.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, cast, get_args

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.run_folder import FORMAT, RunFolder
from wengu.core.run_reader import is_run
from wengu.core.safe_read import is_file
from wengu.practice.ledger_words import cause_name
from wengu.practice.metric_words import Direction, Facts
from wengu.practice.verdict import Gap, Judgement
from wengu.running.metric import metric_of

Ended = Literal["epochs", "early", "interrupted", "diverged"]
State = Ended | Literal["training", "killed"]


@dataclass(frozen=True)
class RunSummary:
    """One run in brief; None where nothing is known. `cause` is as ledger.json names it."""

    path: Path
    recipe: str
    network: str
    data: str
    created: datetime
    state: State
    epochs: int  # done
    epochs_asked: int | None
    best_epoch: int | None
    dev_cost: float | None  # of the best epoch
    metric: Facts | None  # what it is judged by; some are judged by nothing
    dev_metric: float | None  # of the best epoch, or of the ledger where it was not looked at then
    seconds: float | None
    cause: str | None
    in_doubt: bool = False  # whether the sets are to be looked at before that
    may_be_mismatch: bool = False  # whether sets that are not alike may be behind it as well

    @property
    def state_in_words(self) -> str:
        """The state of the run, in the language spoken now."""
        match self.state:
            case "training":
                return say("training now")
            case "epochs":
                return say("finished")
            case "early":
                return say("finished early")
            case "interrupted":
                return say("interrupted")
            case "diverged":
                return say("diverged")
            case "killed":
                return say("killed")

    @property
    def cause_in_words(self) -> str:
        """In the language spoken now; empty where the run has not been judged."""
        if self.in_doubt:
            return say("see the sets first")
        cause = cause_name(self.cause or "")
        return say("{cause} or another distribution", cause=cause) if self.may_be_mismatch else cause

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self) | {"path": str(self.path), "created": self.created.isoformat()}


def run_named(name: str | Path, folder: str | Path = "runs") -> RunFolder:
    """A run by its path, or by its bare name in the folder, which comes before one of that name here.

    Raises InputError, with the nearest name that there is, where there is no such run.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = RunFolder.create(Path(folder, "first"), settings={"data": "x.csv"}, recipe="table", network="softmax")
    ...     run_named("first", folder).path.name
    'first'
    """
    path, inside = Path(name), Path(folder) / name
    bare = os.fspath(name) == path.name  # ./set is a path
    known = not is_run(inside) and is_run(path)
    return RunFolder.open(inside if bare and not known else path)


def brief(run: RunFolder) -> RunSummary:
    """The run in brief. Raises InputError, or OSError, where its files do not say it, whatever others put there."""
    try:
        return _brief(run)
    except InputError:
        raise
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(say("{path} cannot be read: {error}", path=run.path, error=error)) from None


def _brief(run: RunFolder) -> RunSummary:
    facts = run.facts()
    if facts.get("format") != FORMAT:
        RunFolder.open(run.path)  # says what is wrong with it
    settings = run.settings_named("data", "epochs", "monitor", "patience")
    metric = metric_of(run)
    stopped = facts.get("stopped")
    judged = is_file(run.path / "ledger.json")
    finished = judged or stopped == "diverged" or metric is None  # else it was stopped in finishing
    ended = stopped in get_args(Ended) and finished
    state = stopped if ended else "training" if run.is_written() else "killed"
    told = facts if state in ("epochs", "early", "interrupted") else {}  # of the others it is what was so once
    rows = [row for row in run.last_metrics(settings.get("patience", 0) + 1) if "epoch" in row]
    by_metric = metric if settings.get("monitor") == "metric" else None
    monitored, direction = (f"dev_{by_metric['name']}", by_metric["direction"]) if by_metric else ("dev_cost", "lower")
    best = _best(rows, monitored, direction, told.get("best_epoch"))
    if told.get("best_epoch") and not best:  # less patience was given on resuming
        best = _best(run.metrics(), monitored, direction, told["best_epoch"])
    last = rows[-1] if rows else {}
    ledger = run.read_json("ledger.json") if judged else {}
    book = _judgement(ledger)
    return RunSummary(
        path=run.path,
        recipe=str(facts["recipe"]),
        network=str(facts["network"]),
        data=str(settings.get("data", "")),
        created=datetime.fromisoformat(facts["created"]).astimezone(),
        state=cast(State, state),
        epochs=int(last.get("epoch", 0)),
        epochs_asked=_whole(settings.get("epochs")),
        best_epoch=_whole(best.get("epoch")),
        dev_cost=_number(best.get("dev_cost")),
        metric=metric,
        dev_metric=_number(best.get(f"dev_{metric['name']}", _of_dev(ledger))) if metric else None,
        seconds=_number(told.get("seconds", last.get("seconds"))),
        cause=ledger.get("cause"),
        in_doubt=bool(book.in_doubt) or (ledger.get("cause") == "none" and bool(book.reversed)),
        may_be_mismatch=any(gap.verdict == "cause" and book.may_be_mismatch(gap) for gap in book.gaps),
    )


def _judgement(ledger: Mapping[str, Any]) -> Judgement:
    """The gaps of a ledger.json with its worth, which verdict.py judges again: a Ledger would load numpy and scipy."""
    gaps = tuple(Gap(**gap) for gap in ledger.get("gaps", ()))
    facts = cast("Facts", {"worth": ledger.get("worth", 0.0)})
    return Judgement((), gaps, facts, ledger.get("level", 0.95), tuple(ledger.get("unlike", ())),
                     tuple(ledger.get("in_doubt", ())), bool(ledger.get("unknown_source", False)))


def _of_dev(ledger: Mapping[str, Any]) -> float | None:
    return next((row["value"] for row in ledger.get("rows", ()) if row["set"] == "dev"), None)


def _best(rows: list[dict[str, Any]], value: str, direction: Direction, epoch: int | None) -> dict[str, Any]:
    """The row of the best epoch where the run knows it, else of the first with the best value; empty without any."""
    if epoch:
        return next((row for row in rows if row.get("epoch") == epoch), {})
    told = [row for row in rows if _number(row.get(value)) is not None]
    best = min if direction == "lower" else max
    return best(told, key=lambda row: float(row[value]), default={})


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _number(value: Any) -> float | None:
    """A finite number, which JSON can hold, or none."""
    return float(value) if value is not None and math.isfinite(float(value)) else None
