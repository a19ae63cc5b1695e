"""Round numbers for an axis: steps of 1, 2 or 5 times a power of ten."""

from __future__ import annotations

import math
from collections.abc import Sequence


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


def labels(ticks: Sequence[float]) -> list[str]:
    """Each tick of an axis with the digits that distinguish it from the next.

    >>> labels([0.1, 0.2]), labels([0.0, 1e-05, 2e-05]), labels([1000.0, 1500.0]), labels([0.00121, 0.00122])
    (['0.1', '0.2'], ['0', '1e-05', '2e-05'], ['1,000', '1,500'], ['0.00121', '0.00122'])
    """
    first_of_step, most = _power(ticks[1] - ticks[0]), max(map(abs, ticks))
    if most >= 1e-3:
        return [f"{tick:,.{max(0, -first_of_step)}f}" for tick in ticks]
    return [f"{tick:.{max(0, _power(tick) - first_of_step)}e}" if tick else "0" for tick in ticks]


def _power(x: float) -> int:
    """The power of ten of its first digit."""
    return math.floor(math.log10(abs(x)) + 1e-9)
