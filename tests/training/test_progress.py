"""What is shown while a model trains: the metric by its own name and in its own unit."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import torch
from rich.console import Console
from torch import nn

from wengu.core.i18n import use_language
from wengu.practice import ErrorRate, FunctionMetric, Metric
from wengu.training import Judge, fit
from wengu.training.progress import Shown, _line
from wengu.training.state import State

X = torch.linspace(-1, 1, 60)[:, None]
Y = (X[:, 0] > 0).long()


def trained(metric: Metric | None, **judge: Any) -> list[str]:
    """The lines of two epochs."""
    out = io.StringIO()
    judged = None if metric is None else Judge(lambda model, batch, z: z.argmax(dim=1), metric, **judge)
    fit(nn.Linear(1, 2), (X, Y), (X, Y), loss_fn=nn.functional.cross_entropy, judge=judged, epochs=2,
        watcher=Shown(Console(file=out, width=200)))
    return out.getvalue().splitlines()


def bleu_of(value: float) -> Metric:
    return FunctionMetric(lambda y, y_hat: value, "BLEU", "higher", "number", worth=1.0)


def test_a_number_is_shown_as_it_is_and_an_error_in_percent() -> None:
    assert all("BLEU on dev   36.8 " in line and "%" not in line for line in trained(bleu_of(36.83)))
    for line in trained(ErrorRate()):
        assert "dev error " in line and " % " in line
    assert not any("dev error" in line or "%" in line for line in trained(None))
    use_language("zh")
    assert all("BLEU（开发集）   36.8 " in line for line in trained(bleu_of(36.83)))


def test_an_epoch_that_was_not_judged_shows_nothing() -> None:
    first, second = trained(bleu_of(36.83), every=2)
    assert "BLEU" not in first and "BLEU on dev   36.8" in second


@pytest.mark.parametrize(("value", "shown"), [(36.83, "BLEU on dev 36.8"), (np.float64(22.31), "BLEU on dev 22.3")])
def test_the_live_line_has_it_too(value: float, shown: str) -> None:
    state = State(epochs=3, steps_per_epoch=2, examples_per_step=8, step=4, dev={"dev_BLEU": value, "dev_cost": 0.5})
    out = io.StringIO()
    console = Console(file=out, width=200)
    console.print(_line(state))
    assert "BLEU" not in out.getvalue()
    state.metric = {"name": "BLEU", "direction": "higher", "scale": "number", "unit": "sentence", "worth": 1.0}
    console.print(_line(state))
    assert shown in out.getvalue()
