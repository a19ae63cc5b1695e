"""The parts of a run's report: each module makes the values and words of one section; the template places them."""

from wengu.adviser.report_parts.chosen import chosen
from wengu.adviser.report_parts.confusions import confusions
from wengu.adviser.report_parts.curves import curves
from wengu.adviser.report_parts.files import files
from wengu.adviser.report_parts.gallery import gallery
from wengu.adviser.report_parts.head import head
from wengu.adviser.report_parts.ledger_chart import ledger_chart
from wengu.adviser.report_parts.parameters import parameters
from wengu.adviser.report_parts.preflight import preflight
from wengu.adviser.report_parts.steps import steps

__all__ = [
    "chosen", "confusions", "curves", "files", "gallery", "head", "ledger_chart", "parameters", "preflight",
    "steps",
]
