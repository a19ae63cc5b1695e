"""Numbers and names as the report writes them, in the language spoken now."""

from __future__ import annotations

import math

from wengu.core.i18n import say

NOTHING = "–"  # where there is nothing to show


def percent(rate: float, digits: int = 1) -> str:
    """A rate from 0 to 1 in hundredths; NaN, which was not measured, as a dash.

    >>> percent(0.0824), percent(float("nan"))
    ('8.2\xa0%', '–')
    """
    return NOTHING if math.isnan(rate) else f"{100 * rate:.{digits}f}\u00a0%"


def capital(text: str) -> str:
    """With a capital first letter, for titles."""
    return text[:1].upper() + text[1:]


def duration(seconds: float) -> str:
    """A time as people say it.

    >>> duration(192), duration(8.25), duration(7384)
    ('3 min 12 s', '8.2 s', '2 h 3 min')
    """
    if seconds < 10:
        return say("{s} s", s=f"{seconds:.1f}")
    s = round(seconds)
    if s < 60:
        return say("{s} s", s=s)
    if s < 3600:
        return say("{m} min {s} s", m=s // 60, s=s % 60)
    return say("{h} h {m} min", h=s // 3600, m=s % 3600 // 60)


def size(n: int) -> str:
    """Bytes, with three digits that count.

    >>> size(812), size(61_706), size(2_500_000)
    ('812 B', '61.7 kB', '2.5 MB')
    """
    if n < 1000:
        return f"{n} B"
    return f"{n / 1e3:.3g} kB" if n < 999_500 else f"{n / 1e6:.3g} MB"


def opened(n: int) -> str:
    """How often the test set was opened."""
    return say("opened {n:once|{n} times}", n=n)
