"""Wherever a value has an interval, a class that is too rare is said in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.made_run import made_run  # noqa: F401
from wengu.adviser import compare
from wengu.adviser.diagnose import diagnose_table, judge
from wengu.cli.main import run as command
from wengu.handbook import worker

SAID = "cannot be judged: only 3 examples of cat"


@pytest.fixture
def pair(made_run):  # type: ignore[no-untyped-def]  # noqa: F811
    """Two runs that are judged by macro-F1 on 97 dogs and 3 cats."""
    for name, k in (("a", 3), ("b", 1)):
        run, _ = made_run(name, dev={("cat", "cat"): k, ("cat", "dog"): 3 - k, ("dog", "dog"): 97}, human=None)
        run.note(metric={"name": "macro-F1", "direction": "higher", "scale": "rate", "unit": "example", "worth": 0.01})
        judge(run)
    return run.path.parent


@pytest.mark.parametrize(("metric", "groups", "counts", "words"), [
    ("recall rare", False, (300, 2), "only 2 examples of rare"), ("recall rare", False, (300, 1), "only 1 example of rare"),
    ("precision rare", False, (300, 2), "only 2 examples are taken for rare"),
    ("recall rare", True, (300, 40), "only 4 groups with rare"), ("precision rare", True, (300, 40), "examples of only 4 groups are taken for rare"),
    ("balanced-accuracy", False, (300, 2), "only 2 examples of rare"),
])
def test_what_was_counted_is_named(tmp_path: Path, metric: str, groups: bool, counts: tuple[int, int], words: str) -> None:
    """Of a precision it is what was taken for the class, and of groups each counts once."""
    common, rare = counts
    rows = [f"{name},{truth},{truth},{name}{k // 10 if groups else truth + str(k)}"
            for name in ("train", "dev") for truth, n in (("rare", rare), ("plain", common)) for k in range(n)]
    file = tmp_path / "p.csv"
    file.write_text("\n".join(["set,truth,predicted,group", *rows]) + "\n")
    assert f"cannot be judged: {words}" in str(diagnose_table(file, metric=metric)[0])
    lone = tmp_path / "lone.csv"
    lone.write_text("\n".join(["set,truth,predicted,group", *(row for row in rows if row.startswith("dev"))]) + "\n")
    assert f"cannot be judged: {words}" in str(diagnose_table(lone, metric=metric)[0])


def test_on_the_card_in_a_comparison_and_in_the_browser(pair, capsys) -> None:  # type: ignore[no-untyped-def]
    assert command(["diagnose", str(pair / "b")]) == 0
    card = capsys.readouterr().out
    assert SAID in card and "[0.0, 100.0]" not in card
    told = compare([pair / "a", pair / "b"])
    assert SAID in str(told) and told.runs[1].gain.verdict == "cannot tell"
    assert SAID in str(worker.compare(runs=[str(pair / "a"), str(pair / "b")]))
    assert SAID in str(worker.card(run=str(pair / "b")))
