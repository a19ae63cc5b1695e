"""Records with so many errors, for the tests of what is made of them."""

from __future__ import annotations

import numpy as np

from wengu.practice import Records


def records(k: int, m: int, seed: int = 0, group: object = None) -> Records:
    order = np.random.default_rng(seed).permutation(m)
    return Records(np.zeros(m, int), (np.arange(m) < k)[order].astype(int), group)
