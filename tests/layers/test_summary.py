from __future__ import annotations

import pytest
import torch
from torch import nn

from wengu.core.checks import InputError
from wengu.core.i18n import use_language
from wengu.layers import BatchNorm, summary
from wengu.vision.convnets import LeNet5


class Block(nn.Module):
    """A basic block of a residual network, as torchvision builds it."""

    def __init__(self, n_in, n_out, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False), nn.BatchNorm2d(n_out)
        self.conv2, self.bn2 = nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False), nn.BatchNorm2d(n_out)
        if stride > 1:
            self.downsample = nn.Sequential(nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out))


def resnet(depths):
    sizes, n_in, blocks = (64, 128, 256, 512), 64, []
    for k, (n, depth) in enumerate(zip(sizes, depths, strict=True)):
        for j in range(depth):
            blocks.append(Block(n_in, n, 2 if k and not j else 1))
            n_in = n
    return nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), *blocks, nn.Linear(512, 1000))


def test_parity_summary():
    """Authority: published counts: torchvision's for ResNet-18 and 34, the usual LeNet-5's 61,706."""
    assert summary(LeNet5()).total == 61_706
    assert summary(resnet([2, 2, 2, 2])).total == 11_689_512
    assert summary(resnet([3, 4, 6, 3])).total == 21_797_672


def test_the_layers_of_lenet5_by_their_letters():
    found = summary(LeNet5())
    assert [(p.name, p.symbol, p.kind, p.shape, p.count) for p in found.parameters] == [
        ("c1.weight", "W^[1]", "Conv2d", (6, 1, 5, 5), 150), ("c1.bias", "b^[1]", "Conv2d", (6,), 6),
        ("c3.weight", "W^[2]", "Conv2d", (16, 6, 5, 5), 2400), ("c3.bias", "b^[2]", "Conv2d", (16,), 16),
        ("c5.weight", "W^[3]", "Linear", (120, 400), 48000), ("c5.bias", "b^[3]", "Linear", (120,), 120),
        ("f6.weight", "W^[4]", "Linear", (84, 120), 10080), ("f6.bias", "b^[4]", "Linear", (84,), 84),
        ("output.weight", "W^[5]", "Linear", (10, 84), 840), ("output.bias", "b^[5]", "Linear", (10,), 10),
    ]
    assert sum(found.share(p) for p in found.parameters) == pytest.approx(1)
    assert found.share(found.parameters[4]) == pytest.approx(48000 / 61706)
    assert found.bytes == 4 * 61_706
    assert not found.buffers


def test_any_module_every_number_once():
    """torch's Transformer: every number that an optimiser would get, and those it would not."""
    model = nn.Transformer(d_model=16, nhead=2, num_encoder_layers=2, num_decoder_layers=1, dim_feedforward=32, batch_first=True)
    found = summary(model)
    assert found.total == sum(p.numel() for p in model.parameters())
    assert [p.name for p in found.parameters] == [name for name, _ in model.named_parameters()]
    assert "γ^[5]" in {p.symbol for p in found.parameters}
    assert "in_proj_weight^[1]" in {p.symbol for p in found.parameters}


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.hidden, self.decode = nn.Embedding(50, 8), nn.Linear(8, 8), nn.Linear(8, 50)
        self.decode.weight = self.embed.weight
        self.again = self.hidden
        self.scale = nn.Parameter(torch.tensor(1.0))


def test_tied_parameters_are_counted_once_and_said():
    found = summary(Tied())
    assert found.total == 50 * 8 + 8 * 8 + 8 + 50 + 1
    also = {p.name: p.also for p in found.parameters if p.also}
    assert also == {"embed.weight": ("decode.weight",), "hidden.weight": ("again.weight",), "hidden.bias": ("again.bias",)}
    assert "embed.weight is also decode.weight: one parameter, counted once." in str(found)
    assert next(p for p in found.parameters if p.name == "scale").shape == ()


def test_frozen_parameters_buffers_and_types():
    model = nn.Sequential(nn.Linear(4, 3).double(), BatchNorm(3))
    model[0].weight.requires_grad_(False)
    found = summary(model)
    assert (found.total, found.learned) == (12 + 3 + 3 + 3, 9)
    assert [(b.name, b.count, b.dtype) for b in found.buffers] == [
        ("1.running_mean", 3, "float32"), ("1.running_var", 3, "float32"), ("1.num_batches_tracked", 1, "int64"),
    ]
    assert found.bytes == 8 * 15 + 4 * 12 + 8
    lines = str(found).splitlines()
    assert lines[1].split() == ["0.weight", "W^[1]", "Linear", "3", "×", "4", "float64", "frozen", "12", "57.1%"]
    assert lines[-1] == "21 parameters, 9 of them trainable; 7 numbers in buffers; 0.00 MB."
    assert "γ^[2]" in str(found)
    assert "β^[2]" in str(found)


def test_hyper_parameters_with_their_origin():
    found = summary(nn.Linear(1, 1), settings={"lr": 0.1, "decay": "cosine"}, came_from={"lr": "--lr"})
    assert [(h.name, h.value, h.came_from) for h in found.hyper_parameters] == [("lr", 0.1, "--lr"), ("decay", "cosine", "not given")]
    assert str(found).endswith("lr               0.1     --lr\ndecay            cosine  not given")
    with pytest.raises(InputError, match="came_from: expected names of settings, got rl"):
        summary(nn.Linear(1, 1), settings={"lr": 1}, came_from={"rl": "flag"})
    use_language("zh")
    assert "超参数" in str(found)


def test_a_model_without_parameters_and_a_lazy_one():
    assert summary(nn.ReLU()).total == 0
    assert str(summary(nn.ReLU())).endswith("0 parameters, 0 of them trainable; 0 numbers in buffers; 0.00 MB.")
    with pytest.raises(InputError, match="model: expected known shapes, but weight waits for its first batch"):
        summary(nn.LazyLinear(3))
