"""What a ledger is measured against: given, kept in the run, or left to the rule."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import wengu
from wengu import adviser, project
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.practice import estimate_rate
from wengu.practice.yardstick import Yardstick


def predictions(path: Path, train: tuple[int, int], dev: tuple[int, int]) -> Path:
    """So many wrong of so many in each set."""
    rows = [f"{name},0,{int(i < k)}" for name, (k, n) in (("train", train), ("dev", dev)) for i in range(n)]
    path.write_text("\n".join(["set,truth,predicted", *rows]) + "\n")
    return path


def test_the_same_gap_is_worth_it_or_not(tmp_path: Path) -> None:
    """3.0 and 3.5 % on 50,000: half a point, far beyond chance, and less than a point."""
    file = predictions(tmp_path / "p.csv", (1500, 50_000), (1750, 50_000))
    causes = {worth: adviser.diagnose_table(file, worth=worth)[0].ledger.cause  # type: ignore[union-attr]
              for worth in (None, 0.002, 0.01)}
    assert causes == {None: "none", 0.002: "variance", 0.01: "none"}


def test_a_level_is_that_of_the_intervals(tmp_path: Path) -> None:
    """Authority: scipy's Wilson interval at that level."""
    from scipy.stats import binomtest

    file = predictions(tmp_path / "p.csv", (20, 400), (60, 400))
    for level in (0.8, 0.99):
        card, _ = adviser.diagnose_table(file, level=level)
        dev = next(row for row in card.ledger.rows if row.set == "dev")  # type: ignore[union-attr]
        wilson = binomtest(60, 400).proportion_ci(level, method="wilson")
        assert np.allclose((dev.low, dev.high), wilson, atol=1e-9)
    low, high = estimate_rate(0.15, 400).interval(0.99) or (0, 0)
    assert (low, high) == (dev.low, dev.high)


def test_a_run_keeps_it_and_every_card_after_is_measured_by_it(iris: Path, tmp_path: Path) -> None:
    run = wengu.fit("softmax", data=str(iris), target="species", runs=tmp_path / "runs", epochs=3, worth=0.02, level=0.9,
                    quiet=True)
    assert (run.card.ledger.metric["worth"], run.card.ledger.level) == (0.02, 0.9)  # type: ignore[union-attr]
    card = project.diagnose_run(run.path, worth=0.3, human="2/50")
    assert (card.ledger.metric["worth"], card.ledger.level) == (0.3, 0.9)
    again, (settings, came_from) = project.diagnose_run(run.path), RunFolder.open(run.path).settings()
    assert again.ledger.metric["worth"] == 0.3 and {row.set for row in again.ledger.rows} == {"human", "train", "dev"}
    assert (settings["worth"], settings["level"], settings["human"]) == (0.3, 0.9, "2/50")
    assert (came_from["worth"], came_from["level"]) == ("diagnose", "call")


@pytest.mark.parametrize(("given", "words"), [
    ({"worth": 0.0}, "worth: expected a number above 0"),
    ({"worth": 2.0}, "worth: expected a rate below 1, such as 0.005 for half a point, got 2"),
    ({"level": 95.0}, "level: expected from 0.5 to 0.999, such as 0.95, got 95"),
    ({"level": 0.2}, "level: expected from 0.5"),
    ({"human": "7/5"}, "human: expected at most as many errors as answers"),
])
def test_what_nothing_can_be_measured_by(tmp_path: Path, given: dict[str, float], words: str) -> None:
    file = predictions(tmp_path / "p.csv", (1, 5), (2, 5))
    with pytest.raises(InputError, match=words):
        adviser.diagnose_table(file, **given)
    with pytest.raises(InputError, match=words):
        wengu.fit("lenet5", runs=tmp_path / "runs", quiet=True, **given)
    assert not (tmp_path / "runs").exists()


def test_of_another_metric_than_a_rate_any_worth_may_be() -> None:
    assert Yardstick(worth=3.0).checked(rate=False).for_ledger == {"human": None, "worth": 3.0}
    assert Yardstick(0.1).over(Yardstick(0.2, 0.3)).kept() == {"human": 0.1, "worth": 0.3}
    assert Yardstick("0.01").kept() == {"human": 0.01} and Yardstick("1 / 50").kept() == {"human": "1/50"}


def test_counts_are_said_again_as_one_word() -> None:
    assert Yardstick(" 5 / 100 ").human == "5/100" == Yardstick().over(Yardstick("5 /100")).human
