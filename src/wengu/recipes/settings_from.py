"""Settings from what a command line, a file or a call gives: by name, each of the kind that its field has."""

from __future__ import annotations

import os
from collections.abc import Mapping
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Any, ClassVar, Literal, TypeVar, get_args, get_origin, get_type_hints

from wengu.core.checks import InputError, one_of
from wengu.core.i18n import say
from wengu.core.old_settings import by_their_names_now
from wengu.recipes.settings import Common

S = TypeVar("S", bound=Common)


def settings_from(kind: type[S], values: Mapping[str, Any]) -> S:
    """Settings of this kind with these values, the rest by default; `from`, as files have it, is the field `from_`.

    Raises InputError for a setting that the kind does not have, or a value of another kind than it takes.
    """
    hints = {name: hint for name, hint in get_type_hints(kind).items() if ClassVar not in (hint, get_origin(hint))}
    fields_of = {name.rstrip("_"): name for name in hints} | {name: name for name in hints}
    return kind(**{fields_of[one_of("setting", name, fields_of)]: _typed(name, value, hints[fields_of[name]])
                   for name, value in by_their_names_now(values).items()})


def _typed(name: str, value: Any, hint: Any) -> Any:
    """The value as its setting holds it: a path as text, 20 as 20.0; nothing is rounded, and 'no' is not False.

    >>> _typed("lr", 1, float), _typed("ignore", ["a"], tuple[str, ...]), _typed("epochs", None, int | None)
    (1.0, ('a',), None)
    >>> _typed("freeze", 2, str | int), _typed("freeze", "none", str | int)
    ('2', 'none')
    """
    kinds = get_args(hint) if get_origin(hint) is UnionType else (hint,)
    if value is None and NoneType in kinds:
        return None
    kind = kinds[0]
    if kind is bool and isinstance(value, bool):
        return value
    if get_origin(kind) is Literal:
        return one_of(name, str(value), get_args(kind))
    if kind in (int, float) and isinstance(value, Integral if kind is int else Real) and value is not bool(value):
        return kind(value)
    if kind is str and isinstance(value, str | os.PathLike):
        return os.fspath(value)
    if kinds[:2] == (float, str) and isinstance(value, str):  # counts, or a number as a command line has it
        try:
            return float(value)
        except ValueError:
            return value
    if kinds == (str, int) and isinstance(value, Integral) and value is not bool(value):
        return str(value)
    if get_origin(kind) is tuple:
        values = [value] if isinstance(value, str) else value
        if isinstance(values, list | tuple) and all(isinstance(one, str) for one in values):
            return tuple(values)
    expected = _kind_in_words(kind)
    raise InputError(say("{name}: expected {expected}, got {got!r}", name=name, expected=expected, got=value))


def _kind_in_words(kind: Any) -> str:
    if kind is int:
        return say("a whole number")
    if kind is float:
        return say("a number")
    if kind is bool:
        return say("true or false")
    return say("a list of names") if get_origin(kind) is tuple else say("text")
