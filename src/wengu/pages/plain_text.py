"""A page's words where only letters go, as in a terminal: without Markdown's marks, its formulas in letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

from wengu.core.i18n import text_table

Kind = Literal["heading", "text", "code"]

_SIGNS = {
    "leftarrow": "←", "gets": "←", "rightarrow": "→", "to": "→", "Rightarrow": "⇒", "times": "×", "cdot": "·",
    "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈", "sim": "∼", "propto": "∝",
    "sum": "Σ", "prod": "Π", "in": "∈", "partial": "∂", "nabla": "∇", "infty": "∞", "odot": "⊙", "ast": "∗",
    "star": "⋆", "circ": "∘", "ldots": "…", "dots": "…", "cdots": "⋯", "pm": "±", "cap": "∩", "cup": "∪", "mid": "|",
    "vert": "|", "lvert": "|", "rvert": "|", "Vert": "‖", "lVert": "‖", "rVert": "‖", "lfloor": "⌊", "rfloor": "⌋",
    "lceil": "⌈", "rceil": "⌉", "langle": "⟨", "rangle": "⟩", "prime": "′", "ell": "ℓ", "top": "ᵀ", "varepsilon": "ε",
    "varphi": "φ", "quad": "  ", "qquad": "    ", "left": "", "right": "", "big": "", "Big": "", "bigl": "",
    "bigr": "", "displaystyle": "", "ll": "≪", "gg": "≫", "lambda": "λ",
    "succeq": "⪰", "Leftrightarrow": "⇔", "forall": "∀", "equiv": "≡", "oplus": "⊕",
}  # fmt: skip
_ACCENTS = {"hat": "\u0302", "widehat": "\u0302", "bar": "\u0304", "overline": "\u0304", "tilde": "\u0303",
            "vec": "\u20d7", "dot": "\u0307"}
_HIGH = dict(zip("0123456789+-−=()niTtᵀ′", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱᵀᵗᵀ′", strict=True))
_LOW = dict(zip("0123456789+-−=()aeijkmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑᵢⱼₖₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_CLOSING = "⌋⌉⟩"
_FONTS = r"(?:mathrm|text|mathbf|mathit|mathbb|mathcal|boldsymbol|operatorname\*?|bm)"
_MARKS = {"^": "\ue000", "_": "\ue001"}  # of what stays beside its letter: not to be read again
_APART = re.compile(r"\n?(^```.*?^```$|^\$\$.*?\$\$[ \t]*$|(?:^\|[^\n]*\|$\n?)+)\n?", re.MULTILINE | re.DOTALL)
_GROUP = r"\{((?:[^{}])*)\}"


def lines_of(markdown: str) -> Iterator[tuple[Kind, str]]:
    """The text line by line; lines of one paragraph are one, so that the terminal breaks them where it ends.

    >>> list(lines_of("## Use\\n\\n- **He** draws with\\n  $\\\\sqrt{2/n}$.\\n\\n```sh\\nwengu fit\\n```"))
    [('heading', 'Use'), ('text', ''), ('text', '- He draws with √(2/n).'), ('text', ''), ('code', '    wengu fit')]
    """
    told = gap = False  # an empty line neither first nor last, and never two
    for kind, line in _every_line(markdown):
        if line.strip():
            if told and gap:
                yield "text", ""
            yield kind, line
            told = True
        gap = not line.strip()


def _every_line(markdown: str) -> Iterator[tuple[Kind, str]]:
    for block in _APART.split(markdown.strip()):
        if block.startswith("```"):
            yield from (("code", f"    {line}") for line in block.splitlines()[1:-1])
        elif block.startswith("$$"):
            yield from (("text", f"    {line.strip()}") for line in in_letters(block.strip(" \t$")).splitlines())
        elif block.startswith("|"):
            head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines())
            yield "text", ""
            yield from (("code", f"    {line}") for line in text_table(head, rows, left=len(head)).splitlines())
            yield "text", ""
        else:
            yield from _prose(block)


def _prose(text: str) -> Iterator[tuple[Kind, str]]:
    text = re.sub(r"\$([^$]+)\$", lambda found: in_letters(found[1]), text)
    text = re.sub(r"\*\*|`|\[([^\]]*)\]\([^)]*\)", lambda found: found[1] or "", text)
    text = re.sub(r"\n *(?=[^\s#|>-])(?!\d+\. )", "\n", text)  # what goes on with a point begins as it does
    joined = re.sub(r"(?<=[^\n])\n(?=[^\s#|>-])(?!\d+\. )", lambda found: _between(text, found.start()), text)
    for line in joined.split("\n"):
        marks, _, heading = line.partition(" ")
        yield ("heading", heading) if marks and not marks.strip("#") else ("text", line)


def _between(text: str, at: int) -> str:
    """What joins two lines: nothing between Chinese letters, else a space; a heading stays alone."""
    if text[text.rfind("\n", 0, at) + 1] == "#":
        return "\n"
    return "" if all(unicodedata.east_asian_width(text[k]) in "WF" for k in (at - 1, at + 1)) else " "


def in_letters(tex: str) -> str:
    r"""A formula as plain letters go.

    >>> in_letters(r"V \leftarrow \beta_1 V + (1-\beta_1)\,g^2"), in_letters(r"\hat{y} = \frac{1}{1+e^{-z}}")
    ('V ← β₁ V + (1-β₁)g²', 'ŷ = 1/(1+e^(-z))')
    >>> in_letters(r"\beta = 0.9, \alpha \approx \beta")
    'β = 0.9, α ≈ β'
    >>> in_letters(r"\sqrt\beta, \tfrac1\lambda, 32 \xrightarrow{f=5} 28")
    '√(β), 1/λ, 32 →(f=5) 28'
    >>> in_letters(r"g'(z) = \begin{cases}1&\text{ if }z>0\\0&\text{ else}\end{cases}")
    "g'(z) = 1 if z>0, 0 else"
    """
    tex = re.sub(r"\\begin\{pmatrix\}(.*?)\\end\{pmatrix\}", _in_rows, tex, flags=re.DOTALL)
    tex = re.sub(r"\\begin\{cases\}(.*?)\\end\{cases\}", _in_one_line, tex, flags=re.DOTALL)
    tex = re.sub(r"(?<=[A-Za-z])\\[!;:,](?=[A-Za-z])", " ", tex.replace(r"\_", _MARKS["_"]))
    tex = re.sub(r"\\(?:begin|end)\{[^}]*\}(?:\{[lcr|]*\})?|&|\\[!;:,]|~", "", tex).replace(r"\\", "\n")
    tex = re.sub(r"\\([dt]?frac) *(\w|\\[a-z]+ ?)(\w|\\[a-z]+)", r"\\\1{\2}{\3}", tex)
    tex = re.sub(r"\\sqrt *(\w|\\(?!frac|tfrac)[a-z]+)", r"\\sqrt{\1}", tex)
    tex = re.sub(r"\\xrightarrow *\{((?:[^{}]|\{[^{}]*\})*)\}", r"→(\1)", tex)
    tex = re.sub(rf"\\({_FONTS}|{'|'.join(_ACCENTS)}) +([A-Za-z])", r"\\\1{\2}", tex)
    tex = re.sub(rf"(\\[A-Za-z]+)(?=\\{_FONTS}\b)", r"\1 ", tex)
    tex = re.sub(rf"\\{_FONTS} *" + _GROUP, r"\1", tex)
    tex = re.sub(r"\\([A-Za-z]+)(?![A-Za-z{]) ?", _spaced, tex)
    before = ""
    while before != tex:  # from the inside out
        before = tex
        tex = re.sub(r"\\underbrace *" + _GROUP + "_" + _GROUP, r"\1 [\2]", tex)
        tex = re.sub(r"([\^_])(?:" + _GROUP + r"|([^\\{}\s(]))", lambda f: _raised(f[1], f[2] or f[3]), tex)
        tex = re.sub(r"\\[dt]?frac *" + _GROUP + " *" + _GROUP, lambda f: f"{_closed(f[1])}/{_closed(f[2])}", tex)
        tex = re.sub(r"\\sqrt *" + _GROUP, r"√(\1)", tex)
        tex = re.sub(r"\\(?![dt]?frac|sqrt|underbrace)([a-z]+) *" + _GROUP, lambda f: _accented(f[1], f[2]), tex)
    tex = re.sub(r"\\([A-Za-z]+)", lambda found: _sign(found[1]), tex)
    for letter, mark in _MARKS.items():
        tex = tex.replace(mark, letter)
    return unicodedata.normalize("NFC", re.sub(rf"[{{}}\\]| +(?=[{_CLOSING}])", "", tex))


def _in_rows(matrix: re.Match[str]) -> str:
    """A matrix in one line, its rows apart."""
    return "(" + re.sub(r"\s*&\s*", ", ", re.sub(r"\s*\\\\\s*", "; ", matrix[1])) + ")"


def _in_one_line(cases: re.Match[str]) -> str:
    """Cases beside one another: a brace over several lines has no letter."""
    return cases[1].replace(r"&\text{ ", r" \text{").replace("&", " ").replace(r"\\", ", ")


def _spaced(found: re.Match[str]) -> str:
    """A sign with a space on either side keeps both, and so does a letter before it; the name of a function needs one
    before a letter."""
    sign, before, after = _sign(found[1]), found.string[: found.start()], found.string[found.end() :]
    operator = found[0].endswith(" ") and len(sign) == 1 and (before.endswith(" ") or sign in _CLOSING)
    operator |= found[0].endswith(" ") and _is_operator(after)
    return sign + " " * (operator or (len(sign) > 1 and sign.isalpha() and _goes_on(after)))


def _is_operator(after: str) -> bool:
    """Whether a sign with a space behind it comes next: = in `\\beta = 0.9`."""
    command = re.match(r"\\([A-Za-z]+) ", after)
    sign = _sign(command[1]).strip() if command else ""  # none of a gap
    return bool(re.match("[=<>+−-] ", after)) or bool(sign and not sign.isalnum())


def _goes_on(after: str) -> bool:
    return after[:1].isalnum() or after[:1] == "\\"


def _sign(name: str) -> str:
    if name in _SIGNS:
        return _SIGNS[name]
    size = "CAPITAL" if name[0].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {size} LETTER {name.upper()}")
    except KeyError:
        return f"\\{name}" if name in ("frac", "dfrac", "tfrac", "sqrt") else name


def _accented(name: str, inner: str) -> str:
    return inner + _ACCENTS[name] if name in _ACCENTS else f"{_sign(name)}{inner}"


def _raised(where: str, what: str) -> str:
    letters = _HIGH if where == "^" else _LOW
    if all(letter in letters for letter in what):
        return "".join(letters[letter] for letter in what)
    return f"{_MARKS[where]}{_closed(what)}"


def _closed(what: str) -> str:
    return what if len(what) == 1 or what.isalnum() else f"({what})"
