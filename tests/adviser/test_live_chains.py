"""Bad starts that are trained here and now: the first command of each card leads back, and none comes twice.

The sample of studies/chains.json takes minutes and is replayed; these are scikit-learn's digits and a few pictures.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import wengu
from wengu.adviser.card import Card
from wengu.data import load
from wengu.training.epoch import Diverged

MOST, WITHIN = 3, 0.02
ONLY_DATA = "Of what can be tried here only more data is left."
Start = Callable[..., Card]


def given(words: list[str]) -> dict[str, Any]:
    """The settings of a command, as a shell would part it: {'lr': 0.01, 'runs': 'a b'}."""
    found: dict[str, Any] = {}
    for flag, value in zip(words[::2], words[1::2], strict=True):
        assert flag.startswith("--") and not value.startswith("--")
        try:
            found[flag[2:].replace("-", "_")] = int(value) if value.isdigit() else float(value)
        except ValueError:
            found[flag[2:].replace("-", "_")] = value
    return found


def dev_of(card: Card) -> float:
    return next(row.value for row in card.ledger.rows if row.set == "dev")


def follow(card: Card, goal: float) -> tuple[list[float], list[str], bool]:
    """(dev errors, commands, whether only data is left), until the goal is met or there is no command."""
    errors, commands = [dev_of(card)], list[str]()
    while errors[-1] > goal and not (only_data := any(step.what == ONLY_DATA for step in card.steps)):
        todo = [step.command for step in card.steps if step.command.startswith("wengu fit ")]
        if not todo or len(commands) > MOST:
            return errors, commands, False
        commands.append(todo[0])
        _, _, recipe, *words = shlex.split(todo[0])
        result = wengu.fit(recipe, quiet=True, came_from=dict.fromkeys(given(words), "flag"), **given(words))
        assert result.card is not None
        card = result.card
        errors.append(dev_of(card))
    return errors, commands, errors[-1] > goal and only_data


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Start:
    """A run of softmax regression on the digits, or on the first hundred; each in a folder of its own."""
    from sklearn.datasets import load_digits  # type: ignore[import-untyped]

    folder = tmp_path_factory.mktemp("digits")
    frame = load_digits(as_frame=True).frame
    frame.to_csv(folder / "digits.csv", index=False)
    frame.iloc[:100].to_csv(folder / "few.csv", index=False)

    def start(name: str, data: str = "digits.csv", **settings: Any) -> Card:
        card = wengu.fit("softmax", data=str(folder / data), target="target", runs=folder / f"runs of {name}", quiet=True, **settings).card
        assert card is not None
        return card

    return start


@pytest.fixture(scope="module")
def of_digits(digits: Start) -> float:
    return dev_of(digits("default"))


@pytest.mark.parametrize("bad", [{"l2": 10.0}, {"dropout": 0.9}, {"lr": 1e-6}, {"lr": 1e6}, {"epochs": 1}, {"train_examples": 100}])
def test_a_bad_start_on_the_digits_leads_back(digits: Start, of_digits: float, bad: dict[str, Any]) -> None:
    card = digits("-".join(map(str, *bad.items())), **bad)
    goal = of_digits + WITHIN
    errors, commands, _ = follow(card, goal)
    assert errors[0] > goal, errors
    assert errors[-1] <= goal and len(commands) <= MOST, (errors, commands)
    assert len({*commands}) == len(commands)


def test_of_a_hundred_rows_only_more_data_is_left(digits: Start, of_digits: float) -> None:
    errors, commands, only_data = follow(digits("few", data="few.csv"), of_digits + WITHIN)
    assert only_data and 0 < len(commands) <= MOST and len({*commands}) == len(commands), (errors, commands)


def test_steps_so_large_that_the_cost_is_no_number_say_so_themselves(digits: Start) -> None:
    with pytest.raises(Diverged, match=r"the steps are too large; try a smaller --lr than 1e\+38"):
        digits("nan", lr=1e38)


@pytest.mark.parametrize("bad", [{"dropout": 0.9}, {"lr": 3.0}])
def test_a_bad_start_on_pictures_leads_back(four_kinds: Path, of_pictures: float, bad: dict[str, Any]) -> None:
    ((name, value),) = bad.items()
    card = wengu.fit("lenet5", data=str(four_kinds), runs=four_kinds.parent / f"{name}-{value}", quiet=True, **bad).card
    assert card is not None
    errors, commands, only_data = follow(card, of_pictures + WITHIN)
    assert errors[0] > of_pictures + WITHIN
    assert (errors[-1] <= of_pictures + WITHIN or only_data) and len(commands) <= MOST, (errors, commands)
    assert len({*commands}) == len(commands)


@pytest.fixture(scope="module")
def four_kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """75 pictures each of tops, trousers, sandals and bags, in class folders."""
    folder, sample = tmp_path_factory.mktemp("pictures") / "four", load("sample")
    for label in (0, 1, 5, 8):
        (folder / str(label)).mkdir(parents=True)
        for i in np.flatnonzero(sample.labels == label)[:75]:
            Image.fromarray(sample.pixels[i, 0]).save(folder / str(label) / f"{i}.png")
    return folder


@pytest.fixture(scope="module")
def of_pictures(four_kinds: Path) -> float:
    card = wengu.fit("lenet5", data=str(four_kinds), runs=four_kinds.parent / "default", quiet=True).card
    assert card is not None
    return dev_of(card)
