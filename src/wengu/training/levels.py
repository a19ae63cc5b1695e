"""Levels of a network: what is frozen and trained together, a layer of a plain chain or a whole block.     [notes 5.3]

    LeNet-5        c1, c3, c5, f6, output
    MobileNetV2    stem, blocks.0, ..., blocks.16, last, output          17 inverted residual blocks, each one level

No list of networks is needed, for modules say how they are made:

    a chain        Sequential or ModuleList: its children are levels, one above the other
    the network    the outermost module with a forward of its own, below whatever holds nothing else: its children are
    a stage        a module whose forward is its own and that holds a chain of two blocks or more: its children are
    a block        any other module with a forward of its own, such as one that adds its input: one level with all in it
    a normalisation, or other weights of one dimension (γ, β), goes with the level below, whose outputs it scales

Source: Howard & Ruder 2018, arXiv:1801.06146, unfreeze by groups of layers; Yosinski et al. 2014, arXiv:1411.1792,
section 4.1: layers that learned together lose by being parted, which is why a block is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from torch import nn
from torch.nn.utils import parametrize

from wengu.layers.summary import numbered_layers

Unit = Literal["block", "layer"]
_NUMBERED = re.compile(r"(.*?)(0|[1-9][0-9]*)?", re.DOTALL)


@dataclass(frozen=True)
class Level:
    """A name, and the layers that have parameters in it, by name."""

    name: str
    layers: dict[str, nn.Module]


def levels_of(model: nn.Module, heads: Sequence[str] = (), unit: Unit = "block") -> list[Level]:
    """The levels from the bottom; layers within the heads are the last level together.

    `unit` "layer" makes every layer with parameters a level of its own, as runs did that were made before blocks.

    >>> model = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, 2))
    >>> [level.name for level in levels_of(model)], [list(level.layers) for level in levels_of(model)]
    (['0', '3'], [['0', '1'], ['3']])
    >>> [level.name for level in levels_of(model, heads=("0", "3"))]
    ['1', '0, 3']
    """
    layers = numbered_layers(model)
    of_heads = {name: layer for name, layer in layers.items() if is_within(name, heads)}
    body = {name: layer for name, layer in layers.items() if name not in of_heads}
    if unit == "layer":
        levels = [Level(name, {name: layer}) for name, layer in body.items()]
    else:
        levels = _joined(_by_level(body, list(_names(model, "", heads, outermost=True))))
    return [*levels, Level(", ".join(of_heads), of_heads)] if of_heads else levels


def are_blocks(levels: Sequence[Level]) -> bool:
    """Whether some level is more than one layer with its normalisation."""
    return any(_weighted(level.layers.values()) > 1 for level in levels)


def in_words(names: Sequence[str]) -> str:
    """Names from the bottom, those of a chain that count on by the first and the last.

    >>> in_words(["stem", "blocks.0", "blocks.1", "blocks.2", "output"])
    'stem, blocks.0 … blocks.2, output'
    """
    runs: list[list[tuple[str, int]]] = []
    for name in names:
        chain, number = _NUMBERED.fullmatch(name).groups()  # type: ignore[union-attr]
        place = int(number) if number else -1
        if runs and number and runs[-1][-1] == (chain, place - 1):
            runs[-1].append((chain, place))
        else:
            runs.append([(chain, place)])
    words = [[f"{chain}{place if place >= 0 else ''}" for chain, place in run] for run in runs]
    return ", ".join(f"{run[0]} … {run[-1]}" if len(run) > 2 else ", ".join(run) for run in words)


def is_within(name: str, modules: Sequence[str]) -> bool:
    """Whether a layer or a parameter is one of these modules, or in it."""
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def _names(module: nn.Module, name: str, heads: Sequence[str], *, outermost: bool) -> Iterator[str]:
    """The names of the modules that are levels; `outermost` where no network was met above."""
    children = {f"{name}.{own}" if name else own: child for own, child in module.named_children()
                if any(True for _ in child.parameters())}
    opened = outermost or (_weighted(module.modules()) > 1 and (_is_chain(module) or _is_stage(module)))
    if not children or not opened or parametrize.is_parametrized(module):
        yield name
        return
    wraps = outermost and sum(not is_within(child, heads) for child in children) == 1
    for child in children:
        yield from _names(children[child], child, heads, outermost=wraps)


def _is_chain(module: nn.Module) -> bool:
    forward = type(module).forward
    return forward is nn.Sequential.forward or (
        isinstance(module, nn.ModuleList | nn.ModuleDict) and forward is nn.Module.forward)


def _is_stage(module: nn.Module) -> bool:
    return any(sum(map(_is_block, part.children())) > 1 for part in module.modules() if _is_chain(part))


def _is_block(module: nn.Module) -> bool:
    return not _is_chain(module) and any(True for _ in module.children()) and _weighted(module.modules()) > 1


def _weighted(layers: Iterable[nn.Module]) -> int:
    """How many have weights of two dimensions or more."""
    return sum(any(w.dim() > 1 for w in layer.parameters(recurse=False)) for layer in layers)


def _by_level(body: dict[str, nn.Module], names: Sequence[str]) -> list[Level]:
    """Each layer in the level that holds it; parameters of what is opened with the level above them."""
    of: dict[str, dict[str, nn.Module]] = {}
    waiting: dict[str, nn.Module] = {}
    for name, layer in body.items():
        waiting[name] = layer
        if (level := next((known for known in names if is_within(name, (known,)) or not known), None)) is not None:
            of.setdefault(level, {}).update(waiting)
            waiting = {}
    if waiting:
        of.setdefault(next(reversed(of), next(iter(waiting))), {}).update(waiting)
    return [Level(name, layers) for name, layers in of.items()]


def _joined(levels: Sequence[Level]) -> list[Level]:
    """γ, β and the like go with the level below; at the bottom, with the one above."""
    joined: list[Level] = []
    for level in levels:
        below = joined[-1] if joined else None
        if below and (not _weighted(level.layers.values()) or not _weighted(below.layers.values())):
            name = below.name if _weighted(below.layers.values()) else level.name
            joined[-1] = Level(name, below.layers | level.layers)
        else:
            joined.append(level)
    return joined
