"""Whether the data is what a run was started on, and what of it is not.

    run.json, names     SHA-256 of the names of classes, labels and columns: they belong to the data as its numbers do
    examples.csv        id, set, digest of every example: SHA-256 of its inputs and targets, as a person would tell them
                        (a cell by its text and not by its place among the levels); empty where they are not in memory

Where the data lies does not count. Runs of before have neither, and are compared by the ids of split.csv; the loop
compares every number besides.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from torch.utils.data import TensorDataset

from wengu.core.batches import TreeDataset, leaves
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.recipes.task import Split, Task, to_plain

FILE, HEADER = "examples.csv", ("id", "set", "digest")
OF_SUMS = "~"  # begins the digest of what is mapped, which is of its sums and tells nothing of one in memory
MOST = 3  # examples that are named
Examples = dict[str, tuple[str, str]]
"Set and digest by id, in the order of the sets."


def names_digest(task: Task) -> str:
    """What distinguishes the names of one task's classes, labels and columns from another's."""
    return hashlib.sha256(_told(_names(task.spec))).hexdigest()[:16]


def examples_table(task: Task) -> tuple[Sequence[str], Iterable[Sequence[str]]]:
    """Header and rows of examples.csv: of every example what tells it from a changed one."""
    return HEADER, [(i, name, digest) for i, (name, digest) in _now(task).items()]


def same_data(run: RunFolder, task: Task) -> None:
    """Raises InputError, which names what has changed, where the data is no longer what the run was started on."""
    facts = run.facts()
    changed = []
    if (kept := facts.get("names")) is not None and kept != names_digest(task):
        changed = list(_renamed(_names(facts.get("spec", {})), _names(task.spec)))
    now, before = _now(task), _before(run)
    rows = list(_differences(before, now))
    if not rows and before != now and [*before] != [*now]:
        rows = [say("the examples are in another order")]
    changed += rows
    if changed:
        raise InputError(say("the data has changed: {what}. Give it back as it was when {path} was started, or start a "
                             "new run", what="; ".join(changed), path=run.path))


def _names(spec: Any) -> dict[str, list[Any]]:
    """Those that a spec tells of."""
    spec = spec if isinstance(spec, Mapping) else {}
    schema = spec.get("schema")
    columns = schema.get("columns", ()) if isinstance(schema, Mapping) else ()
    return {"classes": list(spec.get("classes") or ()), "labels": list(spec.get("labels") or ()),
            "columns": [column["name"] for column in columns]}


def _renamed(before: Mapping[str, Sequence[Any]], now: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    words = {"classes": (say("class"), say("the classes are in another order")),
             "labels": (say("label"), say("the labels are in another order")),
             "columns": (say("column"), say("the columns are in another order"))}
    for kind, (word, in_another_order) in words.items():
        for gone in [name for name in before[kind] if name not in now[kind]][:MOST]:
            yield say("{kind} {name!r} is gone", kind=word, name=gone)
        for new in [name for name in now[kind] if name not in before[kind]][:MOST]:
            yield say("{kind} {name!r} is new", kind=word, name=new)
        if sorted(map(str, before[kind])) == sorted(map(str, now[kind])) and [*before[kind]] != [*now[kind]]:
            yield in_another_order


def _differences(before: Examples, now: Examples) -> Iterator[str]:
    """What must have happened to one for the other: the least of two readings, ids that stay or ids that count."""
    gone = [i for i in before if i not in now]
    new = [i for i in now if i not in before]
    other = [i for i, (_, digest) in before.items() if i in now and _differ(digest, now[i][1])]
    if (moved := _moved(before, now)) and sum(map(len, moved)) < len(gone) + len(new) + len(other):
        gone, new, other = moved
    if other:
        yield _listed(other)
    if gone:
        yield say("gone: {which}", which=_listed(gone))
    if new:
        yield say("new: {which}", which=_listed(new))
    if not (gone or new or other):
        sets = [i for i, (name, _) in before.items() if now[i][0] != name]
        if sets:
            yield say("in another set: {which}", which=_listed(sets))


def _differ(before: str, now: str) -> bool:
    """Whether these are known, and of different examples."""
    return bool(before and now) and before != now and before.startswith(OF_SUMS) == now.startswith(OF_SUMS)


def _moved(before: Examples, now: Examples) -> tuple[list[str], list[str], list[str]] | None:
    """Gone, new and changed where ids are the numbers of lines, and those below one that is gone have moved up."""
    if not all(i.isascii() and i.isdigit() and len(i) < 19 for i in (*before, *now)):  # no number of a line is longer
        return None
    a, b = (sorted(examples, key=int) for examples in (before, now))
    was, are = [before[i][1] for i in a], [now[i][1] for i in b]
    if not all(digest and not digest.startswith(OF_SUMS) for digest in (*was, *are)):
        return None
    first = next((k for k, (x, y) in enumerate(zip(was, are, strict=False)) if x != y), min(len(was), len(are)))
    most = min(len(was), len(are)) - first
    last = next((k for k in range(most) if was[-1 - k] != are[-1 - k]), most)
    gone, new = a[first:len(a) - last], b[first:len(b) - last]
    both = min(len(gone), len(new))
    return gone[both:], new[both:], gone[:both]


def _listed(ids: Sequence[str]) -> str:
    """The first of them by name."""
    ids = sorted(ids, key=int) if all(i.isascii() and i.isdigit() and len(i) < 19 for i in ids) else ids
    named = ", ".join(ids[:MOST])
    if ids[0].isdigit():
        named = say("rows {names}", names=named) if len(ids) > 1 else say("row {names}", names=named)
    return say("{names} and {n:,} more", names=named, n=len(ids) - MOST) if len(ids) > MOST else named


def _before(run: RunFolder) -> Examples:
    """As the run was started; digests only where it kept them."""
    examples = {row["id"]: (row["set"], "") for row in run.read_table("split.csv")}
    with suppress(InputError):  # it only explains
        examples |= {row["id"]: (examples[row["id"]][0], row.get("digest", "")) for row in run.read_table(FILE)
                     if row.get("id") in examples}
    return examples


def _now(task: Task) -> Examples:
    return {i: (name, digest) for name, split in task.sets.items()
            for i, digest in zip(split.ids, _digests(task, split), strict=True)}


def _digests(task: Task, split: Split) -> Iterator[str]:
    inputs = _inputs(task, split)
    if inputs is None:
        yield from [""] * len(split)
        return
    names = [_told(name) for name in task.classes or ()]
    mark = OF_SUMS if hasattr(split.examples, "marks") else ""
    for content, truth in zip(inputs, split.truth, strict=True):
        found = hashlib.sha256(content)
        found.update(names[int(truth)] if names else _told(to_plain(truth)))
        yield mark + found.hexdigest()[:16]


def _told(plain: Any) -> bytes:
    return json.dumps(plain, ensure_ascii=False, sort_keys=True).encode(errors="surrogateescape")


def _inputs(task: Task, split: Split) -> Iterable[bytes] | None:
    """Each example's inputs as bytes; None where they would have to be read for it."""
    examples = split.examples
    if (marks := getattr(examples, "marks", None)) is not None:
        return (mark.tobytes() for mark in marks)
    if isinstance(examples, TensorDataset) and len(examples.tensors) == 2:
        x = examples.tensors[0].cpu().numpy()
        schema = task.spec.get("schema")
        rows = x if schema is None else _cells(x, schema["columns"])
        return (row.tobytes() for row in rows)
    if isinstance(examples, TensorDataset | TreeDataset):
        return (b"".join(leaf.cpu().contiguous().numpy().tobytes() for leaf in leaves(examples[i][:-1]))
                for i in range(len(examples)))
    return None


def _cells(x: np.ndarray[Any, Any], columns: Sequence[Mapping[str, Any]]) -> np.ndarray[Any, Any]:
    """(m, columns): numbers as they are, levels by what they are called; the columns by name."""
    cells, k = {}, 0
    for column in columns:
        n = len(column["levels"]) or 1
        part = x[:, k:k + n]
        if column["levels"]:
            marks = [hashlib.sha256(level.encode(errors="surrogateescape")).digest()[:8] for level in column["levels"]]
            cells[column["name"]] = np.frombuffer(b"".join(marks), np.int64)[part.argmax(axis=1)]
        else:
            cells[column["name"]] = np.ascontiguousarray(part[:, 0], np.float64).view(np.int64)
        k += n
    return np.stack([cells[name] for name in sorted(cells)], axis=1)
