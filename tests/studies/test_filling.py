"""Files are whole, budgets hold, and a cell that is stopped or killed takes nothing with it."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import filelock
import pytest
from studies.filling import check, fill
from studies.results import Results
from studies.training import fit_in

from studies import process
from tests.studies.small import broken, read, small, there
from tests.waiting import until
from wengu.core.files import write_whole
from wengu.core.run_folder import RunFolder

HOUR = 3600.0


def test_cells_are_written_as_they_end_and_only_what_is_missing_is_run(tmp_path, capsys):
    assert fill(small(tmp_path, "", ""), tmp_path, left=lambda: HOUR)
    first = read(tmp_path)
    assert [found["result"]["there"] for found in first["cells"].values()] == [[], ["one"]]
    assert first["summary"] == 1 + 4
    assert [found["made"] for found in first["cells"].values()] == [0, 0]
    assert first["made"][0]["canary"] == {"cost": 1, "p": 0.5}
    assert {"python", "torch"} <= first["made"][0]["versions"].keys()
    assert {"processor", "kernels", "bf16"} <= first["made"][0]["machine"].keys()
    assert not list((tmp_path / ".work" / "small").glob("*/"))

    (tmp_path / "begun-1").unlink()
    assert fill(small(tmp_path, "", "", ""), tmp_path, left=lambda: HOUR)
    assert not (tmp_path / "begun-1").exists()
    assert read(tmp_path)["summary"] == 1 + 4 + 9
    assert "small: 3 of 3 cells" in capsys.readouterr().out


def test_other_settings_make_a_cell_missing_and_one_that_is_declared_no_more_goes(at_once, tmp_path):
    assert fill(small(tmp_path, "", "", ""), tmp_path, left=lambda: HOUR)
    for n in (1, 2):
        (tmp_path / f"begun-{n}").unlink()
    assert fill(small(tmp_path, "", "another"), tmp_path, left=lambda: HOUR)
    assert not (tmp_path / "begun-1").exists()
    assert (tmp_path / "begun-2").exists()
    assert list(read(tmp_path)["cells"]) == ["one", "two"]


def test_no_cell_begins_when_the_budget_is_spent_and_there_is_no_summary_yet(at_once, tmp_path, capsys):
    study = small(tmp_path, "", "", "")
    assert fill(study, tmp_path, left=lambda: 0.0 if there(str(tmp_path)) else HOUR)
    assert list(read(tmp_path)["cells"]) == ["one"]
    assert not (tmp_path / "begun-2").exists()
    assert "summary" not in read(tmp_path)
    assert "small: 1 of 3 cells" in capsys.readouterr().out
    assert check(study, tmp_path) == ([], ["small: 2 of 3 cells are missing; make study NAME=small"])


def asking(monkeypatch: pytest.MonkeyPatch, there: Path) -> None:
    """Ask a process to end when this file is there, and not while it starts."""
    ask = process._ask
    monkeypatch.setattr(process, "_ask", lambda child: (until(there.exists), ask(child)))


def test_a_cell_is_stopped_when_the_budget_ends(tmp_path, monkeypatch, capsys):
    asking(monkeypatch, tmp_path / "begun-2")
    budget = iter((HOUR, HOUR, HOUR, 0.01, 0.0, 0.0))
    assert fill(small(tmp_path, "", "waits", ""), tmp_path, left=lambda: next(budget))
    assert list(read(tmp_path)["cells"]) == ["one"]
    assert "small two: stopped; the next time goes on with it" in capsys.readouterr().out


def test_one_that_does_not_heed_the_end_is_killed(tmp_path, monkeypatch):
    asking(monkeypatch, tmp_path / "deaf")
    monkeypatch.setattr(process, "GRACE", 0.05)
    budget = iter((HOUR, 0.01, 0.0))
    assert fill(small(tmp_path, "does not heed", ""), tmp_path, left=lambda: next(budget))
    assert not (tmp_path / "gave up").exists()


def test_a_stopped_cell_gets_its_folder_again_unless_the_code_is_other(at_once, tmp_path, monkeypatch):
    study = small(tmp_path, "stops once", "stops once")
    assert fill(study, tmp_path, left=lambda: HOUR)
    assert not (tmp_path / "small.json").exists()
    kept = json.loads((tmp_path / ".work/small/one/cell.json").read_text())
    write_whole(tmp_path / ".work/small/one/cell.json", json.dumps(kept | {"spent": 100.0}))
    assert fill(study, tmp_path, left=lambda: HOUR)
    assert [found["result"]["begun"] for found in read(tmp_path)["cells"].values()] == [2, 2]
    assert read(tmp_path)["cells"]["one"]["seconds"] >= 100

    monkeypatch.setenv("CODE", "2")
    assert fill(study, tmp_path, left=lambda: HOUR)
    monkeypatch.setenv("CODE", "3")
    assert fill(study, tmp_path, left=lambda: HOUR)
    kept = json.loads((tmp_path / ".work/small/one/cell.json").read_text())
    assert kept["made"]["canary"]["cost"] == 3
    assert (tmp_path / ".work/small/one/files/begun").read_text() == "x"


def test_a_cell_is_over_when_it_has_had_its_minutes_in_all(tmp_path, capsys):
    assert not fill(replace(small(tmp_path, "waits"), minutes=0.05 / 60), tmp_path, left=lambda: HOUR)
    assert "small one: it has failed: it takes more than 0.000833333 minutes; make smaller cells of it" in capsys.readouterr().out


def test_a_cell_that_is_killed_leaves_the_rest_whole(tmp_path, capsys):
    assert not fill(small(tmp_path, "", "is killed", ""), tmp_path, left=lambda: HOUR)
    assert list(read(tmp_path)["cells"]) == ["one", "three"]
    out = capsys.readouterr().out
    assert "small two: it has failed: killed by signal 9" in out
    assert "small: 2 of 3 cells" in out


def test_a_cell_that_raises_or_gives_no_plain_values_leaves_the_rest_whole(at_once, tmp_path, capsys):
    assert not fill(small(tmp_path, "raises", "is not plain", ""), tmp_path, left=lambda: HOUR)
    assert list(read(tmp_path)["cells"]) == ["three"]
    out = capsys.readouterr().out
    assert "small one: it has failed: OSError('no such data')" in out
    assert "small two: it has failed: " in out
    assert "result: expected plain values" in out


def test_what_a_process_raises_is_told_with_its_lines():
    with pytest.raises(process.DiedError, match=r"(?s)line \d+, in broken.*ValueError: no such layer"):
        process.in_process(broken, None, seconds=HOUR)


def test_a_full_disk_leaves_the_file_as_it_was(at_once, tmp_path, monkeypatch):
    study = small(tmp_path, "", "")
    fill(study, tmp_path, left=lambda: 0.0 if there(str(tmp_path)) else HOUR)
    before = (tmp_path / "small.json").read_bytes()

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    results = Results(study, tmp_path / "small.json")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        results.put("two", {"square": 4}, seconds=1.0, made=results.made[0])
    assert (tmp_path / "small.json").read_bytes() == before
    assert [path.name for path in tmp_path.glob("*.json")] == ["small.json"]


def test_one_process_fills_a_study(tmp_path):
    (tmp_path / ".work/small").mkdir(parents=True)
    with filelock.FileLock(tmp_path / ".work/small/lock"), pytest.raises(filelock.Timeout):
        fill(small(tmp_path, ""), tmp_path, left=lambda: HOUR)


def test_when_the_filling_process_is_killed_what_ended_is_there_and_its_cell_ends(tmp_path):
    code = ("import sys; from pathlib import Path; from studies.filling import fill; "
            "from tests.studies.small import small\n"
            "if __name__ == '__main__': home = Path(sys.argv[1]); "
            "fill(small(home, '', 'waits'), home, left=lambda: 3600.0)")
    parent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    until((tmp_path / "begun-2").exists)
    parent.kill()
    assert parent.stdout is not None
    parent.stdout.read()  # until the last who holds it has ended: the cell too
    parent.wait()
    assert list(read(tmp_path)["cells"]) == ["one"]
    assert (tmp_path / ".work/small/two/files/begun").exists()
    assert not (tmp_path / "gave up").exists()


def test_a_training_goes_on_where_it_was_stopped_to_the_same_digits(photos, tmp_path, monkeypatch):
    asked: dict[str, Any] = {"data": str(photos), "epochs": 4, "batch_size": 16, "precision": "fp32"}
    (tmp_path / "whole").mkdir()
    whole = fit_in(tmp_path / "whole", "lenet5", **asked)
    append = RunFolder.append_metric

    def stopping(self: RunFolder, row: dict[str, Any]) -> None:
        append(self, row)
        if row.get("epoch") == 2:
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(RunFolder, "append_metric", stopping)
        fit_in(tmp_path, "lenet5", **asked)
    resumed = fit_in(tmp_path, "lenet5", **asked)
    assert len(resumed.run.history) == 4
    for one, other in zip(whole.run.history, resumed.run.history, strict=True):
        assert {**one, "seconds": 0} == {**other, "seconds": 0}


def test_each_cell_is_committed_alone_where_that_is_asked(at_once, tmp_path, monkeypatch):
    for key in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):  # as they are within a hook
        monkeypatch.delenv(key, raising=False)

    def git(*words: str) -> list[str]:
        found = subprocess.run(["git", *words], cwd=tmp_path, check=True, capture_output=True, text=True)
        return found.stdout.splitlines()

    git("init", "--quiet")
    git("config", "user.name", "A")
    git("config", "user.email", "a@b.c")
    (tmp_path / "other").touch()
    git("add", "other")
    assert fill(small(tmp_path, "", "raises", ""), tmp_path, left=lambda: HOUR, commit=True) is False
    assert git("log", "--format=%s") == ["Study small: three", "Study small: one"]
    assert git("ls-tree", "--name-only", "HEAD") == ["small.json"]
