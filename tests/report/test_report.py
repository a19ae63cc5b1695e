"""The report says what the run folder holds, escapes the user's words, and loads nothing."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image

from wengu.adviser.compare import Change
from wengu.core.i18n import use_language
from wengu.report.parts.axis import ticks
from wengu.report.parts.line_chart import LEFT, LINE_GAP, RIGHT, H, W, line_chart
from wengu.report.report import report
from wengu.training import Check, Preflight

SECTIONS = ["ledger", "next", "curves", "confusions", "gallery", "parameters", "chosen", "files"]
VOID = {"meta", "link", "img"}
HOSTILE = '<script>alert("1")</script>'


def png(size: int = 4, *, noise: bool = False) -> bytes:
    """A picture: a slope of greys, or noise, which hardly compresses."""
    pixels = np.random.default_rng(0).integers(0, 256, (size, size, 3), np.uint8) if noise else \
        np.arange(size * size, dtype=np.uint8).reshape(size, size)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def pictures(name: str, i: str) -> bytes:
    """Shows any example of dev."""
    assert name == "dev" and i.startswith("dev-")
    return png()


def gone(name: str, i: str) -> None:
    """The data is gone."""


class Page(HTMLParser):
    """The report as its reader: elements with their attributes, text by section, cells by table."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html, self.open, self.elements, self.section = html, [], [], "head"
        self.text: dict[str, str] = {}
        self.tables: list[list[list[str]]] = []
        self.feed(html)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        self.elements.append((tag, values))
        if tag == "section":
            self.section = values["aria-labelledby"]
        elif tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text[self.section] = self.text.get(self.section, "") + data
            if "table" in self.open and {"td", "th"} & set(self.open):
                self.tables[-1][-1][-1] += data

    def all(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        """The attributes of every such element."""
        return [values for name, values in self.elements if name == tag and attributes.items() <= values.items()]

    def words(self, section: str) -> str:
        """A section's text, with single spaces."""
        return " ".join(self.text[section].split())


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
    assert all(values.get("aria-label") for values in page.all("svg"))
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
    assert "No epoch was finished" in page.words("curves") and not page.all("svg")
    assert "no epoch was finished" in page.words("head") and "interrupted" in page.words("head")


def test_the_confusion_matrix_holds_the_counts(made_run) -> None:
    page = Page(report(*made_run(), pictures))
    assert page.tables[0][2:] == [["cat", "24", "6", "0"], ["dog", "2", "30", "0"], ["fox", "0", "1", "18"]]
    assert len(page.all("td", **{"class": "wrong"})) == 3 and len(page.all("td", **{"class": "right"})) == 3
    words = page.words("confusions")
    assert "9 of 81 dev examples are wrong: 11.1 %." in words
    order = [words.index(f"{pair} taken for") for pair in ("cat", "dog", "fox")]
    assert order == sorted(order)
    assert "cat taken for dog 6 times, 20 % of all cat" in words and "fox taken for dog once, 5 % of all fox" in words


def test_classes_by_themselves_the_worst_first(made_run) -> None:
    page = Page(report(*made_run(), pictures))
    table = [[cell.replace("\xa0", " ") for cell in row] for row in page.tables[1]]
    assert table[1] == ["cat", "30", "6", "20.0 %", "92.3 %", "80.0 %"]  # precision 24/26
    assert [row[0] for row in table[1:]] == ["cat", "dog", "fox"]


def test_of_thirty_classes_the_twenty_worst_are_shown_and_the_rest_added_up(made_run) -> None:
    """Class k has k errors, all taken for class 0; so 10 to 29 are shown, and class 0 is among the others."""
    dev = {(f"c{k:02}", f"c{k:02}"): 40 for k in range(30)} | {(f"c{k:02}", "c00"): k for k in range(1, 30)}
    page = Page(report(*made_run(dev=dev), pictures))
    matrix = page.tables[0]
    assert [row[0] for row in matrix[2:]] == [f"c{k}" for k in range(10, 30)]
    assert matrix[1][-1] == "others" and all(len(row) == 22 for row in matrix[1:])
    assert [sum(map(int, row[1:])) for row in matrix[2:]] == [40 + k for k in range(10, 30)]
    assert [int(row[-1]) for row in matrix[2:]] == list(range(10, 30))
    assert "Of 30 classes the 20 with the most errors are shown" in page.words("confusions")
    assert len(page.tables[1]) == 1 + 30
    assert len(page.all("img")) == 48 and "48 of 435 errors." in page.words("gallery")


def test_a_class_never_predicted_has_no_precision(made_run) -> None:
    page = Page(report(*made_run(dev={("cat", "cat"): 9, ("dog", "cat"): 2, ("dog", "dog"): 0}), pictures))
    assert [row[4] for row in page.tables[1][1:]] == ["–", "81.8\xa0%"]


def test_no_error_on_dev(made_run) -> None:
    page = Page(report(*made_run(dev={("cat", "cat"): 50, ("dog", "dog"): 50}), pictures))
    assert "No dev example is wrong." in page.words("confusions")
    assert "nothing to show" in page.words("gallery") and not page.all("img") and not page.all("select")


def test_the_gallery_shows_the_surest_errors_first(made_run) -> None:
    run, card = made_run()
    page = Page(report(run, card, pictures))
    words = page.words("gallery")
    wrong = [row for row in run.read_table("predictions/dev.csv") if row["truth"] != row["predicted"]]
    wrong.sort(key=lambda row: float(row[f"p_{row['predicted']}"]), reverse=True)
    places = [re.search(rf"\b{row['id']}\b", words).start() for row in wrong]
    assert len(places) == 9 and places == sorted(places)
    first = page.all("img")[0]
    assert base64.b64decode(first["src"].removeprefix("data:image/png;base64,")) == png()
    assert first["class"] == "sharp"
    assert first["alt"] == f"{wrong[0]['id']}: truth {wrong[0]['truth']}, taken for {wrong[0]['predicted']}"


def test_rows_of_a_table_are_shown_with_their_values(made_run) -> None:
    page = Page(report(*made_run(recipe="table"), lambda name, i: {"petal length": "1.4", HOSTILE: "x"}))
    assert page.words("gallery").count("petal length 1.4") == 9 and HOSTILE in page.words("gallery")
    assert "rows.csv" in page.words("files")


def test_data_that_is_gone_leaves_the_names(made_run) -> None:
    page = Page(report(*made_run(), gone))
    assert "The data is no longer where it was" in page.words("gallery")
    assert "dev-24" in page.words("gallery") and not page.all("img")
    some = Page(report(*made_run("some"), lambda name, i: png() if i == "dev-24" else None))
    assert "The data is no longer where it was" not in some.words("gallery")
    assert len(some.all("img")) == 1 and some.words("gallery").count("no longer there") == 8


def test_heavy_pictures_are_made_smaller(made_run) -> None:
    heavy = png(400, noise=True)
    dev = {("cat", "cat"): 50, ("cat", "dog"): 60, ("dog", "dog"): 50}
    page = Page(report(*made_run(dev=dev), lambda name, i: heavy))
    assert len(heavy) > 400_000 and len(page.html.encode()) < 1_500_000
    images = page.all("img")
    assert len(images) == 48 and "class" not in images[0]
    kind, _, data = images[0]["src"].partition(";base64,")
    assert kind == "data:image/jpeg" and Image.open(io.BytesIO(base64.b64decode(data))).size == (192, 192)


def test_parameters_with_shape_and_count(made_run) -> None:
    page = Page(report(*made_run(), pictures))
    rows = page.tables[2]
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
    table = {row[0].split()[0]: row[1:] for row in page.tables[3][1:]}
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
    for section in ("head", "confusions", "gallery", "chosen"):
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


@given(st.floats(-1e6, 1e6), st.floats(1e-9, 1e6), st.integers(2, 8))
def test_ticks_are_round_equal_and_hold_the_range(low: float, span: float, wanted: int) -> None:
    high = low + span
    assume(high - low > 1e-6 * abs(low))  # a smaller range a chart cannot show
    marks = ticks(low, high, wanted=wanted)
    step = (marks[-1] - marks[0]) / (len(marks) - 1)
    assert marks[0] <= low + 1e-6 * step and marks[-1] >= high - 1e-6 * step
    assert len(marks) <= wanted + 3
    assert np.diff(marks) == pytest.approx(step, rel=1e-4)
    leading = step / 10 ** math.floor(math.log10(step) + 1e-6)
    assert min(abs(leading - k) for k in (1, 2, 5)) < 1e-3


def test_a_line_runs_from_edge_to_edge_and_its_best_is_marked() -> None:
    chart = line_chart([("dev", "dev", [(1, 0.0), (2, 5.0), (3, 10.0)])], about="", mark=(3, "best"))
    places = [tuple(map(float, place.split(","))) for place in chart.lines[0].path[1:].split("L")]
    assert places[0] == (LEFT, chart.bottom) and places[-1] == (W - RIGHT, chart.top)
    assert places[1] == ((LEFT + W - RIGHT) / 2, (chart.top + chart.bottom) / 2)
    assert (chart.mark.x, chart.mark.anchor) == (W - RIGHT, "end") and chart.height == H


def test_names_of_lines_do_not_overlap_and_what_is_not_finite_is_left_out() -> None:
    chart = line_chart([("a", "x", [(1, 1.0), (2, math.nan), (3, 2.0)]), ("b", "y", [(1, 3.0), (3, 2.01)])], about="")
    heights = sorted(line.name_y for line in chart.lines)
    assert heights[1] - heights[0] >= LINE_GAP and chart.lines[0].path.count("L") == 1
    assert line_chart([("a", "x", [(1, math.inf)])], about="") is None


@pytest.mark.parametrize("points", [[(1, 0.0)], [(1, 0.3)], [(1, 2.0), (2, 2.0)], [(1, -1.0), (2, -1.0)],
                                    [(1, 0.003), (2, math.nextafter(0.003, 0))], [(1, 1e-14), (2, 3e-14)]])
def test_one_point_or_a_flat_line_can_be_drawn(points: list[tuple[float, float]]) -> None:
    chart = line_chart([("a", "x", points)], about="")
    assert all(LEFT <= x <= W - RIGHT and chart.top <= y <= chart.bottom for x, y, _ in chart.lines[0].dots)
