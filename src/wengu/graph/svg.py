"""A graph as a drawing: boxes with operation, value and gradient, and local derivatives at the arrows.   [notes 2.2]"""

from __future__ import annotations

from collections.abc import Callable, Collection
from html import escape
from importlib import resources
from itertools import pairwise
from typing import NamedTuple

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.graph.call import number
from wengu.graph.folding import Arrow, Box, Folded, fold
from wengu.graph.graph import Graph, Node
from wengu.graph.layout import Point, layered
from wengu.graph.text import columns, local_line, operations, shape

_LETTER = 7.9  # width of a letter at 13 px in any monospaced font, with a little room
_LINE, _PADDING, _MARGIN = 19.0, 11.0, 14.0
_LONGEST, _SHORT = 34, 12
MOST = 600  # boxes in one drawing
_ABREAST = 5  # boxes from left to right
_MANY = 60  # arrows; beyond, their formulas are in the tooltips alone


class TextLine(NamedTuple):
    """One line of text in a box."""

    kind: str  # name, about, value or gradient
    text: str


def to_svg(graph: Graph, *, depth: int = 1, opened: Collection[str] = (), right: bool | None = None) -> str:
    """The drawing as a file that stands alone, in the colours of a light or a dark screen.

    It runs to the right where every node is a number and the way is short, else downward, unless `right` is given.
    Modules below `depth` stay folded, except those in `opened`.

    Raises InputError for more than 600 boxes, and a module that is not there.

    >>> from wengu.graph import expression, trace
    >>> to_svg(trace(expression("J = 3*(a + b*c)"), a=5, b=3, c=2))[:38]
    '<svg xmlns="http://www.w3.org/2000/svg'
    """
    style = resources.files("wengu.graph").joinpath("drawing.css").read_text(encoding="utf-8")
    folded = fold(graph, depth=depth, opened=opened)
    return drawing(folded, graph.J, right=leads_right(folded) if right is None else right, style=style)


def leads_right(folded: Folded) -> bool:
    """Whether the notes' direction suits: numbers alone, in so few steps that they fit beside one another."""
    steps = dict.fromkeys(folded.boxes, 1)
    for arrow in sorted(folded.arrows, key=lambda arrow: folded.boxes.index(arrow.end)):
        steps[arrow.end] = max(steps[arrow.end], steps[arrow.start] + 1)
    numbers = all(box.node is not None and box.node.number is not None for box in folded.boxes)
    return numbers and max(steps.values(), default=0) <= _ABREAST


def drawing(folded: Folded, J: str, *, right: bool, style: str = "", link: Callable[[str], str] | None = None) -> str:
    """The boxes and arrows as one <svg>; with `link` every module is a link to what that returns for it."""
    boxes, arrows = folded.boxes, folded.arrows
    if len(boxes) > MOST:
        raise InputError(
            say("graph: expected at most {most} boxes in one drawing, got {got}; open fewer modules, or take to_text",
                most=MOST, got=len(boxes))
        )
    texts = [_lines(box, J) for box in boxes]
    labels = {i: label for i, arrow in enumerate(arrows) if len(arrows) <= _MANY and (label := _label(arrow))}
    sizes = [
        (max(columns(line.text) for line in lines) * _LETTER + 2 * _PADDING, len(lines) * _LINE + 2 * _PADDING - 5)
        for lines in texts
    ]
    sizes += [(columns(label) * _LETTER * 12 / 13, _LINE) for label in labels.values()]
    place = {box: i for i, box in enumerate(boxes)}
    stands = dict(
        zip(labels, range(len(boxes), len(sizes)), strict=True)
    )  # a label has a place of its own on its arrow
    ways = [
        [place[arrow.start], *([stands[i]] if i in stands else []), place[arrow.end]] for i, arrow in enumerate(arrows)
    ]
    links = [link_ for way in ways for link_ in pairwise(way)]
    layout = layered(sizes, links, right=right, layer_gap=(26 if right else 18) if labels else 40, gap=14)
    parts_of = iter(layout.routes)
    routes = [[point for _ in way[1:] for point in next(parts_of)] for way in ways]
    width, height = layout.width + 2 * _MARGIN, layout.height + 2 * _MARGIN
    about = escape(
        f"{J}: " + ", ".join(box.title for box in boxes[:12]) + (", .." if len(boxes) > 12 else ""), quote=True
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" role="img" aria-label="{about}" '
        f'viewBox="{-_MARGIN:g} {-_MARGIN:g} {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'style="min-width:{0.75 * width:.0f}px">'
    ]
    if style:
        parts.append(f"<style>{style}</style>")
    ends = [(way[0], way[-1]) for way in ways]
    parts += [_arrow(arrow, routes[i], ends[i], right) for i, arrow in enumerate(arrows)]
    parts += [_box(box, texts[i], sizes[i], layout.middles[i], i, link) for i, box in enumerate(boxes)]
    parts += [_written(label, sizes[stands[i]], layout.middles[stands[i]], ends[i]) for i, label in labels.items()]
    return "\n".join([*parts, "</svg>"])


def _lines(box: Box, J: str) -> list[TextLine]:
    """The lines of a box, from top to bottom."""
    node = box.result or box.nodes[-1]
    value = number(node.number) if node.number is not None else shape(node.value)
    if box.outside:
        return [TextLine("name", _cut(box.title)), TextLine("value", value)]
    if box.node is not None and len(box.title) <= _SHORT:
        lines = [TextLine("name", _cut(f"{box.title} = {node.reads}" if node.reads else box.title))]
    elif box.node is not None:
        lines = [TextLine("name", _cut(box.title)), *([TextLine("about", _cut(node.reads))] if node.reads else [])]
    else:
        learned = say(" · {n} {n:parameter|parameters}", n=f"{box.parameters:,}") if box.parameters else ""
        lines = [TextLine("name", _cut(box.title)), TextLine("about", operations(box) + learned)]
    lines.append(TextLine("value", value))
    if node.gradient is not None:
        lines.append(TextLine("gradient", _gradient(node, J)))
    return lines


def _gradient(node: Node, J: str) -> str:
    short = len(node.name) <= _SHORT and node.name.isidentifier()
    if node.number is not None and node.gradient is not None:
        return f"d{J}/d{node.name if short else '·'} = {number(float(node.gradient))}"
    length = f"{float(node.gradient.norm()):.3g}" if node.gradient is not None else "-"
    return (
        f"‖d{J}/d{node.name}‖ = {length}" if short else say("‖gradient‖ = {length}", length=length)
    )


def _label(arrow: Arrow) -> str:
    """∂u/∂b = c = 2 between numbers; a long formula is left to the tooltip."""
    followed = [edge for edge in arrow.edges if edge.followed]
    if arrow.start.module or arrow.end.module or not followed:
        return ""
    locals_ = [edge.local for edge in followed]
    if any(one is None or one.numel() != 1 for one in locals_):
        return ""
    head = f"∂{followed[0].child.name}/∂{followed[0].parent.name}"
    value = number(sum(float(one) for one in locals_ if one is not None))
    formula = " + ".join(edge.formula for edge in followed)
    if followed[0].rule is None or len(formula) > 12 or formula == value:
        return f"{head} = {value}"
    return f"{head} = {formula} = {value}"


def _arrow(arrow: Arrow, route: list[Point], pair: tuple[int, int], right: bool) -> str:
    path = f"M{route[0][0]:.1f},{route[0][1]:.1f}"
    *before, (x, y) = route
    tip = (x - 7, y) if right else (x, y - 7)
    stops = [*before, tip]
    for (ax, ay), (bx, by) in pairwise(stops):
        mx, my = (ax + bx) / 2, (ay + by) / 2
        path += (
            f"C{mx:.1f},{ay:.1f} {mx:.1f},{by:.1f}" if right else f"C{ax:.1f},{my:.1f} {bx:.1f},{my:.1f}"
        ) + f" {bx:.1f},{by:.1f}"
    head = f"M{x:.1f},{y:.1f}l-9,-4.5v9z" if right else f"M{x:.1f},{y:.1f}l-4.5,-9h9z"
    stopped = "" if not arrow.edges or any(edge.followed for edge in arrow.edges) else " stopped"
    told = "\n".join(local_line(edge) for edge in arrow.edges[:4])
    return (
        f'<g class="arrow{stopped}" data-from="{pair[0]}" data-to="{pair[1]}"><title>{escape(told)}</title>'
        f'<path class="way" d="{path}"/><path class="head" d="{head}"/></g>'
    )


def _box(
    box: Box,
    lines: list[TextLine],
    size: Point,
    middle: Point,
    index: int,
    link: Callable[[str], str] | None,
) -> str:
    width, height = size
    kind = "outside" if box.outside else "module" if box.module else box.nodes[0].kind
    rect = f'x="{-width / 2:.1f}" y="{-height / 2:.1f}" width="{width:.1f}" height="{height:.1f}" rx="8"'
    behind = f'<rect class="behind" {rect} transform="translate(4 4)"/>' if box.module else ""
    top = -height / 2 + _PADDING + 11
    texts = "".join(
        f'<text class="{line.kind}" y="{top + i * _LINE:.1f}">{escape(line.text)}</text>'
        for i, line in enumerate(lines)
    )
    full = (
        box.title
        if box.node is None
        else f"{box.nodes[0].name} = {box.nodes[0].reads}"
        if box.nodes[0].reads
        else box.nodes[0].name
    )
    inner = f"<title>{escape(full)}</title>{behind}<rect {rect}/>{texts}"
    if box.module and link is not None:
        inner = f'<a href="{escape(link(box.module), quote=True)}">{inner}</a>'
    return (
        f'<g class="box {kind}" data-box="{index}" transform="translate({middle[0]:.1f} {middle[1]:.1f})">{inner}</g>'
    )


def _written(label: str, size: Point, middle: Point, pair: tuple[int, int]) -> str:
    """The local derivative, in a gap of its arrow."""
    (width, height), (x, y) = size, middle
    return (
        f'<g class="local" data-from="{pair[0]}" data-to="{pair[1]}" transform="translate({x:.1f} {y:.1f})">'
        f'<rect x="{-width / 2:.1f}" y="{-height / 2:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
        f'<text y="4">{escape(label)}</text></g>'
    )


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 2] + ".."
