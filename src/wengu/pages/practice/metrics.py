"""Metrics: precision, recall and F1 of the reader's own counts, and a threshold on a model's curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, bars, dots, figure, line, numbers, rule, slider
from wengu.pages.question import Number, Options, question

if TYPE_CHECKING:
    from wengu.practice import Curve, Estimate, Records

COUNTS = ("TP", "FP", "FN", "TN")
OURS = 60  # examples of the class in the figure


@figure(shows=["wengu.practice:estimate"])
def counts(
    given=numbers(0, 100_000, names=COUNTS, value=[40, 10, 20, 930], label="your counts"),
) -> Fig:
    """Precision, recall, F1, accuracy and balanced accuracy of four counts, with intervals."""
    tp, fp, fn, tn = (round(one or 0) for one in given)
    if tp + fp + fn + tn == 0:
        return Fig(Panel(bars([], [])), say=say("Give at least one count."))
    rows = _records(tp, fp, fn, tn)
    found = {name: _measured(key, rows) for name, key in (
        (say("precision"), "precision"), (say("recall"), "recall"), ("F1", "F1"), (say("accuracy"), "error"),
        (say("balanced accuracy"), "balanced"))}
    told = {name: one for name, one in found.items() if one is not None}
    precision, recall, f1 = (_short(found[name]) for name in (say("precision"), say("recall"), "F1"))
    return Fig(
        Panel(bars(list(told), [100 * one[0] for one in told.values()], tone="1"), y=Axis(label="%", domain=(0, 100))),
        say=say("Precision is {precision}, recall {recall} and F1 {f1}.", precision=precision, recall=recall, f1=f1),
        head=(say("metric"), "%", say("95 % interval")),
        rows=[(name, say("not measured"), "") if one is None else (name, f"{100 * one[0]:.1f}", one[1])
              for name, one in found.items()],
    )


@figure(shows=["wengu.practice:roc_auc", "wengu.practice:average_precision"])
def threshold(
    at=slider(0.02, 0.98, 0.5, step=0.02, label="threshold on p"),
    apart=slider(0.0, 4.0, 1.8, step=0.1, label="how far the class is from the others, in σ"),
    share=slider(2, 50, 15, label="share of the class, %"),
) -> Fig:
    """One model's ROC and precision-recall curves, and where a threshold stands on them.

    The examples of the class stay the same; of the others there are as many as its share asks for.
    """
    import numpy as np

    from wengu.practice import Ranked, average_precision, roc_auc

    m = round(OURS * 100 / share)
    y = np.arange(m) < OURS
    z = np.random.default_rng(0).standard_normal(m) + np.where(y, apart, -apart) / 2
    score = 1 / (1 + np.exp(-1.5 * z))
    said = score >= at
    tp, fp, fn = int((said & y).sum()), int((said & ~y).sum()), int((~said & y).sum())
    ranked, auc, precision_area = Ranked.of(y, score), roc_auc(y, score), average_precision(y, score)
    recall, false = tp / (tp + fn), fp / (~y).sum()
    precision = tp / (tp + fp) if tp + fp else np.nan
    corners = np.flatnonzero(np.diff(ranked.tp, prepend=0) + np.diff(ranked.tp, append=0))
    return Fig(
        Panel(_curve(ranked.roc(), np.r_[0, corners + 1, len(ranked.tp)]),
              line([0, 100], [0, 100], label=say("chance"), tone="quiet", dash=True),
              dots([100 * false], [100 * recall], label=say("this threshold"), tone="2", size=6),
              x=Axis(label=say("false positives, % of the others"), domain=(0, 100)),
              y=Axis(label=say("recall, %"), domain=(0, 100)), title="ROC", equal=True),
        Panel(_curve(ranked.precision_recall(), np.r_[corners, len(ranked.tp) - 1]), rule(y=share, label=say("chance")),
              dots([100 * recall], [100 * precision], label=say("this threshold"), tone="2", size=6),
              x=Axis(label=say("recall, %"), domain=(0, 100)),
              y=Axis(label=say("precision, %"), domain=(0, 100)), title=say("precision and recall"), equal=True),
        say=say("{n} of {m} {m:example|examples} are of the class. At the threshold {at} precision is {precision}, "
                "recall {recall:.0f} % and F1 {f1:.0f} %. Over all thresholds AUC is {auc} and average precision "
                "{area}.", n=OURS, m=f"{m:,}", at=f"{at:.2f}",
                precision=f"{100 * precision:.0f} %" if tp + fp else say("not defined, as nothing is called so"),
                recall=100 * recall, f1=100 * 2 * tp / (2 * tp + fp + fn), auc=_decimals(auc),
                area=_decimals(precision_area)),
        values={"n": OURS, "m": m, "share": share, "precision": 100 * precision if tp + fp else 0.0,
                "recall": 100 * recall},
    )


def _records(tp: int, fp: int, fn: int, tn: int) -> Records:
    import numpy as np

    from wengu.practice import Records

    truth = np.repeat([1, 0, 1, 0], [tp, fp, fn, tn])
    return Records(truth, np.repeat([1, 1, 0, 0], [tp, fp, fn, tn]))


def _measured(key: str, rows: Records) -> tuple[float, str] | None:
    """The value and its interval in words; None where nothing was counted."""
    from wengu.core.checks import InputError
    from wengu.practice import F1, BalancedAccuracy, ErrorRate, Metric, Precision, Recall, estimate
    from wengu.practice.metric_words import few_in_words

    by: Metric = {"precision": Precision(1), "recall": Recall(1), "F1": F1(1), "error": ErrorRate(),
                  "balanced": BalancedAccuracy()}[key]  # type: ignore[assignment]
    try:
        found = estimate(rows, by, resamples=200)
    except InputError:
        return None
    low, high = found.interval() or (found.value, found.value)
    value = found.value
    if key == "error":
        value, low, high = 1 - value, 1 - high, 1 - low
    few = {say("the class") if name == "1" else say("the others"): n for name, n in found.few.items()}
    return value, few_in_words(few, key) or f"{100 * low:.1f} – {100 * high:.1f}"


def _short(found: tuple[float, str] | None) -> str:
    if found is None:
        return say("not measured")
    return f"{100 * found[0]:.1f} % [{found[1]}]"


def _curve(curve: Curve, corners: Any) -> dict[str, object]:
    """Drawn from corner to corner: between two of them only others come, and the line is straight."""
    return line(100 * curve.x[corners], 100 * curve.y[corners], label=say("all thresholds"), tone="1")


def _decimals(found: Estimate) -> str:
    low, high = found.interval() or (found.value, found.value)
    return f"{found.value:.2f} [{low:.2f}, {high:.2f}]"


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=threshold)
def made_rare(rng):
    """The same model and threshold, where the class is rare."""
    often, rare = (threshold(share=share).values for share in (15, 2))
    return Options("falls" if rare["precision"] < often["precision"] - 5 else "stays", of=("falls", "stays", "rises"),
                   then={"share": 2}, often=often["precision"], rare=rare["precision"], n=rare["n"], m=rare["m"],
                   recall=rare["recall"])


@question
def f1(rng):
    """2TP/(2TP + FP + FN)."""
    from wengu.practice import per_class

    tp, fp = rng.choice([20, 30, 40]), rng.choice([10, 20, 60])
    fn, tn = rng.choice([5, 10, 40]), rng.choice([900, 850])
    found = per_class([[tn, fp], [fn, tp]])
    p, r = found.precision[1], found.recall[1]
    return Number(100 * found.f1[1], traps={"mean": 50 * (p + r), "precision": 100 * p, "recall": 100 * r,
                                            "accuracy": 100 * (tp + tn) / (tp + fp + fn + tn)}, unit="%", within=0.005,
                  tp=tp, fp=fp, fn=fn, tn=tn)


@question
def which_is_recall(rng):
    """Of the class, what was found."""
    from wengu.practice import per_class

    tp, fp, fn = rng.choice([18, 24, 45, 60]), rng.choice([6, 12, 30]), rng.choice([2, 6, 15, 40])
    found = per_class([[500, fp], [fn, tp]])
    return Number(100 * found.recall[1], traps={"precision": 100 * found.precision[1], "missed": 100 * fn / (tp + fn)},
                  unit="%", tp=tp, fp=fp, fn=fn)


@question
def rare_disease(rng):
    """Precision from recall, false alarms and the share of the class."""
    from wengu.practice import per_class

    share, recall, alarms = rng.choice([1, 2, 5]), rng.choice([80, 90]), rng.choice([5, 10])
    ill, well = 1000 * share, 1000 * (100 - share)
    found = per_class([[well * (100 - alarms) // 100, well * alarms // 100],
                       [ill * (100 - recall) // 100, ill * recall // 100]])
    return Number(100 * found.precision[1], traps={"recall": recall, "specificity": 100 - alarms, "share": share},
                  unit="%", share=share, recall=recall, alarms=alarms, ill=10 * share)


@question
def pairs_in_order(rng):
    """AUC of a few examples, by counting pairs, one of which is a tie."""
    from wengu.practice import roc_auc

    every = rng.sample(range(5, 96, 5), 6)
    ours, others = [one / 100 for one in every[:3]], [one / 100 for one in (rng.choice(every[:3]), *every[3:])]
    rng.shuffle(others)
    answer = roc_auc([1] * 3 + [0] * 4, ours + others).value
    at_half = sum(one > 0.5 for one in ours) + sum(one <= 0.5 for one in others)
    return Number(answer, traps={"turned": 1 - answer, "half": at_half / 7, "tie_lost": answer - 0.5 / 12,
                                 "tie_won": answer + 0.5 / 12}, ours=ours, others=others)


@question
def one_in_a_hundred(rng):
    """A number by which a model that never finds the class does not win."""
    return Options("recall", of=("recall", "accuracy", "auc", "loss"))
