"""`wengu data kept` and `wengu data clear`."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from tests.cli.conftest import Wengu
from wengu.core.i18n import LANGUAGES, Language
from wengu.data import picture_store, read_picture_folder

SAID = {
    "en": ("nothing is kept in ", "120 pictures of 28×28, grey", "photos, 120 pictures of 28×28, grey: 0.1 MB freed\n",
           "photos, 120 pictures of 28×28, grey: in use by a process, so it stays\n",
           "there are no decoded pictures to clear\n"),
    "zh": (" 中没有存放任何数据", "120 张 28×28 灰度图片", "photos, 120 张 28×28 灰度图片：释放了 0.1 MB\n",
           "photos, 120 张 28×28 灰度图片：有进程正在使用，因此保留\n", "没有可清理的已解码图片\n"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_decoded_pictures_are_listed_and_cleared_when_nobody_uses_them(
    wengu: Wengu, photos: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, language: Language
) -> None:
    monkeypatch.setenv("WENGU_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(picture_store, "MOST_IN_MEMORY", 0)
    pictures = read_picture_folder(photos)
    _, what, freed, stays, none = SAID[language]
    head, line = wengu("data", "kept", "--lang", language).out.splitlines()
    assert head.split()[0] == {"en": "name", "zh": "名称"}[language]
    assert line.startswith("photos ") and what in line and " 0.1 MB " in line and line.rstrip().endswith(str(photos))
    assert wengu("data", "clear", "photos", "--lang", language).out == stays
    del pictures
    gc.collect()
    assert wengu("data", "clear", "photos", "--lang", language).out == freed
    assert wengu("data", "clear", "--lang", language).out == none


def test_nothing(wengu: Wengu, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WENGU_CACHE", str(tmp_path / "cache"))
    for language in LANGUAGES:
        nothing, *_, none = SAID[language]
        assert nothing in wengu("data", "kept", "--lang", language).out
        assert wengu("data", "clear", "--lang", language).out == none
    said = wengu("data", "clear", "photos")
    assert (said.code, said.out) == (2, "")
    assert said.err == f"wengu: photos: nothing is kept in {tmp_path / 'cache'}\n"


@pytest.mark.parametrize("text", [None, "", '{"name": "photos", "shape": [120, 1, 28]}', "[]"])
def test_what_is_damaged_is_listed_and_cleared_too(
    wengu: Wengu, photos: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None
) -> None:
    """Its room is taken, whatever it no longer says of itself."""
    monkeypatch.setenv("WENGU_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(picture_store, "MOST_IN_MEMORY", 0)
    read_picture_folder(photos)
    gc.collect()
    (about,) = (tmp_path / "cache").rglob("about.json")
    about.unlink() if text is None else about.write_text(text)
    _, line = wengu("data", "kept").out.splitlines()
    assert line.split()[0] == about.parent.name and "damaged, and made again when it is needed" in line and " 0.1 MB" in line
    assert wengu("data", "clear").out == f"{about.parent.name}, damaged, and made again when it is needed: 0.1 MB freed\n"
    assert not about.parent.exists()
