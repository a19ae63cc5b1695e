from __future__ import annotations

import pytest
import torch
from torch import nn

from wengu.core.checks import InputError
from wengu.optimization import Adam, AdamW, GradientDescent, Momentum, RMSprop, weight_decay_groups


class Tagger(nn.Module):
    """Embedding tied to the output, a recurrent cell, both kinds of normalisation, a parameter of its own."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 6)
        self.cell = nn.LSTM(6, 6)
        self.norm = nn.LayerNorm((4, 6))  # two dimensions, and still not to be decayed
        self.convolution = nn.Conv1d(6, 6, 3)
        self.batch_norm = nn.BatchNorm1d(6)
        self.temperature = nn.Parameter(torch.ones(()))
        self.output = nn.Linear(6, 20)
        self.output.weight = self.embedding.weight


def names(model, group):
    return {name for name, w in model.named_parameters() if any(w is one for one in group["params"])}


def test_who_is_decayed():
    model = Tagger()
    first, second = weight_decay_groups(model)
    assert names(model, first) == {"embedding.weight", "cell.weight_ih_l0", "cell.weight_hh_l0", "convolution.weight"}
    assert "weight_decay" not in first and second["weight_decay"] == 0.0
    together = [*first["params"], *second["params"]]
    assert len(together) == len(set(map(id, together))) == len(list(model.parameters()))


@pytest.mark.parametrize("ours", [GradientDescent, Momentum, RMSprop, Adam, AdamW])
def test_with_no_gradient_only_the_decayed_shrink(ours):
    model = Tagger()
    before = {name: w.detach().clone() for name, w in model.named_parameters()}
    for w in model.parameters():
        w.grad = torch.zeros_like(w)
    decoupled = {} if ours is AdamW else {"decoupled_weight_decay": True}
    optimiser = ours(weight_decay_groups(model), lr=0.1, weight_decay=0.5, **decoupled)
    optimiser.step()
    shrunk = names(model, weight_decay_groups(model)[0])
    for name, w in model.named_parameters():
        torch.testing.assert_close(w.detach(), before[name] * (0.95 if name in shrunk else 1))


def test_parity_with_torch_adamw():
    """Authority: torch.optim.AdamW on the same groups takes them as ours does: the same weights after five steps."""
    torch.manual_seed(0)
    one = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.Tanh(), nn.Linear(8, 2)).double()
    two = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.Tanh(), nn.Linear(8, 2)).double()
    two.load_state_dict(one.state_dict())
    x = torch.randn(16, 4, dtype=torch.float64)
    for model, rule in ((one, AdamW), (two, torch.optim.AdamW)):
        optimiser = rule(weight_decay_groups(model), lr=0.1, weight_decay=0.3)
        for _ in range(5):
            optimiser.zero_grad()
            model(x).square().mean().backward()
            optimiser.step()
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("model", "decays"),
    [(nn.Linear(3, 2, bias=False), [None]), (nn.LayerNorm(3), [0.0]), (nn.Linear(3, 2), [None, 0.0]),
     (nn.Sequential(nn.GroupNorm(1, 3), nn.SyncBatchNorm(3), nn.RMSNorm((2, 2)), nn.InstanceNorm3d(3, affine=True)), [0.0])],
)  # fmt: skip
def test_no_group_is_empty(model, decays):
    assert [group.get("weight_decay") for group in weight_decay_groups(model)] == decays


def test_the_frozen_are_there_for_when_they_thaw():
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 2)).requires_grad_(False)
    assert sum(len(group["params"]) for group in weight_decay_groups(model)) == 4


def test_bad_input():
    with pytest.raises(InputError, match="model: expected at least one parameter, got none"):
        weight_decay_groups(nn.ReLU())
    with pytest.raises(InputError, match=r"model: expected known shapes, but 1\.weight waits for its first batch"):
        weight_decay_groups(nn.Sequential(nn.ReLU(), nn.LazyLinear(3)))
