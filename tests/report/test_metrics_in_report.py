"""Reports of runs that are judged by BLEU, by perplexity, or whose answers are no classes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.judged_runs import DEV, TRAIN, blocks, old_run, sentences
from tests.report.page import HOSTILE, Page, gone, png
from wengu.adviser.card import Card
from wengu.adviser.diagnose import card_of
from wengu.core.i18n import use_language
from wengu.core.run_folder import RunFolder
from wengu.practice import ErrorRate, FunctionMetric, Metric, Perplexity, ledger_of
from wengu.report.parts.ledger_chart import ledger_chart
from wengu.report.parts.worst import LONG, MOST, worst
from wengu.report.report import report
from wengu.running.predictions import Predicted

SECTIONS = ["ledger", "next", "curves", "worst", "parameters", "chosen", "files"]

Made = Callable[..., RunFolder]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_bleu_is_a_number_and_its_sections_have_something_in_them(judged_run: Made, language: str) -> None:
    run = judged_run("a")
    use_language(language)  # type: ignore[arg-type]
    page = Page(report(run, card_of(run), gone))
    assert [values["id"] for values in page.all("h2")] == SECTIONS
    words = page.words("ledger") + page.words("head")
    assert " 36.8 [3" in words and "50.0" in words and "%" not in words.replace("95%", "")
    assert ("BLEU, higher is better" in words) == (language == "en") and ("BLEU，越高越好" in words) == (language == "zh")


def test_the_ledger_of_bleu_has_its_units_and_steps_towards_the_worse(judged_run: Made) -> None:
    run = judged_run("a")
    words = Page(report(run, card_of(run), gone)).words("ledger")
    assert re.search(r"train 300 sentences 50\.0 \[", words) and re.search(r"dev 300 sentences 36\.8 \[", words)
    assert re.search(r"variance \+13\.2 \[\+\d\d\.\d, \+\d\d\.\d\] the cause", words)
    assert "A bar is the BLEU on one set" in words and "points" not in words
    assert "The BLEU that people reach is unknown" in words and "Human error" not in words


def test_curves_are_those_of_the_metric(judged_run: Made) -> None:
    page = Page(report(run := judged_run("a"), card_of(run), gone))
    assert "BLEU on dev" in page.words("curves") and "epoch 5: 36.8" in page.words("curves")
    about = [values["aria-label"] for values in page.all("svg")]
    assert about[1] == "BLEU on dev: 18.4 at first, 32.2 at last, highest 36.8 in epoch 5."
    assert page.html.count("<svg") == 3 and "%" not in page.html.split("<svg")[2].partition("</svg>")[0]
    perplexity = judged_run("b", Perplexity(), {"train": blocks(90, 2.7), "dev": blocks(90, 3.1)})
    words = Page(report(perplexity, card_of(perplexity), gone)).words("curves")
    assert "Perplexity on dev" in words and "epoch 5: 22.3" in words
    assert re.search(r"answer \[\d{3}\.\d, 100\]", Page(report(perplexity, card_of(perplexity), gone)).words("worst"))
    use_language("zh")
    assert "困惑度（开发集）" in Page(report(perplexity, card_of(perplexity), gone)).words("curves")


def test_a_rate_that_is_no_error_keeps_its_percent(judged_run: Made) -> None:
    run = judged_run("a", ErrorRate(unit="picture"), {part: (["a", "b"] * 40, ["a"] * 80) for part in ("train", "dev")})
    page = Page(report(run, card_of(run), gone))
    assert "train 80 pictures 50.0 % [" in page.words("ledger") and "error in %" in page.words("ledger")
    assert "Dev error" in page.words("curves") and "confusions" not in page.text and "classes" not in page.words("head")


def test_weights_kept_are_those_of_the_best_metric(judged_run: Made) -> None:
    run = judged_run("a", settings={"monitor": "metric"})
    assert "of epoch 5 (step 50), with the best BLEU on dev" in Page(report(run, card_of(run), gone)).words("head")


def test_the_worst_come_first_each_by_itself(judged_run: Made) -> None:
    hits = [20, 9, 1, 14, *[19] * 30]
    run = judged_run("a", sets={"train": sentences(TRAIN), "dev": sentences(hits)})
    page = Page(report(run, card_of(run), lambda name, i: png() if i == "dev-2" else {"pages": "7"}))
    words = page.words("worst")
    assert f"The worst {MOST} of 34 sentences." in words
    places = [words.index(f"{value} dev-{k}") for value, k in (("5.0", 2), ("45.0", 1), ("70.0", 3), ("95.0", 4))]
    assert places == sorted(places) and "100.0 dev-0" not in words
    assert "truth word1 word2" in words and "answer word1 word2" in words and "pages 7" in words
    assert len(page.all("img", **{"class": "sharp"})) == 1


@pytest.mark.parametrize("metric", [
    FunctionMetric(lambda y, y_hat: float(len(y) - 1) / float(len(y) - 1), "none of one", "higher", "number", worth=0.1),
    FunctionMetric(lambda y, y_hat: 3.0, "the same", "lower", "number", worth=0.1),
], ids=lambda metric: metric.name)
def test_what_says_nothing_of_one_alone_has_no_section(metric: Metric) -> None:
    assert worst(Predicted(("a", "b"), (1.0, 2.0), (1.5, 2.5), of_classes=False), metric, gone) is None


def test_answers_are_text_and_never_markup(judged_run: Made) -> None:
    long = " ".join(["word"] * 200)
    run = judged_run("a", sets={"train": sentences(TRAIN), "dev": ([HOSTILE, long, *sentences(DEV)[0]],
                                                                  ["x", HOSTILE, *sentences(DEV)[1]])})
    page = Page(report(run, card_of(run), gone))
    assert len(page.all("script")) == 1 and page.text["worst"].count(HOSTILE) == 2
    assert long[:LONG] + " …" in page.text["worst"] and long not in page.html


def test_values_below_0_are_drawn_to_the_left_of_it() -> None:
    """A correlation lies between -1 and 1."""
    from wengu.practice import Records

    metric = FunctionMetric(lambda y, y_hat: float((y * y_hat).mean()), "agreement", "higher", "number", worth=0.05)
    sets = {"train": Records([1.0] * 40, [0.8] * 40), "dev": Records([1.0] * 40, [-0.2] * 40)}
    section = ledger_chart(Card(ledger_of(sets, metric=metric), ()))
    bars = {line["name"]: line for line in section["lines"] if line["kind"] == "bar"}
    ticks = {label: place for place, label in section["ticks"]}
    assert bars["dev"]["value"] == "−0.20" and bars["train"]["value"] == "0.80"
    assert bars["train"]["left"] == ticks["0.0"] and bars["dev"]["left"] < ticks["0.0"]
    assert bars["dev"]["left"] + bars["dev"]["width"] == pytest.approx(ticks["0.0"], abs=0.02)


def test_a_run_of_format_1_has_the_report_that_it_had(tmp_path) -> None:  # type: ignore[no-untyped-def]
    run = old_run(tmp_path / "old")
    page = Page(report(run, card_of(run), gone))
    assert [values["id"] for values in page.all("h2")] == ["ledger", "next", "curves", "confusions", "probabilities",
                                                           "gallery", "parameters", "chosen", "files"]
    assert "dev 300 examples 3.0 % [" in page.words("ledger") and "epoch 2: 3.0 %" in page.words("curves")
    assert "of epoch 2 (step 20), with the best dev error" in page.words("head") and "2 classes" in page.words("head")
