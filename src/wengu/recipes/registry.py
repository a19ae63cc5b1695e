"""Which recipes there are, and which networks each of them lists: the one list, and what is found from it.

A recipe is a module: its file is read for `wengu fit --help`, so it imports nothing heavy but within its functions.
Others are added by `register`, or for a command and the processes that it starts by the environment:

    WENGU_RECIPES=sounds=my_package.sounds wengu fit sounds
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Mapping
from dataclasses import fields
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from wengu.core.checks import InputError, one_of
from wengu.core.i18n import say
from wengu.core.printable import shell_word
from wengu.recipes.network import Network, entry_of
from wengu.recipes.settings import Common, Training
from wengu.recipes.settings_from import settings_from

if TYPE_CHECKING:
    from wengu.core.run_folder import RunFolder
    from wengu.recipes.task import Restored, Task

RECIPES = ("pictures", "table", "multitask")
"The recipes that come with wengu: each a module of this room."

ENVIRONMENT = "WENGU_RECIPES"

_registered: dict[str, Recipe] = {}


class Recipe(Protocol):
    """What every recipe's module has; where its task has a trainer of its own, `load(run)` in place of `restore`."""

    Settings: type[Training]
    NETWORKS: Mapping[str, Network]

    def about(self) -> str:
        """What it does, in the language spoken now."""

    def prepare(self, settings: Any, *, progress: Callable[[int, int], None] | None = None) -> Task:
        """Read the data, cut the sets."""

    def restore(self, run: RunFolder, *, network: str = "") -> Restored:
        """What of a task its run keeps: the model without its weights, how inputs are read, how it answers.

        `network` names one's own network, which is not imported unless it is given (own_network.network_of).
        """


def recipes() -> tuple[str, ...]:
    """The names of all recipes.

    >>> "pictures" in recipes() and "table" in recipes()
    True
    """
    return (*RECIPES, *_registered)


def recipe(name: str) -> Recipe:
    """The recipe's module. Raises InputError where there is no such recipe.

    >>> sorted(recipe("table").NETWORKS)
    ['logistic', 'softmax']
    """
    one_of("recipe", name, recipes())
    return _registered[name] if name in _registered else cast(Recipe, import_module(f"wengu.recipes.{name}"))


def register(name: str, module: Any) -> None:
    """One recipe more in this process: a module, or any object with what a recipe's module has.

    Raises InputError where the name, or that of one of its networks, is taken, and where something is missing.
    """
    back = () if hasattr(module, "load") else ("restore",)  # a trainer of its own gives back what it made by `load`
    if missing := [part for part in ("Settings", "NETWORKS", "about", "prepare", *back) if not hasattr(module, part)]:
        raise InputError(say("{recipe}: expected a recipe's module, but it has no {missing}", recipe=name,
                             missing=", ".join(missing)))
    taken = {*recipes(), *networks()}
    for word in (name, *module.NETWORKS):
        if word in taken:
            raise InputError(say("{recipe}: there is a recipe or network {name} already; give it another name",
                                 recipe=name, name=word))
    _registered[name] = module


def networks() -> dict[str, str]:
    """Every network that a recipe lists, and that recipe: `wengu fit lenet5` is `pictures --network lenet5`.

    >>> networks()["lenet5"]
    'pictures'
    """
    return {network: name for name in recipes() for network in recipe(name).NETWORKS}


def resolve(name: str) -> tuple[str, dict[str, str]]:
    """The recipe that a name stands for, and the settings that the name itself decides.

    >>> resolve("lenet5"), resolve("pictures")
    (('pictures', {'network': 'lenet5'}), ('pictures', {}))
    """
    of = networks()
    one_of("recipe", name, [*recipes(), *of])
    return (of[name], {"network": name}) if name in of else (name, {})


def words_of(recipe_name: str, network: str) -> str:
    """What stands behind `wengu fit` for a network of a recipe, as a shell takes it.

    >>> words_of("pictures", "lenet5"), words_of("pictures", "my nets.py:Net")
    ('lenet5', "pictures --network 'my nets.py:Net'")
    """
    return network if networks().get(network) == recipe_name else f"{recipe_name} --network {shell_word(network)}"


def settings_of(recipe_name: str, values: Mapping[str, Any]) -> Training:
    """The recipe's settings with these values, the rest by default; `from`, as files have it, is the field `from_`.

    Raises InputError for a setting the recipe does not have, or a value of another kind than it takes.

    >>> settings_of("pictures", {"lr": 0.01}).lr
    0.01
    """
    kind = recipe(recipe_name).Settings
    for name in values:
        if said := of_another(name, recipe_name):
            raise InputError(say("setting: {name!r} is unknown; {said}", name=name, said=said))
    return settings_from(kind, values)


def of_another(setting: str, recipe_name: str) -> str:
    """What to say of a setting that this recipe lacks and others have, and what to do; nothing of any other.

    >>> of_another("nearer", "table").partition(";")[0]
    'it is a setting of pictures, not of table'
    >>> of_another("lr", "table"), of_another("ler", "table")
    ('', '')
    """
    theirs = [name for name in recipes() if setting in _fields_of(name)]
    if not theirs or recipe_name not in recipes() or setting in _fields_of(recipe_name):
        return ""
    said = say("it is a setting of {recipes}, not of {recipe}", recipes=say(" and ").join(theirs), recipe=recipe_name)
    if setting != "nearer":
        return said
    return say("{said}; it changes pictures by noise, blur and light, and of other examples no such change is known: "
               "--weigh-like-dev draws those more often that look like dev's, and more examples like dev's help most",
               said=said)


def _fields_of(recipe_name: str) -> set[str]:
    return {field.name.rstrip("_") for field in fields(recipe(recipe_name).Settings)}


def settings_by_rule(recipe_name: str, settings: Common) -> dict[str, Any]:
    """The settings that were left to network and optimiser, and what these make of them.

    >>> settings_by_rule("pictures", settings_of("pictures", {"optim": "rmsprop"}))["lr"]
    0.001
    """
    listed = recipe(recipe_name).NETWORKS
    return settings.by_rule(entry_of(settings.network, listed) if listed else Network(path="", about=""))


def _of_environment() -> None:
    """Those that $WENGU_RECIPES names, as NAME=MODULE, with commas between them."""
    for entry in filter(None, os.environ.get(ENVIRONMENT, "").split(",")):
        name, _, module = entry.strip().partition("=")
        try:
            register(name, import_module(module))
        except (InputError, ModuleNotFoundError, ValueError) as error:
            raise InputError(say("{variable}: expected NAME=MODULE, got {got}: {error}", variable=ENVIRONMENT,
                                 got=entry, error=error)) from None
        except (Exception, SystemExit) as error:  # the module's own code, which may be anybody's
            *_, last = traceback.extract_tb(error.__traceback__)
            place = f"{last.filename}:{last.lineno}"
            if isinstance(error, SyntaxError) and error.filename:
                place = f"{error.filename}:{error.lineno}"
            raise InputError(say("{variable}: {got} cannot be imported: {place}: {kind}: {error}", variable=ENVIRONMENT,
                                 got=entry, place=place, kind=type(error).__name__,
                                 error=getattr(error, "msg", error))) from error


_of_environment()
