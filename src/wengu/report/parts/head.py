"""The head: which run this is, what it took, and the verdict in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wengu.adviser.card import Card
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.practice.ledger_words import headline, set_name
from wengu.practice.metric_words import Facts, on_dev
from wengu.report.parts.wording import duration
from wengu.running.questions import questions_of


def head(
    run: RunFolder,
    card: Card,
    rows: Sequence[Mapping[str, Any]],
    *,
    weights: int | None,
    classes: int | None,
) -> dict[str, Any]:
    """The section; `rows` are the epochs done, `weights` the number of learned parameters where it is known.

    `classes`: how many there are, where the run tells classes apart.
    """
    facts, (settings, _) = run.facts(), run.settings()
    examples = " · ".join(f"{set_name(name)} {n:,}" for name, n in facts.get("examples", {}).items())
    network = [facts["network"]]
    if weights is not None:
        network.append(say("{n} {n:parameter|parameters}", n=f"{weights:,}"))
    if classes is not None:
        network.append(say("{n} {n:class|classes}", n=classes))
    told = [
        (say("Network"), " · ".join(network)),
        (say("Data"), settings.get("data", "")),
        (say("Examples"), examples),
        (say("Questions"), " · ".join(questions_of(facts.get("spec", {})))),
        (say("Training"), _training(facts, settings, rows)),
        (say("Weights kept"), _kept(facts, settings, card.ledger.metric)),
        (say("Seed"), str(facts.get("seed", ""))),
        (say("Started"), _when(facts.get("created", ""))),
    ]
    return {
        "kind": say("Report of a run"),
        "name": run.path.resolve().name,
        "verdict": headline(card.ledger),
        "facts": [(term, text) for term, text in told if text],
    }


def _training(facts: Mapping[str, Any], settings: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    done = max((row["epoch"] for row in rows if "epoch" in row), default=0)
    text = say("{done} of {most} {most:epoch|epochs}", done=done, most=settings.get("epochs", done))
    if seconds := facts.get("seconds"):
        text = say("{epochs} in {time}", epochs=text, time=duration(seconds))
    match facts.get("stopped"):
        case "early":
            return say("{text}; ended early, as dev no longer got better", text=text)
        case "interrupted":
            return say("{text}; interrupted", text=text)
    return text


def _kept(facts: Mapping[str, Any], settings: Mapping[str, Any], metric: Facts) -> str:
    epoch, step = facts.get("best_epoch", 0), facts.get("best_step")
    if not epoch or step is None:
        return say("as they were when training stopped: no epoch was finished")
    if settings.get("monitor") == "metric":
        return say("of epoch {n} (step {step}), with the best {metric}", n=epoch, step=f"{step:,}",
                   metric=on_dev(metric))
    return say("of epoch {n} (step {step}), where the dev cost was lowest", n=epoch, step=f"{step:,}")


def _when(created: str) -> str:
    """2026-01-31T09:30:00+0100 without the seconds."""
    return f"{created[:10]} {created[11:16]}".strip()
