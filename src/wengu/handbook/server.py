"""The server: the handbook's pages, and where everything is asked for. It holds no torch; the worker does.

    /                                       to /en/ or /zh/, as the browser asks
    /en/  /en/<chapter>/<slug>  /en/api/<room>      the cover, a page, a room's public names (/en/api: the first)
    /en/cards  /en/routes/<slug>            see card_pages.py
    /en/sheet                               every formula, a chapter to a printed side
    /en/runs  /en/runs/<name>  /en/runs/compare?run=a&run=b         filled by the script, which asks api.py
    /api/search/<lang>.json                 /runs/<name>/report.html                    /static/...

middleware.py says who may ask, and which language is spoken.
"""

from __future__ import annotations

import mimetypes
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from wengu.core.checks import InputError
from wengu.core.i18n import LANGUAGES, Language, language, say
from wengu.core.safe_read import ReadError, is_file, read_bytes
from wengu.handbook import reference, render
from wengu.handbook.api import Api
from wengu.handbook.card_pages import CardPages
from wengu.handbook.middleware import REPORT_POLICY, Guard
from wengu.handbook.parts import STATIC
from wengu.handbook.places import rooms
from wengu.handbook.request import Refusal, preferred, run_path
from wengu.handbook.runs import Runs, to_json
from wengu.handbook.search import search_index
from wengu.handbook.secret import Secret
from wengu.handbook.sheet import sheet_html
from wengu.handbook.training import TrainingProcess
from wengu.handbook.worker_pool import Worker
from wengu.pages import page


class Handbook:
    """The pages, in the language of the request; each is written once."""

    def __init__(self, runs: Runs, *, token: str) -> None:
        self.runs = runs
        self.site = render.Site(token)
        self.cards = CardPages(self.site)
        self._pages: dict[tuple[Language, str], str] = {}

    async def entrance(self, request: Request) -> Response:
        return RedirectResponse(f"/{preferred(request.headers.get('accept-language', ''), language())}/", 307)

    async def cover(self, request: Request) -> Response:
        newest, last = await run_in_threadpool(self.runs.newest), None
        if newest:
            brief = to_json(newest)
            about = " · ".join(brief[key] for key in ("network", "data", "state_in_words") if brief[key])
            last = {"name": brief["name"], "about": about}
        return HTMLResponse(render.cover_html(language(), self.site, last, *await self.cards.of_today()))

    async def page(self, request: Request) -> Response:
        key = language(), "{chapter}/{slug}".format(**request.path_params)
        if key not in self._pages:
            try:
                found = page(key[1], key[0])
            except InputError:
                raise HTTPException(404) from None
            self._pages[key] = render.page_html(found, self.site)
        return HTMLResponse(self._pages[key])

    async def sheet(self, request: Request) -> Response:
        key = language(), "sheet"
        if key not in self._pages:
            self._pages[key] = sheet_html(language(), self.site)
        return HTMLResponse(self._pages[key])

    async def reference(self, request: Request) -> Response:
        slug = request.path_params["room"]
        key = language(), f"api/{slug}"
        if key not in self._pages:
            try:
                room = await run_in_threadpool(reference.room_at, slug)
            except LookupError:
                raise HTTPException(404) from None
            self._pages[key] = render.reference_html(room, key[0], self.site)
        return HTMLResponse(self._pages[key])

    async def to_reference(self, request: Request) -> Response:
        return RedirectResponse(f"/{language()}/api/{reference.slug_of(rooms()[0])}", 307)

    async def runs_page(self, request: Request) -> Response:
        return HTMLResponse(render.runs_html(language(), self.site))

    async def run_page(self, request: Request) -> Response:
        name = request.path_params["name"]
        path = run_path(self.runs, name)
        return HTMLResponse(render.runs_html(language(), self.site, view="run", names=(name,),
                                             has_report=is_file(path / "report.html")))

    async def compare_page(self, request: Request) -> Response:
        names = tuple(request.query_params.getlist("run"))
        for name in names:
            run_path(self.runs, name)
        return HTMLResponse(render.runs_html(language(), self.site, view="compare", names=names))

    async def report(self, request: Request) -> Response:
        path = run_path(self.runs, request.path_params["name"]) / "report.html"
        try:
            content = await run_in_threadpool(read_bytes, path)
        except (ReadError, FileNotFoundError):
            raise HTTPException(404) from None
        return HTMLResponse(content, headers={"Content-Security-Policy": REPORT_POLICY})

    async def search(self, language: Language, request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(search_index, language))

    # -- what goes wrong ----------------------------------------------------------------------------------------------

    async def refused(self, request: Request, error: Exception) -> Response:
        """The answer to a request that makes no sense."""
        status, why = (error.status, error.why) if isinstance(error, Refusal) else (500, "")
        return JSONResponse({"error": why}, status)

    async def missing(self, request: Request, error: Exception) -> Response:
        """The answer to a request for what there is not."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        if request.url.path.startswith("/api/") or status != 404:
            why = {404: say("there is no such thing"), 405: say("this address does not take that method")}
            return JSONResponse({"error": why.get(status, say("refused"))}, status)
        return HTMLResponse(render.missing_html(language(), self.site), 404)


def app_of(worker: Worker, runs: Path, *, token: str, training: TrainingProcess | None = None,
           host: str = "127.0.0.1", secret: Secret | None = None) -> Starlette:
    """The handbook as a Starlette application: routes, guard and answers to errors.

    Without a secret whoever reaches it is answered, as within a process.
    """
    mimetypes.add_type("text/javascript", ".js")  # a machine's own table may say otherwise
    every = Runs(runs)
    book, api = Handbook(every, token=token), Api(worker, training or TrainingProcess(runs), every)
    get = partial(Route, methods=["GET"])
    routes = [
        get("/", book.entrance),
        *(Mount(f"/{one}", routes=[
            get("/", book.cover), get("/runs", book.runs_page), get("/runs/compare", book.compare_page),
            get("/sheet", book.sheet), get("/runs/{name}", book.run_page),
            get("/api", book.to_reference), get("/api/", book.to_reference), get("/api/{room}", book.reference),
            *book.cards.pages(), get("/{chapter}/{slug}", book.page)], name=one) for one in LANGUAGES),
        get("/runs/{name}/report.html", book.report),
        *(get(f"/api/search/{one}.json", partial(book.search, one)) for one in LANGUAGES),
        *api.routes(), *book.cards.routes(),
        Mount("/static", StaticFiles(directory=STATIC, check_dir=False)),
    ]

    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, token=token, host=host, secret=secret)],
        exception_handlers={HTTPException: book.missing, Refusal: book.refused},
    )
