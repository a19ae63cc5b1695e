"""`wengu predict RUN PICTURE --show-why FOLDER`: the maps of wengu.vision.interpret, over the picture that was read."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import wengu as package
from tests.cli.conftest import Wengu
from wengu.running.show_why import STRIP, _files
from wengu.vision.interpret import grad_cam, occlusion_map, overlay


@pytest.fixture(scope="module")
def run(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package.fit("lenet5", data=str(photos), epochs=4, runs=tmp_path_factory.mktemp("runs"), lr=2e-3).path


@pytest.fixture(scope="module")
def averaging(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package.fit("resnet20", data=str(photos), size=28, epochs=1, runs=tmp_path_factory.mktemp("runs"),
                       lr=1e-2, width=0.25).path


def drawn(file: Path) -> np.ndarray:
    """The picture with its map, without the words below."""
    return np.asarray(Image.open(file))[:-STRIP].astype(int)


@pytest.mark.parametrize(("by", "method"), [("auto", occlusion_map), ("grad-cam", grad_cam)])
def test_the_file_is_the_map_over_the_picture(wengu: Wengu, run: Path, photos: Path, by: str, method) -> None:
    """Of the class that was predicted, and of another: as the room of maps has them for the very pixels."""
    one = next((photos / "bag").iterdir())
    for k, name in enumerate(("", "trouser")):
        said = wengu("predict", run, one, "--show-why", f"out{k}", "--why-by", by, *(["--why-class", name] if name else []))
        assert said.code == 0 and "1 map by" in said.err
        trained, pixels = package.load(run), np.asarray(Image.open(one))
        c = trained.classes.index(name or said.out.split("\t")[1])
        x = torch.from_numpy(pixels.copy())[None, None]
        large = np.asarray(Image.open(one).resize((504, 504), Image.Resampling.BICUBIC))  # 18 times 28
        expected = overlay(large, method(trained, x, c)[0])
        file = Path(f"out{k}") / f"{one.stem}.png"
        assert said.out.rstrip().endswith(f"\t{file}")
        assert np.abs(drawn(file) - expected.astype(int)).max() <= 1
        assert np.asarray(Image.open(file))[-STRIP:].max() > 200, "no words below it"


def test_of_a_network_that_averages_it_is_cam_and_json_says_so(wengu: Wengu, averaging: Path, photos: Path) -> None:
    said = wengu("predict", averaging, photos / "bag", "--show-why", "out", "--json")
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert len(rows) == 40 and {row["why_by"] for row in rows} == {"CAM"}
    for row in rows:
        assert Path(row["why"]).is_file() and Path(row["why"]).stem == Path(row["id"]).stem
        assert row["why_class"] == row["predicted"]


def test_what_cannot_be_read_shifts_nothing(wengu: Wengu, run: Path, photos: Path) -> None:
    good = sorted((photos / "bag").iterdir())[:2]
    Path("bad.png").write_bytes(b"nothing")
    wengu("predict", run, good[0], "bad.png", good[1], "--show-why", "mixed")
    for file in good:
        wengu("predict", run, file, "--show-why", f"alone-{file.stem}")
        (mixed,) = Path("mixed").rglob(f"{file.stem}.png")
        alone = drawn(Path(f"alone-{file.stem}") / f"{file.stem}.png")
        assert np.abs(drawn(mixed).astype(int) - alone).max() <= 1  # two at once go through another kernel than one
    assert len([*Path("mixed").rglob("*.png")]) == 2


def test_standard_input(wengu: Wengu, run: Path, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class In:
        buffer = io.BytesIO(next((photos / "bag").iterdir()).read_bytes())

    monkeypatch.setattr(sys, "stdin", In)
    assert wengu("predict", run, "-", "--show-why", "out").code == 0
    assert [file.name for file in Path("out").iterdir()] == ["picture.png"]


def test_every_picture_has_a_file_of_its_own() -> None:
    ids = ("/p/a/1.png", "/p/b/1.png", "/p/b/1.jpg", "/p/b/1.JPG", "/p/b/1.jpg", "/p/2.gif")
    made = [str(file) for file in _files(ids, Path("o"))]
    assert made[:3] == ["o/a/1.png", "o/b/1.png", "o/b/1.jpg.png"] and made[-1] == "o/2.png"
    assert len({name.casefold() for name in made}) == len(ids)
    assert [str(one) for one in _files(("cat.jpg",), Path("o"))] == ["o/cat.png"]
    above = [str(one) for one in _files(("a/../../c.png", "b/d.png"), Path("o"))]
    assert all(".." not in one and one.startswith("o/") for one in above)


def test_nothing_is_written_over(wengu: Wengu, run: Path, photos: Path, tmp_path: Path) -> None:
    """Least of all the picture itself."""
    before = next((photos / "bag").iterdir()).read_bytes()
    (tmp_path / "cat.png").write_bytes(before)
    said = wengu("predict", run, "cat.png", "--show-why", ".")
    assert said.code == 2 and "cat.png is there already; name another folder" in said.err
    assert (tmp_path / "cat.png").read_bytes() == before


def test_what_has_no_map_is_refused_in_one_line(wengu: Wengu, run: Path, iris: Path, photos: Path, tmp_path: Path) -> None:
    one = next((photos / "bag").iterdir())
    table = package.fit("softmax", data=str(iris), target="species", epochs=1, runs=tmp_path / "r").path
    for words, message in (
        (("predict", table, iris, "--show-why", "out"), "expected a run that sorts pictures into classes"),
        (("predict", run, one, "--show-why", "out", "--why-class", "bagg"), "why-class: 'bagg' is unknown; did you mean bag?"),
        (("predict", run, one, "--show-why", "out", "--why-by", "cam"), "take grad_cam or occlusion_map"),
        (("predict", run, one, "--why-class", "bag"), "why-class, why-by: they say how --show-why FOLDER is drawn"),
    ):
        said = wengu(*words)
        assert said.code == 2 and message in said.err and said.err.count("\n") == 1, said.err
        assert not Path("out").exists()
