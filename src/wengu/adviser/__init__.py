"""Train, judge, advise: recipe + loop + card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wengu.lazy import lazily

if TYPE_CHECKING:
    from wengu.adviser.check import check
    from wengu.adviser.compare import Comparison, compare
    from wengu.adviser.diagnose import diagnose_run, diagnose_table, open_test
    from wengu.adviser.fit import Fitted, fit
    from wengu.adviser.load import Trained, load
    from wengu.adviser.regularisation import what_regularisation_bought
    from wengu.adviser.runs import Brief, Listing, run_named, runs_in

__all__ = [
    "Brief",
    "Comparison",
    "Fitted",
    "Listing",
    "Trained",
    "check",
    "compare",
    "diagnose_run",
    "diagnose_table",
    "fit",
    "load",
    "open_test",
    "run_named",
    "runs_in",
    "what_regularisation_bought",
]

_FILES = {
    "Brief": "runs", "Comparison": "compare", "Fitted": "fit", "Listing": "runs", "Trained": "load",
    "check": "check", "compare": "compare", "diagnose_run": "diagnose", "diagnose_table": "diagnose", "fit": "fit",
    "load": "load", "open_test": "diagnose", "run_named": "runs", "runs_in": "runs",
    "what_regularisation_bought": "regularisation",
}  # fmt: skip

# Most of the files bring torch along, which takes a second, and `wengu runs` needs none of it.
__getattr__ = lazily(__name__, _FILES)
