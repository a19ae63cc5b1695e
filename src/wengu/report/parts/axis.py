"""Round numbers for an axis: steps of 1, 2 or 5 times a power of ten."""

from __future__ import annotations

import math


def ticks(low: float, high: float, *, wanted: int = 5, whole: bool = False) -> list[float]:
    """Round numbers at equal steps, from one not above `low` to one not below `high`; `whole` keeps to integers.

    What differs in its last digits alone is drawn as what does not differ.

    >>> ticks(0, 0.83), ticks(1, 7, whole=True)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [0.0, 2.0, 4.0, 6.0, 8.0])
    """
    span = high - low
    if span <= 1e-6 * max(abs(low), abs(high)):
        span = abs(high) or 1.0
    rough = span / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * k for k in (1, 2, 5, 10) if power * k >= rough * 0.999)
    if whole:
        step = max(1.0, float(round(step)))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(f"{k * step:.12g}") for k in range(first, max(last, first + 1) + 1)]


def label(tick: float, step: float) -> str:
    """A tick with the digits that its step needs.

    >>> label(0.2, 0.1), label(1.0, 0.25), label(2e-05, 1e-05), label(1500.0, 500.0)
    ('0.2', '1.00', '2e-05', '1,500')
    """
    if tick and step < 1e-4:
        return f"{tick:.0e}"
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    if round(step, digits) != round(step, digits + 2):
        digits += 1  # 0.25 needs one more than its first
    return f"{tick:,.{digits}f}"
