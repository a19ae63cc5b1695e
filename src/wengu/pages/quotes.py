"""Numbers that a page's text quotes of its figures: computed by `make figures`, never typed.

    plain descent needs {{paths.plain}} steps       a value that the figure `paths` gives, at its defaults
    {{walk.size s=3 f=5}} places                    with two of its controls set
    {{network.share:.0%}} of the parameters         as Python's format writes it
    {{facts.window:.0f}} steps                      of a function of the page under `@quoted`

What a figure gives beside `say` are its `values`. quoted.json holds those that the texts name, so that nothing is
imported to read a page; a quote that is not stored yet stays in braces, and a contract test finds it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from wengu.core.checks import InputError, one_of
from wengu.core.i18n import say
from wengu.core.written import written
from wengu.pages.controls import Choice, Control, Slider

STORE = Path(__file__).with_name("quoted.json")
_QUOTE = re.compile(r"\{\{(?P<figure>[a-z]\w*)\.(?P<key>\w+)(?P<state>(?: \w+=[^\s:{}]+)*)(?::(?P<form>[^{}\s]+))?\}\}")

Value = int | float | str


class Quote(NamedTuple):
    """What a text names: a value of a figure in a state."""

    figure: str
    key: str
    state: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        """Its name in the store."""
        return " ".join([f"{self.figure}.{self.key}", *(f"{name}={value}" for name, value in self.state)])


class Quoted(NamedTuple):
    """A function of a page that gives numbers for its text alone."""

    values: Callable[[], Mapping[str, Value]]


def quoted(function: Callable[[], Mapping[str, Value]]) -> Quoted:
    """Make numbers of the library that no figure shows quotable by a page's text."""
    return Quoted(function)


def quotes_in(text: str) -> list[Quote]:
    """Every quote of a text.

    >>> [str(one) for one in quotes_in("{{a.b}} of $x^{{2}}$, {{a.c s=3:.1f}}")]
    ['a.b', 'a.c s=3']
    """
    return [_quote(found) for found in _QUOTE.finditer(text)]


def filled(text: str, path: str) -> str:
    """A text of the page at chapter/slug with the numbers that it quotes."""
    held = stored_quotes().get(path, {})

    def number(found: re.Match[str]) -> str:
        value = held.get(str(_quote(found)))
        return found[0] if value is None else in_words(value, found["form"] or "")

    return _QUOTE.sub(number, text)


def in_words(value: Value, form: str = "") -> str:
    r"""A value as a sentence has it.

    >>> in_words(61706), in_words(-0.054, ".1%"), in_words(6.4e8, ".2g")
    ('61,706', '−5.4\xa0%', '6.4 × 10⁸')
    """
    text = format(value, form or ("," if isinstance(value, int) else ""))
    return written(text)


def computed(quote: Quote, found: Mapping[str, Any]) -> Value:
    """What the page's figures and functions give for it now.

    Raises InputError for a figure, a value or a control that there is not, and for a setting that its control changes.
    """
    source = found[one_of("quote", quote.figure, found)]
    if isinstance(source, Quoted):
        values = source.values()
    else:
        for name, given in quote.state:
            control = source.controls[one_of("control", name, source.controls)]
            if not _allows(control, given):
                raise InputError(say("{quote}: expected a setting that its control allows, got {name}={given}",
                                     quote=str(quote), name=name, given=given))
        values = source(**dict(quote.state)).values
    value: Value = values[one_of("value", quote.key, values)]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def _allows(control: Control, given: str) -> bool:
    kept: object = control.clamp(given)
    if isinstance(control, Slider):
        return abs(float(given) - control.clamp(given)) <= 1e-9 * max(1.0, abs(float(given)))
    return kept == given if isinstance(control, Choice) else str(kept).lower() == given


def _quote(found: re.Match[str]) -> Quote:
    pairs = (one.partition("=") for one in found["state"].split())
    return Quote(found["figure"], found["key"], tuple((name, value) for name, _, value in pairs))


@cache
def stored_quotes() -> dict[str, dict[str, Value]]:
    """Every page's quotes as `make figures` left them."""
    held: dict[str, dict[str, Value]] = json.loads(STORE.read_text(encoding="utf-8"))
    return held
