"""A graph as one page that works offline: step forward and backward node by node, and click on a module to open it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from importlib import resources
from urllib.parse import quote

from wengu.core.i18n import language, say
from wengu.graph.back_propagation import BackwardStep, steps_back
from wengu.graph.call import number
from wengu.graph.folding import Box, Folded, fold, modules
from wengu.graph.graph import Graph, Node
from wengu.graph.svg import MOST, drawing, leads_right
from wengu.graph.text import backward_line, forward_line, local_line, operations, shape, shown

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


def to_html(graph: Graph, *, title: str | None = None) -> str:
    """The page as text, to be written to a file. Each module has a drawing; without scripts they are all shown, one
    below the other.

    >>> from wengu.graph import expression, trace
    >>> page = to_html(trace(expression("J = 3*(a + b*c)"), a=5, b=3, c=2), title="J = 3(a + bc)")
    >>> "dJ/db = dJ/du · ∂u/∂b = 3 · 2 = 6" in page, "http://" in page.replace("http://www.w3.org", "")
    (True, False)
    """
    title = title or say("Computational graph")
    known = modules(graph)
    ids = {name: f"m{i}" for i, name in enumerate(["", *known])}
    back = list(steps_back(graph))
    around: dict[str, list[str]] = {"": []}
    for node in graph:
        for depth, name in enumerate(node.module):
            around.setdefault(name, list(node.module[:depth]))
    sections = [_section(graph, name, around[name], ids, back) for name in ("", *known)]
    parameters = sum(node.value.numel() for node in graph if node.kind == "parameter")
    out = graph.outputs[0]
    about = [say("{n} {n:node|nodes}", n=len(graph))]
    if parameters:
        about.append(say("{n} {n:parameter|parameters}", n=f"{parameters:,}"))
    about.append(
        f"{graph.J} = {number(out.number)}"
        if graph.scalar and out.number is not None
        else say(
            "{J} is the sum of all entries of {names}.", J=graph.J, names=", ".join(node.name for node in graph.outputs)
        )
    )
    if known:
        about.append(say("a box with a shadow is a module: click to open it"))
    style = _file("drawing.css") + _file("page.css")
    return f"""<!doctype html>
<html lang="{language()}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{escape(title)}</title>
<style>
{style}</style>
</head>
<body>
<header><h1>{escape(title)}</h1>
<p class="look">{escape(" · ".join(part.rstrip(".。") for part in about))}</p></header>
<main>
{"".join(sections)}</main>
<script>
{_file("page.js")}</script>
</body>
</html>
"""


def _section(graph: Graph, name: str, around: list[str], ids: dict[str, str], back: Sequence[BackwardStep]) -> str:
    """The drawing of the whole, or of one module, with its steps and its table."""
    folded = fold(graph, inside=name)

    def link(module: str) -> str:
        return f"#{quote(ids[module])}"

    if len(folded.boxes) > MOST:
        drawings = [("down", f"<p>{escape(say('Too many boxes for a drawing: {n}.', n=len(folded.boxes)))}</p>")]
    else:
        drawings = [("down", drawing(folded, graph.J, right=False, link=link))]
    if leads_right(folded):
        drawings = [("narrow", drawings[0][1]), ("wide", drawing(folded, graph.J, right=True, link=link))]
    figures = "".join(f'<div class="{kind}">{svg}</div>' for kind, svg in drawings)
    steps = {"forward": _forward(folded), "back": _back(folded, graph.J, back)}
    n = len(steps["forward"]) + len(steps["back"])
    path = _path(name, around, ids)
    data = json.dumps(steps, ensure_ascii=False).replace("</", "<\\/")
    about = escape(name or say("The whole graph"), quote=True)
    return f"""<section id="{ids[name]}" aria-label="{about}">
{path}<div class="scroll" tabindex="0" role="region" aria-label="{escape(say("Drawing"), quote=True)}">{figures}</div>
<form class="steps" data-start="{escape(say("Nothing is computed yet."), quote=True)}">
<button type="button">◀ {escape(say("Back"))}</button>
<input type="range" min="0" max="{n}" value="{n}" aria-label="{escape(say("Step"), quote=True)}">
<button type="button">{escape(say("Forward"))} ▶</button>
<output></output>
</form>
<script type="application/json">{data}</script>
{_table(folded, graph.J, ids)}</section>
"""


def _path(name: str, around: list[str], ids: dict[str, str]) -> str:
    """The way back out of a module."""
    if not name:
        return ""
    outer = [f'<a href="#{ids[one]}">{escape(one or say("The whole graph"))}</a>' for one in ("", *around)]
    return f'<nav class="path">{" › ".join([*outer, escape(name)])}</nav>\n'


def _forward(folded: Folded) -> list[tuple[int, str]]:
    return [
        (i, forward_line(box.node) if box.node is not None and not box.outside else f"{box.title}: {_value(box)}")
        for i, box in enumerate(folded.boxes)
    ]


def _back(folded: Folded, J: str, steps: Sequence[BackwardStep]) -> list[tuple[int, str]]:
    """The gradients in the order of back-propagation; of a module, the gradient of its result."""
    place = {box.result: i for i, box in enumerate(folded.boxes) if not box.outside}
    found = []
    for step in steps:
        if (i := place.get(step.node)) is not None:
            box = folded.boxes[i]
            line = backward_line(step, J) if box.node is not None else f"d{J}/d({box.title}) = {shown(step.gradient)}"
            found.append((i, line))
    return found


def _table(folded: Folded, J: str, ids: dict[str, str]) -> str:
    head = [say("node"), say("operation"), say("value"), say("gradient d{J}/d·", J=J), say("local derivatives")]
    rows = []
    for box in folded.boxes:
        if box.outside:
            continue
        name = escape(box.title)
        if box.module:
            name = f'<a href="#{ids[box.module]}">{name}</a>'
        node = _result(box)
        edges = box.node.edges if box.node is not None else ()
        local = "".join(f"<div>{escape(local_line(edge))}</div>" for edge in edges)
        gradient = escape(shown(node.gradient)) if node.gradient is not None else ""
        rows.append(
            f'<tr><th scope="row">{name}</th><td>{escape(operations(box))}</td>'
            f'<td class="value">{escape(_value(box))}</td>'
            f'<td class="gradient">{gradient}</td><td>{local}</td></tr>'
        )
    heads = "".join(f'<th scope="col">{escape(one)}</th>' for one in head)
    return (
        f'<h2>{escape(say("Every number"))}</h2>\n<div class="scroll" tabindex="0" role="region" '
        f'aria-label="{escape(say("Every number"), quote=True)}"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>\n"
    )


def _result(box: Box) -> Node:
    return box.result or box.nodes[-1]


def _value(box: Box) -> str:
    node = _result(box)
    return number(node.number) if node.number is not None else shape(node.value)


def _file(name: str) -> str:
    return resources.files("wengu.graph").joinpath(name).read_text(encoding="utf-8")
