"""Predictions written as files, a mini-batch at a time, so that no set's outputs are ever held whole.

    predictions/<set>.csv      where there are classes: id, truth, predicted, p_<class>, group; any program reads it;
                               of more than 100 classes p of the ten likeliest and of the true one, the others empty
    predictions/<set>.jsonl    else: {"id", "truth", "predicted", "group", ...} with whatever columns the task answers
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
from torch import nn

from wengu.core.files import remove_files, whole_file
from wengu.core.run_folder import RunFolder
from wengu.core.run_sums import Summed
from wengu.core.spreadsheet import guarded
from wengu.recipes.task import Split, Task, to_plain
from wengu.training import answers_of

JUDGED = ("train", "train-dev", "dev")  # when a run ends; test is sealed
FORMS = ("csv", "jsonl")
MANY, BEST = 100, 10  # classes: 1,500 probabilities an example, nearly all of them 0, are 14 kB a line


def write_predictions(
    run: RunFolder,
    name: str,
    model: nn.Module,
    task: Task,
    *,
    size: int | None = None,
    cast: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> None:
    """Predict a set of the task and write it; `size` is how many examples go through the model at once."""
    split = task.sets[name]
    answers = answers_of(model, split.examples, task.predict, size=size, cast=cast)
    lines = _of_classes(split, task.classes, answers) if task.classes is not None else _of_any(split, answers)
    form = FORMS[task.classes is None]
    path, pieces = f"predictions/{name}.{form}", Summed(lines)
    run.note_sum(path, None)
    with whole_file(run.path / path) as file:
        file.writelines(pieces)
    run.note_sum(path, pieces.sha256)
    remove_files(run.path / "predictions" / f"{name}.{FORMS[task.classes is not None]}")


def remove_predictions(run: RunFolder, *names: str) -> None:
    """Forget what was predicted for these sets."""
    remove_files(*(run.path / "predictions" / f"{name}.{form}" for name in names for form in FORMS))


def _of_classes(
    split: Split, classes: tuple[str, ...], answers: Iterator[tuple[list[int], dict[str, Any]]]
) -> Iterator[str]:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("id", "truth", "predicted", *(f"p_{c}" for c in classes), "group"))
    yield text.getvalue()
    for index, columns in answers:
        text.seek(0)
        text.truncate()
        best = _best(columns["p"])
        for i, k, p, kept in zip(index, columns["predicted"], columns["p"].tolist(), best, strict=True):
            group, truth = split.groups[i] if split.groups else "", split.truth[i]
            shares = [""] * len(p) if kept is not None else [f"{one:.6f}" for one in p]
            for c in () if kept is None else {truth, int(k), *kept}:
                shares[c] = f"{p[c]:.6f}"
            writer.writerow((*map(guarded, (split.ids[i], classes[truth], classes[k])), *shares, guarded(group)))
        yield text.getvalue()


def _best(p: Any) -> list[list[int] | None]:
    """The likeliest classes of each example, p (B, C); None where all are written."""
    p = np.asarray(p)
    if p.shape[1] <= MANY:
        return [None] * len(p)
    found: list[list[int] | None] = np.argpartition(p, -BEST, axis=1)[:, -BEST:].tolist()
    return found


def _of_any(split: Split, answers: Iterator[tuple[list[int], dict[str, Any]]]) -> Iterator[str]:
    for index, columns in answers:
        for k, i in enumerate(index):
            row = {"id": split.ids[i], "truth": to_plain(split.truth[i]),
                   **{name: to_plain(values[k]) for name, values in columns.items()}}
            yield json.dumps(row | ({"group": split.groups[i]} if split.groups else {}), ensure_ascii=False) + "\n"
