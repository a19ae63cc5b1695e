"""The states of all figures computed ahead for the exported handbook, by several workers at once.

    grids/activations.activations.curve.grid    a gzip file for each figure as pages/grid.py packs it: of each state
                                                English, then Chinese; what they have alike stands in it once
    grids/gradient_descent.adam.descent.alone.grid    the same of controls that are moved alone: pages/alone.py
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache, partial
from itertools import chain, pairwise
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from wengu.core.checks import InputError
from wengu.core.i18n import LANGUAGES, Language, say, speaking
from wengu.handbook.worker_pool import AskError, Worker
from wengu.pages import Figure, figure_of, figures_of, page, pages, questions_of
from wengu.pages.alone import MOST, Alone, alone_of, alone_states
from wengu.pages.grid import ROOM, Axes, axes_of, packed, states_of, unpacked
from wengu.pages.page import raw
from wengu.pages.quotes import quotes_in

LIMIT = 600.0  # seconds for one figure
MOST_WORKERS = 8  # each holds torch
KEPT = 256  # states drawn, while fewer of them are tried; a grid of more is not held in memory

A = TypeVar("A")

Grids = Mapping[tuple[str, str], Mapping[str, Any]]
"""The axes of each figure that has a grid, and what is moved alone in it, by page and name."""


def grids(root: Path, *, only: Collection[str] | None = None, told: Callable[[int, int], None]) -> Grids:
    """Compute and write the grids below this folder, of all pages or of these; `told` hears how many figures are done.

    Raises InputError where a figure could not be computed.
    """
    todo = deque((one.path, name) for one in pages("en") if only is None or one.path in only for name in one.figures)
    of, done = len(todo), SimpleQueue[tuple[tuple[str, str], Any]]()

    def work(worker: Worker) -> None:
        with contextlib.suppress(IndexError):
            while True:
                path, name = todo.popleft()
                try:
                    text = worker.ask("grid", seconds=LIMIT, lang="en", page=path, name=name, to=str(root))
                    done.put(((path, name), json.loads(text)))
                except AskError as error:
                    done.put(((path, name), error))

    found = {}
    with contextlib.ExitStack() as left:
        for _ in range(min(MOST_WORKERS, os.cpu_count() or 1, of)):
            worker = left.enter_context(contextlib.closing(Worker()))
            threading.Thread(target=work, args=(worker,), daemon=True).start()
        for k in range(of):
            told(k, of)
            one, made = done.get()
            if isinstance(made, AskError):
                raise InputError(say("{page}, figure {name}: it could not be computed {why}", page=one[0], name=one[1],
                                     why=made).rstrip()) from made
            if made["axes"]:
                found[one] = made
        told(of, of)
    return found


def computed(path: str, name: str, root: Path) -> Axes:
    """Compute and write one figure's grid in both languages; its axes, empty where nothing of it can be moved so.

    With fewer states where they would need more room than a page should load.
    """
    figure, wanted = figure_of(path, name), wanted_of(path, name)
    default = figure()

    def made(most: int | None) -> tuple[Axes, list[dict[str, Any]]]:
        axes = axes_of(figure, default, wanted, most=most)
        return axes, states_of(axes) if axes else []

    return _written(path, name, root, made)


def computed_alone(path: str, name: str, root: Path, axes: Axes) -> Alone:
    """The same of what is moved alone, beside the grid with these axes."""
    figure, wanted = figure_of(path, name), wanted_of(path, name)

    def made(most: int | None) -> tuple[Alone, list[dict[str, Any]]]:
        alone = alone_of(figure, axes, wanted, most=most or MOST)
        return alone, alone_states(alone)

    return _written(path, f"{name}.alone", root, made)


def _written(path: str, name: str, root: Path, made: Callable[[int | None], tuple[A, list[dict[str, Any]]]]) -> A:
    """Write a figure's states in both languages; with fewer where they would need more room than a page should load."""
    figure, most = figure_of(path, name.partition(".")[0]), None
    drawn = lru_cache(maxsize=KEPT)(partial(_in_every_language, figure))
    while True:
        found, states = made(most)
        if not states:
            return found
        content = packed(chain.from_iterable(drawn(*state.items()) for state in states))
        if len(content) <= ROOM:
            break
        most = int(len(states) * min(0.95, ROOM / len(content)))
    at = root / grid_at(path, name)
    at.parent.mkdir(parents=True, exist_ok=True)
    at.write_bytes(content)
    return found


def _in_every_language(figure: Figure, *state: tuple[str, Any]) -> list[dict[str, Any]]:
    made = []
    for language in LANGUAGES:
        with speaking(language):
            made.append(figure(**dict(state)).to_json())
    return made


def stored_states(content: bytes, language: Language) -> list[dict[str, Any]]:
    """What a grid's file holds in one language."""
    return unpacked(content)[LANGUAGES.index(language)::len(LANGUAGES)]


def wanted_of(path: str, name: str) -> dict[str, list[Any]]:
    """The values of a figure's controls that its page's texts quote or name and its question moves it to."""
    found: dict[str, list[Any]] = {control: list(values) for control, values in figures_of(path)[name].named.items()}
    asked = questions_of(path)
    for before, after in pairwise(page(path, "en").parts):
        if before.kind == "expect" and after.text == name:
            for control, value in asked[before.text].draw(0).then.items():
                found.setdefault(control, []).append(value)
    for quote in quotes_in(raw(path, "en")):
        if quote.figure == name:
            for control, given in quote.state:
                found.setdefault(control, []).append(given)
    return found


def grid_at(path: str, name: str) -> str:
    """A grid's file, from the copy's root. No web server knows the ending, so none unpacks it before the page does."""
    return f"grids/{path.replace('/', '.')}.{name}.grid"
