"""Losses: how far a prediction ŷ is from the truth y.            [notes: logistic and softmax regression, multi-task]

    binary       ŷ = sigmoid(z)    ℒ = -[y log ŷ + (1-y) log(1-ŷ)]
    softmax      ŷ = softmax(z)    ℒ = -Σ_j y_j log ŷ_j
    multi-task   ŷ = sigmoid(z)    ℒ = -Σ_j [y_j log ŷ_j + (1-y_j) log(1-ŷ_j)], over the labels j that are known
    cost                           J = (1/m) Σ_i ℒ^(i),       ∂J/∂z = (ŷ - y) / m  for all three
    label smoothing                y <- (1-ε) y + ε/C         class weights     ℒ = -Σ_j w_j y_j log ŷ_j

The functions `.._by_hand` take the probabilities ŷ and are these formulas. They end in log 0 once a wrong ŷ has rounded
to 0 or 1. The others take the scores z before sigmoid or softmax ("logits"), where logarithm and exponential cancel:

    binary       ℒ = max(z, 0) - y z + log(1 + e^-|z|)        softmax      ℒ = log Σ_k e^(z_k - max z) - (z_y - max z)

so that ℒ is finite for every z whose ℒ the type can hold, and right to the last digit of the largest |z|. These call
torch's kernels.

Source: Bishop 2006, "Pattern Recognition and Machine Learning", equations 4.90 (binary) and 4.108 (softmax), 4.91 and
4.109 (their gradients); Bishop's cost is the sum, the notes' the mean. Label smoothing: Szegedy et al. 2016,
arXiv:1512.00567, section 7.

reduction: "mean" is J; "sum" is m J; "none" gives ℒ of each example. A target that is not a label is refused on a CPU;
elsewhere looking would make every step wait for the device. A probability as target (soft label) is welcome.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from wengu.core.checks import InputError, fraction, one_of
from wengu.core.i18n import say

Reduction = Literal["mean", "sum", "none"]


def binary_cross_entropy_by_hand(y_hat: Tensor, y: Tensor, *, reduction: Reduction = "mean") -> Tensor:
    """-[y log ŷ + (1-y) log(1-ŷ)] of probabilities ŷ; both of one shape.

    >>> binary_cross_entropy_by_hand(torch.tensor([0.5, 0.9]), torch.tensor([1, 1]), reduction="none")
    tensor([0.6931, 0.1054])
    """
    losses = -(y * torch.log(y_hat) + (1 - y) * torch.log(1 - y_hat))
    return _reduced(losses, reduction)


def binary_cross_entropy(z: Tensor, y: Tensor, *, reduction: Reduction = "mean") -> Tensor:
    """The loss of logistic regression, from scores z; y of the same shape, each 0 or 1 or between.

    >>> binary_cross_entropy(torch.tensor([0.0, -1e4]), torch.tensor([1, 1]), reduction="none")
    tensor([6.9315e-01, 1.0000e+04])
    """
    _expect_shape(y, z.shape)
    _expect_range(y, 0, 1)
    return F.binary_cross_entropy_with_logits(z, y.to(z.dtype), reduction=_known(reduction))


def cross_entropy_by_hand(y_hat: Tensor, y: Tensor, *, reduction: Reduction = "mean") -> Tensor:
    """-Σ_j y_j log ŷ_j of probabilities ŷ (..., C); y holds a class number (...) or a distribution (..., C).

    >>> cross_entropy_by_hand(torch.tensor([[0.5, 0.25, 0.25]]), torch.tensor([1]))
    tensor(1.3863)
    """
    if y.shape != y_hat.shape:
        y = F.one_hot(y, y_hat.shape[-1])  # (..., C)
    losses = -(y * torch.log(y_hat)).sum(-1)
    return _reduced(losses, reduction)


def label_smoothing_by_hand(y: Tensor, epsilon: float) -> Tensor:
    """(1-ε) y + ε/C of a distribution y (..., C): with chance ε the label is any of the C classes.

    >>> label_smoothing_by_hand(torch.tensor([0.0, 1.0, 0.0, 0.0]), 0.1)
    tensor([0.0250, 0.9250, 0.0250, 0.0250])
    """
    return (1 - epsilon) * y + epsilon / y.shape[-1]


def cross_entropy(
    z: Tensor, y: Tensor, *, weight: Tensor | None = None, label_smoothing: float = 0.0, reduction: Reduction = "mean"
) -> Tensor:
    """The loss of softmax regression, from scores z (..., C), classes last; y as above, a distribution in floats.

    label_smoothing is ε, and weight (C,) how much each class counts. "mean" divides by the number of examples, so that
    one example's gradient does not depend on the classes of the others; torch divides by the sum of their weights.

    >>> z = torch.tensor([[0.0, 0.0, 0.0], [1e4, 0.0, 0.0]])
    >>> cross_entropy(z, torch.tensor([2, 1]), reduction="none")  # log 3, and 1e4 too low
    tensor([1.0986e+00, 1.0000e+04])
    """
    classes = z.shape[-1]
    fraction("label_smoothing", label_smoothing)
    if weight is not None:
        _expect_shape(weight, z.shape[-1:], name="weight")
        weight = weight.to(z)
    if y.is_floating_point():
        _expect_shape(y, z.shape)
        _expect_range(y, 0, 1)
        y = y.to(z.dtype).reshape(-1, classes)
    else:
        _expect_shape(y, z.shape[:-1])
        _expect_range(y, 0, classes - 1)
        y = y.long().reshape(-1)
    if weight is not None:
        losses = F.cross_entropy(z.reshape(-1, classes), y, weight, reduction="none", label_smoothing=label_smoothing)
        return _reduced(losses.reshape(z.shape[:-1]), reduction)
    losses = F.cross_entropy(z.reshape(-1, classes), y, reduction=_known(reduction), label_smoothing=label_smoothing)
    return losses.reshape(z.shape[:-1]) if reduction == "none" else losses


def multi_task_cross_entropy(
    z: Tensor, y: Tensor, *, known: Tensor | None = None, reduction: Reduction = "mean"
) -> Tensor:
    """The binary loss summed over the known labels of an example, from scores z (m, C), one for each task.

    y: (m, C), each 0, 1, between, or NaN where nobody has labelled it; or any value there, and `known` (m, C) False.
    A missing label adds nothing to the loss, and its z gets gradient 0. "mean" divides by m, the number of all
    examples, labelled or not: so one example's gradient does not depend on what is missing in the others, and a task
    weighs in proportion to the labels it has. The notes' hint to have about as many of each is a hint about this.

    >>> z, y = torch.zeros(2, 3), torch.tensor([[1, 0, torch.nan], [torch.nan, torch.nan, 1]])
    >>> multi_task_cross_entropy(z, y, reduction="none")  # log 2 for each known label
    tensor([1.3863, 0.6931])
    """
    _expect_shape(y, z.shape)
    missing = torch.isnan(y)
    if known is not None:
        _expect_shape(known, z.shape, name="known")
        missing |= ~known.bool()
    y = y.to(z.dtype).masked_fill(missing, 0)
    _expect_range(y, 0, 1)
    z = z.masked_fill(missing, 0)  # a score that is not finite must not reach the sum as 0 · ∞
    losses = F.binary_cross_entropy_with_logits(z, y, weight=(~missing).to(z.dtype), reduction="none")  # (m, C)
    return _reduced(losses.sum(-1), reduction)


def _reduced(losses: Tensor, reduction: Reduction) -> Tensor:
    """J, m J, or ℒ as it is."""
    if _known(reduction) == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()


def _known(reduction: Reduction) -> Reduction:
    one_of("reduction", reduction, ("mean", "sum", "none"))
    return reduction


def _expect_shape(y: Tensor, shape: torch.Size, *, name: str = "y") -> None:
    if y.shape != shape:
        raise InputError(
            say("{name}: expected shape {expected} to go with the scores z, got {got}",
                name=name, expected=tuple(shape), got=tuple(y.shape))
        )


def _expect_range(y: Tensor, low: int, high: int) -> None:
    """Every target in [low, high], none NaN: 4 µs for a batch of 64. Left out where it would stall or not compile."""
    if not y.is_cpu or y.numel() == 0 or torch.compiler.is_compiling():
        return
    least, most = (end.item() for end in y.aminmax())
    if not (low <= least and most <= high):
        raise InputError(
            say("y: expected targets from {low} to {high}, got {least} to {most}; renumber the classes from 0, or give "
                "missing labels to multi_task_cross_entropy", low=low, high=high, least=least, most=most)
        )
