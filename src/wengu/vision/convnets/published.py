"""Weights as torchvision and timm publish them, and packages of others, under the names of the networks here.

    torchvision, timm   layer1.0.conv1.weight             theirs and ours of each layer: one function a network
    here                stages.0.0.body.0.conv.weight

Where a convolution of theirs has a bias in front of a batch norm, as VGG's has, the running mean takes it over:
(z + b) - μ = z - (μ - b). timm's VGG has convolutions where others have linear layers: the same numbers in another
shape. SqueezeNet goes by its authors' names for Caffe, too, and VGG's convolutions by those that Keras gives layers
without a name. Source: the state dicts of these packages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.training.levels import is_within
from wengu.vision.convnets.alexnet import AlexNet
from wengu.vision.convnets.blocks import ConvNorm
from wengu.vision.convnets.googlenet import FILTERS, GoogLeNet
from wengu.vision.convnets.mobilenet_v2 import MobileNetV2
from wengu.vision.convnets.resnet import ResNet
from wengu.vision.convnets.squeezenet import SqueezeNet
from wengu.vision.convnets.vgg import VGG

Layers = Iterator[tuple[str, str]]  # theirs, ours


def from_published(
    model: nn.Module, weights: Mapping[str, Tensor], *, without: Sequence[str] = ()
) -> dict[str, Tensor]:
    """The weights by the names of this network: of its own kind, in any number of classes; nothing is loaded yet.

    `without` names modules that the weights need not have.

    Raises InputError for a network that is not published, and for weights of which layers are lacking.

    >>> from wengu.vision.convnets import AlexNet
    >>> published = {"features.0.weight": nn.Parameter().new_zeros(64, 3, 11, 11)}
    >>> from_published(AlexNet(form="torchvision"), published)
    Traceback (most recent call last):
    wengu.core.checks.InputError: weights: expected those of AlexNet as torchvision or timm names them, ...
    """
    kind = next((kind for kind in PUBLISHED if isinstance(model, kind)), None)
    if kind is None:
        raise InputError(say("weights: expected one of {kinds}, which are published, got {network}; give weights by "
                             "its own names", network=type(model).__name__,
                             kinds=", ".join(kind.__name__ for kind in PUBLISHED)))
    found: dict[str, Tensor] = {}
    lacking: list[str] = []
    for naming in PUBLISHED[kind]:
        ours = {theirs: name for theirs, name in naming(model) if not is_within(name, without)}
        tried, lacking_of = _renamed(weights, ours, model)
        if not (found or lacking) or len(tried) > len(found):
            found, lacking = tried, lacking_of
    if lacking:
        raise InputError(say("weights: expected those of {network} as torchvision or timm names them, but {n} "
                             "{n:is|are} lacking: {names}", network=type(model).__name__, n=len(lacking),
                             names=", ".join(lacking[:3]) + (" .." if len(lacking) > 3 else "")))
    return found


def _renamed(
    weights: Mapping[str, Tensor], ours: Mapping[str, str], model: nn.Module
) -> tuple[dict[str, Tensor], list[str]]:
    """What is there by our names, and what is not, by theirs."""
    own, found, lacking = model.state_dict(), {}, []
    for theirs, name in ours.items():
        for part in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked"):
            if f"{name}.{part}" not in own:
                continue
            if f"{theirs}.{part}" in weights:
                found[f"{name}.{part}"] = weights[f"{theirs}.{part}"]
            elif part != "num_batches_tracked":  # which older files do not have
                lacking.append(f"{theirs}.{part}")
    for theirs, name in ours.items():
        b, mean = weights.get(f"{theirs}.bias"), f"{name.removesuffix('conv')}norm.running_mean"
        if b is not None and name.endswith(".conv") and mean in found:
            found[mean] = found[mean] - b
    for name, weight in found.items():
        if own[name].dim() == 2 and weight.dim() == 4:
            found[name] = weight.flatten(1)
    return found, lacking


def _alexnet(net: Any) -> Layers:
    yield from zip([f"features.{k}" for k in (0, 3, 6, 8, 10)], [f"conv{k}" for k in range(1, 6)], strict=True)
    yield from (("classifier.1", "units6"), ("classifier.4", "units7"), ("classifier.6", "output"))


def _vgg(net: Any, units: tuple[str, str, str] = ("classifier.0", "classifier.3", "classifier.6")) -> Layers:
    at = 0
    for k, stage in enumerate(net.stages):
        for j, layer in enumerate(stage):
            here = f"stages.{k}.{j}"
            if isinstance(layer, ConvNorm):
                yield from ((f"features.{at}", f"{here}.conv"), (f"features.{at + 1}", f"{here}.norm"))
                at += 3
            else:
                yield f"features.{at}", here
                at += 1
    yield from zip(units, ("head.units1", "head.units2", "head.output"), strict=True)


def _vgg_of_keras(net: Any) -> Layers:
    for k, stage in enumerate(net.stages, 1):
        convs = [j for j, layer in enumerate(stage) if isinstance(layer, nn.Conv2d)]
        for i, j in enumerate(convs):
            yield f"block{k}/layers/conv2d{f'_{i}' if i else ''}", f"stages.{k - 1}.{j}"
    yield from (("fc1", "head.units1"), ("fc2", "head.units2"), ("predictions", "head.output"))


def _vgg_of_timm(net: Any) -> Layers:
    return _vgg(net, ("pre_logits.fc1", "pre_logits.fc2", "head.fc"))


def _resnet(net: Any) -> Layers:
    yield from (("conv1", "stem.layer.conv"), ("bn1", "stem.layer.norm"), ("fc", "output"))
    for k, stage in enumerate(net.stages):
        for j, block in enumerate(stage):
            theirs, here = f"layer{k + 1}.{j}", f"stages.{k}.{j}"
            for i in range(len(block.body)):
                yield from ((f"{theirs}.conv{i + 1}", f"{here}.body.{i}.conv"),
                            (f"{theirs}.bn{i + 1}", f"{here}.body.{i}.norm"))
            if isinstance(block.shortcut, ConvNorm):
                yield from ((f"{theirs}.downsample.0", f"{here}.shortcut.conv"),
                            (f"{theirs}.downsample.1", f"{here}.shortcut.norm"))


def _googlenet(net: Any) -> Layers:
    convs = {"conv1": "stem.0", "conv2": "stem.2", "conv3": "stem.3"}
    for name in FILTERS:
        for theirs, here in {"1": "one", "2.0": "three.0", "2.1": "three.1", "3.0": "five.0", "3.1": "five.1",
                             "4.1": "pooled.1"}.items():  # fmt: skip
            convs[f"inception{name}.branch{theirs}"] = f"inception.{name}.{here}"
    for theirs, name in {"aux1": "4a", "aux2": "4d"}.items() if net.sides else ():
        convs[f"{theirs}.conv"] = f"sides.{name}.conv"
        yield from ((f"{theirs}.fc1", f"sides.{name}.units"), (f"{theirs}.fc2", f"sides.{name}.output"))
    for theirs, here in convs.items():
        yield from ((f"{theirs}.conv", f"{here}.conv"), (f"{theirs}.bn", f"{here}.norm"))
    yield "fc", "output"


def _squeezenet(net: Any) -> Layers:
    yield from (("features.0", "stem"), ("classifier.1", "output"))
    fires = [at for at, layer in enumerate(net.body) if hasattr(layer, "squeeze")]
    for at in fires:
        for theirs, here in {"squeeze": "squeeze", "expand1x1": "one", "expand3x3": "three"}.items():
            yield f"features.{at + 2}.{theirs}", f"body.{at}.{here}"


def _squeezenet_of_caffe(net: Any) -> Layers:
    yield from (("conv1", "stem"), ("conv10", "output"))
    fires = [at for at, layer in enumerate(net.body) if hasattr(layer, "squeeze")]
    for k, at in enumerate(fires, 2):
        for theirs, here in {"squeeze1x1": "squeeze", "expand1x1": "one", "expand3x3": "three"}.items():
            yield f"fire{k}/{theirs}", f"body.{at}.{here}"


def _mobilenet_v2(net: Any) -> Layers:
    for theirs, here in (("features.0", "stem"), ("features.18", "last")):
        yield from ((f"{theirs}.0", f"{here}.conv"), (f"{theirs}.1", f"{here}.norm"))
    for k, block in enumerate(net.blocks):
        first = isinstance(block.expand, nn.Identity)
        wide = ("depthwise",) if first else ("expand", "depthwise")
        theirs, here = f"features.{k + 1}.conv", f"blocks.{k}"
        for j, name in enumerate(wide):
            yield from ((f"{theirs}.{j}.0", f"{here}.{name}.conv"), (f"{theirs}.{j}.1", f"{here}.{name}.norm"))
        j = len(wide)
        yield from ((f"{theirs}.{j}", f"{here}.project.conv"), (f"{theirs}.{j + 1}", f"{here}.project.norm"))
    yield "classifier.1", "output"


def _mobilenet_v2_of_timm(net: Any) -> Layers:
    yield from (("conv_stem", "stem.conv"), ("bn1", "stem.norm"), ("conv_head", "last.conv"), ("bn2", "last.norm"),
                ("classifier", "output"))
    stage, at = 0, 0
    for k, block in enumerate(net.blocks):
        if k and not block.adds:
            stage, at = stage + 1, 0
        first = isinstance(block.expand, nn.Identity)
        layers = {"conv_dw": "depthwise", "conv_pw": "project"} if first else {
            "conv_pw": "expand", "conv_dw": "depthwise", "conv_pwl": "project"}
        for j, (theirs, name) in enumerate(layers.items(), 1):
            yield from ((f"blocks.{stage}.{at}.{theirs}", f"blocks.{k}.{name}.conv"),
                        (f"blocks.{stage}.{at}.bn{j}", f"blocks.{k}.{name}.norm"))
        at += 1


PUBLISHED: dict[type[nn.Module], tuple[Any, ...]] = {
    AlexNet: (_alexnet,), VGG: (_vgg, _vgg_of_timm, _vgg_of_keras), ResNet: (_resnet,), GoogLeNet: (_googlenet,),
    SqueezeNet: (_squeezenet, _squeezenet_of_caffe), MobileNetV2: (_mobilenet_v2, _mobilenet_v2_of_timm),
}  # fmt: skip
