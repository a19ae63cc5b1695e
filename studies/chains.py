"""Does following the advice lead back? Six bad starts on the sample, and each time the first command of the card.

    default      what the recipe reaches without any setting
    start        a run with one bad setting, or with 300 pictures alone; then the first `wengu fit` command of each
                 card, four times at most, all in one folder

A chain ends where only more data is advised, or where there is no command. No command may come twice.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from PIL import Image

import wengu
from studies.study import Study, significant
from studies.training import steps_on_sample
from wengu.data import load
from wengu.project import diagnose_run

STARTS: dict[str, dict[str, Any]] = {
    "default": {}, "l2-0.3": {"l2": 0.3}, "dropout-0.9": {"dropout": 0.9}, "lr-1e-5": {"lr": 1e-5},
    "lr-0.3": {"lr": 0.3}, "one-epoch": {"epochs": 1}, "300-pictures": {},
}
MOST, WITHIN = 4, 0.02
ONLY_DATA = "Of what can be tried here only more data is left."


def chain(folder: Path, *, start: dict[str, Any], few: int = 0) -> dict[str, Any]:
    """The dev error of each run, and the commands between them."""
    shutil.rmtree(folder, ignore_errors=True)  # half a chain is made again
    runs = folder / "runs"
    given = start | ({"data": str(_few(folder / "few", few))} if few else {})
    card = wengu.fit("lenet5", runs=runs, quiet=True, came_from=dict.fromkeys(given, "flag"), **given).card
    errors, only_data = [_dev(card)], False
    commands: list[str] = []
    todo: list[str] = []
    while start or few:
        only_data = any(step.what == ONLY_DATA for step in card.steps)  # type: ignore[union-attr]
        todo = [step.command for step in card.steps if step.command.startswith("wengu fit")]  # type: ignore[union-attr]
        if only_data or not todo or "--data fashion-mnist" in todo[0] or len(commands) == MOST:
            break
        commands.append(todo[0])
        subprocess.run([sys.executable, "-m", *shlex.split(todo[0])], check=True, capture_output=True)
        newest = max(runs.iterdir(), key=lambda path: (path / "run.json").stat().st_mtime)
        card = diagnose_run(newest)
        errors.append(_dev(card))
    more_data = bool(todo) and "--data fashion-mnist" in todo[0]
    return {"errors": errors, "commands": [one.replace(str(folder), "FOLDER") for one in commands],
            "only_data": only_data or more_data}


def _dev(card: Any) -> float:
    return significant(next(row.value for row in card.ledger.rows if row.set == "dev"), 4)


def _few(folder: Path, n: int) -> Path:
    """So many pictures of the sample, in class folders: the same of each class."""
    sample = load("sample")
    for label, name in enumerate(sample.classes):
        (folder / name.replace("/", " ")).mkdir(parents=True)
        for i in (sample.labels == label).nonzero()[0][: n // len(sample.classes)]:
            Image.fromarray(sample.pixels[i, 0]).save(folder / name.replace("/", " ") / f"{i}.png")
    return folder


def canary(folder: Path) -> dict[str, float]:
    """A few steps of the network."""
    return steps_on_sample(folder, "lenet5")


def summary(results: dict[str, Any]) -> dict[str, Any]:
    """Of each start how many commands it took to come within two points of the default, or what was left."""
    goal = results["default"]["errors"][0] + WITHIN
    told: dict[str, Any] = {}
    for name, found in results.items():
        if name != "default":
            near = [k for k, error in enumerate(found["errors"]) if error <= goal]
            told[name] = {"commands": near[0] if near else None, "best": min(found["errors"]),
                          "only_data": found["only_data"], "twice": len({*found["commands"]}) < len(found["commands"])}
    return told


STUDY = Study("chains", cells={name: {"start": start, "few": 300 if name == "300-pictures" else 0}
                               for name, start in STARTS.items()}, run=chain, canary=canary, summary=summary)
