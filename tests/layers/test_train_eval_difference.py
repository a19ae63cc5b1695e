from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from wengu.core.i18n import use_language
from wengu.layers import BatchNorm, Dropout, train_eval_difference
from wengu.vision.convnets import LeNet5


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_parity_of_one_batch_norm():
    """Held to torch.nn.functional.batch_norm: the batch's own statistics against the running ones."""
    model = nn.Sequential(nn.Linear(5, 4), BatchNorm(4), nn.Linear(4, 2))
    x = 3 * normal(64, 5) + 1
    z = model[0](x)
    test = F.batch_norm(z, model[1].running_mean, model[1].running_var)
    train = F.batch_norm(z, None, None, training=True)
    found = train_eval_difference(model, x)
    assert [(layer.name, layer.kind) for layer in found.layers] == [("1", "BatchNorm")]
    assert found.layers[0].own == pytest.approx(((train - test).norm() / test.norm()).item(), rel=1e-5)
    off = (model[2](train) - model[2](test)).norm() / model[2](test).norm()
    assert found.layers[0].answer == pytest.approx(off.item(), rel=1e-5)
    assert found.answer == pytest.approx(off.item(), rel=1e-5)


def test_dropout_differs_by_what_its_variance_says():
    """‖a ∘ d / p - a‖² has the expectation (1/p - 1) ‖a‖²."""
    found = train_eval_difference(nn.Sequential(Dropout(p=0.2)), normal(500, 100))
    assert found.layers[0].own == pytest.approx((1 / 0.8 - 1) ** 0.5, rel=0.02)


class Hidden(nn.Module):
    """Asks for self.training by itself, beside layers of every kind."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3, momentum=1.0)
        self.lstm = nn.LSTM(3, 4, num_layers=2, dropout=0.4, batch_first=True)
        self.off, self.layer_norm, self.none = nn.Dropout(0.0), nn.LayerNorm(4), nn.Dropout1d(0.5)

    def forward(self, x):
        z = torch.relu_(self.norm(self.conv(x)))
        out, _ = self.lstm(z.flatten(2).transpose(1, 2))
        out = self.layer_norm(self.off(out))
        return {"scores": F.dropout(out, 0.01, training=self.training)}


def test_finds_whatever_asks_for_the_mode_and_nothing_else():
    model = Hidden()
    found = train_eval_difference(model, normal(16, 1, 6, 6))
    assert {layer.name for layer in found.layers} == {"norm", "lstm", "model"}
    assert [layer.answer for layer in found.layers] == sorted((layer.answer for layer in found.layers), reverse=True)
    once = model.train()(normal(16, 1, 6, 6))  # momentum 1: the running averages are now those of the batch
    assert once["scores"].shape == (16, 16, 4)
    settled = {layer.name: layer.own for layer in train_eval_difference(model, normal(16, 1, 6, 6)).layers}
    first = {layer.name: layer.own for layer in found.layers}
    assert settled.get("norm", 0) < first["norm"] / 50


def test_a_transformer_differs_by_its_dropouts_alone():
    model = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.1, batch_first=True)
    found = train_eval_difference(model, normal(4, 5, 16))
    assert {layer.name for layer in found.layers} == {"self_attn", "dropout", "dropout1", "dropout2"}
    assert all(layer.answer > 0.01 for layer in found.layers)  # torch's shortcut through such a layer would hide them
    assert torch.backends.mha.get_fastpath_enabled()
    model = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
    assert not train_eval_difference(model, normal(4, 5, 16)).layers


def test_the_model_and_the_random_state_stay_as_they_are():
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), Dropout(p=0.5, generator=torch.Generator()))
    model[2].eval()
    x, random = normal(8, 4), torch.random.get_rng_state()
    state, mask = {k: v.clone() for k, v in model.state_dict().items()}, model[3].generator.get_state()
    first, second = train_eval_difference(model, x), train_eval_difference(model, x)
    assert first == second
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert torch.equal(random, torch.random.get_rng_state())
    assert torch.equal(mask, model[3].generator.get_state())
    assert [module.training for module in model.modules()] == [True, True, True, False, True]
    assert not any(module._forward_hooks for module in model.modules())


def test_noise_in_both_modes_is_no_difference():
    class StepRNG(nn.Module):
        def forward(self, x):
            return x + torch.randn_like(x)

    assert not train_eval_difference(nn.Sequential(StepRNG(), nn.Linear(3, 2)), normal(4, 3)).layers


def test_depth_costs_no_more_than_a_few_runs_each():
    class Leaf(nn.Module):
        runs = 0

        def forward(self, x):
            Leaf.runs += 1
            return x

    model = Leaf()
    for _ in range(10):
        model = nn.Sequential(model)
    assert not train_eval_difference(model, normal(2, 2)).layers
    assert Leaf.runs < 40


def test_in_words():
    found = train_eval_difference(LeNet5(dropout=0.5), normal(8, 1, 28, 28))
    words = str(found)
    assert words.splitlines()[0].split() == ["layer", "kind", "its", "output", "the", "answer"]
    assert words.splitlines()[1].startswith("dropout  Dropout")
    assert f"In training mode the answer differs by {found.answer:.1%} from that in evaluation." in words
    assert str(train_eval_difference(LeNet5(), normal(8, 1, 28, 28))) == "No layer differs between training and evaluation."
    use_language("zh")
    assert "训练" in str(found)
