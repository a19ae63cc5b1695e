"""Trainings that a page offers with the settings of its figures: `::fit lenet5 --optim sgd --lr {rates.lr}`.

`{rates.lr}` stands for where the reader has the control `lr` of the figure `rates`, its default before anything is
moved; `{1-masks.keep_prob}` for what is left to 1, as where the page keeps a unit and the flag drops it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wengu.core.checks import one_of
from wengu.pages.controls import Choice, Control, Slider
from wengu.pages.figure import Figure

_PLACE = re.compile(r"\{(1-)?(\w+)\.(\w+)\}")


def figures_in(words: str) -> list[str]:
    """The figures whose settings the words take.

    >>> figures_in("lenet5 --lr {rates.lr} --dropout {1-masks.keep_prob}")
    ['rates', 'masks']
    """
    return list(dict.fromkeys(found[2] for found in _PLACE.finditer(words)))


def filled(words: str, figures: Mapping[str, Figure], state: Mapping[str, Any] | None = None) -> str:
    """The words with the settings, each as its control allows it; by default its default.

    Raises InputError for a figure or a control that there is not.
    """

    def value(found: re.Match[str]) -> str:
        less, figure, name = found.groups()
        controls = figures[one_of("figure", figure, figures)].controls
        control: Control = controls[one_of("control", name, controls)]
        given = (state or {}).get(figure)
        kept = control.clamp(given.get(name, control.value) if isinstance(given, Mapping) else control.value)
        if isinstance(control, Choice):
            return str(kept)
        return f"{1 - kept if less else kept:.6g}" if isinstance(control, Slider) else str(control.value)

    return _PLACE.sub(value, words)
