"""The contract of torch's private names: wengu uses them in torch_private.py alone."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

SOURCE = Path(__file__).parents[2] / "src" / "wengu"
FILES = sorted(file for file in SOURCE.rglob("*.py") if file.name != "torch_private.py")
PUBLIC = {"_asdict", "_exit", "_getframe"}  # Python's own, and in its documentation
_SGD = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
OF_TORCH = {  # what its objects have is never ours, whoever stores it
    name
    for one in (_SGD, LambdaLR(_SGD, lambda t: 1.0), nn.Linear(1, 1), nn.LSTM(1, 1), torch.zeros(1), torch.Generator(),
                torch.autograd.Function, torch.utils.data.DataLoader, nn.parallel.DistributedDataParallel)
    for name in dir(one)
}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def own_names(trees: Iterable[ast.AST]) -> set[str]:
    """Private names that wengu itself defines, in whichever file, and torch does not."""
    names = set(PUBLIC)
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
                names.add(node.id if isinstance(node, ast.Name) else node.attr)
    return names - OF_TORCH


def foreign(tree: ast.AST, own: set[str]) -> Iterator[str]:
    """Private names that the code imports from torch, or reads of what is not wengu's."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            names = [f"{module}{one.name}".split(".") for one in node.names]
            yield from (part for name in names if name[0] == "torch" for part in name if is_private(part))
        elif isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in own:
            yield node.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("getattr", "setattr"):
            named = [one.value for one in node.args[1:2] if isinstance(one, ast.Constant)]
            yield from (name for name in named if is_private(name) and name not in own)


def test_torchs_private_names_stand_in_one_file() -> None:
    trees = {str(file.relative_to(SOURCE)): ast.parse(file.read_text(encoding="utf-8")) for file in FILES}
    own = own_names(trees.values())
    found = {file: sorted(foreign(tree, own)) for file, tree in trees.items()}
    assert not {file: names for file, names in found.items() if names}


@pytest.mark.parametrize(
    "code", ["torch._foreach_mul_(a, 2)", "from torch.utils import _pytree", "import torch._dynamo", "tensor._version",
             "from torch._C import DisableTorchFunction", "nn.modules.conv._ConvNd"],
)
def test_they_are_found(code: str) -> None:
    assert list(foreign(ast.parse(code), set()))


@pytest.mark.parametrize("code", ["m._modules", "m._buffers = []", "m._parameters.clear()", "s._last_lr = [1]", 'getattr(m, "_backward_hooks")'])
def test_what_torch_owns_does_not_become_ours_by_being_stored(code: str) -> None:
    trees = [ast.parse(f"self.{name} = 1") for name in ("_modules", "_buffers", "_parameters", "_last_lr", "_backward_hooks")]
    assert list(foreign(ast.parse(code), own_names(trees)))
