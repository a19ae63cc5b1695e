"""The recorded graph: names, values, gradients; what is in place, a view, unseen, or no tensor at all."""

import time
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.graph.networks import ResNet18, Wrong
from tests.pace import slower
from wengu.core.checks import InputError
from wengu.graph import Graph, back_propagate, gradient_check, named, trace


def notes(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    u = b * c
    v = a + u
    J = 3 * v
    return J  # noqa: RET504


def matches_autograd(graph: Graph, **tolerance: float) -> None:
    """Back-propagation by hand gives what autograd does, at every node."""
    found = back_propagate(graph)
    for node in graph:
        if node.gradient is not None:
            torch.testing.assert_close(found[node.name], node.gradient, **tolerance)  # type: ignore[arg-type]


def test_parity_the_example_of_the_notes() -> None:
    """Authority: the notes' example, J = 3(a + bc) with a = 5, b = 3, c = 2: u = 6, v = 11, J = 33."""
    graph = trace(notes, a=5, b=3, c=2)
    assert {node.name: node.number for node in graph} == {"a": 5, "b": 3, "c": 2, "u": 6, "v": 11, "J": 33}
    assert {node.name: float(node.gradient) for node in graph} == {"a": 3, "b": 6, "c": 9, "u": 3, "v": 3, "J": 1}  # type: ignore[arg-type]
    locals_ = {(e.child.name, e.parent.name): (e.formula, float(e.local)) for n in graph for e in n.edges}  # type: ignore[arg-type]
    assert locals_ == {("u", "b"): ("c", 2), ("u", "c"): ("b", 3), ("v", "a"): ("1", 1), ("v", "u"): ("1", 1), ("J", "v"): ("3", 3)}


def test_the_caller_keeps_tensors_and_gradients() -> None:
    x = torch.ones(3, requires_grad=True)
    trace(lambda x: x.mul(2).sum(), x=x)
    assert x.grad is None and x.grad_fn is None


def test_variables_that_are_assigned_again_have_nodes_of_their_own() -> None:
    def program(x: Tensor) -> Tensor:
        x = x * 2
        x = x.exp()
        return x + 0

    assert [node.name for node in trace(program, x=1.0)] == ["x", "x_2", "x_3", "J"]


def test_names_for_what_has_none() -> None:
    W = torch.tensor([2.0, 3.0], requires_grad=True)
    graph = trace(lambda x: (named("z", x * W).exp() + torch.arange(2)).sum(), x=torch.zeros(2))
    assert [node.name for node in graph] == ["x", "W", "z", "u", "v", "w", "J"]
    assert (graph["W"].kind, graph["v"].operation, graph["v"].differentiable) == ("parameter", "arange", False)
    matches_autograd(graph)


def test_in_place_operations_keep_the_value_from_before() -> None:
    def program(x: Tensor) -> Tensor:
        y = x + 1
        z = y.mul_(x)
        z += 2
        return y.exp().sum()

    x = torch.tensor([0.0, 1.0], dtype=torch.float64)
    graph = trace(program, x=x)
    assert [node.operation for node in graph] == ["", "add", "mul", "add", "exp", "sum"]
    torch.testing.assert_close(graph.nodes[1].value, x + 1)
    torch.testing.assert_close(graph.nodes[2].value, x * (x + 1))
    matches_autograd(graph)


def test_views_written_into_and_tensors_filled_entry_by_entry() -> None:
    def program(a: Tensor, b: Tensor) -> Tensor:
        x = torch.zeros(3, dtype=torch.float64)
        x[0] = a
        x[1:] = b
        y = x.clone()
        y[0].mul_(b)  # changes y through a view
        p, q, r = y.unbind()
        return p * q * q + r

    graph = trace(program, a=2.0, b=3.0)
    assert [float(graph[name].gradient) for name in "ab"] == [27.0, 55.0]  # type: ignore[arg-type]
    assert graph["J"].number == 57
    assert [node.operation for node in graph][2:7] == ["zeros", "setitem", "setitem", "clone", "CopySlices"]
    matches_autograd(graph, rtol=0, atol=1e-12)


def test_a_custom_function_is_one_node() -> None:
    graph = trace(lambda x: Wrong.apply(x, 2.0) + 1, x=3.0)
    assert [(node.name, node.reads, node.number) for node in graph] == [("x", "", 3), ("u", "Wrong(x, 2)", 18), ("J", "u + 1", 19)]
    assert float(graph["x"].gradient) == 18.0  # type: ignore[arg-type]
    assert type(vars(torch.autograd.Function)["apply"]) is classmethod
    matches_autograd(graph)
    x = torch.tensor(3.0, requires_grad=True)
    (g,) = torch.autograd.grad(Wrong.apply(x, 2.0), x)
    assert float(g) == 18.0  # torch is left as it was


def test_a_tensor_computed_from_another_operand_counts_once() -> None:
    """bmm(x, xᵀ) without a formula: autograd asked from end to end would add the way through the transpose."""
    graph = trace(lambda x: torch.bmm(x, x.transpose(1, 2)).sum(), x=torch.randn(2, 3, 4, dtype=torch.float64))
    assert "autograd" in graph["v"].edges[0].formula
    matches_autograd(graph, rtol=0, atol=1e-12)


def test_integers_masks_and_what_autograd_leaves_out() -> None:
    def program(x: Tensor, rows: Tensor) -> Tensor:
        mask = x > 0
        with torch.no_grad():
            scale = x.abs().max()
        return (torch.where(mask, x, 0 * x)[rows] / scale).sum() + x.detach().sum()

    graph = trace(program, x=torch.tensor([1.0, -2.0, 4.0]), rows=torch.tensor([0, 2, 2]))
    assert graph["mask"].gradient is None and graph["scale"].gradient is None and graph["rows"].kind == "input"
    assert [edge.followed for edge in graph["scale"].edges] == [False]
    matches_autograd(graph)


def test_a_number_that_is_written_into_is_no_mere_number() -> None:
    def program(x: Tensor) -> Tensor:
        s = torch.tensor(1.0, dtype=torch.float64)
        s += x
        s += torch.tensor(2.0, dtype=torch.float64)
        return s * s

    graph = trace(program, x=4.0)
    assert [node.reads for node in graph if node.kind == "operation"] == ["tensor(1)", "u + x", "s + 2", "s_2 · s_2"]
    assert graph["J"].number == 49
    matches_autograd(graph)
    assert gradient_check(program, {"x": 4.0})


def test_a_variable_names_a_modules_result_but_not_twice() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Linear(2, 2), nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            z = self.first(x)
            x = torch.relu(z)
            x = self.second(x)
            return x.sum()

    names = [node.name for node in trace(Net(), x=torch.ones(1, 2)) if node.kind != "parameter"]
    assert names == ["x", "z", "x_2", "second.linear", "J"]


def test_several_outputs_are_summed() -> None:
    graph = trace(lambda x: {"square": x * x, "twice": (2 * x, 7)}, x=torch.tensor([1.0, 2.0]))
    assert len(graph.outputs) == 2 and graph.J == "J"
    torch.testing.assert_close(graph["x"].gradient, torch.tensor([4.0, 6.0]))
    matches_autograd(graph)


def test_every_number_of_a_multiple_output_gets_its_own_gradient() -> None:
    graph = trace(lambda x: torch.stack([a * (i + 1) for i, a in enumerate(x.split(1))]).sum() + x.max(0).values, x=torch.ones(3))
    matches_autograd(graph)


def test_modules_name_parameters_and_operations() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Sequential(nn.Linear(4, 4), nn.ReLU()))
    graph = trace(net, input=torch.randn(2, 3))
    assert {"0.weight", "0.bias", "0.linear", "1.tanh", "2.0.weight", "2.1.relu"} <= {node.name for node in graph}
    assert graph["2.0.linear"].module == ("2", "2.0")
    assert graph["2.0.linear"].reads == "linear(1.tanh, weight, bias)"
    assert not any("autograd" in edge.formula for node in graph for edge in node.edges)
    matches_autograd(graph)


def test_a_module_called_twice_is_told_apart() -> None:
    layer = nn.Linear(2, 2)
    graph = trace(lambda x: layer(layer(x)).sum(), x=torch.ones(1, 2))
    assert [node.name for node in graph if node.operation == "linear"] == ["Linear.linear", "Linear#2.linear"]
    assert sum(node.kind == "parameter" for node in graph) == 2
    matches_autograd(graph)


def test_what_a_module_does_unseen_is_its_own() -> None:
    class Doubles(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            y = x.clone()
            y[0].mul_(2)  # y changes through a view
            return y

    net = Doubles()
    graph = trace(lambda x: net(x).sum(), x=torch.ones(2))
    assert graph["J"].parents[0].operation == "CopySlices"
    assert graph["J"].parents[0].module == ("Doubles",)
    matches_autograd(graph)


def test_what_vmap_computes_is_one_node() -> None:
    cubes = torch.func.vmap(torch.func.grad(lambda row: (row**3).sum()))
    graph = trace(lambda x: cubes(x).sum(), x=torch.tensor([[1.0, 2.0]]))
    torch.testing.assert_close(graph["x"].gradient, torch.tensor([[6.0, 12.0]]))
    matches_autograd(graph)


def test_half_precision_within_autocast() -> None:
    W = torch.randn(2, 3, requires_grad=True)

    def program(x: Tensor) -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return F.linear(x, W).float().exp().sum()

    matches_autograd(trace(program, x=torch.randn(4, 3)))


def test_nothing_stays_hooked_when_the_program_fails() -> None:
    def broken(x: Tensor) -> Tensor:
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        trace(broken, x=1.0)
    hooks = nn.modules.module._global_forward_pre_hooks, nn.modules.module._global_forward_hooks
    assert not any(hooks)
    assert type(vars(torch.autograd.Function)["apply"]) is classmethod


@pytest.mark.parametrize("result", [lambda x: x.item(), lambda x: x.detach(), lambda x: torch.ones(2)])
def test_a_result_without_gradient_is_refused(result: Any) -> None:
    with pytest.raises(InputError, match=r"f: expected a result that depends on .* got"):
        trace(result, x=1.0)


def test_an_unknown_node_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no node 'alpa'; did you mean alpha\?"):
        trace(lambda alpha: alpha * 2, alpha=1.0)["alpa"]


@pytest.mark.parametrize("training", [False, True])
def test_a_residual_network_in_seconds_and_equal_to_autograd(training: bool) -> None:
    torch.manual_seed(0)
    net = ResNet18(8, 10).double().train(training)
    y = torch.tensor([1, 2])
    began = time.process_time()
    graph = trace(lambda x: F.cross_entropy(net(x), y), x=torch.randn(2, 3, 32, 32, dtype=torch.float64))
    matches_autograd(graph, rtol=1e-10, atol=1e-12)
    assert time.process_time() - began < 5 * slower()
    assert len(graph) > 130
    graph["J"].value  # noqa: B018
    net.zero_grad()
    assert all(node.gradient is not None for node in graph if node.kind == "parameter")


@pytest.mark.parametrize(
    "net", [nn.LSTM(3, 4, 2, batch_first=True), nn.GRU(3, 4), nn.TransformerEncoderLayer(3, 1, 8, dropout=0.0)]
)
def test_what_torch_runs_in_one_piece(net: nn.Module) -> None:
    net = net.double()
    matches_autograd(trace(lambda x: net(x), x=torch.randn(2, 5, 3, dtype=torch.float64)), rtol=0, atol=1e-12)
