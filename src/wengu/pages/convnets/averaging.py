"""A small network that averages over the places, so that it has class activation maps; trained on MNIST.

    28 × 28 -> 16 filters 5 × 5 -> pool 2 × 2 -> 32 filters 3 × 3 -> 32 filters 3 × 3 -> f: 32 maps 14 × 14
    -> the mean of each map -> 10 scores

A number of f sees 14 of the 28 pixels each way. averaging.safetensors holds the weights that
scripts/make_digit_reader.py has trained.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from torch import nn

WEIGHTS = Path(__file__).with_name("averaging.safetensors")


def averaging(generator: torch.Generator | None = None) -> nn.Sequential:
    """The network, float32; its weights drawn by He."""
    import torch
    from torch import nn

    from wengu.layers import Conv2d, Linear

    given: dict[str, Any] = {"generator": generator or torch.Generator()}
    return nn.Sequential(
        Conv2d(1, 16, 5, padding=2, **given), nn.ReLU(), nn.MaxPool2d(2),
        Conv2d(16, 32, 3, padding=1, **given), nn.ReLU(),
        Conv2d(32, 32, 3, padding=1, **given), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), Linear(32, 10, **given),
    )


@cache
def trained() -> nn.Sequential:
    """With the weights that ship, float64."""
    from safetensors.torch import load_file

    net = averaging()
    net.load_state_dict(load_file(WEIGHTS))
    return net.double().eval()
