"""Every figure of every page: whatever its controls allow it draws, and in both languages the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from wengu.core.words import LANGUAGES, use_language
from wengu.pages import figures_of, pages
from wengu.pages.figure import Choice, Control, Numbers, Points, Slider, Toggle

EVERY = [(one.path, name) for one in pages("en") for name in one.figures]


def ends(control: Control) -> list[Any]:
    """What a control allows at its ends."""
    match control:
        case Slider(low=low, high=high):
            return [low, high]
        case Choice(options=options):
            return list(options)
        case Toggle():
            return [True, False]
        case Numbers(low=low, high=high, names=names):
            return [[low] * len(names), [high] * len(names), [None] * len(names)]
        case Points(x=x, y=y, classes=classes, most=most):
            return [[], [[x[0], y[0], 0]], [[x[k % 2], y[k // 2 % 2], k % classes] for k in range(most)]]
    raise TypeError(control)


def words_in(value: Any, key: str = "") -> Iterator[str]:
    """What of a figure's JSON the reader reads."""
    if isinstance(value, dict):
        for name, one in value.items():
            if name not in ("mark", "tone", "anchor", "kind"):
                yield from words_in(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from words_in(one, key)
    elif isinstance(value, str):
        yield value


def shape(value: Any) -> Any:
    """The JSON without its words."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value]
    return "" if isinstance(value, str) else value


@pytest.mark.parametrize(("path", "name"), EVERY, ids=lambda one: one)
def test_figure_draws_at_the_ends_of_every_control(path: str, name: str) -> None:
    figure = figures_of(path)[name]
    for control_name, control in figure.controls.items():
        for value in ends(control):
            made = figure(**{control_name: value}).to_json()
            assert made["say"].strip(), f"{control_name} = {value}"
            assert "nan" not in made["say"] and "inf" not in made["say"].split(), f"{control_name} = {value}: {made['say']}"
            json.dumps(made, allow_nan=False)
    for corner in (0, -1):
        assert figure(**{key: ends(control)[corner] for key, control in figure.controls.items()}).to_json()["say"]


@pytest.mark.parametrize(("path", "name"), EVERY, ids=lambda one: one)
def test_figure_is_the_same_in_both_languages_but_for_its_words(path: str, name: str) -> None:
    made = {}
    for language in LANGUAGES:
        use_language(language)
        made[language] = figures_of(path)[name]().to_json()
    assert shape(made["en"]) == shape(made["zh"])
    english = [text for text in words_in(made["zh"]) if re.search(r"\b[a-z]{3,} [a-z]{3,}\b", text)]
    assert not english, "in the Chinese figure; a name of one word may be the library's own"
