"""Recipes: one file a task. They are listed, and their settings read, without torch."""

from wengu.recipes.network import Network
from wengu.recipes.registry import (
    RECIPES,
    Recipe,
    networks,
    of_another,
    recipe,
    recipes,
    register,
    resolve,
    settings_by_rule,
    settings_of,
    words_of,
)

__all__ = [
    "RECIPES",
    "Network",
    "Recipe",
    "networks",
    "of_another",
    "recipe",
    "recipes",
    "register",
    "resolve",
    "settings_by_rule",
    "settings_of",
    "words_of",
]
