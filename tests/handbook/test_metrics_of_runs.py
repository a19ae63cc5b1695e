"""What the browser is told of runs that are judged by BLEU, perplexity, an error of format 1, or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.handbook.conftest import TOKEN, Browser, Here
from tests.judged_runs import DEV, TRAIN, blocks, old_run, sentences
from wengu.adviser.diagnose import judge
from wengu.core.run_folder import RunFolder
from wengu.handbook.server import app_of
from wengu.practice import Perplexity

Made = Callable[..., RunFolder]


@pytest.fixture
def asked(judged_run: Made, tmp_path: Path) -> Browser:
    """A browser on these runs: two of BLEU, one of perplexity, one of format 1, and one without a metric."""
    judge(judged_run("bleu"))
    judge(judged_run("better", sets={"train": sentences(TRAIN), "dev": sentences([h + 1 for h in DEV])}))
    judged_run("ppl", Perplexity(), {"train": blocks(90, 2.7), "dev": blocks(90, 3.1)}, task="77")
    judged_run("style", None, {}, task="88")
    old_run(tmp_path / "runs" / "old")
    return Browser(app_of(Here(), tmp_path / "runs", token=TOKEN))  # type: ignore[arg-type]


def test_a_run_is_told_with_its_metric_and_in_its_own_unit(asked: Browser) -> None:
    runs = {run["name"]: run for run in asked.get("/api/runs").json["runs"]}
    assert {name: run["dev_in_words"] for name, run in runs.items()} == {
        "bleu": "36.8", "better": "36.8", "ppl": "22.3", "style": "", "old": "3.0\u00a0%"}
    assert runs["bleu"]["metric"] == {"name": "BLEU", "direction": "higher", "scale": "number", "unit": "sentence", "worth": 1.0,
                                      "in_words": "BLEU", "on_dev": "BLEU on dev"}
    assert runs["old"]["metric"]["scale"] == "rate" and runs["old"]["metric"]["on_dev"] == "dev error"
    assert runs["style"]["metric"] is None and runs["style"]["dev_metric"] is None
    chinese = {run["name"]: run for run in asked.get("/api/runs?lang=zh").json["runs"]}
    assert chinese["ppl"]["metric"]["in_words"] == "困惑度"
    rows = asked.post("/api/rows", {"after": {"bleu": 0}}).json["bleu"]
    assert rows["rows"][4]["dev_BLEU"] == 36.833 and rows["run"]["metric"]["name"] == "BLEU"


def test_a_card_has_the_metrics_own_numbers_and_a_gallery_of_classes_alone(asked: Browser) -> None:
    card = asked.get("/api/runs/bleu/card").json
    assert (card["metric"], card["gallery"]) == ("BLEU, higher is better", None)
    assert [row["value"] for row in card["rows"]] == ["50.0", "36.8"] and card["rows"][1]["n"] == "300 sentences"
    assert "%" not in json.dumps(card["rows"])
    assert asked.get("/api/runs/ppl/card?lang=zh").json["metric"] == "困惑度，越低越好"
    assert len(asked.get("/api/runs/old/card").json["gallery"]) == 9
    assert asked.get("/api/runs/style/card").json == {
        "told": "This run has no metric, so there is nothing to judge it by.", "resume": ""}


def test_a_comparison_says_which_is_better_and_what_is_not_compared(asked: Browser) -> None:
    found = asked.get("/api/compare?run=bleu&run=better&run=old").json
    assert found["on_dev"] == "BLEU on dev"
    first, second, third = found["runs"]
    assert (first["dev_in_words"], second["dev_in_words"], third["dev_in_words"]) == ("36.8", "41.8", "3.0\u00a0%")
    assert second["against_first"]["in_words"] == "+5.0 [+5.0, +5.0] better on these examples; one seed each" and third["against_first"] is None
    assert third["on_dev"] == "dev error" and not third["same_task"]
    said, of_seeds = found["notes"]
    assert said == "old: only settings are compared: bleu is another task, and a value of one task says nothing about the other."
    assert of_seeds.startswith("Seed noise was not measured: another seed alone may do as much.")
    refused = asked.get("/api/compare?run=bleu&run=style")
    assert refused.status == 400 and "style has no metric" in refused.json["error"]
