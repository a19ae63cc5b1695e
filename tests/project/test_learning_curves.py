"""A run trained again with less of its data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from wengu.adviser import curve_of
from wengu.adviser.data_curve import Point, _curve
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.practice import ErrorRate, described
from wengu.project import fit, learning_curve_of
from wengu.project.learning_curves import sizes_below


@pytest.fixture
def run(iris: Path, tmp_path: Path) -> RunFolder:
    return fit("softmax", data=str(iris), target="species", epochs=3, lr=0.02, runs=tmp_path, name="a", quiet=True).run_folder


def test_each_size_is_a_run_of_the_same_settings_on_a_part_of_the_same_data(run: RunFolder) -> None:
    found = learning_curve_of(run.path, quiet=True)
    assert found is not None and [point.examples for point in found.points] == [22, 45, run.facts()["examples"]["train"]]
    own = run.settings()[0]
    dev = [row["id"] for row in run.read_table("split.csv") if row["set"] == "dev"]
    parts = []
    for n, point in zip((22, 45), found.points, strict=False):
        part = RunFolder.open(run.path / "learning-curve" / str(n))
        assert part.settings()[0] == own | {"train_examples": n}
        table = part.read_table("split.csv")
        assert [row["id"] for row in table if row["set"] == "dev"] == dev
        parts.append({row["id"] for row in table if row["set"] == "train"})
        rows = {row["set"]: row["value"] for row in part.read_json("ledger.json")["rows"]}
        assert (point.train, point.dev) == (rows["train"], rows["dev"])
    assert parts[0] < parts[1]
    assert (found.curve is not None and curve_of(run) == found) or str(curve_of(run)) == str(found)
    assert "Twice the data: dev error" in str(found)
    assert not any("learning-curve" in str(path) for path in run.path.parent.glob("*/ledger.json"))  # no run beside it


def test_ctrl_c_loses_nothing(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    again = sys.modules["wengu.project.again"]
    whole, asked = again.fit, []  # type: ignore[attr-defined]

    def stopped(recipe: str, **how: Any) -> Any:
        asked.append(how["name"])
        if len(asked) == 2:
            raise KeyboardInterrupt
        return whole(recipe, **how)

    monkeypatch.setattr(again, "fit", stopped)
    with pytest.raises(KeyboardInterrupt):
        learning_curve_of(run.path, quiet=True)
    assert [point["examples"] for point in json.loads((run.path / "curve.json").read_text())["points"]] == [22]
    kept = (run.path / "learning-curve" / "22" / "metrics.jsonl").read_bytes()
    assert learning_curve_of(run.path, quiet=True) is not None and asked == ["22", "45", "45"]
    assert (run.path / "learning-curve" / "22" / "metrics.jsonl").read_bytes() == kept


def test_a_run_that_went_on_is_measured_anew(run: RunFolder) -> None:
    learning_curve_of(run.path, quiet=True)
    fit("softmax", runs=run.path.parent, name="a", resume=True, epochs=5, quiet=True)
    assert curve_of(run) is None
    learning_curve_of(run.path, quiet=True)
    assert RunFolder.open(run.path / "learning-curve" / "22").settings()[0]["epochs"] == 5


def test_what_has_no_curve_is_refused(run: RunFolder, iris: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="sizes: expected a number of at least 3, got 2"):
        learning_curve_of(run.path, sizes=2)
    few = fit("softmax", data=str(iris), target="species", epochs=1, runs=tmp_path, name="few", train_examples=40, quiet=True)
    with pytest.raises(InputError, match="has 40 training examples: too few to train on a quarter of them"):
        learning_curve_of(few.path)
    run.note(stopped="interrupted")
    with pytest.raises(InputError, match="has not ended; continue it first"):
        learning_curve_of(run.path)


def test_sizes_are_halves_and_none_has_too_few() -> None:
    assert sizes_below(3600, 5, classes=10) == [225, 450, 900, 1800]
    assert sizes_below(3600, 3) == [900, 1800] and sizes_below(300, 5, classes=50) == [150] and sizes_below(20, 5) == []


def test_under_several_seeds_each_size_is_their_mean(run: RunFolder) -> None:
    found = learning_curve_of(run.path, repeat=2, quiet=True)
    whole = run.facts()["examples"]["train"]
    assert found is not None and [(point.examples, point.seeds) for point in found.points] == [(22, 2), (45, 2), (whole, 2)]
    for point, names in zip(found.points, (("22", "22-seed1"), ("45", "45-seed1"), ("", f"{whole}-seed1")), strict=True):
        parts = [RunFolder.open(run.path / "learning-curve" / name if name else run.path) for name in names]
        dev = [next(row["value"] for row in part.read_json("ledger.json")["rows"] if row["set"] == "dev") for part in parts]
        assert point.dev == pytest.approx(sum(dev) / 2) and point.sd == pytest.approx(abs(dev[0] - dev[1]) / 2**0.5)
        assert [part.settings()[0]["seed"] for part in parts] == [0, 1]
        assert len({tuple(row["id"] for row in part.read_table("split.csv") if row["set"] == "train") for part in parts}) == 1
    assert "Each size is the mean over 2 seeds" in str(found) and str(curve_of(run)) == str(found)
    with pytest.raises(InputError, match="repeat: expected a number of at least 1, got 0"):
        learning_curve_of(run.path, repeat=0)


def test_what_seeds_do_widens_what_is_said_of_more_data() -> None:
    """Each standard error is √(s² + sd²/k), the sd of all sizes together: of examples 0.01, of seeds √((0.02² + 0.04²)/2)."""
    points = [Point(n, 0.1, dev, dev - 0.0196, dev + 0.0196, 900, 2, sd) for n, dev, sd in ((100, 0.3, 0.02), (200, 0.25, 0.04))]
    points.append(Point(400, 0.1, 0.2, 0.2 - 0.0196, 0.2 + 0.0196, 900))
    found = _curve(points, described(ErrorRate()), 0.01)
    assert found.curve is not None
    seeds = (0.02**2 + 0.04**2) / 2
    assert found.curve.law.s == pytest.approx([(0.01**2 + seeds / k) ** 0.5 for k in (2, 2, 1)], rel=1e-3)
