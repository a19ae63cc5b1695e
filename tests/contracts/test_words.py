"""The contract of the two languages: whatever the code says has its Chinese, and no Chinese is left unsaid.

The words of the handbook's chapters, pages/<chapter>/zh.toml, are those of the room `pages`.
"""

from __future__ import annotations

import ast
import re
import string
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from wengu.pages import figures_of, pages
from wengu.races import raced
from wengu.rows import rows

SOURCE = Path(__file__).parents[2] / "src" / "wengu"
ROOMS = sorted(room.name for room in SOURCE.iterdir() if (room / "__init__.py").is_file())


class Said(NamedTuple):
    """One `say(...)` in the source."""

    where: str
    room: str
    call: ast.Call

    @property
    def text(self) -> str | None:
        """The English sentence, where it is a literal: the only argument of `say`, the second of the others."""
        wanted = 1 if _name(self.call) == "say" else 2
        first = self.call.args[-1] if len(self.call.args) == wanted else None
        return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def _name(call: ast.Call) -> str:
    return getattr(call.func, "id", "") or getattr(call.func, "attr", "")


@cache
def said() -> tuple[Said, ...]:
    """Every `say(...)`, and every `setting(...)` and `Network(...)` of which a sentence is said, of the package."""
    return tuple(
        Said(f"{file.relative_to(SOURCE)}:{node.lineno}", file.relative_to(SOURCE).parts[0], node)
        for file in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and (_name(node) in ("say", "setting") or (_name(node) == "Network" and node.args))
    )


def authorities() -> set[str]:
    """What `explain` shows of rows.toml in words; a name alone, such as torch.optim.Adam, is the same in Chinese."""
    every = {row.authority for row in rows().values() if " " in row.authority}
    peers = {race.peer for row in rows().values() for race in raced(row.benchmark)}
    return every | {peer for peer in peers if re.search(r"[, ][a-z]", peer)}


NAMES = {"sigmoid", "tanh", "softmax", "sin", "cos", "log", "exp", "max", "min", "leaky"}
"Words that are the same in Chinese. So is what has a capital (Adam, ReLU), a digit, _ or ( in it, and a letter alone."


@cache
def labels() -> set[str]:
    """What the controls of the handbook's figures show to the reader: they are said when a figure is sent."""
    controls = [control for page in pages("en") for figure in figures_of(page.path).values()
                for control in figure.controls.values()]
    shown = [getattr(control, "labels", ()) or getattr(control, "options", ()) for control in controls]
    return {label for control, more in zip(controls, shown, strict=True)
            for label in (control.label, *more, *getattr(control, "names", ()))}


@cache
def symbols() -> set[str]:
    """The symbols of links; those that are words have another form in Chinese, which tests/pages/test_links.py holds."""
    return {one.symbol for page in pages("en") for figure in figures_of(page.path).values() for one in figure.links}


def is_name(text: str) -> bool:
    """Whether all of it is names and symbols."""
    return all(word in NAMES or len(word) == 1 or not (word.isalpha() and word.islower())
               for word in re.findall(r"[A-Za-z0-9_(]+", text))


def tables(room: str) -> list[dict[str, str]]:
    """A room's zh.toml; of the room of pages, those of its chapters too."""
    files = [*(SOURCE / room).glob("zh.toml"), *(sorted(SOURCE.glob("pages/*/zh.toml")) if room == "pages" else ())]
    return [tomllib.loads(file.read_text(encoding="utf-8")) for file in files]


@cache
def chinese(room: str) -> dict[str, str]:
    """All that a room has in Chinese."""
    return {english: translated for table in tables(room) for english, translated in table.items()}


def placeholders(text: str) -> set[str]:
    """The names in a format string, those within a format specification too."""

    def names(part: str) -> Iterator[str]:
        for _, field, specification, _ in string.Formatter().parse(part):
            if field is not None:
                yield field.replace("[", ".").partition(".")[0]
                yield from names(specification or "")

    return set(names(text))


NOT_COUNTED = {
    "appears", "as", "becomes", "comes", "diverges", "does", "expects", "fits", "goes", "has", "holds", "is", "its", "lacks", "looks",
    "misses", "moves", "ms", "needs", "orders", "points", "reads", "stands", "starts", "stops", "this", "waits", "was",
}
"What ends in s and stands behind a value, yet is not counted by it: verbs, and measures with decimals."

NOT_ADJECTIVES = {"alone", "and", "at", "by", "from", "holds", "in", "million", "of", "on", "that", "the", "to"}
"Behind one of these a noun is not counted by the value before; behind any other word, as in {n} hidden layers, it is."

NEVER_ONE = {"all", "most", "seconds", "times"}
"Values that are limits, wholes and ratios. So is what has decimals."


def without_singular(text: str) -> list[str]:
    """The plural nouns behind a number that may be 1: '{n} checks', '{n} hidden layers'."""
    chosen = re.sub(r"\{\w+:(?:[^{}|]|\{[^{}]*\})*\|(?:[^{}|]|\{[^{}]*\})*\}", "#", text)
    wrong = []
    for found in re.finditer(r"\{(\w+)([^{}]*)\} (?:([a-z-]+) )?([a-z-]+s|people)\b", chosen):
        value, form, before, last = found.groups()
        noun = before if before and before.endswith("s") else last
        if value in NEVER_ONE or re.search(r"\.\d[fg]", form) or noun in NOT_COUNTED or before in NOT_ADJECTIVES:
            continue
        wrong.append(found[0])
    return wrong


def test_a_sentence_is_a_literal_in_a_room() -> None:
    assert said()
    wrong = [s.where for s in said() if s.text is None or s.room not in ROOMS]
    assert not wrong, f"say() wants its sentence as a literal, in a file of a room: {wrong}"


def test_say_keeps_its_name() -> None:
    """Under another name this file would not find it."""
    renamed = [
        str(file)
        for file in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and any(a.name == "say" and a.asname for a in node.names)
    ]
    assert not renamed


def test_every_placeholder_is_given_and_every_given_value_has_a_place() -> None:
    wrong = [
        s.where for s in said()
        if s.text is not None and _name(s.call) == "say"
        and all(keyword.arg for keyword in s.call.keywords)
        and placeholders(s.text) != {keyword.arg for keyword in s.call.keywords}
    ]
    assert not wrong


def test_a_counted_noun_has_its_singular() -> None:
    """'1 checks' is never printed: `{n} {n:check|checks}`."""
    assert without_singular("{n} checks, {m} hidden layers, {k} mini-batches") == [
        "{n} checks", "{m} hidden layers", "{k} mini-batches"]
    assert not without_singular("{n} {n:check|checks}, opened {n:once|{n} times}; {path} is in {x:.1f} points of its rows")
    wrong = [f"{s.where}: {noun}" for s in said() for noun in without_singular(s.text or "")]
    assert not wrong, f"write {{n}} {{n:check|checks}}, or add to NOT_COUNTED what is no counted noun: {wrong}"


@pytest.mark.parametrize("room", ROOMS)
def test_every_sentence_has_its_chinese_and_no_other_is_left(room: str) -> None:
    """A sentence that core has in Chinese may be said again above it without a second translation."""
    sentences = {s.text for s in said() if s.room == room and s.text is not None}
    sentences |= authorities() if room == "cli" else set()
    shown = labels() if room == "pages" else set()
    sentences |= {label for label in shown if not is_name(label) or label in chinese(room)}
    sentences |= symbols() & chinese(room).keys() if room == "pages" else set()
    missing = sorted(sentences - chinese(room).keys() - chinese("core").keys())
    unsaid = sorted(chinese(room).keys() - sentences)
    assert not missing, f"{room}/zh.toml lacks: {missing}"
    assert not unsaid, f"{room}/zh.toml holds what no code says: {unsaid}"


@pytest.mark.parametrize("room", ROOMS)
def test_chinese_keeps_the_placeholders_and_is_chinese(room: str) -> None:
    for english, translated in chinese(room).items():
        if english in symbols():
            continue  # TeX, whose words stand in braces
        assert placeholders(english) == placeholders(translated), english
        assert "|" not in translated, f"Chinese has one form: {translated}"
        if is_name("".join(literal for literal, *_ in string.Formatter().parse(english))):
            continue  # a formula with its numbers
        words = "".join(literal for literal, *_ in string.Formatter().parse(translated))
        letters = [letter for letter in words if letter.isalpha()]
        assert not letters or any(unicodedata.name(letter, "").startswith("CJK") for letter in letters), translated


def test_one_sentence_has_one_chinese() -> None:
    """The rooms' tables are merged into one: two translations of one sentence would hide each other."""
    every = [table for room in ROOMS for table in tables(room)]
    merged = {english: translated for table in every for english, translated in table.items()}
    clashes = sorted(e for table in every for e, translated in table.items() if merged[e] != translated)
    assert not clashes
