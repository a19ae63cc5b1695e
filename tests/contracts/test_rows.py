"""The contract of rows.toml: every row of the notes once, in two languages, and what it says of the code is true."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import benchmarks.__main__ as benchmarks
import pytest

from wengu.races import raced
from wengu.rows import STATUSES, Row, find, rows
from wengu.source import Definition, locate

ROOT = Path(__file__).parents[2]
ROWS_OF_CHAPTER = {1: 4, 2: 20, 3: 10, 4: 5, 5: 4, 6: 13, 7: 12, 8: 5, 9: 4, 10: 7, 11: 7, 12: 8, 13: 5, 14: 6, 15: 13}
RUNNING = [row for row in rows().values() if row.status != "planned"]


def number(row: Row) -> str:
    """A row's number, to name its test."""
    return row.number


def test_every_row_of_the_notes_is_there_once_and_in_order() -> None:
    expected = [f"{chapter}.{place}" for chapter, n in ROWS_OF_CHAPTER.items() for place in range(1, n + 1)]
    assert [row.number for row in rows().values() if not row.beyond] == expected
    assert len(expected) == 123


def test_what_is_beyond_the_notes_follows_its_chapter_and_runs() -> None:
    for number in (row.number for row in rows().values() if row.beyond):
        chapter, place = map(int, number.split("."))
        assert rows()[number].status != "planned"
        assert place > ROWS_OF_CHAPTER[chapter] and (f"{chapter}.{place - 1}" in rows())


@pytest.mark.parametrize("row", rows().values(), ids=number)
def test_row_has_a_name_of_its_own_in_both_languages(row: Row) -> None:
    assert row.en.strip() and row.zh.strip()
    assert row.status in STATUSES
    assert find(row.number) == find(row.en) == find(row.zh) == [row]


@pytest.mark.parametrize("row", rows().values(), ids=number)
def test_planned_row_promises_nothing_and_the_others_name_object_test_and_authority(row: Row) -> None:
    if row.status == "planned":
        assert not (row.objects or row.test or row.authority or row.benchmark or row.page)
    else:
        assert row.objects and row.test and row.authority


@pytest.mark.parametrize("row", RUNNING, ids=number)
def test_objects_are_public_and_say_source_and_example(row: Row) -> None:
    about = ""
    for public in row.objects:
        room, _, name = public.partition(":")
        module = importlib.import_module(room)
        assert name in module.__all__, f"{public} is not in __all__ of {room}"
        definition = locate(public)
        found = inspect.unwrap(getattr(module, name))
        assert Path(inspect.getfile(found)) == definition.file, f"explain shows another {public} than runs"
        assert parameters_shown(definition) == list(inspect.signature(found).parameters), public
        assert definition.about, f"{public} has no docstring"
        about += definition.about_file + definition.about
    assert "Source" in about, f"{row.number}: no docstring names a source"
    assert ">>>" in about, f"{row.number}: no docstring has an example"


@pytest.mark.parametrize("row", RUNNING, ids=number)
def test_parity_test_exists_and_names_its_authority(row: Row) -> None:
    path, _, name = row.test.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert name in functions, f"{path} has no {name}"
    assert name.startswith("test_parity_")
    said = " ".join((ast.get_docstring(functions[name]) or "").split()).casefold()
    assert row.authority.casefold() in said, f"the docstring of {row.test} does not name {row.authority}"


def test_benchmarks_exist() -> None:
    """And what stands in races.json is what the page of results says."""
    for row in RUNNING:
        if row.benchmark:
            file, _, work = row.benchmark.partition("::")
            assert work and (ROOT / file).is_file()
            assert raced(row.benchmark), f"{row.number}: no race of {work} in {file}"
    page = (ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    assert json.loads((ROOT / "src/wengu/races.json").read_text(encoding="utf-8")) == benchmarks.raced(page)


def test_done_rows_have_a_page_in_two_languages_and_a_figure() -> None:
    for row in RUNNING:
        if row.status == "done":
            page = ROOT / "src/wengu/pages" / row.page
            assert row.page, f"{row.number} is done but names no page"
            for language in ("en", "zh"):
                assert page.with_name(f"{page.name}.{language}.md").read_text(encoding="utf-8").strip()
            assert "@figure(" in page.with_name(f"{page.name}.py").read_text(encoding="utf-8")


def test_rows_are_read_without_anything_heavy() -> None:
    program = "import sys, wengu.rows; wengu.rows.find('adam'); print({'torch', 'numpy', 'rich'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "set()"


def test_the_table_of_rows_is_fresh() -> None:
    made = load_script("rows_table").table()
    assert (ROOT / "docs/rows.md").read_text(encoding="utf-8") == made, "run `make rows`"
    assert all(f"| {row.number} | " in made for row in rows().values())
    assert "docs/rows.md" in (ROOT / "README.md").read_text(encoding="utf-8")


def parameters_shown(definition: Definition) -> list[str]:
    """The names in the signature that explain shows."""
    function = ast.parse(f"def f{definition.signature(80)}: ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    a = function.args
    every = [*a.posonlyargs, *a.args, a.vararg, *a.kwonlyargs, a.kwarg]
    return [argument.arg for argument in every if argument]


def load_script(name: str) -> ModuleType:
    """A script of scripts/, which is no package, as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
