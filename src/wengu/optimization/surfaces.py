"""Loss surfaces over two weights, each with its gradient, to descend on and to draw.                     [notes 2.1]

    bowl            J = ½ (w1² + w2²)                      round: the gradient points straight at the minimum
    ravine          J = ½ (w1² + 100 w2²)                  100 times as steep across as along
    saddle          J = ½ w1² + ¼ w2⁴ - ½ w2²              level at (0, 0), between two minima at (0, ±1)
    local-minima    J = H + ((w1-3)² + (w2-2)²)/10         least at (3, 2); three more minima, higher up
                    H = (w1² + w2 - 11)² + (w1 + w2² - 7)²
    rosenbrock      J = (1-w1)² + 100 (w2 - w1²)²          a curved valley with a minimum at (1, 1)

Source: Himmelblau 1972, Applied Nonlinear Programming, for H, whose four minima are equally deep before the tenth;
Rosenbrock 1960, The Computer Journal 3(3). f and gradient take numbers or arrays of one shape.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from wengu.core.checks import InputError, one_of
from wengu.core.i18n import say

Pair = tuple[float, float]


@dataclass(frozen=True)
class Surface:
    """J = f(w1, w2), gradient = (dJ/dw1, dJ/dw2), the window to draw, (low, high) of each weight, and the start."""

    name: str
    f: Callable[[Any, Any], Any]
    gradient: Callable[[Any, Any], tuple[Any, Any]]
    window: tuple[Pair, Pair] | None = None
    start: Pair | None = None


SURFACES = {
    surface.name: surface
    for surface in (
        Surface("bowl", lambda x, y: (x**2 + y**2) / 2, lambda x, y: (x, y), ((-4, 4), (-4, 4)), (-3, 2)),
        Surface("ravine", lambda x, y: (x**2 + 100 * y**2) / 2, lambda x, y: (x, 100 * y),
                ((-10, 10), (-3, 3)), (-8, 1)),
        Surface("saddle", lambda x, y: x**2 / 2 + y**4 / 4 - y**2 / 2, lambda x, y: (x, y**3 - y),
                ((-2, 2), (-2, 2)), (-1.5, 0.01)),
        Surface("local-minima",
                lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2 + ((x - 3) ** 2 + (y - 2) ** 2) / 10,
                lambda x, y: (4 * x * (x**2 + y - 11) + 2 * (x + y**2 - 7) + (x - 3) / 5,
                              2 * (x**2 + y - 11) + 4 * y * (x + y**2 - 7) + (y - 2) / 5),
                ((-6, 6), (-6, 6)), (-1, 0)),
        Surface("rosenbrock", lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
                lambda x, y: (-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)), ((-2, 2), (-1, 3)), (-1.2, 1)),
    )
}
"The surfaces by name."


def rotated_quadratic(steep: float, degrees: float) -> Surface:
    """J = ½ (u² + steep · v²), where (u, v) are (w1, w2) rotated by `degrees`.

    >>> rotated_quadratic(25, 0).f(3.0, 1.0), round(rotated_quadratic(25, 90).f(1.0, 3.0), 9)
    (17.0, 17.0)
    """
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))

    def f(x: Any, y: Any) -> Any:
        return ((c * x + s * y) ** 2 + steep * (c * y - s * x) ** 2) / 2

    def gradient(x: Any, y: Any) -> tuple[Any, Any]:
        along, across = c * x + s * y, steep * (c * y - s * x)
        return c * along - s * across, s * along + c * across

    return Surface("rotated quadratic", f, gradient, ((-4, 4), (-4, 4)), (-3, 2))


def surface_of(given: str | Surface | Callable[[Tensor, Tensor], Tensor]) -> Surface:
    """A surface by its name, one as it is, or one of any function of two tensors, whose gradient torch then finds.

    Raises InputError for an unknown name, and later for a function that fails, or gives no losses of the same shape.

    >>> gradient = surface_of(lambda w1, w2: torch.sin(w1) * w2).gradient
    >>> [float(d) for d in gradient(0.0, 3.0)]
    [3.0, 0.0]
    """
    if isinstance(given, Surface):
        return given
    if isinstance(given, str):
        return SURFACES[one_of("surface", given, SURFACES)]

    def losses(w1: Tensor, w2: Tensor) -> Tensor:
        try:
            j: Any = given(w1, w2)
        except Exception as error:
            raise _no_losses(f"{type(error).__name__}: {error}") from error
        if not (isinstance(j, Tensor) and j.is_floating_point() and j.shape == w1.shape):
            raise _no_losses(repr(j))
        return j

    def gradient(x: Any, y: Any) -> tuple[Any, Any]:
        w1, w2 = (torch.tensor(w, dtype=torch.float64, requires_grad=True) for w in (x, y))
        j = losses(w1, w2)
        if not j.requires_grad:
            raise _no_losses(repr(j))
        found = torch.autograd.grad(j.sum(), (w1, w2), allow_unused=True, materialize_grads=True)
        return found[0].numpy(), found[1].numpy()

    def f(x: Any, y: Any) -> Any:
        with torch.no_grad():
            return losses(torch.as_tensor(x, dtype=torch.float64), torch.as_tensor(y, dtype=torch.float64)).numpy()

    return Surface(getattr(given, "__name__", type(given).__name__), f, gradient)


def _no_losses(got: str) -> InputError:
    """In one line, however many torch's own error has."""
    return InputError(
        say("surface: expected a function of two tensors w1, w2 that returns their losses in the same shape, worked "
            "out by torch's functions, got {got}", got=" ".join(got.split()))
    )
