"""Back-propagation by hand against autograd, finite differences, and formulas that were spoilt on purpose."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wengu.graph import Graph, back_propagate, expression, steps_back, trace
from wengu.graph.local_derivatives import RULES, Rule

PROGRAMS = st.recursive(
    st.sampled_from(["a", "b", "c", "0.7", "2"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(inner, inner).map(lambda t: f"({t[0]} / (1.5 + {t[1]}**2))"),
        st.tuples(st.sampled_from(["sigmoid", "tanh", "relu", "sin", "cos", "abs"]), inner).map(lambda t: f"{t[0]}({t[1]})"),
        inner.map(lambda x: f"exp(sin({x}))"),
        inner.map(lambda x: f"log(1 + abs({x}))"),
        inner.map(lambda x: f"sqrt(1 + {x}**2)"),
        st.tuples(inner, inner).map(lambda t: f"(1 + abs({t[0]}))**tanh({t[1]})"),
        st.tuples(st.sampled_from(["max", "min"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
    ),
    max_leaves=8,
)
NUMBERS = [st.floats(-2, 2).map(lambda x, off=off: round(x, 3) + off) for off in (0.0004321, 0.0002467, 0.0003179)]
"Off the kinks, and no two of them equal."


def difference(program: Any, values: dict[str, float], name: str) -> float:
    """Central difference with one step of Richardson's extrapolation."""

    def slope(h: float) -> float:
        return float(program(**values | {name: values[name] + h}) - program(**values | {name: values[name] - h})) / (2 * h)

    return (4 * slope(5e-5) - slope(1e-4)) / 3


def is_smooth(program: Any, values: dict[str, float], name: str) -> bool:
    """Whether the slopes to both sides differ by curvature alone, which halves with the step; at a kink they do not."""

    def bend(h: float) -> float:
        low, at, high = (float(program(**values | {name: values[name] + step})) for step in (-h, 0, h))
        return (high - 2 * at + low) / h

    return all(abs(bend(h) - 2 * bend(h / 2)) < 1e-6 * (1 + abs(bend(h))) for h in (1e-4, 5e-5))


@settings(max_examples=50, derandomize=True)
@given(PROGRAMS, *NUMBERS)
def test_parity_random_programs(text: str, a: float, b: float, c: float) -> None:
    """Authority: torch.autograd, to 1e-12 in float64, and finite differences, over fifty random scalar programs."""
    program = expression(f"J = {text} + a*b*c")
    values = {"a": a, "b": b, "c": c}
    graph = trace(program, **values)
    by_hand = back_propagate(graph)
    leaves = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in values.items()}
    gradients = torch.autograd.grad(program(**leaves), list(leaves.values()))  # without any tracing
    for name, gradient in zip(leaves, gradients, strict=True):
        torch.testing.assert_close(by_hand[name], gradient, rtol=1e-12, atol=1e-12)
        kinky = any(word in text for word in ("relu", "abs", "max", "min"))
        if not kinky or is_smooth(program, values, name):
            assert float(gradient) == pytest.approx(difference(program, values, name), rel=1e-5, abs=1e-5)
    for node in graph:
        if node.gradient is not None:
            torch.testing.assert_close(by_hand[node.name], node.gradient, rtol=1e-12, atol=1e-12)
    assert not any("autograd" in edge.formula for node in graph for edge in node.edges)


@pytest.mark.parametrize(("a", "slope"), [(2.0, 4.0), (0.5, 0.7)])
def test_a_number_that_comes_first_takes_no_operand_s_place(a: float, slope: float) -> None:
    """Authority: d/da of max(0.7, a)·a is 2a above 0.7 and 0.7 below."""
    gradients = back_propagate(trace(expression("J = max(0.7, a) * a"), a=a))
    assert gradients["a"].item() == pytest.approx(slope, rel=1e-14)


def test_parity_the_example_of_the_notes_back() -> None:
    """Authority: the notes' example: dJ/dv = 3, dJ/du = 3, dJ/da = 3, dJ/db = 6, dJ/dc = 9."""
    graph = trace(expression("J = 3*(a + b*c)"), a=5, b=3, c=2)
    assert {name: float(g) for name, g in back_propagate(graph).items()} == {"J": 1, "v": 3, "u": 3, "a": 3, "b": 6, "c": 9}


def test_a_gradient_is_whole_before_it_is_passed_on() -> None:
    """x feeds two nodes, one of which feeds the other."""
    steps = list(steps_back(trace(expression("u = x*x; J = u*x + u"), x=3)))
    assert [step.node.name for step in steps] == ["J", "v", "u", "x"]
    assert [len(step.terms) for step in steps] == [0, 1, 2, 3]
    assert float(steps[-1].gradient) == 3 * 9 + 2 * 3


# one call of every formula, at generic values, as autograd knows it
X, Y = torch.tensor([[0.3, -1.2, 0.8]], dtype=torch.float64), torch.tensor([[1.1], [0.4]], dtype=torch.float64)
P = torch.tensor([[0.5, 1.2, 2.0]], dtype=torch.float64)
CALLS: dict[str, Any] = {
    "add": lambda: trace(lambda x, y: x + y, x=X, y=Y), "sub": lambda: trace(lambda x, y: x - y, x=X, y=Y),
    "mul": lambda: trace(lambda x, y: x * y, x=X, y=Y), "div": lambda: trace(lambda x, y: x / y, x=X, y=Y),
    "pow": lambda: trace(lambda x, y: x**y, x=P, y=Y), "maximum": lambda: trace(torch_of("maximum"), x=X, y=Y),
    "minimum": lambda: trace(torch_of("min"), x=X, y=Y),
    "matmul": lambda: trace(lambda x, y: x @ y, x=X, y=P.T),
    "linear": lambda: trace(lambda x, y, z: torch.nn.functional.linear(x, y, z), x=torch.stack([X, P]), y=Y @ P, z=Y.flatten()),
    "T": lambda: trace(lambda x: x.T * Y.T, x=X), "t": lambda: trace(lambda x: x.t() * Y.T, x=X),
    "unflatten": lambda: trace(lambda x: x.unflatten(1, (3, 1)).exp(), x=X),
    "view": lambda: trace(lambda x: x.view(3, 1).exp(), x=X), "view_as": lambda: trace(lambda x: x.view_as(P.T).exp(), x=X),
    "reshape": lambda: trace(lambda x: x.reshape(3).exp(), x=X), "softplus": lambda: trace(torch_of("softplus"), x=30 * X),
}  # fmt: skip


def torch_of(name: str) -> Any:
    """torch's function of one or two operands by name."""
    function = getattr(torch, name, None) or getattr(torch.nn.functional, name)
    return (lambda x, y: function(x, y)) if name in ("maximum", "min") else (lambda x: function(x))


def call_of(name: str) -> Graph:
    """A graph with one operation of this name."""
    if name in CALLS:
        return CALLS[name]()  # type: ignore[no-any-return]
    if name in ("clone", "contiguous", "squeeze", "unsqueeze", "flatten"):
        return trace(lambda x: getattr(x, name)(*((0,) if "squeeze" in name else ())).exp(), x=torch.cat([X, P]).t() if name == "contiguous" else X)
    positive = name in ("log", "log1p", "sqrt")
    return trace(torch_of(name), x=P if positive else X)


def matches(graph: Graph) -> bool:
    """Whether by hand is what autograd says."""
    by_hand = back_propagate(graph)
    return all(torch.allclose(by_hand[n.name], n.gradient, rtol=1e-12, atol=1e-12) for n in graph if n.gradient is not None)


@pytest.mark.parametrize("name", RULES)
def test_parity_each_formula(name: str) -> None:
    """Authority: torch.autograd, to 1e-12 in float64; broadcast operands among them."""
    graph = call_of(name)
    followed = [edge for node in graph for edge in node.edges if edge.followed]
    assert followed and all(edge.rule is not None for edge in followed), "the formula was not used"
    assert matches(graph)


@pytest.mark.parametrize(("name", "place"), [(name, i) for name, rules in RULES.items() for i in range(len(rules))])
def test_a_spoilt_formula_is_caught(name: str, place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    good = RULES[name][place]
    spoilt = Rule(
        good.text,
        local=(lambda *given: good.local(*given) + 0.01) if good.local else None,
        share=(lambda *given: good.share(*given) * 1.01) if good.share else None,
    )
    monkeypatch.setitem(RULES, name, (*RULES[name][:place], spoilt, *RULES[name][place + 1 :]))
    assert not matches(call_of(name))


@pytest.mark.parametrize("text", ["relu(x)", "abs(x)", "max(x, y)", "min(x, y)", "(x + 1)**y", "x**2", "(x*1)**1", "(x*1)**0"])
def test_kinks_are_torchs(text: str) -> None:
    graph = trace(expression(f"J = {text} + 0*y"), x=0, y=0)
    assert matches(graph)
