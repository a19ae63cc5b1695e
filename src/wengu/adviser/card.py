"""The card: the ledger of a run in a few lines, the cause, and what to try next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wengu.adviser.compare import Change
from wengu.adviser.plan import NextStep
from wengu.core.i18n import padded, say
from wengu.core.printable import printable, shell_word
from wengu.practice import Gap, Ledger, LedgerRow
from wengu.practice.ledger_words import easier_sets, gap_name, headline, how_sure, set_name, would_decide
from wengu.practice.metric_words import Facts, interval, metric_name, number, units
from wengu.practice.metric_words import gap as gap_in_words

SHOWN = 4  # next steps on the card; the report has them all


@dataclass(frozen=True)
class Card:
    """The ledger of a run, the cause and the next steps, printed as the card."""

    ledger: Ledger
    steps: Sequence[NextStep]
    path: Path | None = None  # of the run; none for anybody's predictions
    opened: int = 0  # how often the test set was
    since: Change | None = None
    seeds: str = ""  # the value on dev over those that were tried
    sparsity: float | None = None  # share of weights that L1 made exactly 0
    examples: int | None = None  # in the training set, of which a sample may have been judged
    drawn: bool = False  # by weights, for training too
    questions: Sequence[str] = ()  # the error of each, where there are several
    left_out: Sequence[str] = ()  # questions that the ledger does not judge
    suspicious: Sequence[str] = ()  # what is wrong with the sets themselves
    differ: Sequence[str] = ()  # sets that are not alike, and by what
    no_better: str = ""  # than always the commonest answer
    asked_for: str = ""  # the level and the worth, where they are not the usual ones
    better: Path | None = None  # another run, from which the next steps start
    clearly: bool = False  # whether it is, beyond chance
    one_seed: bool = False  # whether that is of one seed each
    as_good: bool = False  # whether it only has fewer settings of its own

    def __str__(self) -> str:
        rows = {row.set: row for row in self.ledger.rows}
        gaps = {gap.end: gap for gap in self.ledger.gaps}
        metric = self.ledger.metric
        lines = [] if metric["name"] == "error" else [f"  {which_is_better(metric)}"]
        lines.append(self._human(rows.get("human")))
        for name in ("train", "train-dev", "dev", "test"):
            if name in rows:
                lines.append(self._line(rows[name], gaps.get(name)))
            elif name == "test" and self.path:
                where = shell_word(self.path)
                sealed = say("(opened {n:once|{n} times}; wengu diagnose {path} --open-test)",
                             n=self.opened, path=where)
                lines.append(f"  {padded(say('test'), 10)} {padded(say('sealed'), 14)} {sealed}")
        lines += [f"    {line}" for line in self.questions]
        lines += [f"  {line}" for line in self.notes]
        if not self.ledger.causes or self.ledger.possible_bias is not None or self.ledger.in_doubt:
            lines.append(f"  {headline(self.ledger)}")
        if line := would_decide(self.ledger):
            lines.append(f"  {line}")
        if self.examples is not None and (judged := rows["train"].n or 0) < self.examples:
            n, of = f"{judged:,}", units(metric, self.examples)
            lines.append("  " + (say("train is a sample of {n} of its {of}, drawn as they were trained on", n=n, of=of)
                                 if self.drawn else
                                 say("train is a sample of {n} of its {of}, as each answer takes long", n=n, of=of)))
        if self.sparsity is not None:
            lines.append("  " + say("L1 made {share} of the weights exactly 0.", share=f"{self.sparsity:.1%}"))
        if self.seeds:
            lines.append(f"  {self.seeds}")
        if self.since:
            lines.append(f"  {self.since}")
        lines += [f"  {line}" for line in self._better()]
        if self.steps:
            lines.append("  " + (say("Next, in this order:") if not self.better else
                                 say("Next, from {path}, in this order:", path=printable(self.better))))
            shown = [*self.steps[:SHOWN], *(step for step in self.steps[SHOWN:] if step.always)]
            for k, step in enumerate(shown, 1):
                remark = "  " + say("({remark})", remark=step.remark) if step.remark else ""
                lines.append(f"    {k} {step.what}{remark}")
                if step.command:
                    lines.append(f"        {step.command}")
        if self.path:
            lines.append(f"  {padded(say('report'), 10)} {printable(self.path / 'report.html')}")
        return "\n".join(lines)

    @property
    def notes(self) -> tuple[str, ...]:
        """What comes before any cause: by what it is judged, sets and questions that are in the way, nothing learnt."""
        return tuple(filter(None, (self.asked_for, *self.suspicious, *self.differ, *easier_sets(self.ledger),
                                   *self.left_out, self.no_better)))

    @property
    def reasons(self) -> tuple[str, ...]:
        """What stands below the cause where there is room for more than a card: the notes, then why of each gap."""
        told = {headline(self.ledger), *easier_sets(self.ledger)}
        return (*self.notes, *self._better(), *(line for line in self.ledger.sentences() if line not in told))

    def _better(self) -> tuple[str, ...]:
        """The run beside it from which the next steps start."""
        if not self.better:
            return ()
        where = printable(self.better)
        if self.clearly and self.one_seed:
            return (say("{path} is better on these examples, one seed each: what comes next starts from it, not from "
                        "this run.", path=where),)
        if self.clearly:
            return (say("{path} is clearly better: what comes next starts from it, not from this run.", path=where),)
        if self.as_good:
            return (say("{path} did as well with fewer settings of its own: what comes next starts from it, not from "
                        "this run.", path=where),)
        return (say("{path} did better, if not clearly: what comes next starts from it, not from this run.",
                    path=where),)

    def _line(self, row: LedgerRow, gap: Gap | None) -> str:
        name, between = self._value(row), self._between(row, "  ")
        if row.set == "test" and self.path:
            between += "  " + say("(opened {n:once|{n} times})", n=self.opened)
        if gap is None or (row.set == "train" and gap.verdict == "not a cause"):
            return (name + (between if row.set != "train" else "")).rstrip()
        points = f"{gap_name(gap, self.ledger)} {gap_in_words(self.ledger.metric, gap.points)}{self._between(gap, ' ')}"
        return f"{padded(name + between, 38)} {padded(points, 38)} {self._mark(gap)}".rstrip()

    def _value(self, row: LedgerRow) -> str:
        """A set and its value; values stand below one another by their last digit."""
        metric = self.ledger.metric
        unit = " %" if metric["scale"] == "rate" else ""
        return f"  {padded(set_name(row.set), 10)} {number(metric, row.value):>6}{unit}"

    def _human(self, row: LedgerRow | None) -> str:
        if row is None:
            hint = say("(--human gives it; bias is not judged)")
            return f"  {padded(say('human'), 10)} {padded(say('unknown'), 14)} {hint}"
        return f"{self._value(row)}{self._between(row, '  ')}"

    def _between(self, measured: LedgerRow | Gap, space: str) -> str:
        if measured.low is None or measured.high is None:
            return ""
        return space + (how_sure(self.ledger.metric, measured) if isinstance(measured, LedgerRow) else
                        interval(self.ledger.metric, measured.low, measured.high))

    def _mark(self, gap: Gap) -> str:
        if gap.verdict == "cause" and self.ledger.in_doubt:
            return say("<- see the sets first")
        if gap.verdict == "cause" and self.ledger.possible_bias is not None:
            return say("<- the largest judged")
        if gap.verdict == "cause":
            return say("<- the cause") if len(self.ledger.causes) == 1 else say("<- a cause")
        return say("<- cannot tell yet") if gap.verdict == "cannot tell" else ""


def which_is_better(metric: Facts, name: str = "") -> str:
    """'BLEU, higher is better'; of an error everybody knows it."""
    name = name or metric_name(metric)
    if metric["name"] == "error":
        return name
    direction = say("higher is better") if metric["direction"] == "higher" else say("lower is better")
    return say("{metric}, {direction}", metric=name, direction=direction)
