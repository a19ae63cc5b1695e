"""An optimiser's step without the wrapper that torch puts around it, where nobody is there to be told.

torch.optim wraps every optimiser's `step` to tell profilers and hooks, which costs as much as stepping a small network.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from torch._C._autograd import _profiler_enabled
from torch.optim import Optimizer, optimizer


def without_profiler_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """The step itself; torch's wrapper around it where there is a hook to call or a profiler that listens."""
    told = Optimizer.profile_hook_step(step)

    @wraps(step)
    def light(self: Any, closure: Callable[[], float] | None = None) -> Any:
        listened = (
            self._optimizer_step_pre_hooks
            or self._optimizer_step_post_hooks
            or optimizer._global_optimizer_pre_hooks
            or optimizer._global_optimizer_post_hooks
            or _profiler_enabled()
        )
        return told(self, closure) if listened else step(self, closure)

    light.hooked = True  # type: ignore[attr-defined]  # or torch would wrap it once more
    return light
