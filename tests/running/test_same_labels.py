"""Predictions of which none is among the truths, and rows without a truth, are refused with both shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from wengu.core.checks import InputError
from wengu.running.predictions import read_predictions


def file(folder: Path, truth: list[object], predicted: list[object]) -> Path:
    rows = [f"{'train' if k % 2 else 'dev'},{y},{p}" for k, (y, p) in enumerate(zip(truth, predicted, strict=True))]
    (folder / "p.csv").write_text("\n".join(["set,truth,predicted", *rows]))
    return folder / "p.csv"


@pytest.mark.parametrize(("truth", "predicted", "words"), [
    ([0, 1, 1, 0], [0.255, 0.952, 0.657, 0.648], "truth has '0', '1', predicted has '0.255', '0.657', '0.952', …; these look like probabilities"),
    (["true", "false"], ["True", "False"], "predicted has 'True', 'False'; they differ in how they are written"),
    (["1", "2.5"], ["1.00", "2.50"], "they differ in how they are written"),
    ([1.5, 2.25, 3.75, 9.5], [1.4, 2.2, 3.8, 9.7], "not classes"),
    (["cat", "dog"], ["Katze", "Hund"], "give the classes as truth has them"),
    (["cat", "dog"], [0, 1], "give the classes as truth has them"),
])
def test_nothing_predicted_is_among_the_truths(tmp_path: Path, truth: list[object], predicted: list[object], words: str) -> None:
    with pytest.raises(InputError) as caught:
        read_predictions(file(tmp_path, truth, predicted))
    assert "nothing in predicted is among the truths" in str(caught.value) and words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_one_that_is_among_them_is_a_bad_model_and_no_fault(tmp_path: Path) -> None:
    assert read_predictions(file(tmp_path, ["cat", "dog"], ["dog", "cow"]))["train"].predicted == ("cow",)


@pytest.mark.parametrize("empty", ["nan", "NaN", "NA", "", "?"])
def test_a_truth_that_is_missing_is_no_class(tmp_path: Path, empty: str) -> None:
    with pytest.raises(InputError, match=r"p.csv:3: truth and predicted must both be given, but truth is .*missing"):
        read_predictions(file(tmp_path, ["a", empty, "b"], ["a", "a", "b"]))
