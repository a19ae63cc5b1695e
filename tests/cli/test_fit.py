"""`wengu fit`, from flags to card."""

import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.cli.conftest import Wengu
from tests.waiting import bounded, until
from wengu import load
from wengu.core.run_folder import RunFolder
from wengu.training import load_checkpoint
from wengu.training.checkpoint import steps_kept

FEW = ("--epochs", 2, "--device", "cpu")


def test_a_run_has_all_its_files_and_ends_with_the_card(wengu: Wengu, photos: Path) -> None:
    said = wengu("fit", "lenet5", "--data", photos, *FEW, "--lr", 0.002)
    assert said.code == 0, said.err
    for part in ("human      unknown", "train ", "dev ", "test       sealed", "Next, in this order:", "report     runs/"):
        assert part in said.out
    run = Path("runs/lenet5-photos")
    have = {str(p.relative_to(run)) for p in run.rglob("*") if p.is_file()}
    assert have >= {"run.json", "config.toml", "environment.json", "split.csv", "metrics.jsonl", "ledger.json",
                    "report.html", "predictions/train.csv", "predictions/dev.csv", "lock"}
    assert "predictions/test.csv" not in have  # sealed
    facts = json.loads((run / "run.json").read_text())
    assert (facts["format"], facts["recipe"], facts["network"]) == (2, "pictures", "lenet5")
    config = tomllib.loads((run / "config.toml").read_text())
    assert config["settings"]["lr"] == 0.002 and config["came_from"]["lr"] == "flag"
    assert config["came_from"]["batch_size"] == "default" and config["came_from"]["network"] == "name"
    sets = [row["set"] for row in RunFolder.open(run).read_table("split.csv")]
    assert (sets.count("train"), sets.count("dev"), sets.count("test")) == (72, 24, 24)


def test_the_ledger_is_that_of_the_predictions(wengu: Wengu, photos: Path) -> None:
    wengu("fit", "lenet5", "--data", photos, *FEW)
    run = RunFolder.open("runs/lenet5-photos")
    ledger = {row["set"]: row["value"] for row in run.read_json("ledger.json")["rows"]}
    for name in ("train", "dev"):
        rows = run.read_table(f"predictions/{name}.csv")
        assert ledger[name] == pytest.approx(np.mean([row["truth"] != row["predicted"] for row in rows]))
        for row in rows:
            p = {k[2:]: float(v) for k, v in row.items() if k.startswith("p_")}
            assert max(p, key=lambda c: p[c]) == row["predicted"]
            assert sum(p.values()) == pytest.approx(1, abs=1e-5)


def test_settings_from_file_environment_and_flag(wengu: Wengu, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mine.toml").write_text("epochs = 1\nlr = 0.01\nbatch_size = 16\n")
    monkeypatch.setenv("WENGU_LR", "0.02")
    monkeypatch.setenv("WENGU_SEED", "3")
    assert wengu("fit", "lenet5", "--data", photos, "--config", "mine.toml", "--seed", 4).code == 0
    settings, came_from = RunFolder.open("runs/lenet5-photos").settings()
    assert (settings["epochs"], settings["lr"], settings["batch_size"], settings["seed"]) == (1, 0.02, 16, 4)
    assert came_from["lr"] == "environment" and came_from["seed"] == "flag" and came_from["epochs"].endswith("mine.toml")
    again = wengu("fit", "lenet5", "--config", "runs/lenet5-photos/config.toml", "--name", "again")
    assert again.code == 0, again.err
    assert RunFolder.open("runs/again").settings()[0]["batch_size"] == 16
    assert RunFolder.open("runs/again").settings()[0]["data"] == str(photos)


def test_older_names_are_read_and_said_as_they_are_now(wengu: Wengu, iris: Path) -> None:
    Path("old.toml").write_text('[settings]\naverage = 0.5\nepochs = 1\n')
    words = ("fit", "softmax", "--data", iris, "--target", "species", "--config", "old.toml")
    assert wengu(*words, "--monitor", "error").code == 0
    settings, came_from = RunFolder.open("runs/softmax-iris").settings()
    assert (settings["ema"], settings["monitor"], came_from["ema"]) == (0.5, "metric", "old.toml")
    assert "--monitor: 'f1' is unknown. Choose from: cost, metric" in wengu(*words, "--monitor", "f1").err


def test_another_metric_is_monitored_judged_and_kept(wengu: Wengu, photos: Path) -> None:
    """Authority: scikit-learn's f1_score, macro, on the predictions that the run wrote."""
    from sklearn.metrics import f1_score

    said = wengu("fit", "lenet5", "--data", photos, *FEW, "--metric", "macro-f1", "--monitor", "metric")
    assert said.code == 0 and "macro-F1" in said.out, said.err
    run = RunFolder.open("runs/lenet5-photos")
    assert run.facts()["metric"]["name"] == "macro-F1" and "dev_macro-F1" in run.metrics()[-1]
    dev = run.read_table("predictions/dev.csv")
    expected = f1_score([row["truth"] for row in dev], [row["predicted"] for row in dev], average="macro")
    assert {row["set"]: row["value"] for row in run.read_json("ledger.json")["rows"]}["dev"] == pytest.approx(expected)
    assert "--metric: 'f1' is unknown" in wengu("fit", "lenet5", "--metric", "f1").err


def test_the_next_card_shows_what_the_change_bought(wengu: Wengu, photos: Path) -> None:
    wengu("fit", "lenet5", "--data", photos, "--epochs", 1)
    said = wengu("fit", "lenet5", "--data", photos, "--epochs", 2)
    assert re.search(r"since runs/lenet5-photos: dev [+-][\d.]+ points \[.*\], .*\(epochs 1 → 2\)", said.out)


def test_the_test_set_is_opened_by_one_command_and_counted_ever_after(wengu: Wengu, photos: Path) -> None:
    wengu("fit", "lenet5", "--data", photos, *FEW)
    assert "(opened 0 times" in wengu("diagnose", "runs/lenet5-photos").out
    opened = wengu("diagnose", "runs/lenet5-photos", "--open-test")
    assert re.search(r"test +[\d.]+ % .*\(opened once\)", opened.out), opened.out
    wengu("diagnose", "runs/lenet5-photos", "--open-test")
    later = wengu("diagnose", "runs/lenet5-photos", "--human", 0.01)
    assert re.search(r"test +[\d.]+ % .*\(opened 2 times\)", later.out)
    assert re.search(r"human +1\.0 %", later.out)
    assert len(RunFolder.open("runs/lenet5-photos").read_table("predictions/test.csv")) == 24


def test_a_table(wengu: Wengu, iris: Path) -> None:
    said = wengu("fit", "softmax", "--data", iris, "--target", "species")
    assert said.code == 0, said.err
    ledger = RunFolder.open("runs/softmax-iris").read_json("ledger.json")
    assert {row["set"]: row["value"] for row in ledger["rows"]}["dev"] <= 0.1  # 3 of 30; published models miss 1 or 2


def test_logistic_on_two_classes(wengu: Wengu, iris: Path) -> None:
    rows = [line for line in iris.read_text().splitlines() if "virginica" not in line]
    Path("two.csv").write_text("\n".join(rows))
    assert wengu("fit", "logistic", "--data", "two.csv", "--target", "species", "--epochs", 60).code == 0
    refused = wengu("fit", "logistic", "--data", iris, "--target", "species")
    assert refused.code == 2 and "take softmax" in refused.err


def test_resume_goes_on_where_kill_9_stopped_it(wengu: Wengu, photos: Path) -> None:
    command = [sys.executable, "-m", "wengu", "fit", "lenet5", "--data", str(photos), "--epochs", "1000000", "--patience",
               "1000000", "--name", "killed"]
    child = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.DEVNULL, preexec_fn=bounded)
    run = Path("runs/killed")
    until(lambda: len(RunFolder(run).metrics()) > 2, by=child)
    child.kill()
    child.wait()
    assert not (run / "report.html").exists()
    before = len(RunFolder.open(run).metrics())
    judged = wengu("diagnose", run)
    assert judged.code == 2 and "has not ended; continue it: wengu fit lenet5 --name killed --resume" in judged.err
    newest = steps_kept(run / "checkpoints")[-1]
    history = [row for row in RunFolder.open(run).metrics() if row["step"] <= newest]
    best = min(history, key=lambda row: row["dev_cost"])["step"]
    weights, loaded = load_checkpoint(run / "checkpoints", best)[0], load(run).model.state_dict()
    assert all(torch.equal(weights[name], loaded[name]) for name in weights)
    said = wengu("fit", "lenet5", "--resume", "--name", "killed", "--epochs", before + 2)
    assert said.code == 0, said.err
    epochs = [row["epoch"] for row in RunFolder.open(run).metrics()]
    assert epochs == list(range(1, before + 3))
    assert (run / "report.html").exists() and not list(run.rglob(".part-*"))


def test_ctrl_c_leaves_a_usable_run_with_its_card(wengu: Wengu, photos: Path) -> None:
    command = [sys.executable, "-m", "wengu", "fit", "lenet5", "--data", str(photos), "--epochs", "1000000", "--patience",
               "1000000"]
    child = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, text=True,
                             preexec_fn=bounded)
    until(lambda: len(RunFolder(Path("runs/lenet5-photos")).metrics()) > 1, by=child)
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "train " in out and "1 Continue this run" in out and "wengu fit lenet5 --name lenet5-photos --resume" in out
    assert "Train longer" not in out
    assert wengu("predict", "runs/lenet5-photos", next((photos / "bag").iterdir())).code == 0


@pytest.mark.parametrize(("words", "message"), [
    (("fit", "lenet"), "did you mean.*lenet5"),
    (("fit", "lenet5", "--lrr", 1), "--lrr.*did you mean.*--lr"),
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


def _folder(classes: dict[str, int]) -> Path:
    grey = np.random.default_rng(0)
    for name, n in classes.items():
        (Path("p") / name).mkdir(parents=True)
        for i in range(n):
            Image.fromarray(grey.integers(0, 255, (9, 9), dtype=np.uint8)).save(Path("p") / name / f"{i}.png")
    return Path("p")


def _truncated() -> None:
    folder = _folder({"a": 10, "b": 10})
    file = folder / "a" / "3.png"
    file.write_bytes(file.read_bytes()[:60])


def _foreign_class_in_dev() -> None:
    _folder({"train/a": 5, "train/b": 5, "dev/a": 5, "dev/c": 5})


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Path("p").mkdir(), "p.*empty|no picture"),
    (lambda: _folder({"a": 9}), "expected two class folders or more, found 1"),
    (_truncated, r"3\.png"),
    (_foreign_class_in_dev, r"dev.*\bc\b"),
], ids=["empty folder", "one class", "truncated", "class in dev that train lacks"])
def test_folders_that_cannot_be_learned_from(wengu: Wengu, make: object, message: str) -> None:
    make()  # type: ignore[operator]
    said = wengu("fit", "lenet5", "--data", "p")
    assert said.code == 2 and said.err.count("\n") == 1
    assert re.search(message, said.err), said.err


def test_one_bad_picture_in_many_is_named_and_skipped(wengu: Wengu) -> None:
    folder = _folder({"a": 60, "b": 60})
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


def test_a_run_of_a_newer_wengu_is_not_touched(wengu: Wengu, photos: Path) -> None:
    wengu("fit", "lenet5", "--data", photos, "--epochs", 1)
    run = RunFolder.open("runs/lenet5-photos")
    run.note(format=3)
    assert "no run of lenet5" in wengu("fit", "lenet5", "--resume").err  # it is not the one that is meant
    for words in (("fit", "lenet5", "--resume", "--name", run.path.name), ("predict", run.path, photos), ("diagnose", run.path)):
        said = wengu(*words)
        assert said.code == 2 and "reads formats up to 2" in said.err


def test_a_damaged_checkpoint_is_passed_over_and_said(wengu: Wengu, photos: Path) -> None:
    wengu("fit", "lenet5", "--data", photos, "--epochs", 3)
    run = Path("runs/lenet5-photos")
    newest = max(int(p.name) for p in (run / "checkpoints").iterdir())
    file = run / "checkpoints" / str(newest) / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"\xff\x00")
    said = wengu("fit", "lenet5", "--resume")
    assert said.code == 0, said.err
    assert f"checkpoints/{newest}/model.safetensors is damaged" in said.out and "is used instead" in said.out


def test_a_full_disk_is_one_line(photos: Path, tmp_path: Path) -> None:
    """A real limit of the system on the size of files, in a process of its own: whatever library writes meets it."""
    code = ("import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
            "from wengu.cli.main import run; sys.exit(run(sys.argv[1:]))")
    done = subprocess.run([sys.executable, "-c", code, "fit", "lenet5", "--data", str(photos), "--epochs", "1"],
                          cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert re.fullmatch(r"wengu: .*checkpoints/\d+.*: File too large\n", done.stderr), done.stderr


def test_changed_data_is_noticed_on_resume(wengu: Wengu) -> None:
    folder = _folder({"a": 20, "b": 20})
    wengu("fit", "lenet5", "--data", folder, "--epochs", 1)
    (folder / "a" / "3.png").unlink()
    said = wengu("fit", "lenet5", "--resume")
    assert said.code == 2 and "the data has changed" in said.err


def test_resume_keeps_its_own_settings(wengu: Wengu, photos: Path) -> None:
    wengu("fit", "lenet5", "--data", photos, "--epochs", 2, "--lr", 0.002)
    before = Path("runs/lenet5-photos/config.toml").read_text()
    for words, message in [
        (("--lr", 0.1), "lr: the run has 0.002"),
        (("--threads", 2), "threads: the run has 1"),
        (("--epochs", 1), "epochs: expected more than the 2 that the run has done"),
    ]:
        said = wengu("fit", "lenet5", "--resume", *words)
        assert said.code == 2 and message in said.err
    assert Path("runs/lenet5-photos/config.toml").read_text() == before


def test_a_run_that_diverged_is_not_gone_on_with(wengu: Wengu, photos: Path) -> None:
    wengu("fit", "lenet5", "--data", photos, "--epochs", 1, "--name", "good")
    said = wengu("fit", "lenet5", "--data", photos, "--epochs", 3, "--lr", 1e30, "--name", "bad")
    assert said.code == 2 and "a smaller --lr than 1e+30" in said.err
    assert "runs/good " in wengu("fit", "lenet5", "--resume", "--epochs", 2).out
    again = wengu("fit", "lenet5", "--resume", "--name", "bad")
    assert again.code == 2 and "diverged, and would again" in again.err


def test_runs_and_data_of_another_folder_stand_in_the_commands(wengu: Wengu, photos: Path) -> None:
    said = wengu("fit", "lenet5", "--data", photos, *FEW, "--runs", "my runs", "--lr", 0.0012345678, "--threads", 2)
    assert "--runs 'my runs'" in said.out and "--lr 0.0012345678" in said.out and "--threads 2" in said.out


def test_a_run_is_not_overwritten(wengu: Wengu, photos: Path) -> None:
    wengu("fit", "lenet5", "--data", photos, "--epochs", 1, "--name", "a")
    said = wengu("fit", "lenet5", "--data", photos, "--epochs", 1, "--name", "a")
    assert said.code == 2 and "holds a run already" in said.err


def test_a_refused_resume_loses_nothing(wengu: Wengu, photos: Path) -> None:
    wengu("fit", "lenet5", "--data", photos, "--epochs", 2, "--name", "r")
    run = Path("runs/r")
    files = ("report.html", "ledger.json", "config.toml", "predictions/train.csv", "predictions/dev.csv", "metrics.jsonl")
    before = {name: (run / name).read_bytes() for name in files}

    def refused(*words: object) -> str:
        said = wengu("fit", "lenet5", "--resume", "--name", "r", *words)
        assert said.code == 2 and said.err.count("\n") == 1, said.err
        assert {name: (run / name).read_bytes() for name in files} == before
        return said.err

    assert "epochs: expected more than the 2" in refused("--epochs", 1)
    (run / "control.jsonl").write_text("garbage\n")
    assert "control.jsonl:1 cannot be read" in refused("--epochs", 3)
    (run / "control.jsonl").write_text('{"taken": 3, "step": 1}\n')
    assert "a stamp for each change" in refused("--epochs", 3)
    (run / "control.jsonl").unlink()
    for state in run.glob("checkpoints/*/state.pt"):
        state.write_bytes(b"")
    assert "holds no checkpoint that can be read" in refused("--epochs", 3)


def test_what_others_wrote_to_control_that_means_nothing_changes_nothing(wengu: Wengu, photos: Path) -> None:
    wengu("fit", "lenet5", "--data", photos, "--epochs", 1, "--name", "r")
    Path("runs/r/control.jsonl").write_text('{"set": 3}\n{"set": {"lr": "x"}}\n{"set": {"lr": 1e-9}}\n')
    said = wengu("fit", "lenet5", "--resume", "--epochs", 2, "--decay", "cosine")
    assert said.code == 0 and "α set to 1e-09" in said.out, said.err


@pytest.mark.parametrize("content", [b"\xff\xfe", b"{", b'{"format": "x"}', b"[]"])
def test_a_neighbour_that_cannot_be_read_is_passed_over(wengu: Wengu, photos: Path, content: bytes) -> None:
    wengu("fit", "lenet5", "--data", photos, "--epochs", 1, "--name", "good")
    Path("runs/bad").mkdir()
    Path("runs/bad/run.json").write_bytes(content)
    assert "runs/good " in wengu("fit", "lenet5", "--resume", "--epochs", 2).out
    said = wengu("diagnose", "runs/bad")
    assert said.code == 2 and said.err.count("\n") == 1


def test_folders_that_were_removed_are_made_again(wengu: Wengu, photos: Path) -> None:
    import shutil

    wengu("fit", "lenet5", "--data", photos, "--epochs", 1, "--name", "r")
    shutil.rmtree("runs/r/predictions")
    assert wengu("fit", "lenet5", "--resume", "--name", "r").code == 0
    assert wengu("diagnose", "runs/r").code == 0


@pytest.mark.parametrize(("facts", "message"), [
    ({"spec": {"classes": 3}}, "spec cannot be read"), ({"examples": [1]}, "lacks examples"),
])
def test_a_run_changed_by_hand(wengu: Wengu, photos: Path, facts: dict[str, object], message: str) -> None:
    wengu("fit", "lenet5", "--data", photos, "--epochs", 1, "--name", "r")
    RunFolder.open("runs/r").note(**facts)
    said = wengu(*(("predict", "runs/r", photos) if "spec" in facts else ("diagnose", "runs/r")))
    assert said.code == 2 and said.err.count("\n") == 1 and message in said.err, said.err


def test_threads_and_devices_that_there_are_not(wengu: Wengu, photos: Path) -> None:
    for words, message in ((("--threads", 100_000), "threads: expected from 1 to"), (("--device", "meta"), "cannot be used here")):
        said = wengu("fit", "lenet5", "--data", photos, *words)
        assert said.code == 2 and said.err.count("\n") == 1 and message in said.err
        assert not Path("runs").exists()


def test_a_table_with_decimal_commas(wengu: Wengu) -> None:
    Path("d.csv").write_text("a b;c;k\n" + "".join(f"{i},5;{i % 7},25;{'yn'[i % 2]}\n" for i in range(60)))
    assert wengu("fit", "softmax", "--data", "d.csv", "--target", "k", "--epochs", 1).code == 0
    columns = RunFolder.open("runs/softmax-d").facts()["spec"]["schema"]["columns"]
    assert [column["kind"] for column in columns] == ["number", "number"]
    assert "is the target" in wengu("fit", "softmax", "--data", "d.csv", "--target", "k", "--ignore", "k").err
    assert "is a folder" in wengu("fit", "softmax", "--data", ".", "--target", "k").err
    Path("d.csv").write_text("a b,k\n" + "".join(f"{i if i else ''},{'yn'[i % 2]}\n" for i in range(60)))
    assert "--ignore 'a b'" in wengu("fit", "softmax", "--data", "d.csv", "--target", "k").err


def test_l1_says_how_many_weights_it_made_zero(wengu: Wengu, photos: Path) -> None:
    said = wengu("fit", "lenet5", "--data", photos, "--epochs", 3, "--optim", "sgd", "--l1", 0.02)
    share = re.search(r"L1 made ([\d.]+)% of the weights exactly 0", said.out)
    weights = load("runs/lenet5-photos").model.parameters()
    zeros, numbers = map(sum, zip(*((int((w == 0).sum()), w.numel()) for w in weights), strict=True))
    assert share and float(share[1]) == pytest.approx(100 * zeros / numbers, abs=0.06) and zeros > 1000
    assert "exactly 0" not in wengu("fit", "lenet5", "--data", photos, "--epochs", 1).out
