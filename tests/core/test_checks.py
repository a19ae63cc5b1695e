"""An error says argument, expected, got and the fix."""

import math

import pytest
import torch
from torch import nn

from wengu.core.checks import (
    InputError,
    at_least,
    differentiable,
    fraction,
    known_shapes,
    nearest,
    one_of,
    positive,
    two_examples,
    whole,
)


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf])
def test_positive_refuses(value: float) -> None:
    with pytest.raises(InputError, match=r"^lr: expected a number above 0, got"):
        positive("lr", value)


def test_the_good_values_come_back() -> None:
    assert (positive("a", 0.1), at_least("b", 2, 2), fraction("c", 0), one_of("d", "x", ["x", "y"])) == (0.1, 2, 0, "x")


def test_the_bad_ones_do_not() -> None:
    with pytest.raises(InputError, match="at least 1, got 0"):
        at_least("epochs", 0, 1)
    with pytest.raises(InputError, match="to below 1, got 1"):
        fraction("p", 1)
    with pytest.raises(InputError, match="at least 1, got 0"):
        whole("steps", 0, 1)
    with pytest.raises(TypeError, match=r"^steps: expected a whole number, got 2\.5$"):
        whole("steps", 2.5, 1)


def test_did_you_mean() -> None:
    assert nearest("LeNet", ["lenet5", "softmax"]) == "lenet5"
    assert nearest("zzz", ["lenet5", "softmax"]) is None
    with pytest.raises(InputError, match="did you mean softmax"):
        one_of("network", "sofmax", ["lenet5", "softmax"])
    with pytest.raises(InputError, match="network: 5 is unknown"):
        one_of("network", 5, ["lenet5", "softmax"])  # type: ignore[arg-type]


# --- of models --------------------------------------------------------------------------------------------------------
def test_a_cost_is_one_number_that_can_be_differentiated() -> None:
    w = torch.ones(3, requires_grad=True)
    assert differentiable("J", cost := w.sum()) is cost
    for wrong, got in ((w, r"\(3,\)"), (w.detach().sum(), r"tensor\(3\.\)"), (1.0, r"1\.0"), (None, "None")):
        with pytest.raises(InputError, match=rf"^J: expected a cost, one number .* got {got}$"):
            differentiable("J", wrong)


@pytest.mark.parametrize(("layer", "name"), [(nn.LazyLinear(2), "1.weight"), (nn.LazyBatchNorm1d(affine=False), "1.running_mean")])
def test_a_lazy_layer_must_have_seen_a_batch(layer: nn.Module, name: str) -> None:
    model = nn.Sequential(nn.Linear(3, 3), layer)
    with pytest.raises(InputError, match=rf"^model: expected known shapes, but {name} waits .*; run one through it first$"):
        known_shapes(model)
    model(torch.zeros(2, 3))
    known_shapes(model)


@pytest.mark.parametrize("shape", [(1, 3), (1, 3, 1, 1)])
def test_one_example_is_refused_where_torch_refuses_it(shape: tuple[int, ...]) -> None:
    layer = nn.BatchNorm1d(3) if len(shape) == 2 else nn.BatchNorm2d(3)
    with pytest.raises(InputError, match=r"^x: expected at least two examples, .* got one; give more$"), two_examples("x"):
        layer(torch.zeros(shape))
    with pytest.raises(ValueError, match="^another$"), two_examples("x"):
        raise ValueError("another")
