"""Folding: batch norm becomes part of the layer before it, for prediction.                                [notes 2.20]

    γ (W * x + b - μ)/√(σ² + ε) + β  =  W' * x + b'          filter by filter, with the running μ and σ²

    W' = W γ/√(σ² + ε)          b' = β + (b - μ) γ/√(σ² + ε)

A batch norm at prediction is one multiplication and one sum a channel, and the layer before it can do both on its way:
the answers are the same but for rounding, and the picture goes through memory once less a layer. Source: Jacob et al.
2018, arXiv:1712.05877, section 3.2, for W' and b'; torch.nn.utils.fusion folds a pair that is given to it.

Which batch norm follows which layer is not written in a module. Of neighbours in an `nn.Sequential` it is known. Of all
others one pass is watched: a norm may be folded where it takes the one output of one call of the layer, and nothing
else takes that output.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from wengu.graph.call import tensors_in
from wengu.layers.batch_norm import BatchNorm
from wengu.layers.convolution_layers import Conv1d, Conv2d, Conv3d
from wengu.layers.linear import Linear
from wengu.layers.probe import run

CONVOLUTIONS = nn.Conv1d, nn.Conv2d, nn.Conv3d, Conv1d, Conv2d, Conv3d
NORMS = nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, BatchNorm
ASKS = frozenset(("__get__", "dim", "size", "numel", "stride", "is_contiguous", "is_floating_point"))
"""What a tensor is asked for beside its values: shape, dtype and the like."""


def fold_by_hand(
    weight: Tensor, bias: Tensor | None, mu: Tensor, variance: Tensor, gamma: Tensor | None, beta: Tensor | None, *,
    eps: float = 1e-5,
) -> tuple[Tensor, Tensor]:
    """W' and b' of the two lines above.

    weight      W (n_C', ..), filters first
    bias        b (n_C'), or None for zeros
    mu          μ (n_C'), running
    variance    σ² (n_C'), running
    gamma       γ (n_C'), or None for ones
    beta        β (n_C'), or None for zeros
    eps         ε

    >>> one = torch.ones(1)
    >>> fold_by_hand(torch.tensor([[3.0]]), one, 5 * one, 4 * one, 2 * one, 7 * one, eps=0)
    (tensor([[3.]]), tensor([3.]))
    """
    scale = (variance + eps).rsqrt() if gamma is None else gamma / (variance + eps).sqrt()
    b = -mu if bias is None else bias - mu
    return weight * scale.view(-1, *[1] * (weight.dim() - 1)), b * scale if beta is None else beta + b * scale


@torch.no_grad()
def folded(model: nn.Module, x: Any = None) -> nn.Module:
    """A copy for prediction, in evaluation mode, with its batch norms in the layers before them; the model stays.

    x: an input of the model (a tuple of arguments, or a dict of them), of any size that it takes. A copy is run on it
    in evaluation mode to see which norm takes what which layer gives. Without x only a convolution and the norm behind
    it in an `nn.Sequential` are folded. A norm that becomes part of another layer is an `nn.Identity` in the copy. What
    a network does otherwise for other values than those of x cannot be seen: give an x like what is to be predicted.

    Left as they are: norms without running statistics; layers that are called twice, that share a weight, that have
    hooks, or that are of a class of one's own.

    >>> net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
    >>> folded(net)
    Sequential(
      (0): Conv2d(3, 4, kernel_size=(3, 3), stride=(1, 1))
      (1): Identity()
      (2): ReLU()
    )
    """
    twin = copy.deepcopy(model).eval()
    pairs = list(_neighbours(twin) if x is None else _watched(twin, x))
    for layer_name, norm_name in pairs:
        _fold(twin.get_submodule(layer_name), twin.get_submodule(norm_name))
        parent, _, own = norm_name.rpartition(".")
        setattr(twin.get_submodule(parent), own, nn.Identity())
    return twin.eval()


def _fold(layer: Any, norm: Any) -> None:
    """In place, in float64, so that the rounding is that of the layer's own numbers alone."""
    b, gamma, beta = (None if t is None else t.double() for t in (layer.bias, norm.weight, norm.bias))
    weight, bias = fold_by_hand(layer.weight.double(), b, norm.running_mean.double(), norm.running_var.double(), gamma,
                                beta, eps=norm.eps)
    dtype = layer.weight.dtype
    layer.weight.copy_(weight.to(dtype))
    layer.bias = nn.Parameter(bias.to(dtype), requires_grad=layer.weight.requires_grad)


def _neighbours(model: nn.Module) -> Iterator[tuple[str, str]]:
    """A convolution and the norm right behind it in a plain `nn.Sequential`, by their names."""
    can, name_of = _candidates(model), {module: name for name, module in model.named_modules()}
    for sequence in model.modules():
        if isinstance(sequence, nn.Sequential) and type(sequence).forward is nn.Sequential.forward:
            for layer, norm in pairwise(sequence):
                pair = name_of[layer], name_of[norm]
                if can.get(pair[0]) in CONVOLUTIONS and can.get(pair[1]) in NORMS and _fits(layer, norm):
                    yield pair


def _watched(model: nn.Module, x: Any) -> Iterator[tuple[str, str]]:
    """A layer and the norm that alone takes its output, as one pass shows them, by their names."""
    can = _candidates(model)
    watch = _Watch({name: model.get_submodule(name) for name in can})
    try:
        with watch:
            kept = {id(t) for t in tensors_in(run(model, x, name="x"))}
    finally:
        watch.remove()
    takes = {id(z[0]): name for name, z in watch.taken.items() if len(z) == 1}
    for name, outputs in watch.given.items():
        norm = takes.get(id(outputs[0]), "")
        if len(outputs) == 1 and norm and id(outputs[0]) not in kept and _fits(model.get_submodule(name),
                                                                                model.get_submodule(norm)):
            places = 2 if can[name] in (nn.Linear, Linear) else None  # of (m, L, n) a norm takes L as the channels
            alone = watch.users(outputs[0]) == {norm} and all(
                watch.users(t) <= {owner} for owner in (name, norm) for t in _own(model.get_submodule(owner)))
            if alone and places in (None, outputs[0].dim()):
                yield name, norm


def _candidates(model: nn.Module) -> dict[str, type[nn.Module]]:
    """Layers and norms that nobody else shares, changes or listens to, by name."""
    places: dict[int, int] = {}  # how often a module, or a tensor, is in the model
    for module in (module for _, module in model.named_modules(remove_duplicate=False)):
        for one in (module, *_own(module)):
            places[id(one)] = places.get(id(one), 0) + 1
    return {
        name: type(module) for name, module in model.named_modules()
        if name and type(module) in (*CONVOLUTIONS, nn.Linear, Linear, *NORMS) and _is_plain(module)
        and all(places[id(one)] == 1 for one in (module, *_own(module)))
        and (type(module) not in NORMS or module.running_mean is not None)
    }  # fmt: skip


def _is_plain(module: nn.Module) -> bool:
    """With the forward of its class, and without hooks on it."""
    return "forward" not in vars(module) and not has_listeners(module)


def has_listeners(module: nn.Module) -> bool:
    """Whether there are forward hooks on it: torch says how many there are to who adds one.

    >>> has_listeners(nn.ReLU())
    False
    """
    handles = [module.register_forward_hook(_nothing), module.register_forward_pre_hook(_nothing)]
    listeners = sum(len(handle.hooks_dict_ref() or ()) for handle in handles) - len(handles)
    for handle in handles:
        handle.remove()
    return listeners > 0


def _nothing(*_: Any) -> None:
    """A hook that changes nothing."""


def _own(module: nn.Module) -> list[Tensor]:
    return [*module.parameters(recurse=False), *module.buffers(recurse=False)]


def _fits(layer: Any, norm: Any) -> bool:
    return bool(len(layer.weight) == norm.num_features)


class _Watch(TorchFunctionMode):
    """Outputs of layers, inputs of norms, and within which of them each of these tensors and weights was taken."""

    def __init__(self, modules: dict[str, nn.Module]) -> None:
        super().__init__()
        self.given: dict[str, list[Tensor]] = {}
        self.taken: dict[str, list[Tensor]] = {}
        self._users: dict[int, set[str]] = {id(t): set() for module in modules.values() for t in _own(module)}
        self._within = [""]
        self._handles: list[Any] = []
        for name, module in modules.items():
            self._handles.append(module.register_forward_pre_hook(self._before(name, isinstance(module, NORMS))))
            self._handles.append(module.register_forward_hook(self._after(name, isinstance(module, NORMS))))

    def _before(self, name: str, is_norm: bool) -> Any:
        def hook(module: nn.Module, args: Any) -> None:
            self._within.append(name)
            if is_norm:
                self.taken.setdefault(name, []).extend(args)

        return hook

    def _after(self, name: str, is_norm: bool) -> Any:
        def hook(module: nn.Module, args: Any, output: Any) -> None:
            self._within.pop()
            if not is_norm:
                self.given.setdefault(name, []).append(output)  # held, so that no other tensor takes its place
                self._users.setdefault(id(output), set())

        return hook

    def users(self, t: Tensor) -> set[str]:
        """The modules within which it was taken, "" for the code between them."""
        return self._users[id(t)]

    def remove(self) -> None:
        """Nothing is watched any more."""
        for handle in self._handles:
            handle.remove()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if getattr(func, "__name__", "") not in ASKS:
            for t in tensors_in((args, kwargs)):
                if id(t) in self._users:
                    self._users[id(t)].add(self._within[-1])
        return func(*args, **kwargs)
