"""What a figure sends: lists and numbers as JSON knows them, of few digits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

DIGITS = 5  # that numbers keep on their way to the browser
MANY = 48  # floats from which on an array is faster than one after the other
FAR = 22  # powers of ten up to this one are exact in float64


class Plain:
    """Turns values into plain ones, and counts their numbers."""

    def __init__(self) -> None:
        self.numbers = 0

    def __call__(self, value: Any) -> Any:
        """Lists of tensors, arrays and ranges too; what is not finite becomes None.

        >>> Plain()({"x": range(3), "y": [1 / 3, 2e-9, float("nan")]})
        {'x': [0, 1, 2], 'y': [0.33333, 2e-09, None]}
        """
        if value is None or isinstance(value, str | bool):
            return value
        if isinstance(value, int):
            self.numbers += 1
            return value
        if isinstance(value, float):
            self.numbers += 1
            return _short(value)
        if isinstance(value, Mapping):
            return {name: self(one) for name, one in value.items()}
        if hasattr(value, "tolist"):
            return self._of_array(value)
        return self._of_list(list(value))

    def _of_list(self, values: list[Any]) -> Any:
        if len(values) > MANY and set(map(type, values)) == {float}:
            import numpy as np

            return self._of_array(np.array(values, dtype=np.float64))
        return [self(one) for one in values]

    def _of_array(self, values: Any) -> Any:
        """All at once, as a heat map has thousands."""
        import numpy as np

        array = np.asarray(values)
        if array.dtype.kind != "f" or array.ndim == 0:
            return self(array.tolist())
        self.numbers += array.size
        array = array.astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            shift = DIGITS - 1 - np.floor(np.log10(np.abs(array)))
            up, down = 10 ** np.clip(shift, 0, FAR), 10 ** np.clip(-shift, 0, FAR)
            short = np.where(array == 0, 0.0, np.rint(array * up / down) / up * down)
        if (np.abs(shift[np.isfinite(shift)]) > FAR).any():
            return _each(array.tolist())
        if not (finite := np.isfinite(array)).all():
            short = short.astype(object)
            short[~finite] = None
        return short.tolist()


def _each(values: Iterable[Any] | float) -> Any:
    return _short(values) if isinstance(values, float) else [_each(one) for one in values]


def _short(value: float) -> float | None:
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
