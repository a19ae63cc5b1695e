"""Whether ours did what the peer did: took the same steps of a training, gave each picture the same probabilities.

A check is worth something where it fails for another picture, another learning rate, other pixels, a step too few:
tests/benchmarks/test_agreement.py holds that. Both sides begin with the same weights, so what differs is rounding.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from wengu.training.precision import Precision

# In parts of the spread between pictures. Rounding to bfloat16's 8 significant bits errs by up to 2⁻⁹ at every layer,
# and what tells pictures apart is a small part of the activations: on ResNet-18 a typical error is 2⁻⁴ of the spread,
# the largest of thousands four times that, and the limit twice as far again. float32 has 16 bits more, of which its
# sums of up to 4,608 products, each side's in an order of its own, take five.
NEAR: dict[Precision, float] = {"bf16": 2**-1, "fp32": 2**-12}

# Adam's first steps are nearly α · sign(g): of one length whatever the gradient, and where g is near 0 rounding turns
# the sign. Steps along unrelated gradients are 90° apart.
LENGTH, ANGLE, AVERAGES = 0.02, 45.0, 0.1


def same_probabilities(ours: NDArray[Any], theirs: NDArray[Any], precision: Precision) -> tuple[str, bool]:
    """Of m pictures (m, C): the largest difference of log p, in parts of its deviation from picture to picture."""
    a, b = np.log(ours), np.log(theirs)
    apart = float((np.abs(a - b).max(0) / b.std(0)).max())
    return f"log p at most {apart:.1g} of its spread apart", apart <= NEAR[precision]


def same_steps(start: nn.Module, ours: nn.Module, theirs: nn.Module) -> tuple[str, bool]:
    """Of three networks alike, before the training and after each: what the weights moved by, and what was averaged.

    A wrong learning rate and a missing step change the length, other labels or another cost the direction, other pixels
    what the first batch norm, which stands behind the first convolution, has seen.
    """
    moved, peers = (_flat(net.parameters()) - _flat(start.parameters()) for net in (ours, theirs))
    length = float(abs(moved.norm() / peers.norm() - 1))
    angle = float(torch.rad2deg(torch.arccos(torch.cosine_similarity(moved, peers, 0).clamp(-1, 1))))
    before, seen, peers = (_averages(net) for net in (start, ours, theirs))
    averages = float((seen - peers).norm() / (peers - before).norm())
    return (f"steps {length:.1%} and {angle:.0f}° apart, averages {averages:.1%}",
            length <= LENGTH and angle <= ANGLE and averages <= AVERAGES)


def settle(usual: Any, x: Tensor) -> None:
    """Give a new network averages of these pictures, and scores that differ from picture to picture by about 1."""
    norms = [module for module in usual.modules() if isinstance(module, nn.BatchNorm2d)]
    with torch.no_grad():
        for norm in norms:
            norm.momentum = 1.0
        usual.train()(x)
        z = usual.eval()(x)
        usual.fc.weight.div_(z.std(0)[:, None])
        usual.fc.bias.zero_().sub_(usual(x).mean(0))


def _averages(net: nn.Module) -> Tensor:
    """The running mean and variance of the first batch norm."""
    norm = next(module for module in net.modules() if hasattr(module, "running_mean"))
    return _flat((norm.get_buffer("running_mean"), norm.get_buffer("running_var")))


def _flat(tensors: Any) -> Tensor:
    return torch.cat([one.detach().double().flatten() for one in tensors])
