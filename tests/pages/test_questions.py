"""Every question of every page, answered by code over many draws, in both languages."""

from __future__ import annotations

import json
import math
import random
import re
import subprocess
import sys

import numpy as np
import pytest
import torch

from tests.pages.seeing import numbers
from wengu.core.checks import InputError
from wengu.core.i18n import LANGUAGES
from wengu.handbook.export import differs
from wengu.pages import drawn, figures_of, page, pages, question_of, questions_of, stored_draws
from wengu.pages.asked import filled_in, placeholders, questions_in
from wengu.pages.page import Page
from wengu.pages.question import STORED, Derived, Drawn, Number, Options, Question, question

ASKING = [one.path for one in pages("en")]
QUESTIONS = [(path, name) for path in ASKING for name in page(path, "en").asked]
DRAWS = 10
SEEDS = [*range(STORED), *random.Random(13).sample(range(STORED, 10_000), DRAWS - STORED)]
each_question = pytest.mark.parametrize(("path", "name"), QUESTIONS, ids=lambda one: one)


def both(path: str) -> list[Page]:
    return [page(path, language) for language in LANGUAGES]


@pytest.mark.parametrize("path", ASKING)
def test_a_page_asks_the_same_in_both_languages(path: str) -> None:
    en, zh = both(path)
    assert list(en.asked) == list(zh.asked)
    assert set(en.asked) == set(questions_of(path)), "each has its words, and each words their question"
    assert 3 <= len(en.questions) <= 6 and any(asked.before_figure for asked in en.asked.values())
    for name, asked in en.asked.items():
        other = zh.asked[name]
        assert (asked.options.keys(), asked.traps.keys()) == (other.options.keys(), other.traps.keys()), name
        assert asked.prompt and asked.answer and all(asked.texts) and all(other.texts), name
        for mine, theirs in zip(asked.texts, other.texts, strict=True):
            assert set(placeholders(mine)) == set(placeholders(theirs)), f"{name}: {mine}"
        numbers_of_it = question_of(path, name).draw(0).values
        inserted = set(placeholders("\n".join(asked.texts)))
        assert set(numbers_of_it) <= inserted, f"{name}: a number that no word inserts"
        assert not re.search("[一-鿿]", "".join(asked.texts)) and re.search("[一-鿿]", other.prompt + other.answer), name


@each_question
def test_every_draw_has_an_answer_that_its_words_tell(path: str, name: str) -> None:
    """The right answer as it is read is right, a trap as it is read is that trap, no two options read alike."""
    asked, before = question_of(path, name), torch.get_rng_state()
    for seed in SEEDS:
        made = asked.draw(seed)
        assert made.to_json() == asked.draw(seed).to_json()
        json.dumps(made.to_json(), allow_nan=False)
        assert None not in made.values.values()
        for one in both(path):
            told = one.asked[name]
            for text in told.texts:
                filled = filled_in(text, made.inserted)
                assert not re.search(r"\b(nan|inf)\b", filled), text
                assert not re.search(r"\$[^$]*(?<!\\)%[^$]*\$", " ".join(re.findall(r"\$[^$]+\$", filled))), f"% ends a formula: {text}"
            if made.kind == "number":
                assert set(told.traps) == set(made.traps), seed
            else:
                assert set(told.options) == set(made.options)
                assert set(told.traps) <= {*made.options}, "that of the right option is told in other draws"
                options = [filled_in(told.options[option], made.inserted) for option in made.options]
                assert len(set(options)) == len(options), (seed, options)
        answers(made)
    assert torch.equal(torch.get_rng_state(), before)


@each_question
def test_a_wrong_option_is_told_why_it_is_wrong(path: str, name: str) -> None:
    """Where the right one hangs on the draw, each of those that are wrong in one."""
    wrong = {one for made in map(question_of(path, name).draw, SEEDS) for one in {*made.options} - {made.answer}}
    for one in both(path):
        assert wrong <= one.asked[name].traps.keys(), wrong - one.asked[name].traps.keys()


def answers(made: Drawn) -> None:
    if isinstance(made, Derived):
        one, other = (np.asarray(side, dtype=np.float64) for side in made.same)
        assert one.shape == other.shape and np.isfinite(one).all()
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-9)
    elif made.kind == "options":
        assert len(made.options) >= 2 and made.judge(str(made.answer)) == "right"
        assert all(made.judge(one) == one for one in made.options if one != made.answer)
    else:
        assert isinstance(made.answer, int | float) and math.isfinite(made.answer)
        assert made.judge(made.answer) == "right"
        (read,) = numbers(filled_in("{answer}", made.inserted))
        assert made.judge(read) == "right", f"{made.answer} reads as {read}"
        for trap, value in made.traps.items():
            assert math.isfinite(value) and made.judge(value) != "right", trap


@each_question
def test_other_seeds_bring_other_numbers_where_the_words_have_any(path: str, name: str) -> None:
    told = page(path, "en").asked[name]
    if placeholders(told.prompt) and drawn(path, name, 0).kind == "number":
        texts = {filled_in(told.prompt, drawn(path, name, seed).inserted) for seed in range(STORED)}
        assert len(texts) > 1


@pytest.mark.parametrize("path", [path for path in ASKING if any(one.before_figure for one in page(path, "en").asked.values())])
def test_what_is_expected_of_a_figure_moves_it(path: str) -> None:
    one = page(path, "en")
    for k, part in enumerate(one.parts):
        if part.kind == "expect":
            after, asked = one.parts[k + 1], question_of(path, part.text)
            assert after.kind == "fig" and asked.moves is figures_of(path)[after.text]
            then = asked.draw(0).then
            assert then and {name: pytest.approx(value) for name, value in then.items()} == {
                name: asked.moves.controls[name].clamp(value) for name, value in then.items()}
            assert any(asked.moves.controls[name].value != value for name, value in then.items())


@pytest.mark.parametrize("path", ASKING)
def test_stored_draws_are_what_the_library_gives(path: str) -> None:
    stored = stored_draws(path)
    assert set(stored) == set(questions_of(path))
    for name, draws in stored.items():
        k = random.Random(name).randrange(len(draws))
        assert not differs(draws[k], json.loads(json.dumps(question_of(path, name).draw(k).to_json()))), name
        assert drawn(path, name, k).to_json() == {**draws[k], "options": tuple(draws[k].get("options", ()))} or not draws[k].get("options")


def test_questions_are_read_and_drawn_without_torch() -> None:
    code = ("import sys\nfrom wengu.pages import drawn, pages, questions_of\n"
            "for one in pages('en'):\n    for name in questions_of(one.path): drawn(one.path, name, 0)\n"
            "assert 'torch' not in sys.modules and 'scipy' not in sys.modules")
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


# -- the contract ------------------------------------------------------------------------------------------------------


def test_a_draw_whose_trap_is_the_answer_is_drawn_again() -> None:
    @question
    def squared(rng: random.Random) -> Number:
        x = rng.choice([1, 2, 3])
        return Number(x * x, traps={"doubled": 2 * x, "itself": x}, x=x)

    assert {squared.draw(seed).answer for seed in range(20)} == {9}

    @question
    def never(rng: random.Random) -> Number:
        return Number(4.0, traps={"doubled": 4.01})

    with pytest.raises(InputError, match="never: expected traps that differ"):
        never.draw(0)


def test_a_number_is_right_as_a_pocket_calculator_has_it() -> None:
    made = Number(2 / 3, traps={"turned": 1.5}, unit="%")
    assert [made.judge(given) for given in (0.667, 0.66, 0.65, 1.5, 1.49)] == ["right", "right", "", "turned", "turned"]
    assert [Number(10).judge(given) for given in (10, 10.0, 10.05)] == ["right", "right", ""]
    assert Number(0.0).judge(0) == "right"
    with pytest.raises(TypeError, match="finite"):
        Number(math.nan)
    with pytest.raises(TypeError, match="what went wrong"):
        Number(1, traps={"right": 2})
    with pytest.raises(TypeError, match="expected one of a, b"):
        Options("c", of=("a", "b"))


def test_options_come_in_another_order_but_before_a_figure() -> None:
    def which(rng: random.Random) -> Options:
        return Options("a", of=("a", "b", "c"))

    assert len({question(which).draw(seed).options for seed in range(30)}) == 6
    moving = Question(which, figures_of("activations/activations")["curve"])
    assert {moving.draw(seed).options for seed in range(30)} == {("a", "b", "c")}


def test_words_of_a_question_end_where_another_directive_begins() -> None:
    body, found = questions_in("a\n\n::expect q\nWhat?\n::option x one\n::option y two\n::answer x.\n\n$$y$$\n::fig f\nb")
    assert body == "a\n\n::expect q\n\n::fig f\nb"
    assert found["q"].before_figure and found["q"].options == {"x": "one", "y": "two"} and found["q"].answer == "x.\n\n$$y$$"
    with pytest.raises(InputError, match="question q: expected one of this name"):
        questions_in("::question q\na\n::question q\nb\n")


def test_tex_keeps_its_braces() -> None:
    text = r"$\frac{m}{m} x^{m}_{m} \sqrt[3]{m}$ {m} { {m} } (第{m}步)"
    assert filled_in(text, {"m": 8}) == r"$\frac{m}{m} x^{m}_{m} \sqrt[3]{m}$ 8 {8} (第8步)"
    assert filled_in("{k}", {"k": [[1, -2.5], [0, 3]]}) == r"\begin{pmatrix}1 & −2.5 \\ 0 & 3\end{pmatrix}"
    assert filled_in("{m}, ${m}$", {"m": 16_000.0}) == "16,000, $16{,}000$"
    assert filled_in("{m} {n} $n = {m}$", {"m": 30_000, "n": 6000}) == "30,000 6,000 $n = 30{,}000$"
    with pytest.raises(InputError, match=r"expected one of a in braces, got b"):
        filled_in("{b}", {"a": 1})
