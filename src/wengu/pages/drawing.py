"""A picture that the reader draws, in 28 × 28 cells of ink or none, and how it goes into an address.

A value is the place of an example, "0" to "9", or 131 letters: the cells row by row as bits, six to a letter
(RFC 4648, base64url, without the sign that fills it up).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from wengu.pages.controls import Control

SIDE = 28  # cells, as in MNIST
_BYTES = SIDE * SIDE // 8
LETTERS = -(-_BYTES * 8 // 6)


def packed_cells(cells: Iterable[Iterable[int]]) -> str:
    """The cells as letters.

    >>> packed_cells([[1] * 28] * 28) == "_" * 130 + "8"  # 784 bits: four are left for the last
    True
    """
    bits = int("".join("1" if cell else "0" for row in cells for cell in row), 2)
    return base64.urlsafe_b64encode(bits.to_bytes(_BYTES, "big")).decode().rstrip("=")


def unpacked_cells(letters: str) -> list[list[int]]:
    """The cells again, 1 where there is ink. Raises ValueError for what packed_cells does not give."""
    if len(letters) != LETTERS:
        raise ValueError(letters)
    raw = base64.urlsafe_b64decode(letters + "=")
    bits = f"{int.from_bytes(raw, 'big'):0{SIDE * SIDE}b}"
    cells = [[int(bit) for bit in bits[k : k + SIDE]] for k in range(0, SIDE * SIDE, SIDE)]
    if packed_cells(cells) != letters:
        raise ValueError(letters)
    return cells


@dataclass(frozen=True, kw_only=True)
class Drawing(Control):
    """A picture drawn by mouse, finger or keys; or one of `examples` to start from, by its place."""

    examples: tuple[str, ...]

    def clamp(self, given: Any) -> str:
        return given if isinstance(given, str) and self._is_there(given) else str(self.value)

    def cells(self, value: str) -> list[list[int]]:
        """The picture that a value of it stands for."""
        return unpacked_cells(self.examples[int(value)] if len(value) == 1 else value)

    def _is_there(self, given: str) -> bool:
        if given in map(str, range(len(self.examples))):
            return True
        try:
            return bool(unpacked_cells(given))
        except (ValueError, binascii.Error):
            return False


def drawing(examples: Sequence[str], *, value: str = "0", label: str) -> Any:
    """A picture of the reader's own, which starts as one of at most ten examples."""
    return Drawing(examples=tuple(examples), value=value, label=label)
