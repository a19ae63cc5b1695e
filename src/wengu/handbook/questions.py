"""Questions as HTML, with the numbers of one draw: what a page ends with, what stands before a figure, and the cards.

The script makes of it what answers (questions.ts): what is right stands in `data-`, told and folded things are in the
text, so that paper and a reader without scripts have all of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from markupsafe import Markup

from wengu.core.i18n import say
from wengu.handbook.markdown import html_of
from wengu.handbook.template import filled
from wengu.pages import Drawn, Page, drawn, drawn_from, stored_draws
from wengu.pages.asked import filled_in


def question_html(page: Page, name: str, seed: int, made: Drawn | None = None) -> Markup:
    """One question with the numbers of this seed, those of `made` where they were computed now."""
    made, asked = made or drawn(page.path, name, seed), page.asked[name]

    def words(text: str) -> Markup:
        return Markup(html_of(filled_in(text, made.inserted), str, 0))

    traps = made.traps if made.kind == "number" else {one: one for one in asked.traps if one != made.answer}
    options = [(one, _inline(words(asked.options[one])), _name(asked.options[one])) for one in made.options]
    return Markup(filled(
        "question.html.j2", page=page, name=name, seed=seed, made=made, prompt=words(asked.prompt),
        answer=words(asked.answer), options=options, traps=[words(asked.traps[one]) for one in traps],
        check=json.dumps({"answer": made.answer, "margin": made.margin, "traps": list(traps.values())}),
        right=next((words for one, words, _ in options if one == made.answer), ""),
        is_whole=isinstance(made.answer, int), again=_varies(page, name) and not asked.before_figure,
        check_word=say("Let me see") if asked.before_figure else say("Check"),
        words={"yours": say("Your answer"), "answer": say("Answer"), "another": say("Another one"),
               "choose": say("Choose one"), "knew": say("I had it"), "not_yet": say("Not yet"),
               "did": say("Was it what you had?"), "work": say("On paper first, then compare.")},
    ))


def section_html(page: Page, names: Iterable[str], *, is_static: bool) -> Markup:
    """The questions that a page ends with."""
    each = [Markup('<li class="question" id="q-{}"{}>{}</li>').format(name, _about(page.path, name),
                                                                       _draws(page, name, is_static))
            for name in names]
    return Markup('<section class="questions"><h2 id="test-yourself">{}</h2><p class="hint">{}</p><ol>{}</ol></section>'
                  ).format(say("Test yourself"), say("The answers are computed by the code of this page."),
                           Markup("").join(each))


def expect_html(page: Page, name: str, figure: str, drawn_figure: dict[str, Any] | None) -> Markup:
    """A question before a figure, which is moved when the reader has chosen; where nobody computes, to this."""
    made = drawn(page.path, name, 0)
    title, every = say("What do you expect?"), [part.text for part in page.parts if part.kind == "expect"]
    given = Markup(' data-figure="{}" data-then="{}"').format(figure, json.dumps(dict(made.then)))
    if drawn_figure:
        given += Markup(' data-drawn="{}"').format(json.dumps(drawn_figure, ensure_ascii=False))
    return Markup(
        '<aside class="expect question" id="q-{}" aria-label="{}"{}{}><p class="what">{}</p>{}</aside>'
    ).format(name, f"{title} {every.index(name) + 1}" if every[1:] else title, _about(page.path, name), given, title,
             question_html(page, name, 0, made))


def cards_list(cards: Sequence[tuple[Page, str, int]], link: Callable[[Page], str], *, is_static: bool) -> Markup:
    """Cards of several pages one after the other, each with the page that tells of it."""
    return Markup('<ol class="questions cards">{}</ol>').format(Markup("").join(
        Markup('<li class="question"{}><p class="of"><a href="{}">{}</a></p>{}</li>').format(
            _about(page.path, name), link(page), page.title, _draws(page, name, is_static, seed))
        for page, name, seed in cards))


def _draws(page: Page, name: str, is_static: bool, seed: int = 0) -> Markup:
    """One draw; where nobody computes, that is the first, and the other stored ones stand beside it for the script."""
    html = question_html(page, name, seed)
    if is_static and _varies(page, name):
        for seed in range(1, len(stored_draws(page.path).get(name, []))):
            html += Markup('<template data-seed="{}">{}</template>').format(
                seed, question_html(page, name, seed))
    return html


def _about(path: str, name: str) -> Markup:
    return Markup(' data-page="{}" data-name="{}"').format(path, name)


def _varies(page: Page, name: str) -> bool:
    """Whether another draw asks for something else, and not the same in another order."""
    asked, every = page.asked[name], stored_draws(page.path).get(name, [])
    told = "\n".join((asked.prompt, *asked.options.values()))
    return len({filled_in(told, drawn_from(one).inserted) for one in every}) > 1


def _name(option: str) -> str:
    """What is read of an option that is nothing but a formula, as its picture cannot be: its TeX."""
    return option.strip("$") if option.startswith("$") and option.endswith("$") and option.count("$") == 2 else ""


def _inline(html: Markup) -> Markup:
    """Without the paragraph around it."""
    return Markup(html.strip().removeprefix("<p>").removesuffix("</p>"))
