"""Names whose bytes are no letters, or which act on a terminal: of pictures, classes, tables, runs and networks, everywhere."""

from __future__ import annotations

import csv
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Said, Wengu
from tests.cli.test_terminal import ACTS
from wengu.core.run_folder import RunFolder

CLASSES = {b"caf\xe9": r"caf\xe9", b"\xd6\xd0": r"\xd6\xd0", b"esc\x1b[31m": "esc\x1b[31m", b"two\nFORGED": "two\nFORGED",
           "b\u202eidi".encode(): "b\u202eidi"}
"""The name of each class folder, and what the class is called."""

DATA, TABLE, RUNS, RUN, OWN = map(os.fsdecode, (b"d\xe9ta", b"t\xe9.csv", b"r\xe9ns", b"n\xff\x1b[2J\nFORGED", b"own\xff"))
NETWORK = """
from torch import nn
class Net(nn.Sequential):
    def __init__(self, classes, channels, size):
        super().__init__(nn.Flatten(), nn.Linear(channels * size[0] * size[1], classes))
"""


@pytest.fixture
def shown(wengu: Wengu) -> Wengu:
    """Runs a command there, and nothing that it prints acts."""

    def call(*words: object) -> Said:
        said = wengu(*words)
        assert not ACTS.search(said.out) and not ACTS.search(said.err), (words, said)
        return said

    wengu("data", "list")
    draw = np.random.default_rng(0)
    for k, name in enumerate(CLASSES):
        folder = Path(DATA, os.fsdecode(name))
        folder.mkdir(parents=True)
        for i in range(12):
            pixels = np.clip(draw.normal(40 + 40 * k, 20, (9, 9)), 0, 255).astype(np.uint8)
            with (folder / os.fsdecode(b"%d\xff.png" % i)).open("wb") as file:
                Image.fromarray(pixels).save(file, "PNG")
    return call


def _trained(shown: Wengu, *, epochs: int = 1) -> Path:
    """A run in a folder that somebody gave another name: such a one is refused as --name."""
    assert shown("fit", "lenet5", "--data", DATA, "--runs", RUNS, "--name", "n", "--epochs", epochs).code == 0
    return Path(RUNS, "n").rename(Path(RUNS, RUN))


def _all_utf8(run: Path) -> None:
    """Every file that others read, of every run."""
    for file in Path(run).rglob("*"):
        if file.suffix in (".json", ".jsonl", ".csv", ".toml", ".html"):
            text = file.read_text(encoding="utf-8")
            assert file.suffix != ".html" or not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text), file


def test_pictures(shown: Wengu) -> None:
    run = RunFolder(_trained(shown, epochs=2))
    assert set(run.facts()["spec"]["classes"]) == set(CLASSES.values())
    assert run.settings()[0]["data"] == DATA
    assert r"data = 'd\xe9ta'" in (run.path / "config.toml").read_text(encoding="utf-8").replace('"d\\\\xe9ta"', r"'d\xe9ta'")
    assert r"caf\xe9/0\xff.png" in {row["id"] for row in run.read_table("split.csv")}
    with (run.path / "predictions" / "dev.csv").open(encoding="utf-8", newline="") as file:
        assert {row["truth"] for row in csv.DictReader(file)} <= set(CLASSES.values())
    _all_utf8(run.path)
    for words in (("diagnose", run.path), ("diagnose", run.path, "--human", 0.01), ("diagnose", run.path, "--open-test"), ("runs", "--runs", RUNS),
                  ("fit", "lenet5", "--runs", RUNS, "--name", RUN, "--resume", "--epochs", 3), ("runs", "set", run.path, "lr=0.1"),
                  ("fit", "lenet5", "--data", DATA, "--check")):
        assert shown(*words).code == 0, words
    assert json.loads(shown("runs", "--runs", RUNS, "--json").out)["runs"][0]["path"] == str(run.path)
    rows = [json.loads(line) for line in shown("predict", run.path, DATA, "--json").out.splitlines()]
    assert len(rows) == 60 and rows[0]["id"].startswith(r"d\xe9ta/") and {row["predicted"] for row in rows} <= set(CLASSES.values())
    lines = shown("predict", run.path, DATA).out.splitlines()
    assert len(lines) == 60 and all(line.count("\t") == 2 for line in lines)
    assert shown("fit", "lenet5", "--config", run.path / "config.toml", "--runs", RUNS, "--name", OWN, "--epochs", 1).code == 0
    assert shown("runs", RUN, OWN, "--runs", RUNS).code == 0
    _all_utf8(Path(RUNS))


def test_a_card_s_command_is_the_command(shown: Wengu) -> None:
    """What is printed can be given to a shell, though names in it act or are no letters."""
    out = shown("diagnose", _trained(shown)).out
    assert r"wengu diagnose $'r\xe9ns/n\xff\x1b[2J\x0aFORGED' --open-test" in out


def test_tables(shown: Wengu) -> None:
    rows = [f"{k % 3 + k / 100},{k % 4},{('x' + chr(0x9B) + '2J', 'y' + chr(0x200B) + '.', chr(0x2066) + 'z')[k % 3]}" for k in range(60)]
    Path(TABLE).write_text("\n".join(["a,b\x1b[1m,cl\u202ess", *rows]) + "\n", encoding="utf-8")
    fit = ("fit", "softmax", "--data", TABLE, "--runs", RUNS, "--epochs", 2)
    assert r"'nope\x1b' is unknown. Choose from: a, b\u001b[1m, cl\u202ess" in shown(*fit, "--target", "nope\x1b").err
    assert shown(*fit, "--target", "cl\u202ess").code == 0
    run = Path(RUNS, os.fsdecode(b"softmax-t\xe9"))
    assert {row["source"] for row in RunFolder(run).read_table("split.csv")} == {r"t\xe9.csv"}
    for words in (("diagnose", run), ("predict", run, TABLE), ("predict", run, TABLE, "--json"), ("runs", "--runs", RUNS)):
        assert shown(*words).code == 0
    Path(TABLE).write_text("a,b\x1b[1m,cl\u202ess\n1,\x1b[2Jx,u\n", encoding="utf-8")
    assert shown("predict", run, TABLE).err.count("\n") == 1
    _all_utf8(Path(RUNS))


def test_a_network_of_one_s_own(shown: Wengu) -> None:
    file = os.fsdecode(b"./n\xe9t.py")
    Path(file).write_text(NETWORK, encoding="utf-8")
    assert shown("fit", "pictures", "--data", DATA, "--network", f"{file}:Net", "--runs", RUNS, "--name", OWN, "--epochs", 1).code == 0
    run = Path(RUNS, OWN)
    for words in (("predict", run, DATA), ("diagnose", run, "--open-test"),
                  ("fit", "pictures", "--runs", RUNS, "--name", OWN, "--resume", "--epochs", 2)):
        assert shown(*words).code == 0, words
    Path(file).write_text(NETWORK + "\n", encoding="utf-8")
    assert r"n\xe9t.py has changed since the run began" in shown("predict", run, DATA).err
    _all_utf8(run)


def test_the_handbook_shows_the_runs(shown: Wengu) -> None:
    from wengu.handbook.runs import Runs, to_json

    _trained(shown)
    runs = Runs(Path(RUNS))
    [told] = map(to_json, runs.all())
    assert told["name"] == "n\\xff\x1b[2J\nFORGED" and told["data"] == r"d\xe9ta"
    json.dumps(told, ensure_ascii=False).encode()
    assert runs.path(told["name"]) == Path(RUNS, RUN) and len(runs.rows(told["name"])["rows"]) == 1
    assert runs.one(told["name"]) == runs.newest()
