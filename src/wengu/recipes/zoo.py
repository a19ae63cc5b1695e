"""Networks of timm and torchvision, where these are installed (extra `zoo`).

    timm:resnet18            timm.create_model
    torchvision:resnet18     torchvision.models.get_model

`--from pretrained` begins with the weights that their makers publish. Neither package is imported, and nothing fetched,
before it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from wengu.core.checks import InputError, nearest
from wengu.core.i18n import say

if TYPE_CHECKING:
    from torch import Tensor, nn

ZOOS = ("timm", "torchvision")


def from_zoo(network: str) -> bool:
    """Whether it is named as timm:NAME or torchvision:NAME.

    >>> from_zoo("timm:resnet18"), from_zoo("resnet18")
    (True, False)
    """
    zoo, colon, name = network.partition(":")
    return zoo in ZOOS and bool(colon and name)


@contextmanager
def zoo_errors(network: str) -> Iterator[None]:
    """What goes wrong in one of these networks is one line: mostly, pictures have a size that it does not read."""
    try:
        yield
    except (RuntimeError, ValueError, AssertionError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(say("network: {network}: {error}; --size gives the height and width that it reads",
                             network=network, error=reason)) from None


def zoo_maker(network: str) -> Callable[..., nn.Module]:
    """What makes it. Raises InputError where the package is not installed or has no such network."""
    package, _, name = network.partition(":")
    zoo = _imported(network)
    known = zoo.list_models() if package == "timm" else zoo.models.list_models(module=zoo.models)
    if name.partition(".")[0] not in known:
        near = nearest(name, known)
        hint = say("; did you mean {near}?", near=f"{package}:{near}") if near else ""
        raise InputError(say("network: {package} has no {name}{hint}", package=package, name=name, hint=hint))

    def of_timm(classes: int, channels: int, dropout: float = 0.0) -> nn.Module:
        model: nn.Module = zoo.create_model(name, num_classes=classes, in_chans=channels, drop_rate=dropout)
        return model

    def of_torchvision(classes: int, channels: int) -> nn.Module:
        return _of_torchvision(zoo, name, classes, channels)

    return of_timm if package == "timm" else of_torchvision


class Pretrained(NamedTuple):
    """Published weights by name, and the mean and standard deviation, of 0..1, of the channels they were learned on."""

    weights: dict[str, Tensor]
    mean: tuple[float, ...]
    std: tuple[float, ...]


def pretrained(network: str, *, channels: int) -> Pretrained:
    """The weights of the network that its makers publish, fetched by the package itself and kept where it keeps them.

    Raises InputError, with the address, where they cannot be had, or there are none.
    """
    package, _, name = network.partition(":")
    zoo_maker(network)
    zoo = _imported(network)
    if package == "timm":
        published = zoo.get_pretrained_cfg(name)
        hub = published.hf_hub_id if published else ""
        where = f"huggingface.co/{hub}" if hub else published and published.url
        mean, std = (published.mean, published.std) if published else ((), ())
    else:
        published = zoo.models.get_model_weights(name).DEFAULT
        where, as_read = published.url, published.transforms()
        mean, std = as_read.mean, as_read.std
    if not where:
        raise InputError(say("from: {network} has no published weights; leave --from out", network=network))
    try:
        model = (zoo.create_model(name, pretrained=True, in_chans=channels) if package == "timm"
                 else zoo.models.get_model(name, weights=published))
    except (OSError, RuntimeError, ImportError) as error:
        raise InputError(say("from: the weights of {network} come from {where}, which cannot be had here: {error}; "
                             "fetch them elsewhere and give --from FILE.safetensors", network=network, where=where,
                             error=str(error).splitlines()[0])) from None
    if channels == 1:
        mean, std = (sum(mean) / len(mean),), (sum(std) / len(std),)
    return Pretrained(model.state_dict(), tuple(mean), tuple(std))


def _of_torchvision(zoo: Any, name: str, classes: int, channels: int) -> nn.Module:
    """Its networks see three channels: grey is given to each of them."""
    one_output = {"aux_logits": False, "init_weights": True} if name in ("googlenet", "inception_v3") else {}
    model: nn.Module = zoo.models.get_model(name, weights=None, num_classes=classes, **one_output)
    if channels == 1:
        model.register_forward_pre_hook(_grey_as_colour)
    return model


def _grey_as_colour(model: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (inputs[0].expand(-1, 3, -1, -1), *inputs[1:])


def _imported(network: str) -> Any:
    from wengu.vision.import_torchvision import import_torchvision

    package = network.partition(":")[0]
    try:
        torchvision = import_torchvision()  # which timm needs, too
        return torchvision if package == "torchvision" else import_module(package)
    except ModuleNotFoundError as error:
        raise InputError(say("network: {network} needs {package}, which is not installed: pip install 'wengu[zoo]'",
                             network=network, package=error.name or package)) from None
