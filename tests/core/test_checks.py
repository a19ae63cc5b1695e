"""An error says argument, expected, got and the fix."""

import math

import pytest

from wengu.core.checks import InputError, at_least, fraction, nearest, one_of, positive


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf])
def test_positive_refuses(value: float) -> None:
    with pytest.raises(InputError, match=r"^lr: expected a number above 0, got"):
        positive("lr", value)


def test_the_good_values_come_back() -> None:
    assert (positive("a", 0.1), at_least("b", 2, 2), fraction("c", 0), one_of("d", "x", ["x", "y"])) == (0.1, 2, 0, "x")


def test_the_bad_ones_do_not() -> None:
    with pytest.raises(InputError, match="at least 1, got 0"):
        at_least("epochs", 0, 1)
    with pytest.raises(InputError, match="up to but not 1, got 1"):
        fraction("p", 1)


def test_did_you_mean() -> None:
    assert nearest("LeNet", ["lenet5", "softmax"]) == "lenet5"
    assert nearest("zzz", ["lenet5", "softmax"]) is None
    with pytest.raises(InputError, match="did you mean softmax"):
        one_of("network", "sofmax", ["lenet5", "softmax"])
