"""Damage to a run folder, by chance from a seed: values, types, bytes, and what is no file in the place of a file."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import socket
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tomli_w

JSON = ("run.json", "ledger.json", "environment.json", "parameters.json", "preflight.json")
LINES = ("metrics.jsonl", "control.jsonl", "predictions/dev.jsonl", "predictions/train.jsonl")
TABLES = ("split.csv", "predictions/dev.csv", "predictions/train.csv")
FILES = (*JSON, *LINES, *TABLES, "config.toml", "lock", "report.html", "predictions", "checkpoints")
VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 3, 2**31, 2**63, -(2**70), 10**300, 0.5, -0.0, 1e308, 5e-324, "", "x", "\0", "a\nb", "\x1b[31mred",
    "../../x", "x" * 100_000, "2026-01-01", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "lower", "nan", "none", "softmax",
    "table", "epochs", "é\u202e", [], {}, [[]], [None], [1, 2, 3], ["a", "b"], [{}], {"a": 1}, {"": None}, {"a": {"b": []}}, [0] * 3000,
]
RAW = ("1e400", "-1e400", "NaN", "Infinity", "-Infinity", "9" * 5000, "1" * 400, '"\\ud800"', "[" * 30 + "]" * 30, "[" * 70 + "]" * 70,
       "[" * 100_000, '{"a":' * 3000 + "1" + "}" * 3000, '{"a": 1, "a": 2}', "01", "'x'", "1_000", '"\t"', "tru")
"What json.dumps does not write; it is put in the place of a mark."
MARK = '"\\u0001here"'


def damaged(run: Path, chance: random.Random) -> str:
    """Damage one file of the run, or what stands in its place; what was done."""
    how = chance.choice((_json, _json, _json, _json, _lines, _lines, _table, _toml, _toml, _bytes, _bytes, _kind))
    return f"{how.__name__[1:]}: {how(run, chance)}"


def _there(run: Path, names: tuple[str, ...], chance: random.Random) -> Path:
    return chance.choice([run / name for name in names if (run / name).exists()])


def _json(run: Path, chance: random.Random) -> str:
    file = _there(run, (*JSON, "run.json", "run.json", "ledger.json"), chance)
    before = json.loads(file.read_text())
    if chance.random() < 0.9:  # else its sum alone tells that it was changed, and nothing more of it is read
        before.pop("sha256", None)
        before.pop("sums", None)
    value, told = _changed(before, chance)
    file.write_text(_written(value, chance))
    return f"{file.name} {told}"


def _lines(run: Path, chance: random.Random) -> str:
    if not (run / "control.jsonl").exists():
        (run / "control.jsonl").write_text('{"set": {"lr": 0.01}}\n{"taken": 0, "step": 3}\n')
    file = _there(run, LINES, chance)
    lines = file.read_text().splitlines()
    k = chance.randrange(len(lines))
    value, told = _changed(json.loads(lines[k]), chance)
    lines[k] = _written(value, chance).replace("\n", " ")
    file.write_text("\n".join(lines) + chance.choice(("\n", "\n", "")))
    return f"{file.name}:{k + 1} {told}"


def _written(value: Any, chance: random.Random) -> str:
    return json.dumps(value).replace(MARK, chance.choice(RAW))


def _changed(value: Any, chance: random.Random) -> tuple[Any, str]:
    """The value with another at one of its places, or without it."""
    places = list(_places(value))
    place = chance.choice(places)
    new = "\1here" if chance.random() < 0.2 else chance.choice(VALUES)
    if not place:
        return new, f". = {new!r:.40}"
    inside = value
    for key in place[:-1]:
        inside = inside[key]
    if chance.random() < 0.15:
        del inside[place[-1]]
        return value, f"{place} gone"
    inside[place[-1]] = new
    if chance.random() < 0.05 and isinstance(inside, dict):
        inside[chance.choice(("value", "name", "set", "x"))] = chance.choice(VALUES)
    return value, f"{place} = {new!r:.40}"


def _places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield here
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _places(inner, (*here, key))


def _toml(run: Path, chance: random.Random) -> str:
    file = run / "config.toml"
    table = tomllib.loads(file.read_text())
    name = chance.choice(("settings", "settings", "came_from"))
    key = chance.choice(list(table[name]))
    if chance.random() < 0.2:
        del table[name][key]
        file.write_text(tomli_w.dumps(table))
        return f"{name}.{key} gone"
    new = chance.choice([v for v in VALUES if v is not None and "None" not in repr(v)])
    table[name][key] = "\1here"
    raw = chance.choice((*RAW, "inf", "nan", "2026-01-01", "07:32:00", "[" * 5000, "{a = {a = 1}}", "0x" + "f" * 5000, "1e999"))
    text = tomli_w.dumps({"a": new}).partition("=")[2].strip() if chance.random() < 0.7 else raw
    file.write_text(tomli_w.dumps(table).replace('"\\u0001here"', text or '""'))
    return f"{name}.{key} = {text:.40}"


def _table(run: Path, chance: random.Random) -> str:
    file = _there(run, TABLES, chance)
    rows = [line.split(",") for line in file.read_text().splitlines()]
    i, j = chance.choice((0, chance.randrange(len(rows)))), chance.randrange(len(rows[0]))
    cell = chance.choice(("", "nan", "1e999", "-1", "x", '"', "\0", '"a\nb"', "x" * 200_000, "dev", "é", "9" * 5000, ",", "=1+1", "\x1b[31m"))
    rows[i][j : j + chance.choice((1, 1, 1, 0, 2))] = [cell]
    file.write_text("\n".join(map(",".join, rows)) + "\n")
    return f"{file.name}:{i + 1} column {j} = {cell!r:.30}"


def _bytes(run: Path, chance: random.Random) -> str:
    file = _there(run, (*JSON, *LINES, *TABLES, "config.toml", "report.html"), chance)
    content = bytearray(file.read_bytes())
    at = chance.randrange(len(content) + 1)
    what = chance.choice(("flip", "flip", "flip", "cut", "empty", "insert", "bom", "twice", "crlf", "utf-16", "holes", "long"))
    if what == "flip":
        for _ in range(chance.randint(1, 8)):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    elif what == "crlf":
        content = content.replace(b"\n", b"\r\n")
    elif what == "utf-16":
        content = bytearray(content.decode().encode("utf-16"))
    elif what == "insert":
        content[at:at] = chance.choice((b"\0", b"\xff", b"\xed\xa0\x80", b"\n", b"{", b'"', b"\\", b"\x1b[2J", b"\0" * 4096))
    else:
        content = bytearray({"cut": content[:at], "empty": b"", "bom": b"\xef\xbb\xbf" + content, "twice": content * 2,
                             "holes": content, "long": content[:at] + b" " * 3_000_000 + content[at:]}[what])
    file.write_bytes(content)
    if what == "holes":
        os.truncate(file, 3 << 30)
    return f"{file.name} {what} at {at}"


def _kind(run: Path, chance: random.Random) -> str:
    """Something else in the place of a file, or of a folder, or of the run."""
    file = run if chance.random() < 0.05 else run / chance.choice(FILES)
    what = chance.choice(("folder", "fifo", "socket", "loop", "dangling", "zero", "null", "empty", "gone", "sealed", "two loops", "itself"))
    if what == "sealed":
        if file.exists():
            file.chmod(chance.choice((0o000, 0o200, 0o400, 0o100)))
        return f"{file.name} {what}"
    shutil.rmtree(file) if file.is_dir() else file.unlink(missing_ok=True)
    match what:
        case "folder":
            file.mkdir()
        case "fifo":
            os.mkfifo(file)
        case "socket":
            with socket.socket(socket.AF_UNIX) as made, contextlib.chdir(file.parent):
                made.bind(file.name)
        case "loop":
            file.symlink_to(file.name)
        case "two loops":
            file.symlink_to("other-end")
            with contextlib.suppress(FileExistsError):
                file.with_name("other-end").symlink_to(file.name)
        case "itself":
            file.symlink_to(run if file != run else run.parent)
        case "dangling":
            file.symlink_to("nowhere")
        case "zero" | "null":
            file.symlink_to(f"/dev/{what}")
        case "empty":
            file.touch()
    return f"{file.name} {what}"
