"""The level and the worth that were asked for, on the card, in the report and in the browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adviser.test_memory import run
from wengu.adviser.diagnose import card_of, diagnose_table, judge
from wengu.core.i18n import use_language
from wengu.core.run_folder import RunFolder
from wengu.handbook import worker
from wengu.practice.yardstick import Yardstick
from wengu.report.parts import ledger_chart


def table(path: Path, *sets: str) -> Path:
    """A tenth of train wrong, and a fifth of dev."""
    rows = [f"{name},{'ab'[k % 2]},{'ab'[(k + (k < wrong)) % 2]}" for name, wrong in (("train", 100), ("dev", 200)) if name in sets
            for k in range(1000)]
    path.write_text("\n".join(["set,truth,predicted", *rows]) + "\n")
    return path


@pytest.mark.parametrize(("given", "line"), [
    ({"level": 0.9, "worth": 0.005}, "By --level 0.9 --worth 0.005: 90 % intervals; a gap matters from 0.5 points on."),
    ({"level": 0.995}, "By --level 0.995: 99.5 % intervals."),
    ({"worth": 0.02}, "By --worth 0.02: a gap matters from 2.0 points on."),
    ({"level": 0.95, "worth": 0.01}, ""), ({}, ""),
])
def test_what_is_not_usual_is_said(tmp_path: Path, given: dict[str, float], line: str) -> None:
    card, _ = diagnose_table(table(tmp_path / "p.csv", "train", "dev"), **given)  # type: ignore[arg-type]
    assert [one.strip() for one in str(card).splitlines() if "By --" in one] == ([line] if line else [])


def test_a_run_says_it_in_its_report_and_in_the_browser_too(tmp_path: Path) -> None:
    judge(run(tmp_path / "a", 100, level=0.9))
    folder = RunFolder.open(tmp_path / "a")
    line = "By --level 0.9: 90 % intervals."
    assert line in ledger_chart(card_of(folder))["reasons"]
    assert line.replace(" %", "\u00a0%") in worker.card(run=str(tmp_path / "a"))["verdict"]  # which is never broken there
    assert "By --level 0.8 --worth 0.03: " in str(card_of(folder, given=Yardstick(None, 0.03, 0.8)))
    use_language("zh")
    try:
        assert "按 --level 0.9：90 % 区间。" in str(card_of(folder))
    finally:
        use_language("en")


def test_a_set_alone_is_measured_at_the_level_too(tmp_path: Path) -> None:
    alone = table(tmp_path / "lone.csv", "dev")
    usual, surer = (str(diagnose_table(alone, level=level)[0]) for level in (None, 0.995))
    assert "[17.6, 22.6]" in usual and "intervals" not in usual  # Wilson's are 17.6 to 22.6, and at 99.5 % 16.7 to 23.8
    assert "[16.7, 23.8]" in surer and "99.5 % intervals (--level 0.995)" in surer
