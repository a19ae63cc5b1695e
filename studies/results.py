"""studies/NAME.json: the results of a study, and what each was made by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studies.study import Study
from wengu.core.files import write_whole
from wengu.core.machine import environment

Made = Mapping[str, Any]  # versions, machine, canary


class Results:
    """What the file holds of the cells that the study declares; one that was made with other settings is not held."""

    def __init__(self, study: Study, file: Path) -> None:
        self.study, self.file = study, file
        self.there = file.exists()
        found = json.loads(file.read_text(encoding="utf-8")) if self.there else {"cells": {}, "made": []}
        self.made: list[Made] = found["made"]
        self.cells: dict[str, dict[str, Any]] = {
            name: found["cells"][name] for name, settings in study.cells.items()
            if name in found["cells"] and found["cells"][name]["settings"] == settings
        }

    @property
    def missing(self) -> list[str]:
        """The cells that are not there."""
        return [name for name in self.study.cells if name not in self.cells]

    def stale(self, digits: Mapping[str, float]) -> dict[str, list[str]]:
        """The cells that were made when the canary gave other digits, and which."""
        differ = [self.study.differences(made["canary"], digits) for made in self.made]
        return {name: differ[cell["made"]] for name, cell in self.cells.items() if differ[cell["made"]]}

    def put(self, name: str, result: Any, *, seconds: float, made: Made) -> None:
        """One cell more, and the file anew, whole or not at all."""
        alike = (k for k, other in enumerate(self.made) if same(self.study, other, made))
        place = next(alike, len(self.made))
        if place == len(self.made):
            self.made.append(made)
        self.cells[name] = {"settings": dict(self.study.cells[name]), "result": result, "seconds": seconds,
                            "made": place}
        self.write()

    def write(self) -> None:
        """The file, without what made nothing that is still there."""
        used = sorted({cell["made"] for cell in self.cells.values()})
        self.made = [self.made[k] for k in used]
        self.cells = {name: self.cells[name] | {"made": used.index(self.cells[name]["made"])}
                      for name in self.study.cells if name in self.cells}
        content = {"study": self.study.name, "cells": self.cells, "made": self.made}
        whole = not self.missing and not (self.made and self.stale(self.made[-1]["canary"]))
        if self.study.summary and whole:
            content["summary"] = self.study.summary({name: cell["result"] for name, cell in self.cells.items()})
        write_whole(self.file, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def here(digits: Mapping[str, float]) -> Made:
    """What a result that is made here and now is made by."""
    import torch

    from wengu.training.precision import has_bf16_units

    facts, cpu = environment(), torch.device("cpu")
    machine = {"processor": facts["processor"], "cores": facts["cores"],
               "kernels": torch.backends.cpu.get_cpu_capability(), "bf16": has_bf16_units(cpu)}
    if torch.cuda.is_available():
        machine["gpu"] = torch.cuda.get_device_name()
    return {"versions": {"python": facts["python"], **facts["packages"]}, "machine": machine, "canary": dict(digits)}


def same(study: Study, made: Made, other: Made) -> bool:
    """Whether both are by the same versions and machine, and the canary's digits are equal."""
    alike = all(made[key] == other[key] for key in ("versions", "machine"))
    return alike and not study.differences(made["canary"], other["canary"])
