"""What the report says of the errors on dev: counted by pairs, class by class, and shown one by one."""

from __future__ import annotations

import base64
import io
import re

from PIL import Image

from tests.report.page import HOSTILE, Page, gone, pictures, png
from wengu.report.report import report


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
