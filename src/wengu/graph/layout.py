"""A drawing in layers: every arrow leads downward (or to the right), crosses few others and is nearly straight.

1. Layer: the longest way from a start; a start stands just before the first that it feeds.
2. Order: an arrow over several layers gets a bend in each; sweeps put each box at the mean place of its neighbours, and
   the order with the fewest crossings is kept.
3. Place: each box as near to the mean of those above it (then below it, in turn, above at last, which makes a chain
   straight) as the order and the gaps allow, by least squares.

Source: Sugiyama, Tagawa & Toda 1981, "Methods for visual understanding of hierarchical system structures"; step 3 is
isotonic regression, solved by pooling adjacent violators (Barlow et al. 1972).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import NamedTuple

Point = tuple[float, float]
_SWEEPS = 12
_LARGE = 5_000  # boxes and bends, from which on a second matters more than the last pixel


class Layout(NamedTuple):
    """The middle of every box, the points that every arrow passes, and the size of the whole."""

    middles: list[Point]
    routes: list[list[Point]]
    width: float
    height: float


class Neighbours(NamedTuple):
    """What stands above and below each box or bend, at the other end of an arrow."""

    up: dict[int, list[int]]
    down: dict[int, list[int]]


def layered(
    sizes: Sequence[Point],
    arrows: Sequence[tuple[int, int]],
    *,
    right: bool = False,
    layer_gap: float = 48,
    gap: float = 24,
) -> Layout:
    """Places for boxes of these sizes (width, height); the arrows go round in no circle.

    >>> layered([(40, 20), (40, 20)], [(0, 1)], layer_gap=10).middles
    [(20.0, 10.0), (20.0, 40.0)]
    """
    across = [height if right else width for width, height in sizes]
    along = [width if right else height for width, height in sizes]
    layers = _layers(len(sizes), arrows)
    chains = _bend(layers, arrows, across, along)
    near = _neighbours(pair for chain in chains for pair in pairwise(chain))
    rows: list[list[int]] = [[] for _ in range(max(layers, default=-1) + 1)]
    for one, layer in enumerate(layers):
        rows[layer].append(one)
    rows = _ordered(rows, near)
    x = _placed(rows, near, across, len(sizes), gap)
    left = min((x[one] - across[one] / 2 for one in range(len(x))), default=0.0)
    x = [one - left for one in x]
    y, end = [0.0] * len(x), 0.0
    for row in rows:
        thick = max((along[one] for one in row), default=0.0)
        for one in row:
            y[one] = end + thick / 2
        end += thick + layer_gap
    breadth = max((x[one] + across[one] / 2 for one in range(len(x))), default=0.0)

    def turn(a: float, b: float) -> Point:
        return (b, a) if right else (a, b)

    routes = [_route(chain, x, y, across, along, near) for chain in chains]
    width, height = turn(breadth, max(end - layer_gap, 0.0))
    return Layout(
        [turn(x[one], y[one]) for one in range(len(sizes))],
        [[turn(*p) for p in route] for route in routes],
        width,
        height,
    )


def _layers(n: int, arrows: Sequence[tuple[int, int]]) -> list[int]:
    above: dict[int, set[int]] = {one: set() for one in range(n)}
    below: dict[int, set[int]] = {one: set() for one in range(n)}
    for start, end in arrows:
        above[end].add(start)
        below[start].add(end)
    layers = [0] * n
    for one in TopologicalSorter(above).static_order():
        layers[one] = max((layers[start] + 1 for start in above[one]), default=0)
    for one in range(n):
        if not above[one]:
            layers[one] = min((layers[end] for end in below[one]), default=1) - 1
    return layers


def _bend(
    layers: list[int], arrows: Sequence[tuple[int, int]], across: list[float], along: list[float]
) -> list[list[int]]:
    """Every arrow as a chain through one place in each layer; the lists grow by the bends."""
    chains = []
    for start, end in arrows:
        bends = list(range(len(layers), len(layers) + layers[end] - layers[start] - 1))
        layers += range(layers[start] + 1, layers[end])
        across += [8.0] * len(bends)
        along += [0.0] * len(bends)
        chains.append([start, *bends, end])
    return chains


def _neighbours(links: Iterable[tuple[int, int]]) -> Neighbours:
    near = Neighbours({}, {})
    for start, end in links:
        near.down.setdefault(start, []).append(end)
        near.up.setdefault(end, []).append(start)
    return near


def _mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers)


def _ordered(rows: list[list[int]], near: Neighbours) -> list[list[int]]:
    up, down = near
    best, fewest = rows, _crossings(rows, down)
    for sweep in range(_SWEEPS if len(up) < _LARGE else 2):
        if not fewest:
            break
        rows = [list(row) for row in rows]
        forward = sweep % 2 == 0
        at = {one: float(place) for row in rows for place, one in enumerate(row)}
        for row in rows if forward else reversed(rows):
            before = up if forward else down
            mean = {one: _mean([at[n] for n in before.get(one) or [one]]) for one in row}
            row.sort(key=mean.__getitem__)
            at |= {one: float(place) for place, one in enumerate(row)}
        crossings = _crossings(rows, down)
        if crossings < fewest:
            best, fewest = rows, crossings
    return best


def _crossings(rows: list[list[int]], down: dict[int, list[int]]) -> int:
    at = {one: place for row in rows for place, one in enumerate(row)}
    crossings = 0
    for row in rows:
        ends: list[int] = []  # of the arrows that start further left
        for start in row:
            for end in sorted(at[one] for one in down.get(start, ())):
                crossings += len(ends) - bisect_right(ends, end)
                insort(ends, end)
    return crossings


def _placed(rows: list[list[int]], near: Neighbours, across: list[float], boxes: int, gap: float) -> list[float]:
    up, down = near
    x = [0.0] * len(across)
    for row in rows:
        for one, place in zip(
            row, _apart([0.0] * len(row), [1.0] * len(row), [across[i] for i in row], gap), strict=True
        ):
            x[one] = place
    for sweep in range(2 * _SWEEPS + 1 if len(x) < _LARGE else 5):
        before = list(x)
        first, second = (up, down) if sweep % 2 == 0 else (down, up)
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = [_mean([x[n] for n in first.get(one) or second.get(one) or [one]]) for one in row]
            weights = [1.0 if one < boxes else 4.0 for one in row]  # bends more than boxes: long arrows are straight
            for one, place in zip(row, _apart(wanted, weights, [across[i] for i in row], gap), strict=True):
                x[one] = place
        if sweep % 2 == 0 and all(abs(a - b) < 0.5 for a, b in zip(x, before, strict=True)):
            break
    return x


def _apart(wanted: list[float], weights: list[float], widths: list[float], gap: float) -> list[float]:
    """The places nearest to the wanted ones, by weighted squares, that keep order and gaps."""
    offsets = [0.0]
    for before, after in pairwise(widths):
        offsets.append(offsets[-1] + (before + after) / 2 + gap)
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for place, weight, offset in zip(wanted, weights, offsets, strict=False):
        mean, total, n = place - offset, weight, 1
        while pools and pools[-1][0] > mean:
            before, more, many = pools.pop()
            mean, total, n = (mean * total + before * more) / (total + more), total + more, n + many
        pools.append((mean, total, n))
    means = [mean for mean, _, n in pools for _ in range(n)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=False)]


def _route(
    chain: list[int],
    x: list[float],
    y: list[float],
    across: list[float],
    along: list[float],
    near: Neighbours,
) -> list[Point]:
    """From the edge of the first box by the bends to the edge of the last; several arrows at one edge stand apart."""
    start, end = chain[0], chain[-1]

    def port(box: int, other: int, others: list[int]) -> float:
        order = sorted(others, key=x.__getitem__)
        return x[box] + across[box] * 0.7 * ((order.index(other) + 0.5) / len(order) - 0.5)

    leave = port(start, chain[1], near.down[start])
    arrive = port(end, chain[-2], near.up[end])
    bends = [
        (x[one], y[one])
        for before, one, after in zip(chain, chain[1:-1], chain[2:], strict=False)
        if before == start or after == end or not x[before] == x[one] == x[after]
    ]
    return [(leave, y[start] + along[start] / 2), *bends, (arrive, y[end] - along[end] / 2)]
