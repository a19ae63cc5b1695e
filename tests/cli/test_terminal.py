"""What reaches a terminal, a pipe or a file: any encoding, any end, any size, and never a name that acts."""

from __future__ import annotations

import io
import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Wengu
from wengu.cli.main import run

ENCODINGS = ("ascii", "latin-1", "cp1252", "cp437", "cp864", "cp037", "gbk", "shift_jis", "iso2022_jp", "utf-7", "utf-16", "utf-8-sig")
VERBS = (("explain", "2.11"), ("explain",), ("--help",), ("fit", "lenet5", "--help"), ("data", "list"), ("diagnose", "nöné β.csv"),
         ("fit", "softmax", "--data", "blümen.csv", "--target", "种类", "--epochs", "2"), ("runs",), ("runs", "--json"),
         ("diagnose", "runs/softmax-blümen"), ("predict", "runs/softmax-blümen", "blümen.csv", "--json"))


def _flowers(path: str) -> None:
    rows = [f"{k % 3 + k / 100:.2f},{k % 5},{('开', 'é', 'ok')[k % 3]}" for k in range(60)]
    Path(path).write_text("\n".join(["α²,b,种类", *rows]) + "\n", encoding="utf-8")


# ------------------------------------------------------------------------------------------------------------ encodings


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_any_encoding(wengu: Wengu, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, encoding: str) -> None:
    """Everything is said in letters that it has, in both languages, and nothing is lost without a word."""
    wengu("data", "list")  # the empty folder
    _flowers("blümen.csv")
    for language in ("en", "zh"):
        for words in VERBS:
            for name in ("stdout", "stderr"):
                monkeypatch.setattr(sys, name, io.TextIOWrapper((tmp_path / name).open("wb"), encoding=encoding))
            code = run([f"--lang={language}", *words])
            for stream in (sys.stdout, sys.stderr):
                stream.close()
            said = {name: (tmp_path / name).read_bytes().decode(encoding) for name in ("stdout", "stderr")}
            assert code == (2 if words[-1].startswith("nöné") else 0), (words, said)
            assert said["stderr" if code else "stdout"] and "Traceback" not in said["stderr"] + said["stdout"]
            if words[-1] == "--json":
                for line in said["stdout"].splitlines():
                    assert json.loads(line).get("predicted", "开") in ("开", "é", "ok")


def test_signs_are_replaced_and_letters_are_exact(wengu: Wengu, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper((tmp_path / "err").open("wb"), encoding="ascii"))
    run(["diagnose", "ñ–² α.csv"])
    sys.stderr.close()
    assert (tmp_path / "err").read_bytes() == rb"wengu: \u00f1-^2 alpha.csv: no such file" + b"\n"


def test_files_are_utf_8_whatever_the_locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And names are what they are in any other: é, though the locale has no such letter."""
    monkeypatch.chdir(tmp_path)
    _flowers("blümen.csv")
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    (tmp_path / "mine.toml").write_text("data = 'blümen.csv'\ntarget = '种类'\nepochs = 2\n", encoding="utf-8")
    for words in (("fit", "softmax", "--config", "mine.toml", "--name", "größe"), ("runs",),
                  ("predict", "runs/größe", "blümen.csv", "--json")):
        done = subprocess.run([sys.executable, "-m", "wengu", *words], capture_output=True, check=False, env={**os.environ, **locale})
        assert (done.returncode, done.stderr) == (0, b""), words
        assert done.stdout.isascii()
    assert "blümen.csv" in (tmp_path / "runs" / "größe" / "config.toml").read_text(encoding="utf-8")


# ----------------------------------------------------------------------------------------------------------------- ends


LOST = "wengu: standard output: No space left on device; what was to be printed is lost\n"
FIT = "fit softmax --data blümen.csv --target 种类 --epochs 3 --name one"


def _bash(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", f'w() {{ "{sys.executable}" -m wengu "$@"; }}; {line}'], capture_output=True, text=True,
                          check=False, env={**os.environ, "LC_ALL": "C.UTF-8", **environment})


@pytest.mark.parametrize(("end", "code", "err"), [
    (">/dev/full", 2, LOST), ("2>/dev/full", 0, ""), (">&- 2>&- <&-", 0, ""), ("| head -1 >/dev/null; exit ${PIPESTATUS[0]}", 0, ""),
])
def test_whatever_becomes_of_what_a_training_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, code: int, err: str) -> None:
    """It loses nothing, and nothing that was printed lands in a file of the run."""
    monkeypatch.chdir(tmp_path)
    _flowers("blümen.csv")
    done = _bash(f"w {FIT} {end}")
    assert (done.returncode, done.stderr) == (code, err)
    made = tmp_path / "runs" / "one"
    assert json.loads((made / "ledger.json").read_text(encoding="utf-8"))["rows"]
    assert [json.loads(line)["epoch"] for line in (made / "metrics.jsonl").read_text().splitlines() if "epoch" in line] == [1, 2, 3]


@pytest.mark.parametrize(("end", "code", "err"), [
    (">/dev/full", 2, LOST), (">/dev/full 2>/dev/full", 2, ""), ("2>/dev/full", 0, ""), (">&-", 0, ""), ("2>&-", 0, ""), ("<&-", 0, ""),
    (">&- 2>&- <&-", 0, ""), ("| head -1 >/dev/null; exit ${PIPESTATUS[0]}", 0, ""), ("| true; exit ${PIPESTATUS[0]}", 0, ""),
])
def test_whatever_becomes_of_what_is_printed(end: str, code: int, err: str) -> None:
    for verb in ("explain 2.11", "--help", "data list"):
        done = _bash(f"w {verb} {end}")
        assert (done.returncode, done.stderr) == (code, err), verb


def test_a_mistake_keeps_its_exit_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for end in (">/dev/full", "2>/dev/full", "2>&-", ">&- 2>&- <&-", "2>&1 | true; exit ${PIPESTATUS[0]}"):
        assert _bash(f"w fit lenet5 --lr fast {end}").returncode == 2


def test_a_closed_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _flowers("blümen.csv")
    assert _bash(f"w {FIT}").returncode == 0
    done = _bash("w predict runs/one - <&-")
    assert (done.returncode, done.stderr) == (2, "wengu: inputs: - stands for standard input, which is closed\n")


# ---------------------------------------------------------------------------------------------------------------- sizes


@pytest.mark.parametrize("size", ["0", "1", "abc", "-5", "²", "", "99999999999", "1e3"])
def test_any_size_of_the_terminal(wengu: Wengu, monkeypatch: pytest.MonkeyPatch, size: str) -> None:
    for name in ("COLUMNS", "LINES"):
        monkeypatch.setenv(name, size)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("NO_COLOR", "1")
    for words in (("--help",), ("data", "list"), ("explain",), ("runs",)):
        said = wengu(*words)
        assert (said.code, said.err) == (0, "") and max(map(len, said.out.splitlines())) < 300


# ---------------------------------------------------------------------------------------------------------------- names

ACT = ("\x1b[31m", "\x1b]0;x\x07", "\x9b2J", "\b\b", "\r", "\u202e", "\u2066", "\u200b", "\u2028", "\nFORGED", "\t", "\x7f", "\udcff", "\udcc3\udca9")
ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffd]|^FORGED", re.MULTILINE)
WORDS = ("{}", "--{}", "--{}=1", "--config {}", "--lang {}", "fit {}", "fit lenet5 --{}", "fit lenet5 --lr {}", "fit lenet5 --data {}",
         "fit lenet5 --from {} --epochs 1", "fit softmax --data {} --target y", "fit softmax --data t.csv --target {}",
         "fit softmax --data t.csv --target y --ignore {}", "fit pictures --network {} --data p", "fit pictures --network {}.py:{}",
         "fit lenet5 --resume --name {}", "fit lenet5 --runs {} --resume", "predict {} x", "export {}", "diagnose {}",
         "diagnose p.csv --metric {}", "diagnose {} --open-test", "runs {}", "runs {} {}", "runs --runs {}", "runs --runs {} --json", "runs set {} lr=1",
         "runs set x {}=2", "data get {}", "data clear {}", "data {}", "explain {}", "explain graph {}", "explain graph a*b {}=x",
         "notes --host {} --port {}", "notes --export p.csv/{}")


def test_no_word_acts_on_the_terminal(wengu: Wengu, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every verb, with names that colour, move, ring, turn and forge a line."""
    wengu("data", "list")
    Path("t.csv").write_text("a,y\x1b[1m,\u202ez\n1,\x9b,u\n2,v\x07,u\n", encoding="utf-8")
    Path("p.csv").write_text("set,truth,predicted\ntrain,a\x1b[0m,a\x1b[0m\ndev,\u202eb,a\x1b[0m\ndev,a\x1b[0m,\u202eb\n", encoding="utf-8")
    draw = random.Random(0)
    for words in WORDS:
        for _ in range(4):
            name = "".join(draw.choice((*ACT, "a", "b/c", "%")) for _ in range(4)).replace("\0", "")
            said = wengu(*words.format(*[name] * 2).split(" ")) if " " not in name else wengu(words)
            assert not ACTS.search(said.out) and not ACTS.search(said.err), (words, name)
            assert said.code == 0 or (said.code in (1, 2) and said.err.count("\n") == 1), (words, name, said.err)
    monkeypatch.setenv("WENGU_LR", "x\x1b[31m\nFORGED")
    assert not ACTS.search(wengu("fit", "lenet5").err)


# ----------------------------------------------------------------------------------------------------------- a terminal


def _on_a_terminal(*words: str) -> str:
    """What a terminal of 100 columns gets."""
    mine, theirs = os.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LC_ALL": "C.UTF-8"}
    for name in ("NO_COLOR", "LINES"):
        environment.pop(name, None)
    with subprocess.Popen([sys.executable, "-m", "wengu", *words], stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as command:
        os.close(theirs)
        got = b""
        while True:
            try:
                piece = os.read(mine, 65536)
            except OSError:
                break
            if not piece:
                break
            got += piece
        assert command.wait(60) == 0
    os.close(mine)
    return got.decode()


STYLES = re.compile("\x1b\\[[0-9;]*m")


@pytest.mark.parametrize("words", [("--help",), ("fit", "lenet5", "--help"), ("data", "list"), ("explain", "2.11")])
def test_colours_are_colours_on_a_terminal(words: tuple[str, ...]) -> None:
    got = _on_a_terminal(*words)
    assert STYLES.search(got)
    assert "\\u001b" not in got and not ACTS.search(STYLES.sub("", got).replace("\r\n", "\n"))


def test_progress_moves_and_names_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [f"{k % 3 + k / 100:.2f},{k % 5},{k % 3}" for k in range(60)]
    Path("t\x1b[2J.csv").write_text("\n".join(["a,b,y", *rows]) + "\n", encoding="utf-8")
    got = _on_a_terminal("fit", "softmax", "--data", "t\x1b[2J.csv", "--target", "y", "--epochs", "2")
    assert "\x1b[2K" in got and "\x1b[2J" not in got and r"t\u001b[2J.csv" in got
