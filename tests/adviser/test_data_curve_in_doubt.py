"""When a learning curve does not tell of more data: it shows longer training as well, or nothing was learnt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.adviser.test_memory import run
from tests.adviser.test_more_data import OWN, SIZES, measured
from tests.adviser.test_next_steps import VARIANCE
from wengu.adviser import curve_of, curve_table
from wengu.adviser.data_curve import Doubt, Point, keep_points
from wengu.adviser.diagnose import judge
from wengu.adviser.more_data import gains_too_little
from wengu.adviser.next_steps import next_steps
from wengu.core.run_folder import RunFolder


def with_less(path: Path, wrong: int, *, epochs: int = 9, best: int = 9, stopped: str = "epochs", dev: int | None = None,
              less: tuple[float, ...] = (0.71, 0.55, 0.42), **given: Any) -> RunFolder:
    """A run of 1,000 examples and what it was with 125, 250 and 500, where train was as high as dev."""
    made = run(path, wrong, **given)
    if dev is not None:
        rows = [(f"dev-{i}", ("cat", "dog")[i % 2], ("cat", "dog")[(i + (i < dev)) % 2], "") for i in range(1000)]
        made.write_table("predictions/dev.csv", ("id", "truth", "predicted", "group"), rows)
    (made.path / "metrics.jsonl").write_text("".join(f'{{"epoch": {k}, "step": {k}, "cost": 1.0, "dev_cost": 1.0, "lr": 0.1}}\n'
                                                     for k in range(1, epochs + 1)))
    made.note(stopped=stopped, best_epoch=best)
    judge(made)
    keep_points(made, [Point(125 * 2**k, error, error, error - 0.03, error + 0.03, 1000) for k, error in enumerate(less)])
    return made


@pytest.mark.parametrize(("given", "doubt"), [
    ({"epochs": 1, "best": 1}, "still falling"),  # of one epoch: train 32 = dev 32, and 71 to 42 with less
    ({"dev": 380, "best": 9}, "still falling"), ({"dev": 380, "best": 5}, ""), ({"dev": 380, "best": 9, "stopped": "early"}, ""),
    ({"best": 5}, "no variance"), ({"dev": 310, "best": 5}, "no variance"),
    ({"wrong": 500, "dev": 500, "less": (0.5, 0.5, 0.5)}, "nothing learnt"), ({"wrong": 100, "dev": 500, "best": 5, "less": (0.5, 0.5, 0.5)}, "nothing learnt"),
])
def test_of_more_data_a_curve_tells_only_where_nothing_else_made_it(tmp_path: Path, given: dict[str, Any], doubt: Doubt) -> None:
    found = curve_of(with_less(tmp_path / "a", **({"wrong": 320} | given)))
    assert found is not None and found.doubt == doubt
    verdicts = (": more data helps.", "more data is the last thing to try", "whether more data helps; measure")
    assert any(one in str(found) for one in verdicts) is (doubt == "")
    words = {"": "", "still falling": "Train longer first", "no variance": "Look at bias first", "nothing learnt": "the run learnt nothing"}
    assert words[doubt] in str(found) and ("Twice the data" in str(found)) is (doubt != "nothing learnt")


@pytest.mark.parametrize("doubt", ["still falling", "no variance", "nothing learnt"])
def test_what_it_does_not_tell_ranks_nothing(doubt: Doubt) -> None:
    flat = measured(0.14, 0.0005, 1.5, 20_000)
    assert gains_too_little(replace(OWN, curve=flat), 0.01) and not gains_too_little(replace(OWN, curve=replace(flat, doubt=doubt)), 0.01)
    for curve in (flat, measured(0.02, 0.12, 0.4, 5000)):
        first = next_steps(VARIANCE, replace(OWN, curve=replace(curve, doubt=doubt)))[0]
        assert first.what == "Get more training data." and "twice the data" not in first.remark and "its learning curve " in first.remark


def test_anybodys_curve_without_a_gap_is_no_word_for_more_data(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    for b, train, told in ((0.4, 1.0, "Look at bias first"), (0.4, 0.5, ": more data helps."),
                           (0.0001, 1.0, "the last thing to try")):  # neither more data nor more steps did anything
        rows = [(n, 0.05 + b * (n / 100) ** -0.5) for n in SIZES]
        file.write_text("\n".join(["n,dev,train,dev_n", *(f"{n},{error},{train * error},50000" for n, error in rows)]))
        assert told in str(curve_table(file))
