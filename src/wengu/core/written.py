"""The numbers of a sentence as people write them: one form for pages, reports, runs and their cards."""

from __future__ import annotations

import re

NEAR = 3  # noughts behind the point, up to which a number has no power of ten
LONG = 6  # digits before it, from which on it has one

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_NUMBER = re.compile(r"(?<![A-Za-z0-9_.)\]-])(-?)(\d+(?:\.\d+)?)(?:e([+-]\d+))?(?![A-Za-z0-9_]|[-/:]\d)")

_SETTING = re.compile(r"--[\w-]+[ =]$")


def written(text: str) -> str:
    """A true minus, commas from a thousand on, powers of ten for the very large and small, an unbroken space before %.

    Words with hyphens, dates, versions, settings of commands and what has letters stay as they are.

    >>> written("from -1.35 up to 6.376e+08, 1e-08 of it, -0.0 points, 1.5e+04 or 3.25e+01 steps, 2e-03")
    'from −1.35 up to 6.376 × 10⁸, 10⁻⁸ of it, 0.0 points, 15,000 or 32.5 steps, 0.002'
    >>> written("Try --rows 4500 --lr 1e-05.")
    'Try --rows 4500 --lr 1e-05.'
    >>> written("train-dev [-0.4, +1.2], 8.2 % of 1024 on 2026-11-30"), written("1500.25 of 48,120")
    ('train-dev [−0.4, +1.2], 8.2\xa0% of 1,024 on 2026-11-30', '1,500.25 of 48,120')
    """

    def one(found: re.Match[str]) -> str:
        if _SETTING.search(text, 0, found.start()):
            return found[0]
        minus, digits, exponent = "−" if found[1] and float(found[2]) else "", found[2], int(found[3] or 0)
        if not exponent:
            whole, point, rest = digits.partition(".")
            return f"{minus}{int(whole):,}{point}{rest}" if whole[0] != "0" else minus + digits
        if 0 < exponent < LONG:
            return f"{minus}{float(f'{digits}e{exponent}'):,.10g}"
        if -NEAR <= exponent < 0:
            return f"{minus}{float(digits) * 10**exponent:.10g}"
        power = "10" + str(exponent).translate(_RAISED)
        return f"{minus}{power if float(digits) == 1 else f'{digits} × {power}'}"

    return re.sub(r"(?<=\d) ?%", "\u00a0%", _NUMBER.sub(one, text))
