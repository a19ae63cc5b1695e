"""The routes of runs: told as the command line tells them, as they train, and changed as by it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.handbook.conftest import HOST, Browser, made_run
from wengu.core.run_folder import RunFolder
from wengu.core.written import written
from wengu.handbook.middleware import REPORT_POLICY


def test_runs_are_listed_in_words_of_the_language(browser: Browser, runs: Path) -> None:
    (first,) = browser.get("/api/runs").json["runs"]
    assert (first["name"], first["epochs_done"], first["epochs"], first["state"]) == ("first", 3, 9, "epochs")
    assert str(runs) not in json.dumps(first)
    assert browser.get("/api/runs?lang=zh").json["runs"][0]["state_in_words"] == "已完成"
    assert "first" in browser.get("/en/").text, "the cover leads to the last run"


def test_rows_of_many_runs_come_after_their_cursors(browser: Browser, runs: Path) -> None:
    made_run(runs / "a,b", rows=2)
    after = {"first": 2, "a,b": 0, "none": 0, "../first": 0, "\ud800": 0, "x" * 5000: 0}
    found = browser.post("/api/rows?lang=zh", {"after": after}).json
    assert found.keys() == {"first", "a,b"}, "a run that there is not is left out"
    assert [row["epoch"] for row in found["first"]["rows"]] == [3] and found["first"]["next"] == 3
    assert found["first"]["run"]["state_in_words"] == "已完成" and found["first"]["run"]["epochs_done"] == 3
    assert [row["epoch"] for row in found["a,b"]["rows"]] == [1, 2] and found["a,b"]["run"]["state"] == "killed"
    cut = browser.post("/api/rows", {"after": {"first": 9, "a,b": "2"}}).json
    assert cut["first"]["reset"] and [row["epoch"] for row in cut["first"]["rows"]] == [1, 2, 3]
    for wrong in ({}, {"after": ["first"]}, {"after": {f"r{k}": 0 for k in range(65)}}):
        assert browser.post("/api/rows", wrong).status == 400


@pytest.mark.processes
def test_events_tell_what_is_new_while_the_run_trains(browser: Browser, runs: Path) -> None:
    run = made_run(runs / "live", rows=2)
    with run:
        def until(body: bytes) -> bool:
            if body.count(b"data:") == 1 and len(run.metrics()) == 2:
                run.append_metric({"epoch": 3, "cost": 0.1})
            return body.count(b"data:") == 2

        found = browser.ask("GET", "/api/runs/live/events?after=1", headers={"host": HOST}, until=until)
    assert found.headers["content-type"].startswith("text/event-stream")
    first, second = (json.loads(line[6:]) for line in found.text.splitlines() if line.startswith("data: "))
    assert [row["epoch"] for row in first["rows"]] == [2] and first["run"]["state"] == "training"
    assert [row["epoch"] for row in second["rows"]] == [3] and "id: 3" in found.text
    assert (first["run"]["epochs_done"], second["run"]["epochs_done"]) == (2, 3), "what is told keeps step"


def test_events_of_a_finished_run_end(browser: Browser) -> None:
    found = browser.get("/api/runs/first/events")
    assert found.status == 200 and found.text.count("data:") == 1
    again = browser.get("/api/runs/first/events?after=1", **{"last-event-id": "3"}).text
    assert json.loads(again.partition("data: ")[2])["rows"] == [], "there is no more, and this tells so"


def test_set_is_taken_up_as_by_the_command_line(browser: Browser, runs: Path) -> None:
    assert browser.post("/api/runs/first/set", {"lr": 0.01}).json == {"set": {"lr": 0.01}, "live": False}
    assert RunFolder.open(runs / "first").lines("control.jsonl") == [{"set": {"lr": 0.01}}]
    for value in ({"lr": -1}, {"lr": "0.1"}, {"lr": True}, {"lr": 1, "epochs": 2}, {}, {"lr": None}):
        assert browser.post("/api/runs/first/set", value).status == 400, value
    assert browser.post("/api/runs/none/set", {"lr": 0.01}).status == 404
    assert len(RunFolder.open(runs / "first").lines("control.jsonl")) == 1


def test_card_and_comparison_are_the_command_line_s(iris: Path, tmp_path: Path, browser: Browser, runs: Path) -> None:
    """Authority: diagnose_run and compare, which `wengu diagnose` and `wengu runs A B` print."""
    import wengu
    from wengu.adviser import compare
    from wengu.project import diagnose_run

    for name, lr in (("a", 0.1), ("b", 0.01)):
        wengu.fit("softmax", data=str(iris), target="species", epochs=3, lr=lr, runs=runs, name=name, quiet=True)
    before = {path: path.stat().st_mtime_ns for path in runs.rglob("*")}
    card = browser.get("/api/runs/a/card").json
    said = diagnose_run(runs / "a")
    assert card["ledger"] == json.loads(json.dumps(said.ledger.to_dict()))
    told = [said.ledger.sentences()[0], *said.reasons, "test: sealed (opened 0 times)."]
    assert card["verdict"] == list(map(written, told))
    assert {*map(written, (*said.notes, *said.ledger.sentences()))} <= set(card["verdict"])
    assert [step["what"] for step in card["next"]] == [written(step.what) for step in said.steps]
    wrong = (runs / "a" / "predictions" / "dev.csv").read_text().splitlines()[1:]
    assert len(card["gallery"]) == sum(row.split(",")[1] != row.split(",")[2] for row in wrong)
    first = card["gallery"][0]["id"]
    seen = browser.get(f"/api/runs/a/examples?id={first}&id=none").json
    assert seen.keys() == {first, "none"} and seen[first]["row"] and not seen["none"]["row"]
    dev = said.ledger.rows[-1]
    assert card["metric"] == "error" and card["rows"][-1] == {
        "set": "dev", "value": f"{100 * dev.value:.1f}\u00a0%", "interval": f"[{100 * dev.low:.1f}, {100 * dev.high:.1f}]",
        "n": f"{dev.n} examples"}
    assert browser.get("/api/runs/a/card?lang=zh").json["rows"][0]["set"] == "训练集"
    found = browser.get("/api/compare?run=a&run=b").json
    plain = compare([runs / "a", runs / "b"]).to_dict()
    assert [run["name"] for run in found["runs"]] == ["a", "b"]
    assert str(runs) not in json.dumps({name: part for name, part in found.items() if name != "notes"})
    assert found["notes"][-1].startswith("Seed noise was not measured: ") and "--repeat 3" in found["notes"][-1]
    assert found["settings"].keys() == plain["settings"].keys()
    assert found["runs"][1]["against_first"]["verdict"] == plain["runs"][1]["against_first"]["verdict"]
    assert {k for k, v in before.items() if "b/" in str(k) and k.stat().st_mtime_ns != v} == set(), "GET changes nothing"
    report = browser.get("/runs/a/report.html")
    assert report.status == 200 and report.headers["content-security-policy"] == REPORT_POLICY
    for file in ("predictions/train.csv", "ledger.json"):  # as of a run that was killed
        (runs / "b" / file).unlink()
    unended = browser.get("/api/runs/b/card").json
    assert unended["resume"] == f"wengu fit softmax --name b --runs {runs} --resume" and "has not ended" in unended["told"]
    as_it_was = RunFolder.open(runs / "b").facts().get("stopped")
    RunFolder.open(runs / "b").note(stopped="diverged")
    diverged = browser.get("/api/runs/b/card").json
    assert not diverged["resume"] and "--clip 1" in diverged["told"]
    RunFolder.open(runs / "b").note(stopped=as_it_was)
    assert browser.get("/api/runs/first/card").status == 400, "it is no run that could go on"
    begun = browser.get("/api/compare?run=a&run=b").json["runs"][1]
    assert begun["dev"] is None and begun["dev_metric"] > 0 and begun["dev_in_words"].endswith("\u00a0%") and begun["state"] == "killed"
    assert browser.get("/api/compare?run=a").status == 400


def test_a_run_whose_name_is_no_letters(browser: Browser, runs: Path) -> None:
    r"""It is called as its files keep it, n\xff, in the list, in the address and on the pages."""
    made_run(runs / os.fsdecode(b"n\xff\x1b[2J"), rows=2)
    told = {run["name"] for run in browser.get("/api/runs").json["runs"]}
    assert told == {"first", "n\\xff\x1b[2J"}
    at = quote("n\\xff\x1b[2J", safe="")
    assert browser.get(f"/api/runs/{at}/card").json["error"].startswith("n\\xff\\u001b[2J/run.json lacks examples")
    assert browser.get(f"/api/runs/{at}/events").text.count("data:") == 1
    assert browser.post(f"/api/runs/{at}/set", {"lr": 0.1}).status == 200
    assert browser.post("/api/rows", {"after": {"n\\xff\x1b[2J": 1}}).json["n\\xff\x1b[2J"]["next"] == 2
    for path in ("/en/", "/en/runs", f"/en/runs/{at}", f"/en/runs/compare?run={at}&run=first"):
        assert browser.get(path).status == 200, path
    assert browser.get(f"/api/runs/{quote('n' + chr(92) + 'xfe')}/card").status == 404


def test_a_run_that_cannot_be_read_is_named_and_the_others_are_shown(browser: Browser, runs: Path) -> None:
    """In one line, by the run's name alone: where it lies is told to no page."""
    (made_run(runs / "bad").path / "run.json").write_text('{"format": 2, "seconds": 1e400}')
    (runs / "no-run").mkdir()
    found = browser.get("/api/runs").json
    assert [run["name"] for run in found["runs"]] == ["first"]
    assert found["unreadable"] == {"bad": "bad/run.json cannot be read: 1e400 is no number of JSON"}
    assert browser.get("/api/runs/bad/card").status == 400 and browser.get("/en/runs/bad").status == 200
    (runs / "bad" / "run.json").unlink()
    assert browser.get("/api/runs").json["unreadable"] == {}
