"""Predictions as files: predictions/<set>.csv with id, truth, predicted, p_<class>, group."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from wengu.core.checks import InputError, nearest
from wengu.core.run_folder import RunFolder
from wengu.core.words import say
from wengu.practice import Records
from wengu.recipes.task import Examples
from wengu.training import outputs_of

ALIASES = {
    "training": "train", "traindev": "train-dev", "train_dev": "train-dev", "training-dev": "train-dev",
    "val": "dev", "valid": "dev", "validation": "dev", "development": "dev", "testing": "test",
}  # fmt: skip
SETS = ("train", "train-dev", "dev", "test")


@dataclass(frozen=True)
class Predicted:
    """One set's predictions: ids, truth and predicted (m,), the probability of the predicted class (m,) or none."""

    ids: tuple[str, ...]
    truth: tuple[str, ...]
    predicted: tuple[str, ...]
    confidence: tuple[float, ...] | None = None
    groups: tuple[str, ...] | None = None

    def records(self) -> Records:
        """For the ledger."""
        return Records(self.truth, self.predicted, self.groups)


def write_predictions(
    run: RunFolder, name: str, model: nn.Module, examples: Examples, classes: tuple[str, ...]
) -> None:
    """Predict one set and write predictions/<set>.csv."""
    p = torch.softmax(outputs_of(model, examples.x), dim=1)
    rows = zip(examples.ids, examples.y.tolist(), p.argmax(dim=1).tolist(), p.tolist(), strict=True)
    groups = examples.groups or ("",) * len(examples)
    run.write_table(
        f"predictions/{name}.csv",
        ("id", "truth", "predicted", *(f"p_{c}" for c in classes), "group"),
        (
            (i, classes[y], classes[y_hat], *(f"{value:.6f}" for value in each), group)
            for (i, y, y_hat, each), group in zip(rows, groups, strict=True)
        ),
    )


def read_predictions(path: Path, *, only: str | None = None) -> dict[str, Predicted]:
    """Predictions by set, from anybody's CSV file with columns truth and predicted, and set unless `only` says it.

    Optional columns: id, group, p_<class>. Raises InputError naming the line, or the column that is missing.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="", restkey="")
            header = [name if name.startswith("p_") else name.strip() for name in reader.fieldnames or []]
            reader.fieldnames = header
            for column in ("truth", "predicted") if only else ("set", "truth", "predicted"):
                if column not in header:
                    raise InputError(
                        say("{path}: expected the columns set, truth and predicted, found {found}; {column} is missing",
                            path=path, found=", ".join(header) or say("an empty file"), column=column)
                    )
            found: dict[str, list[tuple[dict[str, str], int]]] = {}
            for row in reader:
                where = f"{path}:{reader.line_num}"
                name = only or _set_of(row["set"], where)
                if row["truth"] == "" or row["predicted"] == "":
                    raise InputError(say("{where}: truth and predicted must both be given", where=where))
                found.setdefault(name, []).append((row, reader.line_num))
    except FileNotFoundError:
        raise InputError(say("{path}: there is no such file", path=path)) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(say("{path}: expected a CSV file in UTF-8: {error}", path=path, error=error)) from None
    if not found:
        raise InputError(say("{path}: expected predictions, found a header and no rows", path=path))
    return {name: _predicted(found[name], header, path) for name in SETS if name in found}


def _set_of(text: str, where: str) -> str:
    name = text.strip().lower()
    name = ALIASES.get(name, name)
    if name not in SETS:
        near = nearest(name, [*SETS, *ALIASES])
        hint = say("; did you mean {near}?", near=near) if near else ""
        raise InputError(say("{where}: set: expected one of {sets}, got {got!r}{hint}", where=where,
                             sets=", ".join(SETS), got=text, hint=hint))
    return name


def _predicted(rows: list[tuple[dict[str, str], int]], header: list[str], path: Path) -> Predicted:
    confidence: list[float] = []
    for row, line in rows:
        text = row.get(f"p_{row['predicted']}", "")
        try:
            confidence.append(float(text))
        except ValueError:
            if text:
                raise InputError(say("{path}:{line}: p_{name}: expected a number, got {got!r}", path=path, line=line,
                                     name=row["predicted"], got=text)) from None
            break
    groups = tuple(row["group"] for row, _ in rows) if "group" in header else ()
    return Predicted(
        ids=tuple(row.get("id") or str(line) for row, line in rows),
        truth=tuple(row["truth"] for row, _ in rows),
        predicted=tuple(row["predicted"] for row, _ in rows),
        confidence=tuple(confidence) if len(confidence) == len(rows) else None,
        groups=groups if all(groups) and groups else None,
    )
