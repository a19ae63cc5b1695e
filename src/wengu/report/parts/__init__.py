"""The parts of a run's report: each module makes the values and words of one section; the template places them."""

from wengu.report.parts.causes import causes
from wengu.report.parts.chosen import chosen
from wengu.report.parts.confusions import confusions
from wengu.report.parts.curves import curves
from wengu.report.parts.files import files
from wengu.report.parts.gallery import gallery
from wengu.report.parts.head import head
from wengu.report.parts.layers import layers
from wengu.report.parts.ledger_chart import ledger_chart
from wengu.report.parts.more_data import more_data
from wengu.report.parts.parameters import parameters
from wengu.report.parts.preflight import preflight
from wengu.report.parts.probabilities import probabilities
from wengu.report.parts.steps import steps
from wengu.report.parts.worst import worst

__all__ = [
    "causes", "chosen", "confusions", "curves", "files", "gallery", "head", "layers", "ledger_chart", "more_data",
    "parameters", "preflight", "probabilities", "steps", "worst",
]
