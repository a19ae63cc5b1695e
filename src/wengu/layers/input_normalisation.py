"""Input normalisation: every input channel or feature less its mean, over its standard deviation.        [notes 15.9]

    x <- (x - μ) / σ,      μ, σ of the training set, used on every set

Source: Goodfellow, Bengio & Courville 2016, Deep Learning, 12.2.1. Where the notes divide by σ² and take it uncentred,
they are wrong: the mean goes first, and the divisor is σ. μ and σ are buffers of the model, so they are saved with the
weights and no set can be normalised by its own. Of bytes they come from whole numbers, exactly, a block at a time:

    μ = Σx / n,      σ² = (n Σx² - (Σx)²) / n²
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

BLOCK = 1 << 22  # numbers that are looked at together


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
        others = [d for d in range(train.dim()) if d != 1]
        if train.dtype == torch.uint8 and train.numel():
            rows = max(1, BLOCK * len(train) // train.numel())
            sums = torch.zeros(train.shape[1], 2, dtype=torch.int64)
            for block in torch.split(train, rows):
                x = block.double()  # whose sums are exact: whole numbers below 2^53
                sums += torch.stack([x.sum(others), x.square_().sum(others)], dim=1).long().cpu()
            return cls.of_sums(sums.tolist(), train.numel() // train.shape[1])
        layer = cls(train.shape[1], dtype=torch.float64 if train.dtype == torch.float64 else torch.float32)
        double = train.double()
        layer.mean.copy_(double.mean(dim=others))
        std = double.std(dim=others, correction=0)
        layer.std.copy_(torch.where(std > 0, std, 1.0))
        return layer

    @classmethod
    def of_sums(cls, sums: Sequence[Sequence[int]], n: int) -> InputNormalisation:
        """With μ and σ of n numbers a channel, by (Σx, Σx²) of each channel, whole numbers.

        >>> InputNormalisation.of_sums([(8, 34)], 2).std  # of 3 and 5
        tensor([1.])
        """
        layer = cls(len(sums))
        std = [((n * of_squares - of_x * of_x) / (n * n)) ** 0.5 for of_x, of_squares in sums]
        layer.mean.copy_(torch.tensor([of_x / n for of_x, _ in sums], dtype=torch.float64))
        layer.std.copy_(torch.tensor([s or 1.0 for s in std], dtype=torch.float64))
        return layer

    def forward(self, x: Tensor) -> Tensor:
        shape = (1, -1) + (1,) * (x.dim() - 2)
        mean, std = self.mean.view(shape), self.std.view(shape)
        z = x.to(mean.dtype)
        z = z - mean if z is x else z.sub_(mean)  # of large pictures each copy costs as much as the layer
        return z.div_(std).float()
