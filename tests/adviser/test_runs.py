"""Runs in brief."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import wengu
from tests.pace import slower
from wengu.adviser import run_named, runs_in
from wengu.adviser.runs import RunSummary, brief
from wengu.core.checks import InputError
from wengu.core.i18n import use_language
from wengu.core.run_folder import RunFolder
from wengu.practice import ledger
from wengu.running.metric import ERROR


@pytest.fixture(scope="module")
def real(iris: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real run of three epochs."""
    runs = tmp_path_factory.mktemp("real")
    wengu.fit("softmax", data=str(iris), target="species", epochs=3, runs=runs, name="a", quiet=True)
    return runs / "a"


def made(path: Path, *, rows: int = 0, settings: dict[str, Any] | None = None, **facts: Any) -> RunFolder:
    """A run whose dev cost is lowest in epoch 2, and whose dev error falls from epoch to epoch."""
    run = RunFolder.create(path, settings={"data": "x.csv", "epochs": 9, "patience": 8, **(settings or {})},
                           came_from={"data": "flag"}, recipe="table", network="softmax")
    if facts:
        run.note(**facts)
    if facts.get("stopped"):
        run.write_json("ledger.json", {"cause": "bias"})  # the last thing but one that a run leaves
    for e in range(1, rows + 1):
        run.append_metric({"epoch": e, "step": e, "cost": 1.0, "dev_cost": 1.0 + abs(e - 2), "dev_error": 1 / e,
                           "lr": 0.1, "seconds": float(e)})
    return run


# ------------------------------------------------------------------------------------------------------------- one run


def test_a_finished_run_says_what_its_own_files_say(real: Path, iris: Path) -> None:
    run = RunFolder.open(real)
    best = min(run.metrics(), key=lambda row: row["dev_cost"])
    ledger = run.read_json("ledger.json")
    found = brief(run)
    assert found == RunSummary(
        real, "table", "softmax", str(iris), found.created, "epochs", 3, 3, best["epoch"], best["dev_cost"],
        ERROR, best["dev_error"], run.facts()["seconds"], ledger["cause"],
    )
    assert found.created.isoformat() == run.facts()["created"]
    assert found.dev_metric == {row["set"]: row["value"] for row in ledger["rows"]}["dev"]
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["path"] == str(real)


@pytest.mark.parametrize(("stopped", "state", "words", "chinese"), [
    ("epochs", "epochs", "finished", "已完成"), ("early", "early", "finished early", "早停"),
    ("interrupted", "interrupted", "interrupted", "已中断"), ("diverged", "diverged", "diverged", "已发散"),
    (None, "killed", "killed", "被终止"), ("", "killed", "killed", "被终止"),
])
def test_states(tmp_path: Path, stopped: str | None, state: str, words: str, chinese: str) -> None:
    found = brief(made(tmp_path / "a", rows=3, **({} if stopped is None else {"stopped": stopped})))
    assert (found.state, found.state_in_words) == (state, words)
    use_language("zh")
    assert found.state_in_words == chinese


def test_a_run_that_was_stopped_in_finishing_has_not_ended(tmp_path: Path) -> None:
    run = made(tmp_path / "a", rows=3, stopped="epochs")
    (run.path / "ledger.json").unlink()
    assert brief(run).state == "killed"


def test_a_run_that_is_written_is_training_and_what_it_said_when_it_last_ended_is_past(tmp_path: Path) -> None:
    run = made(tmp_path / "a", rows=3, stopped="", best_epoch=1, seconds=99.0)
    with RunFolder(run.path):
        found = brief(run)
    assert (found.state, found.best_epoch, found.seconds) == ("training", 2, 3.0)


@pytest.mark.parametrize(("monitor", "best"), [("cost", 2), ("metric", 5), ("error", 5)])
def test_the_best_epoch_is_that_of_the_monitored_value(tmp_path: Path, monitor: str, best: int) -> None:
    found = brief(made(tmp_path / "a", rows=5, settings={"monitor": monitor}))
    assert (found.best_epoch, found.dev_cost, found.dev_metric) == (best, 1.0 + abs(best - 2), 1 / best)


def test_only_the_end_of_the_metrics_is_read_unless_the_best_lies_before(tmp_path: Path) -> None:
    run = made(tmp_path / "a", rows=400, settings={"patience": 3, "monitor": "error"}, stopped="epochs", best_epoch=400)
    path = run.path / "metrics.jsonl"
    whole = path.read_bytes()
    path.write_bytes(b"damaged" + whole[7:] + b'{"epoch": 401, "st')  # an unfinished line is none
    found = brief(run)
    assert (found.epochs, found.best_epoch, found.dev_metric) == (400, 400, 1 / 400)
    path.write_bytes(whole)
    run.note(best_epoch=2)
    assert brief(run).dev_cost == 1.0


def test_a_cost_that_is_no_number_is_not_the_best(tmp_path: Path) -> None:
    run = made(tmp_path / "a")
    for e, cost in enumerate((float("nan"), 3.0, float("inf")), 1):
        run.append_metric({"epoch": e, "dev_cost": cost})
    assert (brief(run).best_epoch, brief(run).dev_cost) == (2, 3.0)


def test_before_the_first_epoch_nothing_is_known(tmp_path: Path) -> None:
    found = brief(made(tmp_path / "a"))
    assert (found.epochs, found.best_epoch, found.dev_cost, found.seconds, found.cause) == (0, None, None, None, None)


@pytest.mark.parametrize(("cause", "words", "chinese"), [
    ("bias and overfitted dev", "bias + over-fitted dev", "偏差 + 对开发集过拟合"), ("none", "none", "无"),
    ("cannot tell yet", "cannot tell yet", "尚无法判断"), (None, "", ""),
])
def test_causes(tmp_path: Path, cause: str | None, words: str, chinese: str) -> None:
    run = made(tmp_path / "a", rows=1)
    if cause:
        run.write_json("ledger.json", {"cause": cause})
    assert brief(run).cause_in_words == words
    use_language("zh")
    assert brief(run).cause_in_words == chinese


def test_of_sets_in_doubt_no_cause_is_listed(tmp_path: Path) -> None:
    run = made(tmp_path / "a", rows=1)
    run.write_json("ledger.json", {"cause": "variance", "in_doubt": ["dev"]})
    assert brief(run).cause_in_words == "see the sets first" and brief(run).cause == "variance"


def test_a_cause_in_the_list_is_what_the_card_says(tmp_path: Path) -> None:
    """Of sets that are not alike it may be the difference; of a dev set that is easier there is none yet."""
    run = made(tmp_path / "a", rows=1)
    book = ledger(human=0.04, train=0.05, dev=0.16, n=10_000)
    for one, words in ((book, "variance"), (replace(book, unlike=("dev",)), "variance or another distribution"),
                       (replace(book, unlike=("test",)), "variance"),
                       (ledger(human=0.02, train=0.02, dev=0.30, test=0.03, n=5000), "variance or another distribution"),
                       (ledger(human=0.15, train=0.15, dev=0.04, n=10_000), "see the sets first"),
                       (ledger(human=0.15, train=0.15, dev=0.15, n=100_000), "none")):
        run.write_json("ledger.json", one.to_dict())
        assert brief(run).cause_in_words == words


# ------------------------------------------------------------------------------------------------------------ a folder


def test_the_newest_comes_first_wherever_it_was_made(tmp_path: Path) -> None:
    for name, created in (("a", "2026-01-01T12:00:00+00:00"), ("b", "2026-01-01T13:00:00+08:00"),
                          ("c", "2026-01-01T11:00:00-05:00")):
        made(tmp_path / name, created=created)
    assert [run.path.name for run in runs_in(tmp_path).runs] == ["c", "a", "b"]


def test_what_is_no_run_is_named_with_the_reason_and_the_rest_is_listed(tmp_path: Path) -> None:
    made(tmp_path / "good", rows=1)
    (tmp_path / "notes").mkdir()
    (tmp_path / ".part").mkdir()
    (tmp_path / "a-file").touch()
    for name, file, text in (
        ("half", "run.json", '{"for'), ("list", "run.json", "[1]"), ("newer", "run.json", '{"format": 3}'),
        ("whose", "run.json", '{"format": 1}'), ("toml", "config.toml", "epochs = = 3"),
        ("kind", "config.toml", "patience = [1]"), ("rows", "metrics.jsonl", "[1]\n"), ("book", "ledger.json", "{"),
        ("when", "run.json", '{"format": 1, "recipe": "r", "network": "n", "created": 3}'),
    ):
        (made(tmp_path / name, rows=1).path / file).write_text(text)
    (made(tmp_path / "gone").path / "config.toml").unlink()
    found = runs_in(tmp_path)
    assert [run.path.name for run in found.runs] == ["good"]
    assert sorted(found.unreadable) == sorted(
        ["notes", "half", "list", "newer", "whose", "toml", "kind", "rows", "book", "when", "gone"])
    assert found.unreadable["notes"] == "no run.json" and "reads formats up to 2" in found.unreadable["newer"]
    assert all("cannot be read" in found.unreadable[name] for name in ("rows", "when", "kind"))
    assert "lacks recipe" in found.unreadable["whose"]


def test_no_folder_holds_no_run_and_a_run_is_no_folder_of_runs(tmp_path: Path) -> None:
    assert runs_in(tmp_path / "none").runs == ()
    made(tmp_path / "a")
    with pytest.raises(InputError, match=f"a is a run itself; give the folder that holds it, {tmp_path}"):
        runs_in(tmp_path / "a")


def test_a_name_is_one_in_the_folder_and_a_path_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in ("runs/set", "set", "runs/a", "here"):
        made(Path(path))
    assert run_named("set").path == Path("runs/set") and run_named("a", "runs").path == Path("runs/a")
    assert run_named("./set").path == Path("set") and run_named("runs/set").path == Path("runs/set")
    assert run_named("here").path == Path("here")
    with pytest.raises(InputError, match="runs/sett is not a run folder .*; did you mean runs/set?"):
        run_named("sett")


# -------------------------------------------------------------------------------------------------------------- speed


def test_a_listing_reads_small_files_alone_and_no_torch(real: Path) -> None:
    """Every file that is opened, as Python's own audit sees it."""
    code = (
        "import sys; opened = set()\n"
        "sys.addaudithook(lambda event, args: opened.add(str(args[0])) if event == 'open' else None)\n"
        f"from wengu.adviser import runs_in; assert runs_in({str(real.parent)!r}).runs\n"
        f"print(sorted(p.rpartition('/')[2] for p in opened if p.startswith({str(real)!r})))\n"
        "assert not {'torch', 'numpy', 'pandas', 'sklearn'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "['config.toml', 'ledger.json', 'metrics.jsonl', 'run.json']", done.stderr


def test_three_hundred_runs_are_listed_in_no_time(real: Path, tmp_path: Path) -> None:
    """0.1 s of the processor where the bound was written."""
    for k in range(300):
        shutil.copytree(real, tmp_path / str(k), ignore=shutil.ignore_patterns("checkpoints", "predictions", "*.html"))
    best = 9.0
    for _ in range(3):
        start = time.process_time()
        assert len(runs_in(tmp_path).runs) == 300
        best = min(best, time.process_time() - start)
    assert best < 0.5 * slower()


def test_a_function_is_not_hidden_by_the_file_of_its_name() -> None:
    code = ("import wengu.project.fit, wengu.running.load, wengu.adviser.compare, wengu\n"
            "from wengu.adviser import compare; from wengu.project import fit; from wengu.running import load\n"
            "assert all(map(callable, (compare, fit, load, wengu.fit, wengu.load)))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
