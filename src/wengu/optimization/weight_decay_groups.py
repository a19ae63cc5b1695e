"""Which weights to decay: all but biases and those of normalisation, for any optimiser.                   [notes 2.4]

    decayed        W of linear layers, convolutions, embeddings, recurrent cells: two dimensions or more
    not decayed    b, γ, β, and every other parameter of one dimension or of a normalisation

A bias adds hardly any capacity, and γ only rescales what the next layer sees. Embeddings are decayed, as in
GPT-2's training and its heirs; a row that is not looked up then shrinks too, under decoupled decay.

Source: Goodfellow, Bengio & Courville 2016, Deep Learning, 7.1, for biases; Loshchilov & Hutter 2019, arXiv:1711.05101,
for the decay itself.
"""

from __future__ import annotations

import re
from typing import Any

from torch import nn
from torch.nn.parameter import is_lazy

from wengu.core.checks import InputError
from wengu.core.i18n import say

_NORMALISATION = re.compile(r"Norm(\dd)?$")  # by name: torch's, ours, and those of other libraries


def weight_decay_groups(model: nn.Module) -> list[dict[str, Any]]:
    """Parameter groups: first the weights to decay, then the rest with weight_decay 0; no group is empty.

    A parameter that appears in two places is taken once, and decayed if either place would. Frozen ones are in their
    group, ready for when they are unfrozen. A class is a normalisation where its name ends in Norm, Norm1d, Norm2d or
    Norm3d.

    Raises InputError for a model without parameters, or with a lazy layer that has not seen its first batch.

    >>> from wengu.optimization import AdamW
    >>> model = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.Linear(8, 2))
    >>> adam = AdamW(weight_decay_groups(model), weight_decay=0.1)
    >>> [(len(group["params"]), group["weight_decay"]) for group in adam.param_groups]
    [(2, 0.1), (4, 0.0)]
    """
    decay: dict[nn.Parameter, bool] = {}
    for place, module in model.named_modules():
        normalises = _NORMALISATION.search(type(module).__name__)
        for name, w in module.named_parameters(recurse=False):
            if is_lazy(w):
                raise InputError(
                    say("model: expected known shapes, but {name} waits for its first batch; run one through it first",
                        name=f"{place}.{name}".lstrip("."))
                )
            decay[w] = decay.get(w, False) or (w.dim() > 1 and not normalises)
    if not decay:
        raise InputError(say("model: expected at least one parameter, got none"))
    groups: list[dict[str, Any]] = [
        {"params": [w for w, yes in decay.items() if yes]},
        {"params": [w for w, yes in decay.items() if not yes], "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]
