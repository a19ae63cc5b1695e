"""Runs of some questions beside runs of all."""

from __future__ import annotations

from wengu.adviser.same_task import in_common
from wengu.running.predictions import Predicted

TOGETHER = Predicted(("1", "2", "3", "4"),
                     ({"a": 1, "b": None}, {"a": 0, "b": 1}, {"a": None, "b": 0}, {"a": 1, "b": 0}),
                     ({"a": 1, "b": 0}, {"a": 1, "b": 1}, {"a": 0, "b": 0}, {"a": 1, "b": 1}), None, ("x", "y", "z", "z"),
                     of_classes=False)
ALONE = Predicted(("4", "2", "1"), ({"a": 1}, {"a": 0}, {"a": 1}), ({"a": 0}, {"a": 0}, {"a": 1}), None, ("z", "y", "x"),
                  of_classes=False)


def test_the_questions_of_both_on_the_examples_of_both_in_one_order() -> None:
    both = in_common(ALONE, TOGETHER)
    assert both is not None
    now, before = both
    assert now.ids == before.ids == ("1", "2", "4") and now.groups == before.groups == ("x", "y", "z")
    assert now.truth == before.truth == ({"a": 1}, {"a": 0}, {"a": 1})
    assert [row["a"] for row in now.predicted] == [1, 0, 0] and [row["a"] for row in before.predicted] == [1, 1, 1]


def test_another_truth_or_other_examples_are_another_task() -> None:
    def alone(**truth: int) -> Predicted:
        return Predicted(ALONE.ids, tuple({**row, **truth} for row in ALONE.truth), ALONE.predicted, of_classes=False)

    assert in_common(alone(a=0), TOGETHER) is None
    assert in_common(Predicted(("1", "2"), ALONE.truth[1:], ALONE.predicted[1:], of_classes=False), TOGETHER) is None  # 4 too has an a
    assert in_common(Predicted(("7",), ({"a": 1},), ({"a": 1},), of_classes=False), TOGETHER) is None
    assert in_common(Predicted(ALONE.ids, ({"c": 1},) * 3, ({"c": 1},) * 3, of_classes=False), TOGETHER) is None
    assert in_common(Predicted(("1",), ("cat",), ("cat",)), TOGETHER) is None
