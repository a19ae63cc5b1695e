"""Activations: what a layer makes of a picture, one map a filter.

    A^[l] (m, n_C, n_H, n_W): the output of layer l for these pictures, in evaluation mode

Source: Zeiler & Fergus 2014, "Visualizing and understanding convolutional networks", arXiv:1311.2901, section 4.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from wengu.vision.interpret.passes import named, network_in, passed


def activations(model: Any, x: Tensor, layer: str) -> Tensor:
    """What the layer of this name gives for the pictures; of a layer that is called several times, the last time.

    model   a network, or a loaded run
    x       pictures (m, channels, height, width), as the network takes them
    layer   its name, as `model.named_modules()` has it

    Raises InputError for a name that no layer of the pass has.

    >>> import torch; from torch import nn
    >>> net = nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.Flatten(), nn.Linear(6 * 24 * 24, 10))
    >>> activations(net, torch.zeros(1, 1, 28, 28), "1").shape
    torch.Size([1, 6, 24, 24])
    """
    outputs, _ = passed(network_in(model), x)
    return named(outputs, layer).given.clone()
