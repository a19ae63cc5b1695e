"""The report on the start in words, in the language spoken now; the numbers and verdicts are made elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wengu.core.i18n import say, text_table
from wengu.layers.fix import remedy_in_words

if TYPE_CHECKING:
    from wengu.layers.init_report import InitReport, LayerScale, Verdict


def table(report: InitReport) -> str:
    """A line for every layer."""
    head = [say("layer"), say("kind"), say("activation"), say("forward"), say("backward"), "‖dJ/dW‖", say("dead"),
            say("saturated"), say("verdict")]
    rows = [
        [layer.name, layer.kind, layer.activation or "-", f"{layer.forward:.2g}", _number(layer.backward),
         _number(layer.weight_gradient), _percent(layer.dead), _percent(layer.saturated), _verdict(layer.verdict)]
        for layer in report.layers
    ]
    return text_table(head, rows, left=3)


def sentences(report: InitReport) -> tuple[str, ...]:
    """What is wrong, where, and what mends it."""
    if not (failing := report.failing):
        return (say("Healthy: forward and backward, all stays within a factor of {limit}.", limit=f"{report.limit:g}"),)
    n, bad = len(report.layers), sum(layer.verdict != "healthy" for layer in report.layers)
    where = say("It fails at layer {name}, {place} of {n}; {bad} of {n} are affected.", name=failing.name,
                place=report.layers.index(failing) + 1, n=n, bad=bad)
    if not report.proposed:
        return _fault(failing, report), where
    if not report.remedy:
        return _fault(failing, report), where, say("No remedy was found that makes this report healthy.")
    mend = say("What mends it: {words}. Apply it with mended(model, x, {remedy!r}).", remedy=report.remedy,
               words=remedy_in_words(report.remedy))
    return _fault(failing, report), where, mend


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2g}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _verdict(verdict: Verdict) -> str:
    match verdict:
        case "healthy":
            return say("healthy")
        case "vanishing":
            return say("vanishing")
        case "exploding":
            return say("exploding")
        case "dead":
            return say("dead units")
        case "saturated":
            return say("saturated")


def _fault(layer: LayerScale, report: InitReport) -> str:
    match layer.verdict:
        case "dead":
            return say("Dead units: at {share} of the units ReLU is 0 for the whole batch, so they cannot learn.",
                       share=_percent(layer.dead))
        case "saturated":
            return say("Saturated: at {share} of the values the slope of {activation} is under a tenth of its largest.",
                       share=_percent(layer.saturated), activation=layer.activation)
    forward = layer.forward_verdict != "healthy"
    now, at = (layer.forward, report.input_scale) if forward else (layer.backward, report.output_gradient)
    values = {"now": _number(now), "at": _number(at)}
    match layer.verdict, forward:
        case "exploding", True:
            return say("Exploding: on the way forward the scale has grown from {at} to {now}.", **values)
        case "exploding", False:
            return say("Exploding: on the way back the gradient has grown from {at} to {now}.", **values)
        case _, True:
            return say("Vanishing: on the way forward the scale has fallen from {at} to {now}.", **values)
    return say("Vanishing: on the way back the gradient has fallen from {at} to {now}.", **values)
