"""When a card comes back: SM-2, with which the spaced repetition of computers began.

    I(1) = 1 day        I(2) = 6 days        I(n) = ⌈I(n-1) · EF⌉
    EF <- max(1.3, EF + 0.1 - (5-q) (0.08 + (5-q) 0.02))        q = 0 to 5: how well it was known; EF begins at 2.5
    q < 3: the intervals begin again at I(1), and EF stays as it is

Source: Woźniak 1990, "Optimization of learning", chapter 3.2, algorithm SM-2. Its step 7, to ask what was below 4 again
on the same day, is left to the reader: a card's first answer of a day is the one that counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

Grade = Literal["again", "hard", "good"]
GRADES: tuple[Grade, ...] = get_args(Grade)
QUALITY: dict[Grade, int] = {"again": 2, "hard": 3, "good": 4}
"q: not known, known after a miss, known."


@dataclass(frozen=True)
class Memory:
    """What is kept of a card: n answers in a row that were right, the last interval in days, EF, and when it is due."""

    right: int
    interval: int
    ease: float
    due: date


def after(before: Memory | None, grade: Grade, day: date) -> Memory:
    """The memory of a card that was answered on this day; None before its first answer.

    >>> one = after(None, "good", date(2026, 1, 1)); two = after(one, "good", one.due); two.due, two.interval
    (datetime.date(2026, 1, 8), 6)
    """
    q, ease, right = QUALITY[grade], before.ease if before else 2.5, before.right if before else 0
    if q < 3:
        return Memory(0, 1, ease, day + timedelta(days=1))
    ease = max(1.3, ease + 0.1 - (5 - q) * (0.08 + (5 - q) * 0.02))
    interval = 1 if right == 0 else 6 if right == 1 or before is None else math.ceil(round(before.interval * ease, 9))
    return Memory(right + 1, interval, ease, day + timedelta(days=interval))
