"""The server: pages, figures, search, runs. It holds no torch; the worker does.

    /                                       to /en/ or /zh/, as the browser asks
    /en/  /en/<chapter>/<slug>              the cover, a page
    /en/runs  /en/runs/<name>  /en/runs/compare?run=a&run=b         filled by the script from:
    GET  /api/search/<lang>.json
    POST /api/figure                        {"page", "name", "lang", "state"} -> the figure, and "state" as clamped
    GET  /api/runs                          GET /api/compare?run=a&run=b
    POST /api/rows                          {"after": {"a": 0, "b": 12}} -> of each, in brief and its rows from there
    GET  /api/runs/<name>/events?after=12   the same of one run, as server-sent events
    GET  /api/runs/<name>/card              /examples?id=a&id=b, which its gallery shows
    POST /api/runs/<name>/set               {"lr": 0.01}
    GET  /api/fit                           {"name", "page", "words"} of the run trained from a page; null where none is
    POST /api/fit                           {"page", "words", "lang"}, as the page offers it      POST /api/fit/stop
    GET  /runs/<name>/report.html           /static/...

An error is {"error": "in words"}, never a traceback or a path. guard.py says who may ask.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import mimetypes
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, cast

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from wengu.core.checks import InputError
from wengu.core.words import LANGUAGES, Language, say, speaking
from wengu.handbook import render
from wengu.handbook.asking import FailedError, OverTimeError, RefusedError, Worker
from wengu.handbook.guard import REPORT_POLICY, Guard
from wengu.handbook.reading import Refusal, clamped, json_of, preferred, whole
from wengu.handbook.runs import KEPT, Runs, told
from wengu.handbook.training import Training
from wengu.pages import figure_of, page

LIMIT = 10.0  # seconds for a figure
LIMIT_OF_RUNS = 60.0  # seconds for a card, a comparison
POLL, HEARTBEAT = 0.5, 15.0  # seconds


class Handbook:
    """What the routes share."""

    def __init__(self, worker: Worker, training: Training, runs: Path, *, token: str, language: Language) -> None:
        self.worker, self.training, self.runs, self.language = worker, training, Runs(runs), language
        self.site = render.Site(token)
        self._pages: dict[tuple[Language, str], str] = {}
        self._cards: dict[tuple[Any, ...], bytes] = {}

    # -- pages --------------------------------------------------------------------------------------------------------

    async def entrance(self, request: Request) -> Response:
        return RedirectResponse(f"/{preferred(request.headers.get('accept-language', ''), self.language)}/", 307)

    async def cover(self, request: Request) -> Response:
        language = _language(request)
        newest, last = await run_in_threadpool(self.runs.newest), None
        if newest:
            with speaking(language):
                brief = told(newest)
            about = " · ".join(brief[key] for key in ("network", "data", "state_in_words") if brief[key])
            last = {"name": brief["name"], "about": about}
        return HTMLResponse(render.cover_html(language, self.site, last))

    async def page(self, request: Request) -> Response:
        language, path = _language(request), "{chapter}/{slug}".format(**request.path_params)
        if (language, path) not in self._pages:
            try:
                found = page(path, language)
            except InputError:
                raise HTTPException(404) from None
            self._pages[language, path] = render.page_html(found, self.site)
        return HTMLResponse(self._pages[language, path])

    async def runs_page(self, request: Request) -> Response:
        return HTMLResponse(render.runs_html(_language(request), self.site))

    async def run_page(self, request: Request) -> Response:
        language, name = _language(request), request.path_params["name"]
        path = self._run(name)
        return HTMLResponse(render.runs_html(language, self.site, view="run", names=(name,),
                                             has_report=(path / "report.html").is_file()))

    async def compare_page(self, request: Request) -> Response:
        names = tuple(request.query_params.getlist("run"))
        for name in names:
            self._run(name)
        return HTMLResponse(render.runs_html(_language(request), self.site, view="compare", names=names))

    async def report(self, request: Request) -> Response:
        path = self._run(request.path_params["name"]) / "report.html"
        if not path.is_file():
            raise HTTPException(404)
        return HTMLResponse(await run_in_threadpool(path.read_bytes),
                            headers={"Content-Security-Policy": REPORT_POLICY})

    async def search(self, request: Request) -> Response:
        return JSONResponse(render.search_index(_language(request)))

    # -- figures ------------------------------------------------------------------------------------------------------

    async def figure(self, request: Request) -> Response:
        given = await json_of(request)
        path, name, language = given.get("page"), given.get("name"), given.get("lang", self.language)
        if language not in LANGUAGES or not isinstance(given.get("state", {}), dict):
            raise Refusal(400, say("expected page, name, lang and state"))
        try:
            found = figure_of(str(path), str(name))
        except InputError:
            raise Refusal(404, say("there is no such figure")) from None
        state = clamped(found, given.get("state", {}))
        return await self._asked("figure", LIMIT, language, page=path, name=name, state=state)

    # -- runs ---------------------------------------------------------------------------------------------------------

    async def list_runs(self, request: Request) -> Response:
        return JSONResponse({"runs": await self._list(self._asked_language(request))})

    async def rows(self, request: Request) -> Response:
        """The news of many runs at once; a run that there is not is left out."""
        after, language = (await json_of(request)).get("after"), self._asked_language(request)
        if not isinstance(after, dict) or len(after) > KEPT:
            raise Refusal(400, say('expected {{"after": {{a run: how many of its rows are there}}}}'))

        def read() -> str:
            found = {}
            for name, n in after.items():
                with contextlib.suppress(InputError, OSError, ValueError):
                    found[name] = self._news(name, n if type(n) is int else 0, language)
            return json.dumps(found)

        return Response(await run_in_threadpool(read), media_type="application/json")

    async def events(self, request: Request) -> Response:
        """The news of a run as they come, until nobody trains it any more."""
        name, language = request.path_params["name"], self._asked_language(request)
        self._run(name)

        async def told() -> AsyncIterator[str]:
            after = whole(request.headers.get("last-event-id") or request.query_params.get("after"))
            quiet, before = 0.0, cast(dict[str, Any] | None, {})
            while True:
                try:
                    news = await run_in_threadpool(self._news, name, after, language)
                except InputError:  # removed
                    return
                if news["rows"] or news["reset"] or news["run"] != before:
                    after, before, quiet = news["next"], news["run"], 0.0
                    yield f"id: {after}\ndata: {json.dumps(news)}\n\n"
                elif (quiet := quiet + POLL) >= HEARTBEAT:
                    quiet = 0.0
                    yield ":\n\n"
                if not before or before["state"] != "training":
                    return
                await asyncio.sleep(POLL)

        return StreamingResponse(told(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    def _news(self, name: str, after: int, language: Language) -> dict[str, Any]:
        """The run in brief, read first: where it says that training ended, the rows are all. Raises InputError."""
        run = self.runs.one(name)
        with speaking(language):
            brief = told(run) if run else None
        return {"run": brief, **self.runs.rows(name, after)}

    async def card(self, request: Request) -> Response:
        name, language = request.path_params["name"], self._asked_language(request)
        path = self._run(name)
        stamps = [(path / file).stat().st_mtime_ns for file in ("run.json", "config.toml", "ledger.json")
                  if (path / file).exists()]
        key = (name, language, *stamps)
        if key not in self._cards:
            answer = await self._asked("card", LIMIT_OF_RUNS, language, run=str(path))
            while len(self._cards) >= 32:
                self._cards.pop(next(iter(self._cards)))
            self._cards[key] = bytes(answer.body)
        return Response(self._cards[key], media_type="application/json")

    async def examples(self, request: Request) -> Response:
        path, ids = self._run(request.path_params["name"]), request.query_params.getlist("id")
        return await self._asked("examples", LIMIT_OF_RUNS, self._asked_language(request), run=str(path), ids=ids)

    async def compare(self, request: Request) -> Response:
        names = request.query_params.getlist("run")
        paths = [str(self._run(name)) for name in names]
        return await self._asked("compare", LIMIT_OF_RUNS, self._asked_language(request), runs=paths)

    async def set(self, request: Request) -> Response:
        path, given = self._run(request.path_params["name"]), await json_of(request)
        if given.keys() != {"lr"} or isinstance(given["lr"], bool) or not isinstance(given["lr"], int | float):
            raise Refusal(400, say('expected {{"lr": a number above 0}}'))
        return await self._asked("change", LIMIT_OF_RUNS, self._asked_language(request), run=str(path), changes=given)

    # -- training -----------------------------------------------------------------------------------------------------

    async def trained(self, request: Request) -> Response:
        return JSONResponse(self.training.now())

    async def fit(self, request: Request) -> Response:
        """Only what stands on the page: the words come back from there, and are looked up."""
        given = await json_of(request)
        path, words, language = given.get("page"), given.get("words"), given.get("lang", self.language)
        try:
            offered = page(path, language).fits if isinstance(path, str) and language in LANGUAGES else ()
        except InputError:
            offered = ()
        if words not in offered:
            raise Refusal(404, say("there is no such training"))
        try:
            await run_in_threadpool(self.training.start, str(words), page=str(path), lang=language)
        except InputError as error:
            raise Refusal(409, self._without_paths(str(error))) from None
        return JSONResponse(self.training.now())

    async def stop(self, request: Request) -> Response:
        await json_of(request)
        self.training.stop()
        return JSONResponse(self.training.now())

    # -- what they share ----------------------------------------------------------------------------------------------

    async def _asked(self, what: str, seconds: float, language: Language, **values: Any) -> Response:
        """The worker's answer."""
        try:
            ask = partial(self.worker.ask, what, seconds=seconds, lang=language, **values)
            text = await to_thread.run_sync(ask, limiter=self._waiting())
        except RefusedError as error:
            raise Refusal(400, self._without_paths(str(error))) from None
        except OverTimeError:
            raise Refusal(504, say("this took longer than {seconds:.0f} s and was stopped", seconds=seconds)) from None
        except FailedError:
            raise Refusal(503, say("this could not be computed; the terminal of `wengu notes` may tell why")) from None
        return Response(text, media_type="application/json", headers={"Cache-Control": "no-store"})

    @cache  # noqa: B019  one for each start
    def _waiting(self) -> CapacityLimiter:
        """Threads that wait for the worker; more questions wait without one, so that the runs stay quick."""
        return CapacityLimiter(8)

    async def _list(self, language: Language) -> list[dict[str, Any]]:
        found = await run_in_threadpool(self.runs.all)
        with speaking(language):
            return [told(one) for one in found]

    def _run(self, name: str) -> Path:
        try:
            return self.runs.path(name)
        except (InputError, OSError, ValueError):
            raise HTTPException(404) from None

    def _asked_language(self, request: Request) -> Language:
        wanted = request.query_params.get("lang")
        return next((one for one in LANGUAGES if one == wanted), self.language)

    def _without_paths(self, text: str) -> str:
        """Runs by their names alone: where they lie is nobody's concern in a page."""
        for folder in {str(self.runs.folder), str(self.runs.folder.absolute())} - {"."}:
            text = text.replace(f"{folder}/", "").replace(folder, "runs")
        return text

    async def refused(self, request: Request, error: Exception) -> Response:
        """The answer to a request that makes no sense."""
        status, why = (error.status, error.why) if isinstance(error, Refusal) else (500, "")
        return JSONResponse({"error": why}, status)

    async def missing(self, request: Request, error: Exception) -> Response:
        """The answer to a request for what there is not."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        if request.url.path.startswith("/api/") or status != 404:
            why = {404: say("there is no such thing"), 405: say("not to be asked so")}.get(status, say("refused"))
            return JSONResponse({"error": why}, status)
        language = next((one for one in LANGUAGES if request.url.path.startswith(f"/{one}/")), self.language)
        if (language, "") not in self._pages:
            self._pages[language, ""] = render.missing_html(language, self.site)
        return HTMLResponse(self._pages[language, ""], 404)


def app_of(worker: Worker, runs: Path, *, token: str, training: Training | None = None, host: str = "127.0.0.1",
           language: Language = "en") -> Starlette:
    """The application."""
    mimetypes.add_type("text/javascript", ".js")  # a machine's own table may say otherwise
    book = Handbook(worker, training or Training(runs), runs, token=token, language=language)

    def get(path: str, answer: Callable[[Request], Awaitable[Response]]) -> Route:
        return Route(path, answer, methods=["GET"])

    routes = [
        get("/", book.entrance),
        *(Mount(f"/{one}", routes=[
            get("/", book.cover), get("/runs", book.runs_page), get("/runs/compare", book.compare_page),
            get("/runs/{name}", book.run_page), get("/{chapter}/{slug}", book.page)], name=one) for one in LANGUAGES),
        get("/runs/{name}/report.html", book.report),
        *(Route(f"/api/search/{one}.json", book.search, methods=["GET"]) for one in LANGUAGES),
        Route("/api/figure", book.figure, methods=["POST"]),
        get("/api/runs", book.list_runs),
        get("/api/compare", book.compare),
        *(get(f"/api/runs/{{name}}/{what}", answer) for what, answer in (
            ("events", book.events), ("card", book.card), ("examples", book.examples))),
        Route("/api/rows", book.rows, methods=["POST"]),
        Route("/api/runs/{name}/set", book.set, methods=["POST"]),
        get("/api/fit", book.trained),
        Route("/api/fit", book.fit, methods=["POST"]),
        Route("/api/fit/stop", book.stop, methods=["POST"]),
        Mount("/static", StaticFiles(directory=render.STATIC, check_dir=False)),
    ]

    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, token=token, host=host)],
        exception_handlers={HTTPException: book.missing, Refusal: book.refused},
    )


def _language(request: Request) -> Language:
    """The language that the path begins with, or that search's file is named after."""
    path = request.url.path
    return next(one for one in LANGUAGES if path.startswith(f"/{one}/") or path.endswith(f"/{one}.json"))
