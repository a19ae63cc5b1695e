"""Networks of timm and torchvision. Authority: the packages themselves, asked for the same network."""

import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from wengu.core.checks import InputError
from wengu.recipes import recipe, settings_of, zoo
from wengu.recipes.network import entry_of
from wengu.training import PretrainedWeights, transfer

NETWORKS = recipe("pictures").NETWORKS
SPEC = {"classes": ["a", "b", "c"], "channels": 1, "size": [64, 64]}


def made(network: str, classes: int = 3, channels: int = 1) -> nn.Module:
    return entry_of(network, NETWORKS).made(classes=classes, channels=channels, generator=torch.Generator().manual_seed(5)).eval()


@pytest.mark.parametrize("network", ["timm:resnet18", "torchvision:resnet18"])
def test_without_the_package_it_is_one_line(network: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(InputError, match=rf"network: {network} needs torchvision, which is not installed: pip install 'wengu\[zoo\]'"):
        made(network)


@pytest.mark.parity
def test_of_timm_with_its_channels_and_dropout() -> None:
    ours = made("timm:resnet18", channels=1)
    torch.manual_seed(5)
    import timm

    theirs = timm.create_model("resnet18", num_classes=3, in_chans=1).eval()
    x = torch.rand(2, 1, 64, 64)
    assert torch.equal(ours(x), theirs(x)) and ours(x).shape == (2, 3)
    assert entry_of("timm:resnet18", NETWORKS).made(classes=3, channels=1, dropout=0.25).drop_rate == 0.25


@pytest.mark.parity
@pytest.mark.parametrize("name", ["resnet18", "googlenet", "mobilenet_v3_small"])
def test_of_torchvision_grey_is_given_to_all_three_channels_and_there_is_one_output(name: str) -> None:
    ours = made(f"torchvision:{name}")
    from wengu.vision.import_torchvision import import_torchvision

    more: dict[str, Any] = {"aux_logits": False, "init_weights": True} if name == "googlenet" else {}
    torch.manual_seed(5)
    theirs = import_torchvision().models.get_model(name, weights=None, num_classes=3, **more).eval()
    x = torch.rand(2, 1, 64, 64)
    assert torch.equal(ours(x), theirs(x.expand(2, 3, 64, 64)))
    assert ours.state_dict().keys() == theirs.state_dict().keys()


@pytest.mark.parity
@pytest.mark.parametrize(("network", "message"), [
    ("timm:resnet81", "network: timm has no resnet81; did you mean timm:resnet18"),
    ("torchvision:resnet81", "network: torchvision has no resnet81; did you mean torchvision:resnet18"),
    ("torchvision:fcn_resnet50", "network: torchvision has no fcn_resnet50"),  # which is no classifier
])
def test_a_name_that_there_is_not(network: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        made(network)


@pytest.mark.parity
def test_a_size_that_it_does_not_read(photos: Path) -> None:
    settings = settings_of("pictures", {"network": "timm:vit_tiny_patch16_224", "data": str(photos)})
    with pytest.raises(InputError, match=r"network: timm:vit_tiny_patch16_224: Input height \(64\) doesn't match model \(224\).*--size"):
        recipe("pictures").prepare(settings).model()


@pytest.mark.parity
@pytest.mark.parametrize("network", ["timm:resnet18", "torchvision:resnet18"])
def test_published_weights_are_taken_with_the_scale_they_were_learned_under(network: str, monkeypatch: pytest.MonkeyPatch) -> None:
    package = network.partition(":")[0]
    zoo.zoo_maker(network)  # imports it
    room, name = (sys.modules["timm"], "create_model") if package == "timm" else (sys.modules["torchvision"].models, "get_model")
    real = getattr(room, name)

    def fetched(name: str, **options: Any) -> nn.Module:
        torch.manual_seed(9)
        published = {"pretrained": False} if package == "timm" else {"weights": None}
        return real(name, **options | published)  # type: ignore[no-any-return]

    monkeypatch.setattr(room, name, fetched)
    weights = recipe("pictures").pretrained(network, SPEC).weights  # type: ignore[attr-defined]
    torch.testing.assert_close(weights["0.mean"], torch.tensor([255 * (0.485 + 0.456 + 0.406) / 3]))  # ImageNet's, as everybody has them
    torch.testing.assert_close(weights["0.std"], torch.tensor([255 * (0.229 + 0.224 + 0.225) / 3]))
    model = recipe("pictures").model_of(network, SPEC)  # type: ignore[attr-defined]
    done = transfer(model, PretrainedWeights(Path(network), weights), examples=9000, classes=SPEC["classes"], spec=SPEC)  # type: ignore[arg-type]
    assert torch.equal(model[1].layer4[0].conv1.weight, weights["1.layer4.0.conv1.weight"]) and done.reinitialised == ("1.fc",)

    def unreachable(name: str, **options: Any) -> nn.Module:
        raise OSError("no route to host")

    monkeypatch.setattr(room, name, unreachable)
    where = "huggingface.co/timm/resnet18.a1_in1k" if package == "timm" else "https://download.pytorch.org/models/resnet18-"
    with pytest.raises(InputError, match=f"the weights of {network} come from {where}.*, which cannot be had here: no route to host; "
                                         "fetch them elsewhere and give --from FILE.safetensors"):
        recipe("pictures").pretrained(network, SPEC)  # type: ignore[attr-defined]


def test_others_have_none() -> None:
    with pytest.raises(InputError, match="published weights of mobilenet_v2, squeezenet, vgg16 and of networks of timm and torchvision, lenet5 has none"):
        recipe("pictures").pretrained("lenet5", SPEC)  # type: ignore[attr-defined]
