"""Practice: splits, metrics, the ledger and what to do next, for anybody's predictions, with numpy alone."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_FILES = {
    "Estimate": "bootstrap", "Gap": "verdict", "Interval": "bootstrap", "Ledger": "ledger", "PerClass": "metrics",
    "Records": "metrics", "Remedy": "what_to_do", "Row": "verdict", "Sizes": "splits", "confusion": "metrics",
    "difference": "bootstrap", "error_rate": "metrics", "errors": "metrics", "estimate": "bootstrap",
    "estimate_rate": "bootstrap", "exact_duplicates": "duplicates", "ledger": "ledger", "ledger_of": "ledger",
    "near_duplicates": "duplicates", "paired_difference": "bootstrap", "per_class": "metrics",
    "remedies": "what_to_do", "split": "splits", "split_sizes": "splits",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Most of the files bring numpy along; `wengu runs` needs but the words of the ledger, which do not."""
    if name in _FILES:
        return getattr(import_module(f"wengu.practice.{_FILES[name]}"), name)
    raise AttributeError(f"module 'wengu.practice' has no attribute {name!r}")


class _Room(ModuleType):
    """`ledger` is the function: its file, when it is imported, does not take its place."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, getattr(value, name, value) if isinstance(value, ModuleType) else value)


sys.modules[__name__].__class__ = _Room
