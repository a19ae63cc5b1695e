"""Test-time averaging: the answer to a picture is the mean of the answers to several views of it.

    p = (1/V) Σ_v softmax(z(view_v(x)))

    views   the picture;  flip: mirrored as well;  shift: moved by a pixel up, down, left, right as well;
            shift+flip: all ten

What training pictures were changed by may be averaged over: mirrored digits are none. It takes V times the work.

Source: Krizhevsky, Sutskever & Hinton 2012, "ImageNet Classification with Deep Convolutional Neural Networks", section
4.1: five crops and their mirror images, their softmaxes averaged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from wengu.core.batches import Batch, call
from wengu.core.checks import one_of

Views = Literal["none", "flip", "shift", "shift+flip"]
VIEWS = ("none", "flip", "shift", "shift+flip")
MOVES = ((-1, 0), (1, 0), (0, -1), (0, 1))


@dataclass(frozen=True)
class AverageOverViews:
    """A `predict`: (model, batch, outputs) -> the likeliest class of each picture, and its probabilities (m, C).

    `outputs` are the scores of the pictures as they are. Raises InputError for views that are unknown.

    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(2, 2, bias=False))
    >>> nn.init.eye_(model[1].weight).requires_grad_(False).shape
    torch.Size([2, 2])
    >>> x = torch.tensor([[[[3.0, 0.0]]]])
    >>> AverageOverViews("flip")(model, (x, None), model(x))["p"]  # a picture and its mirror image cancel out
    tensor([[0.5000, 0.5000]])
    """

    views: Views = "flip"

    def __post_init__(self) -> None:
        one_of("tta", self.views, VIEWS)

    def __call__(self, model: nn.Module, batch: Batch, outputs: Tensor) -> dict[str, Any]:
        every = [torch.softmax(outputs.float(), dim=1)]
        every += [torch.softmax(call(model, view(batch[0])).float(), dim=1) for view in self._others()]
        p = torch.stack(every).mean(0)
        return {"predicted": p.argmax(dim=1), "p": p}

    def _others(self) -> Iterator[Callable[[Tensor], Tensor]]:
        """The views beside the picture itself."""
        moves = [lambda x, by=by: moved(x, *by) for by in MOVES] if "shift" in self.views else []
        yield from moves
        if "flip" in self.views:
            yield lambda x: x.flip(3)
            for move in moves:
                yield lambda x, move=move: move(x).flip(3)  # type: ignore[misc]


def moved(x: Tensor, rows: int, columns: int) -> Tensor:
    """All pictures moved alike, the edge coming in from outside as it is.

    >>> moved(torch.tensor([[[[1, 2, 3]]]]), 0, 1)
    tensor([[[[2, 3, 3]]]])
    """
    height, width = x.shape[2:]
    index = ((torch.arange(n, device=x.device) + by).clamp(0, n - 1) for n, by in ((height, rows), (width, columns)))
    for dim, at in zip((2, 3), index, strict=True):
        x = x.index_select(dim, at)
    return x
