"""The computational graph, stepped forward for the values and back for the gradients."""

from __future__ import annotations

from wengu.core.i18n import say
from wengu.pages.figure import Fig, Panel, boxes, choice, figure, slider, written

_WIDTH, _HEIGHT = 124.0, 60.0


@figure(shows=["wengu.graph:trace", "wengu.graph:steps_back", "wengu.graph:expression"])
def steps(
    formula=choice("J = 3*(a + b*c)", "J = (a + b)*(a + c)", label="formula",
                   labels=("J = 3(a + b · c)", "J = (a + b) · (a + c)")),
    step=slider(0, 9, 9, label="step: first forward, then back"),
    a=slider(-5.0, 5.0, 5.0, step=0.5, label="a"),
    b=slider(-5.0, 5.0, 3.0, step=0.5, label="b"),
    c=slider(-5.0, 5.0, 2.0, step=0.5, label="c"),
) -> Fig:
    """Values are filled in from left to right, gradients from right to left."""
    from wengu.graph import expression, steps_back, trace
    from wengu.graph.layout import layered
    from wengu.graph.text import backward_line, forward_line

    graph = trace(expression(formula), a=a, b=b, c=c)
    place = {node: k for k, node in enumerate(graph)}
    forward = [node for node in graph if node.parents]
    back = list(steps_back(graph))
    valued = {*graph.inputs, *forward[:step]}
    passed = {one.node: one for one in back[: max(step - len(forward), 0)]}
    now = (back[step - len(forward) - 1].node if step > len(forward) else forward[step - 1]) if step else None
    links = [(place[edge.parent], place[node]) for node in graph for edge in node.edges]
    middles = layered([(_WIDTH, _HEIGHT)] * len(graph), links, right=True, layer_gap=28, gap=18).middles
    made = [
        {"x": x - _WIDTH / 2, "y": y - _HEIGHT / 2, "w": _WIDTH, "h": _HEIGHT,
         "label": written(f"{node.name} = {node.number:.4g}") if node in valued else f"{node.name} = {node.reads}",
         "sub": written(f"d{graph.J}/d{node.name} = {float(passed[node].gradient):.4g}") if node in passed else "",
         "tone": "3" if node is now else "2" if node in passed else "1" if node in valued else "quiet"}
        for node, (x, y) in zip(graph, middles, strict=True)
    ]
    rows = [
        (node.name, node.reads or say("given"), f"{node.number:.6g}" if node in valued else "",
         backward_line(passed[node], graph.J) if node in passed else "")
        for node in graph
    ]
    if now is None:
        told = say("Step 0: a, b and c are given; nothing is computed yet.")
    elif step <= len(forward):
        told = say("Step {step} of {last}, forward: {line}", step=step, last=len(forward) + len(back),
                   line=forward_line(now))
    else:
        told = say("Step {step} of {last}, back: {line}", step=step, last=len(forward) + len(back),
                   line=backward_line(passed[now], graph.J))
    return Fig(
        Panel(boxes(made, links)),
        head=(say("node"), say("computed as"), say("value"), say("gradient, by the chain rule")),
        rows=rows,
        say=told,
        values={"forward": len(forward), "back": len(back), "last": len(forward) + len(back)},
    )
