"""Expressions: what Python itself gives for them, and nothing else is read."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wengu.core.checks import InputError
from wengu.practice import Expression, Limit

NAMES = ("accuracy", "latency_ms", "x1")
LEAVES = st.one_of(st.sampled_from(NAMES), st.integers(0, 99).map(str), st.floats(0.01, 9, allow_nan=False).map(lambda x: f"{x:.3g}"))
TREES = st.recursive(LEAVES, lambda inner: st.one_of(
    st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda parts: "(" + " ".join(parts) + ")"),
    inner.map(lambda one: f"-{one}")), max_leaves=8).filter(lambda text: len(text) <= 200)


@pytest.mark.parity
@given(TREES, st.lists(st.floats(-5, 5, allow_nan=False), min_size=3, max_size=3))
def test_parity_of_arithmetic(text: str, values: list[float]) -> None:
    """Authority: Python's eval of the same text."""
    names = dict(zip(NAMES, values, strict=True))
    try:
        want = eval(text, {"__builtins__": {}}, dict(names))
    except ZeroDivisionError:
        want = math.nan
    found = Expression.parse(text)
    assert found(names) == pytest.approx(want, rel=1e-12, nan_ok=True)
    assert set(found.names) == {name for name in NAMES if name in text}


@pytest.mark.parametrize("text", [
    "", "accuracy **2", "__import__('os').system('x')", "accuracy.real", "accuracy[0]", "a if b else c", "accuracy < 1",
    "lambda: 1", "'text'", "True", "1j", "1e999", "9" * 180 + "e999", "f(x)", "a; b", "a\nb", "a =", "not a", "~a", "a // b", "a % b",
    "(" * 150 + "a" + ")" * 40, "[a]", "a := 1", "a, b", "...", "None", "9" * 199 + "*" + "",
])
def test_nothing_else_is_read(text: str) -> None:
    with pytest.raises(InputError, match="expected numbers, names"):
        Expression.parse(text)


def test_what_is_too_long_is_refused() -> None:
    with pytest.raises(InputError, match="expected at most 200 letters, got 399"):
        Expression.parse("+".join("a" * 200))


def test_the_notes_example() -> None:
    """accuracy - 0.5 * time."""
    score = Expression.parse("accuracy - 0.5*time")
    assert [round(score({"accuracy": a, "time": t}), 4) for a, t in ((0.90, 0.080), (0.92, 0.095), (0.95, 1.5))] == [
        0.86, 0.8725, 0.2]


@pytest.mark.parametrize(("text", "value", "holds"), [
    ("latency_ms<=100", 100, True), ("latency_ms < 100", 100, False), ("accuracy >= 90 %", 0.9, True),
    ("accuracy>0.9", 0.9, False), ("parameters<=1e6", 1_000_001, False), ("x1<=1", math.nan, False), ("x1>=-2", -1, True),
])
def test_limits(text: str, value: float, holds: bool) -> None:
    limit = Limit.parse(text)
    assert limit.holds(limit.of(dict.fromkeys(limit.of.names, value))) is holds


@pytest.mark.parametrize("text", ["latency_ms", "latency_ms=100", "latency_ms<=", "<=100", "a<=b", "a<=1<=2", "a<=inf", "a<=1e999",
                                  "a==1", "a<=5 % %"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="expected a limit such as latency_ms<=100|expected numbers, names"):
        Limit.parse(text)
