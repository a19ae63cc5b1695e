"""A training started from a page: one at a time, told by its run, ended as by Ctrl-C."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.handbook.conftest import TOKEN, Browser
from tests.waiting import until
from wengu.core.checks import InputError
from wengu.handbook.server import app_of
from wengu.handbook.training import TrainingProcess

FIT = """
import json, pathlib, signal, sys, time
words = sys.argv[1:]
assert words[:2] == ["fit", "lenet5"] and words[-2:] == ["--lang", "en"], words
folder = pathlib.Path(words[words.index("--runs") + 1]) / words[words.index("--name") + 1]
if "--epochs" in words:
    sys.exit("wengu: epochs: expected at least 1, got 0")
time.sleep(0.2)
folder.mkdir(parents=True)
try:
    (folder / "run.json").write_text("{}")
    time.sleep(600)
except KeyboardInterrupt:
    (folder / "checkpoint").touch()
"""


@pytest.fixture
def training(tmp_path: Path) -> Iterator[TrainingProcess]:
    made = TrainingProcess(tmp_path / "runs", (sys.executable, "-c", FIT))
    yield made
    made.close()


def test_one_is_trained_at_a_time_and_stopped_as_by_ctrl_c(training: TrainingProcess, tmp_path: Path) -> None:
    assert training.name is None
    assert training.start("lenet5 --dropout 0.5", page="convnets/lenet5", lang="en") == "lenet5-notes" == training.name
    with pytest.raises(InputError, match="lenet5-notes is being trained; wait for it, or stop it first"):
        training.start("lenet5", page="convnets/lenet5", lang="en")
    training.stop()
    training.stop()
    until(lambda: training.name is None)
    assert (tmp_path / "runs" / "lenet5-notes" / "checkpoint").exists()
    assert training.start("lenet5", page="convnets/lenet5", lang="en") == "lenet5-notes-2"
    training.close()
    assert (tmp_path / "runs" / "lenet5-notes-2" / "checkpoint").exists(), "it ends with the handbook"


def test_what_ends_before_there_is_a_run_tells_why(training: TrainingProcess) -> None:
    with pytest.raises(InputError, match="^epochs: expected at least 1, got 0$"):
        training.start("lenet5 --epochs 0", page="convnets/lenet5", lang="en")
    assert training.name is None


def test_stopping_nothing_is_nothing(training: TrainingProcess) -> None:
    training.stop()
    training.close()


class Started:
    """In the place of a training: the first goes on for ever."""

    name: str | None = None

    def start(self, words: str, *, page: str, lang: str, offer: str) -> str:
        if self.name:
            raise InputError(f"{self.name} is being trained")
        self.name = f"{words}, {lang}"
        return self.name

    def now(self) -> dict[str, str | None]:
        return {"name": self.name}

    def stop(self) -> None:
        self.name = None


def test_only_what_a_page_offers_is_started(tmp_path: Path) -> None:
    browser = Browser(app_of(None, tmp_path, token=TOKEN, training=Started()))  # type: ignore[arg-type]
    offered = {"page": "convnets/lenet5", "words": "lenet5"}
    for odd in ({"page": "\ud800"}, {"page": "../x"}, {"page": None}, {"words": "lenet5 --epochs 1"}, {"words": ["lenet5"]}, {"words": None}, {"page": "models/softmax"}):
        assert browser.post("/api/fit", offered | odd).status == 404, odd
    assert browser.get("/api/fit").json == {"name": None}
    assert browser.post("/api/fit", offered, x_wengu_token="").status == 403
    assert browser.post("/api/fit", offered, origin="http://elsewhere").status == 403
    assert browser.get("/api/fit").json == {"name": None}
    assert browser.post("/api/fit?lang=zh", offered).json == browser.get("/api/fit").json == {"name": "lenet5, zh"}
    again = browser.post("/api/fit", offered)
    assert (again.status, again.json) == (409, {"error": "lenet5, zh is being trained"})
    assert browser.post("/api/fit/stop", {}).json == {"name": None}


def test_settings_of_the_figures_are_clamped_and_go_into_the_command(tmp_path: Path) -> None:
    browser = Browser(app_of(None, tmp_path, token=TOKEN, training=Started()))  # type: ignore[arg-type]
    given = {"page": "gradient_descent/descent", "words": "lenet5 --optim sgd --lr {rates.lr}"}
    for state, lr in (({"rates": {"lr": 0.75}}, "0.75"), ({"rates": {"lr": "1; rm -r /"}}, "0.3"), ({"rates": {"lr": 99}}, "2.3"),
                      ({}, "0.3"), ("odd", "0.3"), ({"rates": None, "landscape": {"lr": 1}}, "0.3")):
        assert browser.post("/api/fit", given | {"state": state}).json == {"name": f"lenet5 --optim sgd --lr {lr}, en"}, state
        browser.post("/api/fit/stop", {})
    assert browser.post("/api/fit", given | {"words": "lenet5 --optim sgd --lr 0.75"}).status == 404, "not as it is offered"


def test_what_is_trained_is_known_by_what_the_page_offers(training: TrainingProcess) -> None:
    training.start("lenet5 --dropout 0.2", page="regularisation/dropout", lang="en", offer="lenet5 --dropout {1-masks.keep_prob}")
    assert training.now() == {"name": "lenet5-notes", "page": "regularisation/dropout",
                              "words": "lenet5 --dropout {1-masks.keep_prob}", "stopping": False}
