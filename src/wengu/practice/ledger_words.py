"""The ledger in words, in the language spoken now; the numbers and verdicts are made elsewhere."""

from __future__ import annotations

from wengu.core.i18n import say
from wengu.practice.metric_words import Facts, amount, few_in_words, interval, metric_name, number, units
from wengu.practice.metric_words import gap as gap_in_words
from wengu.practice.verdict import Cause, Gap, Judgement, LedgerRow

TIMES, FEW = 20, 2_000  # as many as there are, or examples, up to which more of them are in reach


def sentences(book: Judgement) -> tuple[str, ...]:
    """What is wrong with the sets, the cause, each gap with its reason, then what would make it surer."""
    lines = [*easier_sets(book), headline(book), *(_line(book, gap) for gap in book.gaps)]
    if book.worse_than_human is None and book.metric["name"] == "error":
        lines.append(
            say("Human error is unknown, so bias was not judged; give it, or 0 where people make no mistakes.")
        )
    elif book.worse_than_human is None:
        lines.append(say("The {metric} that people reach is unknown, so bias was not judged; give it.",
                         metric=metric_name(book.metric)))
    if book.judged == "points":
        lines.append(
            say("Judged by the gaps alone; with the number of examples of each set it would be judged by intervals.")
        )
    if line := _would_decide(book):
        lines.append(say("{sentence}, if the gaps stay as they are.", sentence=line))
    few = {row.set: row for row in book.rows if row.few}
    lines += [f"{set_name(name)}: {how_sure(book.metric, row)}." for name, row in few.items()]
    if any(gap.why in ("holds 0", "one of several", "reaches worth") and not gap.needed
           and not {gap.start, gap.end} & few.keys() for gap in book.gaps):
        lines.append(say("A gap lies so near the line that a larger set alone would hardly settle it."))
    return tuple(lines)


def set_name(name: str) -> str:
    """What a set of the ledger is called, in the language spoken now."""
    match name:
        case "human":
            return say("human")
        case "train":
            return say("train")
        case "train-dev":
            return say("train-dev")
        case "dev":
            return say("dev")
        case "test":
            return say("test")
    return name


def counted(book: Judgement) -> tuple[tuple[str, str, str], ...]:
    """What would decide: (set, how many of what it should have in all, how many it has)."""
    rows = {row.set: row for row in book.rows}
    return tuple((name, _pieces(book, rows[name], needed), f"{rows[name].pieces or 0:,}")
                 for name, needed in book.needed.items())


def _pieces(book: Judgement, row: LedgerRow, n: int) -> str:
    """So many of what errs by itself."""
    if row.set == "human":
        return say("{n} {n:answer|answers} of people", n=f"{n:,}")
    return say("{n} {n:group|groups}", n=f"{n:,}") if row.groups else units(book.metric, n)


def would_decide(book: Judgement) -> str:
    """How many examples would settle the gaps that cannot be told, all of them together; empty where nothing would.

    No example settles a bias that nobody can judge: that is said beside.
    """
    line = _would_decide(book)
    if not line or not bias_is_open(book):
        return line
    return say("{sentence}; bias stays open, as what people reach is unknown", sentence=line)


def bias_is_open(book: Judgement) -> bool:
    """Whether nobody says what people reach, and train may be as far from the best that there is as is worth it."""
    if book.worse_than_human is not None:
        return False
    train = next(row for row in book.rows if row.set == "train")
    end = train.high if book.direction == "lower" else None if train.low is None else 1 - train.low
    return book.metric["scale"] != "rate" or end is None or end >= book.worth


def in_reach(book: Judgement) -> bool:
    """Whether what would decide is so little that it may be asked for; where nothing is needed it is not."""
    rows = {row.set: row.pieces or 0 for row in book.rows}
    return bool(book.needed) and all(n <= max(TIMES * rows[name], FEW) for name, n in book.needed.items())


def open_gaps(book: Judgement) -> str:
    """The gaps that more examples would decide: 'bias and variance'."""
    return say(" and ").join(gap_name(gap, book) for gap in book.gaps if gap.needed)


def needed_in_words(book: Judgement) -> str:
    """'1,900 examples in train (now 300) and 1,900 examples in dev (now 300)'."""
    return say(" and ").join(
        say("{needed} (now {now})", needed=needed, now=now) if name == "human" else
        say("{needed} in {set} (now {now})", set=set_name(name), needed=needed, now=now)
        for name, needed, now in counted(book))


def _would_decide(book: Judgement) -> str:
    if book.in_doubt or not book.needed:
        return ""
    told = {"more": needed_in_words(book), "gaps": open_gaps(book)}
    if not in_reach(book):
        return say("No amount of examples in reach would decide about {gaps}: it takes more than {times} times those "
                   "that there are", gaps=told["gaps"], times=TIMES)
    return (say("{more} would decide about {gaps} in four cases of five", **told) if len(book.needed) == 1 else
            say("{more} together would decide about {gaps} in four cases of five", **told))


def how_sure(metric: Facts, row: LedgerRow) -> str:
    """The interval of a set's value, or why it says nothing; empty of a value that is taken as exact."""
    if row.low is None or row.high is None:
        return ""
    return (few_in_words(row.few, metric["name"], groups=row.groups is not None)
            or interval(metric, row.low, row.high))


def gap_name(gap: Gap, book: Judgement | None = None) -> str:
    """What a gap is the sign of, in the language spoken now; with the ledger also what else it may be."""
    short = _in_short(gap.name)
    return say("{cause} or another distribution", cause=short) if book and book.may_be_mismatch(gap) else short


def cause_name(cause: str) -> str:
    """The cause as ledger.json has it, 'bias and variance', in short: 'bias + variance'."""
    return " + ".join(map(_in_short, cause.split(" and ")))


def name_of(cause: Cause) -> str:
    """The cause as the notes call it."""
    match cause:
        case "bias":
            return say("high bias")
        case "variance":
            return say("high variance")
        case "mismatch":
            return say("data mismatch")
        case "overfitted dev":
            return say("over-fitted dev set")


def _in_short(name: str) -> str:
    match name:
        case "bias":
            return say("bias")
        case "variance":
            return say("variance")
        case "mismatch":
            return say("mismatch")
        case "overfitted dev":
            return say("over-fitted dev")
        case "none":
            return say("none")
        case "cannot tell yet":
            return say("cannot tell yet")
    return name


def easier_sets(book: Judgement) -> tuple[str, ...]:
    """A line for each set that is easier than the one before it, which no cause explains, and for people."""
    lines = [_easier(book, gap) for gap in book.reversed]
    if gap := book.too_bad_people:
        lines.append(say("train is far better than people: {train} against {human}; is the human error right?",
                         **{row.set: amount(book.metric, row.value) for row in book.rows
                            if row.set in (gap.start, gap.end)}))
    return tuple(lines)


def _easier(book: Judgement, gap: Gap) -> str:
    """Of dev and test the earlier is named, which then is the odd one among all: no cause lies between the two."""
    told = {"start": set_name(gap.start), "end": set_name(gap.end),
            "interval": interval(book.metric, gap.low or 0.0, gap.high or 0.0)}
    if gap.name == "overfitted dev":
        told |= {"points": gap_in_words(book.metric, -gap.points),
                 "interval": interval(book.metric, -(gap.high or 0.0), -(gap.low or 0.0))}
        return say("{start} is harder than {end}: {points} {interval}; they should be alike, so see how the two "
                   "differ.", **told)
    told |= {"points": gap_in_words(book.metric, gap.points)}
    if book.causes:
        return say("{end} is easier than {start}: {points} {interval}; see how the two sets differ.", **told)
    return say("{end} is easier than {start}: {points} {interval}; before any cause, see how the two sets differ.",
               **told)


def headline(book: Judgement) -> str:
    """The cause in a sentence; where sets are in doubt no cause is named."""
    if book.in_doubt:
        return say("See the sets first: what is said of the model by {sets} is in doubt.",
                   sets=say(" and ").join(map(set_name, book.in_doubt)))
    causes = say(" and ").join(_cause(book, gap) for gap in book.gaps if gap.verdict == "cause")
    if book.causes and book.possible_bias is not None:
        points = gap_in_words(book.metric, book.possible_bias)
        return say("Largest judged gap: {causes}; bias may be up to {points}, as what people reach is unknown.",
                   causes=causes, points=points)
    if book.causes:
        return say("Cause: {causes}.", causes=causes)
    if book.cause == "none" and book.reversed:
        first = book.reversed[0]
        return say("No cause is named before it is clear how {start} and {end} differ.", start=set_name(first.start),
                   end=set_name(first.end))
    if book.possible_bias is not None:
        most = gap_in_words(book.metric, book.possible_bias)
        return (say("No gap that was judged reaches {worth}; bias may be up to {points}, as what people reach is "
                    "unknown.", worth=gap_in_words(book.metric, book.worth), points=most) if book.cause == "none" else
                say("Cannot tell the cause yet; bias may be up to {points}, as what people reach is unknown.",
                    points=most))
    if book.cause == "none":
        return say("No gap that was judged reaches {worth}, so none is a cause.",
                   worth=gap_in_words(book.metric, book.worth))
    return say("Cannot tell the cause yet.")


def _cause(book: Judgement, gap: Gap) -> str:
    name = name_of(gap.name)
    return say("{cause} or another distribution", cause=name) if book.may_be_mismatch(gap) else name


def _line(book: Judgement, gap: Gap) -> str:
    points = gap_in_words(book.metric, gap.points)
    if gap.low is not None and gap.high is not None:
        points = say("{points} ({level} interval {low} to {high})", points=points, level=f"{book.level:.0%}",
                     low=number(book.metric, gap.low), high=number(book.metric, gap.high))
    return say("{where}: {points}, {verdict}: {reason}.",
               where=_where(gap), points=points, verdict=_verdict(book, gap), reason=_reason(book, gap))


def _where(gap: Gap) -> str:
    match gap.name:
        case "bias":
            return say("human to train (bias)")
        case "variance" if gap.end == "train-dev":
            return say("train to train-dev (variance)")
        case "variance":
            return say("train to dev (variance)")
        case "mismatch":
            return say("train-dev to dev (mismatch)")
        case "overfitted dev":
            return say("dev to test (over-fitted dev set)")


def _verdict(book: Judgement, gap: Gap) -> str:
    match gap.verdict:
        case "cause" if book.in_doubt:
            return say("a cause if the sets are right")
        case "cause":
            return say("a cause")
        case "not a cause":
            return say("not a cause")
        case "cannot tell":
            return say("cannot tell yet")


def _reason(book: Judgement, gap: Gap) -> str:
    worth = gap_in_words(book.metric, book.worth)
    match gap.why:
        case "clear" if gap.low is None:
            return say("at least {worth} and at least half the largest gap", worth=worth)
        case "clear":
            return say("at least {worth}, at least half the largest gap, and its interval is above 0", worth=worth)
        case "below worth":
            return say("less than {worth}", worth=worth)
        case "below half":
            return say("less than half the largest gap")
        case "holds 0":
            return say("large enough, but it may be chance: the interval holds 0")
        case "one of several":
            return say("large enough, but it may be chance: among several gaps one is often so far from 0 by chance")
        case "reaches worth":
            return say("less than {worth}, but the interval reaches that far", worth=worth)
        case "not on easier":
            end = next(one.end for one in book.gaps if one.name == "variance")
            return say("large enough, but {set}, which is easier than train, is not so far from people",
                       set=set_name(end))
        case "largest unsettled":
            return say("less than half the largest gap, which is itself not certain")
