"""Eight miniature tasks, one of each kind that the shapes must carry; each a recipe of at most 40 lines."""

from __future__ import annotations

from typing import Any

from tests.contracts.minis.language import Language, Masked, Pair, Tags, Vectors
from tests.contracts.minis.mini import Mini
from tests.contracts.minis.vision import Boxes, Pairs, Points

__all__ = ["MINIS", "OWN", "Mini"]

MINIS: tuple[Any, ...] = (Boxes(), Points(), Pairs(), Tags(), Language(), Pair(), Masked())
OWN = Vectors()
