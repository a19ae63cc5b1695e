"""Practice: splits, metrics, the ledger and what to do next, for anybody's predictions, with numpy alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wengu.lazy import lazily

if TYPE_CHECKING:
    from wengu.practice.bootstrap import Estimate, Interval, difference, estimate, estimate_rate, paired_difference
    from wengu.practice.duplicates import exact_duplicates, near_duplicates
    from wengu.practice.ledger import Ledger, ledger, ledger_of
    from wengu.practice.metrics import PerClass, Records, confusion, error_rate, errors, per_class
    from wengu.practice.remedies import Remedy, remedies
    from wengu.practice.splits import Sizes, split, split_sizes
    from wengu.practice.verdict import Gap, Row

__all__ = [
    "Estimate", "Gap", "Interval", "Ledger", "PerClass", "Records", "Remedy", "Row", "Sizes",
    "confusion", "difference", "error_rate", "errors", "estimate", "estimate_rate", "exact_duplicates", "ledger",
    "ledger_of", "near_duplicates", "paired_difference", "per_class", "remedies", "split", "split_sizes",
]

_FILES = {
    "Estimate": "bootstrap", "Gap": "verdict", "Interval": "bootstrap", "Ledger": "ledger", "PerClass": "metrics",
    "Records": "metrics", "Remedy": "remedies", "Row": "verdict", "Sizes": "splits", "confusion": "metrics",
    "difference": "bootstrap", "error_rate": "metrics", "errors": "metrics", "estimate": "bootstrap",
    "estimate_rate": "bootstrap", "exact_duplicates": "duplicates", "ledger": "ledger", "ledger_of": "ledger",
    "near_duplicates": "duplicates", "paired_difference": "bootstrap", "per_class": "metrics",
    "remedies": "remedies", "split": "splits", "split_sizes": "splits",
}  # fmt: skip

# Most of the files bring numpy along; `wengu runs` needs but the words of the ledger, which do not.
__getattr__ = lazily(__name__, _FILES)
