"""The gradient check finds what is wrong, names it, and blames nothing else."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.graph.networks import ResNet18, Wrong
from wengu.core.checks import InputError
from wengu.core.i18n import use_language
from wengu.graph import back_propagate, expression, gradient_check, trace


def with_wrong(a: Tensor, b: Tensor) -> Tensor:
    x = torch.stack([a, b])
    y = torch.tanh(x)
    w = Wrong.apply(y, 2.0)
    z = w.exp()
    return z.sum() * a


def test_parity_right_programs_are_right() -> None:
    """Authority: torch.autograd.gradcheck, which finds the same programs right and wrong."""
    a, b = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (0.7, -0.4))
    assert not torch.autograd.gradcheck(with_wrong, (a, b), raise_exception=False)
    assert not gradient_check(with_wrong, {"a": 0.7, "b": -0.4})
    right = expression("J = exp(sin(a)*b) / (1 + b**2)")
    assert torch.autograd.gradcheck(lambda a, b: right(a=a, b=b), (a, b))
    assert gradient_check(right, {"a": 0.7, "b": -0.4})


def test_a_wrong_backward_is_named_and_nothing_else() -> None:
    found = gradient_check(with_wrong, {"a": 0.7, "b": -0.4})
    assert found.first_wrong == "w" and len(found.wrong) == 1
    assert found.wrong[0].by_backward == pytest.approx(1.5 * found.wrong[0].by_differences, rel=1e-6)
    assert str(found).startswith("The first wrong node is w = Wrong(y, 2): its derivative by y is ")
    use_language("zh")
    assert "第一个出错的节点是 w" in str(found)


def test_the_first_of_several_is_named() -> None:
    found = gradient_check(lambda x: Wrong.apply(Wrong.apply(x, 1.0).sin(), 1.0), {"x": 0.7})
    assert [edge.node for edge in found.wrong] == ["u", "J"]


@pytest.mark.parametrize(
    ("program", "wrong"),
    [
        (lambda x: x.detach() * x, "u"),
        (lambda x: torch.relu(x).sum(), None),
        (lambda x: torch.round(x) + x.sign() + x, None),
        (lambda x: x.clone().mul_(2).add_(x).max(), None),
    ],
)  # fmt: skip
def test_where_autograd_stops_and_where_there_is_a_kink(program: Callable[..., Any], wrong: str | None) -> None:
    found = gradient_check(program, {"x": torch.tensor([0.3, 1.7])})
    assert found.first_wrong == wrong
    assert gradient_check(lambda x: torch.relu(x).sum() + x.abs().sum(), {"x": torch.zeros(20)})


def test_a_value_that_leaves_torch_unseen_is_found_in_the_whole() -> None:
    found = gradient_check(lambda x: x * x.item(), {"x": 3.0})
    assert found.first_wrong is None and not found
    assert "leaves torch" in str(found)


def test_a_network_is_checked_on_a_copy_in_float64() -> None:
    net = ResNet18(4, 3)
    found = gradient_check(net, {"x": torch.randn(2, 3, 32, 32)})
    assert found and len(found.edges) > 100, str(found)
    assert net.fc.weight.dtype == torch.float32 and int(net.bn1.num_batches_tracked) == 0  # type: ignore[arg-type]


def test_kinks_on_both_sides_of_a_point_are_not_taken_for_a_fault() -> None:
    """Its slope is 1 from -2e-7 to 2e-7 and 2 beyond, so that differences over 1e-6 to either side agree on 1.8."""
    found = gradient_check(lambda x: x + torch.relu(x - 2e-7) - torch.relu(-x - 2e-7), {"x": 0.0})
    assert found and found.whole is not None and found.whole.by_differences == pytest.approx(found.whole.by_backward)


def test_random_operations_are_not_judged() -> None:
    found = gradient_check(nn.Sequential(nn.Linear(3, 50), nn.Dropout()), {"input": torch.randn(2, 3)})
    assert found and found.unchecked == ("1.dropout",) and "Not checked" in str(found)


def test_a_border_of_the_domain_is_not_judged() -> None:
    found = gradient_check(expression("J = (x*1)**1.5"), {"x": 0})
    assert found and found.unchecked == ("J",)


def test_float32_within_is_refused_with_the_node() -> None:
    with pytest.raises(InputError, match=r"f: expected float64 throughout, got float32 in node half; call \.double\(\)"):
        gradient_check(lambda x: named_half(x).sum(), {"x": torch.ones(2)})
    with pytest.raises(InputError, match="tolerance: expected a number above 0"):
        gradient_check(lambda x: x, {"x": 1.0}, tolerance=0)


def named_half(x: Tensor) -> Tensor:
    """The same in float32."""
    from wengu.graph import named

    return named("half", x.float())


def test_a_value_that_leaves_torch_is_found_beside_random_nodes() -> None:
    def by_data(x: Tensor) -> Tensor:
        y = x * 2
        y.data.mul_(3)
        return (y * x).sum()

    def by_float(x: Tensor) -> Tensor:
        return torch.sigmoid(x).sum() * float((x**2).sum().detach()) + F.dropout(x, 0.5).sum()

    for program in (by_data, by_float):
        found = gradient_check(program, {"x": torch.linspace(0.1, 0.9, 8)})
        assert not found and "a value leaves torch" in str(found)
    assert gradient_check(lambda x: F.dropout(torch.sigmoid(x), 0.5).pow(2).sum(), {"x": torch.linspace(-1, 1, 20)})


def test_recurrent_layers_and_attention_are_checked_too() -> None:
    torch.manual_seed(0)
    lstm, attention = nn.LSTM(4, 4).double(), nn.MultiheadAttention(4, 2).double()
    for program in (lambda x: lstm(x)[0].sum(), lambda x: attention(x, x, x)[0].sum()):
        found = gradient_check(program, {"x": torch.randn(3, 2, 4)})
        assert found and not found.unchecked


def test_an_output_given_twice_counts_once() -> None:
    def twice(a: Tensor, b: Tensor) -> dict[str, Tensor]:
        u = a * b
        return {"cost": u, "again": u}

    graph = trace(twice, a=2.0, b=3.0)
    assert graph["a"].gradient == back_propagate(graph)["a"] == 3
    assert gradient_check(twice, {"a": 2.0, "b": 3.0})
