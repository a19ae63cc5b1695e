"""A page's Markdown as HTML: formulas as they stand, Chinese lines joined, and nothing of the text as markup."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Any

import mistune

_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"  # Chinese letters and their punctuation
_MARKS = "\u3000-\u303f\uff00-\uffef"  # the punctuation, which keeps its distance from Latin letters by itself
_HYPHENED = re.compile(r"(?<![^\s>])((?=[^\s<>]{2,24}(?![^\s<]))[^\s<>]*-[^\s<>]*)")  # neither tag nor long
_BREAK = re.compile(f"(?<=[{_WIDE}])\n(?=[{_WIDE}])|(?<=[{_MARKS}])\n|\n(?=[{_MARKS}])")


class _Html(mistune.HTMLRenderer):
    """HTML in which no text is markup, a formula is left alone, and Chinese lines join without a gap."""

    def __init__(self, link: Callable[[str], str], part: int) -> None:
        super().__init__(escape=True)
        self._link, self._part, self._headings = link, part, 0

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

    def block_math(self, tex: str) -> str:
        return f'<div class="math" data-tex="{escape(tex)}">{escape(tex)}</div>\n'

    def inline_math(self, tex: str) -> str:
        return f'<span class="math" data-tex="{escape(tex)}">{escape(tex)}</span>'


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


def html_of(text: str, link: Callable[[str], str], part: int) -> str:
    """The text as HTML; `link` turns its addresses into what stands there, `part` is its place in the page."""
    markdown = mistune.create_markdown(renderer=_Html(link, part), plugins=["table"])
    markdown.block.register("block_math", r"^ {0,3}\$\$(?P<block_tex>(?:(?!\$\$)[\s\S])+)\$\$[ \t]*(?:\n|$)",
                            _block_math, before="list")
    markdown.block.insert_rule(markdown.block.list_rules, "block_math", before="list")
    markdown.inline.register("inline_math", r"\$\$(?P<tex2>[^$]+)\$\$|\$(?P<tex1>[^$]+)\$", _inline_math, before="link")
    return str(markdown(text))
