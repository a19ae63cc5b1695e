"""What the network learned: every W^[l] and b^[l] with its shape and count.                              [notes 3.1]"""

from __future__ import annotations

from typing import Any

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.layers import ParameterRow, summary
from wengu.layers.summary import Summary
from wengu.recipes import recipe
from wengu.report.parts.wording import percent


def parameters(run: RunFolder) -> dict[str, Any]:
    """The section. No network is made for it: the run has the list, but for runs of older versions."""
    try:
        if (run.path / "parameters.json").is_file():
            all_there_is = Summary.from_dict(run.read_json("parameters.json"))
        else:
            all_there_is = summary(recipe(run.facts()["recipe"]).restore(run).model)
    except (InputError, KeyError, TypeError):
        return {"title": say("Parameters"), "total": None, "look": "",
                "nothing": say("The network of this run cannot be rebuilt, so its parameters are not known.")}
    largest = max(all_there_is.parameters, key=lambda held: held.count)
    return {
        "title": say("Parameters"),
        "look": say("{share} of all parameters are in {name}: that is where regularisation has most to hold.",
                    share=percent(all_there_is.share(largest), 0), name=largest.symbol),
        "columns": [say("name"), "", say("shape"), say("count"), say("share")],
        "rows": [_row(held, percent(all_there_is.share(held))) for held in all_there_is.parameters],
        "total": all_there_is.total,
        "total_words": (say("all learned parameters"), "", "", f"{all_there_is.total:,}", ""),
        "measured": [_row(held, say("not learned")) for held in all_there_is.buffers],
    }


def _row(held: ParameterRow, share: str) -> tuple[str, str, str, str, str]:
    return held.name, held.symbol, " × ".join(map(str, held.shape)) or "1", f"{held.count:,}", share
