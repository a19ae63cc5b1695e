"""What the probabilities of a run, or of anybody, are worth, in a few lines a set.

    each class   how many, AUC and average precision, with intervals
    all          Brier score, log loss, calibration error beside that of chance, and a line a bin of p
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wengu.adviser.lone_sets import FIRST
from wengu.core.i18n import say, text_table
from wengu.practice import Estimate, ProbabilityMeasures, measure_probabilities
from wengu.practice.ledger_words import set_name
from wengu.practice.metric_words import few_in_words
from wengu.practice.probabilities import Calibration
from wengu.running.probabilities import read_probabilities

MOST = 12  # classes in the table; of more those with the lowest AUC
WRITTEN = 5e-7  # half of the last of six digits: a p of 0 may have been that


@dataclass(frozen=True, eq=False)
class ProbabilityCard:
    """Ranking and calibration of each set; printed a table a set, with the bins of dev if it is there."""

    sets: Mapping[str, ProbabilityMeasures]
    empty: int = 0  # cells that counted as 0

    def __str__(self) -> str:
        first = min(self.sets, key=FIRST.index)
        lines = [line for name in sorted(self.sets, key=FIRST.index)
                 for line in (*_of_set(name, self.sets[name], bins=name == first), "")]
        if self.empty:
            lines.append(say("{n} empty {n:cell|cells} of p_<class> counted as 0", n=self.empty))
        return "\n".join(f"  {line}".rstrip() for line in lines).rstrip()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"sets": {name: _plain(one) for name, one in self.sets.items()}, "empty": self.empty}


def diagnose_probabilities(target: str | Path) -> ProbabilityCard:
    """What the probabilities in a run's folder, or in a CSV file, are worth.

    A CSV file has the columns set, truth, p_<class>; optional id, group. Raises InputError where it cannot be read as
    that, and for a run that predicts no classes.

    >>> from tempfile import TemporaryDirectory
    >>> rows = [f"dev,{'cat' if k % 10 < k // 10 else 'dog'},{k / 100}" for k in range(100)]
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "anybodys.csv")
    ...     _ = file.write_text("\\n".join(["set,truth,p_cat", *rows]))
    ...     print(str(diagnose_probabilities(file)).splitlines()[1])
      cat        45  45.0 %  0.800 [0.699, 0.873]  0.729 [0.531, 0.851]
    """
    found = read_probabilities(Path(target))
    return ProbabilityCard({name: measure_probabilities(one.given, least=WRITTEN) for name, one in found.items()},
                           sum(one.empty for one in found.values()))


def value_and_interval(found: Estimate) -> str:
    """'0.931 [0.902, 0.953]', or why there is no interval."""
    low, high = found.interval() or (found.value, found.value)
    return few_in_words(found.few, groups=found.pieces != found.n) or f"{found.value:z.3f} [{low:z.3f}, {high:z.3f}]"


def calibration_lines(found: Calibration) -> tuple[str, ...]:
    """Brier score, log loss and calibration error in words, in the language spoken now."""
    lines = []
    for name, score, alone in ((say("Brier score"), found.brier, found.brier_alone),
                               (say("log loss"), found.log_loss, found.log_loss_alone)):
        if score:
            lines.append(say("{name} {value}; lower is better, and the shares of the classes alone have {alone}",
                             name=name, value=value_and_interval(score), alone=f"{alone:.3f}"))
    if not lines:
        lines.append(say("The probabilities of an example do not sum to 1, so it has no Brier score and no log loss."))
    off = found.reliability
    told = {"of": say("p_{name}", name=found.of) if found.of else say("the likeliest class"),
            "error": f"{100 * off.error:.1f}", "chance": f"{100 * off.by_chance:.1f}",
            "most": f"{100 * off.by_chance_at_most:.1f}"}
    lines.append(say("calibration error of {of} {error} points; chance alone makes {chance} of true probabilities, and "
                     "at most {most} in 95 of 100 sets", **told))
    lines.append(_verdict(found))
    return tuple(lines)


def _verdict(found: Calibration) -> str:
    off = found.reliability
    points = f"{100 * abs(off.too_high):.1f}"
    if not off.is_off:
        return say("So nothing speaks against these probabilities.")
    if 2 * abs(off.too_high) < off.error:
        return say("So they are not what they say: too high here, too low there; see the bins.")
    return (say("So they are not what they say: too high by {points} points on average.", points=points)
            if off.too_high > 0 else
            say("So they are not what they say: too low by {points} points on average.", points=points))


def bins_table(found: Calibration) -> str:
    """A line a bin: what p says, how often it is so, and how many examples."""
    off = found.reliability
    rows = [(f"{100 * p:.1f} %", f"{100 * rate:.1f} % [{100 * low:.1f}, {100 * high:.1f}]", f"{n:,}")
            for p, rate, low, high, n in zip(off.p, off.rate, off.low, off.high, off.n, strict=True)]
    return text_table((say("p says"), say("is so"), say("examples")), rows, left=0)


def _of_set(name: str, found: ProbabilityMeasures, *, bins: bool) -> list[str]:
    shown = sorted(found.classes, key=lambda one: (bool(one.auc.few), one.auc.value))[:MOST]
    shown = [one for one in found.classes if one in shown]
    rows = [(one.name, f"{one.n:,}", f"{100 * one.share:.1f} %", *_ranking(one.auc, one.average_precision))
            for one in shown]
    if found.auc and found.average_precision:
        rows.append((say("mean of {n}", n=len(found.classes)), f"{found.examples:,}", "",
                     *_ranking(found.auc, found.average_precision)))
    head = (set_name(name), say("examples"), say("share"), "AUC", say("average precision"))
    table = text_table(head, rows, left=1).splitlines()
    if len(shown) < len(found.classes):
        table.append(say("the {shown} with the lowest AUC of {n} {n:class|classes}", shown=len(shown),
                         n=len(found.classes)))
    below = bins_table(found.calibration).splitlines() if bins else []
    return [*table, *calibration_lines(found.calibration), *below]


def _ranking(auc: Estimate, precision: Estimate) -> tuple[str, str]:
    """Both; once where neither can be judged."""
    return value_and_interval(auc), "" if auc.few and auc.few == precision.few else value_and_interval(precision)


def _plain(found: ProbabilityMeasures) -> dict[str, Any]:
    off, told = found.calibration.reliability, found.calibration
    mean = {"auc": _estimate(found.auc), "average_precision": _estimate(found.average_precision)}
    return {
        "examples": found.examples,
        "classes": {one.name: {"n": one.n, "share": one.share, "auc": _estimate(one.auc),
                               "average_precision": _estimate(one.average_precision)} for one in found.classes},
        "mean": mean if found.auc else None,
        "calibration": {
            "of": told.of or None, "brier": _estimate(told.brier), "brier_alone": told.brier_alone,
            "log_loss": _estimate(told.log_loss), "log_loss_alone": told.log_loss_alone, "error": off.error,
            "error_by_chance": off.by_chance, "error_by_chance_at_most": off.by_chance_at_most, "is_off": off.is_off,
            "bins": [{"n": int(n), "p": float(p), "rate": float(rate), "low": float(low), "high": float(high)}
                     for n, p, rate, low, high in zip(off.n, off.p, off.rate, off.low, off.high, strict=True)],
        },
    }


def _estimate(found: Estimate | None) -> dict[str, Any] | None:
    """NaN, of a class that is not there, is no JSON."""
    if found is None:
        return None
    low, high = (None, None) if found.few else found.interval() or (None, None)
    return {"value": found.value if found.value == found.value else None, "low": low, "high": high, "few": found.few}
