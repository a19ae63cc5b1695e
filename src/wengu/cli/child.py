"""A command as one of the processes that a `fit` has started: what comes of it is told to the parent.

What cannot be fixed by starting again ends all processes in peace, with exit status 0, and the parent says it; what
else goes wrong ends this one, and torchrun's agent starts all anew.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable

from cyclopts import CycloptsError

from wengu.cli.errors import in_our_words
from wengu.core.checks import InputError
from wengu.core.exit import INTERRUPTED, end_with_parent
from wengu.running.exchange import GRACE, Exchange


def child(exchange: Exchange, command: Callable[[], int]) -> int:
    """Run the command; its exit status."""
    end_with_parent()
    try:
        return command()
    except (InputError, OSError) as error:
        exchange.answer(error)
    except CycloptsError as error:
        exchange.answer(InputError(in_our_words(error)))
    except KeyboardInterrupt:  # before training, which leaves a checkpoint
        return INTERRUPTED
    except Exception:
        if not exchange.answered(within=GRACE):  # another process may have ended on purpose, and left this one alone
            exchange.died(traceback.format_exc())
            return 1
    return 0
