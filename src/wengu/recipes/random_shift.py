"""Augmentation by small shifts and mirroring: every training picture moved by up to a pixel, at every step anew."""

from __future__ import annotations

import torch

from wengu.core.batches import Batch

SHIFT = 1  # pixel


class RandomShift:
    """Every training picture shifted by up to a pixel each way, and mirrored half of the time where `mirror`.

    The edge comes in from outside as it is (zeros would be a border that no dev picture has). It draws from torch's
    generator, which the loop sets by (seed, step).
    """

    def __init__(self, *, mirror: bool) -> None:
        self.mirror = mirror

    def __call__(self, batch: Batch) -> Batch:
        x, y = batch
        m, _, height, width = x.shape
        offset = torch.randint(-SHIFT, SHIFT + 1, (2, m, 1), device=x.device)
        rows = (torch.arange(height, device=x.device) + offset[0]).clamp_(0, height - 1)
        columns = (torch.arange(width, device=x.device) + offset[1]).clamp_(0, width - 1)
        if self.mirror:
            columns = torch.where(torch.rand(m, 1, device=x.device) < 0.5, columns.flip(1), columns)
        index = torch.arange(m, device=x.device)[:, None, None]
        # an index on dimensions 0, 2, 3 puts channels last; channels come back to dimension 1
        return x[index, :, rows[:, :, None], columns[:, None, :]].movedim(-1, 1), y
