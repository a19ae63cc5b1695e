"""Archives as they should be, and as an attacker would make them."""

from __future__ import annotations

import gzip
import io
import lzma
import resource
import tarfile
import zipfile
import zlib
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


@pytest.mark.parametrize(("name", "packing"), [("x.deb", "gz"), ("x.deb", "xz"), ("x.deb", "bz2"), ("x.tgz", "gz"), ("x.whl", "")])
def test_every_flipped_bit_is_refused_in_one_line_or_gives_the_same_bytes(tmp_path: Path, name: str, packing: str) -> None:
    """All single bits of an archive, one after the other; a length of a member that is below 0 never ended."""
    content = b"the numbers of a small file"
    packed = tar(("./usr/numbers", content), mode=f"w:{packing or 'gz'}")
    whole = {"x.deb": lambda: deb(packed, f"data.tar.{packing}"), "x.tgz": lambda: packed,
             "x.whl": lambda: wheel(("usr/numbers", content))}[name]()
    archive, into = tmp_path / name, tmp_path / "numbers"
    refused = 0
    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        archive.write_bytes(damaged)
        into.unlink(missing_ok=True)
        try:
            unpack(archive, {"usr/numbers": inner(content)}, tmp_path)
        except Refused as error:
            refused += 1
            assert "\n" not in str(error)
        else:
            assert into.read_bytes() == content
    assert refused > 4 * len(whole) * (name != "x.deb")


@pytest.mark.parametrize("length", ["-60", "-1", "", "1_0", "+5", "0x9", "1e3", "9999999999", "4000", "1 2", "\u0661"])
def test_a_member_whose_length_is_none_or_beyond_the_end(tmp_path: Path, length: str) -> None:
    whole = deb(tar(("numbers", GOOD), mode="w:xz"))
    for at in (8, 8 + 64):  # debian-binary and control.tar
        field = length.encode("utf-8").ljust(10)[:10]
        (tmp_path / "x.deb").write_bytes(whole[: at + 48] + field + whole[at + 58 :])
        with pytest.raises(Refused, match="a Debian package whose member at byte (8|72) has no length, or one beyond its end"):
            unpack(tmp_path / "x.deb", {"numbers": inner()}, tmp_path)


def test_the_data_end_where_their_length_says(tmp_path: Path) -> None:
    whole = deb(tar(("numbers", GOOD), mode="w:xz"))
    at = whole.index(b"data.tar.xz")
    (tmp_path / "x.deb").write_bytes(whole[: at + 48] + b"50".ljust(10) + whole[at + 58 :])
    with pytest.raises(Refused, match=r"x.deb is damaged .*ends too early|x.deb is damaged"):
        unpack(tmp_path / "x.deb", {"numbers": inner()}, tmp_path)


@pytest.mark.parametrize(("name", "why"), [
    ("../../x", "leads out"), ("/etc/passwd", "leads out"), ("a/../../x", "leads out"), ("C:/x", "leads out"),
    ("c:x", "leads out"), ("..\\..\\x", "leads out"), ("\\\\host\\x", "leads out"), ("a\nb", "no name"), ("a\x1b[31m", "no name"),
    ("x" * 5000, "no name"), ("tab\tx", "no name"),
])  # fmt: skip
@pytest.mark.parametrize("kind", MAKERS)
def test_names_of_members_that_lead_out_or_are_none(tmp_path: Path, kind: str, name: str, why: str) -> None:
    (tmp_path / kind).write_bytes(MAKERS[kind]((name, GOOD), ("numbers", GOOD)))
    with pytest.raises(Refused, match=f"it has a member called .*, which .*{why}") as caught:
        unpack(tmp_path / kind, {"numbers": inner()}, tmp_path)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 250
    assert not (tmp_path / "numbers").exists() and not (tmp_path.parent.parent / "x").exists()


def test_a_hidden_member_beside_is_passed_over(tmp_path: Path) -> None:
    """Packages of npm have an .npmignore."""
    (tmp_path / "x.tgz").write_bytes(tar((".npmignore", b"x"), ("numbers", GOOD)))
    unpack(tmp_path / "x.tgz", {"numbers": inner()}, tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["numbers", "x.tgz"]


def test_what_would_take_much_memory_is_refused_before(tmp_path: Path) -> None:
    """xz with a dictionary of 1.5 GB, a long name of 200 MB, and a wheel packed in a way that wheels are not."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    packed = bytearray(lzma.compress(tar(("numbers", GOOD), mode="w:"), check=lzma.CHECK_NONE))
    at = packed.index(b"\x21\x01") + 2  # LZMA2's one property: the size of its dictionary
    packed[at] = 39
    packed[20:24] = zlib.crc32(packed[12:20]).to_bytes(4, "little")
    (tmp_path / "x.tgz").write_bytes(packed)
    with pytest.raises(Refused, match="x.tgz is damaged or of a kind .*Memory usage limit"):
        unpack(tmp_path / "x.tgz", {"numbers": inner()}, tmp_path)
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 200_000_000
    (tmp_path / "x.tgz").write_bytes(gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + bytes(10_000_000)))
    with pytest.raises(Refused, match="a member's header says that it has 200000000 bytes"):
        unpack(tmp_path / "x.tgz", {"numbers": inner()}, tmp_path)
    with zipfile.ZipFile(tmp_path / "x.whl", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("numbers", GOOD)
    with pytest.raises(Refused, match="numbers is packed as no wheel is"):
        unpack(tmp_path / "x.whl", {"numbers": inner()}, tmp_path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000


def test_too_little_memory_is_no_damage_of_the_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that an archive can ask for is bounded: what runs out then is the machine's, whatever the file is."""
    def starved(*_: object) -> object:
        raise MemoryError

    monkeypatch.setattr(unpack_module, "_zip_members", starved)
    (tmp_path / "x.whl").write_bytes(b"PK")
    with pytest.raises(MemoryError):
        unpack(tmp_path / "x.whl", {}, tmp_path)
