"""Expressions: what they compute, what their nodes are called, and what they refuse, with the column."""

import math

import pytest
import torch

from wengu.core.checks import InputError
from wengu.graph import explain_graph, expression, trace


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3*(a + b*c)", 33.0),
        ("J = -a**2 + +b", -22.0),
        ("2**-c * e - pi", math.e / 4 - math.pi),
        ("max(a, b) + min(1, c) * abs(-a)", 10.0),
        ("z = a*b\nJ = log(z)/sqrt(c)", math.log(15) / math.sqrt(2)),
        ("z = a - 5; relu(z) + sigmoid(z) + tanh(z) + cos(z) + sin(z) + exp(z)", 2.5),
        ("a + max(1, 2) - 2**3", -1.0),
    ],
)
def test_parity_values(text: str, value: float) -> None:
    """Authority: Python's math."""
    program = expression(text)
    given = {name: {"a": 5, "b": 3, "c": 2}[name] for name in program.variables}
    graph = trace(program, **given)
    assert graph.outputs[0].number == pytest.approx(value, rel=1e-15)
    assert float(program(**given)) == pytest.approx(value, rel=1e-15)


def test_names_of_intermediate_results() -> None:
    assert [n.name for n in trace(expression("L = v*(a + b*w)"), v=1, a=2, b=3, w=4)] == ["v", "a", "b", "w", "u", "x", "L"]
    assert [n.name for n in trace(expression("z = a*a; J = z + exp(z)"), a=2)] == ["a", "z", "u", "J"]


def test_tensors_go_through() -> None:
    assert expression("a*b")(a=torch.tensor([1.0, 2.0]), b=2.0).tolist() == [2.0, 4.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3(a + b)", "column 1 of .*only a function can stand before a bracket; write . for a product"),
        ("a^2", "column 3 .*write ..\\*? for a power"),
        ("a + tahn(b)", r"column 5 .*function tahn is unknown; did you mean tanh\? Choose from"),
        ("a + f(b)", "column 5 .*for a product write"),
        ("αβ + a.real", "column 6 .*expected numbers, names"),
        ("__import__('os')", "column 1 .*function __import__ is unknown"),
        ("(lambda: 1)()", "column 2 .*only a function"),
        ("a[0]", "column 1"),
        ("a if b else c", "column 1"),
        ("[a]", "column 1"),
        ("True + a", "column 1 .*expected a number or a name"),
        ("'a'", "expected a number or a name"),
        ("1j*a", "expected a number or a name"),
        ("a // b", "column 6 .*there is"),
        ("max(a)", "column 1 .*max expects 2 arguments, got 1"),
        ("exp(a, out=b)", "exp expects 1 argument, got 2"),
        ("exp + 1", "column 1 .*exp is a function"),
        ("import os", "expected name = formula"),
        ("a = b = 2", "expected name = formula"),
        ("a +", "column 4 .*a formula cannot begin"),
        ("", "got nothing"),
        ("a; a = 2", "defined twice"),
        ("exp = a", "defined twice"),
        ("z = a; z = z*2", "defined twice"),
        ("a" * 5000, "at most 4000 characters, got 5000"),
        ("(" * 1500 + "a" + ")" * 1500, "nested too deeply|a formula cannot begin"),
        ("-" * 3000 + "a", "nested too deeply|a formula cannot begin"),
        ("a\0", "nested too deeply|a formula cannot"),
    ],
)
def test_anything_else_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        expression(text)


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("a*b", {"a": 1.0}, "b: expected a value, got none; give b=1.0"),
        ("alpha*2", {"alpha": 1.0, "alpa": 2.0}, r"alpa: the expression has no such variable; did you mean alpha\? It has: alpha"),
        ("a + 1/0", {"a": 1.0}, "column 5 .*no finite result"),
        ("a + 9**9**9", {"a": 1.0}, "column 5 .*no finite result"),
        ("a + (-8)**0.5", {"a": 1.0}, "column 5 .*not a real number"),
        ("2*3", {}, "expected a result that depends on"),
    ],
)
def test_values_that_do_not_fit_are_refused(text: str, values: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        explain_graph(text, values)
