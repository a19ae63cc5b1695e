"""`wengu learning-curve`: of a run, and of anybody's numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Wengu


def test_a_run_is_trained_with_less_and_the_report_and_the_advice_know_it(wengu: Wengu, iris: Path) -> None:
    wengu("fit", "softmax", "--data", iris, "--target", "species", "--name", "a", "--epochs", "3")
    said = wengu("learning-curve", "runs/a", "--reach", "0.01")
    assert said.code == 0, said.err
    assert "training on 22, 45 of the examples, about " in said.out and "Ctrl-C loses nothing" in said.out
    assert "Twice the data: dev error " in said.out and " 1.0 %" in said.out.splitlines()[-1]
    assert "whether it would help" not in wengu("diagnose", "runs/a").out
    assert wengu("runs").out.count("softmax, iris.csv") == 1
    again = wengu("learning-curve", "runs/a")
    assert "training on" not in again.out and "Twice the data" in again.out


def test_anybodys_numbers(wengu: Wengu) -> None:
    Path("c.csv").write_text("n,train,dev\n100,0.01,0.3328\n200,0.03,0.25\n400,0.06,0.1914\n800,0.08,0.15\n")
    said = wengu("learning-curve", "c.csv", "--dev-examples", "2000", "--reach", "0.1")
    assert said.code == 0 and "Twice the data: dev error 12.1 % [" in said.out and "10.0 % would take about 3,200 examples, " in said.out
    assert "数据加倍：开发集误差 12.1 %" in wengu("learning-curve", "c.csv", "--dev-examples", "2000", "--lang", "zh").out


def test_bad_input_is_one_line(wengu: Wengu) -> None:
    Path("c.csv").write_text("a,b\n1,2\n")
    for words, message in ((("c.csv",), "expected the columns n and dev"), (("none.csv",), "No such file"),
                           ((".", "--dev-examples", "5"), "--dev-examples: it is for a CSV file"), ((".",), "is not a run folder")):
        said = wengu("learning-curve", *words)
        assert said.code == 2 and said.err.count("\n") == 1 and message in said.err, said.err


def test_ctrl_c_in_the_first_seconds_says_how_to_go_on(wengu: Wengu, iris: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wengu("fit", "softmax", "--data", iris, "--target", "species", "--name", "a", "--epochs", "2")

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("wengu.project.learning_curves.fit_again", stopped)
    said = wengu("learning-curve", "runs/a", "--repeat", 3)
    assert said.code == 130
    sizes = said.out.split("training on ")[1].split(" of the examples, under up to 3 seeds each")[0].split(", ")
    assert sizes[:2] == ["22", "45"] and len(sizes) == len(set(sizes)) == 3
    assert "stopped; what is trained is kept, and the same command goes on: wengu learning-curve runs/a --repeat 3" in said.out
    monkeypatch.setattr("wengu.project.learning_curve_of", stopped)
    assert "goes on: wengu learning-curve runs/a --sizes 4\n" in wengu("learning-curve", "runs/a", "--sizes", 4).out
