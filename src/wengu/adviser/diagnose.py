"""`wengu diagnose`: the ledger of a run, or of anybody's predictions; and the one way to open a test set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from wengu.adviser.card import Card
from wengu.adviser.compare import since_the_run_before
from wengu.adviser.load import load
from wengu.adviser.next_steps import Known, next_steps
from wengu.adviser.predictions import Predicted, read_predictions, write_predictions
from wengu.adviser.report import report
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.core.words import say
from wengu.practice import ledger_of
from wengu.recipes import recipe, settings_of
from wengu.recipes.task import Exhibit, Task


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


def diagnose_run(path: str | Path, *, human: float | None = None) -> Card:
    """The card of a run again; `human` is kept in the run, and the report made anew."""
    with RunFolder.open(path) as run:
        _keep(run, human)
        card = judge(run)
        write_report(run, card)
        return card


def open_test(
    path: str | Path, *, human: float | None = None, warn: Callable[[str], None] | None = None
) -> Card:
    """Judge the run on its test set. How often that was done stands in the run and on every card after."""
    with RunFolder.open(path) as run:
        _keep(run, human)
        judge(run)  # which it must have been already
        task = _task(run)
        same_split(run, task)
        write_predictions(run, "test", load(run.path, warn=warn).model, task.sets["test"], task.classes)
        run.note(test_opened=run.facts().get("test_opened", 0) + 1)
        card = judge(run)
        write_report(run, card, task)
        return card


def judge(run: RunFolder) -> Card:
    """The ledger of the run's predictions, written to ledger.json, and what to try next.

    Raises InputError where the run has not come to its end, so that there are none.
    """
    card = card_of(run)
    run.write_json("ledger.json", card.ledger.to_dict())
    return card


def card_of(run: RunFolder) -> Card:
    """The same without writing anything. Raises InputError as `judge` does."""
    known = Known.of(run)
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


def write_report(run: RunFolder, card: Card, task: Task | None = None) -> None:
    """report.html; the worst errors are shown where the data is still there to show."""
    run.write("report.html", report(run, card, show_of(run, task)))


def show_of(run: RunFolder, task: Task | None = None) -> Callable[[str, str], Exhibit | None]:
    """Shows an example by its set and id: nothing where the data is gone."""
    try:
        return _exhibits(task or _task(run))
    except InputError:
        return lambda name, i: None


def same_split(run: RunFolder, task: Task) -> None:
    """Raises InputError where the data is no longer what the run was started on."""
    before = [(row["id"], row["set"]) for row in run.read_table("split.csv")]
    now = [(i, name) for name, part in task.sets.items() for i in part.ids]
    if before != now:
        raise InputError(
            say("the data has changed since {path} was started ({before} examples then, {now} now); start a new run",
                path=run.path, before=len(before), now=len(now))
        )


def _keep(run: RunFolder, human: float | None) -> None:
    """Human error becomes a setting of the run, so that it is on every card after."""
    if human is not None:
        if not 0 <= human <= 1:
            raise InputError(say("--human: expected an error from 0 to 1, such as 0.05 for 5 %, got {got}", got=human))
        settings, came_from = run.settings()
        run.write_settings(settings | {"human": human}, came_from | {"human": "diagnose"})


def _task(run: RunFolder) -> Task:
    """The run's data and network, prepared again."""
    facts, (settings, _) = run.facts(), run.settings()
    return recipe(facts["recipe"]).prepare(settings_of(facts["recipe"], settings))


def _exhibits(task: Task) -> Callable[[str, str], Exhibit | None]:
    """Shows an example by its set and id."""
    place = {name: {i: k for k, i in enumerate(part.ids)} for name, part in task.sets.items()}

    def show(name: str, i: str) -> Exhibit | None:
        k = place.get(name, {}).get(i)
        return None if k is None else task.exhibit(task.sets[name], k)

    return show
