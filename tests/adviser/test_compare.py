"""What a change bought, and runs side by side."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

import wengu
from wengu.adviser import compare
from wengu.adviser.compare import dev_difference, since_the_run_before
from wengu.adviser.comparison import Setting
from wengu.core.checks import InputError
from wengu.core.i18n import speaking
from wengu.core.run_folder import RunFolder
from wengu.practice import Records, ledger_of
from wengu.training import LiveControl, change_live_run

CLASSES = ["cat", "dog"]


def finished(path: Path, wrong: list[int], *, m: int = 1000, first_id: int = 0, lr: float = 0.1, groups: int = 0,
             **facts: object) -> RunFolder:
    """A run whose dev errors are these examples."""
    run = RunFolder.create(path, settings={"lr": lr}, came_from={"lr": "flag"},
                           **{"recipe": "r", "network": "n", "spec": {"classes": CLASSES}, **facts})
    rows = [(first_id + i, "cat", "dog" if i in wrong else "cat", i * groups // m if groups else "") for i in range(m)]
    run.write_table("predictions/dev.csv", ("id", "truth", "predicted", "group"), rows)
    dev = Records(["cat"] * m, ["dog" if i in wrong else "cat" for i in range(m)])
    run.write_json("ledger.json", ledger_of({"train": dev, "dev": dev}).to_dict())
    return run


def test_the_same_examples_are_compared_one_by_one(tmp_path: Path) -> None:
    """100 errors against the same 100 and 15 more: apart the two could not be told from each other."""
    finished(tmp_path / "a", list(range(115)))
    since = since_the_run_before(finished(tmp_path / "b", list(range(100)), lr=0.2))
    assert since is not None and since.path == tmp_path / "a" and since.changed == {"lr": (0.1, 0.2)}
    assert since.gain.points == pytest.approx(-0.015)
    exact = binomtest(15, 1000).proportion_ci(0.95, method="wilson")  # nothing that only the later one gets wrong
    assert (since.gain.low, since.gain.high) == pytest.approx((-exact.high, -exact.low), abs=0.003)
    assert "better" in str(since)


def test_a_setting_that_was_empty_is_none_and_a_slash_changes_nothing(tmp_path: Path) -> None:
    for name, more in (("a", {"data": "photos/", "from": "", "ignore": []}),
                       ("b", {"data": "./photos", "from": "runs/le", "ignore": ["x", "y"]})):
        run = finished(tmp_path / name, [1, 2])
        config = run.path / "config.toml"
        lines = "\n".join(["[settings]", *(f"{key} = {json.dumps(value)}" for key, value in more.items())])
        config.write_text(config.read_text().replace("[settings]", lines))
    since = since_the_run_before(run)
    assert since is not None and "a: from none → runs/le, ignore none → x, y; all together: dev " in str(since)
    with speaking("zh"):
        assert "from 无 → runs/le" in str(since)


def test_other_examples_are_compared_as_two_samples(tmp_path: Path) -> None:
    finished(tmp_path / "a", list(range(115)), first_id=5000)
    since = since_the_run_before(finished(tmp_path / "b", list(range(100))))
    assert since is not None and since.gain.low < 0 < since.gain.high
    exact = 1.96 * np.sqrt(0.115 * 0.885 / 1000 + 0.1 * 0.9 / 1000)
    assert since.gain.high - since.gain.low == pytest.approx(2 * exact, rel=0.1)


def test_groups_err_together(tmp_path: Path) -> None:
    """15 examples of one group of twenty say less than 15 on their own."""
    finished(tmp_path / "a", list(range(115)), groups=20)
    since = since_the_run_before(finished(tmp_path / "b", list(range(100)), groups=20))
    assert since is not None and since.gain.high > 0 and "no clear difference" in str(since)


def test_equal_predictions_are_not_certainty(tmp_path: Path) -> None:
    finished(tmp_path / "a", [1, 2])
    since = since_the_run_before(finished(tmp_path / "b", [1, 2]))
    assert since is not None and since.gain.low == pytest.approx(-since.gain.high) and 0.003 < since.gain.high < 0.004


def test_another_task_is_not_compared(tmp_path: Path) -> None:
    finished(tmp_path / "a", [1], spec={"classes": ["cat", "cow"]})
    finished(tmp_path / "b", [1], network="m")
    (finished(tmp_path / "c", [1]).path / "run.json").write_text("{")
    assert since_the_run_before(finished(tmp_path / "d", [1])) is None


# -------------------------------------------------------------------------------------------------------- side by side


def test_real_runs_side_by_side(iris: Path, tmp_path: Path) -> None:
    """What differs, in settings and on dev, is what the runs' own files and cards say."""
    def fit(name: str, **settings: object) -> RunFolder:
        return wengu.fit("softmax", data=str(iris), target="species", runs=tmp_path, name=name, quiet=True,
                         **settings).run_folder

    a, b = fit("a", epochs=30, lr=0.5), fit("b", epochs=1, optim="adam", lr=1e-6)
    found = compare([a.path, str(b.path)])
    assert found.settings == (
        Setting("epochs", (30, 1), ("call", "call")), Setting("optim", ("adamw", "adam"), ("default", "call")),
        Setting("lr", (0.5, 1e-6), ("call", "call")),
    )
    first, second = found.runs
    rates = [{row["set"]: row for row in run.read_json("ledger.json")["rows"]}["dev"] for run in (a, b)]
    assert first.dev and second.dev
    assert [(run.dev.value, run.dev.low, run.dev.high) for run in (first, second)] == [
        (rate["value"], rate["low"], rate["high"]) for rate in rates]
    assert first.gain is None and first.paired is None
    assert second.gain == dev_difference(b, a) and second.paired is True
    assert second.gain.points == pytest.approx(rates[1]["value"] - rates[0]["value"]) and second.gain.verdict == "worse"
    assert compare([b, a]).runs[1].gain.verdict == "better"  # type: ignore[union-attr]
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["runs"][1]["against_first"] == {
        "points": second.gain.points, "low": second.gain.low, "high": second.gain.high, "verdict": "worse", "paired": True}
    assert plain["metric"]["name"] == "error"
    assert plain["settings"]["lr"] == {"values": [0.5, 1e-6], "came_from": ["call", "call"]}
    assert "seed" not in plain["settings"] and plain["runs"][0]["against_first"] is None


def test_another_network_is_compared_and_another_task_only_in_settings(tmp_path: Path) -> None:
    a = finished(tmp_path / "a", list(range(100)))
    b = finished(tmp_path / "b", list(range(115)), network="m", lr=0.2)
    c = finished(tmp_path / "c", [1], spec={"classes": ["cat", "cow"]}, lr=0.3)
    found = compare([a, b, c])
    assert [run.same_task for run in found.runs] == [True, True, False]
    assert found.runs[1].gain is not None and found.runs[1].gain.verdict == "worse"
    assert found.runs[2].gain is None and found.runs[2].dev is not None
    assert found.settings == (Setting("lr", (0.1, 0.2, 0.3), ("flag",) * 3),)


def test_other_dev_examples_are_two_samples_and_it_is_said(tmp_path: Path) -> None:
    runs = [finished(tmp_path / "a", list(range(115))), finished(tmp_path / "b", list(range(100)), first_id=5000)]
    second = compare(runs).runs[1]
    assert second.paired is False and second.gain is not None and second.gain.verdict == "cannot tell"


def test_a_run_that_is_not_judged_has_settings_and_no_difference(tmp_path: Path) -> None:
    a, b, c = (finished(tmp_path / name, [1], lr=lr) for name, lr in (("a", 0.1), ("b", 0.1), ("c", 0.2)))
    (a.path / "predictions" / "dev.csv").unlink()
    found = compare([a, b, c])
    assert found.runs[0].dev is None and found.runs[1].dev is not None
    assert all(run.gain is None for run in found.runs) and [one.name for one in found.settings] == ["lr"]


def test_what_was_set_while_a_run_trained_is_a_difference(tmp_path: Path) -> None:
    a, b = finished(tmp_path / "a", [1]), finished(tmp_path / "b", [1])
    for lr, step in ((0.05, 7), (0.01, 30)):
        change_live_run(b, {"lr": lr})
        LiveControl(b, step=0).changes(step)
    change_live_run(b, {"lr": 9.0})  # never taken up
    assert compare([a, b]).settings == (Setting("runs set", (None, "lr=0.05 @ 7, lr=0.01 @ 30"), ("", "")),)


def test_a_setting_that_an_older_version_did_not_have_is_no_difference(tmp_path: Path) -> None:
    a, b = finished(tmp_path / "a", [1]), finished(tmp_path / "b", [1], lr=0.2)
    b.write_settings({"lr": 0.2, "size": "28x28", "clip": None}, {"lr": "flag", "size": "rule", "clip": "default"})
    assert [one.name for one in compare([a, b]).settings] == ["lr"]
    other = finished(tmp_path / "c", [1], recipe="another")
    other.write_settings({"lr": 0.1, "target": "price"}, {"lr": "flag", "target": "flag"})
    assert [one.name for one in compare([a, other]).settings] == ["target"]


def test_fewer_than_two_are_no_comparison(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="runs: expected two or more to compare, got"):
        compare([finished(tmp_path / "a", [1])])
    with pytest.raises(InputError, match="expected two or more"):
        compare("ab")
