"""Trainings with the settings of a page's figures: whatever the figures are set to is a command, and nothing else is."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from tests.pages.seeing import ends
from wengu.cli.main import _app
from wengu.core.checks import InputError
from wengu.pages import figures_of, page, pages
from wengu.pages.figure import Fig, Figure, choice, slider
from wengu.pages.fits import figures_in, filled

OFFERED = [(one.path, words) for one in pages("en") for words in one.fits if figures_in(words)]
CHAPTERS = ("gradient_descent", "parameters", "regularisation")
WITHOUT = {"gradient_descent/batch_norm"}
"""No network that ships has it."""


CONTROLS = {"lr": slider(0.01, 1.0, 0.1, label="α"), "keep": slider(0.3, 1.0, 0.8, step=0.05, label="k"),
            "size": slider(1, 64, 16, label="size"), "rule": choice("sgd", "adam", label="rule")}  # fmt: skip
made = Figure(lambda **values: Fig(say=str(values)), CONTROLS, ())


def test_places_are_filled_with_settings_and_else_with_defaults() -> None:
    words, figures = "lenet5 --lr {made.lr} --dropout {1-made.keep} --batch-size {made.size} --optim {made.rule}", {"made": made}
    assert filled(words, figures) == "lenet5 --lr 0.1 --dropout 0.2 --batch-size 16 --optim sgd"
    state = {"made": {"lr": 1 / 3, "keep": 0.35, "rule": "adam"}}
    assert filled(words, figures, state) == "lenet5 --lr 0.333333 --dropout 0.65 --batch-size 16 --optim adam"
    assert figures_in(words) == ["made"] and figures_in("lenet5 --lr 0.1") == []


@pytest.mark.parametrize("odd", [{"lr": "9; rm"}, {"lr": float("nan")}, {"lr": [1]}, {"rule": "adam --data x"}, {"size": 1e9}, "x", None])
def test_what_a_control_does_not_allow_is_no_setting(odd: Any) -> None:
    words = filled("lenet5 --lr {made.lr} --batch-size {made.size} --optim {made.rule}", {"made": made}, {"made": odd})
    big = isinstance(odd, dict) and "size" in odd
    assert words == f"lenet5 --lr 0.1 --batch-size {64 if big else 16} --optim sgd"


@pytest.mark.parametrize("words", ["x {made.none}", "x {none.lr}"])
def test_a_place_that_there_is_not_is_refused(words: str) -> None:
    with pytest.raises(InputError, match="none"):
        filled(words, {"made": made})


@pytest.mark.parametrize(("path", "words"), OFFERED, ids=lambda one: one.replace(" ", "-"))
def test_every_setting_of_the_figures_is_a_command(path: str, words: str) -> None:
    figures = figures_of(path)
    for name in figures_in(words):
        each = {control: ends(kind) for control, kind in figures[name].controls.items() if f"{name}.{control}}}" in words}
        assert each, "it takes something of the figure"
        for values in product(*each.values()):
            now = filled(words, figures, {name: dict(zip(each, values, strict=True))})
            command, bound, _ = _app().parse_args(["fit", *now.split()], exit_on_error=False, print_error=False)
            assert command and "data" not in bound.kwargs and "{" not in now, now


@pytest.mark.parametrize("path", [one.path for one in pages("en") if one.chapter in CHAPTERS])
def test_page_of_a_rule_of_training_offers_to_train_by_it(path: str) -> None:
    for language in ("en", "zh"):
        assert bool(page(path, language).fits) is (path not in WITHOUT)
