"""Learning-rate decay: α as a pure function of how far training has come.

    constant    α = α0
    cosine      α = α0 · (1 + cos(π · t/T)) / 2            t = steps done, T = steps in all

Source: cosine: Loshchilov & Hutter 2017, arXiv:1608.03983, equation 5, one cycle, η_min = 0.
"""

from __future__ import annotations

import math


def constant(t: int, total: int) -> float:
    """α/α0 of no decay.

    >>> constant(5, 10)
    1.0
    """
    return 1.0


def cosine(t: int, total: int) -> float:
    """α/α0 after t of `total` steps: 1 at the start, a half in the middle, 0 at the end.

    >>> [round(cosine(t, 10), 3) for t in (0, 5, 10)]
    [1.0, 0.5, 0.0]
    """
    return (1 + math.cos(math.pi * min(t, total) / total)) / 2
