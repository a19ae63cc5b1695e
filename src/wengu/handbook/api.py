"""What the scripts of the pages ask for: figures, runs, trainings. It holds no torch; the worker does.

    POST /api/figure                        {"page", "name", "state"} -> the figure, and "state" as clamped
    POST /api/question                      {"page", "name", "seed"} -> {"html": with the numbers of that seed}
    GET  /api/runs                          GET /api/compare?run=a&run=b
    POST /api/rows                          {"after": {"a": 0, "b": 12}} -> of each, in brief and its rows from there
    GET  /api/runs/<name>/events?after=12   the same of one run, as server-sent events
    GET  /api/runs/<name>/card              /examples?id=a&id=b, which its gallery shows
    POST /api/runs/<name>/set               {"lr": 0.01}
    GET  /api/fit                           {"name", "page", "words", "stopping"} of the run that a page trains, or null
    POST /api/fit                           {"page", "words", "state"}: as the page offers it, and the settings of its
                                            figures by their names                              POST /api/fit/stop

Each with ?lang=en or zh. An error is {"error": "in words"}, never a traceback or a path.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from functools import cache, partial
from typing import Any, cast

from anyio import CapacityLimiter, to_thread
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from wengu.core.checks import InputError
from wengu.core.i18n import language, say
from wengu.handbook.questions import question_html
from wengu.handbook.request import Refusal, clamped, json_of, run_path, whole
from wengu.handbook.runs import KEPT, Runs, to_json
from wengu.handbook.training import TrainingProcess
from wengu.handbook.worker_pool import OverTimeError, RefusedError, Worker, WorkerFailedError
from wengu.pages import drawn_from, figure_of, figures_of, page, stored_draws
from wengu.pages.fits import filled

LIMIT = 10.0  # seconds for a figure, a question
MOST_SEEDS = 1_000_000
LIMIT_OF_RUNS = 60.0  # seconds for a card, a comparison
POLL, HEARTBEAT = 0.5, 15.0  # seconds


class Api:
    """The answers, in the language of the request."""

    def __init__(self, worker: Worker, training: TrainingProcess, runs: Runs) -> None:
        self.worker, self.training, self.runs = worker, training, runs
        self._cards: dict[tuple[Any, ...], bytes] = {}

    def routes(self) -> list[Route]:
        """The routes of all questions."""
        return [
            Route(f"/api/{path}", answer, methods=[method]) for method, path, answer in (
                ("POST", "figure", self.figure),
                ("POST", "question", self.question),
                ("GET", "runs", self.list_runs),
                ("GET", "compare", self.compare),
                ("POST", "rows", self.rows),
                ("GET", "runs/{name}/events", self.events),
                ("GET", "runs/{name}/card", self.card),
                ("GET", "runs/{name}/examples", self.examples),
                ("POST", "runs/{name}/set", self.set),
                ("GET", "fit", self.trained),
                ("POST", "fit", self.fit),
                ("POST", "fit/stop", self.stop),
            )
        ]

    # -- figures ------------------------------------------------------------------------------------------------------

    async def figure(self, request: Request) -> Response:
        given = await json_of(request)
        path, name = given.get("page"), given.get("name")
        if not isinstance(given.get("state", {}), dict):
            raise Refusal(400, say("expected page, name and state"))
        try:
            found = figure_of(str(path), str(name))
        except InputError:
            raise Refusal(404, say("there is no such figure")) from None
        state = clamped(found, given.get("state", {}))
        return await self._asked("figure", LIMIT, page=path, name=name, state=state)

    async def question(self, request: Request) -> Response:
        given = await json_of(request)
        path, name, seed = str(given.get("page")), str(given.get("name")), given.get("seed")
        try:
            asked = page(path, language()).asked
        except InputError:
            asked = {}
        if name not in asked or type(seed) is not int or not 0 <= seed < MOST_SEEDS:
            raise Refusal(404, say("there is no such question"))
        made = None
        if seed >= len(stored_draws(path).get(name, [])):
            made = drawn_from(json.loads(await self._answer("question", LIMIT, page=path, name=name, seed=seed)))
        return JSONResponse({"html": question_html(page(path, language()), name, seed, made)})

    # -- runs ---------------------------------------------------------------------------------------------------------

    async def list_runs(self, request: Request) -> Response:
        found = [to_json(one) for one in await run_in_threadpool(self.runs.all)]
        unreadable = {name: self._without_paths(why) for name, why in sorted(self.runs.unreadable.items())}
        return Response(json.dumps({"runs": found, "unreadable": unreadable}), media_type="application/json")

    async def rows(self, request: Request) -> Response:
        """The news of many runs at once; a run that there is not is left out."""
        after = (await json_of(request)).get("after")
        if not isinstance(after, dict) or len(after) > KEPT:
            raise Refusal(400, say('expected {{"after": {{a run: how many of its rows are there}}}}'))

        def read() -> str:
            found = {}
            for name, n in after.items():
                with contextlib.suppress(InputError, OSError, ValueError):
                    found[name] = self._news(name, n if type(n) is int else 0)
            return json.dumps(found)

        return Response(await run_in_threadpool(read), media_type="application/json")

    async def events(self, request: Request) -> Response:
        """The news of a run as they come, until nobody trains it any more."""
        name = request.path_params["name"]
        run_path(self.runs, name)

        async def news_of_it() -> AsyncIterator[str]:
            after = whole(request.headers.get("last-event-id") or request.query_params.get("after"))
            quiet, before = 0.0, cast(dict[str, Any] | None, {})
            while True:
                try:
                    news = await run_in_threadpool(self._news, name, after)
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

        return StreamingResponse(news_of_it(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    def _news(self, name: str, after: int) -> dict[str, Any]:
        """The run in brief, read first: where it says that training ended, the rows are all. Raises InputError."""
        run = self.runs.one(name)
        return {"run": to_json(run) if run else None, **self.runs.rows(name, after)}

    async def card(self, request: Request) -> Response:
        name = request.path_params["name"]
        path = run_path(self.runs, name)
        stamps = [(path / file).stat().st_mtime_ns for file in ("run.json", "config.toml", "ledger.json")
                  if (path / file).exists()]
        key = (name, language(), *stamps)
        if key not in self._cards:
            answer = await self._asked("card", LIMIT_OF_RUNS, run=str(path))
            while len(self._cards) >= 32:
                self._cards.pop(next(iter(self._cards)))
            self._cards[key] = bytes(answer.body)
        return Response(self._cards[key], media_type="application/json")

    async def examples(self, request: Request) -> Response:
        path, ids = run_path(self.runs, request.path_params["name"]), request.query_params.getlist("id")
        return await self._asked("examples", LIMIT_OF_RUNS, run=str(path), ids=ids)

    async def compare(self, request: Request) -> Response:
        names = request.query_params.getlist("run")
        paths = [str(run_path(self.runs, name)) for name in names]
        return await self._asked("compare", LIMIT_OF_RUNS, runs=paths)

    async def set(self, request: Request) -> Response:
        path, given = run_path(self.runs, request.path_params["name"]), await json_of(request)
        if given.keys() != {"lr"} or isinstance(given["lr"], bool) or not isinstance(given["lr"], int | float):
            raise Refusal(400, say('expected {{"lr": a number above 0}}'))
        return await self._asked("change", LIMIT_OF_RUNS, run=str(path), changes=given)

    # -- training -----------------------------------------------------------------------------------------------------

    async def trained(self, request: Request) -> Response:
        return JSONResponse(self.training.now())

    async def fit(self, request: Request) -> Response:
        """Only what stands on the page: the words come back from there, and are looked up; settings are clamped."""
        given = await json_of(request)
        path, words = given.get("page"), given.get("words")
        try:
            offered = page(str(path), language()).fits
        except InputError:
            offered = ()
        if words not in offered:
            raise Refusal(404, say("there is no such training"))
        state = given.get("state", {})
        whole_words = filled(str(words), figures_of(str(path)), state if isinstance(state, dict) else {})
        try:
            await run_in_threadpool(self.training.start, whole_words, page=str(path), lang=language(), offer=str(words))
        except InputError as error:
            raise Refusal(409, self._without_paths(str(error))) from None
        return JSONResponse(self.training.now())

    async def stop(self, request: Request) -> Response:
        await json_of(request)
        self.training.stop()
        return JSONResponse(self.training.now())

    # -- what they share ----------------------------------------------------------------------------------------------

    async def _asked(self, what: str, seconds: float, **values: Any) -> Response:
        """The worker's answer as it stands."""
        text = await self._answer(what, seconds, **values)
        return Response(text, media_type="application/json", headers={"Cache-Control": "no-store"})

    async def _answer(self, what: str, seconds: float, **values: Any) -> bytes:
        """The worker's answer, or a Refusal that says why there is none."""
        try:
            ask = partial(self.worker.ask, what, seconds=seconds, lang=language(), **values)
            return await to_thread.run_sync(ask, limiter=self._waiting())
        except RefusedError as error:
            raise Refusal(400, self._without_paths(str(error))) from None
        except OverTimeError:
            raise Refusal(504, say("this took longer than {seconds:.0f} s and was stopped", seconds=seconds)) from None
        except WorkerFailedError:
            raise Refusal(503, say("this could not be computed; the terminal of `wengu notes` may say why")) from None

    @cache  # noqa: B019  one for each start
    def _waiting(self) -> CapacityLimiter:
        """Threads that wait for the worker; more questions wait without one, so that the runs stay quick."""
        return CapacityLimiter(8)

    def _without_paths(self, text: str) -> str:
        """Runs by their names alone: where they lie is nobody's concern in a page."""
        for folder in {str(self.runs.folder), str(self.runs.folder.absolute())} - {"."}:
            text = text.replace(f"{folder}/", "").replace(folder, "runs")
        return text
