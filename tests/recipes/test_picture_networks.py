"""Every network of the recipe pictures: made with what it lists, at its size, it learns from its loss."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from wengu.core.checks import InputError
from wengu.functions import cross_entropy
from wengu.recipes import recipe, settings_of
from wengu.recipes.picture_networks import NETWORKS
from wengu.recipes.pictures import model_of

LARGE = ("resnet101", "resnet152", "resnet110", "vgg19", "vgg13", "resnet34", "resnet44")


@pytest.mark.parametrize("name", [name for name in NETWORKS if name not in LARGE])
@pytest.mark.parametrize("channels", [1, 3])
def test_it_learns_from_its_loss(name: str, channels: int) -> None:
    entry = NETWORKS[name]
    spec = {"classes": list("abc"), "channels": channels, "size": list(entry.size or (32, 32))}
    model = model_of(name, spec, torch.Generator().manual_seed(0))
    x, y = torch.randint(0, 256, (3, channels, *spec["size"]), dtype=torch.uint8), torch.tensor([0, 1, 2])
    loss = entry.loss_from(cross_entropy)(model.train()(x), y)
    loss.backward()
    assert all(p.grad is not None for p in model.parameters())
    assert model.eval()(x).shape == (3, 3)


@pytest.mark.parametrize("name", LARGE)
def test_the_large_ones_are_made(name: str) -> None:
    with torch.device("meta"):
        net = NETWORKS[name].made(classes=3, channels=1, size=NETWORKS[name].size or (32, 32))
        assert net.eval()(torch.zeros(1, 1, 32, 32)).shape == (1, 3)


@pytest.mark.parametrize("name", NETWORKS)
def test_what_it_lists_is_its_own(name: str) -> None:
    entry = NETWORKS[name]
    assert all(entry.takes(option) for option in entry.options)
    assert not entry.bigger or entry.bigger in NETWORKS


@pytest.mark.parametrize(("data", "network", "size"), [
    ("sample", "resnet20", "28x28"), ("photos/", "resnet20", "64x64"), ("sample", "vgg16", "32x32"),
    ("photos/", "lenet5", "28x28"), ("digits", "resnet18", "8x8"),
])  # fmt: skip
def test_pictures_come_in_their_own_size_where_the_network_reads_any(data: str, network: str, size: str) -> None:
    settings = settings_of("pictures", {"data": data, "network": network})
    assert settings.by_rule(NETWORKS[network])["size"] == size


def test_the_plain_network_is_asked_for_by_its_shortcut() -> None:
    made = {}
    for shortcut in ("auto", "zeros", "convolution", "none"):
        settings = settings_of("pictures", {"network": "resnet20", "shortcut": shortcut})
        settings = replace(settings, **settings.by_rule(NETWORKS["resnet20"]))
        assert settings.shortcut == ("zeros" if shortcut == "auto" else shortcut)
        task = recipe("pictures").prepare(settings)
        assert task.spec["shortcut"] == settings.shortcut
        made[shortcut] = model_of("resnet20", task.spec)[1]
    kinds = {name: [type(block.shortcut).__name__ for stage in net.stages for block in stage]
             for name, net in made.items()}
    ends = {name: [kinds[name][k] for k in (0, 3, 6)] for name in kinds}
    assert ends == {"auto": ["Identity", "ZeroChannels", "ZeroChannels"],
                    "zeros": ["Identity", "ZeroChannels", "ZeroChannels"],
                    "convolution": ["Identity", "ConvNorm", "ConvNorm"], "none": ["Nothing"] * 3}
    with pytest.raises(InputError, match="shortcut: lenet5 has no argument of that name; leave it out"):
        recipe("pictures").prepare(settings_of("pictures", {"network": "lenet5", "shortcut": "none"})).model()
    with pytest.raises(InputError, match="shortcut: 'non' is unknown"):
        settings_of("pictures", {"network": "resnet20", "shortcut": "non"})


def test_too_small_is_told_before_anything_is_read() -> None:
    settings = settings_of("pictures", {"data": "sample", "network": "vgg16", "size": 20})
    with pytest.raises(InputError, match="VGG16 reads pictures of 32 × 32 and larger, got 20 × 20"):
        recipe("pictures").prepare(settings).model()
