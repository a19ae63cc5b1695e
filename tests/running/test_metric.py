"""What a run is judged by."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.judged_runs import Bleu, old_run
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.practice import ErrorRate, MacroF1, MultiLabelError, Perplexity, described
from wengu.running.metric import ERROR, judged_by, metric_named, metric_object, metric_of


def test_a_run_of_format_1_was_judged_by_its_error(tmp_path: Path) -> None:
    run = old_run(tmp_path / "old")
    assert metric_of(run) == ERROR == described(ErrorRate())
    assert metric_object(run) == ErrorRate()


def test_facts_are_those_of_the_run_and_so_are_unit_and_worth(judged_run: Callable[..., RunFolder]) -> None:
    assert metric_of(judged_run("a")) == described(Bleu())
    own = judged_run("b", ErrorRate(unit="sentence", worth=0.002), {})
    assert metric_object(own) == ErrorRate(unit="sentence", worth=0.002)
    assert metric_object(judged_run("c", Bleu(unit="document", worth=3.0), {})) == Bleu("document", 3.0)
    for k, metric in enumerate((Perplexity(), MultiLabelError(), MacroF1())):
        assert metric_object(judged_run(f"{k}", metric, {})) == metric


def test_a_run_may_have_no_metric(judged_run: Callable[..., RunFolder]) -> None:
    run = judged_run("a", None, {})
    assert metric_of(run) is None
    for ask in (judged_by, metric_object):
        with pytest.raises(InputError, match="a has no metric: there is nothing to judge it by"):
            ask(run)  # type: ignore[operator]
    run.note(metric={"name": "BLEU"})
    with pytest.raises(InputError, match=r'run\.json cannot be read: metric is \{"name": "BLEU"\}, which wengu does not write'):
        metric_of(run)


def test_another_metric_is_named_as_a_command_has_it_or_by_its_name(judged_run: Callable[..., RunFolder]) -> None:
    run = judged_run("a", ErrorRate(), {})
    for name in ("bleu", "BLEU"):
        assert metric_object(run, name) == Bleu()
    assert metric_named("macro-f1") == metric_named("macro-F1") == metric_object(run, "macro-f1") == MacroF1()
    assert metric_named("F1 big cat").name == "F1 big cat"
    with pytest.raises(InputError, match=r"metric: 'blue' is unknown; did you mean bleu\? Choose from: balanced-accuracy, bleu"):
        metric_object(run, "blue")
    with pytest.raises(InputError, match="metric: 'bleu' is unknown. Choose from: balanced-accuracy, error, macro-f1"):
        metric_named("bleu")


def test_facts_need_no_numpy_and_known_metrics_no_torch(tmp_path: Path) -> None:
    import subprocess
    import sys

    old_run(tmp_path / "old")
    code = ("import sys; from wengu.core.run_folder import RunFolder; from wengu.running.metric import *\n"
            f"run = RunFolder.open({str(tmp_path / 'old')!r}); assert metric_of(run) and 'numpy' not in sys.modules\n"
            "assert metric_object(run, 'macro-f1') and 'torch' not in sys.modules")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
