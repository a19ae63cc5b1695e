r"""What means the same in a page's formula, its figure and its code: one colour, and all light up together.

    @figure(shows=[...], links=[link(r"\beta", "beta", "4", control="beta"), link("V", "v", "1")])

A link is a symbol as the page's formulas write it, the name that the page's code has for it, and its tone, which the
marks of the figure have that mean it; or the control that is named. A symbol without an index is meant with any (V in
V_t), unless a longer one is declared; with a word as its index it is something else (m and m_train).
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from wengu.core.i18n import translated
from wengu.pages.marks import Tone

_TOKEN = re.compile(
    r"\\(?:text|operatorname\*?|mathrm|begin|end)\s*\{[^{}]*\}"  # words, in which no letter is a symbol
    r"|\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
_JOINTS = re.compile(r"([_^]|'+)")  # between a letter, its index and what stands above it


@dataclass(frozen=True)
class Link:
    """A symbol, its name in the code, its tone, and the control in the figure that sets it, if one does."""

    symbol: str
    code: str
    tone: Tone
    control: str | None = None

    def here(self) -> Link:
        """With the symbol of the language spoken now, where it is a word."""
        return replace(self, symbol=translated(self.symbol))


def link(symbol: str, code: str, tone: Tone, control: str | None = None) -> Link:
    """Declare that these mean the same, in one line of a figure's decorator."""
    return Link(symbol, code, tone, control)


class Piece(NamedTuple):
    """A part of a text, and the link that it belongs to."""

    text: str
    link: Link | None = None


def in_formula(tex: str, links: Sequence[Link]) -> Iterator[Piece]:
    r"""A formula in pieces: a symbol's letter and its index are one each, so that an exponent stays above the index.

    >>> beta = link(r"\beta_1", "beta1", "4")
    >>> [(piece.text, piece.link is beta) for piece in in_formula(r"1-\beta_1^t", [beta])]
    [('1-', False), ('\\beta', True), ('_', False), ('1', True), ('^t', False)]
    """
    tokens = [(found[0], found.start()) for found in _TOKEN.finditer(tex)]
    wanted = [(one, [token for token in _TOKEN.findall(one.symbol) if not token.isspace()])
              for one in sorted(links, key=lambda one: -len(one.symbol))]
    done = i = 0
    while i < len(tokens):
        for one, symbol in wanted if not tokens[i][0].isspace() else ():
            if (end := _matched(tokens, i, symbol)) is None:
                continue
            start, stop = tokens[i][1], tokens[end - 1][1] + len(tokens[end - 1][0])
            if start > done:
                yield Piece(tex[done:start])
            for part in filter(None, _JOINTS.split(tex[start:stop])):
                yield Piece(part, None if _JOINTS.match(part) else one)
            done, i = stop, end
            break
        else:
            i += 1
    if done < len(tex):
        yield Piece(tex[done:])


def in_code(code: str, links: Sequence[Link]) -> Iterator[Piece]:
    """Python in pieces: each name that a link has, but not where it stands in a string or in a comment.

    >>> [piece.text for piece in in_code("w -= lr*g  # lr", [link("w", "w", "1"), link("α", "lr", "4")])]
    ['w', ' -= ', 'lr', '*g  # lr']
    """
    of_name = {one.code: one for one in links}
    starts = [0]
    for text in code.splitlines(keepends=True):
        starts.append(starts[-1] + len(text))
    done = 0
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.NAME and token.string in of_name:
            at = starts[token.start[0] - 1] + token.start[1]
            if at > done:
                yield Piece(code[done:at])
            yield Piece(token.string, of_name[token.string])
            done = at + len(token.string)
    if done < len(code):
        yield Piece(code[done:])


def _matched(tokens: Sequence[tuple[str, int]], i: int, symbol: Sequence[str]) -> int | None:
    """Behind the last of the tokens that are this symbol from the i-th on."""
    for wanted in symbol:
        while i < len(tokens) and tokens[i][0].isspace():
            i += 1
        if i == len(tokens) or tokens[i][0] != wanted:
            return None
        i += 1
    following = "".join(token for token, _ in tokens[i : i + 4] if not token.isspace())
    return None if re.match(r"_\{?\\(text|mathrm)", following) else i
