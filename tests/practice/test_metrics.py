"""Each metric: against scikit-learn on odd sets, and weights against the rows written out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wengu.core.checks import InputError
from wengu.practice import (
    F1,
    METRICS,
    BalancedAccuracy,
    ErrorRate,
    FunctionMetric,
    MacroF1,
    Metric,
    MultiLabelError,
    Perplexity,
    Precision,
    Recall,
    Records,
    described,
    each_question,
    wrong_of_each,
)

WORDS = np.array(["cat", "dog", "eel", "fox"])
SETS = {
    "usual": ([0, 1, 2, 3, 1, 2, 0, 0, 3], [0, 1, 1, 3, 2, 2, 0, 1, 0]),
    "a class that is never predicted": ([0, 1, 2, 2, 1], [0, 1, 1, 0, 1]),
    "a class that is only predicted": ([0, 1, 1, 0, 0], [0, 3, 1, 1, 3]),
    "a class that is absent": ([0, 3, 3, 0], [3, 3, 0, 0]),
    "one class": ([2, 2, 2], [2, 2, 2]),
    "all wrong": ([0, 1, 2], [1, 2, 0]),
}


def measured(metric: Metric, truth: Any, predicted: Any) -> float:
    value = metric.value(metric.parts(truth, predicted))
    assert type(value) is float
    return value


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore::UserWarning")  # of a class that is only predicted, which scikit-learn leaves out
@pytest.mark.parametrize("as_words", [False, True])
@pytest.mark.parametrize(("truth", "predicted"), SETS.values(), ids=SETS)
def test_parity_metrics(truth: list[int], predicted: list[int], as_words: bool) -> None:
    """Authority: scikit-learn's zero_one_loss, f1_score, precision_score, recall_score, balanced_accuracy_score."""
    from sklearn import metrics

    y, y_hat = (WORDS[labels] if as_words else np.array(labels) for labels in (truth, predicted))
    assert measured(ErrorRate(), y, y_hat) == pytest.approx(metrics.zero_one_loss(y, y_hat), abs=1e-15)
    assert measured(MacroF1(), y, y_hat) == pytest.approx(metrics.f1_score(y, y_hat, average="macro"), abs=1e-15)
    assert measured(BalancedAccuracy(), y, y_hat) == pytest.approx(metrics.balanced_accuracy_score(y, y_hat), abs=1e-15)
    for one in WORDS if as_words else range(4):
        for metric, theirs in ((F1, metrics.f1_score), (Precision, metrics.precision_score), (Recall, metrics.recall_score)):
            want = theirs(y, y_hat, labels=[one], average="macro", zero_division=np.nan)
            assert measured(metric(one), y, y_hat) == pytest.approx(want, abs=1e-15, nan_ok=True)


def loop_over_questions(truth: list[Any], predicted: list[Any], weights: Any = None) -> float:
    """The definition: each question's error over its labels, then the mean of those that have any."""
    each = []
    for j in range(len(truth[0])):
        wrong = there = 0.0
        for i, (y, y_hat) in enumerate(zip(truth, predicted, strict=True)):
            if y[j] is not None:
                w = 1.0 if weights is None else weights[i]
                there += w
                wrong += w * (y[j] != y_hat[j])
        if there:
            each.append(wrong / there)
    return sum(each) / len(each) if each else math.nan


@pytest.mark.parity
def test_parity_label_error() -> None:
    """Authority: scikit-learn's hamming_loss on whole rows; with labels missing, its mean over the questions."""
    from sklearn.metrics import hamming_loss

    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(0, 2, (2, 50, 3))
    assert measured(MultiLabelError(), truth, predicted) == pytest.approx(hamming_loss(truth, predicted), abs=1e-15)
    there = rng.random((50, 3)) < (0.9, 0.5, 0.1)
    there[0] = False  # an example without any label
    want = np.mean([hamming_loss(truth[there[:, j], j], predicted[there[:, j], j]) for j in range(3)])
    for missing in (None, math.nan, -100):
        rows = [[int(y) if seen else missing for y, seen in zip(*row, strict=True)]
                for row in zip(truth, there, strict=True)]
        records = Records(rows, predicted.tolist())
        assert measured(MultiLabelError(), records.truth, records.predicted) == pytest.approx(want, abs=1e-15)
    assert measured(MultiLabelError(), np.where(there, truth, np.nan), predicted) == pytest.approx(want, abs=1e-15)


def test_every_question_weighs_alike_however_many_labels_it_has() -> None:
    rng = np.random.default_rng(2)
    truth, predicted = ([[int(y) for y in row] for row in rng.integers(0, 2, (80, 3))] for _ in range(2))
    for i, row in enumerate(truth):  # of the second but few labels, and of the third one
        truth[i] = [row[0], row[1] if i % 10 == 0 else None, row[2] if i == 7 else None]
    parts = MultiLabelError().parts(truth, predicted)
    assert parts.shape == (80, 6)
    assert MultiLabelError().value(parts) == pytest.approx(loop_over_questions(truth, predicted), abs=1e-15)
    draws = rng.multinomial(80, np.full(80, 1 / 80), size=50).astype(float)
    values = MultiLabelError().value(parts, draws)
    assert (draws[:, 7] == 0).any() and np.isfinite(values).all()  # some resamples miss the third, and have a value
    want = [loop_over_questions(truth, predicted, draw) for draw in draws]
    np.testing.assert_allclose(values, want, atol=1e-15)
    assert math.isnan(measured(MultiLabelError(), [[None, None]], [[1, 1]]))


def test_some_of_the_questions_may_be_judged() -> None:
    truth, predicted = [{"a": 1, "b": 0}, {"a": 1, "b": None}], [{"a": 1, "b": 1}, {"a": 0, "b": 1}]
    assert [measured(MultiLabelError(of=of), truth, predicted) for of in (("a",), ("b",), ("b", "a"), None)] == [
        0.5, 1.0, 0.75, 0.75]
    assert each_question(truth, predicted) == {"a": (1, 2), "b": (1, 1)}
    assert wrong_of_each(truth, predicted) == ("b: 100.0 % wrong of 1 label", "a: 50.0 % wrong of 2 labels")


def test_perplexity_is_exp_of_the_mean_cost() -> None:
    cost = np.random.default_rng(1).exponential(3.0, 60)
    blocks = [(float(part.sum()), len(part)) for part in np.split(cost, [10, 12, 40])]
    records = Records([None] * 4, blocks)
    assert measured(Perplexity(), records.truth, records.predicted) == pytest.approx(math.exp(cost.mean()), rel=1e-14)
    uniform = [(7 * math.log(50), 7)]  # of 50 words that are all alike
    assert measured(Perplexity(), None, uniform) == pytest.approx(50)
    assert math.isfinite(measured(Perplexity(), None, [(1e6, 2), (1e9, 1)]))  # e^1e9 is no number, and no JSON


def labels(draw: st.DrawFn, m: int) -> np.ndarray:
    return np.array(draw(st.lists(st.integers(0, 3), min_size=m, max_size=m)))


def two_columns(metric: Metric, draw: st.DrawFn, m: int) -> tuple[Any, Any]:
    if isinstance(metric, MultiLabelError):
        rows = st.lists(st.sampled_from([0, 1, None]), min_size=2, max_size=2)
        return [draw(rows) for _ in range(m)], [[1, draw(st.integers(0, 1))] for _ in range(m)]
    if isinstance(metric, Perplexity):
        return [None] * m, [(draw(st.floats(0, 9)), draw(st.integers(0, 5))) for _ in range(m)]
    return labels(draw, m), labels(draw, m)


def test_labels_by_name_are_labels_in_order() -> None:
    truth = [{"top": 1, "sleeve": None}, {"sleeve": 0, "top": 0}]
    predicted = [{"sleeve": 1, "top": 1}, {"top": 1, "sleeve": 0}]
    by_name, in_order = MultiLabelError().parts(truth, predicted), MultiLabelError().parts([[1, None], [0, 0]], [[1, 1], [1, 0]])
    assert by_name.tolist() == in_order.tolist() == [[0, 0, 1, 0], [1, 0, 1, 1]]  # wrong of both, then there
    with pytest.raises(InputError, match="predicted: expected the labels top, sleeve in every row, .* got top$"):
        MultiLabelError().parts(truth, [{"top": 1}, {"top": 1}])
    with pytest.raises(InputError, match="expected the labels top, sleeve in every row, .* got list"):
        MultiLabelError().parts(truth, [[1, 1], [1, 1]])


EVERY = [*(make() for make in METRICS.values()), F1(2), Precision(2), Recall(2), MultiLabelError(), Perplexity(),
         FunctionMetric(lambda y, y_hat: float(np.mean(y > y_hat)), "above", "lower", "rate", worth=0.01)]


@pytest.mark.parametrize("metric", EVERY, ids=lambda metric: metric.name)
@settings(max_examples=60)
@given(data=st.data())
def test_weights_are_repeated_rows(metric: Metric, data: st.DataObject) -> None:
    """So the classes that a resample misses are no classes of it, and NaN comes where the rows themselves give it."""
    m = data.draw(st.integers(1, 8))
    counts = np.array(data.draw(st.lists(st.lists(st.integers(0, 3), min_size=m, max_size=m).filter(any),
                                         min_size=1, max_size=3)), dtype=float)
    truth, predicted = two_columns(metric, data.draw, m)
    parts = metric.parts(truth, predicted)
    written_out = []
    for each in counts:
        rows = np.repeat(np.arange(m), each.astype(int))
        written_out.append(measured(metric, *([column[i] for i in rows] for column in (truth, predicted))))
        one = metric.value(parts, each)
        assert type(one) is float
        assert one == pytest.approx(written_out[-1], rel=1e-12, nan_ok=True)
    np.testing.assert_allclose(metric.value(parts, counts), written_out, rtol=1e-12)
    assert measured(metric, truth, predicted) == pytest.approx(metric.value(parts, np.ones(m)), rel=1e-12, nan_ok=True)


def test_each_says_what_it_is() -> None:
    assert described(Perplexity()) == {"name": "perplexity", "direction": "lower", "scale": "number", "unit": "block",
                                       "worth": 1.0}
    assert described(F1("cat", worth=0.02))["name"] == "F1 cat"
    assert {name: make().name for name, make in METRICS.items()} == {
        "error": "error", "macro-f1": "macro-F1", "balanced-accuracy": "balanced accuracy"}
    assert {metric.direction for metric in (MacroF1(), BalancedAccuracy(), F1(1))} == {"higher"}


@pytest.mark.parametrize(
    ("metric", "truth", "predicted", "message"),
    [
        (F1("2"), [1, 2], [1, 2], "of: expected a class as truth has them, such as 1, got '2'"),
        (F1(2), ["a", "b"], ["a", "b"], "of: expected a class as truth has them, such as 'a', got 2"),
        (MacroF1(), [1, 0], [1], "predicted: expected 2 entries"),
        (MultiLabelError(), [[1, 0]], [[1, 0, 1]], r"predicted: expected as many labels as truth has, \(1, 2\), got \(1, 3\)"),
        (MultiLabelError(), [[1, 0], [1]], [[1, 0], [1]], "truth: expected as many entries in every row"),
        (MultiLabelError(), ["ab", "cd"], ["ab", "cd"], "truth: expected as many entries in every row, got one"),
        (MultiLabelError(), [1, 0], [1, 0], "truth: expected as many entries in every row, got one"),
        (ErrorRate(), [{"a": 1, "b": None}], [{"a": 1, "b": 0}], "truth: expected one label an example, got several by name: a, b"),
        (MultiLabelError(), [["1", "0"]], [[1, 0]], "predicted: expected text as in truth, got numbers"),
        (MultiLabelError(), [[1, None]], [["1", "0"]], "predicted: expected numbers as in truth, got text"),
        (Perplexity(), [None], [(1.0, 2, 3)], r"predicted: expected \(sum of costs, count\) of each block, got 3 numbers"),
    ],
)
def test_bad_columns_are_refused(metric: Metric, truth: object, predicted: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        metric.parts(truth, predicted)


def test_bad_facts_are_refused() -> None:
    with pytest.raises(InputError, match="direction: 'up' is unknown"):
        described(FunctionMetric(max, "mine", "up", "rate", worth=0.01))
    with pytest.raises(InputError, match="scale: 'percent' is unknown"):
        described(FunctionMetric(max, "mine", "higher", "percent", worth=0.01))
    with pytest.raises(InputError, match="worth: expected a number above 0, got 0"):
        described(ErrorRate(worth=0))
