"""A network as a diagram of stages: what each makes of a picture, what it costs, and how much of the picture it sees.

    stages = stages_of(shapes_of("ResNet50", 3, 224), {"stem.layer": "7 × 7, 64", "stages.0": "64 · 3", ...})
    by_layer(stages, 224, k)    or    Fig(diagram(stages, (3, 224, 224)), costs(stages), ..., **summed(stages))

A stage is one layer or several in a row or side by side, by the beginning of their names. All numbers are those of
wengu.layers.shapes; nothing is computed but sizes, so any picture is cheap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, Tone, bars, boxes

if TYPE_CHECKING:
    from wengu.layers import LayerShape, Shapes

WIDE, HIGH = 3.6, 1.5  # of a box
GAP_X, GAP_Y, COLUMNS = 0.8, 0.9, 3
EDGE = 0.22  # from a box to the frame around it
KINDS: dict[str, Tone] = {"convolution": "1", "units": "2", "pool": "quiet"}


class Stage(NamedTuple):
    """Layers under the name that the page gives them; `gives` where they do not give what the last of them does."""

    name: str
    layers: tuple[LayerShape, ...]
    gives: tuple[int, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """What comes out of it."""
        return self.gives or self.layers[-1].shape

    @property
    def parameters(self) -> int:
        """Of all its layers."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def multiplications(self) -> int:
        """Of all its layers, for one picture."""
        return sum(layer.multiplications for layer in self.layers)

    @property
    def kind(self) -> str:
        """convolution, units or pool: what most of its work is done by."""
        if not self.parameters:
            return "pool"
        return "convolution" if len(self.shape) > 1 else "units"


@lru_cache(64)
def shapes_of(network: str, channels: int, size: int, **settings: Any) -> Shapes:
    """Those of a network of wengu.vision.convnets, made without memory, for pictures of this size.

    >>> shapes_of("AlexNet", 3, 227).parameters
    62378344
    """
    import torch

    from wengu.layers import shapes
    from wengu.vision import convnets

    with torch.device("meta"), torch.random.fork_rng(devices=[]):
        net = getattr(convnets, network)(channels=channels, **settings)
    return shapes(net, (channels, size, size))


def stages_of(book: Shapes, names: Mapping[str, str]) -> list[Stage]:
    """The layers as stages, by the beginnings of their names; each call of a layer is one, beginnings that follow one
    another under one name are one together.

    Layers without parameters that no name begins are left out. Raises KeyError for others, which would be lost.
    """
    found: list[tuple[str, list[LayerShape]]] = []
    for layer in book.layers:
        key = max((key for key in names if f"{layer.name}.".startswith(f"{key}.")), key=len, default=None)
        if key is None:
            if layer.parameters:
                raise KeyError(layer.name)
        elif found and found[-1][0] == names[key] and layer.name != key:
            found[-1][1].append(layer)
        else:
            found.append((names[key], [layer]))
    return [Stage(name, tuple(layers)) for name, layers in found]


def by_layer(stages: Sequence[Stage], n: int, layer: int, **values: float | str) -> Fig:
    """The figure of a network for colour pictures of n × n: the layer, from 1, with its formulas, and all costs."""
    layers = layers_in(stages)
    k = min(layer, len(layers))
    at, one = layers[k - 1]
    return Fig(diagram(stages, (3, n, n), at=at), formulas(one), costs(stages), say=told(stages, k), values=values,
               last=len(layers), **table(stages))


def layers_in(stages: Sequence[Stage]) -> list[tuple[int, LayerShape]]:
    """Every layer with the number of its stage."""
    return [(k, layer) for k, stage in enumerate(stages) for layer in stage.layers]


def times(shape: Sequence[int]) -> str:
    """A shape as one says it: places, then channels, n_H × n_W × n_C.

    >>> times((96, 55, 55)), times((4096,))
    ('55 × 55 × 96', '4,096')
    """
    return " × ".join(f"{n:,}" for n in (*shape[1:], shape[0]))


def sees(layer: LayerShape) -> str:
    """Height and width of what it sees, or all."""
    return " × ".join(f"{r:g}" for r in layer.field.size) or say("all")


def diagram(stages: Sequence[Stage], size: tuple[int, ...], *, at: int | None = None) -> Panel:
    """Boxes to and fro in rows, beginning with the picture; `at` is framed, convolutions and units are coloured."""
    items: list[dict[str, Any]] = []
    rows = [(say("input"), times(size), "quiet")]
    rows += [(stage.name, times(stage.shape), KINDS[stage.kind]) for stage in stages]
    for k, (name, shape, tone) in enumerate(rows):
        down, across = divmod(k, COLUMNS)
        across = COLUMNS - 1 - across if down % 2 else across
        items.append({"x": across * (WIDE + GAP_X), "y": down * (HIGH + GAP_Y), "w": WIDE, "h": HIGH, "label": name,
                      "sub": shape, "tone": tone})
    links, frame = [(k, k + 1) for k in range(len(items) - 1)], []
    if at is not None:
        one = items[at + 1]
        frame = [boxes([{"x": one["x"] - EDGE, "y": one["y"] - EDGE, "w": WIDE + 2 * EDGE, "h": HIGH + 2 * EDGE,
                         "tone": "4"}])]
    return Panel(*frame, boxes(items, links), x=Axis(domain=(-EDGE, COLUMNS * (WIDE + GAP_X) - GAP_X + EDGE)))


def formulas(layer: LayerShape) -> Panel:
    """How size, parameters and multiplications of a layer come about, with its numbers."""
    size = layer.size_formula.partition(",")[0].replace("-", "−")
    lines = [(size, say("height and width n′"))] if size else []
    if layer.parameter_formula:
        lines.append((f"{layer.parameter_formula} = {layer.parameters:,}", say("parameters")))
        lines.append((f"{products(layer)} = {layer.multiplications:,}", say("multiplications")))
    lines.append((sees(layer), say("receptive field")))
    return Panel(boxes({"x": 0, "y": 1.9 * k, "w": 13, "h": 1.5, "label": label, "sub": sub, "tone": "quiet"}
                       for k, (label, sub) in enumerate(lines)))


def products(layer: LayerShape) -> str:
    """The multiplications as a product: places, weights of a filter, filters."""
    places = "·".join(map(str, layer.shape[1:]))
    weights = layer.parameter_formula.replace("+1)", "").replace("(", "")
    return f"{places}·{weights}" if places else weights


def costs(stages: Sequence[Stage]) -> Panel:
    """Where the parameters lie and where the multiplications: the share of each stage in both."""
    learn = [stage for stage in stages if stage.parameters]
    made = []
    for kind, tone in (("parameters", "3"), ("multiplications", "5")):
        counts = [getattr(stage, kind) for stage in learn]
        label = say("parameters") if kind == "parameters" else say("multiplications")
        made.append(bars([stage.name for stage in learn], [100 * n / sum(counts) for n in counts], label=label,
                         tone=tone))  # type: ignore[arg-type]
    return Panel(*made, y=Axis(label=say("share in %")))


def told(stages: Sequence[Stage], k: int) -> str:
    """What the k-th layer gives, from 1, and what the whole network costs where."""
    layers = layers_in(stages)
    at, layer = layers[k - 1]
    parameters, products = (sum(getattr(stage, of) for stage in stages) for of in ("parameters", "multiplications"))
    return say("Layer {k} of {n} ({name}) gives {shape}. In all {parameters} {parameters:parameter|parameters}, "
               "{dense:.0%} of them in the dense layers, and {products} {products:multiplication|multiplications} for "
               "a picture, {convolutions:.0%} of them in the convolutions.", k=k, n=len(layers), name=stages[at].name,
               shape=times(layer.shape), parameters=f"{parameters:,}", dense=share(stages, "units", "parameters"),
               products=f"{products:,}", convolutions=share(stages, "convolution", "multiplications"))


def share(stages: Sequence[Stage], kind: str, of: str) -> float:
    """The share of all stages of this kind in the parameters or multiplications.

    >>> one = stages_of(shapes_of("AlexNet", 3, 227), {"conv": "c", "units": "u", "output": "o"} | {
    ...     f"conv{k}": "c" for k in range(1, 6)} | {"units6": "u", "units7": "u"})
    >>> f"{share(one, 'units', 'parameters'):.1%}, {share(one, 'units', 'multiplications'):.1%}"
    '94.0%, 5.2%'
    """
    counts: list[tuple[str, int]] = [(stage.kind, getattr(stage, of)) for stage in stages]
    return sum(n for name, n in counts if name == kind) / sum(n for _, n in counts)


class Table(TypedDict):
    """As a figure takes it."""

    head: list[str]
    rows: list[list[str]]


def table(stages: Sequence[Stage]) -> Table:
    """Head and rows of a figure's table: every layer with its size, its costs and what it sees."""
    return {"head": [say("layer"), say("output"), say("parameters"), say("multiplications"), say("sees")],
            "rows": [[stages[k].name, times(layer.shape), f"{layer.parameters:,}", f"{layer.multiplications:,}",
                      sees(layer)] for k, layer in layers_in(stages)]}


def summed(stages: Sequence[Stage]) -> Table:
    """The same, a row a stage."""
    return {"head": [say("stage"), say("output"), say("parameters"), say("multiplications")],
            "rows": [[one.name, times(one.shape), f"{one.parameters:,}", f"{one.multiplications:,}"] for one in stages]}
