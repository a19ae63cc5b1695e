"""The computational graph, stepped forward for the values and back for the gradients."""

from __future__ import annotations

from wengu.core.i18n import say
from wengu.pages.figure import Fig, Panel, boxes, choice, figure, link, slider, written
from wengu.pages.figure import steps as played
from wengu.pages.question import Number, Options, question

_WIDTH, _HEIGHT = 124.0, 60.0


@figure(shows=["wengu.graph:trace", "wengu.graph:steps_back", "wengu.graph:expression"], ahead=1280,
        links=[link("a", "a", "4", "a"), link("b", "b", "5", "b"), link("c", "c", "6", "c")])
def steps(
    formula=choice("J = 3*(a + b*c)", "J = (a + b)*(a + c)", label="formula",
                   labels=("J = 3(a + b · c)", "J = (a + b) · (a + c)")),
    a=slider(-5.0, 5.0, 5.0, step=0.5, label="a"),
    b=slider(-5.0, 5.0, 3.0, step=0.5, label="b"),
    c=slider(-5.0, 5.0, 2.0, step=0.5, label="c"),
    step=played(0, 9, label="step: first forward, then back"),
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
    edges = [edge for node in graph for edge in node.edges]
    links = [(place[edge.parent], place[edge.child]) for edge in edges]
    local = [f"{edge.local.item():.3g}" if edge.child in valued and edge.local is not None else "" for edge in edges]
    middles = layered([(_WIDTH, _HEIGHT)] * len(graph), links, right=True, layer_gap=52, gap=18).middles
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
        told = say("Step {step} of {last}, forward: {line}.", step=step, last=len(forward) + len(back),
                   line=forward_line(now))
    else:
        told = say("Step {step} of {last}, back: {line}.", step=step, last=len(forward) + len(back),
                   line=backward_line(passed[now], graph.J))
    return Fig(
        Panel(boxes(made, links, local), title=say("on each arrow its local derivative")),
        head=(say("node"), say("computed as"), say("value"), say("gradient, by the chain rule")),
        rows=rows,
        say=told,
        values={"forward": len(forward), "back": len(back), "last": len(forward) + len(back)},
    )


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=steps)
def two_ways(rng):
    """What comes back on two ways is added up."""
    found = _gradient("J = (a + b)*(a + c)", "a", a=5.0, b=3.0, c=2.0)
    return Options("both" if found == 15 else "one", of=("one", "other", "both"),
                   then={"formula": "J = (a + b)*(a + c)", "step": 9}, found=found)


@question
def through_a_product(rng):
    """The local derivative of a product is the other factor."""
    k, (a, b, c) = rng.choice([2.0, 3.0, 4.0]), map(float, rng.sample([1, 2, 3, 5, 6, 7], 3))
    return Number(_gradient("J = k*(a + b*c)", "b", k=k, a=a, b=b, c=c),
                  traps={"own": k * b, "local": c, "no_product": k}, k=k, a=a, b=b, c=c)


@question
def used_twice(rng):
    """J = (a + b)(a + c)."""
    a, b, c = map(float, rng.sample([1, 2, 3, 4, 6, 8], 3))
    return Number(_gradient("J = (a + b)*(a + c)", "a", a=a, b=b, c=c),
                  traps={"first": a + c, "second": a + b, "product": (a + b) * (a + c)}, a=a, b=b, c=c)


@question
def squared_error(rng):
    """The chain rule through a square and a sum."""
    w, x = rng.choice([2.0, 1.0, -1.0]), rng.choice([2.0, 3.0, -2.0])
    b, y = rng.choice([1.0, 0.0, -1.0]), rng.choice([1.0, 4.0, 6.0])
    off = w * x + b - y
    return Number(_gradient("J = (w*x + b - y)*(w*x + b - y)", "w", w=w, x=x, b=b, y=y),
                  traps={"no_x": 2 * off, "no_2": off * x, "cost": off**2, "sign": -2 * off * x}, w=w, x=x, b=b, y=y)


@question
def not_emptied(rng):
    """`.grad` adds up."""
    import torch

    w, times = rng.choice([2.0, 3.0, 5.0]), rng.choice([2, 3, 4])
    at = torch.tensor(w, requires_grad=True)
    for _ in range(times):
        (at**2).backward()
    return Number(at.grad, traps={"one": 2 * w, "cost": w**2, "power": (2 * w) ** times}, w=w, times=times)


@question
def of_a_layer(rng):
    """Which product has the shape of W and the values of automatic differentiation."""
    import torch

    x, w = torch.randn(2, 5, generator=torch.Generator().manual_seed(0)), torch.ones(3, 2, requires_grad=True)
    z = w @ x
    back = torch.linspace(-1, 1, z.numel()).reshape(z.shape)
    (found,) = torch.autograd.grad(z, w, back)
    return Options("outer" if torch.allclose(back @ x.T, found, atol=1e-6) else "left",
                   of=("outer", "left", "weights", "elementwise"))


def _gradient(formula: str, name: str, **values: float) -> float:
    from wengu.graph import back_propagate, expression, trace

    found = back_propagate(trace(expression(formula), **values))
    return found[name].item()
