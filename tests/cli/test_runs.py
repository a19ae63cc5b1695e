"""`wengu runs`: the list, the comparison, and set."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.cli.conftest import Wengu
from tests.judged_runs import DEV, TRAIN, blocks, old_run, sentences, write_run
from tests.waiting import bounded, until
from wengu.adviser import columns, compare, runs_in
from wengu.adviser.diagnose import judge
from wengu.core.run_folder import RunFolder
from wengu.practice import Perplexity


def test_alpha_is_changed_on_a_run_that_trains(wengu: Wengu, photos: Path) -> None:
    command = [sys.executable, "-m", "wengu", "fit", "lenet5", "--data", str(photos), "--epochs", "1000000", "--patience",
               "1000000", "--name", "live", "--decay", "constant"]
    child = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, text=True,
                             preexec_fn=bounded)
    run = Path("runs/live")

    rows = RunFolder(run).metrics
    until(rows, by=child)
    said = wengu("runs", "set", run, "lr=1e-5")
    assert said.code == 0 and "lr = 1e-05 from its next step on" in said.out
    until(lambda: rows()[-1]["lr"] == 1e-5, by=child)
    child.terminate()
    out, _ = child.communicate(timeout=60)
    assert "α set to 1e-05 at step" in out
    stamp = json.loads((run / "control.jsonl").read_text().splitlines()[1])
    after = [row["lr"] for row in rows() if row["step"] > stamp["step"]]
    before = [row["lr"] for row in rows() if row["step"] <= stamp["step"]]
    assert stamp["taken"] == 0 and set(after) == {1e-5} and set(before) == {0.003}
    assert "as soon as it is resumed; it is not training now" in wengu("runs", "set", run, "lr=0.01").out


def test_bad_input_is_one_line(wengu: Wengu) -> None:
    RunFolder.create(Path("runs/a"))
    for words, message in (
        (("runs", "set", "runs/b", "lr=1"), "is not a run folder"),
        (("runs", "set", "runs/a"), "expected what to set"),
        (("runs", "set", "runs/a", "lr"), "lr: expected NAME=NUMBER"),
        (("runs", "set", "runs/a", "lr=fast"), "lr=fast: expected NAME=NUMBER"),
        (("runs", "set", "runs/a", "lr=0"), "lr: expected a number above 0"),
        (("runs", "set", "runs/a", "seed=3"), "set: 'seed' is unknown"),
    ):
        said = wengu(*words)
        assert said.code == 2 and said.err.count("\n") == 1 and message in said.err, said.err
    assert not Path("runs/a/control.jsonl").exists()


# --------------------------------------------------------------------------------------------- the list, the comparison


@pytest.fixture(scope="module")
def three(iris: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three real runs: two tell the species apart, the third, made last, long petals from short."""
    import pandas as pd

    import wengu

    folder = tmp_path_factory.mktemp("three")
    pd.read_csv(iris).assign(long=lambda t: (t.pop("petal length (cm)") > 4).map({True: "yes", False: "no"})).to_csv(
        folder / "long.csv", index=False)
    for name, data, target, settings in (
        ("first", iris, "species", {"epochs": 30, "lr": 0.5}), ("set", iris, "species", {"epochs": 1, "lr": 1e-6}),
        ("petals", folder / "long.csv", "long", {"epochs": 2}),
    ):
        wengu.fit("softmax", data=str(data), target=target, runs=folder / "runs", name=name, quiet=True,
                  came_from={"lr": "environment"}, **settings)
    return folder


def test_the_list_in_a_pipe_has_a_line_a_run_the_newest_first(wengu: Wengu, three: Path) -> None:
    said = wengu("runs", "--runs", three / "runs")
    head, *lines = said.out.splitlines()
    assert said.code == 0 and head.split()[:3] == ["run", "network,", "data"]
    assert [line.split()[0] for line in lines] == ["petals", "set", "first"]
    rates = {row["set"]: row["value"] for row in RunFolder.open(three / "runs/first").read_json("ledger.json")["rows"]}
    assert "softmax, iris.csv" in lines[2] and " finished " in lines[2] and f" {100 * rates['dev']:.1f} % " in lines[2]
    assert "30/30" in lines[2] and "1/1" in lines[1]


def test_print_in_python_shows_the_same_as_the_command(wengu: Wengu, three: Path) -> None:
    first, second = three / "runs/first", three / "runs/set"
    assert f"{compare([first, second])}\n" == wengu("runs", first, second).out
    assert f"{runs_in(three / 'runs')}\n" == wengu("runs", "--runs", three / "runs").out


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [80, 120])
def test_a_terminal_is_not_too_narrow_for_either_table(
    wengu: Wengu, three: Path, monkeypatch: pytest.MonkeyPatch, language: str, width: int
) -> None:
    monkeypatch.setattr(columns, "room", lambda: width)
    for name in ("a-name-that-somebody-has-typed-in-and-that-is-so-long-that-it-must-be-folded-somewhere", "hm"):
        RunFolder.create(Path("runs") / name, settings={"data": "x"}, recipe="table", network="softmax")
    several = [three / "runs" / name for name in ("first", "set", "petals", "set", "first", "petals")]
    for words in (("runs",), ("runs", "--runs", three / "runs"), ("runs", *several)):
        said = wengu(*words, "--lang", language)
        assert said.code == 0
        table = [line for line in said.out.splitlines() if not line.endswith((".", "。")) and str(three) not in line]
        assert len(table) > 3 and max(map(cell_len, table)) <= width, said.out
    assert "".join(line.split()[0] for line in wengu("runs").out.splitlines() if line[0] != " ").count("folded") == 1


def test_two_runs_are_compared_and_a_third_of_another_task_in_settings_alone(wengu: Wengu, three: Path) -> None:
    said = wengu("runs", "first", three / "runs" / "set", "petals", "--runs", three / "runs")
    assert said.code == 0, said.err
    _, differ, settings, results, notes = (part.splitlines() for part in said.out.split("\n\n"))
    assert differ == ["B and A differ in 2 things: epochs 30 → 1, lr 0.5 → 1e-06. The difference on dev is of all of them together."]
    assert settings[0].split() == ["A", "B", "C"]
    table = {line.split()[0]: line for line in settings[1:]}
    assert set(table) == {"epochs", "lr", "data", "target"}
    assert "0.5 (environment)" in table["lr"] and "1e-06 (environment)" in table["lr"] and "0.01 (rule)" in table["lr"]
    assert [line.split()[0] for line in results[1:]] == ["A", "B"] and results[2].count("[") == 2
    assert "worse" in results[2] and "worse" not in results[1]
    assert notes[0] == ("C: only settings are compared: A is another task, and a value of one task says nothing "
                        "about the other.")
    assert notes[1].startswith("Seed noise was not measured") and notes[1].endswith("--name set --runs "
                                                                                  f"{three / 'runs'} --resume --repeat 3")


def test_each_run_is_listed_in_its_own_unit(wengu: Wengu, judged_run: Callable[..., RunFolder]) -> None:
    folder = judged_run("bleu").path.parent
    head, line = wengu("runs", "--runs", folder).out.splitlines()
    assert "BLEU on dev" in head and " 36.8 " in line and "%" not in line
    write_run(folder / "ppl", Perplexity(), {"dev": blocks(9, 3.1)})
    write_run(folder / "style", None, {})
    old_run(folder / "old")
    head, *lines = wengu("runs", "--runs", folder).out.splitlines()
    table = {line.split()[0]: line for line in lines}
    assert " on dev " in head and " BLEU 36.8 " in table["bleu"] and " perplexity 22.3 " in table["ppl"]
    assert " error 3.0 % " in table["old"] and " – " in table["style"]
    use = wengu("runs", "--runs", folder, "--lang", "zh").out
    assert " 困惑度 22.3 " in use and " 误差 3.0 % " in use


def test_a_higher_bleu_is_better(wengu: Wengu, judged_run: Callable[..., RunFolder]) -> None:
    a, b = judged_run("a"), judged_run("b", sets={"train": sentences(TRAIN), "dev": sentences([h + 1 for h in DEV])})
    for run in (a, b):
        judge(run)
    said = wengu("runs", a.path, b.path).out
    assert re.search(r"BLEU on dev +minus A +dev cost", said)
    assert re.search(r"B +6/6 +5 +41\.8 +\[\d\d\.\d, \d\d\.\d\]  \+5\.0 \[\+5\.0, \+5\.0\]  better", said), said


def test_json_is_one_object_that_holds_the_same(wengu: Wengu, three: Path) -> None:
    listed = json.loads(wengu("runs", "--runs", three / "runs", "--json").out)
    assert [run["path"] for run in listed["runs"]] == [str(three / "runs" / name) for name in ("petals", "set", "first")]
    compared = json.loads(wengu("runs", "first", "petals", "--runs", three / "runs", "--json").out)
    assert [run["same_task"] for run in compared["runs"]] == [True, False]
    assert compared["settings"]["target"]["values"] == ["species", "long"]


def test_the_same_settings_are_said_to_be_so(wengu: Wengu, three: Path) -> None:
    said = wengu("runs", "first", "first", "--runs", three / "runs")
    assert "The settings are the same." in said.out and "no clear difference" in said.out


def test_a_run_called_set_is_reached_by_its_path(wengu: Wengu, three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(three)
    assert wengu("runs", "runs/set", "first").out.startswith("A  runs/set ")
    assert wengu("runs", "first", "set").code == 0  # only the first word can be the command
    monkeypatch.chdir(three / "runs")
    assert wengu("runs", "./set", "./first").out.startswith("A  set ")


def test_what_is_no_run_is_named_below_the_list(wengu: Wengu) -> None:
    Path("runs/notes").mkdir(parents=True)
    said = wengu("runs")
    assert (said.code, said.out) == (
        0, "runs holds no run yet; start one: wengu fit lenet5\nnot read: notes (no run.json)\n")
    RunFolder.create(Path("runs/a"), recipe="table", network="softmax")
    (RunFolder.create(Path("runs/b")).path / "run.json").write_text("{")
    *_, line, last = wengu("runs").out.splitlines()
    assert line.startswith("a ") and last.startswith("not read: b (runs/b/run.json cannot be read")
    assert last.endswith("; notes (no run.json)")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_empty_folder_says_how_to_start(wengu: Wengu, language: str) -> None:
    said = wengu("runs", "--lang", language, "--runs", "none")
    assert said.code == 0 and "wengu fit lenet5" in said.out and said.out.count("\n") == 1


def test_mistakes_of_the_list_and_the_comparison_are_one_line(wengu: Wengu, three: Path) -> None:
    for words, message in (
        (("frst", "petals"), f"{three}/runs/frst is not a run folder (it has no run.json); did you mean {three}/runs/first?"),
        (("first",), "expected two runs or more to compare, got first; `wengu diagnose first` judges a run"),
        (("--jsn",), "--jsn is unknown; did you mean --json?"),
    ):
        said = wengu("runs", *words, *(("--runs", three / "runs") if words != ("--jsn",) else ()))
        assert said.code == 2 and said.err.count("\n") == 1 and message in said.err, said.err


def test_a_list_brings_no_torch_along(three: Path) -> None:
    code = (f"import sys; from wengu.cli.main import run; run(['runs', '--runs', {str(three / 'runs')!r}])\n"
            "heavy = {'torch', 'numpy', 'pandas', 'sklearn', 'rich.table'} & set(sys.modules); sys.exit(str(heavy) if heavy else 0)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "petals" in done.stdout, done.stderr
