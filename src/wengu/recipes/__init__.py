"""Recipes: one file a task. `recipe(name)` brings its module, and torch with it; the settings come without."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from wengu.core.checks import one_of
from wengu.recipes.settings import NETWORKS, RECIPES, resolve, settings_by_rule, settings_of

if TYPE_CHECKING:
    from wengu.core.run_folder import RunFolder
    from wengu.recipes.settings import Pictures, Table
    from wengu.recipes.task import Restored, Task

__all__ = ["NETWORKS", "RECIPES", "Recipe", "recipe", "resolve", "settings_by_rule", "settings_of"]


class Recipe(Protocol):
    """What every recipe's module has."""

    def prepare(self, settings: Pictures | Table, *, progress: Callable[[int, int], None] | None = None) -> Task:
        """Read the data, cut the sets, make the model."""

    def restore(self, run: RunFolder) -> Restored:
        """What of a task its run keeps: the model without its weights, how inputs are read, how it answers."""


def recipe(name: str) -> Recipe:
    """The recipe's module. Raises InputError where there is no such recipe."""
    one_of("recipe", name, RECIPES)
    return cast(Recipe, import_module(f"wengu.recipes.{name}"))
