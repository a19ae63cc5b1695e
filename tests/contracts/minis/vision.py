"""Miniatures of vision: boxes, points, and pairs that are mined in the mini-batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset, TensorDataset

from tests.contracts.minis.mini import Mini, Ratio
from wengu.core.batches import Batch, TreeDataset
from wengu.recipes.task import Split
from wengu.training import of_each, of_whole_batch

# ---------------------------------------------------------------------------------------------------------------- boxes


class Boxes(Mini):
    """Pictures with one or two bright squares of 2 × 2; a grid of 4 × 4 cells says where."""

    name = "mini-boxes"

    def net(self) -> nn.Module:
        return nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 2, stride=2))

    def rows(self, m: int, generator: torch.Generator) -> tuple[Dataset[Batch], list[Any]]:
        x, boxes = 0.1 * torch.rand(m, 1, 8, 8, generator=generator), []
        for i in range(m):
            cells = torch.randperm(16, generator=generator)[: 1 + i % 2]
            boxes.append(torch.stack([2 * (cells % 4), 2 * (cells // 4)], dim=1))  # x, y of the upper left corner
            for left, top in boxes[-1].tolist():
                x[i, 0, top:top + 2, left:left + 2] = 1
        return TreeDataset((x, boxes)), [sorted(map(tuple, one.tolist())) for one in boxes]

    def task(self, settings: Any, sets: dict[str, Split]) -> dict[str, Any]:
        def grid(z: Tensor, boxes: list[Tensor]) -> Tensor:
            y = torch.zeros_like(z)
            for i, box in enumerate(boxes):
                y[i, 0, box[:, 1] // 2, box[:, 0] // 2] = 1
            return y

        def flip(batch: Batch) -> Batch:
            x, boxes = batch
            if torch.rand(()) < 0.5:
                return x, boxes
            return x.flip(3), [torch.stack([6 - box[:, 0], box[:, 1]], dim=1) for box in boxes]

        def decode(model: nn.Module, batch: Batch, z: Tensor) -> list[list[tuple[int, int]]]:
            least = z.amax((2, 3), keepdim=True).clamp(max=0)  # a half, or the likeliest cell
            return [sorted((2 * c, 2 * r) for r, c in one[0].nonzero().tolist()) for one in z >= least]

        f1 = Ratio("box F1", lambda t, p: (2 * len({*map(tuple, t)} & {*map(tuple, p)}), len(t) + len(p)), "higher",
                   unit="picture")
        return {"loss_fn": lambda z, boxes: F.binary_cross_entropy_with_logits(z, grid(z, boxes)), "predict": decode,
                "metric": f1, "augment": flip, "expected_cost": 0.69}


# --------------------------------------------------------------------------------------------------------------- points


class Points(Mini):
    """Pictures with one bright spot; the answer is where, in pixels."""

    name = "mini-points"

    def net(self) -> nn.Module:
        return nn.Sequential(nn.Flatten(), nn.Linear(36, 16), nn.Tanh(), nn.Linear(16, 2))

    def rows(self, m: int, generator: torch.Generator) -> tuple[Dataset[Batch], list[Any]]:
        at = torch.randint(0, 6, (m, 2), generator=generator)
        x = torch.zeros(m, 1, 6, 6)
        x[torch.arange(m), 0, at[:, 1], at[:, 0]] = 1
        return TensorDataset(x, at.float()), at.tolist()  # type: ignore[return-value]

    def task(self, settings: Any, sets: dict[str, Split]) -> dict[str, Any]:
        distance = Ratio("mean distance", lambda t, p: (float(np.hypot(*np.subtract(t, p))), 1), scale="number",
                         unit="picture", worth=0.1)
        return {"loss_fn": F.mse_loss, "predict": lambda model, batch, z: z, "metric": distance}


# ---------------------------------------------------------------------------------------------------------------- pairs


class Pairs(Mini):
    """Points of six people; an embedding in which one's own are near: triplets are mined in the mini-batch."""

    name = "mini-pairs"

    def net(self) -> nn.Module:
        return nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3, bias=False))  # distances see no bias

    def rows(self, m: int, generator: torch.Generator) -> tuple[Dataset[Batch], list[Any]]:
        person = torch.arange(m) % 6
        centre = torch.randn(6, 4, generator=torch.Generator().manual_seed(9))
        x = centre[person] + 0.7 * torch.randn(m, 4, generator=generator)
        return TensorDataset(x, person), person.tolist()  # type: ignore[return-value]

    def task(self, settings: Any, sets: dict[str, Split]) -> dict[str, Any]:
        @of_whole_batch
        def hardest(z: Tensor, person: Tensor) -> Tensor:
            d = (z[:, None] - z[None]).square().sum(2)
            same = person[:, None] == person[None]
            return (d.masked_fill(~same, 0).amax(1) - d.masked_fill(same, 1e9).amin(1) + 1).relu().mean()

        def parts(truth: Sequence[Any], predicted: Sequence[Any]) -> Any:
            z = np.asarray(predicted, dtype=np.float64)
            d = ((z[:, None] - z[None]) ** 2).sum(2) + np.diag(np.full(len(z), np.inf))
            return np.stack([np.asarray(truth)[d.argmin(1)] != np.asarray(truth), np.ones(len(z))], 1).astype(float)

        nearest = Ratio("1-NN error", lambda t, p: (0, 0), unit="picture")
        object.__setattr__(nearest, "parts", parts)
        people = of_each([int(person) for person in sets["train"].truth], classes=4, examples=3, seed=settings.seed)
        return {"loss_fn": hardest, "predict": lambda model, batch, z: z, "metric": nearest, "order": people}
