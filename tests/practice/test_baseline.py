"""A model beside always the commonest answer, and which metric fits which predictions."""

from __future__ import annotations

import numpy as np
import pytest

from wengu.core.checks import InputError
from wengu.practice import (
    F1,
    BalancedAccuracy,
    ErrorRate,
    FunctionMetric,
    MacroF1,
    Metric,
    MultiLabelError,
    Perplexity,
    Precision,
    Records,
    baselines,
    check_fits,
    estimate,
    ledger_of,
    paired_difference,
)

CLASSES = Records(["cat", "dog", "cat"], ["cat", "dog", "dog"])
LABELS = Records([{"a": 1, "b": None}, {"a": 0, "b": 1}], [{"a": 1, "b": 0}, {"a": 0, "b": 1}])
COSTS = Records([None, None], [(3.0, 2), (4.0, 2)])
ENTRIES = Records([[1, 0]], [[1, 1]])


@pytest.mark.parity
@pytest.mark.parametrize("metric", [ErrorRate(), MacroF1(), BalancedAccuracy(), F1("b")], ids=lambda one: one.name)
def test_parity_baseline(metric: Metric) -> None:
    """Authority: scikit-learn's DummyClassifier, fitted on train and scored on dev."""
    from sklearn import metrics
    from sklearn.dummy import DummyClassifier

    rng = np.random.default_rng(0)
    train, dev = (rng.choice(["a", "b", "c"], n, p=(0.2, 0.5, 0.3)) for n in (300, 200))
    always = DummyClassifier(strategy="most_frequent").fit(np.zeros((300, 1)), train).predict(np.zeros((200, 1)))
    want = {"error": metrics.zero_one_loss(dev, always), "macro-F1": metrics.f1_score(dev, always, average="macro"),
            "balanced accuracy": 1 / 3, "F1 b": metrics.f1_score(dev, always, labels=["b"], average="macro")}
    guessed = np.where(rng.random(200) < 0.8, dev, "a")
    (found,) = baselines(Records(train, train), Records(dev, guessed), metric)
    assert (found.answer, found.better) == ("b", True)
    assert found.value == pytest.approx(want[metric.name], abs=1e-12)
    assert found.model == pytest.approx(metric.value(metric.parts(dev, guessed)), abs=1e-12)


def test_no_better_is_what_chance_alone_may_have_made() -> None:
    truth = np.array([1] * 10 + [0] * 190)
    found = {n: baselines(Records(truth, truth), Records(truth, np.where(np.arange(200) < n, truth, 0)))[0].better
             for n in (0, 1, 10)}
    assert found == {0: False, 1: False, 10: True}  # so many of the rare ones are found
    worse = baselines(Records(truth, truth), Records(truth, 1 - truth))[0]
    assert (worse.value, worse.model, worse.better) == (0.05, 1.0, False)


def test_the_answer_is_the_commonest_of_train() -> None:
    (found,) = baselines(Records(["no"] * 9 + ["yes"], ["no"] * 10), Records(["yes"] * 30, ["yes"] * 30))
    assert (found.answer, found.value, found.better) == ("no", 1.0, True)


def test_each_question_has_its_own_and_one_without_labels_has_none() -> None:
    def rows(m: int, *, with_c: bool) -> Records:
        y = [{"a": i % 2, "b": int(i % 20 == 0) if i % 3 else None, "c": 1 if with_c else None} for i in range(m)]
        return Records(y, [{"a": i % 2, "b": 0, "c": 1} for i in range(m)])

    found = baselines(rows(400, with_c=True), rows(200, with_c=False), MultiLabelError())
    assert [(one.question, one.answer, one.better) for one in found] == [("a", 0, True), ("b", 0, False)]
    assert [one.value for one in found] == pytest.approx([0.5, np.mean([i % 20 == 0 for i in range(200) if i % 3])])


def test_other_predictions_have_none() -> None:
    assert baselines(COSTS, COSTS, Perplexity()) == ()
    words = Records(["to be", "or not"], ["to be", "or"])
    own = FunctionMetric(lambda y, y_hat: float(np.mean(y == y_hat)), "exact", "higher", "rate", worth=0.01)
    assert baselines(words, words, own) == ()


@pytest.mark.parametrize(("metric", "records", "message"), [
    (ErrorRate(), LABELS, "metric: error does not fit several labels an example; expected label-error"),
    (F1("cat"), LABELS, "metric: F1 cat does not fit several labels"),
    (Perplexity(), LABELS, "metric: perplexity does not fit several labels an example; expected label-error"),
    (MultiLabelError(), CLASSES, "metric: label error does not fit one class an example; expected error, macro-f1, "
                                 "balanced-accuracy, 'F1 CLASS'"),
    (Perplexity(), CLASSES, "metric: perplexity does not fit one class an example"),
    (MultiLabelError(), COSTS, "metric: label error does not fit the costs of blocks; expected perplexity"),
    (ErrorRate(), COSTS, "metric: error does not fit the costs of blocks; expected perplexity"),
])  # fmt: skip
def test_a_metric_of_other_predictions_is_refused_wherever_it_is_measured(
    metric: Metric, records: Records, message: str
) -> None:
    generator = np.random.default_rng(0)
    for measure in (lambda: check_fits(metric, records), lambda: estimate(records, metric, generator=generator),
                    lambda: paired_difference(metric, records, records, generator=generator),
                    lambda: ledger_of({"train": records, "dev": records}, metric=metric)):
        with pytest.raises(InputError, match=message):
            measure()


@pytest.mark.parametrize(("metric", "records"), [
    (ErrorRate(), CLASSES), (MultiLabelError(), LABELS), (MultiLabelError(), ENTRIES), (Perplexity(), COSTS),
    (FunctionMetric(lambda y, y_hat: 0.0, "mine", "lower", "rate", worth=0.01), LABELS),
])  # fmt: skip
def test_what_fits_is_let_through(metric: Metric, records: Records) -> None:
    check_fits(metric, records)


def test_what_the_one_answer_is_never_taken_for_has_no_precision() -> None:
    """Of a class that is not the commonest the one answer says nothing; the model is judged all the same."""
    dev = Records(["a"] * 60 + ["b"] * 40, ["a"] * 55 + ["b"] * 45)
    assert baselines(dev, dev, Precision("b")) == () and ledger_of({"train": dev, "dev": dev}, metric=Precision("b"))
    assert baselines(dev, dev, Precision("a"))[0].value == 0.6


def test_worse_than_one_answer_is_more_than_no_better() -> None:
    truth = [0] * 90 + [1] * 10
    worse, alike = (baselines(Records(truth, truth), Records(truth, taken))[0] for taken in ([1] * 90 + [0] * 10, [0] * 100))
    assert worse.worse and not worse.better and not alike.worse and not alike.better
