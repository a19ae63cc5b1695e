"""`report.html`: all that a run has to say, in one file that needs no network.

Each section is made by a module of parts and says in a sentence what to look at; templates/report.html.j2 places
them. The page loads nothing: pictures are in it, and its Content-Security-Policy forbids all else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from wengu.adviser.card import Card
from wengu.core.checks import InputError
from wengu.core.i18n import language, say
from wengu.core.printable import printable_lines
from wengu.core.run_folder import RunFolder
from wengu.report import parts
from wengu.report.parts.gallery import SeenMaps
from wengu.report.parts.layers import SeenLayers
from wengu.running.metric import metric_object
from wengu.running.predictions import Predicted, read_set

if TYPE_CHECKING:
    from wengu.recipes.task import Preview


def report(
    run: RunFolder,
    card: Card,
    show: Callable[[str, str], Preview | None],
    causes: Callable[[Sequence[Any], Sequence[Any]], Sequence[str]] | None = None,
    seen: Callable[[Sequence[str], Sequence[str]], SeenMaps | None] | None = None,
    layers: Callable[[], SeenLayers | None] | None = None,
) -> str:
    """The HTML of a run's report, in the language spoken now.

    `show(set, id)` gives an example as a PNG or as the values of a row, or None where the data is gone. `causes` is the
    task's own error attribution, of truth and predicted. `seen(ids, classes)` gives maps over dev's pictures: what
    spoke for the classes that they were taken for; `layers()` what the network's layers see. All else comes from the
    run folder. Raises InputError where the run's dev predictions are missing or cannot be read.
    """
    if (dev := read_set(run, "dev")) is None:
        raise InputError(say("{path} has no predictions for dev", path=run.path))
    facts, rows = run.facts(), run.metrics()
    classes = _classes(facts["spec"], dev) if dev.of_classes else None
    weights = parts.parameters(run)
    script = _file("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return _environment().get_template("report.html.j2").render(
        language=language(),
        policy=f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'; "
               "base-uri 'none'; form-action 'none'",
        style=Markup(_file("report.css")),  # our own files, not the user's words
        script=Markup(script),
        head=parts.head(run, card, rows, weights=weights["total"], classes=len(classes) if classes else None),
        ledger=parts.ledger_chart(card),
        next=parts.steps(card),
        preflight=parts.preflight(run),
        more_data=parts.more_data(run),
        curves=parts.curves(rows, card.ledger.metric, best=facts.get("best_epoch") or 0),
        confusions=classes and parts.confusions(dev, classes),
        probabilities=classes and parts.probabilities(run),
        gallery=classes and parts.gallery(dev, show, seen),
        causes=parts.causes(causes(dev.truth, dev.predicted) if causes else ()),
        worst=None if classes else parts.worst(dev, metric_object(run), show),
        layers=parts.layers(layers() if layers else None),
        parameters=weights,
        chosen=parts.chosen(run),
        files=parts.files(run),
        copy=say("copy"),
        copied=say("copied"),
    )


def _classes(spec: Mapping[str, Any], dev: Predicted) -> list[str]:
    """As the run has them in order; of a run that says none or others, those that occur."""
    named = [str(name).strip() for name in spec.get("classes", ())]
    there = {*dev.truth, *dev.predicted}
    return named if there <= set(named) else sorted(there)


@cache
def _environment() -> Environment:
    """Everything is escaped, and what acts spelt out: labels, ids and names of classes are the user's words."""
    return Environment(
        loader=PackageLoader("wengu.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=lambda value: printable_lines(value) if type(value) is str else value,
    )


def _file(name: str) -> str:
    return (resources.files("wengu.report") / "templates" / name).read_text(encoding="utf-8")
