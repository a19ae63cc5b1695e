"""The frozen lower part of any model, and the model that is left above it.                              [notes 5.3]

    model(x) = upper(a),  a = M(...) for x:     M the last module of a forward before anything trains or draws by chance

M is found by running the model once and seeing which modules end, in which order, with what. Above it the same forward
is run, with a in place of what M gives, and for all that came before tensors that have a shape and no values (torch's
device "meta"). So nothing but a can reach the outputs from below: where anything else would, torch raises, or what
comes out has no values, and the M before is tried. The one that is taken gave the model's own outputs, bit for bit.
"""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from wengu.core.batches import call, leaves, mapped, take
from wengu.training.epoch import training_mode

Cast = Callable[[], AbstractContextManager[object]]


class Upper(nn.Module):
    """The model from M's output on. Its layers are the model's own; only what holds them and M both is copied.

    Frozen weights of what is copied, such as the places of a transformer, are of use below M alone where `below_alone`.
    """

    def __init__(
        self, model: nn.Module, below: dict[nn.Module, Any], last: nn.Module, inputs: Any, *, below_alone: bool
    ) -> None:
        super().__init__()
        self.inputs, self.kept = _shapes(inputs), Kept()
        stands: dict[nn.Module, nn.Module] = {part: Shape(self.kept, given) for part, given in below.items()}
        stands[last] = self.kept
        holders = [part for part in model.modules()
                   if part not in stands and not stands.keys().isdisjoint(part.modules())]
        memo: dict[int, Any] = {id(t): t for t in (*model.parameters(), *model.buffers())}
        memo |= {id(part): stands.get(part, part) for part in model.modules() if part not in holders}
        self.whole = copy.deepcopy(model, memo)
        for holder in holders if below_alone else ():
            own = memo[id(holder)]
            for name, t in (*holder.named_parameters(recurse=False), *holder.named_buffers(recurse=False)):
                if not t.requires_grad:
                    delattr(own, name)
                    setattr(own, name, t.detach().to("meta"))

    def forward(self, a: Tensor) -> Any:
        self.kept.value = a
        return call(self.whole, _of_size(self.inputs, len(a)))


class Kept(nn.Module):
    """Stands where M stood, and gives what M gave."""

    value: Tensor

    def forward(self, *_: Any, **__: Any) -> Tensor:
        return self.value


class Shape(nn.Module):
    """Stands where a module below M stood, and gives the shape of what that gave."""

    def __init__(self, kept: Kept, given: Any) -> None:
        super().__init__()
        self.kept, self.given = [kept], given  # in a list, as it is no part of this

    def forward(self, *_: Any, **__: Any) -> Any:
        return _of_size(self.given, len(self.kept[0].value))


def cut(model: nn.Module, inputs: Any, cast: Cast) -> tuple[nn.Module, Upper] | None:
    """M and what is above it; None where there is no such M with weights at or below it.

    `inputs` are those of a batch of four examples or more. The model is left as it was.
    """
    n = len(next(leaves(inputs)))
    parts = inputs, take(inputs, torch.arange(n // 2, device=next(leaves(inputs)).device))
    with unchanged(model):
        ended = _ended(model, inputs, cast)
    expected = [[_run(model, model, part, mode, cast) for part in parts] for mode in _MODES]
    calls = Counter(module for module, _ in ended)
    below = {module: given for module, given in ended if calls[module] == 1}
    inner = {part for module in below for part in module.modules() if part is not module}
    outermost = [module for module in below if module not in inner]
    for below_alone in (True, False):
        for k in range(len(outermost) - 1, -1, -1):
            last, before = outermost[k], {module: below[module] for module in outermost[:k]}
            if not any(True for module in (last, *before) for _ in module.parameters()):
                continue
            try:
                upper = Upper(model, before, last, inputs, below_alone=below_alone)
                if _same(model, upper, last, parts, expected, cast):
                    return last, upper
            except _FAILURES:
                continue
    return None


_MODES: tuple[Callable[[nn.Module], Any], ...] = (nn.Module.eval, training_mode)  # the copies stay in the last
_FAILURES = (RuntimeError, TypeError, ValueError, AttributeError, LookupError)
"""What a forward raises on tensors without values, and copying on what cannot be copied."""


def output_of(module: nn.Module, model: nn.Module, inputs: Any) -> Tensor:
    """What this module of the model gives; the model's forward ends there."""

    def end(_module: nn.Module, _inputs: Any, given: Any) -> None:
        raise _End(given)

    handle = module.register_forward_hook(end)
    try:
        with torch.no_grad():
            call(model, inputs)
    except _End as ended:
        return ended.given.clone()  # which a layer above may change in place
    finally:
        handle.remove()
    raise ValueError


class _End(Exception):
    def __init__(self, given: Tensor) -> None:
        self.given = given


@contextmanager
def unchanged(model: nn.Module) -> Iterator[None]:
    """Afterwards modes, buffers and generators are as they were before."""
    modes = {module: module.training for module in model.modules()}
    buffers = [(buffer, buffer.clone()) for buffer in model.buffers()]
    generators = [(generator, generator.get_state()) for generator in _generators(model)]
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002  # what others' code draws from
    try:
        with torch.random.fork_rng():
            yield
    finally:
        for module, mode in modes.items():
            module.training = mode
        with torch.no_grad():
            for buffer, value in buffers:
                buffer.copy_(value)
        for generator, state in generators:
            generator.set_state(state)
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002


def drawn(model: nn.Module) -> tuple[Any, ...]:
    """Where every generator stands that may be drawn from: after a draw it is another place."""
    states = [torch.get_rng_state(), *(generator.get_state() for generator in _generators(model))]
    states += [torch.cuda.get_rng_state(d) for d in {w.device for w in model.parameters()} if d.type == "cuda"]
    numpy = np.random.get_state(legacy=False)["state"]  # noqa: NPY002
    return (*(state.numpy().tobytes() for state in states), random.getstate(), numpy["key"].tobytes(), numpy["pos"])


def _generators(model: nn.Module) -> list[torch.Generator]:
    return [one for module in model.modules() for one in vars(module).values() if isinstance(one, torch.Generator)]


def _ended(model: nn.Module, inputs: Any, cast: Cast) -> list[tuple[nn.Module, Any]]:
    """The frozen modules whose calls ended before anything trained or drew by chance, and what shapes they gave."""
    training_mode(model)
    begin, buffers = drawn(model), [(buffer, buffer.clone()) for buffer in model.buffers()]
    ended: list[tuple[nn.Module, Any]] = []
    n, over = len(next(leaves(inputs))), False

    def see(module: nn.Module, _inputs: Any, given: Any) -> None:
        nonlocal over
        found = list(leaves(given))
        over = (over or any(t.requires_grad for t in (*found, *module.parameters(recurse=False)))
                or drawn(model) != begin or not all(torch.equal(buffer, value) for buffer, value in buffers))
        trains = any(w.requires_grad for w in module.parameters())
        if not over and not trains and found and all(t.dim() and len(t) == n for t in found):
            ended.append((module, _shapes(given)))

    handles = [module.register_forward_hook(see) for module in model.modules()]
    try:
        with cast():
            call(model, inputs)
    finally:
        for handle in handles:
            handle.remove()
    return ended


def _same(
    model: nn.Module, upper: Upper, last: nn.Module, parts: tuple[Any, Any], expected: list[list[Any]], cast: Cast
) -> bool:
    """Whether it gives what the model gives, of so many examples and of half of them, in both modes."""
    for mode, outputs in zip(_MODES, expected, strict=True):
        rows = []
        for part, output in zip(parts, outputs, strict=True):
            with unchanged(model), cast():
                mode(model)
                rows.append(output_of(last, model, part))
            if not _equal(output, _run(upper, model, rows[-1].clone(), mode, cast)):
                return False
        if not torch.allclose(rows[0][:len(rows[1])].float(), rows[1].float(), rtol=1e-3, atol=1e-4, equal_nan=True):
            return False  # what it gives for an example depends on the others
    return True


def _run(module: nn.Module, model: nn.Module, inputs: Any, mode: Callable[[nn.Module], Any], cast: Cast) -> Any:
    with unchanged(model), cast():
        mode(module)
        return call(module, inputs)


def _equal(a: Any, b: Any) -> bool:
    ours, theirs = list(leaves(a)), list(leaves(b))
    return len(ours) == len(theirs) and all(
        s.device == t.device and s.shape == t.shape and s.dtype == t.dtype
        and torch.allclose(s, t, rtol=0, atol=0, equal_nan=True) for s, t in zip(ours, theirs, strict=True))


def _shapes(tree: Any) -> Any:
    return mapped(lambda t: torch.empty_like(t, device="meta", requires_grad=False), tree)


def _of_size(tree: Any, m: int) -> Any:
    """The same for m examples."""
    return mapped(lambda t: torch.empty((m, *t.shape[1:]), dtype=t.dtype, device="meta"), tree)
