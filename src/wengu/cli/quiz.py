"""`wengu explain --quiz`: the handbook's questions in a terminal, with the same file of answers.

Each answer is on the disk before the next question is asked, so that Ctrl-C loses nothing.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator
from datetime import date

from rich.text import Text

from wengu.core.checks import InputError
from wengu.core.console import Console
from wengu.core.i18n import language, say
from wengu.pages import Drawn, Page, drawn
from wengu.pages.asked import filled_in
from wengu.pages.cards import TEN, Answer, Card, answers, cards_file, deck, memories, record, seed_of, today
from wengu.pages.plain_text import lines_of
from wengu.pages.schedule import Grade
from wengu.rows import chapters, find

YES, NO = ("y", "yes", "是", "对"), ("n", "no", "否", "不")


class _Left(Exception):
    """The reader has had enough."""


def quiz(wanted: str) -> None:
    """Ask today's cards, or ten of a chapter, a row or a page. Raises InputError where nobody can answer."""
    if not (sys.stdin and sys.stdin.isatty() and Console().is_terminal):
        raise InputError(say("--quiz asks and waits for answers, which needs a terminal on both sides; `wengu notes` "
                             "asks the same in the browser"))
    answered = answers()
    cards, done = _chosen(wanted, answered)
    console = Console()
    if not cards:
        _line(console, say("Done for today. `wengu explain --quiz 2` asks more, of chapter 2."))
        return
    _line(console, say("{n} {n:question|questions}. Enter alone shows the answer, q ends; what you answered is kept in "
                       "{file}", n=len(cards), file=cards_file()), style="dim")
    right = 0
    try:
        for k, card in enumerate(cards, 1):
            _line(console)
            grade = _asked(console, card, seed := seed_of(card, answered), f"{k + done}/{len(cards) + done}")
            record(card, grade, seed=seed, day=date.today())
            right += grade != "again"
    except (_Left, EOFError):
        _line(console)
    _line(console)
    _line(console, say("{n} right. What you know comes back later each time, the others tomorrow.", n=right))


def _chosen(wanted: str, answered: list[Answer]) -> tuple[list[Card], int]:
    """Today's cards and how many are done; of what is named, those that are due, then new ones, then the others."""
    if not wanted:
        now = today(answered, date.today())
        return now.cards, now.done
    among = [card for card in deck() if set(card.page("en").rows) & _rows(wanted) or card.path == wanted]
    if not among:
        raise InputError(say("--quiz {wanted}: expected a chapter (2), a row (2.9) or a name that has questions; "
                             "`wengu explain` lists them", wanted=wanted))
    kept = memories(answered)
    first = today([one for one in answered if one.day != date.today()], date.today(), among=among).cards
    others = sorted((card for card in among if card in kept and card not in first), key=lambda card: kept[card].due)
    return [*first, *others][:TEN], 0


def _rows(wanted: str) -> set[str]:
    """The numbers of the rows of a chapter, by its number or name, or of what `wengu explain` finds."""
    for chapter in chapters():
        if wanted.casefold() in (chapter.number, chapter.name("en").casefold(), chapter.name("zh").casefold()):
            return {row.number for row in chapter.rows}
    return {row.number for row in find(wanted)}


def _asked(console: Console, card: Card, seed: int, place: str) -> Grade:
    """One question, until it is answered or given up."""
    page = card.page(language())
    asked, made = page.asked[card.name], drawn(card.path, card.name, seed)
    _line(console, f"{place}  {page.title}", style="bold")
    _words(console, asked.prompt, made)
    letters = {}
    for letter, option in zip("abcdefgh", made.options, strict=False):
        letters[letter] = option
        _words(console, f"{letter}) {asked.options[option]}", made)
    if made.kind == "derived":
        _heard(say("On paper; Enter shows the answer: "))
        _answer(console, page, card.name, made)
        return "good" if _yes_or_no(say("Did you have it? y or n: ")) else "again"
    missed = False
    while given := _heard(say("Your letter: ") if letters else say("Your answer{unit}: ", unit=f" ({made.unit})" * bool(
            made.unit))):
        value = letters.get(given.casefold()) if letters else number_of(given)
        if value is None:
            _line(console, say("One of {letters}.", letters=", ".join(letters)) if letters
                  else say("A number, such as 0.25, -3 or 1/3."))
            continue
        found = made.judge(value)
        if given.rstrip().endswith(("%", "％")) and isinstance(value, float) and found != "right":
            found = made.judge(value / 100) or found  # as a part of one
        if found == "right":
            _line(console, say("Right."), style="green")
            _answer(console, page, card.name, made)
            return "hard" if missed else "good"
        missed = True
        _words(console, f"{say('Not yet.')} {asked.traps.get(found, '')}", made)
        if letters:
            break
    _answer(console, page, card.name, made)
    return "again"


def _answer(console: Console, page: Page, name: str, made: Drawn) -> None:
    asked = page.asked[name]
    if made.options:
        _words(console, asked.options[str(made.answer)], made)
    _words(console, asked.answer, made)


def _yes_or_no(prompt: str) -> bool:
    """Asked until it is either."""
    while (given := _heard(prompt).casefold()) not in (*YES, *NO):
        pass
    return given in YES


def _heard(prompt: str) -> str:
    """What the reader types; q ends."""
    if (given := input(prompt).strip()).casefold() == "q":
        raise _Left
    return given


def number_of(text: str) -> float | None:
    """A number as people type it, None for what is none: the same as numberOf in web/src/judge.ts.

    >>> [number_of(one) for one in ("−3", "1,200", "1/4", "2e-3", "2·10^-3", "12.5 %", "2^-2", "√4", "9 cm", "1/0")]
    [-3.0, 1200.0, 0.25, 0.002, 0.002, 12.5, 0.25, 2.0, 9.0, None]
    >>> [number_of(one) for one in ("－２", "０。２５", "(1/2)^3")]
    [-2.0, 0.25, 0.125]
    """
    plain = text.translate({wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)})  # as a Chinese keyboard has them
    plain = re.sub(r"\s*%$", "", re.sub("[−–—]", "-", plain.strip()))
    plain = re.sub(r"(?<=\d)。(?=\d)", ".", plain)
    plain = re.sub(r"\s*[·×x*]\s*10\s*\^?\s*(-?\d+)", r"e\1", plain)
    plain = re.sub(r"^(-?)10\^(-?\d+)$", r"\g<1>1e\2", plain)
    plain = re.sub(r",(?=\d)", ".", re.sub(r"(?<=\d)[,\s](?=\d{3}(?!\d))", "", plain))
    plain = re.sub(r"(?<=\d)\s+[a-zA-Z\u4e00-\u9fff]+$", "", plain)
    try:
        value = _Reader(re.sub(r"\s+", "", plain)).whole()
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return value if isinstance(value, float) and abs(value) < math.inf else None


class _Reader:
    """One number, a fraction of two, and powers and roots of such, in brackets or not; ValueError for anything else."""

    def __init__(self, text: str) -> None:
        self.left = text

    def whole(self) -> float:
        value = self.fraction()
        if self.left:
            raise ValueError(self.left)
        return value

    def fraction(self) -> float:
        above = self.power()
        return above / self.power() if self.took("/") else above

    def power(self) -> float:
        sign = -1 if self.took("[-+]") == "-" else 1
        base = self.one()
        made: float = base ** self.power() if self.took(r"\^") else base
        return sign * made

    def one(self) -> float:
        if self.took("√|sqrt"):
            return math.sqrt(self.one())
        if self.took("ln"):
            return math.log(self.one())
        if not self.took(r"\("):
            return float(self.took(r"(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?"))
        inside = self.fraction()
        if not self.took(r"\)"):
            raise ValueError(self.left)
        return inside

    def took(self, what: str) -> str:
        """What stands next, where it is this."""
        found = re.match(what, self.left)
        self.left = self.left[found.end():] if found else self.left
        return found[0] if found else ""


def _words(console: Console, text: str, made: Drawn) -> None:
    for line in _lines(filled_in(text, made.inserted)):
        _line(console, line)


def _lines(text: str) -> Iterator[str]:
    return (line for _, line in lines_of(text))


def _line(console: Console, text: str = "", *, style: str = "") -> None:
    console.print(Text(text, style=style))
