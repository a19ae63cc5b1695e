from __future__ import annotations

import hashlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from wengu.data import get, load

ROOT = Path(__file__).parents[2]

CONTENT = "7295aa4c9c6b081a61359fdaa16205d5b2cafeabae5a2680adcee83af7ed5d69"


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_sample", ROOT / "scripts" / "make_sample.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_six_hundred_of_each_class() -> None:
    sample = load("sample")
    assert (len(sample), sample.size, sample.channels) == (6000, (28, 28), 1)
    assert list(sample.counts().values()) == [600] * 10
    assert (sample.classes[0], sample.classes[9]) == ("T-shirt/top", "Ankle boot")
    assert set(sample.set_of.tolist()) == {""}


def test_ids_keep_the_place_among_the_training_pictures() -> None:
    ids = load("sample").ids
    places = [int(i.removeprefix("train/")) for i in ids]
    assert places == sorted(set(places))
    assert min(places) >= 0 and max(places) < 60_000


def test_its_content_is_known() -> None:
    """Guards the file that ships against damage; that it is right is the test below, against the full set."""
    sample = load("sample")
    digest = hashlib.sha256(sample.pixels.tobytes() + sample.labels.astype(np.uint8).tobytes())
    digest.update("\n".join(sample.ids).encode())
    assert digest.hexdigest() == CONTENT


def test_it_is_small_and_its_licence_lies_beside_it() -> None:
    folder = get("sample")
    assert (folder / "fashion-mnist-6000.npz").stat().st_size < 3_000_000
    licence = (folder / "LICENSE").read_text(encoding="utf-8")
    assert "MIT License" in licence and "Zalando SE" in licence


@pytest.mark.registry
def test_it_is_drawn_from_the_training_pictures_and_none_is_a_test_picture() -> None:
    sample, full = load("sample"), load("fashion-mnist")
    of_id = {name: i for i, name in enumerate(full.ids)}
    places = [of_id[name] for name in sample.ids]
    assert np.array_equal(sample.pixels, full.pixels[places])
    assert np.array_equal(sample.labels, full.labels[places])
    test = {picture.tobytes() for picture in full.pixels[full.set_of == "test"]}
    assert len(test) == 10_000
    assert not any(picture.tobytes() in test for picture in sample.pixels)


@pytest.mark.registry
def test_the_script_makes_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["make_sample.py", "--check"])
    assert script().main() == 0
