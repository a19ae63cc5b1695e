"""The remedy of a variance that costs no data: a step more of one regularisation, the gentlest first."""

from __future__ import annotations

from typing import Any

from wengu.adviser.plan import Plan
from wengu.core.i18n import say
from wengu.practice import Remedy


def regularise(plan: Plan, remedy: Remedy) -> None:
    """The first that is not in use, or not tried yet, each a step further than it is."""
    settings = plan.known.settings
    if "regularise" in plan.taken_back:  # no less and more at once
        return
    ladder: list[dict[str, Any]] = [{"augment": "auto"}] if settings.get("augment") == "none" else []
    if (dropout := settings.get("dropout")) is not None and dropout < 0.5:
        ladder.append({"dropout": min(0.5, round(2 * dropout, 3)) or 0.2})
    if settings.get("optim") == "adamw":
        ladder.append({"weight_decay": float(f"{2 * (settings.get('weight_decay') or 0.025):.3g}")})
    elif "l2" in settings:
        ladder.append({"l2": float(f"{2 * settings['l2']:.3g}") or 5e-4})
    for change in ladder:
        ((name, _),) = change.items()
        if plan.known.no_worse_without(name):  # the last step in this direction gained nothing
            plan.tried[f"{name.replace('_', '-')} {settings[name]}"] = plan.known.path
        elif plan.fit(_regularised(change), remedy.why, **change):
            return


def _regularised(change: dict[str, Any]) -> str:
    """What a change does, in the language spoken now."""
    ((name, _),) = change.items()
    match name:
        case "augment":
            return say("Regularise: change the training pictures a little, each time anew.")
        case "dropout":
            return say("Regularise: drop more units.")
    return say("Regularise: hold the weights smaller.")
