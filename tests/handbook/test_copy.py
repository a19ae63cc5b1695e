"""An exported copy asks for nothing that it cannot do."""

from __future__ import annotations

import re

import pytest

from tests.handbook.conftest import TOKEN, Outline
from wengu.core.i18n import LANGUAGES, Language
from wengu.handbook.parts import Site
from wengu.handbook.render import page_html
from wengu.pages import figures_of, page, pages
from wengu.pages.figure import Drawing, Numbers, Points

EVERY = [one.path for one in pages("en")]
ASKS = re.compile(r"\b[Cc]lick\b|[Pp]ut in your|\b[Ee]nter (?:your|what)|[Tt]ype your|[Tt]rain it here|\b[Dd]raw a (?:digit|line)|点击|点出|填入|填进来|在这里训练|画一[个条]")
"""What only a figure that is computed now, or a trainer, can do."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", EVERY)
def test_copy_asks_for_nothing_that_it_cannot_do(path: str, language: Language) -> None:
    told = {site.is_static: Outline(page_html(page(path, language), site)).words for site in (Site(), Site(token=TOKEN))}
    assert not ASKS.findall(told[True])
    for part in page(path, language).parts:
        if part.kind == "live":
            words = re.split(r"[`*$]", part.text)[0].strip()
            assert words in told[False] and words not in told[True]


@pytest.mark.parametrize("path", EVERY)
def test_page_whose_figure_takes_what_is_the_readers_own_asks_for_it_where_it_is_computed(path: str) -> None:
    takes = any(isinstance(one, Numbers | Points | Drawing) for figure in figures_of(path).values() for one in figure.controls.values())
    assert not takes or any(part.kind == "live" for part in page(path, "en").parts)
