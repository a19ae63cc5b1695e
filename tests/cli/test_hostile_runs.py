"""One bad neighbour: whatever a run folder holds, it is 'cannot be read' by name, and the others are listed and judged."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile_runs import VANISHING, bases, tried
from wengu.adviser import runs_in
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.core.safe_read import DEEPEST, ReadError, from_json, from_json_lines, from_json_object, from_toml, read_bytes

SAMPLE = 60  # of the 10,000 that `python -m tests.hostile_runs 10000` tries


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], Path]:
    return bases(tmp_path_factory.mktemp("hostile"))


def test_damaged_runs_through_every_verb_and_page(base: tuple[list[Path], Path]) -> None:
    """Same seeds, same runs; each verb answers or says in one line what is wrong, each page is 200, 400 or 404."""
    sys.addaudithook(VANISHING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert [fault for seed in range(SAMPLE) for fault in tried(*base, seed)] == []


Spoil = Callable[[Path], object]


def _set(name: str, **values: object) -> Spoil:
    def spoil(run: Path) -> None:
        kept = {key: value for key, value in json.loads((run / name).read_text()).items() if key != "sha256"}
        (run / name).write_text(json.dumps(kept | values))
    return spoil


def _raw(name: str, text: str) -> Spoil:
    return lambda run: (run / name).write_text(text)


def _instead(name: str, make: Callable[[Path], object]) -> Spoil:
    def spoil(run: Path) -> None:
        (run / name).unlink()
        make(run / name)
    return spoil


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))  # the whole path may be too long


@pytest.mark.parametrize(("spoil", "why"), [
    (_set("run.json", stopped=[1]), r"run\.json cannot be read: stopped is \[1\]"),
    (_set("run.json", network={"a": 1}), r"run\.json cannot be read: network is"),
    (_set("run.json", created="yesterday"), r"run\.json cannot be read: created is yesterday"),
    (_set("run.json", created="0001-01-01T00:00:00+14:00"), r"run\.json cannot be read: created is 0001"),
    (_set("run.json", best_epoch=True), r"run\.json cannot be read: best_epoch is true"),
    (_set("run.json", world_size=2**40), r"run\.json cannot be read: world_size is 1099511627776"),
    (_raw("run.json", '{"format": 2, "seconds": 1e400}'), r"run\.json cannot be read: 1e400 is no number of JSON"),
    (_raw("run.json", '{"format": 2, "seconds": NaN}'), r"run\.json cannot be read: NaN is no number of JSON"),
    (_raw("run.json", '{"format": 2, "seconds": 1' + "0" * 5000 + "}"), r"run\.json cannot be read: 1000\S* is no number"),
    (_raw("run.json", '{"format": 2, "format": 1}'), r"run\.json cannot be read: 'format' appears twice"),
    (_raw("run.json", '{"format": 2, "spec": ' + "[" * 100_000), r"run\.json cannot be read: it is nested more than 64 deep"),
    (_raw("run.json", '{"format": 2, "spec": ' + "[" * 70 + "]" * 70 + "}"), r"run\.json cannot be read: it is nested more"),
    (_raw("run.json", '{"format": 2, "network": "\\ud800"}'), r"run\.json cannot be read: .*surrogates not allowed"),
    (_raw("run.json", "\ufeff{}"), r"run\.json cannot be read"),
    (_raw("run.json", ""), r"run\.json cannot be read"),
    (lambda run: (run / "run.json").write_bytes(b"\xff\xfe{}"), r"run\.json cannot be read"),
    (lambda run: os.truncate(run / "run.json", 3 << 30), r"run\.json cannot be read: it is larger than 1 GiB"),
    (_instead("run.json", os.mkfifo), "cannot be read: a pipe, not a regular file"),
    (_instead("run.json", _socket), "cannot be read: a socket, not a regular file"),
    (_instead("run.json", Path.mkdir), "cannot be read: a folder, not a file"),
    (_instead("run.json", lambda path: path.symlink_to("/dev/zero")), "cannot be read: a device, not a regular file"),
    (_instead("run.json", lambda path: path.symlink_to(path.name)), "cannot be read: Too many levels"),
    (lambda run: (shutil.rmtree(run), run.symlink_to("bad")), "Too many levels of symbolic links"),
    (_instead("metrics.jsonl", os.mkfifo), r"metrics\.jsonl cannot be read: a pipe, not a regular file"),
    (_raw("metrics.jsonl", '{"epoch": "x"}\n'), r"metrics\.jsonl cannot be read: epoch is x"),
    (_raw("metrics.jsonl", '{"epoch": 1, "dev_cost": "low"}\n'), r"metrics\.jsonl cannot be read: dev_cost is low"),
    (_raw("metrics.jsonl", '{"epoch": 1, "dev_cost": ' + "9" * 400 + "}\n"), r"metrics\.jsonl cannot be read: 9999\S* is no number"),
    (_raw("config.toml", "[settings]\npatience = 0x" + "f" * 6000 + "\n[came_from]\n"), r"config\.toml cannot be read: patience is int"),
    (_raw("config.toml", "[settings]\nepochs = inf\n[came_from]\n"), r"config\.toml cannot be read: epochs is Infinity"),
    (_raw("config.toml", "[settings]\ndata = 1979-05-27\n[came_from]\n"), r"config\.toml cannot be read: data is"),
    (_raw("config.toml", "[settings]\ndata = " + "[" * 5000 + "\n"), r"config\.toml cannot be read"),
    (_set("ledger.json", cause=3), r"ledger\.json cannot be read: cause is 3"),
    (_set("ledger.json", rows=[{"set": "dev"}]), r"ledger\.json cannot be read: rows is"),
])
def test_what_is_wrong_with_a_run_is_said_by_name_and_the_others_are_listed(
    base: tuple[list[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: Spoil, why: str
) -> None:
    for name in ("bad", "good"):
        shutil.copytree(base[0][0], tmp_path / name)
    monkeypatch.chdir(tmp_path)
    spoil(tmp_path / "bad")
    found = runs_in(tmp_path)
    assert [run.path.name for run in found.runs] == ["good"] and list(found.unreadable) == ["bad"]
    with pytest.raises(InputError, match=f"bad/{why}" if "\\." in why else why):
        raise InputError(found.unreadable["bad"])


def test_what_was_changed_is_noticed_by_its_sum(base: tuple[list[Path], Path], tmp_path: Path) -> None:
    """The right sums are those of sha256sum; another layout is no change, and the product's own verbs keep them true."""
    from wengu.project.diagnose import diagnose_run
    from wengu.running.predictions import read_set

    run = RunFolder(Path(shutil.copytree(base[0][0], tmp_path / "a")))
    sums = run.facts()["sums"]
    assert sums == {f"predictions/{name}.csv": hashlib.sha256((run.path / f"predictions/{name}.csv").read_bytes()).hexdigest()
                    for name in ("train", "dev")}
    content = json.loads((run.path / "run.json").read_text())
    (run.path / "run.json").write_text(json.dumps(dict(reversed(content.items()))))
    diagnose_run(run.path, human=0.01)
    run.note(note="of its own verbs")
    assert read_set(run, "dev") is not None and run.facts()["sums"] == sums

    dev = run.path / "predictions" / "dev.csv"
    before = dev.read_text()
    dev.write_text(before.replace(",0,0,", ",0,1,", 1))
    with pytest.raises(InputError, match=r"predictions/dev\.csv cannot be read: it was changed after wengu wrote it"):
        read_set(run, "dev")
    dev.write_text(before)
    assert read_set(run, "dev") is not None

    content = json.loads((run.path / "run.json").read_text())
    for name, value in (("seed", 1), ("best_epoch", 1), ("new", None)):
        (run.path / "run.json").write_text(json.dumps(content | {name: value}))
        with pytest.raises(InputError, match=r'run\.json cannot be read: it was changed .* remove "sha256" from it'):
            RunFolder.open(run.path)
    del content["sha256"]
    (run.path / "run.json").write_text(json.dumps(content | {"seed": 1}))
    assert RunFolder.open(run.path).facts()["seed"] == 1, "as of a run without sums"


def test_a_kill_between_a_file_and_its_sum_leaves_no_wrong_sum(
    base: tuple[list[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wengu.project import diagnose
    from wengu.running.predictions import read_set

    run = RunFolder(Path(shutil.copytree(base[0][0], tmp_path / "a")))
    diagnose.open_test(run.path)
    assert "predictions/test.csv" in run.facts()["sums"]
    real = RunFolder.note_sum

    def killed(self: RunFolder, name: str, sha256: str | None) -> None:
        if sha256:
            raise KeyboardInterrupt
        real(self, name, sha256)

    monkeypatch.setattr(RunFolder, "note_sum", killed)
    with pytest.raises(KeyboardInterrupt):
        diagnose.open_test(run.path)
    assert read_set(run, "test") is not None and "predictions/test.csv" not in run.facts()["sums"]


def test_a_listing_writes_nothing_into_the_runs_that_it_reads(base: tuple[list[Path], Path], tmp_path: Path) -> None:
    shutil.copytree(base[0][2], tmp_path / "old")
    before = sorted(tmp_path.rglob("*"))
    assert len(runs_in(tmp_path).runs) == 1 and sorted(tmp_path.rglob("*")) == before


def test_a_run_that_is_the_good_one_s_past_but_damaged_is_passed_over(base: tuple[list[Path], Path], tmp_path: Path) -> None:
    """The newest sound one before it is what it is compared with."""
    from wengu.adviser.compare import since_the_run_before

    for k, name in enumerate(("sound", "damaged", "now")):
        shutil.copytree(base[0][0], tmp_path / name)
        RunFolder(tmp_path / name).note(created=f"2026-01-0{k + 1}T00:00:00+00:00")
    (tmp_path / "damaged" / "predictions" / "dev.csv").write_text("id\n")
    found = since_the_run_before(RunFolder(tmp_path / "now"))
    assert found is not None and found.path.name == "sound"


@pytest.mark.parametrize("text", [b"1e400", b"-1e400", b"9" * 4000, b"1" + b"0" * 309, b"1" * 250 + b"e99", b'"\\ud800"', b"[" * 65 + b"]" * 65])
def test_what_json_has_but_float64_text_or_other_programs_have_not(text: bytes) -> None:
    with pytest.raises(ReadError):
        from_json(text)
    with pytest.raises(ReadError) as found:
        from_json_lines(b'{"a": 1}\n{"a": ' + text + b"}\n")
    assert found.value.line == 2


def test_what_is_sound_stays_as_it_is() -> None:
    """Python's own reader is the authority."""
    for text in ('{"a": [1, 2.5, -3e10, 1e300], "b": "\\ud83d\\ude00 \\u0041", "c": {"d": null}}', "[" * DEEPEST + "]" * DEEPEST,
                 '{"a": 1e-400}', '"' + "1" * 300 + '"', f"[{2**63}]"):
        assert from_json(text.encode()) == json.loads(text)
    assert from_json_lines(b'{"a": NaN}\n{"b": 1}\n{"unfinished') == [{"a": None}, {"b": 1}]
    assert from_json_object(b'{"a": {"a": 1}}') == {"a": {"a": 1}} and from_toml("a = [1, 2]\r\n") == {"a": [1, 2]}


def test_an_id_of_thousands_of_digits_is_no_number_of_a_line(base: tuple[list[Path], Path], tmp_path: Path) -> None:
    from wengu.project.diagnose import open_test

    run = RunFolder(Path(shutil.copytree(base[0][0], tmp_path / "a")))
    text = (run.path / "split.csv").read_text().splitlines()
    (run.path / "split.csv").write_text("\n".join([text[0], "9" * 5000 + text[1][text[1].index(","):], *text[2:], ""]))
    with pytest.raises(InputError, match="the data has changed"):
        open_test(run.path)


def test_a_file_that_is_gone_is_no_damage(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / "none")
