"""Faults that were planted in the data are found, also where only a sample can be looked at."""

from __future__ import annotations

import importlib
import math
import re

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from tests.training.sound_start import Set, at_fault, checked, network, table
from wengu.core.checks import InputError
from wengu.practice import ErrorRate, MacroF1
from wengu.training import Judge
from wengu.training.preflight_parts import data


def test_numbers_that_are_none_are_named() -> None:
    (x, y), (dev_x, dev_y) = table(300), table(100, seed=1)
    x[17, 3], dev_x[4, 0] = torch.nan, torch.inf
    ids = {"train": [f"t{i}" for i in range(300)], "dev": [f"d{i}" for i in range(100)]}
    found = checked(network(), (x, y), (dev_x, dev_y), ids=ids)
    assert at_fault(found) == {"inputs": "failed"} and "2 examples" in found["inputs"].words
    assert found["inputs"].words.endswith("t17, d4")
    with pytest.raises(InputError, match=r"train: expected an example whose every number is finite"):
        checked(network(), (x * torch.nan, y))


def pictures(m: int, *, seed: int) -> Set:
    x = torch.randint(0, 200, (m, 1, 12, 12), generator=torch.Generator().manual_seed(seed)).to(torch.uint8)
    return x, torch.arange(m) % 3


class OfPictures(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layer = nn.Linear(144, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer((x.flatten(1) - 100.0) / 58)


def test_duplicates_that_were_planted() -> None:
    (x, y), (dev_x, dev_y) = pictures(300, seed=0), pictures(200, seed=1)
    assert not checked(OfPictures(), (x, y), (dev_x, dev_y)).not_ok
    dev_x[8], dev_y[8] = x[5], y[5]
    found = checked(OfPictures(), (x, y), (dev_x, dev_y))
    assert at_fault(found) == {"duplicates": "warning"} and "1 of dev" in found["duplicates"].words
    assert "(dev 8 = train 5)" in found["duplicates"].words and found["duplicates"].share == 1 / len(dev_x)
    dev_x[9:12] = x[6:9]
    assert at_fault(checked(OfPictures(), (x, y), (dev_x, dev_y)))["duplicates"] == "failed"  # four are 2 % of dev
    x[100:120] = x[:20]
    found = checked(OfPictures(), (x, y), pictures(200, seed=1))
    assert at_fault(found)["duplicates"] == "warning" and "20 twice in train" in found["duplicates"].words


def test_near_duplicates_that_were_planted() -> None:
    (x, y), (dev_x, dev_y) = pictures(300, seed=0), pictures(200, seed=1)
    dev_x[8] = x[5] // 2 + 50
    found = checked(OfPictures(), (x, y), (dev_x, dev_y))
    assert at_fault(found) == {"near duplicates": "warning"}
    assert "1 of dev" in found["near duplicates"].words and "dev 8 = train 5" in found["near duplicates"].words


def test_labels_that_contradict() -> None:
    x, y = pictures(300, seed=0)
    x[150:] = x[:150]
    shuffled = y[torch.randperm(300, generator=torch.Generator().manual_seed(0))]
    assert at_fault(checked(OfPictures(), (x, y), pictures(200, seed=1))) == {"duplicates": "warning"}
    found = checked(OfPictures(), (x, shuffled), pictures(200, seed=1))
    n = int((shuffled[:150] != shuffled[150:]).sum())
    assert at_fault(found)["contradictions"] == "failed" and f"{n} examples" in found["contradictions"].words


def test_a_rare_class() -> None:
    x, y = table(300)
    y[(y == 2).nonzero()[4:, 0]] = 1
    found = checked(network(), (x, y))
    assert at_fault(found) == {"balance": "warning"} and "1.3%" in found["balance"].words
    assert "c" in found["balance"].words


class OneByOne(Dataset[tuple[Tensor, ...]]):
    def __init__(self, part: Set) -> None:
        self.part = part

    def __len__(self) -> int:
        return len(self.part[0])

    def __getitem__(self, i: int) -> tuple[Tensor, ...]:
        return self.part[0][i], self.part[1][i]


class ManyAtOnce(OneByOne):
    def __getitems__(self, indices: list[int]) -> list[tuple[Tensor, ...]]:
        return [self[i] for i in indices]


def test_what_is_read_one_by_one_is_searched_in_a_sample() -> None:
    """256 of 1000 are looked at, and half of dev's 400 are in train: so many of them as are in the sample are found."""
    train, dev = table(1000), table(400, seed=1)
    dev = torch.cat([dev[0][:200], train[0][::5]]), torch.cat([dev[1][:200], train[1][::5]])
    found = checked(network(), OneByOne(train), OneByOne(dev), judge=Judge(classes, ErrorRate()),  # type: ignore[arg-type]
                    ids={"train": [f"t{i}" for i in range(1000)], "dev": [f"d{i}" for i in range(400)]})
    assert found["inputs"].words == "a sample of 256 of train and 256 of dev, every number finite"
    words, advice = found["duplicates"].words, found["duplicates"].advice
    assert words.endswith("; in a sample of 256 of train and 256 of dev") and "; in a sample" in found["balance"].words
    pairs = re.findall(r"d(\d+) = t(\d+)", words)
    assert len(pairs) == 2 and all((int(i) - 200) * 5 == int(j) for i, j in pairs)
    points = float(re.search(r"up to ([\d.]+) points", advice)[1])  # type: ignore[index]
    assert points == pytest.approx(50, abs=3 * 100 * math.sqrt(0.128 * 0.872 / 256) / 0.256)  # three standard deviations


def classes(model: nn.Module, batch: object, z: Tensor) -> Tensor:
    return z.argmax(1)


@pytest.mark.parametrize(("metric", "says"), [
    (ErrorRate(), "the dev error is too low by up to 30.0 points"), (MacroF1(), "macro-F1 on dev looks better than it is"),
    (None, "the dev cost looks better than it is"),
])
def test_what_a_leak_does_is_said_of_the_metric(metric: ErrorRate | MacroF1 | None, says: str) -> None:
    train, dev = table(300), table(100, seed=1)
    dev[0][:30], dev[1][:30] = train[0][:30], train[1][:30]
    found = checked(network(), train, dev, judge=Judge(classes, metric) if metric else None)
    assert found["duplicates"].advice == f"{says}: remove these copies from dev, or from train"


def test_what_reads_many_at_once_is_looked_at_as_far_as_memory_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    words = [checked(network(), ManyAtOnce(table(1000)), ManyAtOnce(table(50, seed=1)))["inputs"].words]  # type: ignore[arg-type]
    monkeypatch.setattr(data, "MOST_SAMPLED", 300 * 20 * 4)
    words.append(checked(network(), ManyAtOnce(table(1000)), ManyAtOnce(table(50, seed=1)))["inputs"].words)  # type: ignore[arg-type]
    assert [text.split(", every")[0] for text in words] == [f"a sample of {n} of train and 50 of dev" for n in ("1,000", "300")]


def test_of_large_examples_no_more_go_through_the_model_than_training_has_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    most = 0

    class Noting(nn.Linear):
        def forward(self, x: Tensor) -> Tensor:
            nonlocal most
            most = max(most, len(x))
            return super().forward(x)

    monkeypatch.setattr(importlib.import_module("wengu.training.preflight"), "POOL_BYTES", 12 * 20 * 4)
    found = checked(nn.Sequential(Noting(20, 3)), ManyAtOnce(table(300)), batch_size=40, micro_batch=12)  # type: ignore[arg-type]
    assert most == 12 and [check.name for check in found.checks][-1] == "memory"


def test_what_is_ragged_is_not_searched_for_duplicates() -> None:
    class Ragged(OneByOne):
        def collate(self, rows: list[tuple[Tensor, ...]]) -> tuple[list[Tensor], Tensor]:
            return [x for x, _ in rows], torch.stack([y for _, y in rows])

    model = network()
    stacked = nn.ModuleDict({"net": model})
    stacked.forward = lambda rows: model(torch.stack(rows))  # type: ignore[method-assign]
    found = checked(stacked, Ragged(table(300)), Ragged(table(100)))  # type: ignore[arg-type]
    assert found["inputs"].words.endswith("finite; not searched for duplicates")
