"""Stored figures are fresh, and the export is complete."""

from __future__ import annotations

import json
import posixpath
import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.handbook.conftest import Outline
from wengu.core.checks import InputError
from wengu.core.i18n import LANGUAGES
from wengu.handbook.export import MARK, differs, export, freeze, stale
from wengu.handbook.parts import STATIC, stored
from wengu.handbook.places import rooms
from wengu.handbook.reference import slug_of
from wengu.pages import figures_of, pages

EVERY = [one.path for one in pages("en")]


@pytest.mark.parametrize("path", EVERY)
def test_stored_figures_are_what_the_library_computes(path: str) -> None:
    assert stale([path]) == [], "run `make figures`"


def test_no_stored_figure_is_left_over() -> None:
    expected = {(one.path, f"{after.text}+{part.text}") for one in pages("en") for part, after in pairwise(one.parts)
                if part.kind == "expect"}
    figures = {(one.path, name) for one in pages("en") for name in one.figures}
    printed = {(path, f"{name}@last") for path, name in figures
               if (played := figures_of(path)[name].steps) and played[1].fills and "each" not in (stored("en", path, name) or {})}
    known = {f"{path.replace('/', '.')}.{name}.json" for path, name in figures | expected | printed}
    assert {file.name for file in STATIC.glob("figures/*/*.json")} == known, "run `make figures`"


def test_freezing_tells_what_is_stale_and_makes_it_anew(tmp_path: Path) -> None:
    path = ["activations/activations"]
    assert any("missing" in line for line in stale(path, tmp_path))
    freeze(path, tmp_path)
    assert stale(path, tmp_path) == []
    file = tmp_path / "figures/en/activations.activations.curve.json"
    written = file.stat().st_mtime_ns
    freeze(path, tmp_path)
    assert file.stat().st_mtime_ns == written, "what is fresh is left alone"
    changed = json.loads(file.read_text())
    changed["panels"][0]["marks"][1]["y"][5] += 0.1
    file.write_text(json.dumps(changed))
    assert [line.split(":")[0] for line in stale(path, tmp_path)] == ["en/activations.activations.curve.json"]


@pytest.mark.parametrize(("before", "now", "same"), [
    ([1.0, 0.0], [1.0, 1e-4], True), ([1.0, 0.0], [1.0, 0.1], False), (1, 1.0, True), (None, 0.0, False), (True, 1, False),
    ("α = 0.1000, −3", "α = 0.1001, −3", True), ("α = 0.1", "α = 0.2", False), ("a 1", "b 1", False), ("J from 8 to 0.00781", "J from 8 to 0.02", False), ("from 8,000 to 3", "from 8,000 to 4", False),
    ({"a": [1]}, {"b": [1]}, False), ([1, 2], [1], False), ([None, "x"], [None, "x"], True), ([], {}, False),
])  # fmt: skip
def test_rounding_is_no_difference_and_all_else_is(before: object, now: object, same: bool) -> None:
    assert (differs(before, now) == "") is same


def test_export_is_complete_and_every_link_leads_somewhere(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    assert export(folder, moving=[]) == len(LANGUAGES) * (len(EVERY) + len(rooms()))
    files = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    every = ["sheet", *EVERY, *(f"api/{slug_of(room)}" for room in rooms())]
    assert {f"{language}/{path}.html" for language in LANGUAGES for path in every} <= files
    for name in sorted(files):
        if name.endswith(".html"):
            found = Outline((folder / name).read_text(encoding="utf-8"))
            assert not found.faults
            assert "wengu-token" not in str(found.tags) and (name == "index.html" or "data-static" in found.tags[0][1])
            for link in found.links:
                split = urlsplit(link)
                if not split.scheme and split.path:
                    assert not link.startswith("/"), f"{name}: {link} is not relative"
                    to = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(split.path)))
                    assert to in files, f"{name}: {link}"
    for language in LANGUAGES:
        assert [one["path"] for one in json.loads((folder / f"api/search/{language}.json").read_text())]
    for sheet in folder.glob("static/*.css"):
        for url in re.findall(r"url\(([^)]*)\)", sheet.read_text(encoding="utf-8")):
            if not url.strip("\"'").startswith(("data:", "#")):
                assert (sheet.parent / url.strip("\"'")).is_file(), url
    assert "static/figures" not in " ".join(files), "they stand in the pages"


def test_export_replaces_its_own_work_alone(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("mine")
    for taken in (theirs, theirs / "thesis.txt"):
        with pytest.raises(InputError, match="expected a new or an empty folder"):
            export(taken, moving=[])
    assert (theirs / "thesis.txt").read_text() == "mine"
    ours = tmp_path / "a" / "ours"
    export(ours, moving=[])
    (ours / "old.html").write_text("")
    export(ours, moving=[])
    assert (ours / MARK).exists() and not (ours / "old.html").exists()
    assert {file.name for file in ours.parent.iterdir()} == {"ours"}
