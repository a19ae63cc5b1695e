"""A page's Markdown as HTML: formulas as they stand, Chinese lines joined, and nothing of the text as markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any

import mistune

from wengu.pages.links import Link, Piece, in_code, in_formula

_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"  # Chinese letters and their punctuation
_MARKS = "\u3000-\u303f\uff00-\uffef"  # the punctuation, which keeps its distance from Latin letters by itself
_HYPHENED = re.compile(r"(?<![^\s>])((?=[^\s<>]{2,24}(?![^\s<]))[^\s<>]*-[^\s<>]*)")  # neither tag nor long
_BREAK = re.compile(f"(?<=[{_WIDE}])\n(?=[{_WIDE}])|(?<=[{_MARKS}])\n|\n(?=[{_MARKS}])")


class _Html(mistune.HTMLRenderer):
    """HTML in which no text is markup, a formula is left alone, and Chinese lines join without a gap."""

    def __init__(self, link: Callable[[str], str], part: int, links: Sequence[Link]) -> None:
        super().__init__(escape=True)
        self._link, self._part, self._links, self._headings = link, part, links, 0

    def paragraph(self, text: str) -> str:
        return super().paragraph(_BREAK.sub("", text))

    def block_text(self, text: str) -> str:
        return super().block_text(_BREAK.sub("", text))

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        self._headings += 1  # the same address in both languages
        return super().heading(text, level, id=f"s{self._part}-{self._headings}")

    def codespan(self, text: str) -> str:
        return unbroken(super().codespan(text))

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return super().link(text, self._link(url), title)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return escape(text)

    def block_code(self, code: str, info: str | None = None) -> str:
        return code_html(code, self._links) if info == "python" else super().block_code(code, info)

    def block_math(self, tex: str) -> str:
        return math_html(tex, self._links, "div") + "\n"

    def inline_math(self, tex: str) -> str:
        return math_html(tex, self._links)


_ENDED = re.compile(r'(<span class="math"[^>]*>(?:(?!</span>).)*</span>)([,.;:!?)，。；：、！？）]+)', re.DOTALL)
"A formula and the punctuation behind it, which no line begins with."


def math_html(tex: str, links: Sequence[Link] = (), tag: str = "span") -> str:
    """A formula for the script, and as it stands where there is none: linked symbols have their tone in both."""
    pieces = list(in_formula(tex, links))
    marked = "".join(f"{{\\htmlClass{{linked t-{piece.link.tone}}}{{{piece.text}}}}}" if piece.link else piece.text
                     for piece in pieces)
    return f'<{tag} class="math" data-tex="{escape(marked)}">{_coloured(pieces)}</{tag}>'


def code_html(code: str, links: Sequence[Link] = ()) -> str:
    """Python in which linked names have their tone."""
    pieces = in_code(code, links) if links else [Piece(code)]
    return f'<pre><code class="language-python">{_coloured(pieces)}</code></pre>\n'


def _coloured(pieces: Iterable[Piece]) -> str:
    return "".join(f'<b class="linked t-{piece.link.tone}">{escape(piece.text)}</b>' if piece.link
                   else escape(piece.text) for piece in pieces)


def unbroken(html: str) -> str:
    """Code in which no line ends within a short word: `--only` is none behind its first hyphen.

    >>> unbroken("<code>wengu fit --only paid</code>")
    '<code>wengu fit <span>--only</span> paid</code>'
    """
    return _HYPHENED.sub(r"<span>\1</span>", html)


def _block_math(block: Any, found: re.Match[str], state: Any) -> int:
    state.append_token({"type": "block_math", "raw": found["block_tex"].strip()})
    return found.end()


def _inline_math(inline: Any, found: re.Match[str], state: Any) -> int:
    state.append_token({"type": "inline_math", "raw": (found["tex2"] or found["tex1"]).strip()})
    return found.end()


def html_of(text: str, link: Callable[[str], str], part: int, links: Sequence[Link] = ()) -> str:
    """The text as HTML; `link` turns its addresses into what stands there, `part` is its place in the page.

    `links` are what its formulas and its code have in common with its figures.
    """
    markdown = mistune.create_markdown(renderer=_Html(link, part, links), plugins=["table"])
    markdown.block.register("block_math", r"^ {0,3}\$\$(?P<block_tex>(?:(?!\$\$)[\s\S])+)\$\$[ \t]*(?:\n|$)",
                            _block_math, before="list")
    markdown.block.insert_rule(markdown.block.list_rules, "block_math", before="list")
    markdown.inline.register("inline_math", r"\$\$(?P<tex2>[^$]+)\$\$|\$(?P<tex1>[^$]+)\$", _inline_math, before="link")
    return _ENDED.sub(r'<span class="kept">\1\2</span>', str(markdown(text)))
