"""`wengu diagnose predictions.csv`: anybody's predictions."""

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Wengu
from tests.judged_runs import old_run, write_run


def _write(train_wrong: int, dev_wrong: int, *, m: int = 1000, header: str = "set,truth,predicted") -> Path:
    lines = [header]
    for name, wrong in (("train", train_wrong), ("dev", dev_wrong)):
        lines += [f"{name},cat,{'dog' if i < wrong else 'cat'}" for i in range(m)]
    path = Path("predictions.csv")
    path.write_text("\n".join(lines) + "\n")
    return path


def test_variance_is_named_with_its_interval(wengu: Wengu) -> None:
    said = wengu("diagnose", _write(10, 110))
    assert said.code == 0, said.err
    line = r"dev +11\.0 % +\[9\.\d, 1[23]\.\d\] +variance or another distribution 10\.0 points \[.*\] +<- the cause"
    assert re.search(line, said.out), said.out
    assert "cat taken for dog: 110 of 1000, 11%" in said.out
    assert "sealed" not in said.out and "report" not in said.out


def test_human_error_makes_bias_judged(wengu: Wengu) -> None:
    said = wengu("diagnose", _write(150, 160), "--human", 0.01)
    assert re.search(r"train +15\.0 %.*bias 14\.0 points.*<- the cause", said.out), said.out


def test_it_says_when_it_cannot_tell(wengu: Wengu) -> None:
    said = wengu("diagnose", _write(3, 6, m=60))
    assert "Cannot tell the cause yet" in said.out and re.search(r"\d+ examples in .* would decide about variance", said.out)


def test_aliases_and_a_byte_order_mark(wengu: Wengu) -> None:
    Path("p.csv").write_text("\ufeffset,truth,predicted\nTraining,a,a\nvalidation,a,b\n", encoding="utf-8")
    assert wengu("diagnose", "p.csv").code == 0


@pytest.mark.parametrize(("text", "message"), [
    ("", r"p\.csv: the file is empty"),
    ("set,truth\n", r"p\.csv:1: expected the columns set, truth, predicted, found set, truth; predicted is missing"),
    ("set,truth,predicted,Truth\n", r"p\.csv:1: two columns are called 'truth'"),
    ("set,truth,predicted,p_a,p_a\n", r"p\.csv:1: two columns are called 'p_a'"),
    ("set,truth,predicted\ntrain,a\n", r"p\.csv:2: 2 fields, but the header has 3"),
    ('set,truth,predicted\ntrain,a,a\n\ndev,a,"a\ndev,a,a\n', r"p\.csv:4: .*is a quotation mark left open\?"),
    ("set,truth,predicted,group\ntrain,a,a,1\ndev,a,a,1\ndev,a,a,\n", r"p\.csv:4: group is empty here"),
    ("set,truth,predicted\n", "a header and no rows"),
    ("set,truth,predicted\ntrian,a,a\n", r"p\.csv:2: set: expected .*did you mean train"),
    ("set,truth,predicted\ntrain,a,a\ndev,a,\n", r"p\.csv:3: truth and predicted"),
    ("set,truth,predicted,p_a\ntrain,a,a,x\n", r"p\.csv:2: p_a: expected a number from 0 to 1, got 'x'"),
    ("set,truth,predicted,p_a\ntrain,a,a,1.5\n", r"p\.csv:2: p_a: expected a number from 0 to 1, got '1\.5'"),
    ("set,truth,predicted,p_a,p_b\ntrain,a,a,1,-0.1\n", r"p\.csv:2: p_b: expected .*, got '-0\.1'"),
    ("set,truth,predicted,p_a\ntrain,a,a,nan\n", r"p\.csv:2: p_a: expected .*, got 'nan'"),
    ("set,truth,predicted,p_a\ntrain,a,a,inf\n", r"p\.csv:2: p_a: expected .*, got 'inf'"),
])
def test_bad_files(wengu: Wengu, text: str, message: str) -> None:
    Path("p.csv").write_text(text)
    said = wengu("diagnose", "p.csv")
    assert said.code == 2 and said.err.count("\n") == 1
    assert re.search(message, said.err), said.err


def test_open_test_wants_a_run(wengu: Wengu) -> None:
    said = wengu("diagnose", _write(1, 2), "--open-test")
    assert said.code == 2 and "--open-test" in said.err


def test_a_space_beside_a_comma_is_no_part_of_a_class(wengu: Wengu) -> None:
    Path("p.csv").write_text("set, truth, predicted\n" + "train, a, a\n dev ,a, a\n" * 20)
    said = wengu("diagnose", "p.csv")
    assert said.code == 0 and "dev           0.0 %" in said.out, said.out


# ------------------------------------------------------------------------------------------------------ another metric


def test_a_table_is_judged_by_another_metric(wengu: Wengu) -> None:
    said = wengu("diagnose", _write(10, 110), "--metric", "balanced-accuracy")
    assert said.code == 0 and said.out.startswith("  balanced accuracy, higher is better\n"), said.out + said.err
    assert "  dev          89.0 %" in said.out
    unsure = wengu("diagnose", _write(10, 12), "--metric", "balanced-accuracy").out
    assert "wengu diagnose predictions.csv --metric balanced-accuracy --human BALANCED-ACCURACY" in unsure
    assert "F1 cat" in wengu("diagnose", "predictions.csv", "--metric", "F1 cat").out


def test_another_metric_of_a_run_is_shown_and_not_kept(wengu: Wengu) -> None:
    run = old_run(Path("runs/old"))
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    said = wengu("diagnose", "runs/old", "--metric", "macro-f1", "--human", 0.99)
    assert said.code == 0, said.err
    assert "  macro-F1, higher is better\n  human        99.0 %\n" in said.out
    assert said.out.endswith("  not kept: the run is still judged by error\n")
    assert {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file() and path.name != "lock"} == before
    assert "not kept" not in wengu("diagnose", "runs/old", "--metric", "error", "--human", 0.01).out
    assert run.settings()[0]["human"] == 0.01


def test_mistakes_about_metrics_are_one_line(wengu: Wengu) -> None:
    old_run(Path("runs/old"))
    write_run(Path("runs/style"), None, {})
    for words, message in (
        ((_write(1, 2), "--metric", "macro-f2"), "metric: 'macro-f2' is unknown; did you mean macro-f1?"),
        (("runs/old", "--metric", "acuracy"), "metric: 'acuracy' is unknown"),
        (("runs/old", "--human", 5), "human: expected a rate from 0 to 1, such as 0.05, or counts, such as 5/100, got 5; for 5 % give 0.05"),
        (("runs/style",), "runs/style has no metric: there is nothing to judge it by"),
        (("runs/style", "--metric", "error"), "runs/style has no metric"),
    ):
        said = wengu("diagnose", *words)
        assert said.code == 2 and said.err.count("\n") == 1 and message in said.err, said.err


def test_a_metric_that_cannot_be_measured_opens_no_test_set(wengu: Wengu) -> None:
    run = old_run(Path("runs/old"))
    for words in (("--metric", "F1 catt"), ("--metric", "macro-f1", "--human", 7)):
        said = wengu("diagnose", "runs/old", "--open-test", *words)
        assert said.code == 2 and ("did you mean F1 cat?" in said.err or "human: expected a rate from 0 to 1" in said.err)
    assert run.facts()["test_opened"] == 0 and not (run.path / "predictions" / "test.csv").exists()


# -------------------------------------------------------------------------------------------------------- sets that lack
def _only(*sets: str, wrong: int = 11, m: int = 100) -> Path:
    rows = [f"{name},{('cat', 'dog')[i % 2]},{'cat' if i < 2 * wrong else ('cat', 'dog')[i % 2]}" for name in sets for i in range(m)]
    path = Path("predictions.csv")
    path.write_text("\n".join(["set,truth,predicted", *rows]) + "\n")
    return path


@pytest.mark.parametrize("sets", [("dev",), ("test",), ("dev", "test"), ("train",), ("train-dev", "dev"), ("train", "test")])
def test_sets_alone_say_what_they_can(wengu: Wengu, sets: tuple[str, ...]) -> None:
    """Their values, with Wilson's interval of 11 in 100, and what the set that lacks would tell."""
    said = wengu("diagnose", _only(*sets))
    assert (said.code, said.err) == (0, "")
    for name in sets:
        assert re.search(rf"^  {name} +11\.0 %  \[6\.3, 18\.6\] +100 examples$", said.out, re.MULTILINE), said.out
    assert ("add rows with the set dev" if "train" in sets else "add rows with the set train") in said.out
    assert "cause cannot be told" in said.out or "train" in sets
    assert "dog taken for cat: 11 of 50, 22%" in said.out


def test_dev_alone_beside_people_and_always_one_answer(wengu: Wengu) -> None:
    assert "  dev is 6.0 points worse than people." in wengu("diagnose", _only("dev"), "--human", 0.05).out
    assert "  dev is no worse than people." in wengu("diagnose", _only("dev"), "--human", 0.2).out
    assert "macro-F1, higher is better\n  dev " in wengu("diagnose", _only("dev"), "--metric", "macro-f1").out
    assert "not clearly better than always answering" in wengu("diagnose", _only("dev", wrong=50)).out
    assert wengu("diagnose", _only("dev"), "--human", 5).err.startswith("wengu: human: expected a rate from 0 to 1")
    assert "没有训练集的预测" in wengu("diagnose", _only("dev"), "--lang", "zh").out


def test_a_share_below_one_in_a_hundred_has_a_decimal(wengu: Wengu) -> None:
    said = wengu("diagnose", _write(10, 9, m=1983)).out
    assert "cat taken for dog: 9 of 1983, 0.5%" in said
    assert "cat taken for dog: 20 of 1983, 1%" in wengu("diagnose", _write(10, 20, m=1983)).out
