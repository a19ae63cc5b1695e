"""What `fit` and the processes that it starts say to each other, in files of a folder that $WENGU_EXCHANGE names.

    request.toml      [settings] and [came_from], as in a run's config.toml; quiet              by the parent
    answer.json       {"path": RUN}, or the error that starting again cannot fix                by the processes
    failed-<r>.txt    how process r died, if not by a signal

The processes run the command of a person under torchrun, `wengu fit NAME --config FOLDER/request.toml`. What the folder
adds: whose the settings are, that the parent shows the card, and that an error ends all of them at once.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wengu.core.checks import InputError
from wengu.core.files import write_whole
from wengu.core.printable import kept_all, printable_lines, restored_all

EXCHANGE = "WENGU_EXCHANGE"
GRACE = 5.0  # seconds for another process to say why it left


@dataclass(frozen=True)
class Exchange:
    """The folder, from either side."""

    folder: Path

    @classmethod
    def of_this_process(cls) -> Exchange | None:
        """That of the `fit` which started this process; None in one that a person started, or torchrun by hand."""
        return cls(Path(os.environ[EXCHANGE])) if {EXCHANGE, "TORCHELASTIC_RUN_ID"} <= os.environ.keys() else None

    @property
    def request(self) -> Path:
        """The file that `--config` reads."""
        return self.folder / "request.toml"

    def ask(self, settings: Mapping[str, Any], came_from: Mapping[str, str], *, quiet: bool) -> None:
        """Write down for the processes which settings were asked for, and where each came from."""
        import tomli_w

        tables = {name: {key.rstrip("_"): value for key, value in table.items()}
                  for name, table in (("settings", settings), ("came_from", came_from))}
        self.request.write_text(tomli_w.dumps(kept_all({"quiet": quiet, **tables})), encoding="utf-8")

    def asked(self, settings: Iterable[str]) -> tuple[dict[str, str], bool]:
        """Where each of these settings came from, and whether to be quiet."""
        import tomllib

        request = tomllib.loads(self.request.read_text(encoding="utf-8"))
        came_from = restored_all(request["came_from"])
        return {name: came_from.get(name.rstrip("_"), "call") for name in settings}, request["quiet"]

    def answer(self, result: Path | InputError | OSError) -> None:
        """Say what has become of it."""
        write_whole(self.folder / "answer.json", json.dumps(_to_json(result)))

    def answered(self, *, within: float = 0.0) -> bool:
        """Whether one of the processes has said it, or does so within some seconds."""
        until = time.monotonic() + within
        while not (found := (self.folder / "answer.json").exists()) and time.monotonic() < until:
            time.sleep(0.1)
        return found

    def result(self) -> Path:
        """The run's folder. Raises the error that was answered; KeyboardInterrupt where nothing was."""
        if not self.answered():
            raise KeyboardInterrupt
        return _from_json(json.loads((self.folder / "answer.json").read_text(encoding="utf-8")))

    def died(self, trace: str) -> None:
        """Leave word of how this process died."""
        (self.folder / f"failed-{os.environ['RANK']}.txt").write_text(printable_lines(trace), encoding="utf-8")

    def deaths(self) -> list[str]:
        """The traces that processes left as they died, by rank."""
        return [path.read_text(encoding="utf-8") for path in sorted(self.folder.glob("failed-*.txt"))]


def _to_json(result: Path | InputError | OSError) -> dict[str, Any]:
    if isinstance(result, Path):
        return {"path": str(result)}
    if isinstance(result, OSError):
        return {"errno": result.errno, "strerror": result.strerror or str(result),
                "filename": str(result.filename or "")}
    from wengu.training import Diverged

    return {"error": str(result), "diverged": isinstance(result, Diverged)}


def _from_json(answer: Mapping[str, Any]) -> Path:
    if "path" in answer:
        return Path(answer["path"])
    if "errno" in answer:
        raise OSError(answer["errno"], answer["strerror"], *filter(None, [answer["filename"]]))
    from wengu.training import Diverged

    raise (Diverged if answer["diverged"] else InputError)(answer["error"])
