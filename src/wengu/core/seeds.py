"""Randomness from one seed, split so that one use of it never shifts another."""

from __future__ import annotations

import hashlib


def seed_for(seed: int, *purpose: str | int) -> int:
    """A seed of its own for every purpose, a function of (seed, purpose) alone.

        seed_for(s, p) = the first 63 bits of SHA-256("s/p")

    So the order of batches in epoch 7 does not depend on how many random numbers dropout drew before it, and a run
    that is resumed draws the very numbers of one that was never stopped.

    >>> seed_for(0, "order", 7) == seed_for(0, "order", 7), seed_for(0, "order", 7) == seed_for(0, "order", 8)
    (True, False)
    """
    text = "/".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
