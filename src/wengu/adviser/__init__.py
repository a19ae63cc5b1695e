"""Train, judge, advise: recipe + loop + card."""

from wengu.adviser.diagnose import diagnose_run, diagnose_table, open_test
from wengu.adviser.fit import Fitted, fit
from wengu.adviser.load import Trained, load

__all__ = ["Fitted", "Trained", "diagnose_run", "diagnose_table", "fit", "load", "open_test"]
