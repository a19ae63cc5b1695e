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


def in_sets(folder: Path, **sets: tuple[list[object], list[object]]) -> Path:
    rows = [f"{name},{y},{p}" for name, pair in sets.items() for y, p in zip(*pair, strict=True)]
    (folder / "p.csv").write_text("\n".join(["set,truth,predicted", *rows]))
    return folder / "p.csv"


@pytest.mark.parametrize(("truth", "predicted", "words"), [
    ([0, 1] * 50, [0.01 * k for k in range(99)] + [1], "99 of 100 predictions are no class: .*these look like probabilities"),
    ([1, 2, 3] * 20, ["1.00", "2.00", "3"] * 20, "differ in how they are written"),
    (["True", "False"] * 20, ["true", "False"] * 20, "differ in how they are written"),
    ([f"{k // 2 / 10}" for k in range(200)], [f"{(k // 2 + 1) / 10}" for k in range(200)], "numbers to come near to"),
    ([17 + k // 2 % 60 for k in range(300)], [17 + (k // 2 + k % 3) % 60 for k in range(300)], "write a letter before them"),
])
def test_a_coincidence_does_not_hide_it(tmp_path: Path, truth: list[object], predicted: list[object], words: str) -> None:
    """A saturated sigmoid gives some 0 and 1; a regression hits a value now and then."""
    if "letter" in words:
        predicted = [p if k % 3 == 0 else int(str(p)) + 1 for k, p in enumerate(predicted)]
    with pytest.raises(InputError, match=words):
        read_predictions(file(tmp_path, truth, predicted))


def test_labels_of_one_set_that_are_none_elsewhere_are_refused(tmp_path: Path) -> None:
    path = in_sets(tmp_path, train=(["yes", "no"] * 20, ["yes", "no"] * 20), dev=([1, 0] * 20, ["yes", "no"] * 20))
    with pytest.raises(InputError, match="truth of the set dev has '1', '0', of which there is none elsewhere, and predicted has 'yes', 'no'"):
        read_predictions(path)


def test_numbers_that_are_classes_and_bad_models_stay_what_they_are(tmp_path: Path) -> None:
    digits = [k // 2 % 10 for k in range(200)]
    assert read_predictions(file(tmp_path, digits, [(d + 1) % 10 for d in digits]))
    ages = [k // 2 % 40 for k in range(200)]
    assert read_predictions(file(tmp_path, ages, [a if k % 5 else 3 for k, a in enumerate(ages)]))  # four in five are right
    codes = [f"c{k // 2 % 40}" for k in range(200)]
    assert read_predictions(file(tmp_path, codes, [f"c{(k // 2 + 1) % 40}" for k in range(200)]))
    assert read_predictions(file(tmp_path, ["a", "b"] * 50, ["a", "c"] * 50))  # a class that dev has none of


def test_all_missing_rows_are_counted(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="p.csv:2: .* here and in 2 rows more"):
        read_predictions(file(tmp_path, ["nan", "a", "NA", "b", "nan"], ["a"] * 5))
