"""A small network for handwritten digits, how it is trained, and what may come between."""

import signal

import torch
from torch import Tensor, nn

from wengu.core.batches import Batch
from wengu.practice import ErrorRate

Pair = tuple[Tensor, Tensor]


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 10))


def likeliest(model: nn.Module, batch: Batch, outputs: Tensor) -> Tensor:
    return outputs.argmax(1)


ARGUMENTS = {"loss_fn": nn.functional.cross_entropy, "judge": (likeliest, ErrorRate()), "lr": 3e-3}


def weights(model: nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def noisy(batch: Batch) -> Batch:
    return batch[0] + 0.1 * torch.randn_like(batch[0]), batch[1]


class PressesAt:
    """An augmentation that changes nothing and presses Ctrl-C at its n-th batch."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __call__(self, batch: Batch) -> Batch:
        self.n -= 1
        if self.n == 0:
            signal.raise_signal(signal.SIGINT)
        return batch
