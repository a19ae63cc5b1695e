"""What a change bought."""

from pathlib import Path

import numpy as np
import pytest

from wengu.adviser.compare import since_the_run_before
from wengu.core.run_folder import RunFolder

CLASSES = ["cat", "dog"]


def finished(path: Path, wrong: list[int], *, m: int = 1000, first_id: int = 0, lr: float = 0.1, groups: int = 0,
             **facts: object) -> RunFolder:
    """A run whose dev errors are these examples."""
    run = RunFolder.create(path, settings={"lr": lr}, **{"network": "n", "spec": {"classes": CLASSES}, **facts})
    rows = [(first_id + i, "cat", "dog" if i in wrong else "cat", i * groups // m if groups else "") for i in range(m)]
    run.write_table("predictions/dev.csv", ("id", "truth", "predicted", "group"), rows)
    run.write_json("ledger.json", {})
    return run


def test_the_same_examples_are_compared_one_by_one(tmp_path: Path) -> None:
    """100 errors against the same 100 and 15 more: apart the two could not be told from each other."""
    finished(tmp_path / "a", list(range(115)))
    since = since_the_run_before(finished(tmp_path / "b", list(range(100)), lr=0.2))
    assert since is not None and since.path == tmp_path / "a" and since.changed == {"lr": (0.1, 0.2)}
    assert since.points == pytest.approx(-0.015)
    exact = 1.96 * np.sqrt(0.015 * 0.985 / 1000)  # the binomial's normal interval
    assert (since.low, since.high) == pytest.approx((-0.015 - exact, -0.015 + exact), abs=0.0015)
    assert "better" in str(since)


def test_other_examples_are_compared_as_two_samples(tmp_path: Path) -> None:
    finished(tmp_path / "a", list(range(115)), first_id=5000)
    since = since_the_run_before(finished(tmp_path / "b", list(range(100))))
    assert since is not None and since.low < 0 < since.high
    exact = 1.96 * np.sqrt(0.115 * 0.885 / 1000 + 0.1 * 0.9 / 1000)
    assert since.high - since.low == pytest.approx(2 * exact, rel=0.1)


def test_groups_err_together(tmp_path: Path) -> None:
    """15 examples of one group of twenty say less than 15 on their own."""
    finished(tmp_path / "a", list(range(115)), groups=20)
    since = since_the_run_before(finished(tmp_path / "b", list(range(100)), groups=20))
    assert since is not None and since.high == pytest.approx(0, abs=1e-9) and "no difference" in str(since)


def test_equal_predictions_are_not_certainty(tmp_path: Path) -> None:
    finished(tmp_path / "a", [1, 2])
    since = since_the_run_before(finished(tmp_path / "b", [1, 2]))
    assert since is not None and since.low == pytest.approx(-since.high) and 0.003 < since.high < 0.004


def test_another_task_is_not_compared(tmp_path: Path) -> None:
    finished(tmp_path / "a", [1], spec={"classes": ["cat", "cow"]})
    finished(tmp_path / "b", [1], network="m")
    (finished(tmp_path / "c", [1]).path / "run.json").write_text("{")
    assert since_the_run_before(finished(tmp_path / "d", [1])) is None
