"""1 × 1 convolution: what its figures draw and say is what torch, or arithmetic, gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.datasets import load_sample_image
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from tests.pages.seeing import drawn, marks, numbers
from wengu.pages import figure_of
from wengu.pages.convnets.photos import photo
from wengu.vision import convnets

PAGE = "convnets/one_by_one"
W = {"red": [1, -0.5, -0.5], "grey": [0.3, 0.59, 0.11]}


def shown(made, panel):
    return torch.tensor(marks(made, "field", panel)[0]["z"], dtype=torch.float64)


@pytest.mark.parametrize(("name", "file"), [("pagoda", "china.jpg"), ("flower", "flower.jpg")])
def test_photographs_are_scikit_learns_the_right_way_up(name, file):
    """Each pixel is the average of those that it covers, up to a rounding of what JPEG holds."""
    whole = load_sample_image(file)[:391, :593].astype(float)  # 33 of 36 rows, 50 of 54 columns
    x = photo(name)
    assert x.shape == (3, 36, 54)
    rough = whole.mean((0, 1)) / 255
    np.testing.assert_allclose(x[:, :33, :50].mean((1, 2)), rough, atol=2e-3)
    seen = drawn(PAGE, "mixes", name=name)["panels"][0]["marks"][0]
    packed = torch.tensor(seen["z"])
    colours = torch.stack([packed >> 16, (packed >> 8) & 255, packed & 255])
    assert torch.equal(colours, (255 * x).round().long())


@pytest.mark.parametrize(("kernel", "b"), [("red", -0.1), ("grey", 0.0)])
def test_each_step_adds_a_channel_then_b_then_relu(kernel, b):
    x, w = photo("flower"), torch.tensor(W[kernel], dtype=torch.float64)
    z = torch.einsum("c,cuv->uv", w, x) + b
    for step in (1, 2, 3):
        made = drawn(PAGE, "mixes", kernel=kernel, name="flower", step=step)
        so_far = torch.einsum("c,cuv->uv", w[:step], x[:step])
        torch.testing.assert_close(2 * shown(made, 2) - 1, so_far, rtol=0, atol=0.011)
        torch.testing.assert_close(shown(made, 1), x[step - 1], rtol=0, atol=0.006)
        assert numbers(made["say"])[-1] == round(so_far[22, 22].item(), 2)
    torch.testing.assert_close(2 * shown(drawn(PAGE, "mixes", kernel=kernel, name="flower", step=4), 2) - 1, z,
                               rtol=0, atol=0.011)
    last = drawn(PAGE, "mixes", kernel=kernel, name="flower", step=5, place=[30.5, 12.5])
    torch.testing.assert_close(shown(last, 2), z.clamp(min=0), rtol=0, atol=0.006)
    assert f"{100 * (z > 0).double().mean():.0f}\u00a0% of the picture" in last["say"]
    assert marks(last, "cells", 3)[-1]["values"] == [[pytest.approx(z.clamp(min=0)[12, 30].item(), abs=0.006)]]


@pytest.mark.parametrize("given", [{}, {"channels": 64, "few": 8, "filters": 128, "f": 3}])
def test_squeeze_counts_as_torchs_counter_does(given):
    full = {"channels": 192, "few": 16, "filters": 32, "f": 5} | given
    n_C, few, filters, f = (full[name] for name in ("channels", "few", "filters", "f"))

    def products(*nets):
        with FlopCounterMode(display=False) as counter:
            x = torch.zeros(1, n_C, 28, 28)
            for net in nets:
                x = net(x)
        assert x.shape == (1, filters, 28, 28)
        return counter.get_total_flops() // 2  # a product and a sum each

    large = torch.nn.Conv2d(few, filters, f, padding=f // 2)
    straight, small = torch.nn.Conv2d(n_C, filters, f, padding=f // 2), torch.nn.Conv2d(n_C, few, 1)
    values = figure_of(PAGE, "squeeze")(**given).values
    assert (values["straight"], values["by_way"]) == (products(straight), products(small, large))
    learned = [sum(p.numel() for net in nets for p in net.parameters()) for nets in ([straight], [small, large])]
    assert [values["learned"], values["learned_by_way"]] == learned


def test_the_notes_example():
    made = drawn(PAGE, "squeeze")
    assert "120,422,400 multiplications" in made["say"] and "together 12,443,648, 9.7 times fewer" in made["say"]
    assert made["rows"][1][3] == "28·28·16 · 1·1·192 = 2,408,448"
    assert "nothing is saved" in drawn(PAGE, "squeeze", channels=64, few=64, f=3, filters=32)["say"]


def test_volumes_are_as_wide_as_they_have_channels():
    made = drawn(PAGE, "squeeze", channels=128, few=32)
    for mark in marks(made, "boxes"):
        wide = [item["w"] for item in mark["items"]]
        assert wide[0] / wide[-1] == pytest.approx(128 / 32, rel=1e-4)


def test_a_1_by_1_filter_is_a_dense_layer_of_each_place():
    x, w = photo("pagoda"), torch.randn(5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(F.conv2d(x[None], w[:, :, None, None])[0], F.linear(x.movedim(0, -1), w).movedim(-1, 0))


@pytest.mark.parametrize(("name", "parameters"), [("SqueezeNet", 1_235_496), ("MobileNetV2", 3_504_872)])
def test_the_networks_cost_what_torchvision_publishes_and_torchs_counter_counts(name, parameters):
    """Kernels of 1 × 1 by a hook on each convolution."""
    net, done, learned = getattr(convnets, name)().eval(), [], []

    def count(layer, given, z):
        if layer.kernel_size == (1, 1):
            done.append(z.numel() * layer.in_channels)
            learned.extend(p.numel() for p in layer.parameters())

    for layer in net.modules():
        if isinstance(layer, torch.nn.Conv2d):
            layer.register_forward_hook(count)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(torch.zeros(1, 3, 224, 224))
    work = counter.get_total_flops() // 2
    made, values = drawn(PAGE, "network", name=name), figure_of(PAGE, "network")(name=name).values
    assert f"has {parameters:,} parameters" in made["say"] and f"does {work:,} multiplications" in made["say"]
    assert values["learned"] == pytest.approx(sum(learned) / parameters)
    assert values["work"] == pytest.approx(sum(done) / work)
    for column, whole in ((2, parameters), (3, work)):
        assert sum(int(row[column].replace(",", "")) for row in made["rows"]) == whole


# Iandola et al., version 1.1; Sandler et al. 2018, table 2, where a row's places are those that it is given
STAGES = {
    "SqueezeNet": [("16 → 128 · 2", 55, 128), ("32 → 256 · 2", 27, 256), ("48 → 384 · 2", 13, 384),
                   ("64 → 512 · 2", 13, 512), ("1 × 1", 13, 1000)],
    "MobileNetV2": [("16 · 1", 112, 16), ("24 · 2", 56, 24), ("32 · 3", 28, 32), ("64 · 4", 14, 64), ("96 · 3", 14, 96),
                    ("160 · 3", 7, 160), ("320 · 1", 7, 320), ("1 × 1", 7, 1280)]}


@pytest.mark.parametrize("name", STAGES)
def test_the_networks_stages_are_those_of_the_papers(name):
    items = marks(drawn(PAGE, "network", name=name), "boxes")[0]["items"]
    shown = [(one["label"], one["sub"]) for one in items if "·" in one["label"] or one["label"] == "1 × 1"]
    assert shown == [(label, f"{n} × {n} × {n_C:,}") for label, n, n_C in STAGES[name]]
