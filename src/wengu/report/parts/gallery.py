"""The worst errors of dev, seen: where the network was surest of a wrong class."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PIL import Image

from wengu.core.i18n import say
from wengu.report.parts.wording import percent
from wengu.running.predictions import Predicted

if TYPE_CHECKING:
    from wengu.recipes.task import Preview

MOST = 48
SMALL = 96  # pixels; a picture up to that is enlarged without smoothing
WIDE, HEAVY = 192, 20_000  # pixels and bytes; a heavier picture is made smaller, so that 48 stay under 1.5 MB

SeenMaps = tuple[str, Mapping[str, bytes]]
"CAM or occlusion, and by id a PNG with transparency, to be laid over the picture: what spoke for its class."


def gallery(
    dev: Predicted,
    show: Callable[[str, str], Preview | None],
    seen: Callable[[Sequence[str], Sequence[str]], SeenMaps | None] | None = None,
) -> dict[str, Any]:
    """The section; `show` gives a picture or the values of a row, or None where the data is gone."""
    wrong = [k for k, (y, y_hat) in enumerate(zip(dev.truth, dev.predicted, strict=True)) if y != y_hat]
    sure = dev.confidence
    if sure is not None:
        wrong.sort(key=lambda k: -sure[k])
    shown = wrong[:MOST]
    kind, maps = (seen([dev.ids[k] for k in shown], [dev.predicted[k] for k in shown]) if seen else None) or ("", {})
    items = [
        {
            "id": dev.ids[k],
            "truth": dev.truth[k],
            "guess": dev.predicted[k],
            "sure": percent(sure[k]) if sure is not None else "",
            "alt": say("{id}: truth {truth}, taken for {guess}", id=dev.ids[k], truth=dev.truth[k],
                       guess=dev.predicted[k]),
            "map": data_address(maps[dev.ids[k]]) if dev.ids[k] in maps else "",
            **shown_as(show("dev", dev.ids[k])),
        }
        for k in shown
    ]
    there = any(item["picture"] or item["row"] for item in items)
    return {
        "title": say("The worst errors"),
        "look": say("Dev errors, the surest first. Ask of each: is the label right? Could a person tell? What do those "
                    "that are alike have in common, and is there enough of it in the training set?"),
        "errors": items,
        "wide": any(item["row"] for item in items),
        "summary": say("{shown} of {n} {n:error|errors}.", shown=len(items), n=f"{len(wrong):,}"),
        "gone": "" if there or not items else say("The data is no longer where it was, so only the names are shown."),
        "nothing": say("Every dev example is right, so there is nothing to show."),
        "truth": say("truth"),
        "guess": say("taken for"),
        "every": say("all"),
        "truths": sorted({dev.truth[k] for k in shown}),
        "guesses": sorted({dev.predicted[k] for k in shown}),
        "map": say("what spoke for the wrong class") if maps else "",
        "mapped": _mapped(kind) if maps else "",
        "counted": say("{shown} shown", shown="#"),  # the script puts the number in place of #
        "no_picture": say("no longer there"),
    }


def _mapped(kind: str) -> str:
    if kind == "CAM":
        return say("Class activation map: the more orange a place, the more its features add to the score of the class "
                   "that the picture was taken for.")
    return say("Occlusion map: the more orange a place, the further the probability of the class that the picture was "
               "taken for falls when a grey square covers it.")


def data_address(picture: bytes, kind: str = "png") -> str:
    """A picture as a page without a network has it."""
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def shown_as(preview: Preview | None) -> dict[str, Any]:
    """A picture as a data address, and whether its pixels are to stay sharp; or a row's values."""
    if not isinstance(preview, bytes):
        return {"picture": "", "sharp": False, "row": preview}
    kind = "png"
    with Image.open(io.BytesIO(preview)) as image:
        sharp = max(image.size) <= SMALL
        if len(preview) > HEAVY:
            small, out = image.convert("RGB"), io.BytesIO()
            small.thumbnail((WIDE, WIDE))
            small.save(out, "JPEG", quality=80)
            preview, kind = out.getvalue(), "jpeg"
    return {"picture": data_address(preview, kind), "sharp": sharp, "row": None}
