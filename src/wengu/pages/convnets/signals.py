"""A real signal and a real volume: seven and a half seconds of a heart, and a head in slices.

heart: 12 to 19.5 s of the electrocardiogram that SciPy carries, record 208 of the MIT-BIH Arrhythmia Database (Moody &
Mark 2001; Goldberger et al. 2000; ODC-By 1.0), in mV, each number the mean of 4 of its 360 a second.
head: magnetic resonance, the first volume of example4d.nii.gz that nibabel carries (MIT), cut to the head and averaged
to 14 × 14 × 14, from 0 to 255: slices from below, each with the forehead on top.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

RATE = 90  # numbers a second


@cache
def heart() -> Tensor:
    """The electrocardiogram, (675,) float64, in mV."""
    return _held()[0]


@cache
def head() -> Tensor:
    """The head, (14, 14, 14) float64, from 0 to 1."""
    return _held()[1]


@cache
def _held() -> tuple[Tensor, Tensor]:
    import torch

    held = json.loads(Path(__file__).with_name("signals.json").read_text(encoding="utf-8"))
    series, volume = (torch.tensor(held[name], dtype=torch.float64) for name in ("heart", "head"))
    return series, volume.view(14, 14, 14) / 255
