"""Data from the folder that WENGU_MIRROR names, and many files of an archive as one; `mirror` reads the real CIFAR-10."""

from __future__ import annotations

import hashlib
import importlib
import io
import subprocess
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.data.archives import GOOD, inner, tar, wheel
from wengu.core.checks import InputError
from wengu.data import get, load
from wengu.data.catalogue import Entry, entry
from wengu.data.pictures import Pictures
from wengu.data.repack import Joined, repack
from wengu.data.sources import NoAnswer, Source
from wengu.data.unpack import Inner, Refused

catalogue_module = importlib.import_module("wengu.data.catalogue")
FILES = {"train/a/1.txt": b"one" * 300, "train/b/2.txt": b"", "test/a/1.txt": bytes(512)}
PATTERN = r"(train|test)/[a-z]/\d\.txt"


def packed() -> Inner:
    """The tar of FILES as GNU tar would make it in this form, by Python's own writer of archives."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(FILES):
            header = tarfile.TarInfo(name)
            header.size = len(FILES[name])
            archive.addfile(header, io.BytesIO(FILES[name]))
    end = sum(512 + -(-len(content) // 512) * 512 for content in FILES.values()) + 1024
    whole = file.getvalue()[:end]  # without what fills up its last record
    return Inner("all.tar", len(whole), hashlib.sha256(whole).hexdigest())


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "mirror"
    folder.mkdir()
    monkeypatch.setenv("WENGU_MIRROR", str(folder))
    return folder


def numbers(monkeypatch: pytest.MonkeyPatch, *sources: Source) -> None:
    made = Entry(name="numbers", kind="csv", pictures=1, size=(1, 1), classes=("a",), words={}, files=(inner(),), sources=sources)
    monkeypatch.setattr(catalogue_module, "catalogue", lambda: (made,))


def test_a_folder_of_the_mirror_comes_before_any_network(mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers(monkeypatch, Source("home", address="http://127.0.0.1:1/"))
    with pytest.raises(InputError, match=r"\[mirror: numbers\] it is not in .*mirror, which WENGU_MIRROR names; \[home: http"):
        get("numbers", cache=tmp_path / "cache")
    (mirror / "numbers").mkdir()
    (mirror / "numbers" / "numbers").write_bytes(GOOD)
    folder = get("numbers", cache=tmp_path / "cache", offline=True)
    assert (folder / "numbers").read_bytes() == GOOD


def test_a_damaged_file_of_the_mirror_is_named_and_the_next_source_asked(mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers(monkeypatch)
    (mirror / "numbers").mkdir()
    (mirror / "numbers" / "numbers").write_bytes(GOOD[::-1])
    with pytest.raises(InputError, match=r"\[mirror: numbers\] numbers does not have the SHA-256"):
        get("numbers", cache=tmp_path / "cache")
    home = tmp_path / "home"
    home.mkdir()
    (home / "numbers").write_bytes(GOOD)
    numbers(monkeypatch, Source("installed", "there", folder=str(home)))
    assert get("numbers", cache=tmp_path / "cache").is_dir()


def test_an_archive_of_the_mirror(mirror: Path, tmp_path: Path) -> None:
    (mirror / "x.zip").write_bytes(wheel(("numbers", GOOD), ("other", b"")))
    (mirror / "x.tar.gz").write_bytes(tar(("in/numbers", GOOD)))
    for name, folder in (("x.zip", ""), ("x.tar.gz", "in")):
        (tmp_path / name).mkdir()
        Source("mirror", name, folder=folder).deliver([inner()], tmp_path / name)
        assert (tmp_path / name / "numbers").read_bytes() == GOOD


def test_without_a_mirror_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoAnswer, match="WENGU_MIRROR is not set"):
        Source("mirror", "x.zip").deliver([inner()], tmp_path)
    real = entry("cifar10")
    monkeypatch.setattr(catalogue_module, "catalogue", lambda: (replace(real, sources=real.sources[:1]),))
    with pytest.raises(InputError, match=r"cifar10: not in the cache, .*or into one that WENGU_MIRROR names"):
        get("cifar10", cache=tmp_path)


@pytest.mark.parametrize("order", [sorted(FILES), sorted(FILES, reverse=True)])
@pytest.mark.parametrize("kind", ["zip", "tgz"])
def test_parity_many_files_are_one_whoever_packed_them(order: list[str], kind: str, tmp_path: Path) -> None:
    """Authority: the writer of Python's tarfile, and GNU tar, which reads it."""
    members = [(f"top-1/{name}", FILES[name]) for name in order] + [("top-1/README.md", b"read me"), ("train/a/1.txt", b"not below")]
    archive = tmp_path / f"x.{kind}"
    archive.write_bytes(wheel(*members) if kind == "zip" else tar(*members))
    repack(archive, packed(), tmp_path, folder="top-1", members=PATTERN)
    listed = subprocess.run(["tar", "tf", tmp_path / "all.tar"], check=True, capture_output=True, text=True).stdout
    assert listed.split() == sorted(FILES)


@pytest.mark.parametrize(("files", "words"), [
    ({**FILES, "test/a/1.txt": b"x" * 512}, "does not have the SHA-256"),
    ({**FILES, "test/a/2.txt": b""}, "is longer than"),
    ({**FILES, "test/a/2.txt": bytes(10_000)}, "is longer than"),
    ({"../up": b"", **FILES}, "leads out of its folder"),
    ({"README.md": b""}, "does not hold"),
])  # fmt: skip
def test_what_is_not_right_is_refused(files: dict[str, bytes], words: str, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(wheel(*files.items()))
    with pytest.raises(Refused, match=words):
        repack(tmp_path / "x.zip", packed(), tmp_path, folder="", members=PATTERN)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        link = zipfile.ZipInfo("train/a/1.txt")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    (tmp_path / "link.zip").write_bytes(file.getvalue())
    with pytest.raises(Refused, match="is not a plain file"):
        repack(tmp_path / "link.zip", packed(), tmp_path, folder="", members=PATTERN)


def small_cifar(folder: Path, monkeypatch: pytest.MonkeyPatch, **changed: object) -> Entry:
    """An entry of four pictures in the form of cifar10, in the mirror."""
    def jpeg(level: int) -> bytes:
        file = io.BytesIO()
        Image.new("RGB", (32, 32), (level, 0, 255 - level)).save(file, "JPEG")
        return file.getvalue()

    files = {f"{name}/0000.jpg": jpeg(60 * i) for i, name in enumerate(("test/cat", "train/airplane", "train/cat", "train/dog"))}
    whole = b"".join(iter(Joined(files).read, b""))
    (folder / "cifar10-jpeg.zip").write_bytes(wheel(*files.items()))
    made = replace(entry("cifar10"), files=(Inner("cifar10.tar", len(whole), hashlib.sha256(whole).hexdigest()),), pictures=4)
    monkeypatch.setattr(catalogue_module, "catalogue", lambda: (made,))
    return made


def test_a_tar_of_pictures_is_decoded_once(mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENGU_CACHE", str(tmp_path / "cache"))
    made = small_cifar(mirror, monkeypatch)
    first = load("cifar10", offline=True)
    assert first.ids == ("test/cat/0000.jpg", "train/airplane/0000.jpg", "train/cat/0000.jpg", "train/dog/0000.jpg")
    assert [made.classes[k] for k in first.labels] == ["cat", "airplane", "cat", "dog"]
    assert (first.set_of.tolist(), first.size, first.channels) == (["test", "train", "train", "train"], (32, 32), 3)
    assert np.abs(first.pixels.mean((2, 3)) - [[60 * i, 0, 255 - 60 * i] for i in range(4)]).max() < 3  # what JPEG changes
    monkeypatch.setattr("wengu.data.catalogue_load.read_picture_bytes", None)
    assert np.array_equal(load("cifar10", offline=True).pixels, first.pixels)
    monkeypatch.setattr("wengu.data.picture_store.MOST_IN_MEMORY", 1)
    mapped = load("cifar10", offline=True)
    assert mapped.kept is not None and first.kept is None and np.array_equal(mapped.pixels, first.pixels)


def test_a_size_of_its_own(mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENGU_CACHE", str(tmp_path / "cache"))
    small_cifar(mirror, monkeypatch)
    assert load("cifar10", size=(48, 64)).pixels.shape == (4, 3, 48, 64)


def test_its_homes_archive_is_named_by_the_commit() -> None:
    home = entry("cifar10").sources[1]
    assert home.folder.rpartition("-")[2] == home.address.rpartition("/")[2] and len(home.folder.rpartition("-")[2]) == 40


@pytest.fixture(scope="module")
def cifar10(tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WENGU_CACHE", str(tmp_path_factory.mktemp("cache")))
        return load("cifar10", offline=True)


@pytest.mark.mirror
@pytest.mark.timeout(400)  # 60,000 JPEGs are decoded first
def test_parity_cifar10_as_published(cifar10: Pictures) -> None:
    """Authority: 6,000 of each class, 5,000 to train (Krizhevsky 2009), and the training means in use everywhere since."""
    for name, each in (("train", 5000), ("test", 1000)):
        assert set(cifar10.take(cifar10.set_of == name).counts().values()) == {each}
    assert cifar10.classes == ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
    train = cifar10.pixels[cifar10.set_of == "train"]
    assert np.abs(train.mean((0, 2, 3)) / 255 - [0.4914, 0.4822, 0.4465]).max() < 3e-4
    assert np.abs(train.std((0, 2, 3)) / 255 - [0.2470, 0.2435, 0.2616]).max() < 3e-3  # JPEG smooths
