"""Train, judge, advise: recipe + loop + card."""

from wengu.adviser.diagnose import diagnose_run, diagnose_table, open_test
from wengu.adviser.fit import Fitted, fit
from wengu.adviser.load import Trained, load
from wengu.adviser.regularisation import what_regularisation_bought

__all__ = [
    "Fitted",
    "Trained",
    "diagnose_run",
    "diagnose_table",
    "fit",
    "load",
    "open_test",
    "what_regularisation_bought",
]
