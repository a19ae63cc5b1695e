"""The ledger as bars with whiskers, and between two bars the gap that may be the cause."""

from __future__ import annotations

from typing import Any

from wengu.adviser.card import Card
from wengu.core.i18n import say
from wengu.practice import Gap, Row
from wengu.practice.ledger_words import gap_name, set_name
from wengu.report.parts import axis
from wengu.report.parts.wording import interval, opened, percent, points


def ledger_chart(card: Card) -> dict[str, Any]:
    """The section. Places are in percent of the chart's width, so that it fits any page."""
    book = card.ledger
    marks = axis.ticks(0, max([0.01, *(row.high or row.value for row in book.rows)]))
    top = marks[-1]
    gaps = {gap.end: gap for gap in book.gaps}
    rows = {row.set: row for row in book.rows}
    lines: list[dict[str, Any]] = []
    for name in ("human", "train", "train-dev", "dev", "test"):
        if name in gaps:
            lines.append(_step(gaps[name], rows, top, alone=len(book.causes) == 1))
        if name in rows:
            lines.append(_bar(rows[name], top, opened(card.opened) if name == "test" else ""))
        elif name == "human":
            lines.append(_missing(name, say("unknown"), say("give it by --human, and bias is judged too")))
        elif name == "test":
            lines.append(_missing(name, say("sealed"), opened(card.opened)))
    return {
        "title": say("The ledger"),
        "look": say(
            "A bar is the error on one set, its whisker the {level} interval. Look at the steps from bar to bar: each "
            "has a cause of its own, and the large ones are worth acting on.", level=f"{book.level:.0%}"
        ),
        "lines": lines,
        "ticks": [(_place(mark, top), axis.label(100 * mark, 100 * (marks[1] - marks[0]))) for mark in marks],
        "unit": say("error in %"),
        "reasons": book.sentences()[1:],
    }


def _bar(row: Row, top: float, more: str) -> dict[str, Any]:
    counted = say("{n} {n:example|examples}", n=f"{row.n:,}") if row.n else ""
    note = say("as given") if row.set == "human" else " · ".join(filter(None, (counted, more)))
    return {
        "kind": "bar",
        "style": row.set,
        "name": set_name(row.set),
        "note": note,
        "value": percent(row.value),
        "interval": interval(row.low, row.high),
        "width": _place(row.value, top),
        "whisker": _span(row.low, row.high, top) if row.low is not None and row.high is not None else None,
    }


def _step(gap: Gap, rows: dict[str, Row], top: float, *, alone: bool) -> dict[str, Any]:
    start, end = sorted((rows[gap.start].value, rows[gap.end].value))
    match gap.verdict:
        case "cause":
            verdict = say("the cause") if alone else say("a cause")
        case "cannot tell":
            verdict = say("cannot tell yet")
        case _:
            verdict = say("not a cause")
    return {
        "kind": "step",
        "name": gap_name(gap),
        "points": points(gap.points),
        "interval": interval(gap.low, gap.high, signed=True),
        "verdict": verdict,
        "style": gap.verdict.replace(" ", "-"),
        "span": _span(start, end, top),
    }


def _missing(name: str, value: str, note: str) -> dict[str, Any]:
    return {"kind": "missing", "style": name, "name": set_name(name), "value": value, "note": note}


def _place(value: float, top: float) -> str:
    return f"{100 * value / top:.2f}%"


def _span(low: float, high: float, top: float) -> tuple[str, str]:
    """Left end and width."""
    return _place(low, top), _place(high - low, top)
