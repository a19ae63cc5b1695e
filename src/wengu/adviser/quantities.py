"""What is known of a run by a name that can stand in a formula: accuracy, parameters, latency_ms.

    of dev      error, accuracy, macro_f1, balanced_accuracy, recall_CLASS, precision_CLASS, f1_CLASS, or the run's own
                metric (BLEU is bleu): measured anew from its predictions, each with its interval
                and auc, average_precision, brier_score, log_loss of its probabilities (practice/probability_metrics.py)
    of the run  parameters, epochs, seconds (of training), dev_cost
    of the      latency_ms, latency_p95_ms: of one example, measured now (running/latency.py)
    machine
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wengu.adviser.probabilities import WRITTEN
from wengu.adviser.runs import RunSummary
from wengu.core.checks import InputError, nearest
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.core.safe_read import is_file
from wengu.practice import OF_ONE_CLASS, BalancedAccuracy, ErrorRate, MacroF1, Metric, Probabilities, estimate
from wengu.practice.metric_words import Direction
from wengu.practice.probability_metrics import OF_PROBABILITIES, probability_metric
from wengu.running.metric import measuring, metric_object
from wengu.running.predictions import Predicted, read_set
from wengu.running.probabilities import read_scored

if TYPE_CHECKING:
    from wengu.running.latency import Latency

OF_THE_RUN: Mapping[str, Direction] = {"parameters": "lower", "epochs": "lower", "seconds": "lower",
                                       "dev_cost": "lower"}
OF_THE_MACHINE: Mapping[str, Direction] = {"latency_ms": "lower", "latency_p95_ms": "lower"}


@dataclass(frozen=True)
class Quantity:
    """A value and the ends of its interval, which are the value where it is exact; `few` as in an Estimate."""

    value: float
    low: float
    high: float
    few: Mapping[str, int]
    groups: bool = False  # whether those are groups


@dataclass(frozen=True)
class Known:
    """A run, what it predicted for dev, and what has been measured of it."""

    summary: RunSummary
    run: RunFolder
    dev: Predicted
    values: Mapping[str, Quantity]

    def plain(self) -> dict[str, float]:
        """The values alone."""
        return {name: one.value for name, one in self.values.items()}


def names_of(runs: Sequence[Known]) -> dict[str, Direction]:
    """Every name that can be asked of all of these runs, and which way is better."""
    names: dict[str, Direction] = {**OF_THE_RUN, **OF_THE_MACHINE}
    own = metric_object(runs[0].run)
    names[_own_name(own.name)] = own.direction
    if all(run.dev.of_classes for run in runs):
        names |= {"error": "lower", "accuracy": "higher", "macro_f1": "higher", "balanced_accuracy": "higher"}
        names |= {f"{word.lower()}_{c}": "higher" for word in OF_ONE_CLASS for c in dict.fromkeys(runs[0].dev.truth)
                  if str(c).isidentifier() or str(c).isdigit()}
        if all(run.dev.confidence for run in runs):
            names |= OF_PROBABILITIES
    return names


def checked(names: Iterable[str], known: Mapping[str, Direction]) -> None:
    """Raises InputError for a name that nothing is known by, with the nearest."""
    for name in names:
        if name not in known:
            near = nearest(name, known)
            hint = say("; did you mean {near}?", near=near) if near else say(".")
            shown = [one for one in known if not re.match("(precision|recall|f1)_", one)]
            raise InputError(say("{name} is not known of these runs{hint} There are: {known}", name=name, hint=hint,
                                 known=", ".join(sorted(shown))))


def metric_behind(name: str, run: RunFolder, classes: Iterable[str] = ()) -> tuple[Metric, int] | None:
    """The metric that a name of dev stands for, and -1 where it is turned round; None of what is no such name."""
    own = metric_object(run)
    if name == _own_name(own.name):
        return own, 1
    match name:
        case "error":
            return ErrorRate(), 1
        case "accuracy":
            return ErrorRate(), -1
        case "macro_f1":
            return MacroF1(), 1
        case "balanced_accuracy":
            return BalancedAccuracy(), 1
    word, _, of = name.partition("_")
    kinds = {key.lower(): kind for key, kind in OF_ONE_CLASS.items()}
    return (kinds[word](of), 1) if word in kinds and of in classes else None


def measured(known: Known, names: Iterable[str]) -> dict[str, Quantity]:
    """Those of the names that the run's files tell, without its model. Raises InputError where they do not."""
    found = {}
    for name in names:
        if name in OF_THE_MACHINE:
            continue
        if behind := metric_behind(name, known.run, known.dev.truth):
            with measuring(known.run, behind[0]):
                one = estimate(known.dev.records(), behind[0])
            low, high = one.interval() or (one.value, one.value)
            ends = (one.value, low, high) if behind[1] > 0 else (1 - one.value, 1 - high, 1 - low)
            found[name] = Quantity(*ends, few=one.few, groups=one.pieces != one.n)
        elif name in OF_PROBABILITIES:
            one = probability_metric(name, scored(known), least=WRITTEN)
            low, high = one.interval() or (one.value, one.value)
            found[name] = Quantity(one.value, low, high, one.few, one.pieces != one.n)
        else:
            value = _of_the_run(known, name)
            found[name] = Quantity(value, value, value, {})
    return found


def scored(known: Known) -> Probabilities:
    """The probabilities on dev. Raises InputError where there are none."""
    if (found := read_scored(known.run, "dev")) is None:
        raise InputError(say("{path} has no predictions yet", path=known.run.path))
    return found.given


def of_latency(found: Latency) -> dict[str, Quantity]:
    """The two names that a measured latency answers."""
    return {"latency_ms": Quantity(found.median, found.low, found.high, {}),
            "latency_p95_ms": Quantity(found.p95, found.p95_low, found.p95_high, {})}


def known_of(summary: RunSummary) -> Known | None:
    """A judged run with its dev predictions; None where it has none."""
    run = RunFolder.open(summary.path)
    if summary.metric is None or not is_file(run.path / "ledger.json") or (dev := read_set(run, "dev")) is None:
        return None
    return Known(summary, run, dev, {})


def parameters_of(run: RunFolder) -> int:
    """How many numbers its network learns. Raises InputError where the run does not say it."""
    if not (held := run.read_json("parameters.json").get("parameters")):
        raise _silent(run, "parameters")
    return sum(math.prod(row["shape"]) for row in held)


def _of_the_run(known: Known, name: str) -> float:
    if name == "parameters":
        return float(parameters_of(known.run))
    if (value := getattr(known.summary, name)) is None:
        raise _silent(known.run, name)
    return float(value)


def _silent(run: RunFolder, name: str) -> InputError:
    return InputError(say("{path} does not say its {name}", path=run.path, name=name))


def _own_name(name: str) -> str:
    """As a formula can have it."""
    return re.sub(r"\W+", "_", name).lower()
