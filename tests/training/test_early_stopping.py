"""Row 4.5: early stopping."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wengu.core.checks import InputError
from wengu.training import EarlyStopping


def _epochs_run(values: list[float], patience: int) -> int:
    stopping = EarlyStopping(patience=patience)
    for epoch, value in enumerate(values, 1):
        stopping.improves(value)
        if stopping.stop:
            return epoch
    return len(values)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=30), st.integers(1, 6))
def test_parity_with_the_definition(values: list[float], patience: int) -> None:
    """Authority: algorithm 7.1 of Goodfellow, Bengio & Courville, as a search over the whole list."""
    expected = len(values)
    for epoch in range(1, len(values) + 1):
        best = min(range(epoch), key=lambda k: (values[k], k)) + 1
        if epoch - best >= patience:
            expected = epoch
            break
    assert _epochs_run(values, patience) == expected


def test_nan_is_never_the_best() -> None:
    stopping = EarlyStopping(patience=1)
    assert not stopping.improves(math.nan)
    assert stopping.stop


def test_it_goes_on_from_its_state() -> None:
    first, second = EarlyStopping(patience=2), EarlyStopping(patience=2)
    for value in (0.5, 0.6):
        first.improves(value)
    second.load_state_dict(first.state_dict())
    assert not second.stop and not second.improves(0.55) and second.stop


def test_patience_below_one_is_refused() -> None:
    with pytest.raises(InputError, match="^patience: "):
        EarlyStopping(patience=0)
