"""What the files of a run folder say: of each value its kind, so that whoever reads a run may rely on it.

A name that stands in no table may have any value, for runs of other versions and tasks have more. None of the tables
demands a name: what asks for one that is missing says so (see run_folder.py).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from wengu.core.i18n import say
from wengu.core.safe_read import ReadError, shown

MOST = sys.float_info.max
LARGEST = 2**63  # whole numbers below it are what other programs can hold

Kind = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _truth(value: Any) -> bool:
    return isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MOST


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST


def _count(value: Any) -> bool:
    return _whole(value) and value >= 0


def _how_many(value: Any) -> bool:
    return _whole(value) and 1 <= value <= 1 << 20


def _few(value: Any) -> bool:
    return _whole(value) and 1 <= value <= 4096


def _moment(value: Any) -> bool:
    try:
        datetime.fromisoformat(value).astimezone()  # which years before 1 are none of
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def _table(value: Any) -> bool:
    return isinstance(value, dict)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _text_or_texts(value: Any) -> bool:
    return _text(value) or _texts(value)


def _number_or_text(value: Any) -> bool:
    return _number(value) or _text(value)


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) or _whole(one) for one in value)


def _counts(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_count, value.values()))


def _named_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_text, value.values()))


def _or_none(kind: Kind) -> Kind:
    return lambda value: value is None or kind(value)


def _with(kinds: Mapping[str, Kind], **may: Kind) -> Kind:
    """An object that has values of these kinds, and may have others of those."""
    return lambda value: (isinstance(value, dict) and all(name in value and kind(value[name])
                                                          for name, kind in kinds.items())
                          and all(kind(value[name]) for name, kind in may.items() if name in value))


def _list_of(kind: Kind) -> Kind:
    return lambda value: isinstance(value, list) and all(map(kind, value))


_METRIC = _with({
    "name": _text, "direction": lambda value: value in ("lower", "higher"),
    "scale": lambda value: value in ("rate", "number"), "unit": _text,
    "worth": lambda value: _number(value) and value > 0,
})
_SPEC = _with(
    {}, classes=_names, labels=_texts,
    schema=_with({}, columns=_list_of(_with({"name": _text, "levels": _texts,
                                             "kind": lambda value: value in ("number", "bool", "text")}))),
    features=_how_many, channels=_how_many, size=_list_of(_how_many), shape=_list_of(_how_many),
    tta=_text,
    dropout=lambda value: _number(value) and 0 <= value < 1,
    values=lambda value: isinstance(value, dict) and all(_texts(v) and len(v) > 1 for v in value.values()),
)
RUN: Mapping[str, Kind] = {
    "created": _moment, "recipe": _text, "network": _text, "seed": _whole, "precision": _text,
    "memory_format": _text, "gain": _or_none(_number), "world_size": _few, "threads": _few,
    "spec": _SPEC, "metric": _or_none(_METRIC), "task": _or_none(_text), "names": _text, "examples": _counts,
    "files": _named_texts,
    "test_opened": _count, "transfer": _table, "stopped": _or_none(_text), "best_step": _or_none(_count),
    "best_epoch": _count, "seconds": _or_none(_number), "sparsity": _number, "sums": _named_texts,
}
_BOUNDS: dict[str, Kind] = {"low": _or_none(_number), "high": _or_none(_number)}
LEDGER: Mapping[str, Kind] = {
    "cause": _or_none(_text), "level": _number, "metric": _METRIC, "worth": _number,
    "rows": _list_of(_with({"set": _text, "value": _number}, n=_or_none(_count), **_BOUNDS)),
    "gaps": _list_of(_with({"name": _text, "start": _text, "end": _text, "points": _number}, verdict=_text, why=_text,
                           needed=_counts, **_BOUNDS)),
    "unlike": _texts, "in_doubt": _texts, "advised": _texts,
}
SETTINGS: Mapping[str, Kind] = {
    "data": _text, "network": _text, "target": _text_or_texts, "monitor": _text, "metric": _text, "epochs": _count,
    "patience": _count, "micro_batch": _count, "human": _number_or_text,
    "worth": _or_none(_number), "level": _or_none(_number),
    "l1": _number, "l2": _number, "lr": _number,
    "weight_decay": _number, "dropout": _number, "batch_size": _count, "optim": _text, "augment": _text,
    "label_smoothing": _number, "class_weights": _text,
}
MEASURED = ("cost", "lr", "seconds")  # and what begins with dev_
ROW: Mapping[str, Kind] = {"epoch": _count, "step": _count}
CHANGE: Mapping[str, Kind] = {"taken": _count, "step": _count}  # what is set that means nothing changes nothing
SEEN: Mapping[str, Kind] = {"packages": _named_texts, "python": _text, "platform": _text, "processor": _or_none(_text),
                            "kernels": _or_none(_text), "command": _texts, "resumed_on": _texts}
_CHECK = _with({"name": _text, "verdict": _text, "words": _text, "advice": _text}, title=_text, share=_number)
_HELD = _with({"name": _text, "symbol": _text, "layer": _text, "kind": _text, "dtype": _text, "bytes": _count,
               "shape": _list_of(_count), "learned": _truth,
               "also": _texts})
KINDS: Mapping[str, Mapping[str, Kind]] = {
    "run.json": RUN, "ledger.json": LEDGER, "metrics.jsonl": ROW, "control.jsonl": CHANGE, "environment.json": SEEN,
    "baseline.json": {"model": _text, "predicted": _texts},
    "sets.json": {"sets": _list_of(_with(
        {"a": _text, "b": _text, "verdict": _text, "n": _list_of(_count), "like": _texts, "unlike": _texts,
         "telling": _list_of(_with({"name": _text, "kind": _text, "a": _number, "b": _number, "auc": _number}))},
        auc=_or_none(_number), nearer=_text, removed=_number, effective=_number, **_BOUNDS))},
    "preflight.json": {"checks": _list_of(_CHECK)},
    "parameters.json": {"parameters": _list_of(_HELD), "buffers": _list_of(_HELD)},
}


def check(values: Mapping[str, Any], kinds: Mapping[str, Kind]) -> None:
    """Raises ReadError, naming the first value that is of another kind."""
    for name, kind in kinds.items():
        if name in values and not kind(values[name]):
            raise ReadError(say("{name} is {got}, which wengu does not write there", name=name,
                                got=shown(values[name])))


def check_row(row: Mapping[str, Any]) -> None:
    """Raises ReadError where what a line of metrics.jsonl measures is no number, or something in it no plain value."""
    for name, value in row.items():
        measured = name in MEASURED or name.startswith("dev_")
        if isinstance(value, dict | list) or (measured and not (value is None or _number(value))):
            raise ReadError(say("{name} is {got}, which wengu does not write there", name=name, got=shown(value)))


def check_settings(settings: Mapping[str, Any], came_from: Mapping[str, Any]) -> None:
    """Raises ReadError where config.toml holds what no setting can be."""
    for table in (settings, came_from):
        for name, value in table.items():
            items = value if isinstance(value, list) else [value]
            if not all(isinstance(one, str | bool) or _number(one) for one in items):
                raise ReadError(say("{name} is {got}, which wengu does not write there", name=name, got=shown(value)))
    check(settings, SETTINGS)
    check(came_from, dict.fromkeys(came_from, _text))
