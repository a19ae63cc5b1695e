"""The learning curve over the amount of data: what was measured, the law through it, and what it leaves open."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wengu.adviser.data_curve import DataCurve, curve_of
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.core.written import written
from wengu.practice.metric_words import amount, on_dev
from wengu.report.parts.line_chart import Chart, line_chart
from wengu.report.parts.wording import capital

STEPS = 49  # of the law: more than a line has dots


def more_data(run: RunFolder) -> dict[str, Any] | None:
    """The section; None where the run has no curve, or one that is damaged."""
    try:
        measured = curve_of(run)
    except (InputError, OSError):
        return None
    if measured is None or (chart := _chart(measured)) is None:
        return None
    return {
        "title": say("More data"),
        "look": say("Look where dev goes to the right of the mark: the dotted line is the power law through the "
                    "points, the band what these leave open. Each step to the right doubles the data."),
        "chart": chart,
        "caption": capital(say("{dev} by training examples", dev=on_dev(measured.metric))),
        "sentences": [written(sentence) for sentence in measured.sentences],
        "x": "",
    }


def _chart(measured: DataCurve) -> Chart | None:
    """Training examples on a scale of powers of two, to twice as many as there are."""
    points, curve, facts = measured.points, measured.curve, measured.metric
    law, band = [], []
    if curve is not None:
        for x in np.linspace(math.log2(points[0].examples), math.log2(2 * curve.most), STEPS):
            told = curve.at(float(2**x))
            law.append((float(x), told.value))
            band.append((float(x), told.low, told.high))
    last = points[-1].examples
    said = ", ".join(f"{p.examples:,}: {amount(facts, p.dev)}" for p in points)
    return line_chart(
        [
            (say("train"), "train", [(math.log2(p.examples), p.train) for p in points if p.train is not None]),
            (say("dev"), "dev", [(math.log2(p.examples), p.dev) for p in points]),
            (say("law"), "law", law),
        ],
        about=say("{dev} by training examples: {points}.", dev=on_dev(facts), points=said),
        mark=(math.log2(last), say("now")),
        percent=facts["scale"] == "rate",
        tell=lambda x, y: f"{2**x:,.0f}: {written(amount(facts, y))}",
        x_ticks=[(math.log2(n), _short(n)) for n in (*(p.examples for p in points), 2 * last)],
        band=band,
    )


def _short(n: float) -> str:
    """225, 3.6k, 1.2M."""
    for unit, name in ((1e6, "M"), (1e3, "k")):
        if n >= unit:
            return f"{n / unit:.3g}{name}"
    return f"{n:.0f}"
