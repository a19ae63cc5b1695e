"""Early stopping: stop when the dev value has not improved for a while, and go back to the best point.   [notes 4.5]

    stop after the first epoch e with     e - e_best >= patience,     e_best = argmin over epochs of the dev value

Source: Goodfellow, Bengio & Courville 2016, Deep Learning, algorithm 7.1. Lower is better: give an error or a cost.
"""

from __future__ import annotations

import math

from wengu.core.checks import at_least


class EarlyStopping:
    """Keeps the best dev value and says when to stop.

    Raises InputError where patience is below 1.

    >>> stopping = EarlyStopping(patience=2)
    >>> [stopping.improves(value) for value in (0.5, 0.4, 0.45, 0.41)], stopping.stop
    ([True, True, False, False], True)
    """

    def __init__(self, *, patience: int) -> None:
        self.patience = int(at_least("patience", patience, 1))
        self.best = math.inf
        self.since_best = 0

    def improves(self, value: float) -> bool:
        """Take in the dev value of one epoch; True where it is the best so far. NaN never is."""
        if value < self.best:
            self.best, self.since_best = value, 0
            return True
        self.since_best += 1
        return False

    @property
    def stop(self) -> bool:
        """Whether patience has run out."""
        return self.since_best >= self.patience

    def state_dict(self) -> dict[str, float]:
        """What a checkpoint keeps."""
        return {"best": self.best, "since_best": self.since_best}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Go on from a checkpoint."""
        self.best, self.since_best = state["best"], int(state["since_best"])
