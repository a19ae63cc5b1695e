"""Fill what is missing of a study within a budget, and say what is stale.

    .work/NAME/CELL/cell.json   settings, what it is made by, seconds spent: of a cell that is under way
    .work/NAME/CELL/files       the folder that its function is given, again where it was stopped
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import filelock

from studies.process import DiedError, StoppedError, in_process
from studies.results import Made, Results, here, same
from studies.study import Study, plain, significant
from wengu.core.files import write_whole

CANARY = 120.0  # of one processor, at most
PATIENCE = 600.0  # seconds by the clock, for a canary on a busy machine


def digits_of(study: Study) -> dict[str, float]:
    """The canary's digits here and now. Raises DiedError where it fails or takes too long."""
    try:
        digits, seconds = in_process(_canary, study.canary, seconds=PATIENCE)
    except StoppedError:
        digits, seconds = {}, PATIENCE
    if seconds > CANARY:
        raise DiedError(f"it takes {seconds:.0f} s, at most {CANARY:.0f} are allowed")
    return {key: significant(value) for key, value in digits.items()}


def check(study: Study, home: Path) -> tuple[list[str], list[str]]:
    """Lines on what is stale, and on what is only missing."""
    results = Results(study, home / f"{study.name}.json")
    again = f"make study NAME={study.name}"
    if not results.there:
        return [f"{study.name}: there are no results; make them: {again}"], []
    try:
        stale = results.stale(digits_of(study))
    except DiedError as error:
        return [f"{study.name}: the canary has failed: {error}"], []
    n = len(study.cells)
    faults = [f"{study.name} is stale ({len(stale)} of {n} cells): the canary's {'; '.join(differences)}, and digits "
              f"are equal within {study.tolerance:g}; make them anew: {again}"
              for differences in list(stale.values())[:1]]
    missing = [f"{study.name}: {len(results.missing)} of {n} cells are missing; {again}"]
    return faults, missing if results.missing else []


def fill(study: Study, home: Path, *, left: Callable[[], float], commit: bool = False) -> bool:
    """Run the cells that are missing or stale while seconds are left; False where one failed.

    Raises KeyboardInterrupt where it was stopped, with everything kept, and filelock.Timeout where another does it.
    """
    work = home / ".work" / study.name
    work.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(work / "lock", timeout=0):
        results = Results(study, home / f"{study.name}.json")
        try:
            made = here(digits_of(study))
        except DiedError as error:
            print(f"{study.name}: the canary has failed: {error}", flush=True)
            return False
        failed = 0
        for cell in (*results.missing, *results.stale(made["canary"])):
            if left() <= 0:
                break
            try:
                result, seconds = _run(study, cell, work / cell, made, left())
            except DiedError as error:
                print(f"{study.name} {cell}: it has failed: {error}", flush=True)
                failed += 1
            except StoppedError:
                print(f"{study.name} {cell}: stopped; the next time goes on with it", flush=True)
            else:
                results.put(cell, result, seconds=seconds, made=made)
                shutil.rmtree(work / cell)
                print(f"{study.name} {cell}: {seconds} s  {json.dumps(result, ensure_ascii=False)[:200]}", flush=True)
                if commit:
                    _commit(results.file, f"Study {study.name}: {cell}")
        to_go = len(results.missing) + len(results.stale(made["canary"]))
        print(f"{study.name}: {len(study.cells) - to_go} of {len(study.cells)} cells", flush=True)
        return not failed


def _run(study: Study, cell: str, folder: Path, made: Made, left: float) -> tuple[Any, float]:
    """The result of one cell, and the seconds that it took in all. Raises StoppedError and DiedError."""
    settings, most = study.cells[cell], 60 * study.minutes
    spent = _resumed(study, folder, settings, made)
    began = time.monotonic()
    try:
        result = in_process(_cell, study.run, folder / "files", settings, seconds=min(left, most - spent))
        return result, round(spent + time.monotonic() - began, 1)
    except StoppedError:
        if spent + time.monotonic() - began < most:
            raise
        raise DiedError(f"it takes more than {study.minutes:g} minutes; make smaller cells of it") from None
    finally:
        about = {"settings": settings, "made": made, "spent": spent + time.monotonic() - began}
        write_whole(folder / "cell.json", json.dumps(about))


def _resumed(study: Study, folder: Path, settings: Mapping[str, Any], made: Made) -> float:
    """The seconds that went into the cell's folder; 0 and an empty one where it is new, or other code or settings'."""
    file = folder / "cell.json"
    about = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
    if about and about["settings"] == settings and same(study, about["made"], made):
        return float(about["spent"])
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "files").mkdir(parents=True)
    write_whole(file, json.dumps({"settings": settings, "made": made, "spent": 0.0}))
    return 0.0


def _cell(run: Callable[..., Any], folder: Path, settings: Mapping[str, Any]) -> Any:
    return plain(run(folder, **settings), "result")


def _canary(canary: Callable[[Path], Mapping[str, float]]) -> tuple[dict[str, float], float]:
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        return plain(dict(canary(Path(folder))), "digits"), time.process_time() - began


def _commit(file: Path, subject: str) -> None:
    for words in (["add", file.name], ["commit", "--quiet", "--message", subject, "--", file.name]):
        subprocess.run(["git", *words], cwd=file.parent, check=True)
