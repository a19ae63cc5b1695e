"""A page's parts as HTML: text, folds, figures at their stored defaults, trainings, code, what rows are tested against.

Everything a page says is escaped; formulas go to the browser as they stand, in `data-tex`. Links are written from the
root, as the server has them, and `link` turns them into what stands in the HTML: the export makes them relative.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from markupsafe import Markup

from wengu.core.i18n import Language, say, translated
from wengu.handbook.grids import Grids, grid_at
from wengu.handbook.markdown import code_html, html_of, math_html
from wengu.handbook.questions import expect_html, section_html
from wengu.pages import Figure, Link, Page, Part, figures_of, links_of, pages
from wengu.pages.fits import figures_in, filled
from wengu.races import raced
from wengu.rows import Row, rows
from wengu.source import PACKAGES, locate

STATIC = Path(__file__).parent / "static"
NO_GRIDS: Grids = MappingProxyType({})
_PAGE = re.compile(r"(?:\.\./|/)?(?:en/|zh/)?([a-z0-9_]+/[a-z0-9_-]+?)(?:\.md)?(#[\w-]*)?")


class Site(NamedTuple):
    """For whom pages are written: the server with the token of this start, or the export, which has none."""

    token: str = ""
    link: Callable[[str], str] = str
    grids: Grids = NO_GRIDS

    @property
    def is_static(self) -> bool:
        """Whether nobody computes behind these pages."""
        return not self.token


def part_html(k: int, part: Part, page: Page, site: Site) -> Markup:
    """The k-th part of a page."""
    match part.kind:
        case "text":
            return Markup(text_html(part.text, page, site, k))
        case "live":
            html = Markup(text_html(part.text, page, site, k))
            return Markup("") if site.is_static else Markup('<div class="live">{}</div>').format(html)
        case "derivation":
            return _folded("derivation", say("How the formula comes about"), text_html(part.text, page, site, k))
        case "slip":
            return _folded("slip", say("Where the notes differ"), text_html(part.text, page, site, k))
        case "spoken":
            return Markup('<section class="aloud"><h2 id="in-two-sentences">{}</h2>{}</section>').format(
                say("In two sentences"), Markup(text_html(part.text, page, site, k)))
        case "fig":
            return _figure(part.text, page, site)
        case "fit":
            return _fit(part.text, page)
        case "question":  # all of them stand with the first
            is_first = part.text == page.questions[0]
            return section_html(page, page.questions, is_static=site.is_static) if is_first else Markup("")
        case "expect":
            figure = page.parts[k + 1].text
            drawn = stored(page.language, page.path, f"{figure}+{part.text}") if site.is_static else None
            return expect_html(page, part.text, figure, drawn)
        case "source":
            return _source(part.text, links_of(page.path, page.language))
        case "tested":
            return _tested(page)


def text_html(text: str, page: Page, site: Site, part: int = 0) -> str:
    """Markdown whose links to other pages stay within the language."""
    known = {one.path for one in pages(page.language)}

    def link(url: str) -> str:
        found = _PAGE.fullmatch(url)
        return site.link(f"/{page.language}/{found[1]}") + (found[2] or "") if found and found[1] in known else url

    return html_of(text, link, part, links_of(page.path, page.language))


def _folded(kind: str, summary: str, html: str) -> Markup:
    """What a reader in a hurry passes over."""
    return Markup('<details class="folded {}"><summary>{}</summary>{}</details>').format(kind, summary, Markup(html))


def _figure(name: str, page: Page, site: Site) -> Markup:
    """A figure with its controls and its stored default, so that it is drawn before the worker is ready.

    With its last step for paper, where the default does not hold that. Where nobody computes, with the values that its
    controls have in its grid, and where that is.
    """
    figure = figures_of(page.path)[name]
    drawn = stored(page.language, page.path, name)
    given = {"controls": figure.controls_json(), "state": {key: one.value for key, one in figure.controls.items()},
             "figure": drawn}
    if last := stored(page.language, page.path, f"{name}@last"):
        given["last"] = last
    if (page.path, name) in site.grids:
        given["grid"] = {
            **site.grids[page.path, name],
            "at": site.link(f"/{grid_at(page.path, name)}"),
            "alone_at": site.link(f"/{grid_at(page.path, f'{name}.alone')}"),
        }
    return Markup(
        '<figure class="fig" data-page="{}" data-name="{}"{}>'
        '<script type="application/json">{}</script><figcaption>{}</figcaption>{}</figure>'
    ).format(page.path, name, _linked(figure), script_json(given), drawn["say"] if drawn else "", _key(figure))


def _linked(figure: Figure) -> Markup:
    """The tones that mean the same here as in formula and code, and of which controls."""
    if not figure.links:
        return Markup("")
    controls = {one.control: one.tone for one in figure.links if one.control}
    tones = " ".join(dict.fromkeys(one.tone for one in figure.links))
    return Markup(' data-linked="{}" data-controls="{}"').format(tones, json.dumps(controls))


def _key(figure: Figure) -> Markup:
    """Symbols with their names in the code: what the colours mean, in words, and where the keyboard reaches them."""
    if not figure.links:
        return Markup("")
    once = {(one.tone, one.code): one.here() for one in reversed(figure.links)}.values()
    each = Markup("").join(
        Markup('<span class="linked t-{}">{} <code>{}</code></span>').format(one.tone, Markup(math_html(one.symbol)),
                                                                         one.code) for one in reversed(once))
    return Markup(
        '<div class="links"><span>{}</span><div class="keys" role="group" aria-label="{}">{}</div></div>'
    ).format(say("The same in formula, figure and code:"), say("The same in formula, figure and code"), each)


def _fit(words: str, page: Page) -> Markup:
    """A training: the script puts a button beside it, where somebody computes behind the page."""
    by_default = filled(words, figures_of(page.path)) if figures_in(words) else words
    return Markup('<div class="fit" data-page="{}" data-words="{}">'
                  '<pre><code class="language-sh">wengu fit {}</code></pre></div>').format(page.path, words, by_default)


def _source(public: str, links: Sequence[Link]) -> Markup:
    found = locate(public)
    where = f"{found.file.relative_to(PACKAGES).as_posix()}:{found.node.lineno}"
    return Markup('<details class="source"><summary><code>{}</code> <small>{}</small></summary>{}</details>'
                  ).format(public.replace(":", "."), where, Markup(code_html(found.code(), links)))


def _tested(page: Page) -> Markup:
    """What rows.toml says of the page's rows."""
    lines = [
        Markup("<li><b>{} {}</b> {} <code>{}</code>{}</li>").format(
            row.number, row.name(page.language),
            say("tested against {authority}:", authority=translated(row.authority)), row.test, _speed(row))
        for row in map(rows().__getitem__, page.rows) if row.status != "planned"
    ]
    return Markup('<ul class="tested">{}</ul>').format(Markup("").join(lines)) if lines else Markup("")


def _speed(row: Row) -> Markup:
    """How fast it is beside its peers."""
    return Markup("").join(
        Markup("<br>{}").format(
            say("{times} times as fast as {peer} ({on})", times=race.times, peer=translated(race.peer),
                on=say("{day}, {processor}, {cores} {cores:core|cores}", **race.machine)))
        for race in raced(row.benchmark))


def stored(language: Language, path: str, name: str) -> dict[str, Any] | None:
    """A figure's stored default; None where `make figures` has not made it yet."""
    try:
        text = stored_at(language, path, name).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    made: dict[str, Any] = json.loads(text)
    return made


def stored_at(language: Language, path: str, name: str, root: Path = STATIC) -> Path:
    """The file of a figure's stored default."""
    return root / "figures" / language / f"{path.replace('/', '.')}.{name}.json"


def script_json(value: Any) -> Markup:
    """JSON that can stand in a script: nothing in it can end the script."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)
