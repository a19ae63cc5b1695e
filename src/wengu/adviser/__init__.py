"""Train, judge, advise: recipe + loop + card."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

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


def __getattr__(name: str) -> Any:
    """Most of the files bring torch along, which takes a second, and `wengu runs` needs none of it."""
    if name in _FILES:
        return getattr(import_module(f"wengu.adviser.{_FILES[name]}"), name)
    raise AttributeError(f"module 'wengu.adviser' has no attribute {name!r}")


class _Room(ModuleType):
    """Some functions have the name of their file: the file, when it is imported, does not take the function's place."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, getattr(value, name, value) if isinstance(value, ModuleType) else value)


sys.modules[__name__].__class__ = _Room
