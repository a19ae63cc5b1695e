"""The card's lines."""

import re
from pathlib import Path

from wengu.adviser.card import Card
from wengu.adviser.next_steps import next_steps
from wengu.core.i18n import use_language
from wengu.practice import ledger

BOOK = ledger(train=0.041, dev=0.136, n={"train": 3600, "dev": 1200})


def test_the_form_of_the_card() -> None:
    lines = str(Card(BOOK, next_steps(BOOK), Path("runs/a"))).splitlines()
    assert re.fullmatch(r"  human      unknown        \(--human gives it; bias is not judged\)", lines[0])
    assert re.fullmatch(r"  train         4\.1 %", lines[1])
    assert re.fullmatch(r"  dev          13\.6 %  \[11\.\d, 15\.\d\] +variance 9\.5 points \[7\.\d, 11\.\d\] +<- the cause",
                        lines[2])
    assert re.fullmatch(r"  test       sealed         \(opened 0 times; wengu diagnose runs/a --open-test\)", lines[3])
    assert lines[4] == "  Next, in this order:" and lines[5].startswith("    1 Get more training data.")
    assert lines[-1] == "  report     runs/a/report.html"


def test_two_causes_are_both_marked() -> None:
    card = str(Card(ledger(human=0.009, train=0.15, dev=0.30), ()))
    assert card.count("<- a cause") == 2 and "bias 14.1 points" in card and "variance 15.0 points" in card


def test_the_test_set_once_opened_shows_its_count() -> None:
    book = ledger(train=0.1, dev=0.11, test=0.19, n=10_000)
    card = str(Card(book, (), Path("r"), opened=3))
    assert re.search(r"test +19\.0 % +\[.*\] +\(opened 3 times\) +over-fitted dev 8\.0 points .*<- the largest judged", card), card
    assert "sealed" not in card


def test_chinese_columns_stand_in_line() -> None:
    from rich.cells import cell_len

    use_language("zh")
    lines = str(Card(BOOK, (), Path("runs/a"))).splitlines()
    train, dev = (next(line for line in lines if line.strip().startswith(name)) for name in ("训练", "开发"))
    assert cell_len(train[: train.index("%")]) == cell_len(dev[: dev.index("%")])
    assert "原因" in dev


def test_what_comes_before_any_cause_stands_below_the_ledger() -> None:
    book = ledger(train=0.3, dev=0.1, n=1000)
    lines = str(Card(book, (), questions=("b: 2.0 % wrong of 9 labels",), left_out=("c: no label in dev",),
                     no_better="no better")).splitlines()
    assert lines[3:5] == ["    b: 2.0 % wrong of 9 labels", lines[4]] and lines[4].startswith("  dev is easier than train")
    assert lines[5:7] == ["  c: no label in dev", "  no better"]
