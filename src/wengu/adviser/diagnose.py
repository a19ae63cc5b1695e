"""The ledger of a run's predictions, or of anybody's: the cause, and what to try next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from wengu.adviser.asked_for import asked_for, flags_of
from wengu.adviser.attempts import better_one, context
from wengu.adviser.beside import (
    left_out,
    no_better,
    nor_on_train,
    questions,
    rare_classes_fail,
    unlearnt,
    worse_than_plain,
    worst_classes,
    worst_groups,
)
from wengu.adviser.card import Card
from wengu.adviser.compare import since_the_run_before
from wengu.adviser.held_back import hardly_changed
from wengu.adviser.lone_sets import FIRST, NEEDED, LoneSets, lone_sets
from wengu.adviser.next_steps import next_steps
from wengu.adviser.plan import NextStep
from wengu.adviser.run_context import RunContext
from wengu.adviser.seed_noise import of_seeds
from wengu.adviser.set_comparison import SetComparison, comparisons, differing, unlike
from wengu.adviser.suspicious import (
    OF_CHANCE,
    in_doubt,
    in_words,
    leaks,
    look_first,
    of_the_preflight,
    unexplained,
    without_untrained,
)
from wengu.core.checks import InputError, one_of
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.practice import Ledger, Metric, Records, baselines, check_fits, described, ledger_of
from wengu.practice.class_metrics import OF_ONE_CLASS
from wengu.practice.suspicions import Suspicion, suspicions
from wengu.practice.yardstick import Yardstick
from wengu.running.metric import judged_by, measuring, metric_named, metric_object
from wengu.running.prediction_cells import SETS
from wengu.running.predictions import Predicted, read_predictions, read_set


def diagnose_table(
    path: str | Path,
    *,
    human: float | str | None = None,
    metric: str = "error",
    worth: float | None = None,
    level: float | None = None,
) -> tuple[Card | LoneSets, tuple[str, ...]]:
    """The card of anybody's predictions, and their commonest confusions on dev in words.

    Without predictions of train or dev what the others say, and their confusions.

    A CSV file with the columns set, truth, predicted; optional id, group, p_<class>. `metric` is error, macro-f1,
    balanced-accuracy, 'F1 CLASS', 'precision CLASS' or 'recall CLASS', `worth` the least gap that matters and `level`
    that of the intervals. Raises InputError where the file cannot be read as that.

    >>> from tempfile import TemporaryDirectory
    >>> rows = ["train,cat,cat"] * 990 + ["train,cat,dog"] * 10 + ["dev,cat,cat"] * 890 + ["dev,cat,dog"] * 110
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "anybodys.csv")
    ...     _ = file.write_text("\\n".join(["set,truth,predicted", *rows]))
    ...     card, confusions = diagnose_table(file, human=0.009)
    >>> card.ledger.cause, confusions
    ('variance', ('cat taken for dog: 110 of 1000, 11%',))
    """
    sets, by = read_predictions(Path(path)), metric_named(metric)
    measured_by = Yardstick(human, worth, level).checked(rate=by.scale == "rate")
    records = _records(by, sets)
    if not set(NEEDED) <= set(records):
        told = next(name for name in FIRST if name in sets)
        return lone_sets(records, by, human=human, level=level), confusions(sets[told])
    beside, found = _beside(records, by, None, of_ids=sets["dev"].groups is None), _found(sets, records)
    ledger = replace(ledger_of(records, metric=by, **measured_by.for_ledger), in_doubt=in_doubt(found),
                     unknown_source=True)
    beside["no_better"] = _unless_said(beside["no_better"], found)
    steps = next_steps(ledger, table=Path(path), flags=flags_of(measured_by, "" if by.name == "error" else metric),
                       no_better=bool(beside["no_better"]), unlearnt=unlearnt(records["train"], records["dev"], by),
                       rare=rare_classes_fail(records["dev"]), look_first=look_first(found, sets))
    card = Card(ledger, steps, suspicious=in_words(found), differ=_of_which_source(ledger),
                asked_for=asked_for(measured_by, ledger, described(by)), **beside)
    return card, confusions(sets["dev"])


def _of_which_source(ledger: Ledger) -> tuple[str, ...]:
    """That predictions do not say how alike train and dev are, where that may be the cause of the gap."""
    if ledger.in_doubt or not any(gap.name == "variance" and gap.end == "dev" and gap.verdict != "not a cause"
                                  for gap in ledger.gaps):
        return ()
    return (say("Whether dev is of the same source as train predictions do not tell: `wengu data compare` does, or "
                "rows of the set train-dev here."),)


def confusions(rows: Predicted, *, most: int = 5) -> tuple[str, ...]:
    """The commonest confusions: which class is taken for which, how often, and for what share of that class."""
    wrong = Counter((t, p) for t, p in zip(rows.truth, rows.predicted, strict=True) if t != p)
    of_class = Counter(rows.truth)
    return tuple(
        say("{truth} taken for {predicted}: {n} of {m}, {share}", truth=truth, predicted=predicted, n=n,
            m=of_class[truth], share=_share(n / of_class[truth]))
        for (truth, predicted), n in wrong.most_common(most)
    )


def _share(of: float) -> str:
    """'11%', and '0.5%' of what is below 1 %."""
    return f"{of:.0%}" if of >= 0.01 else f"{of:.1%}"


def judge(run: RunFolder) -> Card:
    """The ledger of the run's predictions, written to ledger.json with the commands advised, and what to try next.

    Raises InputError where the run has not come to its end, so that there are none.
    """
    card = card_of(run)
    advised = [step.command for step in card.steps if step.command.startswith("wengu fit ")]
    run.write_json("ledger.json", card.ledger.to_dict() | {"advised": advised})
    return card


def card_of(run: RunFolder, *, metric: str = "", given: Yardstick | None = None) -> Card:
    """The same without writing anything, measured by what is `given`, else by the run's own. Raises InputError so, too.

    metric: another than the run's own, of which the run does not know what people reach, nor what is worth what.
    """
    own, known = judged_by(run), context(run)
    by = metric_object(run, metric)
    sets = {name: rows for name in SETS if (rows := read_set(run, name))}
    if not {"train", "dev"} <= set(sets):
        raise InputError(say("{path} has not ended; continue it: {command}", path=run.path, command=known.resume()))
    settings, facts = run.settings()[0], run.facts()
    other = by.name != own["name"]
    measured_by = (given or Yardstick()).over(Yardstick.of({} if other else settings))
    with measuring(run, by):
        records = _records(by, sets)
        ledger = ledger_of(records, metric=by, **measured_by.for_ledger)
        beside = _beside(records, by, facts.get("spec", {}).get("values"))
        plain = worse_than_plain(run, records["dev"], by)  # labels go with inputs that a mean of them tells
        beside["no_better"] = beside["no_better"] or plain
        nothing = "" if plain else unlearnt(records["train"], records["dev"], by)
    differ = differing(run, sets)
    found, leak = unexplained(_found(sets, records), {one.b: one.auc for one in differ}), leaks(run)
    found = without_untrained(found, unlearnt=hardly_changed(known))
    beside["no_better"] = _unless_said(beside["no_better"], found)
    ledger = replace(ledger, unlike=unlike(differ), in_doubt=in_doubt(found, leak=leak))
    better = None if other or ledger.in_doubt else better_one(run, by, worth=ledger.worth)
    from_there = _steps_from(better[0], by, measured_by, known, differ) if better else ()
    return Card(
        ledger,
        from_there or next_steps(ledger, known, flags=flags_of(given or Yardstick(), metric) if other else "",
                                 no_better=bool(beside["no_better"]), unlearnt=nothing,
                                 rare=rare_classes_fail(records["dev"]),
                                 look_first=look_first(found, sets, leak=leak), differ=differ),
        run.path,
        opened=facts.get("test_opened", 0),
        since=since_the_run_before(run, by),
        seeds=of_seeds(run, by),
        asked_for=asked_for(measured_by, ledger, described(by)),
        sparsity=facts.get("sparsity", 0.0) if settings.get("l1") else None,
        examples=known.examples,
        drawn=bool(settings.get("weigh_like_dev")),
        better=better[0].path if from_there and better else None,
        clearly=better is not None and better[1].verdict == "better",
        one_seed=better is not None and better[1].one_seed,
        as_good=better is not None and better[1].points == 0,
        suspicious=(*in_words(found), *of_the_preflight(run)),
        differ=tuple(map(str, differ)),
        **beside,
    )


def _steps_from(
    run: RunFolder, metric: Metric, measured_by: Yardstick, this: RunContext, differ: Sequence[SetComparison]
) -> tuple[NextStep, ...]:
    """What to try next from another run; nothing where its files cannot be read.

    This run is among what was tried, though it may not be judged on disk yet. What people reach is the same for both,
    and so is what differs between the sets, where the other run has not looked.
    """
    try:
        records = _records(metric, {name: rows for name in SETS if (rows := read_set(run, name))})
        known = _with_human(context(run), measured_by)
        others = (one for one in known.attempts if one.path.resolve() != this.path.resolve())
        known = replace(known, attempts=(*others, this))
        measured_by = measured_by.over(Yardstick.of(known.settings))
        plain = worse_than_plain(run, records["dev"], metric)
        no_better = _beside(records, metric, None)["no_better"] or plain
        nothing = "" if plain else unlearnt(records["train"], records["dev"], metric)
        differ = differing(run, records) if comparisons(run) else differ
        ledger = replace(ledger_of(records, metric=metric, **measured_by.for_ledger), unlike=unlike(differ))
        return next_steps(ledger, known, no_better=bool(no_better), unlearnt=nothing, differ=differ)
    except (InputError, OSError):
        return ()


def _with_human(known: RunContext, measured_by: Yardstick) -> RunContext:
    """The same, its commands with what people reach, where only the run that is judged says that."""
    if known.settings.get("human") is not None or measured_by.human is None:
        return known
    return replace(known, settings={**known.settings, "human": measured_by.human},
                   came_from={**known.came_from, "human": "flag"})


def _records(metric: Metric, sets: Mapping[str, Predicted]) -> dict[str, Records]:
    """The sets as the ledger judges them.

    Raises InputError for a metric that does not fit them, and for one of a class that there is not, with the nearest.
    """
    records = {name: rows.records() for name, rows in sets.items()}
    for rows in records.values():
        check_fits(metric, rows)
    if (word := next((word for word, kind in OF_ONE_CLASS.items() if isinstance(metric, kind)), "")):
        one_of("metric", metric.name, {f"{word} {label}" for rows in sets.values() for label in rows.truth})
    return records


def _found(sets: Mapping[str, Predicted], records: Mapping[str, Records]) -> tuple[Suspicion, ...]:
    """What is wrong with the sets themselves."""
    return suspicions(records, {name: rows.ids for name, rows in sets.items()})


def _unless_said(no_better: str, found: Sequence[Suspicion]) -> str:
    """That dev is no better than chance, or worse, says as much and more."""
    return "" if any(one.kind in OF_CHANCE and one.set == "dev" for one in found) else no_better


def _beside(
    records: Mapping[str, Records], metric: Metric, values: Mapping[str, Any] | None, *, of_ids: bool = False
) -> dict[str, Any]:
    """What the card says beside the ledger; without train or dev there is none."""
    if not {"train", "dev"} <= set(records):
        return {"no_better": ""}
    train, dev = records["train"], records["dev"]
    line = no_better(baselines(train, dev, metric), described(metric), values)
    return {"questions": (*questions(dev), *worst_classes(dev), *worst_groups(dev, of_ids=of_ids)),
            "left_out": left_out(records),
            "no_better": " ".join(filter(None, [line, line and nor_on_train(train, metric)]))}
