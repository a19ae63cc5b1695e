"""torch's private names: all that wengu uses, each with a way in torch's public ones that gives the same.

    faster      lists of tensors at once, fused optimisers, a step that no profiler hears of
    asked       how often a tensor was written into, what feeds autograd's functions, whether vmap is at work

A release of torch may take any of them away without a word: then the other way is gone, slower. What is public by
torch's own rule (a name in `__all__`, or in its documentation) is used where it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, wraps
from types import MethodType
from typing import Any, Literal

import torch
from torch import Tensor
from torch.optim import Optimizer, optimizer
from torch.utils.weak import WeakTensorKeyDictionary

_APPLY: Any = torch.autograd.Function.apply  # as it is before anybody watches it


def private(owner: Any, name: str) -> Any:
    """The private attribute; None where this torch has none."""
    return getattr(owner, name, None)


def foreach(name: str, tensors: list[Tensor], *values: Any) -> list[Tensor]:
    """tensor.name(*values) for each, in one call; of a list among the values each takes its own.

    >>> foreach("mul_", [torch.ones(2), torch.ones(1)], 3.0)[1], foreach("norm", [torch.tensor([3.0, 4.0])])[0]
    (tensor([3.]), tensor(5.))
    """
    if at_once := _at_once(name):
        made: list[Tensor] | None = at_once(tensors, *values)
        return tensors if made is None else made
    return [
        getattr(tensor, name)(*(value[k] if isinstance(value, list) else value for value in values))
        for k, tensor in enumerate(tensors)
    ]


@cache
def _at_once(name: str) -> Callable[..., Any] | None:
    kernel: Callable[..., Any] | None = private(torch, f"_foreach_{name}")
    return kernel


@cache  # a look-up costs as much as stepping a small tensor
def fused(rule: Literal["adam", "adamw", "sgd"]) -> Callable[..., None]:
    """torch's kernel that steps on many tensors at once; only where `has_fused`."""
    kernel: Callable[..., None] = private(torch, f"_fused_{rule}_")
    return kernel


def has_fused() -> bool:
    """Whether the kernels are there; without them each tensor is stepped on by the optimiser's own formula."""
    return None not in (fused("adam"), fused("adamw"), fused("sgd"))


def without_profiler_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """An optimiser's step itself; torch's wrapper around it where there is a hook to call or a profiler that listens.

    torch.optim wraps every optimiser's `step` to tell profilers and hooks, which costs as much as stepping a small
    network. Where torch does not say who listens, the step is as it was given, and torch wraps it.
    """
    wrap = private(Optimizer, "profile_hook_step")
    profiled = private(torch.autograd, "_profiler_enabled")
    before, after = (private(optimizer, f"_global_optimizer_{when}_hooks") for when in ("pre", "post"))
    if None in (wrap, profiled, before, after):
        return step
    told = wrap(step)

    @wraps(step)
    def light(self: Any, closure: Callable[[], float] | None = None) -> Any:
        try:
            listened = (
                self._optimizer_step_pre_hooks or self._optimizer_step_post_hooks or before or after or profiled()
            )
        except AttributeError:
            listened = True
        return told(self, closure) if listened else step(self, closure)

    light.hooked = True  # type: ignore[attr-defined]  # or torch would wrap it once more
    return light


class _Saved(torch.autograd.Function):
    """Keeps a tensor as autograd does: it refuses to give it back when it has been written into since.

    In torch's older form, without setup_context, it also refuses to be called within a transform of torch.func.
    """

    @staticmethod
    def forward(ctx: Any, one: Tensor, tensor: Tensor) -> Tensor:
        """1, and the tensor is kept."""
        ctx.save_for_backward(tensor)
        return one.clone()


def _save(tensor: Tensor) -> Any:
    """What holds the tensor for autograd."""
    with torch.enable_grad():
        return MethodType(_APPLY.__func__, _Saved)(torch.ones((), requires_grad=True), tensor.detach())


_versions: Any = WeakTensorKeyDictionary()  # how often each was found written into, and since when it is watched


def version(tensor: Tensor) -> int:
    """How many times the tensor has been written into; of one made in inference mode torch does not count it.

    Without torch's own count: how many times it was found to be, when asked.
    """
    if tensor.is_inference():
        return 0
    count: int | None = private(tensor, "_version")
    if count is not None:
        return count
    count, saved = _versions.get(tensor, (-1, None))
    try:
        if saved is not None and saved.grad_fn.saved_tensors:
            return count
    except RuntimeError:  # it has
        pass
    _versions[tensor] = count + 1, _save(tensor)
    return count + 1


def in_transform() -> bool:
    """Whether vmap, grad or another transform of torch.func is at work, whose tensors are not the program's."""
    if peek := private(private(torch._C, "_functorch"), "peek_interpreter_stack"):
        return peek() is not None
    try:
        _save(torch.zeros(()))
    except RuntimeError:
        return True
    return False


def output_metadata(function: Any) -> Sequence[Any] | None:
    """Shape, dtype and device of each output of the operation that this function of autograd's is the way back of."""
    metadata: Sequence[Any] | None = private(function, "_input_metadata")
    return metadata


def raised_by_compiler(error: Exception) -> bool:
    """Whether torch.compile raised it, whose errors are of private modules."""
    return type(error).__module__.startswith("torch._")
