"""Choosing among runs: one number is best, limits are kept to, and the runner-up is told apart only where it can be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.judged_runs import DEV, TRAIN, judged_run, sentences  # noqa: F401
from tests.made_run import made_run  # noqa: F401
from wengu.adviser import choose
from wengu.adviser.diagnose import judge
from wengu.cli.main import run as command
from wengu.core.checks import InputError
from wengu.practice import (
    ErrorRate,
    MacroF1,
    Records,
    estimate,
    paired_difference,
    probability_difference,
    probability_metric,
)
from wengu.running.latency import Latency
from wengu.running.probabilities import read_probabilities

latency, load = (import_module(f"wengu.running.{name}") for name in ("latency", "load"))  # load is a function's name too
Pets = Callable[..., Any]
MS = {"good": 80.0, "big": 150.0, "poor": 20.0, "twin": 99.0}


def counts(cats_wrong: int, dogs_wrong: int) -> dict[tuple[str, str], int]:
    """Of 100 cats and 200 dogs so many are wrong; the truth is always in the same order."""
    return {("cat", "cat"): 100 - cats_wrong, ("cat", "dog"): cats_wrong, ("dog", "dog"): 200 - dogs_wrong,
            ("dog", "cat"): dogs_wrong}


WRONG = {"good": (10, 10), "big": (5, 5), "poor": (40, 60), "twin": (11, 10)}


@pytest.fixture
def runs(made_run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # type: ignore[no-untyped-def]  # noqa: F811
    """Four runs whose latency is told, not measured."""
    for name, wrong in WRONG.items():
        run, card = made_run(name, dev=counts(*wrong))
        run.write_json("ledger.json", card.ledger.to_dict())
        held = {"name": "W", "symbol": "W", "layer": "", "kind": "Linear", "dtype": "float32", "bytes": 4, "learned": True,
                "also": []}
        shapes = [10, 100 if name == "big" else 10], []
        run.write_json("parameters.json", {"parameters": [held | {"shape": shape} for shape in shapes], "buffers": []})
    monkeypatch.setattr(load, "load", lambda path: path.name)
    monkeypatch.setattr(latency, "measure_latency", lambda names: [
        Latency(MS[name], MS[name] - 2, MS[name] + 2, 2 * MS[name], 2 * MS[name], 2 * MS[name], 100, 1) for name in names])
    return tmp_path


def names(found: Any) -> list[str]:
    return [one.known.summary.path.name for one in found.candidates]


def records(name: str) -> Records:
    rows = [pair for pair, n in counts(*WRONG[name]).items() for _ in range(n)]
    return Records(*zip(*rows, strict=True))


def test_the_best_that_keeps_to_every_limit(runs: Path) -> None:
    found = choose(runs, optimize="accuracy", satisfy=["latency_ms<=100"])
    assert names(found) == ["good", "twin", "poor", "big"]
    assert [[limit.text for limit in one.broken] for one in found.candidates] == [[], [], [], ["latency_ms<=100"]]
    assert found.winner.score == pytest.approx(280 / 300)
    assert names(choose(runs, optimize="accuracy")) == ["big", "good", "twin", "poor"]
    assert names(choose(runs, optimize="error")) == ["big", "good", "twin", "poor"]  # the lowest
    assert names(choose(runs, optimize="latency_ms"))[0] == "poor"
    assert names(choose(runs, optimize="accuracy", satisfy=["parameters<=500", "error < 7 %"]))[0] == "good"
    assert choose(runs, optimize="accuracy", satisfy=["parameters<=500", "error < 5%"]).winner is None


def test_the_runner_up_is_distinguished_by_pairs(runs: Path) -> None:
    """As paired_difference has it, which counts the examples where both are wrong for neither."""
    found = choose(runs, optimize="accuracy")
    want = paired_difference(ErrorRate(), records("big"), records("good"))
    low, high = want.interval()
    assert found.against_runner_up[:3] == pytest.approx((-want.value, -high, -low))
    assert found.against_runner_up.verdict == "better" and "big is the best on these examples, one seed each: +3.3 [" in str(found)
    near = choose(runs, optimize="accuracy", satisfy=["latency_ms<=100"])
    assert near.against_runner_up.verdict == "cannot tell"
    assert "good is the best by its value, but not clearly: +0.3 [" in str(near)


def test_one_number_from_several(runs: Path) -> None:
    """accuracy - 0.5·seconds of latency, by hand; its difference has the interval of both parts together."""
    found = choose(runs, score="accuracy - 0.5*latency_ms/1000")
    by_hand = {name: 1 - sum(WRONG[name]) / 300 - 0.5 * MS[name] / 1000 for name in WRONG}
    assert {one.known.summary.path.name: one.score for one in found.candidates} == pytest.approx(by_hand)
    assert names(found) == sorted(by_hand, key=lambda name: -by_hand[name])
    first, second = names(found)[:2]
    low, high = paired_difference(ErrorRate(), records(first), records(second)).interval()
    error = paired_difference(ErrorRate(), records(first), records(second)).value
    ms = 0.5 * 2 / 1000
    gain = by_hand[first] - by_hand[second]
    assert found.against_runner_up.low == pytest.approx(gain - np.sqrt((high - error) ** 2 + 2 * ms**2))
    assert found.against_runner_up.high == pytest.approx(gain + np.sqrt((error - low) ** 2 + 2 * ms**2))


def test_quantities_are_those_of_the_metrics(runs: Path) -> None:
    found = choose(runs, optimize="macro_f1", satisfy=["recall_cat>0", "seconds<=1000", "dev_cost<9", "epochs>0"])
    good = next(one for one in found.candidates if one.known.summary.path.name == "good").known.values
    want = estimate(records("good"), MacroF1())
    assert (good["macro_f1"].value, good["macro_f1"].low, good["macro_f1"].high) == pytest.approx((want.value, *want.interval()))
    assert choose(runs, optimize="parameters").candidates[0].score == 101
    assert good["recall_cat"].value == 0.9 and good["epochs"].value == 9 and good["seconds"].value == pytest.approx(192.4)


def test_latency_is_measured_of_those_alone_that_keep_to_the_rest(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    plain = latency.measure_latency
    monkeypatch.setattr(latency, "measure_latency", lambda found: asked.extend(found) or plain(found))
    found = choose(runs, optimize="accuracy", satisfy=["latency_ms<=100", "parameters<=500"])
    assert sorted(asked) == ["good", "poor", "twin"]
    assert names(found) == ["good", "twin", "poor", "big"] and "breaks parameters<=500" in str(found)
    assert "big" in choose(runs, optimize="latency_ms", satisfy=["parameters<=500"]).to_dict()["runs"][-1]["run"]


def test_by_the_probabilities(runs: Path) -> None:
    """AUC and the like, as practice measures them of dev's p_<class>, and their difference on the same examples."""
    found = choose(runs, optimize="auc", satisfy=["log_loss<=2", "brier_score>=0"])
    given = {one.known.summary.path.name: read_probabilities(one.known.run.path)["dev"].given for one in found.candidates}
    for one in found.candidates:
        assert one.score == pytest.approx(probability_metric("auc", given[one.known.summary.path.name]).value)
    first, second = names(found)[:2]
    low, high = probability_difference("auc", given[first], given[second])
    assert found.against_runner_up[1:3] == pytest.approx((low, high))
    lowest = choose(runs, optimize="log_loss")
    assert lowest.winner.score == min(one.score for one in lowest.candidates)


def test_what_is_near_to_a_limit_is_said(runs: Path) -> None:
    found = choose(runs, optimize="accuracy", satisfy=["latency_ms<=98", "error<=50%"])
    assert names(found)[0] == "good" and "near" not in str(found).splitlines()[-2]
    text = str(choose(runs, optimize="accuracy", satisfy=["latency_ms<=81"]))
    assert "good is so near to latency_ms<=81 that another measurement may say otherwise." in text


def test_a_run_of_another_task_and_one_not_judged_are_left_out(runs: Path, made_run) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    made_run("raw", dev=counts(1, 1))
    other, card = made_run("fish", dev={("eel", "eel"): 9, ("cod", "eel"): 9})
    other.write_json("ledger.json", card.ledger.to_dict())
    facts = other.facts()
    assert facts["spec"]["classes"] == ["eel", "cod"]
    found = choose(runs, optimize="accuracy")
    left = {"raw", "fish"} if len(names(found)) == 4 else {"raw", *WRONG}  # of the newest run's task
    assert set(found.others) == left and "left out, as of another task or not judged" in str(found)


def test_a_metric_that_is_no_rate(judged_run: Pets) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    for name, hits in (("a", DEV), ("b", [hit - 2 for hit in DEV])):
        run = judged_run(name, sets={"train": sentences(TRAIN), "dev": sentences(hits)})
        judge(run)
    found = choose(run.path.parent, optimize="bleu")
    assert names(found) == ["a", "b"] and found.against_runner_up.points == pytest.approx(10)
    with pytest.raises(InputError, match="accuracy is not known of these runs"):
        choose(run.path.parent, optimize="accuracy")


def test_a_class_that_is_too_rare_decides_nothing(made_run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    for name, k in (("a", 3), ("b", 0)):
        run, card = made_run(name, dev={("cat", "cat"): k, ("cat", "dog"): 3 - k, ("dog", "dog"): 97})
        run.write_json("ledger.json", card.ledger.to_dict())
    found = choose(tmp_path, optimize="recall_cat")
    assert found.against_runner_up.verdict == "cannot tell" and "cannot be judged: only 3 examples of cat" in str(found)


def test_no_zero_has_a_sign(made_run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    for name in ("a", "b"):
        run, card = made_run(name, dev={("cat", "cat"): 50, ("dog", "dog"): 97})
        run.write_json("ledger.json", card.ledger.to_dict())
    for how in ({"optimize": "accuracy"}, {"optimize": "error"}, {"score": "0 - error"}, {"score": "accuracy - 1"}):
        found = choose(tmp_path, **how)
        assert not re.search(r"[-+]0(\.0*)?(?![\d.])", str(found)), str(found)
        assert not re.search(r"-0\.0\b(?!\d)", json.dumps(found.to_dict()))


def test_the_command_prints_and_gives_json(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["runs", "--runs", str(runs), "--optimize", "accuracy", "--satisfy", "latency_ms<=100"]
    assert command(args) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[1].startswith("*  good") and "measured now, on this machine: one example, 1 thread." in out
    assert command([*args, "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert (plain["winner"], plain["runner_up"], plain["difference"]["verdict"]) == ("good", "twin", "cannot tell")
    assert plain["runs"][-1]["breaks"] == ["latency_ms<=100"]


@pytest.mark.parametrize(("words", "message"), [
    (["--optimize", "acuracy"], "acuracy is not known of these runs; did you mean accuracy?"),
    (["--score", "accuracy - macro_f"], "macro_f is not known of these runs; did you mean macro_f1?"),
    (["--optimize", "accuracy - 1"], "--optimize: expected one name, got accuracy - 1"),
    (["--optimize", "accuracy", "--score", "error"], "expected either --optimize NAME or --score EXPRESSION, got --optimize, --score"),
    (["--satisfy", "error<=1"], "expected either --optimize NAME or --score EXPRESSION, got none"),
    (["--optimize", "error", "--satisfy", "error"], "error: expected a limit such as latency_ms<=100"),
    (["--score", "accuracy/(epochs - 9)"], "has no value for"),
    (["good", "big", "--optimize", "error"], "choose among the runs of a folder; leave out good big"),
])
def test_what_cannot_be_chosen_by_is_refused(runs: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    assert command(["runs", "--runs", str(runs), *words]) == 2
    assert message in " ".join(capsys.readouterr().err.split())


def test_an_empty_folder_has_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no run that was judged"):
        choose(tmp_path, optimize="error")


def test_runs_of_another_dev_set_are_named(made_run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    for name, dev in (("a", counts(10, 10)), ("b", counts(10, 10)), ("c", counts(20, 30) | {("cat", "cat"): 90})):
        run, card = made_run(name, dev=dev)
        run.write_json("ledger.json", card.ledger.to_dict())
    found = choose(tmp_path, optimize="accuracy")
    assert found.other_dev == ("c",) and "c: judged on another dev set than a; compared as two samples" in str(found)
    assert found.to_dict()["other_dev"] == ["c"]


@pytest.mark.parametrize("name", ["recall_cat", "precision_cat", "f1_cat", "accuracy"])
def test_the_gain_of_a_rate_is_in_points(runs: Path, name: str) -> None:
    """As the rates themselves are: 12.5 %, and +3.3."""
    found = choose(runs, optimize=name)
    told = re.search(r": ([+-]?[\d.]+) \[([+-]?[\d.]+), ([+-]?[\d.]+)\]", str(found))
    gain = found.against_runner_up
    assert told and [float(one) for one in told.groups()] == pytest.approx([100 * gain.points, 100 * gain.low, 100 * gain.high], abs=0.051)
