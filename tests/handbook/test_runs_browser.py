"""Runs in a real browser: listed, judged, compared, told and changed while they train, and begun on a page."""

from __future__ import annotations

import json
import re
import shutil
import statistics
from pathlib import Path
from typing import Any

import pytest

from benchmarks import web
from tests.handbook.browsing import Watched, served
from tests.handbook.conftest import made_run
from tests.handbook.tabs import Open, fit
from tests.waiting import until
from wengu.core.run_folder import RunFolder

pytestmark = pytest.mark.browser

ANSWERED = """() => {
  document.activeElement.addEventListener('input', async () => {
    const start = performance.now(), frame = () => new Promise(requestAnimationFrame)
    window.answered = frame().then(frame).then(() => performance.now() - start)
  }, {once: true, capture: true})
}"""
"How long until two frames after the next key."


def test_runs_are_listed_and_judged(tab: Open, real_runs: Path) -> None:
    shown = tab("/en/runs")
    shown.locator("table").get_by_role("link", name="first").click()
    shown.locator(".card table").wait_for()
    assert shown.locator(".card .cause").inner_text()
    assert {"train", "dev"} <= set(shown.locator(".card table tbody th").all_inner_texts())
    curve = shown.locator("canvas").first
    curve.focus()
    shown.keyboard.press("Home")
    shown.keyboard.press("ArrowRight")
    rows = [json.loads(line) for line in (real_runs / "first/metrics.jsonl").read_text().splitlines()]
    read = [rows[1][name] for name in ("epoch", "cost", "dev_cost")]
    assert [float(n) for n in re.findall(r"\d+(?:\.\d+)?", curve.get_attribute("aria-valuetext"))] == pytest.approx(read, rel=1e-3)
    shown = tab("/zh/runs/first")
    shown.locator(".card table").wait_for()
    assert {"训练集", "开发集"} <= set(shown.locator(".card table tbody th").all_inner_texts())


def test_each_row_of_the_list_has_the_colour_of_its_curve(real_browser: Any, tmp_path: Path) -> None:
    for k in range(14):
        made_run(tmp_path / f"r{k}", rows=4)
    colours = """() => {
      const canvas = document.querySelector('canvas')
      const all = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
      const there = new Set()
      for (let i = 0; i < all.length; i += 4) if (all[i + 3]) there.add(`rgb(${all[i]}, ${all[i+1]}, ${all[i+2]})`)
      return [...document.querySelectorAll('.swatch')].map(one => getComputedStyle(one))
        .map(one => [one.borderTopColor, one.borderTopStyle, there.has(one.borderTopColor)])
    }"""
    with served(tmp_path) as book, real_browser.new_context() as context:
        seen = Watched(context.new_page(), book.root)
        shown = seen.open("/en/runs")
        shown.get_by_label("Filter").fill("r1")  # r1 and r10 to r13: colours go by what is listed
        shown.wait_for_function("() => document.querySelectorAll('tbody tr').length === 5")
        shown.wait_for_timeout(500)
        found = shown.evaluate(colours)
        assert len({tuple(one[:2]) for one in found}) == 5
        assert found[-1][2], "drawn last, over all others"
        shown.get_by_label("Filter").fill("")
        shown.wait_for_function("() => document.querySelectorAll('tbody tr').length === 14")
        kinds = "[...document.querySelectorAll('.swatch')].map(one => one.className)"
        assert len(set(shown.evaluate(kinds))) == 12
        assert seen.faults == []


def test_hundreds_of_runs_are_asked_for_once(real_browser: Any, real_runs: Path, tmp_path: Path) -> None:
    for k in range(300):
        shutil.copytree(real_runs / "first", tmp_path / f"copy-{k}")
    with served(tmp_path) as book, real_browser.new_context() as context:
        seen = Watched(context.new_page(), book.root)
        asked: list[int] = []
        seen.page.on("request", lambda one: one.url.endswith("/rows?lang=en")
                     and asked.append(len(json.loads(one.post_data)["after"])))
        shown = seen.open("/en/runs")
        shown.get_by_text("The first 50 of 300 are drawn.").wait_for()
        shown.wait_for_function("() => document.querySelectorAll('tbody tr').length === 100")
        shown.locator("canvas").wait_for()
        assert asked == [50], "one request"
        shown.locator("#filter").focus()
        took = []
        for key in ("c", "o", "p", "y", "-", "1", "Backspace", "1"):
            shown.evaluate(ANSWERED)
            shown.keyboard.press(key)
            took.append(shown.evaluate("window.answered"))
        slow = max(1.0, web.reference() / web.REFERENCE)
        assert statistics.median(took) < 1000 * slow, "milliseconds a key"
        assert shown.locator("tbody tr").count() == 100
        shown.get_by_role("button", name="Show more").click()
        shown.wait_for_function("() => document.querySelectorAll('tbody tr').length === 111")
        assert len(asked) <= 2 and sum(asked) <= 100, "only rows that were not there"
        assert seen.faults == []


def test_lists_and_runs_come_to_life_by_themselves(real_browser: Any, tmp_path: Path) -> None:
    with served(tmp_path) as book, real_browser.new_context() as context:
        seen = Watched(context.new_page(), book.root)
        shown = seen.open("/en/runs")
        shown.get_by_text("No runs yet").wait_for()
        run = made_run(tmp_path / "a,b", rows=2, examples={"train": 9})
        shown.locator("tbody").get_by_role("link", name="a,b").click()
        shown.get_by_text("2 / 9 epochs").wait_for()
        assert "--resume" in shown.locator(".card code").inner_text(), "killed"
        with run:
            shown.get_by_text("training now").wait_for()
            run.append_metric({"epoch": 3, "step": 3, "cost": 0.1, "lr": 0.25})
            shown.get_by_text("3 / 9 epochs").wait_for()
            shown.wait_for_function("() => document.querySelector('#lr').value === '0.25'")
            assert shown.locator(".card").inner_text() == ""
        shown.locator(".card code").wait_for()
        shown.evaluate("document.querySelector('.runs-form').hidden = false")  # as it is for a moment
        shown.get_by_role("button", name="Change").click()
        shown.get_by_text("0.25 as soon as it is resumed").wait_for()
        assert seen.faults == []


def test_names_with_commas_are_compared(tab: Open, real_runs: Path) -> None:
    for name in ("slow,one", "other"):
        shutil.copytree(real_runs / "first", real_runs / name)
    try:
        shown = tab("/en/runs/compare?run=slow%2Cone&run=other")
        shown.locator("tbody").get_by_role("link", name="slow,one").wait_for()
        assert shown.locator(".key").first.inner_text().split() == ["slow,one", "other"]
        assert shown.locator(".wrong").count() == 0
    finally:
        for name in ("slow,one", "other"):
            shutil.rmtree(real_runs / name)


def test_gallery_filters_all_errors_and_shows_them_by_the_page(real_browser: Any, real_runs: Path, tmp_path: Path) -> None:
    shutil.copytree(real_runs / "first", tmp_path / "wrong")
    dev = tmp_path / "wrong/predictions/dev.csv"
    header, *rows = dev.read_text().splitlines()
    ids = [row.split(",")[0] for row in rows]
    made = [f"{i if k else ids[0]},setosa,virginica,0.05,0.05,0.9," for k, i in enumerate(f"e{k}" for k in range(59))]
    dev.write_text("\n".join([header, *made, f"{ids[1]},versicolor,setosa,0.5,0.3,0.2,", ""]))
    RunFolder(tmp_path / "wrong").note_sum("predictions/dev.csv", None)
    with served(tmp_path) as book, real_browser.new_context() as context:
        seen = Watched(context.new_page(), book.root)
        shown = seen.open("/en/runs/wrong")
        shown.get_by_text("24 of 60").wait_for()
        shown.locator(".gallery dl").wait_for()
        shown.get_by_role("button", name="Show more").click()
        shown.get_by_text("48 of 60").wait_for()
        shown.locator("#truth").select_option("versicolor")
        shown.get_by_text("1 of 1 that match, 60 in all").wait_for()
        shown.locator(".gallery dl").wait_for()
        assert ids[1] in shown.locator(".gallery li").inner_text() and seen.faults == []


@pytest.mark.processes
def test_learning_rate_of_a_run_that_trains_is_changed_from_its_page(
    tab: Open, iris: Path, real_runs: Path
) -> None:
    control = real_runs / "live" / "control.jsonl"
    training = fit(iris, real_runs, "--name", "live", "--epochs", "1000000", "--patience", "1000000")
    try:
        until((real_runs / "live" / "metrics.jsonl").exists, by=training)
        shown = tab("/en/runs/live")
        shown.wait_for_function("() => Number(document.querySelector('#lr').value) > 0")
        shown.locator("#lr").fill("0.003")
        shown.get_by_role("button", name="Change").click()
        shown.get_by_text("0.003 from its next step on").wait_for()
        assert {"lr": 0.003} in [json.loads(line).get("set") for line in control.read_text().splitlines()]
    finally:
        training.terminate()
        training.wait()
        shutil.rmtree(real_runs / "live")


@pytest.mark.processes
def test_a_training_is_started_and_stopped_on_its_page(real_browser: Any, tmp_path: Path) -> None:
    with served(tmp_path) as book, real_browser.new_context() as context:
        seen = Watched(context.new_page(), book.root)
        shown = seen.open("/en/convnets/lenet5")
        shown.get_by_role("button", name="Train it here").click()
        shown.get_by_text("training now").wait_for(timeout=60_000)
        assert shown.get_by_role("button", name="Train it here").is_disabled()
        shown.get_by_text(re.compile(r"\b([2-9]|\d\d) / 40 epochs")).wait_for(timeout=60_000)  # one is soon past
        shown.locator(".fit").get_by_role("button", name="Stop").click()
        shown.locator(".fit .card .cause").wait_for(timeout=60_000)
        assert RunFolder.open(tmp_path / "lenet5-notes").facts()["stopped"] == "interrupted"
        assert seen.faults == []
