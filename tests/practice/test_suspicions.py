"""Sets that are wrong themselves are found before a cause is sought; sets that are well raise no suspicion."""

from __future__ import annotations

import numpy as np
import pytest

from wengu.practice import Records
from wengu.practice.suspicions import suspicions


def answers(m: int, wrong: float, seed: int = 0, classes: int = 4) -> Records:
    """Of `classes` classes, so often mistaken for any other."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, m)
    return Records(truth, np.where(rng.random(m) < wrong, (truth + rng.integers(1, classes, m)) % classes, truth))


def kinds(train: Records, dev: Records) -> list[str]:
    return [one.kind for one in suspicions({"train": train, "dev": dev})]


def test_two_classes_exchanged_in_dev_are_named() -> None:
    """train 0 %, dev 100 % of the two: no model is as bad, and more data cures nothing."""
    train, dev = answers(2000, 0.02), answers(400, 0.05, seed=1)
    truth = np.where(dev.truth == 1, 2, np.where(dev.truth == 2, 1, dev.truth))
    (found,) = suspicions({"train": train, "dev": Records(truth, dev.predicted)})
    assert (found.kind, found.set) == ("exchanged", "dev")
    assert {(a, b) for a, b, *_ in found.told} == {(1, 2), (2, 1)} and all(n > 0.85 * m for *_, n, m in found.told)


@pytest.mark.parametrize("train", [[0] * 900 + [1] * 100, [0] * 40])
def test_a_rare_class_exchanged_with_the_common_one_is_named(train: list[int]) -> None:
    """Others are taken for the rare one as often as it is there, and a small train may have none of it."""
    dev = Records([1] * 1800 + [0] * 50 + [2] * 150, [0] * 1740 + [1] * 60 + [1] * 48 + [2] * 2 + [2] * 150)
    (found,) = suspicions({"train": Records(train, train), "dev": dev})
    assert found.kind == "exchanged" and {(a, b) for a, b, *_ in found.told} == {(0, 1), (1, 0)}


def test_labels_that_agree_a_little_more_than_by_chance_do_so_by_chance() -> None:
    """122 of 1,000 in ten classes: once in a hundred of sets whose labels are drawn."""
    truth = np.arange(1000) % 10
    lucky = Records(truth, np.where(np.arange(1000) < 122, truth, (truth + 1 + np.arange(1000) // 10 % 9) % 10))
    assert "at chance" in kinds(answers(1000, 0.02, classes=10), lucky)


def test_labels_read_in_another_order_are_found_whole() -> None:
    train, dev = answers(2000, 0.02), answers(400, 0.05, seed=1)
    (found,) = suspicions({"train": train, "dev": Records((dev.truth + 1) % 4, dev.predicted)})
    assert found.kind == "exchanged" and len(found.told) == 4


def test_labels_drawn_by_chance_are_worse_than_one_answer() -> None:
    rng = np.random.default_rng(3)
    truth = rng.choice(2, 400, p=(0.9, 0.1))
    train = Records(truth, truth)
    assert kinds(train, Records(truth, rng.permutation(truth))) == ["below chance"]
    assert kinds(train, Records(truth, np.zeros(400, int))) == []  # as good as one answer: that is said elsewhere


@pytest.mark.parametrize(("classes", "m"), [(2, 1000), (10, 300), (3, 2000)])
def test_a_set_that_agrees_by_chance_alone_beside_a_train_that_is_learned(classes: int, m: int) -> None:
    """And not where train is not learned either, nor where dev is a little better than chance, nor of few examples."""
    found = 0
    for seed in range(40):
        truth = np.random.default_rng(seed).integers(classes, size=m)
        mixed = Records(truth, np.random.default_rng(seed + 99).permutation(truth))
        found += kinds(answers(1000, 0.02, classes=classes), mixed) == ["at chance"]
        assert "at chance" not in kinds(Records(truth, mixed.predicted), mixed)
        better = Records(truth, np.where(np.arange(m) < 0.25 * m, truth, mixed.predicted))
        assert kinds(answers(1000, 0.02, classes=classes), better) == []
        assert "at chance" not in kinds(answers(1000, 0.02, classes=classes), Records(truth[:20], mixed.predicted[:20]))
    assert found >= 34  # a set may be better than chance by chance, once in forty, and worse


@pytest.mark.parametrize("wrong", [0.0, 0.05, 0.3, 0.6])
def test_what_is_only_bad_is_not_suspicious(wrong: float) -> None:
    for seed in range(30):
        assert kinds(answers(1000, wrong / 2, seed), answers(300, wrong, seed + 50)) == []


def test_a_class_that_train_mistakes_as_well_is_the_models_fault() -> None:
    both = Records([0] * 50 + [1] * 50, [1] * 100)
    assert kinds(both, both) == []


def test_a_rare_class_is_not_judged_by_two_rows() -> None:
    train = answers(1000, 0.0, classes=2)
    assert kinds(train, Records([0] * 100 + [1, 1], [0] * 102)) == []


def test_what_train_has_too_is_named_in_ids_and_groups() -> None:
    rows = Records(["a", "b"] * 10, ["a", "b"] * 10, [f"g{k // 2}" for k in range(20)])
    other = Records(["a", "b"] * 5, ["a", "b"] * 5, [f"g{k // 2 + 8}" for k in range(10)])
    ids = {"train": [str(k) for k in range(20)], "dev": [str(k) for k in range(17, 27)]}
    found = {one.kind: (one.set, one.n, one.of) for one in suspicions({"train": rows, "dev": other}, ids)}
    assert found == {"shared groups": ("dev", 2, 5), "shared ids": ("dev", 3, 10)}


def test_ten_ids_in_a_thousand_rows_are_ten() -> None:
    rows = answers(1000, 0.1)
    ids = {"train": [str(k) for k in range(1000)], "dev": [f"d{k % 10}" for k in range(1000)]}
    found = {(one.kind, one.n, one.of) for one in suspicions({"train": rows, "dev": rows}, ids)}
    assert found == {("repeated ids", 10, 1000)}


def test_a_rare_class_taken_for_the_common_one_is_no_exchange() -> None:
    """13 of 14 rare ones are wrong on dev, and none on train: that is variance, of a class with few examples."""
    train = Records([0] * 900 + [1] * 18, [0] * 900 + [1] * 18)
    dev = Records([0] * 700 + [1] * 14, [0] * 713 + [1])
    assert kinds(train, dev) == []


def test_many_classes_called_by_one_name_are_no_exchange() -> None:
    """What an inverted dev does: k0 to k8 are called k9, k9 is called k8."""
    train, dev = answers(2000, 0.02, classes=10), answers(500, 0.0, seed=1, classes=10)
    (found,) = suspicions({"train": train, "dev": Records(dev.truth, np.where(dev.truth == 9, 8, 9))})
    assert found.kind == "below chance"
    assert kinds(train, Records(dev.truth, np.full(500, 9))) == []


def test_what_is_wrong_of_both_sets_is_found_in_both() -> None:
    """100 % error of ten classes: no model is as bad, on train neither."""
    train, dev = (answers(m, 0.02, seed=m, classes=10) for m in (2000, 500))
    both = {name: Records((rows.truth + 1) % 10, rows.predicted) for name, rows in (("train", train), ("dev", dev))}
    assert [(one.kind, one.set) for one in suspicions(both)] == [("below chance", "train"), ("below chance", "dev")]


def test_a_model_that_weighs_the_rare_class_is_worse_than_one_answer_and_well() -> None:
    """98:2: all rare ones are found, and one in ten of the others is called rare."""
    rng = np.random.default_rng(0)

    def weighed(m: int) -> Records:
        truth = (rng.random(m) < 0.02).astype(int)
        return Records(truth, np.where(rng.random(m) < 0.1, 1, truth))

    assert kinds(weighed(5000), weighed(2000)) == []
    assert kinds(Records([0] * 98 + [1] * 2, [0] * 98 + [1] * 2), weighed(2000)) == []


def test_a_network_that_always_answers_one_rare_class_is_no_matter_of_labels() -> None:
    rng = np.random.default_rng(0)
    truth = rng.choice(4, 1000, p=(0.55, 0.3, 0.1, 0.05))
    assert kinds(Records(truth, np.full(1000, 3)), Records(truth[:500], np.full(500, 3))) == []


def test_copies_are_no_groups_of_the_user() -> None:
    """Groups that are named by the id of their first example are copies; patients are not, though they have numbers."""
    ids = {"train": [f"t{k}" for k in range(100)], "dev": [f"d{k}" for k in range(100)]}
    y = [0, 1] * 50
    train, dev = Records(y, y, ids["train"]), Records(y, y, [f"t{k}" if k < 40 else f"d{k}" for k in range(100)])
    assert [(one.kind, one.set, one.n, one.of) for one in suspicions({"train": train, "dev": dev}, ids)] == [
        ("shared copies", "dev", 40, 100)]
    lines = {"train": [str(k) for k in range(2, 102)], "dev": [str(k) for k in range(102, 202)]}
    patients = [str(2 + k // 5) for k in range(100)]
    found = suspicions({"train": Records(y, y, patients), "dev": Records(y, y, patients)}, lines)
    assert [(one.kind, one.n, one.of) for one in found] == [("shared groups", 20, 20)]
