"""A report on a model before it trains: the first layer that vanishes or explodes, and what fixes it.       [notes 2.5]

`signals.py` measures and judges, `fix.py` has the remedies; here they are tried, and all of it is said in words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from wengu.core.checks import InputError, positive
from wengu.core.i18n import say, text_table
from wengu.layers.fix import REMEDIES, RemedyName, fixed, remedy_in_words
from wengu.layers.signals import LayerScale, Signals, SignalVerdict, cuda_devices, measure_signals


@dataclass(frozen=True)
class InitReport(Signals):
    """Every layer's signals in order of its call; where `proposed`, the remedy under which all are healthy, if any."""

    proposed: bool = False
    remedy: RemedyName | None = None

    def sentences(self) -> tuple[str, ...]:
        """The verdict, the failing layer, and what would fix it, in the language spoken now."""
        return _sentences(self)

    def __str__(self) -> str:
        return "\n".join((_table(self), *self.sentences()))


def init_report(
    model: nn.Module,
    x: Any,
    y: Any = None,
    *,
    loss_fn: Callable[..., Tensor] | None = None,
    limit: float = 1e3,
    propose: bool = True,
) -> InitReport:
    """Run the model on a batch in training mode, forward and back, and judge every layer; the model stays as it is.

    x          an input, a tuple of arguments or a dict of them
    y          the targets
    loss_fn    the cost is loss_fn(outputs, y), or loss_fn(outputs) where y is None; without a loss_fn, it is a random
               direction in the outputs, which shows the scales as well
    limit      how many times larger or smaller a scale may become
    propose    try the remedies in turn, each on a copy, and name the first under which the report is healthy

    Raises InputError for a model without layers or with a lazy one that has not seen its first batch, for one example
    where the model normalises by batches, or for a cost that nothing in the model decides.

    >>> from wengu.layers import deep_linear
    >>> x = torch.ones(8, 1, dtype=torch.float64)
    >>> [init_report(deep_linear(50, w), x).verdict for w in (0.5, 1.0, 1.5)]
    ['vanishing', 'healthy', 'exploding']
    """
    if positive("limit", limit) <= 1:
        raise InputError(say("limit: expected a factor above 1, got {got}", got=limit))

    def signals(candidate: nn.Module) -> Signals:
        return measure_signals(candidate, x, y, loss_fn, limit)

    found = signals(model)
    if not propose or found.verdict == "healthy":
        return InitReport(**vars(found))

    def helps(remedy: RemedyName) -> bool:
        try:
            with torch.random.fork_rng(cuda_devices(model)):
                return signals(fixed(model, x, remedy)).verdict == "healthy"
        except InputError:  # it does not apply here
            return False

    return InitReport(**vars(found), proposed=True, remedy=next((remedy for remedy in REMEDIES if helps(remedy)), None))


def _table(report: InitReport) -> str:
    """A line for every layer."""
    head = [say("layer"), say("kind"), say("activation"), say("forward"), say("backward"), "‖dJ/dW‖", say("dead"),
            say("saturated"), say("verdict")]
    rows = [
        [layer.name, layer.kind, layer.activation or "-", f"{layer.forward:.2g}", _number(layer.backward),
         _number(layer.weight_gradient), _percent(layer.dead), _percent(layer.saturated), _verdict(layer.verdict)]
        for layer in report.layers
    ]
    return text_table(head, rows, left=3)


def _sentences(report: InitReport) -> tuple[str, ...]:
    """What is wrong, where, and what fixes it."""
    if not (failing := report.failing):
        return (say("Healthy: forward and backward, everything stays within a factor of {limit}.",
                    limit=f"{report.limit:g}"),)
    n, bad = len(report.layers), sum(layer.verdict != "healthy" for layer in report.layers)
    where = say("It fails at layer {name}, {place} of {n}; {bad} of {n} are affected.", name=failing.name,
                place=report.layers.index(failing) + 1, n=n, bad=bad)
    if not report.proposed:
        return _fault(failing, report), where
    if not report.remedy:
        return _fault(failing, report), where, say("No remedy was found that makes this report healthy.")
    fix = say("What fixes it: {words}. Apply it with fixed(model, x, {remedy!r}).", remedy=report.remedy,
              words=remedy_in_words(report.remedy))
    return _fault(failing, report), where, fix


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2g}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _verdict(verdict: SignalVerdict) -> str:
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
