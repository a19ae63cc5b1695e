"""The check of the input normalisation: μ and σ are those of train, and dev has had no part in them.      [notes 15.9]

    of train         as it should be
    of train + dev   a leak: dev has told the model something before it is judged on it
    of neither       of other data, such as those that a network was trained on before
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from wengu.core.i18n import say
from wengu.layers import InputNormalisation
from wengu.training.preflight_parts.check import Check
from wengu.training.preflight_parts.data import MOST_SAMPLED, Sample

NEAR = 1e-3  # σ: what whole numbers and float32 leave of a mean is far less


def normalisation(model: nn.Module, train: Sample, dev: Sample) -> Iterator[Check]:
    """Whose μ and σ the first layer of the kind has; nothing without one, or where not all data is in memory."""
    layer = next((part for part in model.modules() if isinstance(part, InputNormalisation)), None)
    x, y = train.batch[0], dev.batch[0]
    if layer is None or train.index is not None or dev.index is not None or not isinstance(x, Tensor):
        return
    if x.dim() < 2 or x.shape[1] != len(layer.mean) or x.nbytes + y.nbytes > MOST_SAMPLED:
        return
    own, other = InputNormalisation.of(x.cpu()), InputNormalisation.of(y.cpu())
    if _far(layer, own) <= NEAR:
        yield Check("normalisation", "ok", say("μ and σ of the inputs are those of train"))
    elif min(_far(layer, both) for both in (_together(own, other, len(x), len(y)), other)) <= NEAR:
        yield Check("normalisation", "failed",
                    say("μ and σ of the inputs were taken with dev, which tells the model of it before it is judged"),
                    say("take them of train alone: InputNormalisation.of(train)"))
    else:
        yield Check("normalisation", "ok", say("μ and σ of the inputs are of other data"))


def _far(a: InputNormalisation, b: InputNormalisation) -> float:
    """The largest difference of two, in σ."""
    shift = (a.mean.double().cpu() - b.mean.double().cpu()).abs() / b.std.double().cpu()
    scale = (a.std.double().cpu() / b.std.double().cpu() - 1).abs()
    return float(torch.maximum(shift, scale).max())


def _together(a: InputNormalisation, b: InputNormalisation, m: int, n: int) -> InputNormalisation:
    """That of both sets as one: of m and n examples."""
    both = InputNormalisation(len(a.mean), dtype=torch.float64)
    means, squares = ((m * u + n * v) / (m + n) for u, v in (
        (a.mean.double(), b.mean.double()),
        (a.std.double() ** 2 + a.mean.double() ** 2, b.std.double() ** 2 + b.mean.double() ** 2)))
    both.mean.copy_(means)
    both.std.copy_((squares - means**2).clamp(min=0).sqrt())
    return both
