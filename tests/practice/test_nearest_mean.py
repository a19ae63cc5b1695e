"""The nearest class mean, and what the card says of a network that is worse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import wengu
from wengu.adviser import Card
from wengu.adviser.diagnose import card_of
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.practice.nearest_mean import NearestMean


@pytest.mark.parity
def test_parity_with_scikit_learns_nearest_centroid() -> None:
    from sklearn.datasets import load_digits, load_wine
    from sklearn.neighbors import NearestCentroid
    from sklearn.preprocessing import StandardScaler

    for load in (load_wine, load_digits):
        x, y = load(return_X_y=True)
        scaler = StandardScaler().fit(x[::2])
        theirs = NearestCentroid().fit(scaler.transform(x[::2]), y[::2]).predict(scaler.transform(x[1::2]))
        assert np.array_equal(NearestMean.of(x[::2], y[::2]).predict(x[1::2]), theirs)
    with pytest.raises(InputError, match="y: expected as many classes as inputs, one at least, got 3 for 2"):
        NearestMean.of([[1.0], [2.0]], ["a", "b", "b"])


def test_a_model_that_is_clearly_worse_is_told_so(made_run: Callable[..., tuple[RunFolder, Card]]) -> None:
    """9 of 81 wrong, and the nearest mean none: 11 points, beyond all chance; nor may it be of another dev set."""
    run, _ = made_run()
    truth = [row["truth"] for row in rows_of(run, "dev")]
    assert "nearest mean" not in str(card_of(run))
    run.write_json("baseline.json", {"model": "nearest mean", "predicted": truth})
    told = card_of(run)
    assert "On dev it is clearly worse than the nearest mean of a class, which needs no training: error 11.1 %, and that 0.0 %." in told.notes
    run.write_json("baseline.json", {"model": "nearest mean", "predicted": truth[::-1]})
    assert "nearest mean" not in str(card_of(run))
    run.write_json("baseline.json", {"model": "nearest mean", "predicted": truth[:5]})
    assert "nearest mean" not in str(card_of(run))


def test_a_run_keeps_what_the_nearest_mean_answers(tmp_path: Path, photos: Path) -> None:
    run = RunFolder.open(wengu.fit("lenet5", data=str(photos), runs=tmp_path, epochs=1, quiet=True).path)
    predicted = run.read_json("baseline.json")["predicted"]
    right = [truth == guess["truth"] for truth, guess in zip(predicted, rows_of(run, "dev"), strict=True)]
    assert len(predicted) == 24 and sum(right) >= 16  # chance gives 8


def rows_of(run: RunFolder, name: str) -> list[dict[str, str]]:
    return run.read_table(f"predictions/{name}.csv")
