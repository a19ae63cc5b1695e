"""Initial weights: how large the first W may be.                                                    [notes 3.2 to 3.5]

    small      W = randn · 0.01                                                                         [notes 3.2]
    scaled     W = randn · √(1 / n_in)                           n_in = n^[l-1], the inputs of one sum  [notes 3.3]
    He         W = randn · √(2 / n_in)                           for ReLU                               [notes 3.4]
    Xavier     W = randn · √(1 / n_in)  or  √(2 / (n_in + n_out))    for tanh                           [notes 3.5]
    by gain    W = randn · gain(g) / √n_in,   gain(g) = 1 / √E[g(z)²],  z ~ N(0, 1)         for any activation g

Why small: under large weights a sigmoid saturates, its derivative is nearly 0. Why scaled: z is a sum of n_in terms, so
its variance is n_in · Var(W) · E[a²]. The gain is the factor that keeps the mean square of z from layer to layer:
√2 for ReLU, which is He; 1 for g(z) = z; 1.59 for tanh, where Xavier takes 1, which is right where z is small. b is 0.

Source: Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks", equation 12
for n_in + n_out (equation 16 is the same variance, drawn uniformly); He et al. 2015, arXiv:1502.01852, equation 10; the
gain is that of the same page for any g. torch.nn.init.calculate_gain is the same for linear, ReLU and leaky ReLU, but
has 5/3 for tanh and 1 for sigmoid, by custom. `init_variance` of Linear and Conv2d is n_in · Var(W): 2 is He, 1 scaled.
Shapes: W (n_out, n_in) of a linear layer, (filters, channels, *size) of a convolution: n_in = channels · Π size, with
the channels of one group.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from wengu.core.checks import InputError, known_shapes, one_of
from wengu.core.i18n import say
from wengu.functions.activations import ACTIVATIONS
from wengu.layers.probe import TRANSPOSED, calls_in, is_linear, parameters_of

Activation = str | Callable[[Tensor], Tensor]


def small_random(shape: Sequence[int], *, generator: torch.Generator | None = None) -> Tensor:
    """randn · 0.01.

    Large weights saturate a sigmoid: here is the mean of its derivative, which is 0.25 at most, behind 100 inputs.

    >>> from wengu.functions import d_sigmoid
    >>> seed, x = torch.Generator().manual_seed(0), torch.ones(100)
    >>> W = small_random((1000, 100), generator=seed)
    >>> [round(d_sigmoid(times * W @ x).mean().item(), 2) for times in (1, 100, 1000)]
    [0.25, 0.04, 0.0]
    """
    return torch.randn(*shape, generator=generator) * 0.01


def scaled(shape: Sequence[int], *, generator: torch.Generator | None = None) -> Tensor:
    """randn · √(1 / n_in).

    >>> scaled((50, 400), generator=torch.Generator().manual_seed(0)).std()
    tensor(0.0502)
    """
    return by_variance(shape, 1, generator=generator)


def he(shape: Sequence[int], *, generator: torch.Generator | None = None) -> Tensor:
    """randn · √(2 / n_in).

    >>> he((64, 50, 2, 2), generator=torch.Generator().manual_seed(0)).std()
    tensor(0.1005)
    """
    return by_variance(shape, 2, generator=generator)


def by_variance(shape: Sequence[int], init_variance: float, *, generator: torch.Generator | None = None) -> Tensor:
    """randn · √(init_variance / n_in).

    >>> by_variance((50, 400), 4.0, generator=torch.Generator().manual_seed(0)).std()
    tensor(0.1005)
    """
    return torch.randn(*shape, generator=generator) * math.sqrt(init_variance / fans(shape)[0])


def xavier(shape: Sequence[int], *, average: bool = False, generator: torch.Generator | None = None) -> Tensor:
    """randn · √(1 / n_in), or with `average` √(2 / (n_in + n_out)), which weighs the way back as much.

    >>> xavier((300, 500), average=True, generator=torch.Generator().manual_seed(0)).std()
    tensor(0.0500)
    """
    n_in, n_out = fans(shape)
    return torch.randn(*shape, generator=generator) * math.sqrt(2 / (n_in + n_out) if average else 1 / n_in)


def by_gain(shape: Sequence[int], activation: Activation, *, generator: torch.Generator | None = None) -> Tensor:
    """randn · gain(g) / √n_in.

    >>> by_gain((50, 400), "sigmoid", generator=torch.Generator().manual_seed(0)).std()
    tensor(0.0927)
    """
    return torch.randn(*shape, generator=generator) * gain(activation) / math.sqrt(fans(shape)[0])


def fans(shape: Sequence[int]) -> tuple[int, int]:
    """n_in and n_out: the terms of one sum, and the sums that one input enters, of a weight of this shape.

    >>> fans((120, 400)), fans((16, 6, 5, 5))
    ((400, 120), (150, 400))
    """
    if len(shape) < 2 or min(shape) < 1:
        raise InputError(
            say("shape: expected that of a weight, (n_out, n_in) or (filters, channels, height, width), got {got}",
                got=tuple(shape))
        )
    places = math.prod(shape[2:])
    return shape[1] * places, shape[0] * places


def gain(activation: Activation) -> float:
    """1 / √E[g(z)²], z ~ N(0, 1), for any elementwise g: a function, a module or a name.

    The integral is taken by Gauss and Legendre's rule on panels of width 1: to about 13 digits where g is smooth or
    bends at whole numbers, as ReLU and its kin do, to about 5 where it bends or jumps elsewhere; and to the 7 digits of
    float32 where g, such as nn.PReLU, takes no float64.

    >>> [round(gain(name), 4) for name in ("relu", "leaky_relu", "tanh", "sigmoid")]
    [1.4142, 1.4141, 1.5925, 1.8462]
    >>> round(gain(torch.nn.GELU()), 4)
    1.5335
    """
    g = ACTIVATIONS[one_of("activation", activation, ACTIVATIONS)] if isinstance(activation, str) else activation
    nodes, weights = np.polynomial.legendre.leggauss(24)
    z = (np.arange(-16, 16)[:, None] + (nodes + 1) / 2).ravel()  # N(0, 1) leaves 1e-57 beyond 16
    density = np.tile(weights / 2, 32) * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    with torch.no_grad():
        try:
            a = g(torch.from_numpy(z)).double().numpy()
        except RuntimeError:  # it has weights of its own, in float32
            a = g(torch.from_numpy(z).float()).double().numpy()
    mean_square = float(density @ a**2)
    if not 0 < mean_square < math.inf:
        raise InputError(
            say("activation: expected one with a mean square above 0 and finite over N(0, 1), got {got}",
                got=mean_square)
        )
    return 1 / math.sqrt(mean_square)


RULES: dict[str, Callable[..., Tensor]] = {
    "small": small_random,
    "scaled": scaled,
    "he": he,
    "xavier": xavier,
    "xavier average": partial(xavier, average=True),
    "gain": by_gain,
}


def initialise(
    model: nn.Module,
    rule: str,
    *,
    activation: Activation | None = None,
    batch: Any = None,
    generator: torch.Generator | None = None,
) -> dict[str, float]:
    """Redraw the weights of every linear and convolutional layer by the rule, and set the biases to 0.

    Returns the standard deviation drawn, by the name of the layer; a layer that is not in it was left as it was.
    rule: small, scaled, he, xavier, xavier average or gain. "gain" needs the activation that follows each layer. Give
    it, or give `batch`, an input of the model (a tuple of arguments, or a dict of them): a copy of the model is run on
    it to see which activation each layer's output enters first, called as a module or as a function; where there is
    none, g(z) = z. An activation that is written out in other operations is not seen.

    >>> model = nn.Sequential(nn.Linear(500, 80), nn.Sigmoid(), nn.Linear(80, 20))
    >>> seed = torch.Generator().manual_seed(0)
    >>> drawn = initialise(model, "gain", batch=torch.zeros(1, 500), generator=seed)
    >>> {name: round(std, 2) for name, std in drawn.items()}
    {'0': 0.08, '2': 0.11}
    """
    one_of("rule", rule, RULES)
    known_shapes(model)
    layers = {layer: name for name, layer in model.named_modules() if is_linear(layer)}
    if not layers:
        raise InputError(say("model: expected at least one linear or convolutional layer, got none"))
    seen: dict[nn.Module, Activation | None] = dict.fromkeys(layers, activation)
    if rule == "gain" and activation is None:
        if batch is None:
            raise InputError(
                say("rule: 'gain' needs to know the activation; give activation=, or batch= to see each layer's own")
            )
        seen |= {call.layer: call.g for call in reversed(calls_in(model, batch))}
    drawn: dict[str, float] = {}
    weights: set[int] = set()
    for layer, name in layers.items():
        if id(layer.weight) in weights:  # tied: it is drawn once, by the first of its layers
            continue
        weights.add(id(layer.weight))
        extra = {"activation": seen[layer] or (lambda z: z)} if rule == "gain" else {}
        drawn[name] = draw(layer, partial(RULES[rule], **extra, generator=generator)).std(correction=0).item()
    return drawn


@torch.no_grad()
def draw(layer: nn.Module, rule: Callable[[Sequence[int]], Tensor]) -> Tensor:
    """The layer's W, set to rule(shape), and b, set to 0; a transposed convolution counts as at stride 1."""
    weight, bias = parameters_of(layer)
    shape = list(weight.shape)
    if isinstance(layer, TRANSPOSED):  # held as (channels, filters / groups, *size)
        shape[:2] = shape[1] * layer.groups, shape[0] // layer.groups
    weight.copy_(rule(shape).reshape(weight.shape))
    if bias is not None:
        bias.zero_()
    return weight
