"""Fixing a model whose activations or gradients vanish or explode: three remedies, each on a copy.         [notes 2.5]

    weights         each layer in turn on a batch:  W a random orthogonal matrix,  b = 0,  then with z = W a
                    W <- W · s / √mean((z - μ)²),  b <- -μ · s / √mean((z - μ)²):  z has the spread s
                    μ = mean of z over the batch, unit by unit, before sigmoid and tanh, 0 elsewhere
                    s = ½ before tanh, else 1
    normalisation   batch normalisation after each layer but the last; layer normalisation where z is (m, T, n)
    activation      ReLU in place of sigmoid and tanh between the layers, then weights as above

Why biases: sigmoid's outputs have mean ½, which the next layer passes on as a constant that outweighs the differences
between examples; b cancels it. As sigmoid(z) = (1 + tanh(z/2)) / 2, s = 1 before sigmoid is s = ½ before tanh.

Source: Mishkin & Matas 2016, "All you need is a good init", arXiv:1511.06422, algorithm 1, for W, and Salimans
& Kingma 2016, arXiv:1602.07868, section 3, for the bias. Ioffe & Szegedy 2015 and Glorot, Bordes & Bengio 2011 for
normalisation and ReLU.
"""

from __future__ import annotations

import copy
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn

from wengu.core.checks import InputError, one_of
from wengu.core.i18n import say
from wengu.graph.call import tensors_in
from wengu.layers.batch_norm import BatchNorm
from wengu.layers.initialization import draw
from wengu.layers.layer_norm import LayerNorm
from wengu.layers.probe import LayerCall, calls_in, is_linear, parameters_of, run, units_dim, watching

RemedyName = Literal["weights", "normalisation", "activation"]
REMEDIES: tuple[RemedyName, ...] = get_args(RemedyName)
SPREAD = {"sigmoid": 1.0, "expit": 1.0, "tanh": 0.5}  # before the S-shaped activations, where z is centred too


def fixed(model: nn.Module, x: Any, remedy: RemedyName, *, generator: torch.Generator | None = None) -> nn.Module:
    """A copy of the model with the remedy applied; x is a batch as for `init_report`, better of 100 examples or more.

    Linear and convolutional layers are treated, others are left. Raises InputError where there is nothing to treat, for
    a lazy layer that has not seen its first batch, and for one example where the model normalises by batches.

    >>> x = torch.randn(256, 20, generator=torch.Generator().manual_seed(0))
    >>> deep = nn.Sequential(*(layer for _ in range(30) for layer in (nn.Linear(20, 20), nn.Sigmoid())))
    >>> deep(x).std(0).max() < 1e-6, fixed(deep, x, "weights")(x).std(0).mean() > 0.1
    (tensor(True), tensor(True))
    """
    one_of("remedy", remedy, REMEDIES)
    twin = copy.deepcopy(model)
    if not any(map(is_linear, twin.modules())):
        raise InputError(say("model: expected at least one linear or convolutional layer, got none"))
    if remedy == "normalisation":
        _insert_normalisation(twin, x)
        return twin
    if remedy == "activation":
        _replace_activations(twin, x)
    _calibrate(twin, x, generator)
    return twin


def remedy_in_words(remedy: RemedyName) -> str:
    """What the remedy does, in the language spoken now."""
    match remedy:
        case "weights":
            return say("new weights and biases, fitted layer by layer to this batch: orthogonal, scaled, and centred "
                       "before sigmoid and tanh")
        case "normalisation":
            return say("normalisation after every layer but the last")
        case "activation":
            return say("ReLU in place of sigmoid and tanh, with new weights fitted to this batch")


@torch.no_grad()
def _calibrate(model: nn.Module, x: Any, generator: torch.Generator | None) -> None:
    """Remedy "weights", in place and in one pass: each layer is set when the pass reaches it."""
    after = {call.layer: call.activation for call in reversed(calls_in(model, x))}
    done: set[nn.Module] = set()

    def on_layer(call: LayerCall, inputs: Any, z: Tensor) -> Tensor | None:
        layer = call.layer
        if not is_linear(layer) or layer in done:
            return None
        done.add(layer)
        draw(layer, lambda shape: nn.init.orthogonal_(torch.empty(*shape), generator=generator))
        (weight, bias), (args, kwargs) = parameters_of(layer), inputs
        z = layer.forward(*args, **kwargs).movedim(units_dim(layer), -1).flatten(0, -2)  # (values, units)
        mu = z.mean(0) if bias is not None and after[layer] in SPREAD else torch.zeros_like(z[0])
        spread = (z - mu).square().mean().sqrt()
        if spread > 0:
            scale = SPREAD.get(after[layer], 1.0) / spread
            weight.mul_(scale)
            if bias is not None:
                bias.copy_(-mu * scale)
        return layer.forward(*args, **kwargs)  # type: ignore[no-any-return]

    with watching(model, on_layer=on_layer):
        run(model, x, name="x")


def _insert_normalisation(model: nn.Module, x: Any) -> None:
    calls = [call for call in calls_in(model, x) if is_linear(call.layer)]
    for call in {call.name: call for call in calls[:-1] if call.layer is not calls[-1].layer}.values():
        dim = units_dim(call.layer)
        units = call.shape[dim]
        norm = LayerNorm(units) if dim == -1 and len(call.shape) > 2 else BatchNorm(units)
        model.set_submodule(call.name, nn.Sequential(call.layer, norm.to(parameters_of(call.layer)[0])))


def _replace_activations(model: nn.Module, x: Any) -> None:
    """All of them, except one that makes the model's output, which is a probability or similar."""
    made: dict[str, Tensor] = {}
    found = {name: module for name, module in model.named_modules() if isinstance(module, nn.Sigmoid | nn.Tanh)}
    twin = copy.deepcopy(model).eval()
    for name in found:
        twin.get_submodule(name).register_forward_hook(lambda _, __, a, name=name: made.__setitem__(name, a))
    with torch.no_grad():
        outputs = tensors_in(run(twin, x))
    inner = [name for name in found if not any(made.get(name) is out for out in outputs)]
    if not inner:
        raise InputError(say("model: expected nn.Sigmoid or nn.Tanh between its layers, got none"))
    for name in inner:
        model.set_submodule(name, nn.ReLU())
