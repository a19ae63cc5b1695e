"""The routes, and who may use them."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.handbook.conftest import HOST, TOKEN, Browser, Outline, made_run
from wengu.core.checks import InputError
from wengu.core.i18n import LANGUAGES, Language
from wengu.core.run_folder import RunFolder
from wengu.handbook.middleware import REPORT_POLICY
from wengu.handbook.request import clamped
from wengu.handbook.server import app_of
from wengu.handbook.worker_pool import OverTimeError, RefusedError, WorkerFailedError
from wengu.pages import figure_of, pages
from wengu.pages import page as page_of

CURVE = {"page": "activations/activations", "name": "curve"}


# ---------------------------------------------------------------------------------------------------------------- pages


def test_entrance_leads_to_the_language_that_the_browser_asks_for(browser: Browser) -> None:
    for wanted, to in (("zh-CN,zh;q=0.9,en;q=0.8", "/zh/"), ("fr, en;q=0.5, zh;q=0.7", "/zh/"), ("en-GB", "/en/"),
                       ("", "/en/"), ("de;q=x, ;;;", "/en/")):
        found = browser.get("/", **{"accept-language": wanted})
        assert (found.status, found.headers["location"]) == (307, to), wanted


def test_every_page_is_served_with_its_policy(browser: Browser) -> None:
    for language in LANGUAGES:
        for path in ("", "runs", "runs/first", "runs/compare?run=first&run=first", *(one.path for one in pages(language))):
            found = browser.get(f"/{language}/{path}")
            assert found.status == 200, path
            outline = Outline(found.text)
            assert not outline.faults
            assert ("meta", {"name": "wengu-token", "content": TOKEN}) in outline.tags
            policy = found.headers["content-security-policy"]
            assert policy.startswith("default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;")
            assert found.headers["x-content-type-options"] == "nosniff"
            for link in outline.links:
                if link.startswith("/") and not link.startswith("/static/"):
                    assert browser.get(link).status in (200, 307), link


def test_unknown_pages_are_404_in_the_language_asked(browser: Browser) -> None:
    for path in ("/en/nothing/there", "/en/activations/nothing", "/en/runs/nothing", "/runs/first/report.html", "/x"):
        found = browser.get(path)
        assert found.status == 404 and "no such page" in found.text and not Outline(found.text).faults
    assert "没有这一页" in browser.get("/zh/nothing/there").text
    assert browser.get("/api/nothing").json == {"error": "there is no such thing"}


@pytest.mark.parametrize("path", [
    "/static/../server.py", "/static/..%2fserver.py", "/static/%2e%2e/%2e%2e/rows.toml", "/static//etc/passwd",
    "/runs/..%2f..%2fsecret/report.html", "/api/runs/../rows", "/api/runs/%2e%2e/rows", "/api/runs/..%2fsecret/rows",
    "/api/runs/secret%00/rows", "/static/%00", "/en/..%2f..%2fsecret", "/en/../../secret", "/api/runs/%ff/rows",
    f"/api/runs/{'a' * 5000}/rows", f"/static/{'a' * 5000}",
])  # fmt: skip
def test_no_path_leads_out(browser: Browser, runs: Path, path: str) -> None:
    made_run(runs.parent / "secret", rows=2)
    assert browser.get(path).status in (400, 404, 405)


# -------------------------------------------------------------------------------------------------------------- figures


def test_figure_is_what_the_library_computes(browser: Browser) -> None:
    found = browser.post("/api/figure", CURVE | {"state": {"z": 2, "name": "tanh"}})
    assert found.status == 200 and found.headers["content-type"] == "application/json"
    expected = figure_of(CURVE["page"], "curve")(z=2, name="tanh").to_json()
    assert found.json == expected | {"state": {"name": "tanh", "z": 2.0}}
    assert "sigmoid" not in found.json["say"] and "g(2.00) = 0.964" in found.json["say"]


def test_controls_are_clamped_whatever_comes(browser: Browser) -> None:
    figure = figure_of(CURVE["page"], "curve")
    for given in (10**400, 1e999, -1e999, "nan", None, [], {}, "x" * 999, True):
        state = clamped(figure, {"z": given, "name": given, "more": given})
        assert -6 <= state["z"] <= 6 and list(state) == list(figure.controls)
        assert state["name"] == "sigmoid"
    assert browser.post("/api/figure", json.dumps(CURVE)[:-1].encode() + b', "state": {"z": 1' + b"0" * 5000 + b"}}").json[
        "state"]["z"] == 1.0


@pytest.mark.parametrize(("body", "status"), [
    (b"", 400), (b"[]", 400), (b"{", 400), (b"\xff", 400), (b"[" * 60_000, 400), (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400),
    (b"x" * 100_000, 413), (json.dumps(CURVE | {"state": 1}).encode(), 400),
    (json.dumps(CURVE | {"page": "../x"}).encode(), 404),
    (json.dumps(CURVE | {"name": "figure"}).encode(), 404), (json.dumps(CURVE | {"page": None}).encode(), 404),
    (json.dumps(CURVE | {"name": "__doc__"}).encode(), 404),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(browser: Browser, body: bytes, status: int) -> None:
    found = browser.post("/api/figure", body)
    assert found.status == status and list(found.json) == ["error"]


@pytest.mark.parametrize(("error", "status"), [
    (RefusedError("why /RUNS/first is bad"), 400), (OverTimeError(), 504), (WorkerFailedError(), 503),
])  # fmt: skip
def test_worker_that_does_not_answer(runs: Path, error: Exception, status: int) -> None:
    class Broken:
        def ask(self, *given: Any, **values: Any) -> bytes:
            raise type(error)(*(str(one).replace("/RUNS", str(runs)) for one in error.args))

    found = Browser(app_of(Broken(), runs, token=TOKEN)).post("/api/figure", CURVE)  # type: ignore[arg-type]
    assert found.status == status and str(runs) not in found.text
    if status == 400:
        assert found.json == {"error": "why first is bad"}


# ----------------------------------------------------------------------------------------------------------- who may ask


@pytest.mark.parametrize("changed", [
    {"origin": "http://evil.example"}, {"origin": ""}, {"origin": "null"}, {"origin": f"http://{HOST}.evil.example"},
    {"origin": "http://localhost:8420"}, {"x_wengu_token": ""}, {"x_wengu_token": "another"}, {"x_wengu_token": "é"},
    {"host": "evil.example"}, {"host": ""}, {"host": "127.0.0.1.evil.example"}, {"host": "[::1"}, {"host": "192.168.0.7"},
])  # fmt: skip
def test_foreign_requests_are_refused_and_change_nothing(browser: Browser, runs: Path, changed: dict[str, str]) -> None:
    for path, value in (("/api/runs/first/set", {"lr": 0.5}), ("/api/figure", CURVE)):
        found = browser.post(path, value, **changed)
        assert found.status == 403 and list(found.json) == ["error"]
    assert not (runs / "first" / "control.jsonl").exists()


@pytest.mark.parametrize("host", ["127.0.0.1:8420", "localhost:9999", "LOCALHOST", "[::1]:80"])
def test_this_machine_s_names_are_ours(browser: Browser, host: str) -> None:
    assert browser.get("/en/", host=host).status == 200
    assert browser.post("/api/figure", CURVE, host=host, origin=f"http://{host}").status == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8420", "127.0.0.1@evil.example", "", "a b", "192.168.0.7"])
def test_reading_under_a_foreign_name_is_refused(browser: Browser, host: str) -> None:
    assert browser.get("/en/", host=host).status == 403


def test_served_to_the_network_addresses_are_ours_and_foreign_names_are_not(runs: Path) -> None:
    opened = Browser(app_of(None, runs, token=TOKEN, host="0.0.0.0"))  # type: ignore[arg-type]
    assert opened.get("/en/", host="192.168.0.7:8420").status == 200
    assert opened.get("/en/", host="evil.example").status == 403


def test_nothing_but_get_and_post(browser: Browser) -> None:
    ours = {"host": HOST, "origin": f"http://{HOST}", "x-wengu-token": TOKEN}
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "X"):
        assert browser.ask(method, "/api/figure", headers=ours).status == 405
        assert browser.ask(method, "/api/figure", headers={"host": HOST}).status == 403
    assert browser.get("/api/figure").status == browser.get("/api/runs/first/set").status == 405
    assert browser.ask("HEAD", "/en/", headers=ours).status == 200


class Echo:
    """A worker that computes nothing, but sees to it that what it is asked is fit for it."""

    def ask(self, what: str, *, seconds: float, lang: str, **values: Any) -> bytes:
        assert lang in LANGUAGES and 0 < seconds <= 60
        if what == "figure":
            figure = figure_of(values["page"], values["name"])
            assert clamped(figure, values["state"]) == values["state"], "clamped already"
        return json.dumps(values["state"] if what == "figure" else {}).encode()


class NoTraining:
    """In the place of a training: it refuses, and sees to it that what it is asked is offered."""

    def now(self) -> dict[str, None]:
        return {"name": None}

    def start(self, words: str, *, page: str, lang: Language) -> str:
        assert words in page_of(page, lang).fits
        raise InputError("not here")

    def stop(self) -> None:
        return


def test_ten_thousand_odd_requests_make_no_500_and_tell_no_path(runs: Path) -> None:
    """Pieces of real requests put together by chance: same seed, same requests."""
    browser = Browser(app_of(Echo(), runs, token=TOKEN, training=NoTraining()))  # type: ignore[arg-type]
    leaks = ("Traceback", "site-packages", str(Path(__file__).parents[2]), str(runs), f"{Path.home()}/")
    chance = random.Random(0)
    pieces = ["", "en", "zh", "api", "runs", "first", "rows", "events", "card", "set", "figure", "compare", "search", "en.json",
              "static", "figures", "..", ".", "%2e%2e", "%00", "%ff", "activations", "report.html", "é", "a" * 300, "run.json",
              "?after=1", "?after=-1", "?after=x", "?run=first", "?run=..", "?lang=zh", "?lang=%00", "#", "\\", "~", "'", ";"]
    values: list[Any] = [None, True, 0, -1, 1e308, "", "x", "\ud800", [], {}, [[1, 2, 3]], [None], {"z": [[[]]]}, "en", "curve",
                         CURVE["page"], "lenet5", "\ud800", {"first": 1, "..": -1, "\ud800": True}, {"z": "1"}, {"name": {"a": 1}}, 10**30]
    names = ["page", "name", "words", "after", "state", "lr", "x"]
    ours = {"host": HOST, "origin": f"http://{HOST}", "x-wengu-token": TOKEN}
    seen = set()
    for k in range(10_000):
        path = "/" + "/".join(chance.choices(pieces, k=chance.randint(0, 5))).replace("/?", "?").replace("/#", "#")
        if chance.random() < 0.2:
            path = chance.choice(["/api/figure", "/api/runs/first/set", "/api/compare", "/api/rows", "/api/fit", "/api/fit/stop"])
        method = chance.choice(["GET", "GET", "POST", "HEAD", "PUT"])
        given = {name: chance.choice(values) for name in chance.sample(names, chance.randint(0, 5))}
        if chance.random() < 0.3:
            given = CURVE | {"state": {name: chance.choice(values) for name in ("name", "z", "slope", "w")}}
        if path == "/api/fit" and chance.random() < 0.3:
            given = {"page": "convnets/lenet5", "words": "lenet5"}
        body = json.dumps(given).encode()[: chance.choice([None, None, None, 5])]
        headers = dict(ours)
        if chance.random() < 0.2:
            headers[chance.choice([*ours, "last-event-id", "accept-language"])] = chance.choice(["", "x", "evil", "\xff", ";q=,"])
        found = browser.ask(method, path, body if method != "GET" else b"", headers)
        seen.add(found.status)
        assert found.status in (200, 204, 206, 307, 400, 403, 404, 405, 409), (k, method, path, body)
        assert not any(leak.encode() in found.body for leak in leaks), (k, method, path, body)
    assert {200, 400, 403, 404, 405, 409} <= seen


# ----------------------------------------------------------------------------------------------------------------- runs


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
    assert card["verdict"] == [*said.ledger.sentences(), "test: sealed (opened 0 times)."]
    assert [step["what"] for step in card["next"]] == [step.what for step in said.steps]
    wrong = (runs / "a" / "predictions" / "dev.csv").read_text().splitlines()[1:]
    assert len(card["gallery"]) == sum(row.split(",")[1] != row.split(",")[2] for row in wrong)
    first = card["gallery"][0]["id"]
    seen = browser.get(f"/api/runs/a/examples?id={first}&id=none").json
    assert seen.keys() == {first, "none"} and seen[first]["row"] and not seen["none"]["row"]
    dev = said.ledger.rows[-1]
    assert card["metric"] == "error" and card["rows"][-1] == {
        "set": "dev", "value": f"{100 * dev.value:.1f} %", "interval": f"[{100 * dev.low:.1f}, {100 * dev.high:.1f}]",
        "n": f"{dev.n} examples"}
    assert browser.get("/api/runs/a/card?lang=zh").json["rows"][0]["set"] == "训练集"
    found = browser.get("/api/compare?run=a&run=b").json
    plain = compare([runs / "a", runs / "b"]).to_dict()
    assert [run["name"] for run in found["runs"]] == ["a", "b"] and str(runs) not in json.dumps(found)
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
    assert begun["dev"] is None and begun["dev_metric"] > 0 and begun["dev_in_words"].endswith(" %") and begun["state"] == "killed"
    assert browser.get("/api/compare?run=a").status == 400


# ------------------------------------------------------------------------------------------------------------- lightness


def test_server_imports_no_torch(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from tests.handbook.conftest import *\nfrom wengu.pages import pages\n"
        f"runs = Path({str(tmp_path)!r}); made_run(runs / 'first', rows=2, stopped='epochs')\n"
        "b = Browser(app_of(None, runs, token=TOKEN))\n"
        "paths = ['/en/', '/en/runs', '/en/runs/first', '/api/runs', '/api/runs/first/events', '/api/search/zh.json']\n"
        "for path in paths + [f'/{p.language}/{p.path}' for l in ('en', 'zh') for p in pages(l)]:\n"
        "    assert b.get(path).status == 200, path\n"
        "print(sorted({'torch', 'numpy', 'sklearn', 'pandas', 'PIL'} & set(sys.modules)))\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60, cwd=root)
    assert done.stdout.strip() == "[]"


def test_refusals_are_in_the_language_of_the_page_that_asks(browser: Browser) -> None:
    for lang, words in (("?lang=zh", "没有"), ("?lang=en", "no such figure"), ("", "no such figure"), ("?lang=fr", "no such")):
        found = browser.post(f"/api/figure{lang}", {"page": "a/b", "name": "c", "state": {}})
        assert found.status == 404 and words in found.json["error"]
    assert "别的网页" in browser.post("/api/figure?lang=zh", {}, origin="http://elsewhere").json["error"]
