"""What a run of several questions asks: each by its name, and what the answer 1 means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wengu.core.i18n import say


def questions_of(spec: Mapping[str, Any]) -> tuple[str, ...]:
    """A line for each question; none where the run asks none.

    >>> questions_of({"labels": ["sex", "came=bus"], "values": {"sex": ["female", "male"]}})
    ('sex: 1 = male', 'came=bus: 1 = yes')
    """
    values = spec.get("values", {})
    return tuple(say("{question}: 1 = {value}", question=name, value=values[name][1] if name in values else say("yes"))
                 for name in spec.get("labels", ()))
