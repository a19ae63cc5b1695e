"""The ledger of a run's predictions, or of anybody's: the cause, and what to try next."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from wengu.adviser.card import Card
from wengu.adviser.compare import since_the_run_before
from wengu.adviser.next_steps import RunContext, next_steps
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.practice import ledger_of
from wengu.running.predictions import Predicted, read_predictions


def diagnose_table(path: str | Path, *, human: float | None = None) -> tuple[Card, tuple[str, ...]]:
    """The card of anybody's predictions, and their commonest confusions on dev in words.

    A CSV file with the columns set, truth, predicted; optional id, group, p_<class>. Raises InputError where the file
    cannot be read as that, or lacks train or dev.
    """
    sets = read_predictions(Path(path))
    ledger = ledger_of({name: rows.records() for name, rows in sets.items()}, human=human)
    return Card(ledger, next_steps(ledger, table=Path(path))), confusions(sets["dev"])


def confusions(rows: Predicted, *, most: int = 5) -> tuple[str, ...]:
    """The commonest confusions: which class is taken for which, how often, and for what share of that class."""
    wrong = Counter((t, p) for t, p in zip(rows.truth, rows.predicted, strict=True) if t != p)
    of_class = Counter(rows.truth)
    return tuple(
        say("{truth} taken for {predicted}: {n} of {m}, {share:.0%}",
            truth=truth, predicted=predicted, n=n, m=of_class[truth], share=n / of_class[truth])
        for (truth, predicted), n in wrong.most_common(most)
    )


def judge(run: RunFolder) -> Card:
    """The ledger of the run's predictions, written to ledger.json, and what to try next.

    Raises InputError where the run has not come to its end, so that there are none.
    """
    card = card_of(run)
    run.write_json("ledger.json", card.ledger.to_dict())
    return card


def card_of(run: RunFolder) -> Card:
    """The same without writing anything. Raises InputError as `judge` does."""
    known = RunContext.of(run)
    if not all((run.path / "predictions" / f"{name}.csv").exists() for name in ("train", "dev")):
        raise InputError(say("{path} has not ended; go on with it: {command}", path=run.path, command=known.resume()))
    sets = {name: read_predictions(run.path / "predictions" / f"{name}.csv", only=name)[name]
            for name in ("train", "train-dev", "dev", "test") if (run.path / "predictions" / f"{name}.csv").exists()}
    settings, _ = run.settings()
    ledger = ledger_of({name: rows.records() for name, rows in sets.items()}, human=settings.get("human"))
    facts = run.facts()
    return Card(
        ledger,
        next_steps(ledger, known),
        run.path,
        opened=facts.get("test_opened", 0),
        since=since_the_run_before(run),
        sparsity=facts.get("sparsity", 0.0) if settings.get("l1") else None,
    )
