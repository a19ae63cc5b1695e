"""The path that a rule takes on a loss surface, and where it ends.                                 [notes 2.1, 2.9]

    w_0, w_1, .. w_T:    W <- rule(W, dJ/dW), for gradient descent W <- W - α dJ/dW

Where it ends is judged by g and the curvature H there, along the axes q of H, with their curvatures h:

    still to gain ≈ Σ (q·g)² / 2|h|                        what Newton's step of one more would bring
    minimum          all h >= 0, still to gain at most a thousandth of what was gained
    local minimum    the same, but the surface goes deeper elsewhere, by more than that thousandth
    saddle           some h < 0, and as little to gain: nothing pushes it off
    on the way       none of these yet            rising: on the way, and higher than at the start
    diverged         out of reach: a thousand windows away, or NaN; cut before

Source: Goodfellow, Bengio & Courville 2016, Deep Learning, 4.3 and 8.2, for these fates. The rules are the formulas of
this room themselves, `.._by_hand`, in float64. 80 steps on a surface with a name take 1 to 4 ms, on a function of your
own, where torch finds the gradients, 15 to 40; a `Surface` that has its own gradient is as fast as those with a name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from wengu.core.checks import InputError, one_of, positive, whole
from wengu.core.i18n import say
from wengu.optimization.adam import adam_by_hand
from wengu.optimization.fused_optimizer import FusedOptimizer
from wengu.optimization.gradient_descent import gradient_descent_by_hand
from wengu.optimization.momentum import momentum_by_hand
from wengu.optimization.rmsprop import rmsprop_by_hand
from wengu.optimization.surfaces import Pair, Surface, surface_of

Array = npt.NDArray[np.float64]
End = Literal["minimum", "local minimum", "saddle", "on the way", "swinging", "rising", "diverged"]
RULES: dict[str, Callable[..., None]] = {
    "gradient-descent": gradient_descent_by_hand,
    "momentum": momentum_by_hand,
    "rmsprop": rmsprop_by_hand,
    "adam": adam_by_hand,
}
"The rules by name."
_LINES = 61  # of the grid, each way
_NEAR, _REACH = 1e-3, 1e3


class Grid(NamedTuple):
    """The surface for a drawing: x (n,), y (n,), and z (n, n), a row for each y, as contour plots want it."""

    x: Array
    y: Array
    z: Array


@dataclass(frozen=True, eq=False)
class Trajectory:
    """x, y and loss, (T+1,) each, the start first; less where it was cut. `deepest` is the lowest loss known."""

    rule: str
    lr: float
    x: Array
    y: Array
    loss: Array
    surface: Grid
    ended: End
    deepest: float

    def __str__(self) -> str:
        told = say("{n} {n:step|steps} of {rule}, α = {lr}: cost {first} to {last}.", **self._numbers())
        return f"{told} {self._fate()}"

    def _numbers(self) -> dict[str, object]:
        first, last = (f"{loss:.4g}" for loss in self.loss[[0, -1]])
        return {"n": len(self.x) - 1, "rule": self.rule, "lr": f"{self.lr:g}", "first": first, "last": last}

    def _fate(self) -> str:
        at = f"({self.x[-1]:.4g}, {self.y[-1]:.4g})"
        match self.ended:
            case "minimum":
                return say("A minimum, at {at}.", at=at)
            case "local minimum":
                return say("A local minimum, at {at}: elsewhere the surface goes down to {deepest}.", at=at,
                           deepest=f"{self.deepest:.4g}")
            case "saddle":
                return say("A saddle point, at {at}: level, but no minimum; a push aside would lead further down.",
                           at=at)
            case "on the way":
                return say("Still on the way, at {at}.", at=at)
            case "swinging":
                return say("Still swinging, at {at}, and it comes no lower: the steps are too large.", at=at)
            case "rising":
                return say("Higher than at the start, at {at}: the steps are too large.", at=at)
        return say("Then it diverged, and is cut there: the steps are too large.")


def trajectory(
    surface: str | Surface | Callable[[Tensor, Tensor], Tensor],
    rule: str,
    *,
    lr: float,
    start: Pair | None = None,
    steps: int = 80,
    **settings: Any,
) -> Trajectory:
    """The steps of a rule down a surface, from `start` or the surface's own; `settings`: the rule's beta, betas, eps.

    A function of your own takes tensors w1, w2 of any one shape and returns the losses in that shape. It is drawn
    around the path.

    Raises InputError for an unknown surface, rule or setting, one out of its range, no start, a start that is no pair
    of numbers, or a function that fails or gives no losses; TypeError for a setting that is no number, or steps that
    are not whole.

    >>> path = trajectory("bowl", "gradient-descent", lr=0.1, steps=2)  # each step leaves 0.9 of both weights
    >>> path.x.tolist(), path.ended
    ([-3.0, -2.7, -2.43], 'on the way')
    >>> print(trajectory("local-minima", "gradient-descent", lr=0.01, start=(-4, -4)))
    80 steps of gradient-descent, α = 0.01: cost 34.5 to 7.367. A local minimum, at (-3.763, -3.266): elsewhere the
    surface goes down to 0.
    """
    found = surface_of(surface)
    w = starting_point(found, start)
    positive("lr", lr)
    track = descend(found, rule, w, lr, steps, **settings)
    with np.errstate(all="ignore"):  # a path that diverges goes through infinity
        loss = np.asarray(found.f(track[:, 0], track[:, 1]), dtype=float)
        width = max((high - low for low, high in found.window), default=1) if found.window else 1
        reach = _REACH * max(width, *np.abs(w))
        lost = ~(np.isfinite(loss) & (np.abs(track - w).max(1) < reach))
    if lost[0]:
        raise InputError(say("start: expected a point where the loss is a finite number, got {loss} at {at}",
                             loss=loss[0], at=tuple(w.tolist())))
    kept = int(lost.argmax()) if lost.any() else len(track)
    x, y, loss = track[:kept, 0], track[:kept, 1], loss[:kept]
    grid = _grid(found, x, y)
    deepest = min(float(grid.z.min()), float(loss.min()))
    ended = "diverged" if lost.any() else _end(found, track[-1], loss, deepest)
    return Trajectory(rule, lr, x, y, loss, grid, ended, deepest)


def descend(
    surface: Surface,
    rule: str,
    start: Array,
    lr: float | Array,
    steps: int,
    **settings: Any,
) -> Array:
    """w_0 .. w_T, (T+1, 2); or with K learning rates, (K,), the K paths beside each other, (T+1, 2, K)."""
    by_hand = RULES[one_of("rule", rule, RULES)]
    whole("steps", steps, 1)
    parameters = list(inspect.signature(by_hand).parameters.values())
    known = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.name != "lr"]
    for name in settings:
        if name not in known:
            raise InputError(say("{name}: {rule} has no such setting; it has: {known}", name=name, rule=rule,
                                 known=", ".join(known) or "lr"))
    FusedOptimizer([torch.empty(0)], lr=1.0, **settings)  # the optimisers' own check of these settings
    rates = torch.as_tensor(lr, dtype=torch.float64)
    w = torch.as_tensor(start, dtype=torch.float64)
    w = w[:, None].repeat(1, len(rates)) if rates.dim() else w.clone()
    g, settings["lr"] = torch.zeros_like(w), rates if rates.dim() else float(rates)
    # what the formula asks for between g and its settings: t, and an average under each other name
    more = [None if p.name == "t" else torch.zeros_like(w) for p in parameters[2:] if p.kind is not p.KEYWORD_ONLY]
    point, gradient = w.numpy(), g.numpy()  # the same memory
    track = np.empty((steps + 1, *point.shape))
    track[0] = point
    with np.errstate(all="ignore"):
        for t in range(1, steps + 1):
            gradient[0], gradient[1] = surface.gradient(point[0], point[1])
            by_hand(w, g, *(t if average is None else average for average in more), **settings)
            track[t] = point
    return track


def starting_point(surface: Surface, start: Pair | None) -> Array:
    """Where a path begins: the point given, else the surface's own."""
    try:
        w = np.asarray(surface.start if start is None else start, dtype=float)
    except (TypeError, ValueError):  # words, or pairs within
        w = np.empty(0)
    if w.shape != (2,) or not np.isfinite(w).all():
        raise InputError(say("start: expected two numbers, w1 and w2, got {got}", got=start))
    return w


def _grid(surface: Surface, x: Array, y: Array) -> Grid:
    """In the surface's window, or around the path, with a third of its size to spare."""
    window = surface.window
    if window is None:
        spare = max(np.ptp(x), np.ptp(y), 1.0) / 3
        window = ((x.min() - spare, x.max() + spare), (y.min() - spare, y.max() + spare))
    across, up = (np.linspace(*ends, _LINES) for ends in window)
    return Grid(across, up, np.asarray(surface.f(*np.meshgrid(across, up)), dtype=float))


def _end(surface: Surface, w: Array, loss: Array, deepest: float) -> End:
    """The fate of a path that did not diverge."""
    step = 1e-5 * max(1.0, *np.abs(w))
    g = np.array(surface.gradient(*w))
    ahead, behind = ([surface.gradient(*(w + e)) for e in sign * step * np.eye(2)] for sign in (1, -1))
    h = np.subtract(ahead, behind) / (2 * step)
    curvature, axes = np.linalg.eigh(np.nan_to_num((h + h.T) / 2))
    along = (axes.T @ g) ** 2
    with np.errstate(divide="ignore"):  # a gradient without curvature never ends
        gain = float(np.divide(along, 2 * np.abs(curvature), out=along, where=along != 0).sum())
    little = _NEAR * max(loss[0] - loss[-1], 0.0)
    if gain > little:
        return "rising" if loss[-1] > loss[0] else "on the way" if _falls(loss) else "swinging"
    if (curvature < 0).any():
        return "saddle"
    return "local minimum" if loss[-1] - gain - deepest > little else "minimum"


def _falls(loss: Array) -> bool:
    """Whether its last quarter is lower on average than the quarter before, by a tenth of what it swings through."""
    n = max(len(loss) // 4, 1)
    before, last = loss[-2 * n : -n], loss[-n:]
    return bool(last.mean() < before.mean() - 0.1 * np.ptp(loss[-2 * n :]))
