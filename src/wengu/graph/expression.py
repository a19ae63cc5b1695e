"""A formula as text made a program: "J = 3*(a + b*c)", each intermediate result a node with a name.     [notes 2.2]

The text is parsed, never evaluated as Python: numbers, names, + - * / **, and the functions below are all there is.
Intermediate results are called u, v, w, .. from the inside out, as in the notes: u = b c, v = a + u, J = 3 v. Several
lines, or parts between semicolons, may name them otherwise: "z = w*x + b; J = -log(sigmoid(z))".

Source: the grammar of Python, https://docs.python.org/3/library/ast.html
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from wengu.core.checks import InputError, nearest
from wengu.core.i18n import say
from wengu.core.syntax import parse
from wengu.graph.grammar import CONSTANTS, FUNCTIONS, OPERATORS, check, refused, step_of
from wengu.graph.naming import letters, named

Value = Tensor | float
_LONGEST = 4_000


@dataclass(frozen=True)
class Expression:
    """The formula as a function of its variables, by name: numbers or tensors.

    `variables` are in the order in which the text first names them; `name` is the name left of the last "=".
    """

    text: str
    variables: tuple[str, ...]
    name: str
    _steps: tuple[tuple[str, ast.expr], ...]

    def __call__(self, **values: Value) -> Tensor:
        """The formula's value. Raises InputError for a variable without a value, and a value without a variable."""
        check_values(self.variables, values)
        scope: dict[str, Value] = {**CONSTANTS, **values}
        spare = letters([*self.variables, *CONSTANTS, *(name for name, _ in self._steps)])

        def value(node: ast.expr, name: str | None = None) -> Value:
            if isinstance(node, ast.Constant):
                return float(node.value)  # type: ignore[arg-type]
            if isinstance(node, ast.Name):
                return scope[node.id]
            if isinstance(node, ast.UnaryOp):
                if isinstance(node.op, ast.UAdd):
                    return value(node.operand, name)
                result = -value(node.operand)
            elif isinstance(node, ast.BinOp):
                left, right = value(node.left), value(node.right)
                result = self._operate(node, left, right)
            else:
                result = _apply(node, value)
            return named(name or next(spare), result) if isinstance(result, Tensor) else result

        for name, formula in self._steps:
            scope[name] = value(formula, name)
        return torch.as_tensor(scope[self.name], dtype=None if isinstance(scope[self.name], Tensor) else torch.float64)

    def _operate(self, node: ast.BinOp, left: Value, right: Value) -> Value:
        try:
            result = OPERATORS[type(node.op)](left, right)
        except (ZeroDivisionError, OverflowError) as error:  # between numbers; tensors give inf
            raise refused(self.text, node, say("these numbers give no finite result: {error}", error=error)) from None
        if isinstance(result, complex):
            raise refused(self.text, node, say("a negative number to a fractional power is not a real number"))
        return result  # type: ignore[no-any-return]


def expression(text: str) -> Expression:
    """The formula as a function, to call or to trace.

    Raises InputError, with the column, for anything but numbers, names, + - * / **, brackets and the FUNCTIONS.

    >>> J = expression("J = 3*(a + b*c)")
    >>> J.variables, float(J(a=5, b=3, c=2))
    (('a', 'b', 'c'), 33.0)
    >>> from wengu.graph import trace
    >>> [f"{node.name} = {node.number:g}" for node in trace(J, a=5, b=3, c=2)]
    ['a = 5', 'b = 3', 'c = 2', 'u = 6', 'v = 11', 'J = 33']
    """
    if len(text) > _LONGEST:
        raise InputError(say("expression: expected at most {most} characters, got {got}", most=_LONGEST, got=len(text)))
    try:
        lines = parse(text.strip()).body
        steps = tuple(step_of(text.strip(), line) for line in lines)
        if not steps:
            raise InputError(say("expression: expected a formula such as J = 3*(a + b*c), got nothing"))
        for _, formula in steps:
            check(text.strip(), formula)
    except SyntaxError as error:
        raise InputError(
            say(
                "expression: column {column} of {text!r}: a formula cannot begin or continue like this; write it as in "
                "J = 3*(a + b*c)",
                column=error.offset or 1,
                text=text,
            )
        ) from None
    except (RecursionError, MemoryError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            say(
                "expression: brackets nested too deeply, or characters that a formula cannot have; write it in "
                "several parts: u = ..; J = .."
            )
        ) from None
    made: set[str] = set()
    variables: dict[str, None] = {}
    for name, formula in steps:
        variables |= {one.id: None for one in _names(formula) if one.id not in made and one.id not in CONSTANTS}
        if name in made or name in variables or name in CONSTANTS or name in FUNCTIONS:
            raise InputError(
                say("expression: {name} is defined twice; choose another name on the left", name=name)
            )
        made.add(name)
    return Expression(text.strip(), tuple(variables), steps[-1][0], steps)


def check_values(variables: tuple[str, ...], values: dict[str, Any]) -> None:
    """Raises InputError for a variable without a value, and for a value without a variable."""
    missing = [name for name in variables if name not in values]
    if missing:
        raise InputError(
            say(
                "{name}: expected a value, got none; give {example}",
                name=missing[0],
                example=" ".join(f"{name}=1.0" for name in missing),
            )
        )
    for name in values:
        if name not in variables:
            near = nearest(name, variables)
            hint = say("; did you mean {near}?", near=near) if near else "."
            raise InputError(
                say(
                    "{name}: the expression has no such variable{hint} It has: {known}",
                    name=name,
                    hint=hint,
                    known=", ".join(variables) or "-",
                )
            )


def _names(node: ast.expr) -> Iterator[ast.Name]:
    """The variables from left to right."""
    if isinstance(node, ast.Name):
        yield node
    elif isinstance(node, ast.Call):
        for one in node.args:
            yield from _names(one)
    elif isinstance(node, ast.BinOp):
        yield from _names(node.left)
        yield from _names(node.right)
    elif isinstance(node, ast.UnaryOp):
        yield from _names(node.operand)


def _apply(node: ast.expr, value: Callable[[ast.expr], Value]) -> Value:
    """A function of tensors; of numbers alone, a number."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        raise TypeError(type(node))  # check() lets nothing else through
    values = [value(one) for one in node.args]
    tensors = [one if isinstance(one, Tensor) else torch.tensor(one, dtype=torch.float64) for one in values]
    result = FUNCTIONS[node.func.id][1](*tensors)
    return result if any(isinstance(one, Tensor) for one in values) else float(result)
