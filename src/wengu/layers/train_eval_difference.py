"""Why a model answers differently in training and in evaluation: which layers, and by how much each.  [notes 2.20, 4.4]

    own      ‖layer(a) in training - layer(a) in evaluation‖ / ‖layer(a) in evaluation‖,   a its input in evaluation
    answer   the same quotient for the model's output, with this one layer in training and all others in evaluation

Dropout draws a mask in training, batch normalisation takes its mean and variance from the batch; any other layer that
reads `self.training` is found as well, since every module is tried. Source: the definitions above; no paper.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from wengu.core.checks import known_shapes
from wengu.core.i18n import say, text_table
from wengu.core.seeds import seed_for
from wengu.graph.call import tensors_in
from wengu.layers.probe import run, wide

ROUNDING = 1e-5  # torch may choose another kernel by the mode, whose last digits differ


@dataclass(frozen=True)
class LayerDifference:
    """One layer whose own output differs between the modes, and what it does to the model's."""

    name: str
    kind: str
    own: float
    answer: float


@dataclass(frozen=True)
class TrainEvalDifference:
    """The layers that differ, the one that changes the answer most first; `answer` is all of them together."""

    layers: tuple[LayerDifference, ...]
    answer: float

    def __str__(self) -> str:
        if not self.layers:
            return say("No layer differs between training and evaluation.")
        rows = [[layer.name, layer.kind, f"{layer.own:.1%}", f"{layer.answer:.1%}"] for layer in self.layers]
        head = [say("layer"), say("kind"), say("its output"), say("the answer")]
        return f"{text_table(head, rows, left=2)}\n" + say(
            "In training mode the answer differs by {share} from that in evaluation.", share=f"{self.answer:.1%}"
        )


def train_eval_difference(model: nn.Module, batch: Any, *, seed: int = 0) -> TrainEvalDifference:
    """Each layer tried alone, on a copy: the model, its running averages and the random state stay as they are.

    batch: an input, a tuple of arguments, or a dict of them. seed: decides the masks of dropout.

    Raises InputError for a lazy layer that has not seen its first batch, and for one example where the model normalises
    by batches.

    >>> model = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5), nn.Linear(4, 2))
    >>> [layer.name for layer in train_eval_difference(model, torch.randn(8, 4)).layers]
    ['1']
    """
    known_shapes(model)
    model = copy.deepcopy(model).eval()
    of_masks = seed_for(seed, "train-eval difference")  # never the numbers that x may have been drawn from
    devices = sorted({p.device.index for p in model.parameters() if p.is_cuda})
    with torch.random.fork_rng(devices), torch.no_grad(), _layer_by_layer():
        own = _own_differences(copy.deepcopy(model), batch, of_masks)

        def answer(modules: list[nn.Module]) -> float:
            return _change(modules, lambda: run(model, batch), model, of_masks)

        kinds = dict(model.named_modules())
        layers = [LayerDifference(name or "model", type(kinds[name]).__name__, off, answer([kinds[name]]))
                  for name, off in own.items() if off > ROUNDING]
        together = answer(list(model.modules()))
    return TrainEvalDifference(tuple(sorted(layers, key=lambda layer: -layer.answer)), together)


@contextmanager
def _layer_by_layer() -> Iterator[None]:
    """Without torch's fused transformer layer in evaluation, which does not call the layers inside."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def _own_differences(model: nn.Module, batch: Any, seed: int) -> dict[str, float]:
    """The largest difference over the calls of each module; while one is tried, the modules inside it are not."""
    off: dict[str, float] = {}
    trying = False

    def hook(name: str) -> Callable[..., None]:
        def after(module: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
            nonlocal trying
            if not trying:
                trying = True
                change = _change([module], lambda: module.forward(*args, **kwargs), module, seed)
                off[name] = max(off.get(name, 0.0), change)
                trying = False

        return after

    for name, module in model.named_modules():
        module.register_forward_hook(hook(name), with_kwargs=True)
    run(model, batch)
    return off


def _change(modules: list[nn.Module], call: Callable[[], Any], whole: nn.Module, seed: int) -> float:
    """How much the call's result changes when these modules, without those inside them, are in training mode.

    Both calls have the same random numbers, and the buffers are restored: running averages change in training.
    """
    before = [buffer.clone() for buffer in whole.buffers()]
    torch.manual_seed(seed)
    expected = [out.clone() for out in tensors_in(call())]
    for module in modules:
        module.training = True
    torch.manual_seed(seed)
    changed = call()
    for module in modules:
        module.training = False
    for buffer, old in zip(whole.buffers(), before, strict=True):
        buffer.copy_(old)
    return _difference(changed, expected)


def _difference(a: Any, b: Any) -> float:
    """‖a - b‖ / ‖b‖ over all their tensors; in absolute terms where b is 0."""
    pairs = [(wide(x), wide(y)) for x, y in zip(tensors_in(a), tensors_in(b), strict=True)]
    off = sum((x - y).square().sum().item() for x, y in pairs)
    size = sum(y.square().sum().item() for _, y in pairs)
    return float((off / size if size else off) ** 0.5)
