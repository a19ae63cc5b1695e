"""Practice: splits, metrics, the ledger and what to do next, for anybody's predictions, with numpy alone."""

from wengu.practice.bootstrap import Estimate, Interval, difference, estimate, estimate_rate, paired_difference
from wengu.practice.duplicates import exact_duplicates, near_duplicates
from wengu.practice.ledger import Ledger, ledger, ledger_of
from wengu.practice.metrics import PerClass, Records, confusion, error_rate, errors, per_class
from wengu.practice.splits import Sizes, split, split_sizes
from wengu.practice.verdict import Gap, Row
from wengu.practice.what_to_do import Remedy, remedies

__all__ = [
    "Estimate", "Gap", "Interval", "Ledger", "PerClass", "Records", "Remedy", "Row", "Sizes",
    "confusion", "difference", "error_rate", "errors", "estimate", "estimate_rate", "exact_duplicates", "ledger",
    "ledger_of", "near_duplicates", "paired_difference", "per_class", "remedies", "split", "split_sizes",
]
