"""Settings by the names they have now: the one place that knows what older runs and files called them.

    average = 0.999      ema = 0.999
    monitor = "error"    monitor = "metric"
    keep_prob = 0.8      dropout = 0.2, in the spec of a network
    no keep, as_text     every column that is in the run's schema, as it is there
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NAMES = {"average": "ema"}
VALUES = {("monitor", "error"): "metric"}


def by_their_names_now(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The same settings, or where each came from.

    >>> by_their_names_now({"average": 0.9, "monitor": "error", "lr": 0.1})
    {'ema': 0.9, 'monitor': 'metric', 'lr': 0.1}
    """
    now = {NAMES.get(name, name): value for name, value in settings.items()}
    return now | {name: new for (name, old), new in VALUES.items() if now.get(name) == old}


def dropout_of(spec: Mapping[str, Any]) -> float:
    """The probability to drop: older specs have keep_prob, the probability to keep, or nothing.

    >>> dropout_of({"dropout": 0.2}), dropout_of({"keep_prob": 0.75}), dropout_of({})
    (0.2, 0.25, 0.0)
    """
    rate: float = spec.get("dropout", 1 - spec.get("keep_prob", 1.0))
    return rate


def columns_as_before(settings: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a run on a table; one without --keep and --as-text goes on with the columns that it has.

    >>> columns_as_before({"data": "t.csv"}, {"spec": {"schema": {"columns": [{"name": "Id", "kind": "number"}]}}})
    {'data': 't.csv', 'keep': ['Id'], 'as_text': []}
    """
    columns = facts.get("spec", {}).get("schema", {}).get("columns", [])
    if not columns or "keep" in settings:
        return dict(settings)
    return {**settings, "keep": [column["name"] for column in columns],
            "as_text": [column["name"] for column in columns if column["kind"] == "text"]}
