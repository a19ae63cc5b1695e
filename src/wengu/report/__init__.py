"""A run's `report.html`: parts and templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wengu.lazy import lazily

if TYPE_CHECKING:
    from wengu.report.report import report

__all__ = ["report"]

__getattr__ = lazily(__name__, {"report": "report"})
