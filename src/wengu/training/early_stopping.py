"""Early stopping: stop when the dev value has not improved for a while, and go back to the best point.   [notes 4.5]

    stop after the first epoch e with     e - e_best >= patience,     e_best = argmin over epochs of the dev value

The best is the lowest of an error or a cost, the highest of an accuracy or a BLEU score: `direction` says which.

Source: Goodfellow, Bengio & Courville 2016, Deep Learning, algorithm 7.1.
"""

from __future__ import annotations

import math
from typing import Literal

from wengu.core.checks import at_least, one_of


class EarlyStopping:
    """Keeps the best dev value and says when to stop.

    `direction` says whether a "lower" or a "higher" value is better. Raises InputError where patience is below 1.

    >>> stopping = EarlyStopping(patience=2)
    >>> [stopping.improves(value) for value in (0.5, 0.4, 0.45, 0.41)], stopping.stop
    ([True, True, False, False], True)
    """

    def __init__(self, *, patience: int, direction: Literal["lower", "higher"] = "lower") -> None:
        self.patience = int(at_least("patience", patience, 1))
        self.sign = 1 if one_of("direction", direction, ("lower", "higher")) == "lower" else -1
        self.best = self.sign * math.inf
        self.since_best = 0

    def improves(self, value: float) -> bool:
        """Take in the dev value of one epoch; True where it is the best so far. NaN never is."""
        if self.sign * value < self.sign * self.best:
            self.best, self.since_best = value, 0
            return True
        self.since_best += 1
        return False

    @property
    def stop(self) -> bool:
        """Whether patience has run out."""
        return self.since_best >= self.patience

    def state_dict(self) -> dict[str, float]:
        """The best value and the epochs since it, for a checkpoint."""
        return {"best": self.best, "since_best": self.since_best}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Go on from a checkpoint."""
        self.best, self.since_best = state["best"], int(state["since_best"])
