"""A network as its recipe lists it: one entry says where its code is, what it is, and what suits it.

    lenet5               an entry of the recipe's NETWORKS
    ./mine.py:Net        one's own                                                                (own_network.py)
    timm:resnet18        of timm or torchvision, where these are installed                                 (zoo.py)
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import KW_ONLY, dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from wengu.core.checks import InputError, one_of
from wengu.core.i18n import say
from wengu.recipes.own_import import at_work
from wengu.recipes.own_network import own_network
from wengu.recipes.zoo import from_zoo, zoo_errors, zoo_maker

if TYPE_CHECKING:
    from torch import Tensor, nn

M = TypeVar("M", bound="nn.Module")

OTHER_NAMES = {"num_classes": "classes", "in_channels": "channels", "in_chans": "channels"}  # as others call them


@dataclass(frozen=True)
class Network:
    """An entry of a recipe's NETWORKS.

    `path` is module:name of a class or function that makes the network, `about` its line in `wengu fit --help`. `size`
    is the height and width of the pictures that it reads unless told otherwise, None for those of the data or for what
    is no picture. `lr` is the α that suits each optimiser, where it is not the recipe's. `options` are arguments of the
    maker. `bigger` is the network of the same recipe to take where this one is too small for its task. `loss` is
    module:name of what makes its loss out of the task's, where it gives more than scores in training.

    >>> Network("wengu.vision.convnets:LeNet5", "LeNet-5 on pictures.").made(classes=3)
    LeNet5(...)
    """

    path: str
    about: str
    _: KW_ONLY
    size: tuple[int, int] | None = None
    lr: Mapping[str, float] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    bigger: str = ""
    loss: str = ""

    def made(self, *, generator: Any = None, **offered: Any) -> nn.Module:
        """A fresh network, given what its maker asks for by name of what is offered; the options come after these.

        What it draws without the generator is a function of it too. Raises InputError where it asks for more, where it
        is no nn.Module, and where its own code goes wrong.
        """
        import torch
        from torch import nn

        maker = self.maker()
        asked = _arguments(maker)
        offered |= {"generator": generator} if generator is not None else {}
        there = {name: offered[_common(name)] for name in asked if _common(name) in offered}
        given = {**self.options, **(offered if _takes_any(asked) else there)}
        if lacking := [name for name, argument in asked.items()
                       if argument.default is argument.empty and name not in given
                       and argument.kind not in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD)]:
            raise InputError(say("network: {path}: expected the arguments {offered}, or others with a default, got "
                                 "{lacking}; give it a default", path=self.path, lacking=", ".join(lacking),
                                 offered=", ".join([*offered, "generator"][:len(offered) + (generator is None)])))
        with torch.random.fork_rng(devices=[]), self.one_line_errors():
            torch.manual_seed(generator.initial_seed() if generator is not None else 0)
            by_place = [given.pop(name, argument.default) for name, argument in asked.items()
                        if argument.kind is argument.POSITIONAL_ONLY]
            model = maker(*by_place, **given)
        if not isinstance(model, nn.Module):
            raise InputError(say("network: {path} gave {got}, expected an nn.Module", path=self.path,
                                 got=type(model).__name__))
        return model

    def maker(self) -> Callable[..., Any]:
        """The class or function; its file is imported, and torch with it."""
        if own := own_network(self.path):
            return own.maker()
        if from_zoo(self.path):
            return zoo_maker(self.path)
        module, _, name = self.path.partition(":")
        return getattr(import_module(module), name)  # type: ignore[no-any-return]

    def loss_from(self, loss_fn: Callable[..., Tensor]) -> Callable[..., Tensor]:
        """The loss of the task, or what this network makes of it."""
        if not self.loss:
            return loss_fn
        module, _, name = self.loss.partition(":")
        return getattr(import_module(module), name)(loss_fn)  # type: ignore[no-any-return]

    def takes(self, name: str) -> bool:
        """Whether its maker asks for what is offered under this name."""
        asked = _arguments(self.maker())
        return name in map(_common, asked) or _takes_any(asked)

    def default_of(self, name: str) -> Any:
        """What its maker takes for it unless told otherwise; None where it does not say."""
        argument = _arguments(self.maker()).get(name)
        return None if argument is None or argument.default is argument.empty else argument.default

    def one_line_errors(self) -> AbstractContextManager[None]:
        """Around calls of one's own code: what goes wrong there is one line."""
        if from_zoo(self.path):
            return zoo_errors(self.path)
        own = own_network(self.path)
        return nullcontext() if own is None else at_work(own.file, own.name)


def _arguments(maker: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """Those of a class or function, by name; a few that are built in do not tell."""
    try:
        return inspect.signature(maker).parameters
    except ValueError:
        return {}


def _takes_any(asked: Mapping[str, inspect.Parameter]) -> bool:
    """Whether it asks for nothing by name and takes whatever it is given: **kwargs alone."""
    return bool(asked) and all(argument.kind is argument.VAR_KEYWORD for argument in asked.values())


def _common(name: str) -> str:
    """The name under which an argument is offered here."""
    return OTHER_NAMES.get(name, name)


def entry_of(name: str, networks: Mapping[str, Network]) -> Network:
    """The network of this name, or one's own. Raises InputError, with the nearest name, where there is none."""
    if name not in networks and (own_network(name) or from_zoo(name)):
        return Network(path=name, about="")
    return networks[one_of("network", name, networks)]


def fits(model: M, network: Network, inputs: Tensor, classes: int, *, generator: Any = None) -> M:
    """The model, if its outputs of two inputs are (2, classes), in evaluation and in training alike.

    Layers that wait for their first batch have had it then, their weights a function of the generator. Raises
    InputError for other outputs, for a model that has no copy, and for what goes wrong in its own code.
    """
    import torch

    def shape(of: nn.Module) -> str:
        with network.one_line_errors():
            z = of(inputs)
        return str(tuple(z.shape)) if isinstance(z, torch.Tensor) else type(z).__name__

    if odd := [name for name, weight in model.named_parameters() if weight.is_complex()]:
        raise InputError(say("network: {path}: expected real weights, got complex ones: {names}; keep real and "
                             "imaginary parts, and torch.view_as_complex them in forward", path=network.path,
                             names=", ".join(name.removeprefix("1.") for name in odd)))
    expected = str((len(inputs), classes))
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(generator.initial_seed() if generator is not None else 0)
        model.eval()
        judged = shape(model)
        if judged != expected:
            raise InputError(say("network: {path}: expected outputs (m, classes), here {expected}, got {got}",
                                 path=network.path, expected=expected, got=judged))
        trained = shape(_copied(model, network).train())
        if trained != expected:
            raise InputError(say("network: {path}: expected the same outputs in training as in evaluation, {judged}, "
                                 "got {trained}: it needs a loss of its own, which wengu.training.fit takes",
                                 path=network.path, trained=trained, judged=judged))
    model.train()
    return model


def _copied(model: M, network: Network) -> M:
    """A copy, as all that is tried before training is tried on. Raises InputError, naming what has none."""
    try:
        return copy.deepcopy(model)
    except Exception as error:  # whatever an object of the user's raises
        names = [f"{name}.{key}".removeprefix("1.") for name, module in model.named_modules()
                 for key, value in vars(module).items() if not key.startswith("_") and not _has_copy(value)]
        raise InputError(say("network: {path}: expected a model that copy.deepcopy copies, as the pre-flight needs, "
                             "but {names} cannot be copied ({error}); make it where it is used",
                             path=network.path, names=", ".join(names) or type(model).__name__, error=error)) from None


def _has_copy(value: Any) -> bool:
    try:
        copy.deepcopy(value)
    except Exception:
        return False
    return True
