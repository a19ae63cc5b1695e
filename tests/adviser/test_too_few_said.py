"""Wherever a value has an interval, a class that is too rare is said in its place."""

from __future__ import annotations

import pytest

from tests.made_run import made_run  # noqa: F401
from wengu.adviser import compare
from wengu.adviser.diagnose import judge
from wengu.cli.main import run as command
from wengu.handbook import worker

SAID = "cannot be judged: only 3 of cat"


@pytest.fixture
def pair(made_run):  # type: ignore[no-untyped-def]  # noqa: F811
    """Two runs that are judged by macro-F1 on 97 dogs and 3 cats."""
    for name, k in (("a", 3), ("b", 1)):
        run, _ = made_run(name, dev={("cat", "cat"): k, ("cat", "dog"): 3 - k, ("dog", "dog"): 97}, human=None)
        run.note(metric={"name": "macro-F1", "direction": "higher", "scale": "rate", "unit": "example", "worth": 0.01})
        judge(run)
    return run.path.parent


def test_on_the_card_in_a_comparison_and_in_the_browser(pair, capsys) -> None:  # type: ignore[no-untyped-def]
    assert command(["diagnose", str(pair / "b")]) == 0
    card = capsys.readouterr().out
    assert SAID in card and "[0.0, 100.0]" not in card
    told = compare([pair / "a", pair / "b"])
    assert SAID in str(told) and told.runs[1].gain.verdict == "cannot tell"
    assert SAID in str(worker.compare(runs=[str(pair / "a"), str(pair / "b")]))
    assert SAID in str(worker.card(run=str(pair / "b")))
