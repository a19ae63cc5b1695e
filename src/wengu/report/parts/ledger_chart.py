"""The ledger as bars with whiskers, and between two bars the gap that may be the cause: of a run, and of any ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from wengu.adviser.card import Card, which_is_better
from wengu.core.i18n import say
from wengu.core.written import written
from wengu.practice import Gap, Ledger, LedgerRow
from wengu.practice.ledger_words import gap_name, how_sure, set_name
from wengu.practice.metric_words import Facts, amount, interval, metric_name, units
from wengu.practice.metric_words import gap as gap_in_words
from wengu.report.parts import axis
from wengu.report.parts.wording import opened


def ledger_chart(card: Card) -> dict[str, Any]:
    """The section of a run's report."""
    book, metric = card.ledger, card.ledger.metric
    drawn = bars_of(book, opened(card.opened))
    return {
        "title": say("The ledger"),
        "look": say(
            "A bar is the {metric} on one set, its whisker the {level} interval. Look at the steps from bar to bar: "
            "each has a cause of its own, and the large ones are worth acting on.", metric=metric_name(metric),
            level=f"{book.level:.0%}",
        ),
        **drawn._asdict(),
        "reasons": card.reasons,
    }


class Bars(NamedTuple):
    """What is drawn. Places are in percent of the chart's width, so that it fits any page."""

    lines: list[dict[str, Any]]
    ticks: list[tuple[float, str]]
    unit: str


def bars_of(book: Ledger, test: str | None = None) -> Bars:
    """The bars of a ledger and the steps between them; of a run `test` tells how often its test set was opened, and
    then sets without a value are named too."""
    metric = book.metric
    ends = [end for row in book.rows for end in (row.value, row.low, row.high) if end is not None]
    marks = axis.ticks(min(0.0, *ends), max(metric["worth"], *ends))
    track = _Track(marks[0], marks[-1], metric)
    gaps = {gap.end: gap for gap in book.gaps}
    rows = {row.set: row for row in book.rows}
    lines: list[dict[str, Any]] = []
    for name in ("human", "train", "train-dev", "dev", "test"):
        if name in gaps:
            lines.append(track.step(gaps[name], rows, gap_name(gaps[name], book), alone=len(book.causes) == 1,
                                    doubt=bool(book.in_doubt)))
        if name in rows:
            lines.append(track.bar(rows[name], (test or "") if name == "test" else ""))
        elif name == "human" and test is not None:
            lines.append(_missing(name, say("unknown"), say("give it by --human, and bias is judged too")))
        elif name == "test" and test is not None:
            lines.append(_missing(name, say("sealed"), test))
    times = 100 if metric["scale"] == "rate" else 1
    labels = axis.labels([times * mark for mark in marks])
    return Bars(lines, list(zip(map(track.at, marks), labels, strict=True)), _unit(metric))


def _unit(metric: Facts) -> str:
    name = metric_name(metric)
    return which_is_better(metric, say("{metric} in %", metric=name) if metric["scale"] == "rate" else name)


@dataclass(frozen=True)
class _Track:
    """What the bars run along: its two ends, and what is measured on it."""

    low: float
    high: float
    metric: Facts

    def at(self, value: float) -> float:
        """How far along a value is."""
        return round(100 * (value - self.low) / (self.high - self.low), 2)

    def span(self, low: float, high: float) -> tuple[float, float]:
        """Left end and width of a bar or an interval, in the drawing's units."""
        return self.at(low), self.at(self.low + high - low)

    def bar(self, row: LedgerRow, more: str) -> dict[str, Any]:
        """From 0 to the value."""
        left, width = self.span(*sorted((0.0, row.value)))
        counted = units(self.metric, row.n) if row.n else ""
        note = say("as given") if row.set == "human" else " · ".join(filter(None, (counted, more)))
        return {
            "kind": "bar",
            "style": row.set,
            "name": set_name(row.set),
            "note": note,
            "value": written(amount(self.metric, row.value)),
            "interval": self._interval(row),
            "left": left,
            "width": width,
            "whisker": self.span(row.low, row.high) if row.low is not None and row.high is not None else None,
        }

    def step(self, gap: Gap, rows: dict[str, LedgerRow], name: str, *, alone: bool, doubt: bool) -> dict[str, Any]:
        """From the end of one bar to the end of the next."""
        match gap.verdict:
            case "cause" if doubt:
                verdict = say("see the sets first")
            case "cause":
                verdict = say("the cause") if alone else say("a cause")
            case "cannot tell":
                verdict = say("cannot tell yet")
            case _:
                verdict = say("not a cause")
        return {
            "kind": "step",
            "name": name,
            "points": written(gap_in_words(self.metric, gap.points, sign=True)),
            "interval": self._interval(gap, sign=True),
            "verdict": verdict,
            "style": gap.verdict.replace(" ", "-"),
            "span": self.span(*sorted((rows[gap.start].value, rows[gap.end].value))),
        }

    def _interval(self, measured: LedgerRow | Gap, *, sign: bool = False) -> str:
        if measured.low is None or measured.high is None:
            return ""
        if isinstance(measured, LedgerRow) and measured.few:
            return how_sure(self.metric, measured)
        return written(interval(self.metric, measured.low, measured.high, sign=sign))


def _missing(name: str, value: str, note: str) -> dict[str, Any]:
    return {"kind": "missing", "style": name, "name": set_name(name), "value": value, "note": note}
