"""Records, their labels, and the confusion matrix, held to scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest

from wengu.core.checks import InputError
from wengu.practice import Records, confusion, error_rate, errors, per_class

WORDS = np.array(["cat", "dog", "eel", "fox"])


def labelled(seed: int, m: int = 200) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, m)
    return truth, np.where(rng.random(m) < 0.6, truth, rng.integers(0, 3, m))  # the last class is seldom predicted


@pytest.mark.parity
@pytest.mark.parametrize("as_words", [False, True])
def test_parity_metrics(as_words: bool) -> None:
    """Authority: scikit-learn's zero_one_loss, confusion_matrix and precision_recall_fscore_support."""
    from sklearn import metrics

    truth, predicted = (WORDS[labels] if as_words else labels for labels in labelled(0))
    assert error_rate(truth, predicted) == pytest.approx(metrics.zero_one_loss(truth, predicted), abs=1e-15)
    counts = confusion(truth, predicted)
    assert (counts == metrics.confusion_matrix(truth, predicted)).all()
    ours = per_class(counts)
    theirs = metrics.precision_recall_fscore_support(truth, predicted, zero_division=np.nan)
    for got, want in zip((ours.precision, ours.recall, ours.f1, ours.n), theirs, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-14)
    np.testing.assert_allclose(ours.error, 1 - theirs[1], rtol=1e-12)


@pytest.mark.parity
def test_parity_order_of_classes_and_unseen_ones() -> None:
    """Authority: scikit-learn, with labels in an order of one's own, one never predicted and one that never occurs."""
    from sklearn import metrics

    truth, predicted = ["b", "a", "c", "a"], ["b", "b", "b", "a"]
    classes = ["c", "a", "never", "b"]
    counts = confusion(truth, predicted, classes)
    assert (counts == metrics.confusion_matrix(truth, predicted, labels=classes)).all()
    theirs = metrics.precision_recall_fscore_support(truth, predicted, labels=classes, zero_division=np.nan)
    np.testing.assert_array_equal(per_class(counts).precision, theirs[0])
    np.testing.assert_array_equal(per_class(counts).recall, theirs[1])
    np.testing.assert_array_equal(per_class(counts).f1, theirs[2])


def test_errors_sum_to_what_is_off_the_diagonal() -> None:
    truth, predicted = labelled(1)
    counts = confusion(truth, predicted)
    assert errors(truth, predicted).sum() == counts.sum() - np.trace(counts)


@pytest.mark.parametrize(
    ("truth", "predicted", "message"),
    [
        ([1, 0], [1], "predicted: expected 2 entries, one for each in truth, got 1"),
        ([], [], "truth: expected at least one example, got none"),
        (["1", "0"], [1, 0], "predicted: expected text as in truth, got numbers"),
        ([1, 0], np.array(["1", "0"], dtype=object), "predicted: expected numbers as in truth, got text"),
        ([1, 0], [[0.1, 0.9], [0.8, 0.2]], "argmax"),
        ([1.0, 0.0, 1.0], [1.0, np.nan, np.nan], "predicted: 2 of 3 labels are missing, the first at index 1"),
        (["a", None], ["a", "b"], "truth: 1 of 2 labels is missing, the first at index 1"),
    ],
)
def test_bad_labels_are_refused(truth: object, predicted: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        error_rate(truth, predicted)


def test_unknown_class_is_named() -> None:
    with pytest.raises(InputError, match="predicted: 'cow' is not among the classes"):
        confusion(["cat"], ["cow"], ["cat", "dog"])
    with pytest.raises(InputError, match="square confusion matrix"):
        per_class([1, 2])


def test_records_keep_rows_whole() -> None:
    tokens = Records([["a", "b"], ["c", "d"]], ["a b", "c"])  # rows of equal length are rows still
    assert tokens.truth.shape == (2,)
    assert tokens.truth[1] == ["c", "d"]
    with pytest.raises(InputError, match="group: expected 2 entries"):
        Records([1, 2], [1, 2], [1])
    with pytest.raises(InputError, match="got none"):
        Records([], [])
