"""Archives for the tests, made by hand."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable

from wengu.data.unpack import Inner

GOOD = b"the numbers " * 1000


def inner(content: bytes = GOOD, name: str = "numbers") -> Inner:
    return Inner(name, len(content), hashlib.sha256(content).hexdigest())


def tar(*members: tuple[str, bytes] | tarfile.TarInfo, mode: str = "w:gz") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return file.getvalue()


def deb(data: bytes, name: str = "data.tar.xz") -> bytes:
    """The `ar` that a Debian package is: a name of 16 bytes, four numbers, the length, two bytes, then the member."""
    parts = [("debian-binary", b"2.0\n"), ("control.tar.xz", b"odd"), (name, data)]
    return b"!<arch>\n" + b"".join(
        f"{n:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(d):<10}`\n".encode() + d + b"\n" * (len(d) % 2) for n, d in parts
    )


def wheel(*members: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


MAKERS: dict[str, Callable[..., bytes]] = {
    "x.tgz": tar,
    "x.whl": wheel,
    "x.deb": lambda *members: deb(tar(*members, mode="w:xz")),
}
