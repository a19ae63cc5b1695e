"""Archives as they should be, and as an attacker would make them."""

from __future__ import annotations

import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.data.archives import GOOD, MAKERS, deb, inner, tar, wheel
from wengu.data import unpack as unpack_module
from wengu.data.unpack import Inner, Refused, pour, unpack

kinds = pytest.mark.parametrize("kind", MAKERS)


def run(folder: Path, kind: str, content: bytes, wanted: dict[str, Inner]) -> Path:
    archive, into = folder / kind, folder / "into"
    archive.write_bytes(content)
    into.mkdir()
    unpack(archive, wanted, into)
    return into


@kinds
def test_the_wanted_member_alone_is_written(tmp_path: Path, kind: str) -> None:
    content = MAKERS[kind](("pkg/other", b"never"), ("./pkg/numbers", GOOD), ("pkg/numbers.py", b"never"))
    name = "./pkg/numbers" if kind == "x.whl" else "pkg/numbers"
    into = run(tmp_path, kind, content, {name.removeprefix("./"): inner()})
    assert [p.name for p in into.iterdir()] == ["numbers"]
    assert (into / "numbers").read_bytes() == GOOD


@kinds
def test_a_gzipped_member_is_gunzipped(tmp_path: Path, kind: str) -> None:
    into = run(tmp_path, kind, MAKERS[kind](("pkg/numbers.gz", gzip.compress(GOOD))), {"pkg/numbers.gz": inner()})
    assert (into / "numbers").read_bytes() == GOOD


def test_a_deb_packed_with_gzip(tmp_path: Path) -> None:
    content = deb(tar(("numbers", GOOD)), "data.tar.gz")
    assert (run(tmp_path, "x.deb", content, {"numbers": inner()}) / "numbers").read_bytes() == GOOD


@kinds
@pytest.mark.parametrize("name", ["../evil", "pkg/../../evil", "/etc/evil", "..\\evil"])
def test_a_member_that_leads_out_is_refused(tmp_path: Path, kind: str, name: str) -> None:
    with pytest.raises(Refused, match="which leads out of its folder"):
        run(tmp_path, kind, MAKERS[kind]((name, b"evil"), ("pkg/numbers", GOOD)), {"pkg/numbers": inner()})
    assert not list(tmp_path.rglob("evil")) and not (tmp_path / "into" / "numbers").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_a_wanted_member_that_is_no_plain_file_is_refused(tmp_path: Path, kind: bytes) -> None:
    member = tarfile.TarInfo("pkg/numbers")
    member.type, member.linkname = kind, "/etc/passwd"
    with pytest.raises(Refused, match="not a plain file"):
        run(tmp_path, "x.tgz", tar(member), {"pkg/numbers": inner()})
    assert not list((tmp_path / "into").iterdir())


def test_a_link_in_a_wheel_is_refused(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        link = zipfile.ZipInfo("pkg/numbers")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(Refused, match="not a plain file"):
        run(tmp_path, "x.whl", file.getvalue(), {"pkg/numbers": inner()})


@kinds
def test_a_bomb_stops_at_the_first_byte_too_many(tmp_path: Path, kind: str) -> None:
    bomb = gzip.compress(bytes(5_000_000))
    written: list[int] = []
    archive, into = tmp_path / kind, tmp_path / "into"
    archive.write_bytes(MAKERS[kind](("numbers.gz", bomb)))
    into.mkdir()
    with pytest.raises(Refused, match="numbers is longer than 12000 bytes"):
        unpack(archive, {"numbers.gz": inner()}, into, written.append)
    assert sum(written) <= 12_000


@kinds
def test_members_that_are_too_much_together_are_refused(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpack_module, "MOST_UNPACKED", 3 << 20)
    content = MAKERS[kind](("a", bytes(2 << 20)), ("b", bytes(2 << 20)), ("numbers", GOOD))
    with pytest.raises(Refused, match="unpacks to more than 3 MB"):
        run(tmp_path, kind, content, {"numbers": inner()})


@kinds
@pytest.mark.parametrize("content", [GOOD[:-1], GOOD[:-1] + b"?"])
def test_other_bytes_are_refused(tmp_path: Path, kind: str, content: bytes) -> None:
    with pytest.raises(Refused, match="does not have the SHA-256"):
        run(tmp_path, kind, MAKERS[kind](("numbers", content)), {"numbers": inner()})


@kinds
def test_a_missing_member_is_named(tmp_path: Path, kind: str) -> None:
    with pytest.raises(Refused, match=r"x\.\w+ does not hold pkg/numbers"):
        run(tmp_path, kind, MAKERS[kind](("other", GOOD)), {"pkg/numbers": inner()})


@kinds
def test_a_member_that_comes_twice_is_taken_once(tmp_path: Path, kind: str) -> None:
    members = [("numbers", GOOD), ("numbers", b"other")]
    if kind == "x.whl":
        with pytest.warns(UserWarning, match="Duplicate name"):
            content = wheel(*members)
    else:
        content = MAKERS[kind](*members)
    assert (run(tmp_path, kind, content, {"numbers": inner()}) / "numbers").read_bytes() == GOOD


@kinds
def test_a_truncated_archive(tmp_path: Path, kind: str) -> None:
    draw = bytes(range(256)) * 400
    content = MAKERS[kind](("numbers", draw))
    with pytest.raises(Refused):
        run(tmp_path, kind, content[: len(content) // 2], {"numbers": inner(draw)})


@pytest.mark.parametrize(
    ("kind", "content"),
    [("x.tgz", b"hello"), ("x.whl", b"hello"), ("x.deb", b"hello"), ("x.deb", b"!<arch>\n"), ("x.tgz", b""),
     ("x.deb", deb(lzma.compress(b"hello"))),
     ("x.deb", deb(b"\x28\xb5\x2f\xfd what zstd begins with", "data.tar.zst"))],
)
def test_what_is_no_archive(tmp_path: Path, kind: str, content: bytes) -> None:
    with pytest.raises(Refused):
        run(tmp_path, kind, content, {"numbers": inner()})


def test_pour_does_not_write_over_a_file(tmp_path: Path) -> None:
    (tmp_path / "numbers").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        pour(io.BytesIO(GOOD), inner(), tmp_path)
    assert (tmp_path / "numbers").read_bytes() == b"mine"
