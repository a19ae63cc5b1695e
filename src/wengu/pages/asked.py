"""The words of a page's questions: they stand in its Markdown, with the numbers of a draw in braces.

    ::question first_step
    V starts at 0, $\\beta = {beta}$. By how much does $w$ change where $g = {g}$ and $\\alpha = {lr:.2g}$?
    ::trap plain That is $-\\alpha g$, the step of plain descent.
    ::answer $V = (1-\\beta)\\,g$, so $w$ changes by {answer}.

    ::expect bowl
    Who is sooner at the bottom of the round bowl?
    ::option momentum Momentum
    ::option plain Plain descent
    ::answer Plain descent: the gradient points straight at the minimum.
    ::fig paths

A question ends where another directive begins. `{name}` is a number of the draw (question.py) as people write it,
`{name:.1f}` in another form; `{answer}` the right number. In braces that follow a letter, `}`, `]`, `_`, `^` or `\\`
stands TeX: `\\frac{1}{m}` is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.written import written

_ASKED = re.compile(r"^::(question|expect) +(\w+)\n(.*?)(?=^::(?!option|trap|answer)|\Z)", re.MULTILINE | re.DOTALL)
_PIECE = re.compile(r"^::(option|trap|answer)(?: +|\n)", re.MULTILINE)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")  # in a formula a comma would stand apart
_HELD = re.compile(r"(?<![A-Za-z}\]_^\\])\{([A-Za-z]\w*)(?::([^{}]+))?\}")


@dataclass(frozen=True)
class Asked:
    """A question's words in one language, with its numbers still in braces."""

    name: str
    prompt: str
    answer: str
    options: Mapping[str, str]
    traps: Mapping[str, str]
    before_figure: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """All of them."""
        return (self.prompt, self.answer, *self.options.values(), *self.traps.values())


def questions_in(body: str) -> tuple[str, dict[str, Asked]]:
    """A page's text with each question as one line, and the words of the questions.

    >>> questions_in("::question q\\nHow\\nmuch?\\n::trap t Too\\nmuch.\\n::answer It is {answer}.\\n\\n::tested")
    ('::question q\\n\\n::tested', {'q': Asked(name='q', prompt='How\\nmuch?', answer='It is {answer}.', options={},
    traps={'t': 'Too\\nmuch.'}, before_figure=False)})
    """
    found: dict[str, Asked] = {}

    def taken(block: re.Match[str]) -> str:
        kind, name, text = block.groups()
        if name in found:
            raise InputError(say("question {name}: expected one of this name, got two", name=name))
        prompt, *pieces = _PIECE.split(text)
        each = {"option": {}, "trap": {}, "answer": {}}  # type: dict[str, dict[str, str]]
        for what, words in zip(pieces[::2], pieces[1::2], strict=True):
            key, _, rest = words.partition(" ") if what != "answer" else ("", "", words)
            each[what][key.strip()] = rest.strip()
        found[name] = Asked(name, prompt.strip(), each["answer"].get("", ""), each["option"], each["trap"],
                            kind == "expect")
        return f"::{kind} {name}\n\n"

    return _ASKED.sub(taken, body).strip(), found


def placeholders(text: str) -> list[str]:
    """The names of the numbers that a text inserts, in order.

    >>> placeholders(r"$\\frac{1}{m} = {share:.2f}$ of {m}, {answer}")
    ['share', 'm', 'answer']
    """
    return [name for name, _ in _HELD.findall(text)]


def filled_in(text: str, values: Mapping[str, Any]) -> str:
    """The text with its numbers. Raises InputError for a name that the question does not give.

    >>> filled_in("$x = {x}$ in {k:.0%}, {v}", {"x": -0.25, "k": 0.1, "v": [1, -2.5]})
    '$x = −0.25$ in 10\\xa0%, (1, −2.5)'
    """

    def number(one: re.Match[str]) -> str:
        if one[1] not in values:
            raise InputError(say("question: expected one of {known} in braces, got {got}",
                                 known=", ".join(values), got=one[1]))
        return _in_words(values[one[1]], one[2] or "")

    filled = re.sub(r"\{ ([^{} ]+) \}", r"{\1}", _HELD.sub(number, text))
    return re.sub(r"\$[^$]+\$", lambda tex: _THOUSANDS.sub("{,}", tex[0]), filled)


def _in_words(value: Any, form: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence):
        if value and isinstance(value[0], Sequence):
            return r"\begin{pmatrix}" + r" \\ ".join(_row(row, form) for row in value) + r"\end{pmatrix}"
        return f"({', '.join(_in_words(one, form) for one in value)})"
    return written(format(value, form or ("d" if isinstance(value, int) else ".4g")))


def _row(row: Sequence[Any], form: str) -> str:
    return " & ".join(_in_words(one, form) for one in row)

