"""Class activation maps: which places of the picture spoke for a class, without any training.

    z_c = b_c + Σ_k w_k^c · (1/Z) Σ_xy f_k(x, y)         a network that averages its last maps f_k over Z places
    M_c(x, y) = Σ_k w_k^c f_k(x, y)                      CAM:   z_c = b_c + the mean of M_c over the places
    M_c(x, y) = f_c(x, y)                                the same, where the averages are the scores: w is 1, b is 0

    α_k^c = (1/Z) Σ_xy ∂z_c/∂A_k(x, y)                   Grad-CAM: any network, A_k the maps of a layer
    L_c(x, y) = ReLU( Σ_k α_k^c A_k(x, y) )

Of a network that averages, α_k^c = w_k^c / Z with A = f: there Grad-CAM is ReLU(M_c) / Z. What is behind the maps of
another network, such as fully connected layers, Grad-CAM takes by its slope alone, so the map is a hint and no sum.
Sources: Zhou et al. 2016, arXiv:1512.04150, equations 1 and 2 (the paper's F_k is a sum over places, without 1/Z);
Selvaraju et al. 2017, arXiv:1610.02391, equations 1 and 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.layers.shapes import POOLS
from wengu.vision.interpret.passes import (
    Classes,
    LayerOutput,
    classes_in,
    in_evaluation,
    name_of,
    named,
    network_in,
    passed,
    scores_of,
)


@torch.no_grad()
def class_activation_map(model: Any, x: Tensor, classes: Classes = None) -> Tensor:
    """M_c (m, h, w) of each picture, as large as the maps that the network averages.

    model     a network, or a loaded run, that averages over the places, with one linear layer behind that or none
    x         pictures (m, channels, height, width), as the network takes them
    classes   c, one for all or one for each picture; by default the likeliest

    That the linear layer takes the average of the maps, or the scores are it, is checked by their values. Raises
    InputError where they are anything else.

    >>> from wengu.vision.convnets import ResNet20
    >>> class_activation_map(ResNet20(channels=1), torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 7, 7])
    """
    net = network_in(model)
    outputs, scores = passed(net, x)
    linear = next((one for one in outputs if isinstance(one.layer, nn.Linear) and one.given is scores), None)
    taken = None if linear is None else linear.taken
    averages = scores if taken is None else taken
    f = _averaged(outputs, averages)
    if f is None and _has_one_place(outputs, averages):
        raise InputError(say("x: the last maps of {network} have one place each for pictures of {size}, so no place "
                             "can be told from another; take larger pictures", network=name_of(net),
                             size=" × ".join(map(str, x.shape[2:]))))
    if f is None:
        raise InputError(say("model: expected a network that averages its last maps over the places, with one linear "
                             "layer behind that or none, which {network} does not; take grad_cam or occlusion_map",
                             network=name_of(net)))
    c = classes_in(classes, scores)
    if linear is None or taken is None:
        return f[torch.arange(len(c)), c]
    w = linear.layer.get_parameter("weight")[c]  # (m, K)
    return torch.einsum("mk,mkxy->mxy", w, f)


def grad_cam(model: Any, x: Tensor, classes: Classes = None, *, layer: str | None = None) -> Tensor:
    """L_c (m, h, w) of each picture, as large as the maps of the layer.

    model     a network, or a loaded run
    x         pictures (m, channels, height, width), as the network takes them
    classes   c, one for all or one for each picture; by default the likeliest
    layer     whose maps, by its name; by default the last that gives maps of several places, pools left out

    Raises InputError where no layer gives such maps.

    >>> from wengu.vision.convnets import LeNet5
    >>> grad_cam(LeNet5(), torch.zeros(2, 1, 28, 28), 7).shape
    torch.Size([2, 10, 10])
    """
    net = network_in(model)
    outputs, scores = passed(net, x)
    at = _last_maps(outputs) if layer is None else named(outputs, layer)
    if at is None or at.given.dim() != 4:
        raise InputError(say("layer: expected one that gives maps (m, filters, height, width); {network} has none "
                             "there", network=layer or name_of(net)))
    maps, z = _from_maps_on(net, x, at)
    slopes, = torch.autograd.grad(z.gather(1, classes_in(classes, scores)[:, None]).sum(), maps)
    alpha = slopes.mean((2, 3))  # (m, K)
    return torch.einsum("mk,mkxy->mxy", alpha, maps.detach()).relu()


def _averaged(outputs: Sequence[LayerOutput], a: Tensor) -> Tensor | None:
    """The maps (m, K, h, w) whose averages are a (m, K): the largest, for averages of averages are some, too."""
    maps = [one.given for one in outputs if one.has_places and one.given.shape[:2] == a.shape]
    tolerance = 1e-2 if a.dtype in (torch.float16, torch.bfloat16) else 1e-5
    scale = tolerance * float(a.abs().max())
    fitting = [f for f in maps if torch.allclose(f.mean((2, 3)), a, rtol=tolerance, atol=scale)]
    return max(reversed(fitting), key=lambda f: f[0, 0].numel(), default=None)


def _has_one_place(outputs: Sequence[LayerOutput], a: Tensor) -> bool:
    """Whether a (m, K) is maps of one place, and no layer gives K larger ones."""
    maps = [one.given for one in outputs if one.given.dim() == 4 and one.given.shape[:2] == a.shape]
    return bool(maps) and all(f.shape[2] * f.shape[3] == 1 for f in maps)


def _last_maps(outputs: Sequence[LayerOutput]) -> LayerOutput | None:
    """A pool only makes maps smaller; what a sequence that ends in one gives is the pool's, too."""
    pooled = {id(one.given) for one in outputs if isinstance(one.layer, POOLS)}
    return next((one for one in reversed(outputs) if one.has_places and id(one.given) not in pooled), None)


def _from_maps_on(net: nn.Module, x: Tensor, at: LayerOutput) -> tuple[Tensor, Tensor]:
    """The maps, where a gradient can arrive, and the scores: what is before them keeps nothing for a way back."""
    held: list[Tensor] = []
    calls = 0

    def hook(module: nn.Module, args: Any, output: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        if calls != at.call + 1:
            return output
        held.append(output.detach().requires_grad_())
        return held[0].clone()  # for an activation that writes into its input

    handle = at.layer.register_forward_hook(hook)
    try:
        with in_evaluation(net), torch.enable_grad():
            z = scores_of(net, x)
    finally:
        handle.remove()
    return held[0], z
