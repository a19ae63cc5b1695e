"""torchvision beside a torch that its wheel was not built for, such as one for the CPU alone.

Its compiled operators cannot be loaded there, and the import fails at two of them, nms and qnms, of which it wants to
describe the shapes. Here they are declared, without an implementation, and torchvision imported again: its networks,
transforms and weights work, its own nms, roi_pool and detectors do not. timm and others that import torchvision work
after this, too.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

_DECLARED = "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_kept: list[Any] = []  # a declaration lives as long as its library


def import_torchvision() -> ModuleType:
    """The package. Raises ModuleNotFoundError where it is not installed."""
    try:
        return import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    import torch

    library: Any = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    library.define(_DECLARED)
    library.define(f"q{_DECLARED}")
    _kept.append(library)
    return import_module("torchvision")
