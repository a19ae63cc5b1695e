"""Joins the rooms below: makes runs, has them judged, writes their reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wengu.lazy import lazily

if TYPE_CHECKING:
    from wengu.project.ablate import Ablation, ablate_regularisation
    from wengu.project.compare_data import compare_data, compare_run, compare_sets_in
    from wengu.project.diagnose import diagnose_run, open_test
    from wengu.project.fit import FitResult, fit
    from wengu.project.learning_curves import learning_curve_of
    from wengu.project.repeat import Repeated, repeat
    from wengu.project.size_curves import size_curve_of

__all__ = [
    "Ablation", "FitResult", "Repeated", "ablate_regularisation", "compare_data", "compare_run",
    "compare_sets_in", "diagnose_run", "fit", "learning_curve_of", "open_test", "repeat", "size_curve_of",
]  # fmt: skip

__getattr__ = lazily(__name__, {
    "Ablation": "ablate", "FitResult": "fit", "Repeated": "repeat",
    "ablate_regularisation": "ablate",
    "compare_data": "compare_data", "compare_run": "compare_data", "compare_sets_in": "compare_data",
    "diagnose_run": "diagnose", "fit": "fit",
    "learning_curve_of": "learning_curves", "open_test": "diagnose", "repeat": "repeat",
    "size_curve_of": "size_curves",
})  # fmt: skip
