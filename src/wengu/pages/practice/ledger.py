"""The ledger: the notes' cases, and a calculator for the reader's own five numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Mark, Panel, Tone, bars, choice, figure, ledger_bars, numbers, quoted, slider
from wengu.pages.question import Derived, Number, Options, question

if TYPE_CHECKING:
    from wengu.practice import Ledger

SETS = ("human", "train", "train-dev", "dev", "test")
CASES: dict[str, tuple[float | None, ...]] = {  # percentages, in the order of SETS
    "variance": (0.9, 1, None, 11, None),
    "bias": (0.9, 15, None, 16, None),
    "both": (0.9, 15, None, 30, None),
    "good": (0.9, 0.5, None, 1, None),
    "people 1 %": (1, 8, None, 10, None),
    "people 7.5 %": (7.5, 8, None, 10, None),
    "mismatch": (0, 1, 1.5, 10, None),
    "other data, variance": (0, 1, 9, 10, None),
    "other data, bias": (0, 10, 11, 12, None),
    "bias and mismatch": (0, 10, 11, 20, None),
    "over-fitted dev": (0, 1, None, 2, 9),
}


@figure(shows=["wengu.practice:ledger", "wengu.practice:remedies"])
def cases(
    case=choice(*CASES, label="case", labels=(
        "high variance", "high bias", "high bias and variance", "good", "people err on 1 %", "people err on 7.5 %",
        "data mismatch", "two sources, high variance", "two sources, high bias", "bias and mismatch",
        "over-fitted dev set")),
) -> Fig:
    """Errors, gaps, verdict and remedies of one case."""
    return _drawn(CASES[case], None, 1.0, whole=False)


@figure(shows=["wengu.practice:ledger", "wengu.practice:remedies"])
def calculator(
    errors=numbers(0, 100, names=SETS, value=[0.9, 6, None, 11, None], label="your errors in %"),
    examples=numbers(1, 10_000_000, names=("of each set",), value=[None], label="examples, if known"),
    worth=slider(0.1, 5.0, 1.0, step=0.1, label="least gap that matters, in points"),
) -> Fig:
    """The same for the reader's own numbers; with counts the gaps are judged by intervals."""
    n = None if examples[0] is None else round(examples[0])
    return _drawn(tuple(errors), n, worth, whole=True)


def _drawn(percent: tuple[float | None, ...], n: int | None, worth: float, *, whole: bool) -> Fig:
    from wengu.practice import ledger, remedies
    from wengu.practice.ledger_words import set_name

    human, train, train_dev, dev, test = (None if value is None else value / 100 for value in percent)
    measured = [(set_name(name), value) for name, value in zip(SETS, percent, strict=True) if value is not None]
    alone = Panel(bars([name for name, _ in measured], [value for _, value in measured], tone="1"),
                  y=Axis(label=say("error in %")))
    if train is None or dev is None:
        return Fig(alone, say=say("Give at least the errors on train and dev."))
    try:
        book = ledger(human=human, train=train, train_dev=train_dev, dev=dev, test=test, n=n, worth=worth / 100)
    except InputError as error:
        return Fig(alone, say=str(error))
    steps = remedies(book.cause, worse_than_human=book.worse_than_human)
    return Fig(
        Panel(_bars(book)),
        say=say(" ").join(book.sentences()) if whole else _short(book),
        head=(say("next step"), say("why")),
        rows=[(step.what, step.why) for step in steps],
    )


def _bars(book: Ledger) -> Mark:
    """The bars of the report."""
    from wengu.report.parts.ledger_chart import bars_of

    drawn, made = bars_of(book), list[dict[str, object]]()
    tones: dict[str, Tone] = {"cause": "bad", "cannot-tell": "2", "not-a-cause": "quiet", "human": "quiet"}
    for line in drawn.lines:
        is_bar = line["kind"] == "bar"
        left, width = (line["left"], line["width"]) if is_bar else line["span"]
        reach = line["whisker"] if is_bar else None
        made.append({
            "kind": line["kind"], "name": line["name"], "value": line["value"] if is_bar else line["points"],
            "more": [one for one in (line["interval"], line["note"] if is_bar else line["verdict"]) if one],
            "tone": tones.get(line["style"], "1"), "span": [left, left + width],
            "whisker": [reach[0], sum(reach)] if reach else None,
        })
    return ledger_bars(made, drawn.ticks, drawn.unit)


def _short(book: Ledger) -> str:
    """The cause, and every gap in points."""
    from wengu.practice.ledger_words import gap_name

    gaps = say(", ").join(f"{gap_name(gap)} {100 * gap.points:.1f}" for gap in book.gaps)
    return say("{cause} In points: {gaps}.", cause=book.sentences()[0], gaps=gaps)


@quoted
def worth() -> dict[str, float]:
    """The dev error below which the worth is a share of it."""
    from wengu.practice.metrics import ErrorRate
    from wengu.practice.verdict import OF_DEV

    return {"limit": ErrorRate().worth / OF_DEV}


@quoted
def holm() -> dict[str, float]:
    """How sure each of three gaps must be, the surest first (Holm 1979)."""
    from wengu.practice import ledger

    alpha = 1 - ledger(train=0.06, dev=0.11).level
    return {name: 1 - alpha / k for name, k in (("first", 3), ("second", 2), ("third", 1))}


@quoted
def people() -> dict[str, float]:
    """The two cases with people."""
    (few, train, _, dev, _), (many, *_) = CASES["people 1 %"], CASES["people 7.5 %"]
    return {"train": train or 0, "dev": dev or 0, "few": few or 0, "many": many or 0}


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=cases)
def where_people_err_too(rng):
    """The same train and dev error with other people."""
    from wengu.practice import ledger

    found = ledger(human=0.075, train=0.08, dev=0.10).cause
    return Options(found if found in ("bias", "variance") else "neither", of=("bias", "variance", "neither"),
                   then={"case": "people 7.5 %"})


@question
def which_cause(rng):
    """Five errors, and one gap that is far larger than the others."""
    book, numbers = _drawn_case(rng)
    return Options(book.cause.replace(" ", "_"), of=("bias", "variance", "mismatch", "overfitted_dev"), **numbers)


@question
def first_remedy(rng):
    """What helps against that gap, and no other."""
    from wengu.practice import remedies

    book, numbers = _drawn_case(rng)
    first = {"bigger-network": "bigger", "more-data": "data", "compare-sets": "nearer", "bigger-dev": "dev"}
    return Options(first[remedies(book.cause)[0].key], of=tuple(first.values()), **numbers)


@question
def mismatch_in_points(rng):
    """dev less train-dev."""
    from wengu.practice import ledger

    train, off, far = rng.choice([1, 2, 4]), rng.choice([1, 2, 3]), rng.choice([5, 7, 9])
    book = ledger(train=train / 100, train_dev=(train + off) / 100, dev=(train + off + far) / 100)
    (gap,) = (one.points for one in book.gaps if one.name == "mismatch")
    return Number(round(100 * gap, 6), traps={"to_train": off + far, "error": train + off + far, "variance": off},
                  train=train, train_dev=train + off, dev=train + off + far)


@question
def how_sure(rng):
    """The standard error of a gap, from the variances of single answers."""
    import numpy as np

    n = rng.choice([100, 200, 400, 500, 1000])
    wrong = rng.choice([(0.1, 0.2), (0.05, 0.1), (0.1, 0.15), (0.2, 0.3)])
    one, other = (np.arange(n) < round(p * n) for p in wrong)
    se = np.sqrt(one.var() / n + other.var() / n)
    alone = [np.sqrt(each.var() / n) for each in (one, other)]
    return Number(100 * se, traps={"one_set": 100 * alone[1], "added": 100 * sum(alone), "half": 196 * se}, n=n,
                  one=100 * wrong[0], other=100 * wrong[1])


@question
def gaps_add_up(rng):
    """Whatever the errors are."""
    from wengu.practice import ledger

    human, train, train_dev, dev, test = (rng.uniform(0.0, 0.4) for _ in range(5))
    book = ledger(human=human, train=train, train_dev=train_dev, dev=dev, test=test)
    return Derived(same=(test - human, sum(one.points for one in book.gaps)))


def _drawn_case(rng):
    """A ledger with a single cause, and what its words insert: percentages, and the gaps in points."""
    from wengu.practice import ledger

    while True:
        gaps = [rng.choice([0.2, 0.3, 0.5]) for _ in range(4)]
        gaps[rng.randrange(4)] = rng.choice([6, 8, 10, 12])
        percent = [rng.choice([0.5, 1, 2])]
        for gap in gaps:
            percent.append(round(percent[-1] + gap, 1))
        human, train, train_dev, dev, test = (one / 100 for one in percent)
        book = ledger(human=human, train=train, train_dev=train_dev, dev=dev, test=test)
        if book.cause in ("bias", "variance", "mismatch", "overfitted dev"):
            gap = {f"to_{one.end.replace('-', '_')}": round(100 * one.points, 1) for one in book.gaps}
            return book, dict(zip(("human", "train", "train_dev", "dev", "test"), percent, strict=True)) | gap
