"""Judges what it is given: the ledger of a run, what to try next, comparisons, the list of runs. It makes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wengu.lazy import lazily

if TYPE_CHECKING:
    from wengu.adviser.card import Card
    from wengu.adviser.compare import Comparison, compare
    from wengu.adviser.diagnose import diagnose_table
    from wengu.adviser.runs import Listing, RunSummary, run_named, runs_in

__all__ = ["Card", "Comparison", "Listing", "RunSummary", "compare", "diagnose_table", "run_named", "runs_in"]

__getattr__ = lazily(__name__, {
    "Card": "card", "Comparison": "compare", "Listing": "runs", "RunSummary": "runs", "compare": "compare",
    "diagnose_table": "diagnose", "run_named": "runs", "runs_in": "runs",
})  # fmt: skip
