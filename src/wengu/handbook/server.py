"""The server: pages, figures, search, runs. It holds no torch; the worker does.

    /                                       to /en/ or /zh/, as the browser asks
    /en/  /en/<chapter>/<slug>              the cover, a page
    /en/runs  /en/runs/<name>  /en/runs/compare?run=a&run=b         filled by the script from:
    GET  /api/search/<lang>.json
    POST /api/figure                        {"page", "name", "lang", "state"} -> the figure, and "state" as clamped
    GET  /api/runs                          GET /api/compare?run=a&run=b
    GET  /api/runs/<name>/rows?after=N      /events, the same as server-sent events      /card
    POST /api/runs/<name>/set               {"lr": 0.01}
    GET  /runs/<name>/report.html           /static/...

An error is {"error": "in words"}, never a traceback or a path. guard.py says who may ask.
"""

from __future__ import annotations

import asyncio
import json
import mimetypes
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

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
from wengu.core.words import LANGUAGES, Language, say
from wengu.handbook import render
from wengu.handbook.asking import FailedError, OverTimeError, RefusedError, Worker
from wengu.handbook.guard import REPORT_POLICY, Guard
from wengu.handbook.reading import Refusal, clamped, json_of, preferred, whole
from wengu.handbook.runs import Runs, told
from wengu.pages import figure_of, page

LIMITS = {"live": 10.0, "table": 60.0, "job": 60.0}  # seconds for a figure
LIMIT_OF_RUNS = 60.0  # seconds for a card, a comparison
POLL, HEARTBEAT = 0.5, 15.0  # seconds


class Handbook:
    """What the routes share."""

    def __init__(self, worker: Worker, runs: Path, *, token: str, language: Language) -> None:
        self.worker, self.runs, self.language = worker, Runs(runs), language
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
            with render.speaking(language):
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
        return await self._asked("figure", LIMITS[found.kind], language, page=path, name=name, state=state)

    # -- runs ---------------------------------------------------------------------------------------------------------

    async def list_runs(self, request: Request) -> Response:
        return JSONResponse({"runs": await self._list(self._asked_language(request))})

    async def rows(self, request: Request) -> Response:
        name = request.path_params["name"]
        self._run(name)
        return JSONResponse(await run_in_threadpool(self.runs.rows, name, whole(request.query_params.get("after"))))

    async def events(self, request: Request) -> Response:
        """The same rows as they come; 204, which ends the asking, where all are there and nobody trains the run."""
        name = request.path_params["name"]
        self._run(name)
        after = whole(request.headers.get("last-event-id") or request.query_params.get("after"))
        found = await run_in_threadpool(self.runs.rows, name, after)
        if "last-event-id" in request.headers and not found["rows"] and found["state"] != "training":
            return Response(status_code=204)

        async def told() -> AsyncIterator[str]:
            news, quiet, state = found, 0.0, None
            while True:
                if news["rows"] or news["reset"] or news["state"] != state:
                    state, quiet = news["state"], 0.0
                    yield f"id: {news['next']}\ndata: {json.dumps(news)}\n\n"
                    if state != "training":
                        return
                elif (quiet := quiet + POLL) >= HEARTBEAT:
                    quiet = 0.0
                    yield ":\n\n"
                await asyncio.sleep(POLL)
                try:
                    news = await run_in_threadpool(self.runs.rows, name, news["next"])
                except InputError:  # removed
                    return

        return StreamingResponse(told(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

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

    async def compare(self, request: Request) -> Response:
        names = request.query_params.getlist("run")
        paths = [str(self._run(name)) for name in names]
        return await self._asked("compare", LIMIT_OF_RUNS, self._asked_language(request), runs=paths)

    async def set(self, request: Request) -> Response:
        path, given = self._run(request.path_params["name"]), await json_of(request)
        if given.keys() != {"lr"} or isinstance(given["lr"], bool) or not isinstance(given["lr"], int | float):
            raise Refusal(400, say('expected {{"lr": a number above 0}}'))
        return await self._asked("change", LIMIT_OF_RUNS, self._asked_language(request), run=str(path), changes=given)

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
        with render.speaking(language):
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
        for folder in {str(self.runs.folder), str(self.runs.folder.absolute())}:
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


def app_of(worker: Worker, runs: Path, *, token: str, host: str = "127.0.0.1", language: Language = "en") -> Starlette:
    """The application."""
    mimetypes.add_type("text/javascript", ".js")  # a machine's own table may say otherwise
    book = Handbook(worker, runs, token=token, language=language)

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
            ("rows", book.rows), ("events", book.events), ("card", book.card))),
        Route("/api/runs/{name}/set", book.set, methods=["POST"]),
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
