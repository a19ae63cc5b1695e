from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from wengu.core.checks import InputError
from wengu.data import read_picture_bytes, read_picture_files
from wengu.data.picture_files import AT_ONCE, decode_all


def save(path: Path, value: int | tuple[int, int, int] = 0, size: tuple[int, int] = (4, 4)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L" if isinstance(value, int) else "RGB", size, value).save(path)
    return path


def test_order_ids_and_failures(tmp_path: Path) -> None:
    files = [save(tmp_path / f"{name}.png", value) for name, value in (("z", 9), ("a", 8), ("m", 7))]
    (tmp_path / "a.png").write_bytes(b"no picture")
    pixels, ids, failed = read_picture_files(files, size=(4, 4), channels=1)
    assert pixels.shape == (2, 1, 4, 4)
    assert pixels[:, 0, 0, 0].tolist() == [9, 7]
    assert ids == (str(files[0]), str(files[2]))
    assert [path for path, _ in failed] == [str(files[1])]


def test_channels_are_what_was_asked_for(tmp_path: Path) -> None:
    file = save(tmp_path / "red.png", (255, 0, 0))
    assert read_picture_files([file], size=(4, 4), channels=3)[0][0, :, 0, 0].tolist() == [255, 0, 0]
    assert read_picture_files([file], size=(4, 4), channels=1)[0][0, :, 0, 0].tolist() == [76]  # 0.299 · 255
    grey = save(tmp_path / "grey.png", 50)
    assert read_picture_files([grey], size=(4, 4), channels=3)[0][0, :, 0, 0].tolist() == [50, 50, 50]


def test_a_folder_stands_for_all_below_it(tmp_path: Path) -> None:
    for name in ("b/2.png", "a/1.png", "a/deep/3.png", ".hidden/4.png", ".5.png"):
        save(tmp_path / name)
    (tmp_path / "Thumbs.db").write_bytes(b"x")
    _, ids, failed = read_picture_files([str(tmp_path)])
    assert [Path(i).relative_to(tmp_path).as_posix() for i in ids] == ["a/1.png", "a/deep/3.png", "b/2.png"]
    assert not failed


def test_a_link_back_up_ends(tmp_path: Path) -> None:
    save(tmp_path / "in" / "1.png")
    (tmp_path / "in" / "up").symlink_to(tmp_path)
    assert len(read_picture_files([tmp_path])[1]) == 1


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        read_picture_files([tmp_path / "none.png"])


def test_nothing_to_read() -> None:
    assert read_picture_files([], size=(5, 6), channels=3)[0].shape == (0, 3, 5, 6)


def test_bytes_from_a_pipe() -> None:
    file = BytesIO()
    Image.new("RGB", (4, 4), (1, 2, 3)).save(file, "PNG")
    assert read_picture_bytes(file.getvalue(), size=(4, 4), channels=3)[0, :, 0, 0].tolist() == [1, 2, 3]
    assert read_picture_bytes(file.getvalue(), size=(2, 6), channels=1).shape == (1, 1, 2, 6)
    with pytest.raises(InputError, match="the 3 bytes given: not a png"):
        read_picture_bytes(b"abc")


def test_progress_counts_every_file(tmp_path: Path) -> None:
    files = [save(tmp_path / f"{i}.png") for i in range(3)]
    files[1].write_bytes(b"")
    seen: list[tuple[int, int]] = []
    read_picture_files(files, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_more_files_than_are_decoded_at_once_keep_their_order(tmp_path: Path) -> None:
    files = [save(tmp_path / f"{v}.png", v, (2, 2)) for v in range(256)]
    batch = decode_all(files + files[:100], size=(2, 2), channels=1)
    assert len(batch.kept) > AT_ONCE
    assert batch.pixels[:, 0, 0, 0].tolist() == [*range(256), *range(100)]


@pytest.mark.parametrize("size", [(28,), (0, 28), (28.0, 28), (28, -1)])
def test_a_wrong_size(size: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="size: expected"):
        read_picture_files([], size=size)


def test_wrong_channels() -> None:
    with pytest.raises(InputError, match="channels: expected 1"):
        read_picture_bytes(b"", channels=2)


def test_no_warning_about_a_refused_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = save(tmp_path / "large.png", 0, (40, 40))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(read_picture_files([file])[1]) == 1
