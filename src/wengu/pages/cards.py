"""The cards of the day: each question at the end of a page is one, and what the reader knew of it is a line of a file.

    {"card": "gradient_descent/momentum/first_step", "grade": "good", "day": "2026-11-30", "seed": 0}

The file is the reader's own: plain, appended to line by line, each whole and on the disk; two of them one after the
other are one. It is $WENGU_CARDS, else cards.jsonl in $XDG_DATA_HOME/wengu, else where the system keeps what belongs
to a user: ~/.local/share/wengu, ~/Library/Application Support/wengu, %LOCALAPPDATA%\\wengu. What schedule.py makes of
the lines is kept nowhere: it is worked out anew. A line of a card that is no more, or of no day, is passed over.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, cast

from wengu.core.checks import InputError, one_of
from wengu.core.i18n import Language, say
from wengu.core.json_lines import append_json_line
from wengu.core.own_folder import make_own
from wengu.core.safe_read import ReadError, from_json_lines, read_bytes
from wengu.pages.page import Page, page, pages
from wengu.pages.question import STORED
from wengu.pages.schedule import GRADES, Grade, Memory, after

ENVIRONMENT = "WENGU_CARDS"
TEN = 10  # a day


class Card(NamedTuple):
    """A question at the end of a page."""

    path: str  # of the page
    name: str

    def __str__(self) -> str:
        """What the file calls it."""
        return f"{self.path}/{self.name}"

    def page(self, language: Language) -> Page:
        """The page that it is of."""
        return page(self.path, language)


class Answer(NamedTuple):
    """How one went on a day: a line of the file."""

    card: Card
    grade: Grade
    day: date


class Today(NamedTuple):
    """What is still to be answered, and how many were."""

    cards: list[Card]
    done: int


def cards_file() -> Path:
    """The file of this user; it need not exist yet."""
    if own := os.environ.get(ENVIRONMENT):
        return Path(own).expanduser()
    return _data_folder() / "cards.jsonl"


@cache
def deck() -> tuple[Card, ...]:
    """Every card, in the notes' order."""
    return tuple(Card(one.path, name) for one in pages("en") for name in one.questions)


def answers(file: Path | None = None) -> list[Answer]:
    """What was answered so far, by day, a card once a day. Raises InputError where the file cannot be read."""
    file = file or cards_file()
    try:
        lines = from_json_lines(read_bytes(file))
    except FileNotFoundError:
        return []
    except ReadError as error:
        where = f"{file}:{error.line}" if error.line else file
        raise InputError(say("{file}: {error}", file=where, error=error)) from None
    known, found = {str(card): card for card in deck()}, dict[tuple[date, Card], Answer]()
    for line in lines:
        card, grade = known.get(str(line.get("card"))), line.get("grade")
        try:
            day = date.fromisoformat(str(line.get("day")))
        except ValueError:
            continue
        if card and grade in GRADES:
            found.setdefault((day, card), Answer(card, cast(Grade, grade), day))
    return sorted(found.values(), key=lambda one: one.day)


def record(card: Card, grade: str, *, seed: int, day: date, file: Path | None = None) -> None:
    """One more line. Raises InputError for what is no grade, OSError where it cannot be written."""
    one_of("grade", grade, GRADES)
    at = file or cards_file()
    if not at.parent.is_dir():
        if os.environ.get(ENVIRONMENT) or file:
            at.parent.mkdir(parents=True)
        else:
            make_own(at.parent)
    append_json_line(at, {"card": str(card), "grade": grade, "day": day.isoformat(), "seed": seed}, lasting=True)


def memories(answered: Iterable[Answer]) -> dict[Card, Memory]:
    """What is kept of every card that was answered, in order."""
    made: dict[Card, Memory] = {}
    for card, grade, day in answered:
        made[card] = after(made.get(card), grade, day)
    return made


def today(answered: Sequence[Answer], day: date, *, among: Iterable[Card] | None = None, most: int = TEN) -> Today:
    """What of the day's cards is left: those that are due, the longest overdue first, then new ones.

    New ones come in the notes' order, of each page one before the second of any.
    """
    every, kept = tuple(deck() if among is None else among), memories(answered)
    done = {one.card for one in answered if one.day == day} & set(every)
    due = sorted((card for card in every if card in kept and card not in done and kept[card].due <= day),
                 key=lambda card: kept[card].due)
    new = sorted((card for card in every if card not in kept), key=_nth_of_its_page([*kept], every).__getitem__)
    return Today([*due, *new][: max(0, most - len(done))], len(done))


def seed_of(card: Card, answered: Iterable[Answer]) -> int:
    """Other numbers than the last time, of those that are stored."""
    return sum(one.card == card for one in answered) % STORED


def progress(answered: Iterable[Answer]) -> dict[str, tuple[int, int]]:
    """Of each page how many cards were known when they were last asked, and how many there are."""
    known = Counter(card.path for card, kept in memories(answered).items() if kept.right)
    return {path: (known[path], n) for path, n in Counter(card.path for card in deck()).items()}


Standing = Literal["known", "due", "learning", "new"]


def standings(answered: Sequence[Answer], day: date) -> dict[str, Standing]:
    """How each page stands with its reader, and so the rows that it tells of: due comes before all else.

    known: every card was, when it was last asked. new: none was asked. learning: all between.
    """
    kept, made = memories(answered), dict[str, Standing]()
    for path in dict.fromkeys(card.path for card in deck()):
        each = [kept.get(card) for card in deck() if card.path == path]
        asked = [one for one in each if one]
        made[path] = ("new" if not asked else "due" if any(one.due <= day for one in asked)
                      else "known" if len(asked) == len(each) and all(one.right for one in asked) else "learning")
    return made


def _nth_of_its_page(seen: Iterable[Card], every: Iterable[Card]) -> Mapping[Card, int]:
    counted = Counter(card.path for card in seen)
    made: dict[Card, int] = {}
    seen = set(seen)
    for card in every:
        if card not in seen:
            made[card] = counted[card.path]
            counted[card.path] += 1
    return made


def _data_folder() -> Path:
    if xdg := os.environ.get("XDG_DATA_HOME"):
        return Path(xdg) / "wengu"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "wengu"
    return Path.home() / ("Library/Application Support" if sys.platform == "darwin" else ".local/share") / "wengu"
