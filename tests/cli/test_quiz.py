"""`wengu explain --quiz` in a real terminal: what it asks, what it says, and that nothing answered is lost."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.cli.conftest import Wengu
from wengu.cli.quiz import _chosen, number_of
from wengu.pages import drawn, page
from wengu.pages.cards import Answer, answers, deck
from wengu.pages.plain_text import in_letters

MOMENTUM = "gradient_descent/momentum"
FIRST = drawn(MOMENTUM, "first_step", 0)


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, *words: str, file: Path, language: str = "en") -> None:
        self.mine, theirs = os.openpty()
        environment = {**os.environ, "WENGU_CARDS": str(file), "COLUMNS": "200", "TERM": "dumb", "LANG": "C.UTF-8"}
        self.process = subprocess.Popen([sys.executable, "-m", "wengu", "--lang", language, "explain", *words], stdin=theirs, stdout=theirs,
                                        stderr=theirs, env=environment, start_new_session=True)
        os.close(theirs)
        self.said = ""

    def until(self, text: str) -> str:
        """What is said down to this; the rest waits."""
        while text not in self.said:
            try:
                more = os.read(self.mine, 4096)
            except OSError:
                more = b""
            assert more, f"{text!r} was never said: {self.said}"
            self.said += more.decode(errors="replace").replace("\r\n", "\n")
        before, _, self.said = self.said.partition(text)
        return before + text

    def type(self, text: str) -> None:
        os.write(self.mine, f"{text}\n".encode())

    def interrupt(self) -> None:
        """Ctrl-C, again where it came between a prompt and the reading of its answer."""
        while self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(1)

    def end(self) -> int:
        """Its exit code, with all that it still said in `said`."""
        try:
            while more := os.read(self.mine, 4096):
                self.said += more.decode(errors="replace")
        except OSError:
            pass
        return self.process.wait(30)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.mine)


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for one in opened:
        one.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "new" / "cards.jsonl"


def test_it_asks_tells_the_trap_and_keeps_each_answer_at_once(terminals: list[Terminal], file: Path) -> None:
    shown = Terminal("--quiz", "2.9", file=file)
    terminals.append(shown)
    assert str(file) in shown.until("1/5  Momentum")
    asked = shown.until("Your answer: ")
    assert f"g = {FIRST.values['g']:g}".replace("-", "−") in asked and "$" not in asked and "\\" not in asked
    shown.type("x")
    shown.until("A number, such as 0.25")
    shown.until("Your answer: ")
    shown.type(str(FIRST.traps["plain"]))
    assert "the step of plain descent" in shown.until("Your answer: ")
    shown.type(str(FIRST.answer))
    shown.until("Right.")
    shown.until("2/5")
    assert [(str(one.card), one.grade) for one in answers(file)] == [(f"{MOMENTUM}/first_step", "hard")]
    shown.until("Your answer: ")
    shown.type("")
    shown.until("3/5")
    shown.until("Your answer: ")
    shown.interrupt()
    assert shown.end() == 130 and "Traceback" not in shown.said
    assert [one.grade for one in answers(file)] == ["hard", "again"], "Ctrl-C loses nothing"


def test_today_s_cards_go_on_where_they_were_left(terminals: list[Terminal], file: Path) -> None:
    """In Chinese; options by letters, what is derived by one's own word; q ends."""
    for place, after, left in (("1/10", "2/10", 10), ("2/10", "3/10", 9)):
        shown = Terminal("--quiz", file=file, language="zh")
        terminals.append(shown)
        shown.until(f"{left} 道题")
        shown.until(place)
        shown.until("：")
        shown.type("")
        shown.until(after)
        shown.type("q")
        assert shown.end() == 0 and "答对" in shown.said
    assert len(answers(file)) == 2 and len({one.card for one in answers(file)}) == 2


def test_options_and_derivations(terminals: list[Terminal], file: Path) -> None:
    shown = Terminal("--quiz", "models/softmax", file=file)
    terminals.append(shown)
    names = page("models/softmax", "en").questions
    for name in names:
        made = drawn("models/softmax", name, 0)
        if made.kind == "number":
            shown.until("Your answer: ")
            shown.type(str(made.answer))
        elif made.kind == "options":
            assert shown.until("Your letter: ").count(")") >= len(made.options)
            shown.type("abcdefgh"[made.options.index(str(made.answer))].upper())
        else:
            shown.until("Enter shows the answer: ")
            shown.type("")
            shown.until("y or n: ")
            shown.type("y")
    assert shown.end() == 0 and f"{len(names)} right" in shown.said
    assert [one.grade for one in answers(file)] == ["good"] * len(names)


@pytest.mark.parametrize("chapter", ["1", "2", "4", "5", "6", "15"])
def test_every_chapter_is_asked_before_anything_was_answered(chapter: str) -> None:
    """Some have more than ten questions, some fewer."""
    cards, done = _chosen(chapter, [])
    assert 4 <= len(cards) <= 10 and done == 0 and len(set(cards)) == len(cards)


def test_what_is_asked_again_is_what_was_answered_today() -> None:
    """All of chapter 1 were answered: they come again, those that are due first."""
    every = [card for card in deck() if card.path.startswith("activations/")]
    answered = [Answer(card, "good", date.today()) for card in every]
    assert set(_chosen("1", answered)[0]) == set(every)


def test_piped_it_says_where_it_can_be_asked(wengu: Wengu) -> None:
    said = wengu("explain", "--quiz")
    assert (said.code, said.out) == (2, "") and said.err.count("\n") == 1 and "`wengu notes` asks the same" in said.err


def test_what_has_no_questions_is_told(terminals: list[Terminal], file: Path) -> None:
    shown = Terminal("--quiz", "nonsense", file=file)
    terminals.append(shown)
    assert shown.end() == 2 and re.search(r"--quiz nonsense: expected a chapter \(2\), a row", shown.said)
    assert not file.exists()


def test_page_says_that_it_has_questions(wengu: Wengu) -> None:
    n = len(page(MOMENTUM, "en").questions)
    assert f"{n} questions about it: wengu explain --quiz 2.9" in wengu("explain", "momentum").out
    assert deck()


@pytest.mark.parametrize(("text", "value"), [
    ("0.25", 0.25), ("−3", -3), ("1,200", 1200), ("61,706", 61706), ("0,5", 0.5), ("-2 / 8", -0.25), ("1.5 × 10−4", 0.00015), ("10^-8", 1e-8),
    ("12.5 %", 12.5), ("", None), ("1/0", None), ("1/2/3", None), ("nan", None), ("inf", None), ("--2", None),
    ("－２", -2), ("０.００", 0), ("０。２５", 0.25), ("１，２００", 1200), ("１２.５％", 12.5), ("(1/4)^6", 4**-6), ("（１／４）＾６", 4**-6),
    ("2^(-8)", 2**-8), ("√(1/4)/2", 0.25), ("-2^-2", -0.25), ("(-8)^(1/3)", None), ("(1/4", None), ("4²", None),
])  # fmt: skip
def test_numbers_are_read_as_in_the_browser(text: str, value: float | None) -> None:
    """The same cases as in web/test/judge.test.ts."""
    assert number_of(text) == (pytest.approx(value, rel=1e-12) if value is not None else None)


def test_matrices_and_logarithms_stand_in_letters() -> None:
    assert in_letters(r"\begin{pmatrix}1 & −2 \\ 3 & 4\end{pmatrix}") == "(1, −2; 3, 4)"
    assert in_letters(r"\ln 8 - \ln \frac{1}{5}") == "ln 8 - ln 1/5"
