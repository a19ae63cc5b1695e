"""The two languages. A message is written once, in English; `zh.toml` beside the code that says it holds the Chinese.

    say("{n} {n:picture|pictures} skipped", n=3)        ->  "3 pictures skipped"  or  "跳过了 3 张图片"

A value stands there as it may be shown: what would act on a terminal is spelt out, see printable.py.

`{n:one|many}` chooses between two forms: the first where n is 1, the second for every other number. One of them may
hold the number: "opened {n:once|{n} times}". English alone needs them; Chinese has one form.

The English sentence is the key, as in gettext, so that the code reads without a table. A contract test finds every
`say(...)` in the source and fails where a translation, one of its placeholders or a singular is missing.
"""

from __future__ import annotations

import os
import string
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, get_args

from wengu.core.printable import printable, printable_repr

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
"The languages that are spoken."

_language: Language = "en"
_here: ContextVar[Language | None] = ContextVar("language", default=None)


def use_language(language: Language) -> None:
    """Speak this language from now on, in the whole process."""
    global _language
    if language not in LANGUAGES:
        raise ValueError(f"language: expected one of {', '.join(LANGUAGES)}, got {language!r}")
    _language = language


def language() -> Language:
    """The language spoken now; English until `use_language` is called."""
    return _here.get() or _language


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Speak this language within, in this thread or task alone.

    >>> with speaking("zh"): language()
    'zh'
    """
    before = _here.set(language)
    try:
        yield
    finally:
        _here.reset(before)


def language_of_environment() -> Language:
    """What LC_ALL, LC_MESSAGES or LANG ask for, the first that is set; English for every language but Chinese."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def say(text: str, /, **values: object) -> str:
    """The sentence in the language spoken now, with its {placeholders} filled in.

    >>> say("{n} {n:check|checks} in {seconds:.1f} s", n=1, seconds=0.25)
    '1 check in 0.2 s'
    """
    return _filled(translated(text), values)


def _filled(text: str, values: Mapping[str, object]) -> str:
    """`str.format` of values that may be shown, by name, and `{n:one|many}`."""
    return "".join([literal if name is None else literal + _shown(values[name], conversion, _filled(form, values))
                    for literal, name, form, conversion in _pieces(text)])


def _shown(value: object, conversion: str | None, form: str) -> str:
    if conversion == "r":
        value = printable_repr(value)
    if isinstance(value, BaseException):  # of other libraries, in lines
        value = " ".join(str(value).split())
    if "|" not in form:
        return printable(format(value, form))
    one, many = form.split("|")
    return one if str(value) == "1" else many  # 1.0, a measurement, takes the plural: 1.0 seconds


@lru_cache(8192)  # a figure says the same sentence of each of its steps
def _pieces(text: str) -> tuple[tuple[str, str | None, str, str | None], ...]:
    return tuple((literal, name, form or "", conversion)
                 for literal, name, form, conversion in string.Formatter().parse(text))


def translated(text: str) -> str:
    """A sentence that is written down elsewhere, such as the help of a setting, in the language spoken now."""
    return _chinese().get(text, text) if language() == "zh" else text


def speaks() -> bool:
    """Whether this process is to tell anything: of several that torchrun started, the first alone."""
    return "TORCHELASTIC_RUN_ID" not in os.environ or os.environ.get("RANK", "0") == "0"


def padded(text: str, width: int) -> str:
    """As wide as a terminal shows it: a Chinese letter takes two columns."""
    from rich.cells import cell_len

    return text + " " * max(0, width - cell_len(text))


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """The head, then the rows, in columns that line up under Chinese letters too, which are two cells wide.

    The first `left` columns begin at the left, the others end at the right.

    >>> print(text_table(["layer", "count"], [["c1", "156"], ["output", "850"]]))
    layer   count
    c1        156
    output    850
    """
    from rich.cells import cell_len

    head, *rows = [[printable(cell) for cell in line] for line in (head, *rows)]
    widths = [max(map(cell_len, column)) for column in zip(head, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        gaps = [" " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True)]
        parts = [cell + gap if k < left else gap + cell for k, (cell, gap) in enumerate(zip(cells, gaps, strict=True))]
        return "  ".join(parts).rstrip()

    return "\n".join(map(line, (head, *rows)))


@cache
def _chinese() -> dict[str, str]:
    """Every room's zh.toml, and those of the handbook's chapters, in one table."""
    package = Path(__file__).parents[1]
    table: dict[str, str] = {}
    for file in (*package.glob("*/zh.toml"), *package.glob("pages/*/zh.toml")):
        table |= tomllib.loads(file.read_text(encoding="utf-8"))
    return table
