"""The run folder, format 2."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from wengu.core.checks import InputError
from wengu.core.run_folder import FORMAT, RunFolder


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "runs" / "a", settings={"lr": 0.1, "human": None, "data": "x"},
                            came_from={"lr": "flag", "data": "default"}, split=[("1", "train", "s", "")], network="n")


def test_all_of_the_first_files_are_there(run: RunFolder) -> None:
    assert run.facts()["format"] == FORMAT == 2
    assert run.settings() == ({"lr": 0.1, "data": "x"}, {"lr": "flag", "data": "default"})
    assert run.read_table("split.csv") == [{"id": "1", "set": "train", "source": "s", "group": ""}]
    assert "torch" in run.read_json("environment.json")["packages"]


def test_what_is_no_number_is_null_as_other_programs_read_it(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "r")
    run.append_metric({"step": 1, "dev_cost": float("nan"), "dev_perplexity": float("inf"), "cost": 0.5})
    assert (run.path / "metrics.jsonl").read_text() == '{"step": 1, "dev_cost": null, "dev_perplexity": null, "cost": 0.5}\n'


def test_an_unfinished_last_line_is_ignored(run: RunFolder) -> None:
    run.append_metric({"step": 1})
    with (run.path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 2, "co')
    assert run.metrics() == [{"step": 1}]


def test_a_line_for_which_the_disk_has_no_room_is_named_and_leaves_nothing(run: RunFolder) -> None:
    """A write of which the system takes a part is no error to Python; the next line would be glued to that part."""
    import resource

    run.append_metric({"step": 1})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (run.metrics_offset() + 5, hard))
    try:
        with pytest.raises(OSError, match=r"'.*metrics\.jsonl'"):
            run.append_metric({"step": 2, "cost": 0.5})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    run.append_metric({"step": 3})
    assert run.metrics() == [{"step": 1}, {"step": 3}]


def test_resume_forgets_lines_after_the_checkpoint(run: RunFolder) -> None:
    run.append_metric({"step": 1})
    offset = run.metrics_offset()
    run.append_metric({"step": 2})
    run.cut_metrics(offset)
    assert run.metrics() == [{"step": 1}]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda p: (p / "run.json").write_text('{"format": 3}'), "reads formats up to 2"),
        (lambda p: (p / "run.json").write_text("{"), r"run\.json cannot be read"),
        (lambda p: (p / "run.json").unlink(), "is not a run folder"),
        (lambda p: (p / "run.json").write_text('{"format": 1}'), r"run\.json lacks network"),
        (lambda p: (p / "config.toml").write_text("lr = 1"), r"config\.toml: expected the tables settings and came_from"),
        (lambda p: (p / "metrics.jsonl").write_text('{"step": 1}\nnonsense\n'), r"metrics\.jsonl:2 cannot be read"),
        (lambda p: (p / "metrics.jsonl").write_text("1\n"), r"metrics\.jsonl:1 cannot be read"),
    ],
)
def test_what_is_no_run_is_refused(run: RunFolder, spoil: object, message: str) -> None:
    spoil(run.path)  # type: ignore[operator]
    with pytest.raises(InputError, match=message):
        (opened := RunFolder.open(run.path)).facts()["network"], opened.settings(), opened.metrics()


def test_two_that_start_at_once_do_not_take_the_same_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = RunFolder.write_settings

    def another_comes_between(run: RunFolder, *settings: object) -> None:
        monkeypatch.undo()
        RunFolder.create(tmp_path / "a", network="theirs")
        real(run, *settings)  # type: ignore[arg-type]

    monkeypatch.setattr(RunFolder, "write_settings", another_comes_between)
    with pytest.raises(InputError, match="holds a run already"):
        RunFolder.create(tmp_path / "a", network="ours")
    assert RunFolder.open(tmp_path / "a").facts()["network"] == "theirs" and len(list(tmp_path.iterdir())) == 1


def test_a_wrong_name_proposes_the_right_one(run: RunFolder) -> None:
    RunFolder.create(run.path.parent / "lenet5-sample")
    with pytest.raises(InputError, match="did you mean .*lenet5-sample"):
        RunFolder.open(run.path.parent / "lenet5-samples")


def test_a_run_is_not_overwritten(run: RunFolder) -> None:
    with pytest.raises(InputError, match="holds a run already"):
        RunFolder.create(run.path)
    other = run.path.parent / "mine"
    other.mkdir()
    (other / "thesis.txt").write_text("all of it")
    with pytest.raises(InputError, match="is not a run"):
        RunFolder.create(other)
    assert (other / "thesis.txt").read_text() == "all of it"


def test_one_process_writes_at_a_time(run: RunFolder) -> None:
    """And the lock of a killed process is free."""
    code = ("import sys; from wengu.core.run_folder import RunFolder\n"
            "with RunFolder.open(sys.argv[1]): print('in', flush=True); sys.stdin.read()")
    with subprocess.Popen([sys.executable, "-c", code, str(run.path)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline() == b"in\n"
        with pytest.raises(InputError, match="written by another process"), RunFolder.open(run.path):
            pass
        other.kill()
    with RunFolder.open(run.path):
        pass


def test_settings_are_toml_that_config_reads_again(run: RunFolder) -> None:
    import tomllib

    assert tomllib.loads((run.path / "config.toml").read_text())["settings"] == {"lr": 0.1, "data": "x"}
    assert json.loads((run.path / "run.json").read_text())["network"] == "n"
