from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wengu.core.checks import InputError
from wengu.data import read_picture_folder


def put(folder: Path, *names: str, value: int | tuple[int, int, int] = 90, size: tuple[int, int] = (8, 8)) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L" if isinstance(value, int) else "RGB", size, value).save(path)
    return folder


def test_class_folders(tmp_path: Path) -> None:
    put(tmp_path, "dog/b.png", "dog/deep/er/a.bmp", value=10)
    put(tmp_path, "cat/1.jpg", "ant/9.gif", value=200)
    pictures = read_picture_folder(tmp_path, size=(8, 8))
    assert pictures.classes == ("ant", "cat", "dog")
    assert pictures.ids == ("ant/9.gif", "cat/1.jpg", "dog/b.png", "dog/deep/er/a.bmp")
    assert pictures.labels.tolist() == [0, 1, 2, 2]
    assert pictures.pixels.shape == (4, 1, 8, 8)
    assert pictures.pixels[:, 0, 4, 4].tolist() == [200, 200, 10, 10]
    assert pictures.set_of.tolist() == [""] * 4
    assert pictures.source == tmp_path.name
    assert pictures.notes == ()


@pytest.mark.parametrize("dev", ["dev", "val", "valid", "validation", "Val", "development"])
def test_official_sets_are_kept(tmp_path: Path, dev: str) -> None:
    put(tmp_path, "train/a/1.png", "train/b/2.png", f"{dev}/a/3.png", "test/b/4.png", "test/a/5.png")
    pictures = read_picture_folder(tmp_path)
    found = dict(zip(pictures.ids, pictures.set_of.tolist(), strict=True))
    assert found == {"train/a/1.png": "train", "train/b/2.png": "train", f"{dev}/a/3.png": "dev",
                     "test/b/4.png": "test", "test/a/5.png": "test"}
    assert pictures.classes == ("a", "b")


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    put(tmp_path, "train/1.png", "plane/2.png", "car/3.png")
    assert read_picture_folder(tmp_path).classes == ("car", "plane", "train")


def test_what_is_neither_train_nor_test_is_left_out_and_said(tmp_path: Path) -> None:
    put(tmp_path, "train/a/1.png", "train/b/2.png", "test/a/3.png", "extra/a/4.png")
    pictures = read_picture_folder(tmp_path)
    assert len(pictures) == 3
    assert "left out, as neither train, train-dev, dev nor test: extra" in pictures.notes


def test_grey_unless_a_picture_has_colour(tmp_path: Path) -> None:
    put(tmp_path, "a/1.png", "b/2.png", value=(70, 70, 70))
    assert read_picture_folder(tmp_path).channels == 1
    assert read_picture_folder(tmp_path, channels=3).channels == 3
    put(tmp_path, "b/3.png", value=(200, 10, 70))
    pictures = read_picture_folder(tmp_path)
    assert pictures.channels == 3
    assert pictures.pixels[:, :, 0, 0].tolist() == [[70, 70, 70], [70, 70, 70], [200, 10, 70]]
    assert read_picture_folder(tmp_path, channels=1).channels == 1


def test_notes_say_what_was_resized(tmp_path: Path) -> None:
    put(tmp_path, "a/1.png", "b/2.png", size=(64, 64))
    assert read_picture_folder(tmp_path).notes == ("resized from 64×64 to 28×28",)
    put(tmp_path, "b/3.png", size=(640, 480))
    first, second = read_picture_folder(tmp_path, size=(20, 40)).notes
    assert first == "resized from 64×64 … 640×480 to 40×20"
    assert "kept whole" in second


def test_litter_is_passed_over_and_counted(tmp_path: Path) -> None:
    put(tmp_path, "a/1.png", "b/2.png", ".git/a/3.png", "a/._1.png")
    for name in ("a/Thumbs.db", ".DS_Store", "b/.DS_Store", "b/desktop.ini", "__MACOSX/a/x.png", "b/@eaDir/2.png/x.jpg",
                 "a/.ipynb_checkpoints/1-checkpoint.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    pictures = read_picture_folder(tmp_path, size=(8, 8))
    assert (pictures.ids, pictures.notes) == (("a/1.png", "b/2.png"), (
        "left out, as systems and programs leave them behind: 9 files and folders (.DS_Store, ._1.png, .git and 5 more)",))


@pytest.mark.parametrize("name", ["@eaDir", "__MACOSX", "Thumbs.db", ".DS_Store", "._x.png", "desktop.ini", "#recycle",
                                  ".ipynb_checkpoints", "System Volume Information", "THUMBS.DB"])
@pytest.mark.parametrize("where", ["", "a/", "train/", "train/a/", "test/", "test/b/deep/"])
def test_one_piece_of_litter_anywhere(tmp_path: Path, name: str, where: str) -> None:
    names = ("train/a/1.png", "train/b/2.png", "test/a/3.png", "test/b/deep/4.png") if "t" in where else ("a/1.png", "b/2.png")
    put(tmp_path, *names)
    put(tmp_path, f"{where}{name}/x.png")
    pictures = read_picture_folder(tmp_path, size=(8, 8))
    assert pictures.ids == tuple(sorted(names))
    assert pictures.notes == (f"left out, as systems and programs leave them behind: 1 file or folder ({name})",)


def test_empty_class_folders_are_left_out_and_said(tmp_path: Path) -> None:
    put(tmp_path, "a/1.png", "b/2.png")
    for name in ("c/deep", "d", "e"):
        (tmp_path / name).mkdir(parents=True)
    put(tmp_path, "e/Thumbs.db/x.png")
    pictures = read_picture_folder(tmp_path, size=(8, 8))
    assert pictures.classes == ("a", "b")
    assert pictures.notes[0] == "class folders without files, left out: c, d, e"
    for name in ("train", "test"):
        put(tmp_path / "official", f"{name}/a/1.png", f"{name}/b/1.png")
    (tmp_path / "official/train/c").mkdir()
    assert read_picture_folder(tmp_path / "official", size=(8, 8)).notes == (
        "class folders without files, left out: train/c",)


def test_links_to_folders(tmp_path: Path) -> None:
    """A class elsewhere is read; what leads back up, or to another class, would give pictures a second class."""
    put(tmp_path, "elsewhere/1.png", "pets/cat/1.png", "pets/dog/1.png")
    pets = tmp_path / "pets"
    for link, to in (("fox", tmp_path / "elsewhere"), ("up", pets), ("above", tmp_path), ("again", pets / "dog"),
                     ("cat/loop", pets), ("cat/more", tmp_path / "elsewhere"), ("dog/itself", pets / "dog/itself")):
        (pets / link).symlink_to(to)
    with pytest.raises(InputError, match=r"1 of 4 files .* dog/itself"):
        read_picture_folder(pets, size=(8, 8))
    (pets / "dog/itself").unlink()
    pictures = read_picture_folder(pets, size=(8, 8))
    assert pictures.ids == ("cat/1.png", "dog/1.png", "fox/1.png")
    assert pictures.notes == (
        "class folders that are links to folders elsewhere, followed: fox",
        "links to folders, left out, for only a class folder may be a link, and not to where it lies itself: above, again, "
        "cat/loop and 2 more")


@pytest.mark.parametrize("names", [("test/1.png", "test/2.png"), ("test/unknown/1.png", "test/unknown/2.png")])
def test_an_unlabelled_test_set_is_left_out_and_said(tmp_path: Path, names: tuple[str, ...]) -> None:
    put(tmp_path, "train/a/1.png", "train/b/2.png", *names)
    pictures = read_picture_folder(tmp_path, size=(8, 8))
    assert pictures.ids == ("train/a/1.png", "train/b/2.png")
    assert pictures.notes == (
        f"{tmp_path}/test: left out, for its 2 files are in no folder of a class of train, and nothing can be judged by what "
        f"has no label; `wengu predict RUN {tmp_path}/test` answers it",)


def test_an_empty_test_set_and_a_class_that_is_called_test_are_said(tmp_path: Path) -> None:
    put(tmp_path, "train/a/1.png", "train/b/2.png")
    (tmp_path / "test").mkdir()
    assert read_picture_folder(tmp_path, size=(8, 8)).notes == (f"{tmp_path}/test is empty; left out",)
    put(tmp_path / "flat", "cat/1.png", "dog/1.png", "test/1.png")
    pictures = read_picture_folder(tmp_path / "flat", size=(8, 8))
    assert pictures.classes == ("cat", "dog", "test")
    assert pictures.notes == ("taken for a class, as other class folders lie beside: test",)


def test_few_bad_files_are_skipped_by_name(tmp_path: Path) -> None:
    put(tmp_path, *(f"a/{i:03}.png" for i in range(100)), *(f"b/{i:03}.png" for i in range(100)))
    whole = (tmp_path / "a/007.png").read_bytes()
    (tmp_path / "a/007.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "b/readme.txt").write_text("not a picture")
    pictures = read_picture_folder(tmp_path, size=(8, 8))
    assert len(pictures) == 199
    assert "a/007.png" not in pictures.ids
    (note,) = pictures.notes
    assert "2 of 201 files" in note and "a/007.png" in note and "b/readme.txt (not a png" in note
    assert np.array_equal(np.bincount(pictures.labels), [99, 100])


def test_many_bad_files_are_an_error_that_names_the_first(tmp_path: Path) -> None:
    put(tmp_path, *(f"a/{i:03}.png" for i in range(100)), "b/1.png")
    for i in range(5):
        (tmp_path / f"a/{i:03}.png").write_bytes(b"")
    with pytest.raises(InputError, match=r"5 of 101 files .* more than 1 %: a/000.png .*a/002.png .* and 2 more"):
        read_picture_folder(tmp_path)


def test_files_beside_the_class_folders_are_said(tmp_path: Path) -> None:
    put(tmp_path, "a/1.png", "b/2.png", "stray.png")
    pictures = read_picture_folder(tmp_path, size=(8, 8))
    assert len(pictures) == 2
    assert "no class folder" in pictures.notes[0] and "stray.png" in pictures.notes[0]


def test_missing_folder_proposes_a_sibling(tmp_path: Path) -> None:
    put(tmp_path, "shoes/a/1.png")
    with pytest.raises(InputError, match=r"shoos: no such folder; did you mean .*shoes\?"):
        read_picture_folder(tmp_path / "shoos")
    with pytest.raises(InputError, match=r"zzz: no such folder$"):
        read_picture_folder(tmp_path / "zzz")


def test_a_file_instead_of_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a file; expected a folder"):
        read_picture_folder(put(tmp_path, "one.png") / "one.png")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), "is empty"),
        ((".hidden/1.png",), "is empty"),
        (("1.png", "2.png", "3.png", "4.png"), r"\(1.png, 2.png, 3.png and 1 more\) are in no class folder"),
        (("a/1.png",), r"expected two class folders or more, found 1 \(a\)$"),
        (("pets/cat/1.png", "pets/dog/2.png"), r"found 1 \(pets\); did you mean .*/pets\?"),
        (("train/a/1.png", "train/b/1.png", "test/a/1.png", "test/c/9.png"), "test/c/9.png: class 'c' is in test"),
        (("train/a/1.png", "dev/a/1.png"), "found 1"),
        (("dev/a/1.png", "test/b/1.png"), "has dev, test but no train"),
        (("train/1.png", "train/2.png", "test/1.png"), r"train: the files there \(1.png, 2.png\) are in no class folder"),
    ],
)
def test_other_layouts_are_errors_of_one_line(tmp_path: Path, names: tuple[str, ...], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read_picture_folder(put(tmp_path, *names))
    assert "\n" not in str(caught.value)


def test_class_folders_without_files(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(InputError, match="its class folders hold no files"):
        read_picture_folder(tmp_path)


def test_a_class_that_lost_all_its_pictures_is_gone(tmp_path: Path) -> None:
    put(tmp_path, *(f"a/{i:03}.png" for i in range(100)), *(f"b/{i:03}.png" for i in range(50)), "c/1.png")
    (tmp_path / "c/1.png").write_bytes(b"")
    pictures = read_picture_folder(tmp_path, size=(8, 8))
    assert pictures.counts() == {"a": 100, "b": 50}


def test_progress(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    read_picture_folder(put(tmp_path, "a/1.png", "b/2.png"), progress=lambda done, of: seen.append((done, of)))
    assert seen == [(1, 2), (2, 2)]


def test_names_that_differ_by_spaces_or_forms_of_unicode_are_one_class(tmp_path: Path) -> None:
    composed, apart = "caf\u00e9", "cafe\u0301"
    for folder, name in ((composed, "a.png"), (apart, "b.png"), (apart, "e\u0301.png"), ("tea ", "c.png"), ("tea", "d.png"),
                         ("tea", "e\u0301.png"), ("tea", "\u00e9.png")):
        (tmp_path / folder).mkdir(exist_ok=True)
        Image.new("L", (4, 4)).save(tmp_path / folder / name)
    pictures = read_picture_folder(tmp_path, size=(4, 4))
    assert pictures.counts() == {composed: 3, "tea": 4}
    assert set(pictures.ids) == {f"{composed}/a.png", f"{composed}/b.png", f"{composed}/\u00e9.png", "tea /c.png", "tea/d.png",
                                 "tea/e\u0301.png", "tea/\u00e9.png"}
    assert any("class folders whose names have spaces at their ends" in note and "'tea ' = tea" in note
               for note in pictures.notes)
