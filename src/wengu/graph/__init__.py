"""The computational graph of any torch program, and back-propagation through it."""

from wengu.graph.back_propagation import BackwardStep, Term, back_propagate, steps_back
from wengu.graph.explain_graph import explain_graph
from wengu.graph.expression import Expression, expression
from wengu.graph.gradient_check import EdgeCheck, GradientCheck, gradient_check
from wengu.graph.graph import Edge, Graph, Node
from wengu.graph.html import to_html
from wengu.graph.naming import named
from wengu.graph.svg import to_svg
from wengu.graph.text import to_text
from wengu.graph.trace import trace

__all__ = [
    "BackwardStep",
    "Edge",
    "EdgeCheck",
    "Expression",
    "GradientCheck",
    "Graph",
    "Node",
    "Term",
    "back_propagate",
    "explain_graph",
    "expression",
    "gradient_check",
    "named",
    "steps_back",
    "to_html",
    "to_svg",
    "to_text",
    "trace",
]
