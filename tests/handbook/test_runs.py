"""What the browser is told of runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.handbook.conftest import made_run
from wengu.adviser import runs_in
from wengu.adviser.runs import brief
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.handbook.runs import MOST, Runs, thinned


def test_list_is_that_of_the_command_line_and_follows_its_files(tmp_path: Path) -> None:
    """Authority: runs_in, which `wengu runs` prints."""
    for k, stopped in enumerate(("epochs", "early", "interrupted", "diverged", "")):
        made_run(tmp_path / f"r{k}", rows=k, **({"stopped": stopped} if stopped else {}))
    (tmp_path / "no-run").mkdir()
    runs = Runs(tmp_path)
    for _ in range(2):  # the second time from memory
        assert runs.all() == list(runs_in(tmp_path).runs)
    assert next(run for run in runs.all() if run.path.name == "r4").state == "killed"
    run = made_run(tmp_path / "r9", rows=1)
    with run:
        assert next(one for one in runs.all() if one.path.name == "r9").state == "training"
        run.append_metric({"epoch": 2, "step": 2})
        assert next(one for one in runs.all() if one.path.name == "r9").epochs == 2
    assert Runs(tmp_path / "nowhere").all() == [] and Runs(tmp_path / "nowhere").newest() is None
    assert (newest := runs.newest()) and newest.path.name == "r9"


def test_of_hundreds_of_runs_only_what_changed_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made_run(tmp_path / "r0", rows=1, stopped="epochs")
    for k in range(1, 300):
        shutil.copytree(tmp_path / "r0", tmp_path / f"r{k}")
    runs = Runs(tmp_path)
    assert len(runs.all()) == 300
    read: list[str] = []
    monkeypatch.setattr("wengu.handbook.runs.brief", lambda run: read.append(run.path.name) or brief(run))
    assert len(runs.all()) == 300 and not read, "what did not change is not read again"
    RunFolder(tmp_path / "r7").append_metric({"epoch": 2, "step": 2, "cost": 0.1})
    assert len(runs.all()) == 300 and read == ["r7"]


def test_rows_follow_a_file_that_grows_is_cut_and_ends_unfinished(tmp_path: Path) -> None:
    run = made_run(tmp_path / "a", rows=2)
    runs, file = Runs(tmp_path), run.path / "metrics.jsonl"
    assert runs.rows("a")["next"] == 2
    with file.open("a") as out:
        out.write('{"epoch": 3')
    assert runs.rows("a", 2) == {"rows": [], "next": 2, "reset": False}
    with file.open("a") as out:
        out.write(', "cost": NaN, "note": "x"}\nnonsense\n')
    assert runs.rows("a", 2)["rows"] == [{"epoch": 3}], "what JSON and a chart cannot hold is left out"
    file.write_text(file.read_text().splitlines(keepends=True)[0])
    cut = runs.rows("a", 3)
    assert cut["reset"] and cut["next"] == 1 and [row["epoch"] for row in cut["rows"]] == [1]
    file.write_text("".join(json.dumps({"epoch": k, "cost": 9.0}) + "\n" for k in range(50)))
    assert runs.rows("a")["next"] == 50, "cut and grown again between two looks"
    file.unlink()
    assert runs.rows("a")["rows"] == []


def test_thinning_keeps_ends_and_spikes_of_each_series(tmp_path: Path) -> None:
    rows = [{"step": k, "cost": (k % 7) / 10, "dev_cost": 1.0} for k in range(10_001)]
    rows[3333]["cost"], rows[4444]["cost"] = 50.0, -50.0
    short = thinned(rows)
    for name in ("cost", "dev_cost"):
        kept = [row for row in short if name in row]
        assert 1000 <= len(kept) <= MOST
    assert {row["step"]: row.get("cost") for row in short}.keys() >= {3333, 4444}
    assert [row["step"] for row in short] == sorted(row["step"] for row in short)
    assert short[0]["step"] < 20 and short[-1]["step"] > 9980
    assert thinned(rows[:MOST]) == rows[:MOST]


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "a/b", "../first", "a\\b", "x\0", "nothing", "C:x"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    made_run(tmp_path / "first")
    made_run(tmp_path / "runs" / ".hidden")
    with pytest.raises(InputError, match="no run of that name"):
        Runs(tmp_path / "runs").path(name)
