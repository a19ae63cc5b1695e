"""The graph in words, in both languages."""

import torch

from wengu.core.i18n import use_language
from wengu.graph import explain_graph, expression, to_text, trace


def test_the_example_of_the_notes_in_chinese() -> None:
    use_language("zh")
    lines = explain_graph("J = 3*(a + b*c)", {"a": 5, "b": 3, "c": 2}).splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == ["J = 3*(a + b*c)", "前向", "局部导数", "反向"]
    assert "  dJ/db = dJ/du · ∂u/∂b = 3 · 2 = 6" in lines


def test_signs_and_zeros_read_well() -> None:
    text = to_text(trace(expression("J = relu(-a) * b"), a=2, b=-1))
    assert "  u = -a = -2" in text and "J = v · b = 0 · (-1) = 0" in text and "-0" not in text.replace("-0.", "")
    assert "∂v/∂u = 1 where u > 0, else 0 = 0" in text


def test_tensors_are_told_by_shape_and_length_and_autograds_share_is_named() -> None:
    text = to_text(trace(lambda x: x.cumsum(0).exp(), x=torch.zeros(3, 4)))
    assert "J is the sum of all entries of J." in text
    assert "u = cumsum(x, 0) = 3×4, ‖·‖ = 0" in text
    assert "∂u/∂x = by autograd: CumsumBackward0" in text
    assert "∂J/∂u = J = 3×4, ‖·‖ = 3.4641" in text
