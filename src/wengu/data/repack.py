"""Many small files of an archive as one file of the cache: the same bytes, whoever packed them.

    tar of (path, content) for every path wanted, sorted      ustar, mode 644, owner 0, time 0

An archive of a commit is made anew by whoever is asked for it, and its bytes differ; those of the files do not. So the
catalogue knows the SHA-256 of this tar, which every source gives that has the files.
"""

from __future__ import annotations

import re
import tarfile
from pathlib import Path
from typing import IO, cast

from wengu.core.i18n import say
from wengu.core.regular_file import open_regular
from wengu.data.unpack import Inner, Refused, Tick, damage_refused, members_of, pour


def repack(
    archive: Path, inner: Inner, into: Path, *, folder: str, members: str, tick: Tick | None = None
) -> None:
    """Write the tar of what lies below the archive's folder and has a path that `members`, a pattern, names.

    Raises: Refused for an archive that is not what it should be, and where the tar has another SHA-256.
    """
    wanted = Below(folder, members)
    found: dict[str, bytes] = {}
    total = 0
    with damage_refused(archive.name), open_regular(archive) as file:
        for path, content in members_of(archive.name, file, wanted):
            one = content.read(inner.size - total + 1)
            total += len(one)
            if total > inner.size:
                raise Refused(say("{name} is longer than {size} {size:byte|bytes}", name=inner.name, size=inner.size))
            found[wanted.name(path)] = one
    if not found:
        raise Refused(say("{archive} does not hold {path}", archive=archive.name, path=f"{folder or '.'}/{members}"))
    pour(cast(IO[bytes], Joined(found)), inner, into, tick=tick)


class Below:
    """The paths below a folder, "" for the whole, that a pattern names."""

    def __init__(self, folder: str, members: str) -> None:
        self.start, self.members = f"{folder}/" if folder else "", re.compile(members)

    def __contains__(self, path: object) -> bool:
        return str(path).startswith(self.start) and bool(self.members.fullmatch(self.name(str(path))))

    def name(self, path: str) -> str:
        """The path without the folder."""
        return path[len(self.start):]


class Joined:
    """The tar of these files, to be read from once, a file at a time.

    >>> from io import BytesIO
    >>> tar = Joined({"b": b"2", "a/c": b"1"})
    >>> whole = b"".join(iter(tar.read, b""))
    >>> [member.name for member in tarfile.open(fileobj=BytesIO(whole))], len(whole)
    (['a/c', 'b'], 3072)
    """

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files, self.names = files, iter([*sorted(files), ""])

    def read(self, _: int = -1) -> bytes:
        """The next file with its header; in the end two empty blocks; then nothing."""
        name = next(self.names, None)
        if not name:
            return b"" if name is None else bytes(2 * tarfile.BLOCKSIZE)
        header = tarfile.TarInfo(name)
        header.size = len(self.files[name])
        return (header.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict") + self.files[name]
                + bytes(-header.size % tarfile.BLOCKSIZE))
