"""A model with torch's own layers in place of ours, for tools that know a layer by its exact type.

    Linear  Conv1d  Conv2d  Conv3d  LayerNorm  Dropout  MaxPool2d  AvgPool2d    the class of the same name in torch.nn
    BatchNorm                                                   torch.nn.BatchNorm1d, 2d or 3d: by what it is given

Ours are subclasses with torch's weights, so that nearly everything takes them as they are: ONNX, summaries, published
weights. Eager quantisation and the fusing of layers ask for `type(layer) is nn.Linear`. Source: none; no formula.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import nn

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.layers.batch_norm import BatchNorm
from wengu.layers.convolution_layers import Conv1d, Conv2d, Conv3d
from wengu.layers.dropout import Dropout
from wengu.layers.layer_norm import LayerNorm
from wengu.layers.linear import Linear
from wengu.layers.pooling import AvgPool2d, MaxPool2d
from wengu.layers.probe import run

TORCHS: dict[type[nn.Module], type[nn.Module]] = {
    Linear: nn.Linear, Conv1d: nn.Conv1d, Conv2d: nn.Conv2d, Conv3d: nn.Conv3d, LayerNorm: nn.LayerNorm,
    Dropout: nn.Dropout, MaxPool2d: nn.MaxPool2d, AvgPool2d: nn.AvgPool2d,
}  # fmt: skip
BATCH_NORMS = {2: nn.BatchNorm1d, 3: nn.BatchNorm1d, 4: nn.BatchNorm2d, 5: nn.BatchNorm3d}
OURS_ALONE = ("init_variance", "_generator", "generator")


def plain(model: nn.Module, x: Any = None) -> nn.Module:
    """A copy with torch's own classes; weights are copied, those tied stay tied, hooks and modes stay as they are.

    x: an input of the model (a tuple of arguments, or a dict of them), needed where it has a `BatchNorm`: a copy is run
    on it in evaluation mode to see how many dimensions arrive there. A subclass of one of our layers is left as it is.

    Raises InputError for a `BatchNorm` without x, and for one that x does not reach.

    >>> net = plain(nn.Sequential(Conv2d(3, 4, 3), BatchNorm(4), nn.ReLU()), torch.zeros(1, 3, 8, 8))
    >>> [type(layer) for layer in net] == [nn.Conv2d, nn.BatchNorm2d, nn.ReLU]
    True
    """
    twin = copy.deepcopy(model)
    kinds: dict[str, type[nn.Module]] = _batch_norms(model, x)
    for name, module in twin.named_modules():
        if kind := kinds.get(name) or TORCHS.get(type(module)):
            module.__class__ = kind  # the same attributes: ours are subclasses
            for ours in OURS_ALONE:
                module.__dict__.pop(ours, None)
    return twin


@torch.no_grad()
def _batch_norms(model: nn.Module, x: Any) -> dict[str, type[nn.Module]]:
    """Torch's class for every BatchNorm, by name."""
    names = [name for name, module in model.named_modules() if type(module) is BatchNorm]
    if not names:
        return {}
    if x is None:
        raise InputError(
            say("model: expected a batch, as it has a BatchNorm and torch has three; give plain(model, x), x an input "
                "of the model")
        )
    twin, seen = copy.deepcopy(model).eval(), {name: set[type[nn.Module]]() for name in names}
    for name in names:
        layer = twin.get_submodule(name)
        layer.register_forward_hook(lambda _, __, out, name=name: seen[name].add(BATCH_NORMS[out.dim()]))
    run(twin, x, name="x")
    for name, kinds in seen.items():
        if len(kinds) != 1:
            raise InputError(
                say("model: expected every BatchNorm to be called once at least and with one number of dimensions, but "
                    "{name} is not", name=name or "model")
            )
    return {name: kinds.pop() for name, kinds in seen.items()}
