"""Runs that are judged by BLEU, perplexity, an error of format 1, or nothing: each in its own unit and direction."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.judged_runs import DEV, TRAIN, Bleu, at_epoch, blocks, old_run, sentences
from wengu.adviser import compare, diagnose_table, runs_in
from wengu.adviser.compare import since_the_run_before
from wengu.adviser.comparison import Difference
from wengu.adviser.diagnose import card_of, judge
from wengu.adviser.next_steps import next_steps
from wengu.adviser.runs import brief
from wengu.core.checks import InputError
from wengu.core.i18n import use_language
from wengu.core.run_folder import RunFolder
from wengu.practice import ErrorRate, MacroF1, Perplexity, Records, described, ledger, ledger_of
from wengu.practice.yardstick import Yardstick
from wengu.running.metric import ERROR

Made = Callable[..., RunFolder]


def said(hits: Sequence[int]) -> dict[str, object]:
    """As DEV, but for these dev sentences."""
    return {"train": sentences(TRAIN), "dev": sentences(hits)}


# ------------------------------------------------------------------------------------------------------------- the card


def test_a_card_speaks_in_the_metrics_own_numbers(judged_run: Made) -> None:
    lines = str(judge(judged_run("a"))).splitlines()
    assert lines[0] == "  BLEU, higher is better"
    assert re.fullmatch(r"  train        50\.0", lines[2])
    found = re.fullmatch(r"  dev          36\.8  \[(\d\d\.\d), (\d\d\.\d)\] +variance 13\.2 \[\d\d\.\d, \d\d\.\d\] +<- the cause", lines[3])
    assert found and 35 < float(found[1]) < 36.8 < float(found[2]) < 39
    assert "%" not in "".join(lines[:5]) and "points" not in "".join(lines[:5])
    use_language("zh")
    assert "BLEU，越高越好" in str(card_of(RunFolder(judged_run("b").path)))


def test_perplexity_is_a_number_and_lower_is_better(judged_run: Made) -> None:
    truth, cost = blocks(300, np.log(22.31))
    exact = float(np.exp(sum(c for c, _ in cost) / sum(n for _, n in cost)))  # the definition
    card = str(card_of(judged_run("a", Perplexity(), {"train": blocks(300, np.log(15.04), 1), "dev": (truth, cost)})))
    assert card.startswith("  perplexity, lower is better\n")
    assert f"  dev          {exact:.1f}  [" in card and 21 < exact < 24 and "variance" in card


def test_more_units_are_asked_for_by_their_name(judged_run: Made) -> None:
    card = str(card_of(judged_run("a", Bleu(), said([*DEV[:20], 8]) | {"train": sentences([8, 9, 7, 10] * 9)})))
    assert re.search(r"\d+ sentences in (dev|train) \(now \d+\) would decide about variance in four cases of five", card), card


def test_an_error_run_of_format_1_has_the_card_that_it_had(tmp_path: Path) -> None:
    run = old_run(tmp_path / "old")
    lines = str(card_of(run)).splitlines()
    assert lines[0].startswith("  human      unknown") and re.match(r"  train         1\.0 %$", lines[1])
    assert re.match(r"  dev           3\.0 %  \[\d\.\d, \d\.\d\] +variance 2\.0 points \[", lines[2])


def test_a_run_without_a_metric_is_refused_in_one_line(judged_run: Made) -> None:
    run = judged_run("style", None, {})
    for ask in (lambda: judge(run), lambda: compare([run, judged_run("a")]), lambda: compare([judged_run("b"), run])):
        with pytest.raises(InputError, match="style has no metric: there is nothing to judge it by") as refused:
            ask()  # type: ignore[no-untyped-call]
        assert "\n" not in str(refused.value)


# ----------------------------------------------------------------------------------------- another metric than its own


def test_another_metric_is_measured_on_the_predictions_and_human_is_not_its(tmp_path: Path) -> None:
    """Authority: ledger_of on what the files hold."""
    run = old_run(tmp_path / "old")
    run.write_settings(run.settings()[0] | {"human": 0.01}, {})
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    card = card_of(run, metric="macro-f1")
    rows = run.read_table("predictions/dev.csv")
    dev = Records([row["truth"] for row in rows], [row["predicted"] for row in rows])
    own = ledger_of({"train": dev, "dev": dev}, metric=MacroF1())
    assert card.ledger.metric == described(MacroF1()) and card.ledger.rows[-1] == own.rows[-1]
    assert card.ledger.worse_than_human is None and card_of(run).ledger.worse_than_human is True
    assert card_of(run, metric="macro-f1", given=Yardstick(0.99)).ledger.worse_than_human is True
    assert any(step.remark == f"wengu diagnose {run.path} --metric macro-f1 --human MACRO-F1" for step in card.steps)
    assert {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()} == before


def test_anybodys_predictions_are_judged_by_the_metric_that_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_text("set,truth,predicted\n" + "train,a,a\ntrain,b,b\n" * 50 + "dev,a,a\ndev,b,a\ndev,b,b\n" * 40)
    card, confusions = diagnose_table(file, metric="F1 b")
    assert str(card).startswith("  F1 b, higher is better\n") and "  dev          66.7 %" in str(card)  # 2·40 / (2·40 + 40)
    assert confusions == ("b taken for a: 40 of 80, 50%",)
    with pytest.raises(InputError, match=r"metric: 'F1 bb' is unknown; did you mean F1 b\? Choose from: F1 a, F1 b"):
        diagnose_table(file, metric="F1 bb")


# ----------------------------------------------------------------------------------------------------------- next steps


@pytest.mark.parametrize(("direction", "best"), [("lower", 0.0), ("higher", 1.0)])
def test_where_train_is_perfect_there_is_no_bias_to_fix(direction: str, best: float) -> None:
    steps = next_steps(ledger(train=best, dev=best, n=100_000, direction=direction))  # type: ignore[arg-type]
    assert not any("Train longer" in step.what or "bigger network" in step.what for step in steps)
    worse = next_steps(ledger(human=best, train=abs(best - 0.2), dev=abs(best - 0.2), n=10_000, direction=direction))  # type: ignore[arg-type]
    assert any("Train longer" in step.what for step in worse)


def test_what_people_reach_is_asked_for_and_no_number_given_that_could_be_copied(judged_run: Made) -> None:
    card = card_of(judged_run("a", Bleu(), {"train": sentences(TRAIN), "dev": sentences(TRAIN)}))
    step = next(step for step in card.steps if "--human" in step.remark)
    assert step.what == "Give the BLEU that people reach." and step.remark.endswith("--human BLEU") and not step.command
    run = judged_run("b", Bleu(), {"train": sentences(TRAIN), "dev": sentences(TRAIN)}, settings={"human": 60.0})
    assert card_of(run).ledger.cause == "bias" and not any("--human" in step.remark for step in card_of(run).steps)


# ------------------------------------------------------------------------------------------------------- side by side


@pytest.mark.parametrize(("direction", "low", "high", "verdict"), [
    ("lower", -0.04, -0.01, "better"), ("lower", 0.01, 0.04, "worse"), ("lower", -0.01, 0.01, "cannot tell"),
    ("higher", -0.04, -0.01, "worse"), ("higher", 0.01, 0.04, "better"), ("higher", -0.01, 0.01, "cannot tell"),
])
def test_better_is_what_the_direction_says(direction: str, low: float, high: float, verdict: str) -> None:
    assert Difference((low + high) / 2, low, high, direction).verdict == verdict  # type: ignore[arg-type]


def test_a_higher_bleu_is_better_sentence_by_sentence(judged_run: Made) -> None:
    """The same sentences, each a word better but for every third: apart the two could hardly be told from each other."""
    a, b = judged_run("a"), judged_run("b", Bleu(), said([h + (k % 3 > 0) for k, h in enumerate(DEV)]), settings={"lr": 0.002})
    for run in (a, b):
        judge(run)
    found = compare([a, b]).runs[1]
    assert found.gain and found.paired and found.gain.verdict == "better"
    assert found.gain.points == pytest.approx(100 * 200 / 6000) and 3.0 < found.gain.low < found.gain.high < 3.7
    since = since_the_run_before(b)
    assert since and since.gain == found.gain
    assert re.match(rf"since {a.path}: lr 0\.001 → 0\.002: BLEU on dev \+3\.3 \[\+\d\.\d, \+\d\.\d\], better on these examples; one seed each \(seed noise not", str(since))
    plain = json.loads(json.dumps(compare([b, a]).to_dict(), allow_nan=False))
    assert plain["runs"][1]["against_first"]["verdict"] == "worse" and plain["metric"] == described(Bleu())


def test_other_sentences_of_the_same_task_are_two_samples(judged_run: Made) -> None:
    runs = [judged_run("a"), judged_run("b", Bleu(), said(DEV[::-1]), first_id=900)]
    for run in runs:
        judge(run)
    second = compare(runs).runs[1]
    assert second.paired is False and second.gain and second.gain.verdict == "cannot tell"
    assert second.gain.high - second.gain.low > 2


def test_boxes_and_classes_are_never_compared_and_nor_are_two_tasks(judged_run: Made, tmp_path: Path) -> None:
    """The recipe, the classes and the metric may be the same: boxes have classes too."""
    boxes = judged_run("boxes", ErrorRate(), {part: (["cat"] * 20, ["cat"] * 20) for part in ("train", "dev")},
                       task="b0", spec={"classes": ["cat", "dog"]}, settings={"target": "kind"})
    classes, other = old_run(tmp_path / "runs" / "classes"), judged_run("other", task="77")
    runs = [classes, boxes, other, judged_run("bleu")]
    for run in runs:
        judge(run)
    for first in range(4):
        found = compare([runs[first], *(run for run in runs if run is not runs[first])])
        assert [run.same_task for run in found.runs] == [True, False, False, False]
        assert all(run.gain is None and run.dev for run in found.runs)


def test_siblings_are_compared_by_the_first_ones_metric(tmp_path: Path) -> None:
    a, b = old_run(tmp_path / "a", wrong=9), old_run(tmp_path / "b", wrong=30)
    b.note(metric=described(MacroF1()))
    judge(b)
    found = compare([a, b])
    assert found.metric == ERROR and found.runs[1].dev and found.runs[1].dev.value == 0.1
    assert found.runs[1].gain and found.runs[1].gain.points == pytest.approx(0.07) and found.runs[1].gain.verdict == "worse"
    turned = compare([b, a])
    assert turned.metric["name"] == "macro-F1" and turned.runs[1].gain and turned.runs[1].gain.verdict == "better"


# ------------------------------------------------------------------------------------------------------------- the list


def test_each_run_is_listed_with_its_own_metric(judged_run: Made, tmp_path: Path) -> None:
    made = [judged_run("bleu"), judged_run("ppl", Perplexity(), {"dev": blocks(9, 3.1)}), judged_run("style", None, {})]
    judge(made[0])
    made[1].write_json("ledger.json", {"cause": "none"})
    old_run(tmp_path / "runs" / "old")
    found = {run.path.name: run for run in runs_in(tmp_path / "runs").runs}
    told = {name: (run.metric and run.metric["name"], run.dev_metric, run.state) for name, run in found.items()}
    assert told == {"bleu": ("BLEU", 36.833, "epochs"), "ppl": ("perplexity", 22.31, "epochs"), "style": (None, None, "epochs"),
                    "old": ("error", 0.03, "epochs")}
    plain = json.loads(json.dumps(runs_in(tmp_path / "runs").to_dict(), allow_nan=False))
    assert {run["metric"] and run["metric"]["direction"] for run in plain["runs"]} == {"higher", "lower", None}


def test_the_best_epoch_by_the_metric_is_its_highest_or_its_lowest(judged_run: Made) -> None:
    for name, metric in (("a", Bleu()), ("b", Perplexity())):
        run = judged_run(name, metric, {}, settings={"monitor": "metric"}, stopped="")
        run.append_metric({"epoch": 7, "step": 70, "cost": 0.1, "dev_cost": 0.0, f"dev_{metric.name}": at_epoch(metric, 1)})
        found = brief(run)
        assert (found.best_epoch, found.dev_metric) == (5, at_epoch(metric, 5))
        by_cost = brief(judged_run(f"{name}-cost", metric, {}, settings={"monitor": "cost"}, stopped=""))
        assert (by_cost.best_epoch, by_cost.dev_metric) == (5, at_epoch(metric, 5))


def test_where_the_metric_was_not_looked_at_in_the_best_epoch_the_ledger_has_it(judged_run: Made) -> None:
    run = judged_run("a")
    rows = [{name: value for name, value in row.items() if name != "dev_BLEU" or row["epoch"] == 3} for row in run.metrics()]
    run.write("metrics.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    judge(run)
    assert brief(run).best_epoch == 5 and brief(run).dev_metric == pytest.approx(36.8333, abs=1e-4)
