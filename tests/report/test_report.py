"""The report says what the run folder holds, escapes the user's words, and loads nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest

from tests.report.page import HOSTILE, Page, pictures
from wengu.adviser.compare import Change
from wengu.core.i18n import use_language
from wengu.report.report import report
from wengu.training import Check, Preflight

SECTIONS = ["ledger", "next", "curves", "confusions", "probabilities", "gallery", "parameters", "chosen", "files"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_section_stands_in_order_in_either_language(made_run, language) -> None:
    run, card = made_run(human=None)
    use_language(language)
    page = Page(report(run, card, pictures))
    assert [values["id"] for values in page.all("h2")] == SECTIONS
    assert page.all("html") == [{"lang": language}]
    assert page.elements[0][0] == "html" and page.html.startswith("<!doctype html>")
    assert ("Learning curves" in page.html) == (language == "en")
    assert ("学习曲线" in page.html) == (language == "zh")
    assert all(values.get("alt") for values in page.all("img"))
    assert all(values.get("aria-label") or values.get("aria-hidden") for values in page.all("svg"))
    ids = [values["id"] for _, values in page.elements if "id" in values]
    assert len(ids) == len(set(ids))


def test_what_was_checked_before_training_has_its_section(made_run) -> None:
    run, card = made_run()
    assert 'id="preflight"' not in report(run, card, pictures)  # a run of before there was a pre-flight
    found = Preflight((Check("inputs", "ok", "all finite"), Check("balance", "warning", HOSTILE, "get more of it")), 1.0)
    run.write_json("preflight.json", found.to_dict())
    page = Page(report(run, card, pictures))
    assert [values["id"] for values in page.all("h2")] == [*SECTIONS[:2], "preflight", *SECTIONS[2:]]
    cells = [[cell.strip() for cell in row] for row in page.tables[0]]
    assert cells[1:] == [["inputs", "ok", "all finite"], ["balance", "warning", f"{HOSTILE}→ get more of it"]]
    use_language("zh")
    assert "类别均衡" in report(run, card, pictures)
    (run.path / "preflight.json").write_text('{"checks": [{"name": "inputs"}]}')
    assert 'id="preflight"' not in report(run, card, pictures)


def test_the_head_says_what_run_it_is_and_the_verdict(made_run) -> None:
    run, card = made_run()
    page = Page(report(run, card, pictures))
    head = page.words("head")
    assert card.ledger.sentences()[0] == "Cause: high variance." and "Cause: high variance." in head
    for words in ("lenet5-pets", "pets/", "3 classes", "train 300 · dev 81 · test 90", "9 of 30 epochs in 3 min 12 s",
                  "ended early", "of epoch 8 (step 80), where the dev cost was lowest"):
        assert words in head


def test_the_ledger_shows_values_and_marks_the_cause(made_run) -> None:
    page = Page(report(*made_run(), pictures))
    words = page.words("ledger")
    assert "human as given 1.0 %" in words
    assert "train 300 examples 0.3 %" in words  # 1 of 300 wrong
    assert "dev 81 examples 11.1 %" in words  # 9 of 81 wrong
    assert re.search(r"variance \+10\.8 points \[\+[\d., +]+\] the cause", words)
    assert re.search(r"bias −0\.7 points \[[−+\d., ]+\] not a cause", words)
    assert "test sealed opened 0 times" in words
    assert len(page.all("li", **{"class": "step cause"})) == 1


def test_of_sets_in_doubt_no_cause_is_named_and_why_is_said(made_run) -> None:
    run, card = made_run()
    doubted = replace(card, ledger=replace(card.ledger, in_doubt=("dev",)), suspicious=("dev: a is called b in 9 of 9",))
    page = Page(report(run, doubted, pictures))
    assert "See the sets first: what is said of the model by dev is in doubt." in page.words("head")
    assert "high variance" not in page.words("head") and "the cause" not in page.words("ledger")
    assert "dev: a is called b in 9 of 9" in page.words("ledger") and "see the sets first" in page.words("ledger")


def test_an_opened_test_set_is_counted_ever_after(made_run) -> None:
    page = Page(report(*made_run(test={("cat", "cat"): 45, ("dog", "cat"): 5}, opened=2), pictures))
    assert "test 50 examples · opened 2 times 10.0 %" in page.words("ledger")
    assert "sealed" not in page.words("ledger")


def test_unknown_human_error_is_said(made_run) -> None:
    assert "human unknown give it by --human" in Page(report(*made_run(human=None), pictures)).words("ledger")


def test_bars_and_gaps_are_drawn_to_one_scale(made_run) -> None:
    """Widths are to each other as the values; a gap reaches from the end of one bar to the end of the next."""
    run, card = made_run()
    page = Page(report(run, card, pictures))
    style = {kind: [values["style"] for values in page.all("i", **{"class": kind})] for kind in ("fill", "span")}
    widths = [float(re.fullmatch(r"width:([\d.]+)%", one)[1]) for one in style["fill"]]
    values = [row.value for row in card.ledger.rows]
    scale = widths[2] / values[2]
    assert widths == pytest.approx([scale * value for value in values], abs=0.01) and 50 < max(widths) <= 100
    left, width = map(float, re.fullmatch(r"left:([\d.]+)%;width:([\d.]+)%", style["span"][1]).groups())
    assert (left, left + width) == pytest.approx((widths[1], widths[2]), abs=0.02)


def test_all_steps_with_commands_and_what_the_last_change_bought(made_run, since: Change) -> None:
    run, card = made_run(since=since)
    page = Page(report(run, card, pictures))
    words = page.words("next")
    assert "Get more training data." in words and "(7 times the examples)" in words
    assert "wengu fit lenet5 --data more-pets/" in words and "Try another architecture." in words
    assert " ".join(str(since).split()) in words
    assert "What the last change did" not in Page(report(*made_run("other"), pictures)).words("next")


def test_curves_mark_the_best_epoch(made_run) -> None:
    page = Page(report(*made_run(), pictures))
    words = page.words("curves")
    dots = [values["cx"] for values in page.all("circle")]
    assert [values["d"].partition(",")[0] for values in page.all("path", **{"class": "mark"})] == [f"M{dots[7]}"] * 2
    assert "best: epoch 8" in words and "with dropout and augmentation" in words
    for part in ("Cost J", "Dev error", "Learning rate α"):
        assert part in words


def test_a_run_interrupted_before_its_first_epoch(made_run) -> None:
    page = Page(report(*made_run(epochs=0), pictures))
    assert "No epoch was finished" in page.words("curves") and "<svg" not in page.html.partition('id="confusions"')[0]
    assert "no epoch was finished" in page.words("head") and "interrupted" in page.words("head")


def test_parameters_with_shape_and_count(made_run) -> None:
    page = Page(report(*made_run(), pictures))
    rows = page.tables[3]
    assert [row[0] for row in rows[1:3]] == ["1.c1.weight", "1.c1.bias"] and rows[1][1] == "W^[1]"
    assert rows[1][2:4] == ["6 × 1 × 5 × 5", "150"]
    total = next(row for row in rows if row[0] == "all learned parameters")
    assert total[3] == "61,111"  # LeNet-5's 61,706 less 7 of its 10 classes, 85 each
    assert {row[0]: row[4] for row in rows[1:]}["0.mean"] == "not learned"
    assert "61,111 parameters" in page.words("head")


def test_a_run_whose_network_cannot_be_made_again(made_run) -> None:
    run, card = made_run()
    run.note(network="lenet6")
    page = Page(report(run, card, pictures))
    assert "its parameters are not known" in page.words("parameters")
    assert "parameters" not in page.words("head")


def test_settings_say_where_they_came_from(made_run) -> None:
    page = Page(report(*made_run(human=None), pictures))
    table = {row[0].split()[0]: row[1:] for row in page.tables[4][1:]}
    assert table["lr"] == ["0.003", "mine.toml ●"] and table["data"] == ["pets/", "command line ●"]
    assert table["seed"] == ["7", "environment variable ●"] and table["epochs"] == ["30", "default"]
    assert table["network"] == ["lenet5", "the name of the network"] and table["human"] == ["–", "default"]
    assert len(page.all("tr", **{"class": "mine"})) == 3


def test_it_says_how_to_use_the_network(made_run) -> None:
    run, card = made_run("a b")
    words = Page(report(run, card, pictures)).words("files")
    assert f"wengu predict '{run.path}' photo.png" in words and json.dumps(str(run.path)) in words
    assert "split.csv" in words and "torch" in words


def test_the_users_words_are_never_markup(made_run) -> None:
    dev = {(HOSTILE, HOSTILE): 20, (HOSTILE, '" onload="x'): 3, ('" onload="x', '" onload="x'): 20}
    run, card = made_run("<img src=x>", dev=dev)
    run.write_settings({"data": HOSTILE}, {"data": HOSTILE})
    page = Page(report(run, card, pictures))
    assert len(page.all("script")) == 1
    assert all(values["src"].startswith("data:") for values in page.all("img"))
    assert not any(key.startswith("on") for _, values in page.elements for key in values)
    for section in ("head", "confusions", "probabilities", "gallery", "chosen"):
        assert HOSTILE in page.text[section]
    assert page.tables[0][2][0] == HOSTILE


def test_nothing_is_loaded_and_only_our_own_script_may_run(made_run) -> None:
    """The policy's hash, computed anew from the script as it stands in the page, as a browser does."""
    html = report(*made_run(), pictures)
    policy = Page(html).all("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"]
    script = re.search(r"<script>(.*?)</script>", html, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.startswith("default-src 'none';") and f"script-src 'sha256-{digest}'" in policy
    assert "http" not in policy and not re.search(r"(https?:)?//[a-z]", html.replace(script, ""))
