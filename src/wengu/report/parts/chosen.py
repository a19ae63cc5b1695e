"""Hyper-parameters: every setting, its value, and who chose it.                                         [notes 3.1]"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wengu.adviser.run_context import IMPLIED
from wengu.core.i18n import say, translated
from wengu.core.run_folder import RunFolder
from wengu.recipes import recipe, recipes
from wengu.recipes.settings import shown
from wengu.report.parts.wording import NOTHING


def chosen(run: RunFolder) -> dict[str, Any]:
    """The section: a row a setting, those that somebody chose marked."""
    settings, came_from = run.settings()
    helps = _helps(run.facts().get("recipe", ""))
    return {
        "title": say("Hyper-parameters"),
        "look": say("Marked ● is what you chose; the rest was decided by default or by the data. Tune the learning "
                    "rate lr first, then batch_size, then its decay."),
        "columns": [say("setting"), say("value"), say("from")],
        "rows": [
            (name, _value(settings.get(name)), _origin(came_from.get(name, "")), helps.get(name, ""),
             came_from.get(name, "default") not in IMPLIED)
            for name in _names(settings, came_from, helps)
        ],
        "by_you": say("chosen by you"),
    }


def _names(settings: Mapping[str, Any], came_from: Mapping[str, str], helps: Mapping[str, str]) -> list[str]:
    """The recipe's settings in its own order, then any others; one that was not given is in came_from alone."""
    known = {*settings, *came_from}
    return [name for name in helps if name in known] + sorted(known - helps.keys())


def _helps(name: str) -> dict[str, str]:
    if name not in recipes():
        return {}
    return {one.name.rstrip("_"): translated(one.metadata["help"]) for one in shown(recipe(name).Settings)}


def _value(value: Any) -> str:
    match value:
        case None | "" | []:
            return NOTHING
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case list():
            return ", ".join(map(str, value))
    return str(value)


def _origin(source: str) -> str:
    match source:
        case "default":
            return say("default")
        case "name":
            return say("the name of the network")
        case "data":
            return say("chosen for the data")
        case "rule":
            return say("suits network and optimiser")
        case "flag":
            return say("command line")
        case "environment":
            return say("environment variable")
        case "call":
            return say("Python")
        case "resume":
            return say("changed on resuming")
        case "diagnose":
            return say("given to diagnose")
    return source or NOTHING  # a configuration file
