"""Joins the rooms below: makes runs, has them judged, writes their reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wengu.lazy import lazily

if TYPE_CHECKING:
    from wengu.project.ablate import Ablation, ablate_regularisation
    from wengu.project.diagnose import diagnose_run, open_test
    from wengu.project.fit import FitResult, fit

__all__ = ["Ablation", "FitResult", "ablate_regularisation", "diagnose_run", "fit", "open_test"]

__getattr__ = lazily(__name__, {
    "Ablation": "ablate", "FitResult": "fit", "ablate_regularisation": "ablate", "diagnose_run": "diagnose",
    "fit": "fit", "open_test": "diagnose",
})  # fmt: skip
