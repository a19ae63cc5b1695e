"""The cards of the day as the server gives them, and what it keeps of the answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.handbook.conftest import Browser, Outline
from wengu.core.i18n import LANGUAGES
from wengu.pages import pages
from wengu.pages.cards import answers, deck
from wengu.pages.routes import ROUTES
from wengu.rows import chapters

FIRST = next(iter(deck()))
GIVEN = {"page": FIRST.path, "name": FIRST.name, "seed": 0, "grade": "good"}


@pytest.fixture(autouse=True)
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A reader who has answered nothing yet."""
    monkeypatch.setenv("WENGU_CARDS", str(tmp_path / "my cards.jsonl"))
    yield tmp_path / "my cards.jsonl"


@pytest.mark.parametrize("language", LANGUAGES)
def test_cover_opens_with_the_day_s_cards_and_knows_what_is_known(browser: Browser, language: str) -> None:
    before = Outline(browser.get(f"/{language}/").text)
    assert not before.faults and f"/{language}/cards" in before.links
    assert {f"/{language}/routes/{slug}" for slug in ROUTES} <= set(before.links)
    browser.post("/api/graded", GIVEN)
    words = Outline(browser.get(f"/{language}/").text).words
    n = len(next(one for one in pages("en") if one.path == FIRST.path).questions)
    assert f"1/{n}" in words and "1 / 10" in words


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_cover_marks_every_row_once_something_was_answered(browser: Browser, language: str) -> None:
    def marks() -> list[tuple[str, str]]:
        shown = Outline(browser.get(f"/{language}/").text)
        assert not shown.faults
        return [(given["class"], given["title"]) for tag, given in shown.tags if tag == "i" and "title" in given]

    assert marks() == []
    browser.post("/api/graded", GIVEN)
    found = marks()
    shown = [row for chapter in chapters() if any(row.page for row in chapter.rows) for row in chapter.rows]
    assert len(found) == len(shown)
    for row, (kind, title) in zip(shown, found, strict=True):
        assert title.startswith(f"{row.number} {row.name(language)}: ")
        assert kind == f"mark {'none' if not row.page else 'learning' if row.page == FIRST.path else 'new'}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_cards_of_the_day_are_left_when_answered(browser: Browser, language: str) -> None:
    shown = Outline(browser.get(f"/{language}/cards").text)
    assert not shown.faults
    asked = [(given["data-page"], given["data-name"]) for tag, given in shown.tags if tag == "li" and "data-name" in given]
    assert len(asked) == 10 and asked[0] == tuple(FIRST)
    for k, (path, name) in enumerate(asked, 1):
        answer = browser.post("/api/graded", {"page": path, "name": name, "seed": 0, "grade": "again"})
        assert (answer.status, answer.json) == (200, {"done": k, "of": 10})
    words = Outline(browser.get(f"/{language}/cards").text).words
    assert {"en": "Done for today.", "zh": "今天的做完了。"}[language] in words


def test_answers_are_kept_in_a_file_that_can_be_taken_along(browser: Browser, file: Path) -> None:
    assert browser.get("/api/cards.jsonl").body == b""
    browser.post("/api/graded", GIVEN)
    taken = browser.get("/api/cards.jsonl")
    assert taken.body == file.read_bytes() and "attachment" in taken.headers["content-disposition"]
    assert [str(one.card) for one in answers(file)] == [str(FIRST)]


def test_nobody_else_answers(browser: Browser, file: Path) -> None:
    """GET never changes anything, another page has no token, and what makes no sense is refused."""
    for headers in ({"x_wengu_token": ""}, {"x_wengu_token": "guessed"}, {"origin": "http://evil.example"}, {"origin": ""}):
        assert browser.post("/api/graded", GIVEN, **headers).status == 403
    assert browser.get("/api/graded").status == 405
    for wrong in ({"grade": "best"}, {"name": "no_such"}, {"page": "../../x"}, {"seed": "1"}, {"seed": -1}, {"grade": None}):
        assert browser.post("/api/graded", GIVEN | wrong).status in (400, 404), wrong
    assert not file.exists()


def test_damaged_file_is_told_and_the_cover_stays(browser: Browser, file: Path) -> None:
    file.write_text("{}\nnot json\n")
    assert browser.get("/en/").status == 200
    shown = browser.get("/en/cards")
    assert shown.status == 200 and "cards.jsonl" in shown.text and "2" in Outline(shown.text).words
    assert browser.post("/api/graded", GIVEN).status == 400


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", ROUTES)
def test_routes_are_pages(browser: Browser, slug: str, language: str) -> None:
    shown = browser.get(f"/{language}/routes/{slug}")
    found = Outline(shown.text)
    assert shown.status == 200 and not found.faults
    assert {f"/{language}/{path}" for path in ROUTES[slug].pages} <= set(found.links)
    asked = [given["data-name"] for tag, given in found.tags if tag == "li" and "data-name" in given]
    assert asked == [card.name for card in ROUTES[slug].deck()]
    assert browser.get(f"/{language}/routes/no-such").status == 404


def test_question_with_any_seed_is_html(browser: Browser) -> None:
    """The first as they are stored, others computed; what is out of bounds is refused."""
    for seed in (0, 3, 8, 999_999):
        answer = browser.post("/api/question", {"page": FIRST.path, "name": FIRST.name, "seed": seed})
        assert answer.status == 200 and f'data-seed="{seed}"' in answer.json["html"]
        assert not Outline("<!doctype html>" + answer.json["html"]).faults
    for wrong in ({"seed": 10**6}, {"seed": -1}, {"seed": 1.5}, {"name": "x"}, {"page": "x/y"}):
        assert browser.post("/api/question", {"page": FIRST.path, "name": FIRST.name, "seed": 0} | wrong).status == 404
