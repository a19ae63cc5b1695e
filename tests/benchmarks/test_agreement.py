"""What a race calls the same: ours beside the script passes, and whatever is wrong in a training or a prediction fails."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from benchmarks.agreement import same_probabilities

from benchmarks import vision
from wengu.training import ComputeFormat

SIZE, BATCH, STEPS = 32, 16, 2
PRECISIONS = ["fp32", "bf16"] if vision.UNITS else ["fp32"]


@pytest.fixture(scope="module")
def some() -> vision.Pair:
    return vision.pictures(SIZE, BATCH * STEPS)


# --- training ---------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def scripts(some: vision.Pair) -> vision.Trained:
    return vision.script(vision.networks(SIZE)[1], some, BATCH, None)


def trained(some: vision.Pair, precision: Any = "fp32", mean: float = vision.MEAN, lr: float = 1e-3) -> vision.Trained:
    model = vision.networks(SIZE)[0]
    model[0].mean.fill_(255 * mean)
    return vision.with_fit(model, some, BATCH, ComputeFormat(precision, "channels_last"), lr)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_same_training_passes(precision: Any, some: vision.Pair, scripts: vision.Trained) -> None:
    words, good = vision.same_training(SIZE, trained(some, precision), scripts)
    assert good, words


WRONG = {
    "another learning rate": lambda x, y: trained((x, y), lr=1.1e-3),
    "another mean of the pixels": lambda x, y: trained((x, y), mean=0.5),
    "darker pictures": lambda x, y: trained(((0.9 * x).byte(), y)),
    "a step too few": lambda x, y: trained((x[:-BATCH], y[:-BATCH])),
    "other labels": lambda x, y: trained((x, y.flip(0))),
    "no training": lambda x, y: (vision.networks(SIZE)[0], 0.0),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_training_fails(wrong: str, some: vision.Pair, scripts: vision.Trained) -> None:
    words, good = vision.same_training(SIZE, WRONG[wrong](*some), scripts)
    assert not good, words


# --- prediction -------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def predicted(some: vision.Pair) -> dict[str, Any]:
    """Of ours in each precision, and of the script."""
    x = some[0]
    mine, usual = vision.settled(SIZE, x)
    model = vision.loaded(mine, x, "fp32")
    made: dict[str, Any] = {each: model.predict(x, precision=each).probabilities for each in PRECISIONS}  # type: ignore[arg-type]
    return {**made, "script": vision.predict_script(usual, map(vision.normalised, x.split(BATCH)))}


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_same_probabilities_pass_and_those_of_another_picture_fail(precision: Any, predicted: dict[str, Any]) -> None:
    ours, theirs = predicted[precision], predicted["script"]
    words, good = same_probabilities(ours, theirs, precision)
    assert good, words
    one = ours.copy()
    one[0] = ours[1]
    for wrong in (np.roll(ours, 1, axis=0), one, np.roll(ours, 1, axis=1), np.tile(theirs.mean(0), (len(ours), 1))):
        words, good = same_probabilities(wrong, theirs, precision)
        assert not good, words


def test_a_precision_is_held_to_its_own_limit(predicted: dict[str, Any]) -> None:
    """What bfloat16 rounds away fails where float32 is claimed."""
    theirs = predicted["script"]
    rounded = torch.from_numpy(theirs).bfloat16().double().numpy()
    assert same_probabilities(rounded, theirs, "bf16")[1] and not same_probabilities(rounded, theirs, "fp32")[1]
