"""Which modules are being called while a program runs, and what their parameters are called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook


class ModuleCalls:
    """The calls in progress, the outermost first, each under its own name: layer1.0.conv1, and the second time
    layer1.0.conv1#2. A module that is `root` itself has no name, so that its children are at the top.
    """

    def __init__(self, root: nn.Module | None, on_output: Callable[[Any], None]) -> None:
        self.parameters: dict[int, str] = {}
        self.path: tuple[str, ...] = ()
        self._stack: list[tuple[str, ...]] = []
        self._names: dict[int, str] = {}
        self._kept: list[nn.Module] = []  # so that no id is used twice
        self._times: dict[str, int] = {}
        self._on_output = on_output
        if root is not None:
            self._learn(root, "")

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Follow every call of a module in this block."""
        hooks = [
            register_module_forward_pre_hook(self._enter),
            register_module_forward_hook(self._leave, always_call=True),
        ]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def _learn(self, module: nn.Module, name: str) -> None:
        """The names of a module and of all in it."""
        self._kept.append(module)
        for path, child in module.named_modules():
            self._names.setdefault(id(child), ".".join(part for part in (name, path) if part))
        for path, tensor in (*module.named_parameters(), *module.named_buffers()):
            self.parameters.setdefault(id(tensor), ".".join(part for part in (name, path) if part))

    def _enter(self, module: nn.Module, _: object) -> None:
        if id(module) not in self._names:
            taken = set(self._names.values())
            kind = type(module).__name__
            name = next(one for n in range(1, len(taken) + 2) if (one := f"{kind}_{n}" if n > 1 else kind) not in taken)
            self._learn(module, name)
        self._stack.append(self.path)
        if name := self._names[id(module)]:
            times = self._times[name] = self._times.get(name, 0) + 1
            self.path = (*self.path, f"{name}#{times}" if times > 1 else name)

    def _leave(self, _: nn.Module, __: object, output: Any) -> None:
        self._on_output(output)  # while it still belongs to the module
        self.path = self._stack.pop()
