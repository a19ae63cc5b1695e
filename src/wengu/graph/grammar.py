"""The grammar of expressions: what a formula given as text may hold, and where it breaks the rules."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from wengu.core.checks import InputError, nearest
from wengu.core.i18n import say

FUNCTIONS: dict[str, tuple[int, Callable[..., Tensor]]] = {
    "abs": (1, torch.abs), "cos": (1, torch.cos), "exp": (1, torch.exp), "log": (1, torch.log),
    "max": (2, torch.maximum), "min": (2, torch.minimum), "relu": (1, torch.relu), "sigmoid": (1, torch.sigmoid),
    "sin": (1, torch.sin), "sqrt": (1, torch.sqrt), "tanh": (1, torch.tanh),
}  # fmt: skip
"""What an expression may call, with how many arguments."""
CONSTANTS = {"pi": math.pi, "e": math.e}
OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}  # fmt: skip


def step_of(text: str, line: ast.stmt) -> tuple[str, ast.expr]:
    """The name and the formula of one line; a formula without a name is J."""
    if isinstance(line, ast.Expr):
        return "J", line.value
    if isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name):
        return line.targets[0].id, line.value
    raise refused(text, line, say("expected name = formula"))


def check(text: str, node: ast.expr) -> None:
    """Raises InputError, with the column, for anything but numbers, names, OPERATORS and FUNCTIONS."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise refused(text, node, say("expected a number or a name"))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        check(text, node.operand)
    elif isinstance(node, ast.BinOp):
        if type(node.op) not in OPERATORS:
            fix = say("write ** for a power") if isinstance(node.op, ast.BitXor) else say("there is + - * / **")
            raise refused(text, node.right, say("the operator before this is unknown; {fix}", fix=fix))
        check(text, node.left)
        check(text, node.right)
    elif isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name):
            raise refused(text, node.func, say("only a function can stand before a bracket; write * for a product"))
        wanted = FUNCTIONS.get(node.func.id)
        if wanted is None:
            near = nearest(node.func.id, FUNCTIONS)
            hint = say("; did you mean {near}?", near=near) if near else "."
            raise refused(
                text,
                node.func,
                say(
                    "function {name} is unknown{hint} Choose from: {known}; for a product write *",
                    name=node.func.id,
                    hint=hint,
                    known=", ".join(FUNCTIONS),
                ),
            )
        if node.keywords or len(node.args) != wanted[0]:
            raise refused(
                text,
                node,
                say(
                    "{name} expects {n} {n:argument|arguments}, got {got}",
                    name=node.func.id,
                    n=wanted[0],
                    got=len(node.args) + len(node.keywords),
                ),
            )
        for one in node.args:
            check(text, one)
    elif not isinstance(node, ast.Name):
        raise refused(text, node, say("expected numbers, names, + - * / **, brackets and functions"))
    elif node.id in FUNCTIONS:
        raise refused(text, node, say("{name} is a function; give it an argument in brackets", name=node.id))


def refused(text: str, node: ast.expr | ast.stmt, why: str) -> InputError:
    """The error with the column of the offending part, counted in characters from 1."""
    line = text.splitlines()[node.lineno - 1]
    column = len(line.encode()[: node.col_offset].decode()) + 1
    return InputError(say("expression: column {column} of {text!r}: {why}", column=column, text=line, why=why))
