"""A formula and its values, explained forward and backward: `wengu explain graph "J = 3*(a + b*c)" a=5 b=3 c=2`."""

from __future__ import annotations

from wengu.graph.expression import check_values, expression
from wengu.graph.text import to_text
from wengu.graph.trace import trace


def explain_graph(text: str, values: dict[str, float]) -> str:
    """Every value on the way forward, every local derivative, and every gradient on the way back.

    Raises InputError for a formula that cannot be read (with the column), and for values that do not fit it.

    >>> print(explain_graph("J = 3*(a + b*c)", {"a": 5, "b": 3, "c": 2}))
    J = 3*(a + b*c)
    <BLANKLINE>
    Forward
      a = 5
      b = 3
      c = 2
      u = b · c = 3 · 2 = 6
      v = a + u = 5 + 6 = 11
      J = 3 · v = 3 · 11 = 33
    <BLANKLINE>
    Local derivatives
      ∂u/∂b = c = 2
      ∂u/∂c = b = 3
      ∂v/∂a = 1
      ∂v/∂u = 1
      ∂J/∂v = 3
    <BLANKLINE>
    Backward
      dJ/dJ = 1
      dJ/dv = dJ/dJ · ∂J/∂v = 1 · 3 = 3
      dJ/du = dJ/dv · ∂v/∂u = 3 · 1 = 3
      dJ/dc = dJ/du · ∂u/∂c = 3 · 3 = 9
      dJ/db = dJ/du · ∂u/∂b = 3 · 2 = 6
      dJ/da = dJ/dv · ∂v/∂a = 3 · 1 = 3
    """
    program = expression(text)
    check_values(program.variables, values)
    graph = trace(program, **{name: float(values[name]) for name in program.variables})
    return f"{text.strip()}\n\n{to_text(graph)}"
