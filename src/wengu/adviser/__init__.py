"""Judges what it is given: the ledger of a run, what to try next, comparisons, the list of runs. It makes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wengu.lazy import lazily

if TYPE_CHECKING:
    from wengu.adviser.card import Card
    from wengu.adviser.choice import Choice
    from wengu.adviser.choose import choose
    from wengu.adviser.compare import compare
    from wengu.adviser.comparison import Comparison
    from wengu.adviser.data_curve import DataCurve, curve_of, curve_table
    from wengu.adviser.diagnose import diagnose_table
    from wengu.adviser.listing import Listing, runs_in
    from wengu.adviser.lone_sets import LoneSets
    from wengu.adviser.probabilities import ProbabilityCard, diagnose_probabilities
    from wengu.adviser.runs import RunSummary, run_named
    from wengu.adviser.size_curve import SizeCurve

__all__ = [
    "Card", "Choice", "Comparison", "DataCurve", "Listing", "LoneSets", "ProbabilityCard", "RunSummary", "SizeCurve",
    "choose", "compare", "curve_of", "curve_table", "diagnose_probabilities", "diagnose_table", "run_named", "runs_in",
]  # fmt: skip

__getattr__ = lazily(__name__, {
    "Card": "card", "Choice": "choice", "Comparison": "comparison", "DataCurve": "data_curve", "Listing": "listing",
    "LoneSets": "lone_sets", "ProbabilityCard": "probabilities", "RunSummary": "runs", "SizeCurve": "size_curve",
    "choose": "choose", "compare": "compare", "curve_of": "data_curve", "curve_table": "data_curve",
    "diagnose_probabilities": "probabilities", "diagnose_table": "diagnose", "run_named": "runs", "runs_in": "listing",
})  # fmt: skip
