"""One number of several: accuracy - 0.5*latency_ms/1000, and limits such as latency_ms<=100.            [notes 15]

    expression   numbers, names, + - * / and brackets; nothing else is read, let alone run
    limit        expression <= number, or >=, <, >; a number may be a percentage

Source: the notes' accuracy - 0.5 · time, and 'optimise one, satisfy the others'. Parsed by Python's own `ast`, of which
these nodes alone are taken.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.syntax import parse

LONGEST = 200  # letters: brackets in brackets can be no deeper than Python's parser goes
_BINARY: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}
_UNARY: Mapping[type[ast.unaryop], Callable[[float], float]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
_COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt,
}


@dataclass(frozen=True)
class Expression:
    """A number made of others by name.

    >>> score = Expression.parse("accuracy - 0.5 * latency_ms / 1000")
    >>> score.names, score({"accuracy": 0.9, "latency_ms": 100})
    (('accuracy', 'latency_ms'), 0.85)
    """

    text: str
    tree: ast.expr
    names: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Expression:
        """Raises InputError for anything but numbers, names, + - * / and brackets."""
        if len(text) > LONGEST:
            raise InputError(say("{text}...: expected at most {n} {n:letter|letters}, got {got}", text=text[:20],
                                 n=LONGEST, got=len(text)))
        try:
            whole = parse(text.strip()).body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            raise _none(text) from None
        if len(whole) != 1 or not isinstance(whole[0], ast.Expr):
            raise _none(text)
        tree, names = whole[0].value, dict[str, None]()
        for node in ast.walk(tree):
            match node:
                case ast.Name(id=name):
                    names[name] = None
                case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                    if not math.isfinite(_float(value)):
                        raise _none(text)
                case ast.BinOp(op=op) if type(op) in _BINARY:
                    pass
                case ast.UnaryOp(op=op) if type(op) in _UNARY:
                    pass
                case ast.operator() | ast.unaryop() | ast.expr_context():
                    pass  # looked at in the node that they belong to
                case _:
                    raise _none(text)
        return cls(text.strip(), tree, tuple(sorted(names)))

    def __call__(self, values: Mapping[str, float]) -> float:
        """Its value; NaN where it divides by 0 or is no number."""
        try:
            return _value(self.tree, values)
        except (ZeroDivisionError, OverflowError):
            return math.nan


@dataclass(frozen=True)
class Limit:
    """What must be kept to.

    >>> limit = Limit.parse("error <= 5 %")
    >>> limit.most, limit.holds(0.04), limit.holds(0.06)
    (0.05, True, False)
    """

    text: str
    of: Expression
    sign: str
    most: float

    @classmethod
    def parse(cls, text: str) -> Limit:
        """Raises InputError for what is no expression, sign and number."""
        found = re.fullmatch(r"([^<>=]+)(<=|>=|<|>)\s*([^<>=%]+?)\s*(%?)\s*", text)
        try:
            most = float(found[3]) if found else math.nan
        except ValueError:
            most = math.nan
        if found is None or not math.isfinite(most):
            raise InputError(say("{text}: expected a limit such as latency_ms<=100: a name, one of <= >= < > and a "
                                 "number", text=text))
        return cls(text.strip(), Expression.parse(found[1]), found[2], most / 100 if found[4] else most)

    def holds(self, value: float) -> bool:
        """Whether the value keeps to it; NaN does not."""
        return _COMPARED[self.sign](value, self.most)


def _none(text: str) -> InputError:
    return InputError(say("{text}: expected numbers, names, + - * / and brackets, such as accuracy - "
                          "0.5*latency_ms/1000", text=text))


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _value(node: ast.expr, values: Mapping[str, float]) -> float:
    match node:
        case ast.Name(id=name):
            return values[name]
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](_value(left, values), _value(right, values))
        case ast.UnaryOp(op=op, operand=operand):
            return _UNARY[type(op)](_value(operand, values))
        case ast.Constant(value=value):
            return float(value)  # type: ignore[arg-type]
    raise TypeError(node)
