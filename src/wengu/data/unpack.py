"""A few named files out of an archive that came from outside, and nothing else.

    .deb        an `ar` of three members, of which data.tar.{xz,gz,zst} holds the files
    .tgz        a tar (npm)
    .whl, .zip  a zip (pip, and what hosts of repositories pack)

Nothing is ever extracted by the archive's own word. The caller names the members that it wants and gives each file's
length and SHA-256; those bytes alone are read, and written under the caller's names. An archive is refused whole if
a member's path is absolute or climbs (`../`), has a drive or letters that cannot be printed, if a wanted member is a
link or a device, if it unpacks to more than it should, or if a sum differs.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import lzma
import re
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Self, cast

from wengu.core.i18n import say
from wengu.core.regular_file import open_regular

MOST_UNPACKED = 1 << 30
"""All members of an archive together; above it, it is taken for a bomb."""

MOST_OF_XZ = 128 << 20
"""Bytes that unpacking xz may take; packed with -9 it takes 65 MB."""

MOST_NAME, MOST_SHOWN = 4096, 80  # letters

CHUNK = 1 << 20

_ABOUT_THE_NEXT = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE,
                   tarfile.SOLARIS_XHDTYPE)
_XZ = b"\xfd7zXZ\x00"
_AR_LENGTH = re.compile(rb"([0-9]{1,10}) *`\n")
_DRIVE = re.compile(r"[A-Za-z]:")

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
    with damage_refused(archive.name), open_regular(archive) as file:
        for path, content in members_of(archive.name, file, missing):
            pour(content, missing.pop(path), into, gzipped=path.endswith(".gz"), tick=tick)
    if missing:
        raise Refused(say("{archive} does not hold {path}", archive=archive.name, path=next(iter(missing))))


def members_of(name: str, file: IO[bytes], wanted: Container[str]) -> Iterator[tuple[str, IO[bytes]]]:
    """Path and content of each wanted member of an archive of this name, in its own order. Raises: Refused."""
    if name.endswith((".whl", ".zip")):
        return _zip_members(file, wanted)
    return _tar_members(_data_of_deb(file) if name.endswith(".deb") else file, wanted)


def pour(source: IO[bytes], inner: Inner, into: Path, *, gzipped: bool = False, tick: Tick | None = None) -> None:
    """Write one file, stopping at the first byte too many, and check it.

    Raises: Refused if it is longer or has another SHA-256 than the catalogue says.
    """
    digest, length = hashlib.sha256(), 0
    with (into / inner.name).open("xb") as target, damage_refused(inner.name):
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
    with tarfile.open(fileobj=_tar_stream(file), mode="r|*", tarinfo=_Header) as tar:
        for member in tar:
            total += member.size
            path = _checked(member.name, total)
            if path not in wanted:
                continue
            content = tar.extractfile(member) if member.isreg() else None
            if content is None:
                raise Refused(say("{path} is not a plain file", path=path))
            yield path, content


class _Header(tarfile.TarInfo):
    """A header whose length is none below 0, and, where it tells of the next by a long name and the like, is short."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        found = super().frombuf(buf, encoding, errors)
        if found.size < 0 or (found.size > CHUNK and found.type in _ABOUT_THE_NEXT):
            raise Refused(say("a member's header says that it has {size} {size:byte|bytes}", size=found.size))
        return found


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
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others may ask for any memory
                raise Refused(say("{path} is packed as no wheel is", path=path))
            with archive.open(member) as content:
                yield path, content


def _data_of_deb(file: IO[bytes]) -> IO[bytes]:
    """The file, placed at the start of data.tar.*: in an `ar`, 60 bytes of header stand before each member."""
    if file.read(8) != b"!<arch>\n":
        raise Refused(say("not a Debian package"))
    end = file.seek(0, 2)
    at = 8
    while at + 60 <= end:
        file.seek(at)
        header = file.read(60)
        said = _AR_LENGTH.fullmatch(header, 48)
        length = int(said[1]) if said else end
        if (at := at + 60) + length > end:
            raise Refused(say("a Debian package whose member at byte {at} has no length, or one beyond its end",
                              at=at - 60))
        if header.startswith(b"data.tar"):
            return cast(IO[bytes], _Part(file, length))
        at += length + length % 2  # members start at even places
    raise Refused(say("a Debian package without data"))


class _Part:
    """So many bytes of a file, from where it stands."""

    def __init__(self, file: IO[bytes], length: int) -> None:
        self.file, self.left = file, length

    def read(self, size: int = -1) -> bytes:
        few = self.file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(few)
        return few


def _tar_stream(file: IO[bytes]) -> IO[bytes]:
    """What is packed in xz, whose header may ask for 4 GB, through an unpacker that takes 128 MB; else the file."""
    first = file.read(len(_XZ))
    whole = _Joined(first, file)
    return cast(IO[bytes], _Xz(whole) if first == _XZ else whole)


class _Joined:
    """Bytes that were read already, and then the rest of the file."""

    def __init__(self, first: bytes, file: IO[bytes]) -> None:
        self.first, self.file = first, file

    def read(self, size: int) -> bytes:
        few, self.first = self.first[:size], self.first[size:]
        return few + (self.file.read(size - len(few)) if len(few) < size else b"")


class _Xz:
    """The unpacked bytes of a stream of xz."""

    def __init__(self, file: _Joined) -> None:
        self.file, self.xz = file, lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MOST_OF_XZ)

    def read(self, size: int) -> bytes:
        parts = []
        while size and not self.xz.eof:
            packed = self.file.read(1 << 16) if self.xz.needs_input else b""
            if self.xz.needs_input and not packed:
                raise EOFError(say("it ends too early"))
            parts.append(self.xz.decompress(packed, size))
            size -= len(parts[-1])
        return b"".join(parts)


def _checked(name: str, total: int) -> str:
    """The member's path without a leading './'."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or _DRIVE.match(name):
        raise Refused(say("it has a member called {name!r}, which leads out of its folder", name=name[:MOST_SHOWN]))
    if len(name) > MOST_NAME or any(unicodedata.category(letter) == "Cc" for letter in name):
        raise Refused(say("it has a member called {name!r}, which is no name of a file", name=name[:MOST_SHOWN]))
    if total > MOST_UNPACKED:
        raise Refused(say("it unpacks to more than {most} MB", most=MOST_UNPACKED >> 20))
    return str(path)


@contextmanager
def damage_refused(name: str) -> Iterator[None]:
    """What the unpackers of the standard library raise over damaged bytes, as one kind of error."""
    try:
        yield
    except (tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError, OSError,
            ValueError, RuntimeError) as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise  # it is the disk's; without a number it is gzip's, and EINVAL is a place that no file has
        raise Refused(say("{name} is damaged or of a kind that this Python cannot unpack: {error}", name=name,
                          error=error)) from error
