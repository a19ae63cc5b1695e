"""What `wengu fit` refuses, and its neighbours with it: one line, exit 2, and nothing that was there is lost."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Wengu, picture_folder
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.project import fit


@pytest.mark.parametrize(("words", "message"), [
    (("fit", "lenet"), "did you mean.*lenet5"),
    (("fit", "lenet5", "--lrr", 1), "--lrr.*did you mean.*--lr"),
    (("fit", "multitask", "--metric", "error"), "--metric is unknown to `wengu fit multitask`: it is a setting of pictures and table, not of multitask"),
    (("fit", "lenet5", "--lr", 0), "lr: expected a number above 0, got 0"),
    (("fit", "lenet5", "--lr", -1), "lr: expected a number above 0, got -1"),
    (("fit", "lenet5", "--lr", "fast"), "--lr.*fast"),
    (("fit", "lenet5", "--data", "photso"), "photso: no such folder"),
    (("fit", "lenet5", "--data", "fashion-mnits"), "did you mean fashion-mnist"),
    (("fit", "lenet5", "--dropout", 1), "dropout: expected"),
    (("fit", "lenet5", "--resume"), "no run of lenet5"),
    (("fit", "lenet5", "--resume", "--name", "x"), "is not a run folder"),
    (("fit", "softmax"), "--data: expected"),
    (("diagnose", "nothing"), "no such file"),
    (("predict", "nothing", "a.png"), "is not a run folder"),
    (("data", "get", "minst"), "did you mean mnist"),
    (("explain", "sigmiod"), "did you mean Sigmoid"),
    (("fit", "lenet5", "--config", "none.toml"), "none.toml"),
    (("fit", "lenet5", "--lang", "fr"), "expected en or zh"),
])
def test_bad_input_is_one_line_and_exit_2(wengu: Wengu, words: tuple[object, ...], message: str) -> None:
    said = wengu(*words)
    assert said.code == 2
    assert said.err.count("\n") == 1 and said.err.startswith("wengu: ")
    assert re.search(message, said.err, re.IGNORECASE), said.err
    assert not Path("runs").exists() or not any(Path("runs").iterdir())


def _truncated() -> None:
    folder = picture_folder({"a": 10, "b": 10})
    file = folder / "a" / "3.png"
    file.write_bytes(file.read_bytes()[:60])


def _foreign_class_in_dev() -> None:
    picture_folder({"train/a": 5, "train/b": 5, "dev/a": 5, "dev/c": 5})


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Path("p").mkdir(), "p.*empty|no picture"),
    (lambda: picture_folder({"a": 9}), "expected two class folders or more, found 1"),
    (_truncated, r"3\.png"),
    (_foreign_class_in_dev, r"dev.*\bc\b"),
], ids=["empty folder", "one class", "truncated", "class in dev that train lacks"])
def test_folders_that_cannot_be_learned_from(wengu: Wengu, make: object, message: str) -> None:
    make()  # type: ignore[operator]
    said = wengu("fit", "lenet5", "--data", "p")
    assert said.code == 2 and said.err.count("\n") == 1
    assert re.search(message, said.err), said.err


def test_one_bad_picture_in_many_is_named_and_skipped(wengu: Wengu) -> None:
    folder = picture_folder({"a": 60, "b": 60})
    (folder / "a" / "broken.png").write_bytes(b"this is no picture")
    said = wengu("fit", "lenet5", "--data", folder, "--epochs", 1)
    assert said.code == 0, said.err
    assert "broken.png" in said.out


@pytest.mark.parametrize(("table", "message"), [
    ("x,y\n1,a\n2,b\n", "target.*'kind' is unknown"),
    ("x,kind\n1,a\n2,a\n3,a\n", "kind.*a in every row"),
    ("x,kind\n1,a\n,b\n3,a\n", "line 3.*'x'"),
    ("x,kind\n1,a\nnan,b\n3,a\n", "line 3.*'x'"),
    ("x,kind\n" + "".join(f"{i},{i * 1.5}\n" for i in range(60)), "quantity.*regression is not supported"),
    ("x,kind,set\n" + "".join(f"{i},{'ab'[i % 2]},train\n" for i in range(20)) + "1,c,dev\n", "c.*dev|dev.*c"),
], ids=["no target", "one value", "gap", "NaN", "numeric target", "class in dev that train lacks"])
def test_tables_that_cannot_be_learned_from(wengu: Wengu, table: str, message: str) -> None:
    Path("t.csv").write_text(table)
    said = wengu("fit", "softmax", "--data", "t.csv", "--target", "kind")
    assert said.code == 2 and said.err.count("\n") == 1
    assert re.search(message, said.err), said.err


def test_threads_and_devices_that_there_are_not(wengu: Wengu, photos: Path) -> None:
    for words, message in ((("--threads", 100_000), "threads: expected from 1 to"), (("--device", "meta"), "cannot be used here")):
        said = wengu("fit", "lenet5", "--data", photos, *words)
        assert said.code == 2 and said.err.count("\n") == 1 and message in said.err
        assert not Path("runs").exists()


def test_a_full_disk_is_one_line(photos: Path, tmp_path: Path) -> None:
    """A real limit of the system on the size of files, in a process of its own: whatever library writes meets it."""
    code = ("import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
            "from wengu.cli.main import run; sys.exit(run(sys.argv[1:]))")
    done = subprocess.run([sys.executable, "-c", code, "fit", "lenet5", "--data", str(photos), "--epochs", "1"],
                          cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert re.fullmatch(r"wengu: .*checkpoints/\d+.*: File too large\n", done.stderr), done.stderr


def test_a_run_is_not_overwritten(wengu: Wengu, photos: Path) -> None:
    wengu("fit", "lenet5", "--data", photos, "--epochs", 1, "--name", "a")
    said = wengu("fit", "lenet5", "--data", photos, "--epochs", 1, "--name", "a")
    assert said.code == 2 and "holds a run already" in said.err


@pytest.mark.parametrize(("facts", "message"), [
    ({"spec": {"classes": 3}}, "run.json cannot be read: spec is"), ({"examples": [1]}, "run.json cannot be read: examples is"),
])
def test_a_run_changed_by_hand(wengu: Wengu, photos: Path, facts: dict[str, object], message: str) -> None:
    wengu("fit", "lenet5", "--data", photos, "--epochs", 1, "--name", "r")
    RunFolder.open("runs/r").note(**facts)
    said = wengu(*(("predict", "runs/r", photos) if "spec" in facts else ("diagnose", "runs/r")))
    assert said.code == 2 and said.err.count("\n") == 1 and message in said.err, said.err


@pytest.mark.parametrize(("name", "why"), [
    ("../../x", "a part of a path"), ("/x", "a part of a path"), ("a/b", "a part of a path"), ("..\\x", "a part of a path"),
    ("C:x", "a part of a path"), ("c:\\x", "a part of a path"), (".hidden", "hidden"), (".", "hidden"), ("..", "hidden"),
    ("a\nb", "with letters that cannot be printed"), ("\x1b[31mred", "with letters that cannot be printed"),
    ("n" * 300, "too long"), ("温" * 100, "too long"), ("a\0b", "with letters that cannot be printed"),
])  # fmt: skip
def test_a_name_that_is_no_folder_right_below_the_runs(wengu: Wengu, name: str, why: str) -> None:
    said = wengu("fit", "lenet5", "--epochs", 1, "--name", name, "--runs", "in/runs")
    assert said.code == 2 and said.err.count("\n") == 1, said
    assert "name: expected the name of one folder, got" in said.err and f"which is {why}" in said.err
    assert list(Path().iterdir()) == []


def test_a_setting_of_another_recipe_says_whose_it_is_and_what_to_do(wengu: Wengu, iris: Path) -> None:
    said = wengu("fit", "softmax", "--data", iris, "--target", "species", "--nearer", "auto")
    assert said.code == 2 and said.err.count("\n") == 1
    assert "--nearer is unknown to `wengu fit softmax`: it is a setting of pictures, not of table; it changes pictures" in said.err
    assert "--weigh-like-dev draws those more often that look like dev's" in said.err
    assert "--width is unknown to `wengu fit logistic`: it is a setting of pictures, not of table" in wengu("fit", "logistic", "--width", 2).err
    assert "--nearr is unknown" in wengu("fit", "softmax", "--nearr", "auto").err
    with pytest.raises(InputError, match="setting: 'nearer' is unknown; it is a setting of pictures, not of table; .*--weigh-like-dev"):
        fit("softmax", data=str(iris), target="species", nearer="auto")
