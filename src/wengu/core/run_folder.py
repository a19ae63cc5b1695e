"""The run folder, format 2: everything a run is, in files that other programs read too.

    run.json           format, recipe, network, seed, precision, world size: what resume and load need; metric (name,
                       direction, scale, unit, worth); task, a hash that runs of the same task share; spec; files; sums
    config.toml        every setting, and where its value came from
    environment.json   versions and machine
    split.csv          id, set, source, group
    examples.csv       id, set, digest: what tells each example from a changed one
    parameters.json    every parameter and buffer of the network: name, shape, type
    sets.json          whether dev is like train, and test like dev once it was opened, and what differs
    baseline.json      what the nearest class mean answers on dev
    preflight.json     what was checked before training: name, verdict, words, advice
    metrics.jsonl      one JSON object a line; the trainer alone appends; an unfinished last line is ignored
    control.jsonl      asked of a live run, {"set": {"lr": 0.01}}, each stamped by the trainer, {"taken": 0, "step": 9}
    checkpoints/<step>/{model.safetensors, state.pt, sha256}
    predictions/<set>.csv where there are classes, else <set>.jsonl; ledger.json, report.html, model.onnx, lock
    files that the task brings, such as a vocabulary; run.json has their SHA-256

Runs of format 1, which had classes and an error alone, are read as they are.
    tensorboard/       a mirror of metrics.jsonl, where it was asked for
"""

from __future__ import annotations

import errno
import stat
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import filelock
import tomli_w

from wengu.core import disk
from wengu.core.checks import InputError, nearest
from wengu.core.files import make_folders, sha256, sweep, whole_folder
from wengu.core.i18n import say
from wengu.core.machine import environment
from wengu.core.printable import kept_all
from wengu.core.rights import may_look
from wengu.core.run_files import RunFiles
from wengu.core.run_reader import SPLIT, is_run
from wengu.core.safe_read import is_file

FORMAT = 2
LOOK = 1.0  # seconds: another process may look for a moment whether the run is written


class TakenError(InputError):
    """There is something where a run was to be made."""

    def __init__(self, path: Path) -> None:
        if (path / "run.json").exists():
            text = say("{path} holds a run already; continue it with --resume, or give another --name", path=path)
        else:
            text = say("{path} is there already and is not a run; give another --name", path=path)
        super().__init__(text)


class RunFolder(RunFiles):
    """A run folder on the disk. Making the object touches nothing; `create` and `open` do.

    >>> import tempfile
    >>> run = RunFolder.create(Path(tempfile.mkdtemp()) / "first", recipe="pictures", network="lenet5", seed=0)
    >>> run.append_metric({"step": 1, "cost": 2.3}); RunFolder.open(run.path).metrics()
    [{'step': 1, 'cost': 2.3}]
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._lock: filelock.BaseFileLock | None = None

    @classmethod
    def create(
        cls,
        path: Path | str,
        *,
        settings: Mapping[str, Any] | None = None,
        came_from: Mapping[str, str] | None = None,
        split: Iterable[Sequence[str]] = (),
        tables: Mapping[str, tuple[Sequence[str], Iterable[Sequence[Any]]]] | None = None,
        files: Mapping[str, bytes] | None = None,
        **facts: Any,
    ) -> RunFolder:
        """A new run folder with run.json, environment.json, config.toml, split.csv and the task's own files, or none.

        tables: other CSV files by name, each a header and its rows.

        Raises TakenError where something is there already, though it came there a moment ago.
        """
        path = Path(path)
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise TakenError(path)
        _make_private(path.parent)
        sweep(path.parent, older_than=3600)
        try:
            with whole_folder(path, replace=False, mode=_mode_in(path.parent)) as part:
                run = cls(part)
                make_folders(part / "checkpoints")
                make_folders(part / "predictions")
                run.write_json("environment.json", environment())
                run.write_settings(settings or {}, came_from or {})
                for name, (header, rows) in {"split.csv": (SPLIT, split), **(tables or {})}.items():
                    run.write_table(name, header, rows)
                created = datetime.now().astimezone().isoformat()
                facts["files"] = run.keep(files or {})
                run.write_json("run.json", {"format": FORMAT, "created": created, **facts})
        except OSError as error:
            if error.errno in (errno.EEXIST, errno.ENOTEMPTY):
                raise TakenError(path) from None
            raise
        return cls(path)

    @classmethod
    def open(cls, path: Path | str) -> RunFolder:
        """The run folder that is there.

        Raises InputError where there is none, or one of a newer format than this wengu knows; PermissionError where it
        may not be looked into.
        """
        run = cls(Path(path))
        if not is_run(run.path):
            may_look(run.path / "run.json")
            siblings = [p.name for p in run.path.parent.glob("*") if is_run(p)]
            near = nearest(run.path.name, siblings)
            hint = say("; did you mean {near}?", near=run.path.parent / near) if near else ""
            raise InputError(say("{path} is not a run folder (it has no run.json){hint}", path=path, hint=hint))
        found = run.facts().get("format")
        if type(found) is not int or found < 1:
            raise InputError(say("{path} does not say which run format it has", path=run.path / "run.json"))
        if found > FORMAT:
            raise InputError(
                say("{path} has run format {found}, and this wengu reads formats up to {known}; update wengu to read "
                    "it",
                    path=path, found=found, known=FORMAT)
            )
        return run

    def keep(self, files: Mapping[str, bytes]) -> dict[str, str]:
        """Write what a task brings, and give the SHA-256 of each file."""
        for name, content in files.items():
            make_folders((self.path / name).parent)
            self.write(name, content)
        return {name: sha256(self.path / name) for name in files}

    # -- facts and settings -------------------------------------------------------------------------------------------

    def note(self, **facts: Any) -> None:
        """Write these facts into run.json, beside those that are there."""
        self.write_json("run.json", self.facts() | facts)

    def note_sum(self, name: str, sha256: str | None) -> None:
        """Remember the sum of a file of the run, which whoever reads it compares; None forgets it."""
        before = self.facts().get("sums", {})
        sums = {**before, name: sha256} if sha256 else {one: kept for one, kept in before.items() if one != name}
        if sums != before:
            self.note(sums=sums)

    def write_settings(self, settings: Mapping[str, Any], came_from: Mapping[str, str]) -> None:
        """config.toml: [settings], which `--config` reads again, and [came_from]. None is left out.

        The name of a field that ends in an underscore, as `from_`, is a keyword of Python alone: here it is `from`.
        """
        given = {name.rstrip("_"): value for name, value in settings.items() if value is not None}
        origin = {name.rstrip("_"): source for name, source in came_from.items()}
        self.write("config.toml", tomli_w.dumps(kept_all({"settings": given, "came_from": origin})))

    # -- metrics.jsonl ----------------------------------------------------------------------------------------------

    def append_metric(self, row: Mapping[str, Any]) -> None:
        """One line more in metrics.jsonl."""
        self.append_line("metrics.jsonl", row)

    def metrics_offset(self) -> int:
        """How many bytes metrics.jsonl has: a checkpoint keeps this number."""
        path = self.path / "metrics.jsonl"
        return path.stat().st_size if path.exists() else 0

    def cut_metrics(self, offset: int) -> None:
        """Forget the lines that came after a checkpoint."""
        path = self.path / "metrics.jsonl"
        if path.exists() and path.stat().st_size > offset:
            with disk.File(path, "r+") as file:
                file.truncate(offset)

    # -- one writer ---------------------------------------------------------------------------------------------------

    def __enter__(self) -> RunFolder:
        """Take the run for writing, and clear away what a killed writer left half done.

        Raises InputError where another process is writing it. The system frees the lock of a killed process.
        """
        lock = filelock.FileLock(self.path / "lock")
        try:
            lock.acquire(timeout=LOOK)
        except filelock.Timeout:
            raise InputError(say("{path} is being written by another process; wait for it or stop it",
                                 path=self.path)) from None
        self._lock = lock
        for folder in (self.path, self.path / "checkpoints", self.path / "predictions"):
            make_folders(folder)
            sweep(folder)
        return self

    def is_written(self) -> bool:
        """Whether a process holds the run for writing now; of another user's nobody can tell, and it is not said."""
        if not is_file(self.path / "lock"):
            return False
        try:
            with filelock.FileLock(self.path / "lock", blocking=False):
                return False
        except filelock.Timeout:
            return True
        except OSError:
            return False

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None


def _make_private(folder: Path) -> None:
    """The folder of runs, where there is none: nobody else's. One that is there stays as its user wants it."""
    is_new = not folder.exists()
    make_folders(folder)
    if is_new:
        folder.chmod(0o700)


def _mode_in(folder: Path) -> int:
    """A run is its user's alone; in a folder that a group writes to, and not everybody, it is the group's too."""
    return 0o770 | stat.S_ISGID if folder.stat().st_mode & 0o022 == 0o020 else 0o700
