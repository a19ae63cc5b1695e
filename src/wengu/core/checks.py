"""Checks of arguments, and the one error that says argument, expected, got and the fix."""

from __future__ import annotations

import difflib
import math
import operator
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from wengu.core.i18n import say


class FailedError(RuntimeError):
    """What went wrong through no argument: its text is for the user, and says what to do."""


class InputError(ValueError):
    """What the user gave cannot be used. The command line prints it in one line and exits with 2."""


def positive(name: str, value: float) -> float:
    """`value`, if it is a finite number above 0.

    >>> positive("lr", 0.1)
    0.1
    >>> positive("lr", -1)
    Traceback (most recent call last):
        ...
    wengu.core.checks.InputError: lr: expected a number above 0, got -1
    """
    if not (math.isfinite(number(name, value)) and value > 0):
        raise InputError(say("{name}: expected a number above 0, got {got}", name=name, got=value))
    return value


def number(name: str, value: Any) -> float:
    """`value` as a number. Raises TypeError where it is none; True and False are none."""
    try:
        if not isinstance(value, bool | str):
            return float(value)
    except (TypeError, ValueError):
        pass
    raise TypeError(say("{name}: expected a number, got {got!r}", name=name, got=value))


def at_least(name: str, value: float, low: float) -> float:
    """`value`, if it is a finite number not below `low`."""
    if not (math.isfinite(number(name, value)) and value >= low):
        raise InputError(say("{name}: expected a number of at least {low}, got {got}", name=name, low=low, got=value))
    return value


def whole(name: str, value: Any, low: int) -> int:
    """`value`, if it is a whole number not below `low`."""
    at_least(name, value, low)
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(say("{name}: expected a whole number, got {got!r}", name=name, got=value)) from None


def fraction(name: str, value: float) -> float:
    """`value`, if it lies in [0, 1)."""
    if not 0 <= number(name, value) < 1:
        raise InputError(say("{name}: expected a number from 0 to below 1, got {got}", name=name, got=value))
    return value


def one_of(name: str, value: str, choices: Iterable[str]) -> str:
    """`value`, if it is one of the choices; else an error that proposes the nearest.

    >>> one_of("network", "lenet", ["lenet5", "alexnet"])
    Traceback (most recent call last):
        ...
    wengu.core.checks.InputError: network: 'lenet' is unknown; did you mean lenet5? Choose from: alexnet, lenet5
    """
    known = sorted(choices)
    if value in known:
        return value
    hint = say("; did you mean {near}?", near=near) if (near := nearest(str(value), known)) else say(".")
    raise InputError(
        say("{name}: {value!r} is unknown{hint} Choose from: {known}", name=name, value=value, hint=hint,
            known=", ".join(known))
    )


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like this one, if one is."""
    by_lower = {k.lower(): k for k in known}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


# --- of models: what is asked of a tensor here needs no torch ---------------------------------------------------------
def differentiable(name: str, value: Any) -> Any:
    """`value`, if it is a cost: a tensor of one number, without dimensions, that can be differentiated."""
    shape = getattr(value, "shape", None)
    if shape != () or not getattr(value, "requires_grad", False):
        raise InputError(say("{name}: expected a cost, one number computed from the model's output, got {got}",
                             name=name, got=tuple(shape) if shape else repr(value)))
    return value


def trainable(name: str, model: Any) -> list[Any]:
    """The parameters of a model that are to be trained. Raises InputError where there is none."""
    every = list(model.parameters())
    if not every:
        raise InputError(say("{name}: expected parameters to train, got none; give it layers with weights, as "
                             "attributes or in an nn.ModuleList, not in a list", name=name))
    if not (learned := [parameter for parameter in every if parameter.requires_grad]):
        raise InputError(say("{name}: expected parameters to train, but requires_grad is off in all of its {n} "
                             "{n:parameter tensor|parameter tensors}; turn it on in those that should learn",
                             name=name, n=len(every)))
    return learned


def known_shapes(model: Any) -> None:
    """Raises InputError for a lazy layer that has not seen its first batch."""
    for name, tensor in (*model.named_parameters(), *model.named_buffers()):
        if hasattr(tensor, "materialize"):  # as torch's uninitialised tensors alone have
            raise InputError(
                say("model: expected known shapes, but {name} waits for its first batch; run one through it first",
                    name=name)
            )


@contextmanager
def two_examples(name: str) -> Iterator[None]:
    """Around a model in training: torch's batch normalisation, which refuses one example, is heard as InputError."""
    try:
        yield
    except ValueError as error:
        if "more than 1 value per channel" not in str(error):
            raise
        raise InputError(say("{name}: expected at least two examples, as batch normalisation in training takes a "
                             "variance over them, got one; give more", name=name)) from error
