"""When cards come back, and the file of a reader's answers."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from wengu.core.checks import InputError
from wengu.pages import page, pages
from wengu.pages.cards import (
    Answer,
    Card,
    answers,
    cards_file,
    deck,
    memories,
    progress,
    record,
    seed_of,
    standings,
    today,
)
from wengu.pages.question import STORED
from wengu.pages.routes import ROUTES
from wengu.pages.schedule import Grade, after

DAY = date(2026, 3, 1)


def intervals(grades: list[Grade]) -> list[int]:
    """In days, where each answer is given when it is due."""
    kept, found = None, list[int]()
    for grade in grades:
        kept = after(kept, grade, kept.due if kept else DAY)
        found.append(kept.interval)
    return found


@pytest.mark.parametrize(("grades", "days"), [
    (["good"] * 5, [1, 6, 15, 38, 95]),  # EF 2.5: 6 · 2.5, ⌈15 · 2.5⌉, 38 · 2.5
    (["hard"] * 4, [1, 6, 13, 26]),  # EF 2.36, 2.22, 2.08, 1.94: ⌈6 · 2.08⌉, ⌈13 · 1.94⌉ = ⌈25.22⌉
    (["good", "good", "good", "again", "good", "good", "good"], [1, 6, 15, 1, 1, 6, 15]),  # from the beginning, EF as it was
    (["again", "again", "good"], [1, 1, 1]),
])  # fmt: skip
def test_intervals_are_those_of_sm_2(grades: list[Grade], days: list[int]) -> None:
    """Authority: the formulas of Woźniak 1990, worked out by hand."""
    assert intervals(grades) == days


def test_ease_never_falls_below_1_3() -> None:
    kept = None
    for _ in range(30):
        kept = after(kept, "hard", kept.due if kept else DAY)
    assert kept is not None and kept.ease == 1.3


def test_first_day_brings_a_card_of_each_of_the_first_pages() -> None:
    first = today([], DAY)
    asking = [one for one in pages("en") if one.questions]
    assert first.done == 0 and len(first.cards) == min(10, len(deck()))
    assert [card.path for card in first.cards[: len(asking)]] == [one.path for one in asking][:10]
    assert all(card.name == page(card.path, "en").questions[0] for card in first.cards[: len(asking)])


def test_day_ends_after_ten_and_what_is_due_comes_first() -> None:
    every = [Card("a/p", f"q{k}") for k in range(30)]
    answered = [Answer(card, "again" if k == 3 else "good", DAY - timedelta(days=2 * (k == 5))) for k, card in enumerate(every[:6])]
    answered.sort(key=lambda one: one.day)
    now = today(answered, DAY, among=every)
    assert (now.done, now.cards) == (5, [every[5], *every[6:10]]), "the card of the day before yesterday is due"
    assert today([*answered, *(Answer(card, "good", DAY) for card in now.cards)], DAY, among=every) == ([], 10)
    tomorrow = today(answered, DAY + timedelta(days=1), among=every)
    assert set(tomorrow.cards) == {*every[:6], *every[6:10]} and tomorrow.cards[:1] == [every[5]] and tomorrow.done == 0


def test_file_is_plain_and_read_back(tmp_path: Path) -> None:
    file, (one, other) = tmp_path / "new" / "cards.jsonl", deck()[:2]
    assert answers(file) == []
    record(one, "good", seed=0, day=DAY, file=file)
    record(other, "again", seed=3, day=DAY, file=file)
    record(one, "again", seed=1, day=DAY, file=file)
    assert json.loads(file.read_text().splitlines()[1]) == {"card": str(other), "grade": "again", "day": "2026-03-01", "seed": 3}
    found = answers(file)
    assert found == [Answer(one, "good", DAY), Answer(other, "again", DAY)], "a card's first answer of a day counts"
    assert memories(found)[one].right == 1 and seed_of(one, found) == 1 % STORED
    assert progress(found)[one.path][0] == 1
    with pytest.raises(InputError, match="grade: 'goood' is unknown; did you mean good"):
        record(one, "goood", seed=0, day=DAY, file=file)


def test_file_joined_of_two_machines_is_one_and_what_is_unknown_is_passed_over(tmp_path: Path) -> None:
    file, one = tmp_path / "cards.jsonl", deck()[0]
    record(one, "good", seed=0, day=DAY, file=file)
    record(one, "good", seed=0, day=DAY - timedelta(days=9), file=file)
    record(Card("gone/page", "q"), "good", seed=0, day=DAY, file=file)
    file.write_text(file.read_text() + f'{{"card": "{one}", "grade": "good", "day": "soon"}}\n{{"card": "{one}", "gra')
    assert [given.day for given in answers(file)] == [DAY - timedelta(days=9), DAY], "the last line was never finished"
    record(one, "hard", seed=0, day=DAY + timedelta(days=1), file=file)
    assert [given.grade for given in answers(file)] == ["good", "good", "hard"]
    file.write_text("{}\nnot json\n")
    with pytest.raises(InputError, match=r"cards.jsonl:2: "):
        answers(file)


def test_place_of_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WENGU_CARDS", "~/mine.jsonl")
    assert cards_file() == Path.home() / "mine.jsonl"
    monkeypatch.delenv("WENGU_CARDS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert cards_file() == tmp_path / "data/wengu/cards.jsonl"
    record(deck()[0], "good", seed=0, day=DAY)
    assert (tmp_path / "data/wengu").stat().st_mode & 0o777 == 0o700, "others cannot read it"
    assert len(answers()) == 1


@pytest.mark.parametrize("slug", ROUTES)
def test_routes_lead_to_pages_and_cards_that_are_there(slug: str) -> None:
    route = ROUTES[slug]
    assert route.title and route.about and (route.pages or route.cards)
    assert [page(path, "en").path for path in route.pages] == list(route.pages)
    assert set(route.deck()) <= set(deck())
    assert len(set(route.pages)) == len(route.pages) and len(set(route.cards)) == len(route.cards)


def test_a_page_is_known_until_one_of_its_cards_is_due() -> None:
    first, *rest = [card for card in deck() if card.path == deck()[0].path]
    day, other = date(2026, 1, 1), deck()[-1].path
    stands = lambda answered, later=0: standings(answered, day + timedelta(days=later))[first.path]  # noqa: E731
    all_known = [Answer(card, "good", day) for card in (first, *rest)]
    assert stands([]) == "new"
    assert stands([Answer(first, "good", day)]) == "learning"
    assert stands(all_known) == "known" and standings(all_known, day)[other] == "new"
    assert stands([Answer(first, "again", day), *all_known[1:]]) == "learning"
    assert stands(all_known, later=1) == "due"  # I(1) is one day
    again = [*all_known, *(Answer(card, "good", day + timedelta(days=1)) for card in (first, *rest))]
    assert stands(again, later=1) == stands(again, later=6) == "known" and stands(again, later=7) == "due"
