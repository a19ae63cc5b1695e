"""`wengu data list`: no cell is cut, on a terminal or in a pipe."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Wengu
from wengu.core.i18n import LANGUAGES, Language
from wengu.data import catalogue, published_weights


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pipe_gets_a_whole_line_for_every_data_set(
    wengu: Wengu, monkeypatch: pytest.MonkeyPatch, language: Language
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _, *lines = wengu("data", "list", "--lang", language).out.splitlines()
    for line, entry in zip(lines, (*catalogue(), *published_weights()), strict=True):
        assert line.startswith(f"{entry.name} ") and f" {entry.what} " in line and f" {entry.licence} " in line


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_narrow_terminal_folds_and_cuts_nothing(
    wengu: Wengu, monkeypatch: pytest.MonkeyPatch, language: Language
) -> None:
    for name, value in (("COLUMNS", "80"), ("TTY_COMPATIBLE", "1"), ("TERM", "xterm")):
        monkeypatch.setenv(name, value)
    out = wengu("data", "list", "--lang", language).out
    assert "\x1b[1m" in out and "…" not in out
    assert max(map(len, out.splitlines()[1:])) <= 80
