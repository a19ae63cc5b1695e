"""When a transfer fits: each of the three conditions is looked at, and the one that fails is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestCentroid
from torch import nn

from wengu.core.i18n import speaking
from wengu.training import Features, PretrainedWeights, features_of, fits, transfer

COLOUR: dict[str, Any] = {"spec": {"channels": 3, "size": [96, 96]}, "examples": {"train": 1_000_000}}


class Shown(nn.Module):
    """Some of the inputs, as if lower layers had found them."""

    def __init__(self, columns: list[int], total: int) -> None:
        super().__init__()
        self.lower, self.output = nn.Linear(total, len(columns), bias=False), nn.Linear(len(columns), 3)
        self.lower.weight.data.copy_(torch.eye(total)[columns])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.output(self.lower(x))


def rows(n: int = 20, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Three classes that columns 0 and 1 distinguish and thirty others do not."""
    y = torch.arange(3).repeat_interleave(n)
    x = torch.randn(3 * n, 32, generator=torch.Generator().manual_seed(seed))
    x[:, :2] += 2.5 * torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])[y]
    return x, y


def test_parity_leaving_one_out_is_sklearns_nearest_centroid() -> None:
    """One fit for each example that is judged, on all others."""
    for n, seed in ((3, 0), (8, 1), (20, 2)):
        x, y = rows(n, seed)
        scaled = ((x - x.mean(0)) / x.std(0)).double().numpy()
        wrong = sum(NearestCentroid().fit(np.delete(scaled, i, 0), np.delete(y.numpy(), i)).predict(scaled[i:i + 1])[0] != y[i].item()
                    for i in range(len(y)))
        found = features_of(Shown([0, 1], 32), x, y)
        assert found is not None and (found.of_inputs, found.examples) == (wrong, 3 * n)


def test_features_that_distinguish_the_classes_help_and_others_do_not() -> None:
    x, y = rows()
    model = Shown([0, 1], 32).train()
    good, bad = features_of(model, x, y), features_of(Shown([5, 6], 32), x, y)
    assert good and bad and good.help and not bad.help and good.of_inputs == bad.of_inputs
    assert all(module.training for module in model.modules())


def test_it_is_not_looked_at_where_it_means_nothing() -> None:
    x, y = rows()
    assert features_of(nn.Linear(32, 3), x, y) is None  # nothing below
    assert features_of(Shown([0], 32), x[::20], y[::20]) is None  # one of each class
    assert features_of(nn.Sequential(nn.Unflatten(1, (16, 2)), nn.Linear(2, 2), nn.Linear(2, 3)), x[:, :32], y) is not None
    twice = nn.Linear(32, 32)
    assert features_of(nn.Sequential(nn.Linear(32, 32), twice, twice), x, y) is None


@pytest.mark.parametrize(("facts", "spec", "examples", "features", "holds", "said"), [
    (COLOUR, {"channels": 3, "size": [96, 96]}, 100, Features(3, 9, 50), (True, True, True), []),
    (COLOUR, {"channels": 1, "size": [96, 96]}, 100, None, (False, True, None), ["the input format is different (channels)"]),
    (COLOUR | {"examples": {"train": 999}}, {"channels": 3}, 100, None, (True, False, None), ["it learned from 999 examples, and there are 100 here"]),
    (COLOUR | {"examples": {"train": 1000}}, {"channels": 3}, 100, None, (True, True, None), []),
    (COLOUR, {"channels": 3}, 100, Features(9, 9, 50), (True, True, False),
     ["what its lower layers give does not help: by the nearest class mean 9 of 50 training examples are wrong on it, on the inputs themselves 9"]),
    (COLOUR, {"channels": 3}, 100, Features(0, 0, 50), (True, True, True), []),
    ({}, {"channels": 3}, 100, None, (None, None, None), ["how much data it learned from is unknown"]),
    ({"examples": {"train": 90}, "spec": {"channels": 1}}, {"channels": 3}, 100, Features(8, 2, 9), (False, False, False),
     ["the input format", "it learned from 90", "what its lower layers give"]),
])
def test_the_condition_that_fails_is_said_and_no_other(
    facts: Any, spec: Any, examples: int, features: Features | None, holds: tuple[bool | None, ...], said: list[str]
) -> None:
    found, notes = fits(facts, spec, examples, features)
    assert (found.input_format, found.far_more_data, found.features and found.features.help) == holds
    assert len(notes) == len(said) and all(note.startswith(one) for note, one in zip(notes, said, strict=True))
    with speaking("zh"):
        assert len(fits(facts, spec, examples, features)[1]) == len(said)


def test_a_transfer_says_it_and_keeps_it() -> None:
    x, y = rows()
    b = Shown([0, 1], 32)
    done = transfer(b, PretrainedWeights(Path("a"), Shown([5, 6], 32).state_dict(), {"examples": {"train": 100}}), examples=60,
                    classes=("a", "b", "c"), seen=(x, y))
    assert done.fits and done.fits.features and not done.fits.features.help and done.fits.far_more_data is False
    assert [note.partition(":")[0] for note in done.notes[-2:]] == ["it learned from 100 examples, and there are 60 here",
                                                                    "what its lower layers give does not help"]
    assert done.to_dict()["fits"]["features"]["examples"] == 60
