"""Input normalisation: every input channel or feature less its mean, over its standard deviation.        [notes 15.9]

    x <- (x - μ) / σ,      μ, σ of the training set, used on every set

Source: Goodfellow, Bengio & Courville 2016, Deep Learning, 12.2.1. Where the notes divide by σ² and take it uncentred,
they slip: the mean goes first, and the divisor is σ. μ and σ are buffers of the model, so they are saved with the
weights and no set can be normalised by its own.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class InputNormalisation(nn.Module):
    """Normalises dimension 1 of x (m, channels, ...), of any number type, to float32.

    A channel that is constant in the training set (σ = 0) is only centred. With `dtype` float64 the subtraction is done
    in it: a column of dates in seconds has no digits left in float32.

    >>> x = torch.tensor([[0.0, 10.0], [2.0, 30.0]])
    >>> InputNormalisation.of(x)(x)
    tensor([[-1., -1.],
            [ 1.,  1.]])
    """

    mean: Tensor
    std: Tensor

    def __init__(self, channels: int, *, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels, dtype=dtype))
        self.register_buffer("std", torch.ones(channels, dtype=dtype))

    @classmethod
    def of(cls, train: Tensor) -> InputNormalisation:
        """With μ and σ of these training inputs, in float64 where they are."""
        layer = cls(train.shape[1], dtype=torch.float64 if train.dtype == torch.float64 else torch.float32)
        others = [d for d in range(train.dim()) if d != 1]
        double = train.double()
        layer.mean.copy_(double.mean(dim=others))
        std = double.std(dim=others, correction=0)
        layer.std.copy_(torch.where(std > 0, std, 1.0))
        return layer

    def forward(self, x: Tensor) -> Tensor:
        shape = (1, -1) + (1,) * (x.dim() - 2)
        normalised: Tensor = (x.to(self.mean.dtype) - self.mean.view(shape)) / self.std.view(shape)
        return normalised.float()
