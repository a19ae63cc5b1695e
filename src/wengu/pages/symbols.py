"""What the letters of a chapter's formulas are: symbols.toml has them, for the sheet that is printed."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from wengu.core.i18n import LANGUAGES, Language

HERE = Path(__file__).parent


class Symbol(NamedTuple):
    """One symbol or some that belong together, as TeX, and what they are."""

    tex: str
    words: str


def symbols_of(chapter: str, language: Language) -> list[Symbol]:
    """Those of a chapter's formulas, by the chapter's folder."""
    at = LANGUAGES.index(language)
    return [Symbol(tex, words[at]) for tex, words in _every().get(chapter, {}).items()]


@cache
def _every() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((HERE / "symbols.toml").read_text(encoding="utf-8"))
