"""A few named files out of an archive that came from outside, and nothing else.

    .deb        an `ar` of three members, of which data.tar.{xz,gz,zst} holds the files
    .tgz        a tar (npm)
    .whl        a zip (pip)

Nothing is ever extracted by the archive's own word. The caller names the members that it wants and gives each file's
length and SHA-256; those bytes alone are read, and written under the caller's names. An archive is refused whole if
a member's path is absolute or climbs (`../`), if a wanted member is a link or a device, if it unpacks to more than it
should, or if a sum differs.
"""

from __future__ import annotations

import gzip
import hashlib
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from wengu.core.i18n import say
from wengu.core.regular_file import open_regular

MOST_UNPACKED = 1 << 30
"""All members of an archive together; above it, it is taken for a bomb."""

CHUNK = 1 << 20

Tick = Callable[[int], None]
"""Called with the number of bytes just written."""


class Refused(Exception):
    """The archive or file is not what it should be; the message is one sentence."""


@dataclass(frozen=True)
class Inner:
    """A file of an entry: its name in the cache, its length and the SHA-256 of its uncompressed bytes."""

    name: str
    size: int
    sha256: str


def unpack(archive: Path, wanted: Mapping[str, Inner], into: Path, tick: Tick | None = None) -> None:
    """Write the wanted members, named by their path in the archive, into the folder. A path ending .gz is gunzipped.

    Raises: Refused; what was written before that is the caller's to throw away.
    """
    missing = dict(wanted)
    with _damage_refused(archive.name), open_regular(archive) as file:
        if archive.suffix == ".whl":
            members = _zip_members(file, missing)
        elif archive.suffix == ".deb":
            members = _tar_members(_data_of_deb(file), missing)
        else:
            members = _tar_members(file, missing)
        for path, content in members:
            pour(content, missing.pop(path), into, gzipped=path.endswith(".gz"), tick=tick)
    if missing:
        raise Refused(say("{archive} does not hold {path}", archive=archive.name, path=next(iter(missing))))


def pour(source: IO[bytes], inner: Inner, into: Path, *, gzipped: bool = False, tick: Tick | None = None) -> None:
    """Write one file, stopping at the first byte too many, and check it.

    Raises: Refused if it is longer or has another SHA-256 than the catalogue says.
    """
    digest, length = hashlib.sha256(), 0
    with (into / inner.name).open("xb") as target, _damage_refused(inner.name):
        content: IO[bytes] = gzip.GzipFile(fileobj=source) if gzipped else source  # type: ignore[assignment]
        while chunk := content.read(CHUNK):
            length += len(chunk)
            if length > inner.size:
                raise Refused(say("{name} is longer than {size} {size:byte|bytes}", name=inner.name, size=inner.size))
            digest.update(chunk)
            target.write(chunk)
            if tick:
                tick(len(chunk))
    if digest.hexdigest() != inner.sha256:
        raise Refused(say("{name} does not have the SHA-256 that the catalogue gives", name=inner.name))


def _tar_members(file: IO[bytes], wanted: Container[str]) -> Iterator[tuple[str, IO[bytes]]]:
    """Each wanted member as the tar streams by; the rest is skipped unread."""
    total = 0
    with tarfile.open(fileobj=file, mode="r|*") as tar:
        for member in tar:
            total += member.size
            path = _checked(member.name, total)
            if path not in wanted:
                continue
            content = tar.extractfile(member) if member.isreg() else None
            if content is None:
                raise Refused(say("{path} is not a plain file", path=path))
            yield path, content


def _zip_members(file: IO[bytes], wanted: Container[str]) -> Iterator[tuple[str, IO[bytes]]]:
    total = 0
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            total += member.file_size
            path = _checked(member.filename, total)
            if path not in wanted:
                continue
            kind = member.external_attr >> 28  # the file type of a Unix mode; 0 where the maker wrote none
            if member.is_dir() or kind not in (0, 0o10):
                raise Refused(say("{path} is not a plain file", path=path))
            with archive.open(member) as content:
                yield path, content


def _data_of_deb(file: IO[bytes]) -> IO[bytes]:
    """The file, placed at the start of data.tar.*: in an `ar`, 60 bytes of header stand before each member."""
    if file.read(8) != b"!<arch>\n":
        raise Refused(say("not a Debian package"))
    while len(header := file.read(60)) == 60:
        if header.startswith(b"data.tar"):
            return file
        length = int(header[48:58])
        file.seek(length + length % 2, 1)  # members start at even places
    raise Refused(say("a Debian package without data"))


def _checked(name: str, total: int) -> str:
    """The member's path without a leading './'."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        raise Refused(say("it has a member called {name!r}, which leads out of its folder", name=name))
    if total > MOST_UNPACKED:
        raise Refused(say("it unpacks to more than {most} MB", most=MOST_UNPACKED >> 20))
    return str(path)


@contextmanager
def _damage_refused(name: str) -> Iterator[None]:
    """What the unpackers of the standard library raise over damaged bytes, as one kind of error."""
    try:
        yield
    except (tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, gzip.BadGzipFile, EOFError,
            ValueError, NotImplementedError, RuntimeError) as error:
        raise Refused(say("{name} is damaged or of a kind that this Python cannot unpack: {error}", name=name,
                          error=error)) from error
