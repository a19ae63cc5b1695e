"""Eight miniature tasks, one of each kind that the shapes must carry; each a recipe of at most 40 lines."""

from __future__ import annotations

from typing import Any

from tests.contracts.minis.language import Language, Masked, Pair, Tags, Vectors
from tests.contracts.minis.mini import Mini, still
from tests.contracts.minis.vision import Boxes, Pairs, Points

__all__ = ["EXPORTED", "MINIS", "OWN", "SETTINGS", "STILL", "Mini"]

MINIS: tuple[Any, ...] = (Boxes(), Points(), Pairs(), Tags(), Language(), Pair(), Masked())
OWN = Vectors()
STILL = (still(Boxes), still(Masked))
SETTINGS: dict[str, Any] = {"epochs": 3, "batch_size": 12, "patience": 99, "precision": "fp32", "quiet": True}
EXPORTED: dict[str, tuple[str, ...]] = {
    "mini-boxes": ("input (batch, 1, 8, 8)", "output (batch, 1, 4, 4)"),
    "mini-points": ("input (batch, 1, 6, 6)", "output (batch, 2)"),
    "mini-pairs": ("input (batch, 4)", "output (batch, 3)"),
    "mini-language": ("ids (batch, 6)", "output (batch, 6, 5)"),
    "mini-translate": ("source (batch, 4)", "target_in (batch, 4)", "output (batch, 4, 5)"),
    "mini-masked": ("input (batch, 6)", "output (batch, 6, 5)"),
}
"Inputs and outputs of those that are exported."
