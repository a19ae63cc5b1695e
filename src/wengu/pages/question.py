"""The contract of a question: a function that draws numbers, and gives the answer by the library's own code.

    @question
    def first_step(rng):
        from wengu.optimization import momentum_by_hand
        g, lr = rng.choice([2.0, 4.0]), rng.choice([0.1, 0.5])
        ...
        return Number(-lr * v, traps={"plain": -lr * g}, g=g, lr=lr)

    Number(answer, ...)             worked out; within 1 % of it is right, a whole number exactly. A trap is a wrong
                                    answer that people come to, computed too; who types it is told what it means
    Options(right, of=(...), ...)   which of these; the reader sees them in another order each time
    Derived(same=(a, b), ...)       derived on paper and compared with the steps; a and b are what the result says are
                                    equal: by its formula, and by the library or by automatic differentiation

What else is given are the numbers that the words insert (asked.py): they stand beside the page's text in both
languages. `@question(moves=figure)` is asked before that figure, as `::expect`: Options whose `then` are controls, to
which the figure is moved when the reader has chosen, so that it is the answer.

A draw is a function of the page, the question's name and a seed; one in which a trap is as good as the answer, or the
same as another trap, is drawn again. The first `STORED` of each are kept beside the page by `make figures`, so that
nothing is computed to show them. No torch here: a question imports the library within its function.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any, Literal, overload

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.pages.figure import Figure
from wengu.pages.plain import Plain

STORED = 8  # draws of each question that are computed ahead
TRIES = 200  # of a draw, until its answers differ
WITHIN = 0.01  # of the answer: a pocket calculator's rounding is right

Kind = Literal["number", "options", "derived"]


@dataclass(frozen=True)
class Drawn:
    """A question with its numbers: plain data, the same in both languages."""

    kind: Kind
    values: Mapping[str, Any]  # that the words insert
    answer: float | str | None = None  # a number, the name of an option, or None where the reader compares
    margin: float = 0.0  # by which a number may be off
    unit: str = ""
    traps: Mapping[str, float] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    then: Mapping[str, Any] = field(default_factory=dict)  # the state that a figure is moved to

    @property
    def inserted(self) -> dict[str, Any]:
        """The numbers that the words may insert, by name: those given, the traps, the answer."""
        return {**self.traps, **self.values, "answer": self.answer}

    def judge(self, given: float | str) -> str:
        """'right', the name of the trap that was walked into, or nothing: not yet. A wrong option is a trap."""
        if isinstance(given, str):
            return "right" if given == self.answer else given if given in self.options else ""
        if isinstance(self.answer, float | int) and abs(given - self.answer) <= self.margin:
            return "right"
        return next((name for name, value in self.traps.items() if abs(given - value) <= _margin(value)), "")

    def to_json(self) -> dict[str, Any]:
        """Plain data, without what is empty."""
        return {name: value for name, value in asdict(self).items() if value not in ({}, (), "", None)}


def drawn_from(stored: Mapping[str, Any]) -> Drawn:
    """The draw that `to_json` made this of."""
    return Drawn(**{"values": {}, **stored, "options": tuple(stored.get("options", ()))})


class Number(Drawn):
    """A question that is worked out."""

    def __init__(self, answer: Any, *, traps: Mapping[str, Any] | None = None, unit: str = "",
                 within: float = WITHIN, **values: Any) -> None:
        answer, traps = _number(answer), {name: _number(one) for name, one in (traps or {}).items()}
        if "right" in traps:
            raise TypeError("traps: expected a name that says what went wrong, got 'right'")
        super().__init__("number", Plain()(values), answer, _margin(answer, within), unit, traps)


class Options(Drawn):
    """A question with options, one of which is right; their words stand in the page."""

    def __init__(self, right: str, *, of: Sequence[str], then: Mapping[str, Any] | None = None, **values: Any) -> None:
        if right not in of:
            raise TypeError(f"right: expected one of {', '.join(of)}, got {right!r}")
        super().__init__("options", Plain()(values), right, options=tuple(of), then=then or {})


class Derived(Drawn):
    """A question that is answered on paper; `same` are the two sides of what is to come out, in numbers."""

    same: tuple[Any, Any]

    def __init__(self, *, same: tuple[Any, Any], **values: Any) -> None:
        super().__init__("derived", Plain()(values))
        object.__setattr__(self, "same", same)


@dataclass(frozen=True)
class Question:
    """A question function, and the figure that is its answer, if one is."""

    ask: Callable[[Random], Drawn]
    moves: Figure | None = None

    @property
    def name(self) -> str:
        """What the page calls it."""
        return self.ask.__name__

    def draw(self, seed: int) -> Drawn:
        """The question with the numbers of this seed. Raises InputError where no draw has answers that differ."""
        rng = Random(f"{self.ask.__module__}.{self.name}.{seed}")
        for _ in range(TRIES):
            made = self.ask(rng)
            if _differ(made):
                if made.kind == "options" and not self.moves:
                    object.__setattr__(made, "options", tuple(rng.sample(made.options, len(made.options))))
                return made
        raise InputError(say("question {name}: expected traps that differ from the answer; draw other numbers",
                             name=self.name))


@overload
def question(ask: Callable[[Random], Drawn], /) -> Question: ...
@overload
def question(*, moves: Figure) -> Callable[[Callable[[Random], Drawn]], Question]: ...
def question(ask: Callable[[Random], Drawn] | None = None, /, *, moves: Figure | None = None) -> Any:
    """Make a question of a function of a random.Random."""
    return Question(ask) if ask else lambda ask: Question(ask, moves)


def _differ(made: Drawn) -> bool:
    """Whether no trap is taken for the answer or for another trap."""
    if made.kind != "number" or not isinstance(made.answer, float | int):
        return True
    apart = all(abs(value - made.answer) > made.margin + _margin(value) for value in made.traps.values())
    return apart and len(set(made.traps.values())) == len(made.traps)


def _margin(value: float, within: float = WITHIN) -> float:
    """How far a number may be off that is to be this one."""
    return 1e-9 if isinstance(value, int) else max(float(f"{within * abs(value):.3g}"), 1e-9)


def _number(value: Any) -> float:
    """A plain number of a tensor's or an array's."""
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, bool) or not isinstance(plain, int | float) or not math.isfinite(plain):
        raise TypeError(f"answer: expected a finite number, got {value!r}")
    return plain if isinstance(plain, int) else float(f"{plain:.9g}")
