"""A Dataset of mapped pictures gives what one in memory gives, to the loop and to torch's own loader."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import wengu
from wengu.core.checks import InputError
from wengu.data import Pictures, picture_store, read_picture_folder
from wengu.recipes.mapped_pictures import MappedPictures, normalisation_of
from wengu.training import fit

INDEX = np.array([5, 100, 7, 7, 44, 119, 0], np.intp)


@pytest.fixture
def pictures(photos: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pictures:
    monkeypatch.setenv("WENGU_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(picture_store, "MOST_IN_MEMORY", 0)
    return read_picture_folder(photos)


@pytest.fixture
def in_memory(pictures: Pictures) -> TensorDataset:
    return TensorDataset(torch.from_numpy(pictures.pixels[INDEX]), torch.from_numpy(pictures.labels[INDEX]))


def test_examples_and_batches_are_those_in_memory(pictures: Pictures, in_memory: TensorDataset) -> None:
    mapped = MappedPictures(pictures, INDEX)
    assert len(mapped) == len(INDEX)
    for i in range(len(INDEX)):
        for ours, theirs in zip(mapped[i], in_memory[i], strict=True):
            torch.testing.assert_close(ours, theirs, rtol=0, atol=0)
    for rows in (mapped.__getitems__([3, 0, 6]), [mapped[3], mapped[0], mapped[6]], list(mapped.__getitems__([3, 0, 6]))):
        for ours, theirs in zip(mapped.collate(rows), in_memory[[3, 0, 6]], strict=True):
            torch.testing.assert_close(ours, theirs, rtol=0, atol=0)
    assert [len(part) for part in mapped.collate(mapped.__getitems__([1, 2, 3])[1:])] == [2, 2]


@pytest.mark.parametrize("collate", [True, False])
def test_torchs_own_loader_takes_it(pictures: Pictures, in_memory: TensorDataset, collate: bool) -> None:
    mapped = MappedPictures(pictures, INDEX)
    loader = DataLoader(mapped, batch_size=3, collate_fn=mapped.collate if collate else None)
    for ours, theirs in zip(loader, DataLoader(in_memory, batch_size=3), strict=True):
        for one, other in zip(ours, theirs, strict=True):
            torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_only_the_file_s_name_goes_to_another_process(pictures: Pictures) -> None:
    mapped = MappedPictures(pictures, np.arange(120))
    sent = pickle.dumps(mapped)
    assert len(sent) < 120 * 28 * 28 / 10
    for again in (pickle.loads(sent), copy.deepcopy(mapped)):
        assert isinstance(again.pixels, np.memmap) and again.pixels.filename == mapped.pixels.filename
        torch.testing.assert_close(again[119], mapped[119], rtol=0, atol=0)


def test_what_distinguishes_two_sets(pictures: Pictures, photos: Path) -> None:
    mapped = MappedPictures(pictures, INDEX)
    other_labels = copy.copy(pictures.labels)
    other_labels[44] = 0
    relabelled = Pictures(pictures.pixels, other_labels, pictures.classes, pictures.ids, pictures.set_of, "",
                          kept=pictures.kept)
    others = [MappedPictures(pictures, INDEX[::-1]), MappedPictures(pictures, INDEX[1:]),
              MappedPictures(relabelled, INDEX), MappedPictures(read_picture_folder(photos, size=(27, 28)), INDEX)]
    assert len({mapped.fingerprint, *(other.fingerprint for other in others)}) == 5
    assert MappedPictures(read_picture_folder(photos), INDEX).fingerprint == mapped.fingerprint


def test_training_on_it_is_training_in_memory(pictures: Pictures) -> None:
    """The same weights to the last bit."""
    index = np.random.default_rng(0).permutation(120)
    train, dev = index[:90], index[90:]

    def trained(mapped: bool) -> dict[str, torch.Tensor]:
        model = nn.Sequential(nn.Flatten(), Float(), nn.Linear(784, 3))
        with torch.no_grad():
            model[2].weight.zero_(), model[2].bias.zero_()
        sets = [MappedPictures(pictures, part) if mapped
                else (torch.from_numpy(pictures.pixels[part]), torch.from_numpy(pictures.labels[part]))
                for part in (train, dev)]
        fit(model, *sets, loss_fn=nn.functional.cross_entropy, epochs=3, batch_size=16)
        return model.state_dict()

    for ours, theirs in zip(trained(True).values(), trained(False).values(), strict=True):
        assert torch.equal(ours, theirs)
    assert trained(True)["2.weight"].abs().sum() > 0


def test_a_whole_run_on_mapped_pictures_is_that_in_memory(
    pictures: Pictures, photos: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Pre-flight, weights, predictions and report; and the data is recognised when the run goes on."""
    how = {"data": str(photos), "epochs": 2, "batch_size": 32, "runs": tmp_path, "quiet": True, "precision": "fp32"}
    mapped = wengu.fit("lenet5", name="mapped", **how)
    monkeypatch.setattr(picture_store, "MOST_IN_MEMORY", 1 << 30)
    held = wengu.fit("lenet5", name="held", **how)
    ours, theirs = mapped.run.model.state_dict(), held.run.model.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    for name in ("train", "dev"):
        files = [(one.path / "predictions" / f"{name}.csv").read_text() for one in (mapped, held)]
        assert files[0] == files[1]
    words = {check["name"]: check["words"] for check in mapped.run_folder.read_json("preflight.json")["checks"]}
    assert "; in a sample of " in words["duplicates"]
    assert (mapped.path / "report.html").read_text().count("data:image/png") > 0
    with pytest.raises(InputError, match="the data has changed: train is not what the checkpoint was trained on"):
        wengu.fit("lenet5", name="mapped", resume=True, **(how | {"epochs": 3}))
    monkeypatch.setattr(picture_store, "MOST_IN_MEMORY", 0)
    assert len(wengu.fit("lenet5", name="mapped", resume=True, **(how | {"epochs": 3})).run.history) == 3
    changed = next(photos.glob("bag/*.png"))
    content = changed.read_bytes()
    Image.fromarray(np.zeros((28, 28), np.uint8)).save(changed)
    try:
        with pytest.raises(InputError, match=rf"the data has changed: bag/{changed.name}\."):
            wengu.fit("lenet5", name="mapped", resume=True, **(how | {"epochs": 4}))
    finally:
        changed.write_bytes(content)


class Float(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.float() / 255


@pytest.mark.parametrize("grey", [True, False])
def test_mean_and_deviation_are_those_in_memory(pictures: Pictures, photos: Path, grey: bool) -> None:
    mapped = pictures if grey else read_picture_folder(photos, channels=3)
    held = mapped.take(slice(None))
    assert mapped.kept is not None and held.kept is None and held.channels == (1 if grey else 3)
    ours, theirs = normalisation_of(mapped, INDEX).state_dict(), normalisation_of(held, INDEX).state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ("mean", "std"))


def test_pictures_in_memory_are_refused(photos: Path) -> None:
    with pytest.raises(InputError, match="mapped from a file"):
        MappedPictures(read_picture_folder(photos), INDEX)
