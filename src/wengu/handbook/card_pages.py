"""What knows how the reader's cards went: the cover's part of the day, the cards themselves, their file.

    /en/cards                     today's ten            /en/routes/<slug>          a way through the book
    /api/cards.jsonl              the file itself, to keep or to take along
    POST /api/graded              {"page", "name", "seed", "grade"} -> {"done", "of"}, of today's
"""

from __future__ import annotations

from datetime import date

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route as Address

from wengu.core.checks import InputError
from wengu.core.i18n import language, say
from wengu.core.safe_read import ReadError, read_bytes
from wengu.handbook.card_render import cards_html, route_html
from wengu.handbook.parts import Site
from wengu.handbook.request import Refusal, json_of
from wengu.pages.cards import (
    Answer,
    Card,
    Standing,
    Today,
    answers,
    cards_file,
    deck,
    progress,
    record,
    seed_of,
    standings,
    today,
)
from wengu.pages.routes import ROUTES


class CardPages:
    """The answers of a reader, read anew each time: a terminal may have added to them."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def pages(self) -> list[Address]:
        """The routes within each language."""
        return [Address("/cards", self.cards, methods=["GET"]), Address("/routes/{slug}", self.route, methods=["GET"])]

    def routes(self) -> list[Address]:
        """Those that are of no language."""
        return [Address("/api/cards.jsonl", self.file, methods=["GET"]),
                Address("/api/graded", self.graded, methods=["POST"])]

    async def of_today(self) -> tuple[Today | None, dict[str, tuple[int, int]], dict[str, Standing]]:
        """What the cover shows: nothing where the file cannot be read; the cards' own page says why."""
        try:
            answered = await run_in_threadpool(answers)
        except InputError:
            return None, {}, {}
        day = date.today()
        return today(answered, day), progress(answered), standings(answered, day) if answered else {}

    async def cards(self, request: Request) -> Response:
        try:
            answered: list[Answer] = await run_in_threadpool(answers)
        except InputError as error:
            return HTMLResponse(cards_html(language(), self.site, None, {}, why=str(error)))
        left = today(answered, date.today())
        seeds = {card: seed_of(card, answered) for card in left.cards}
        return HTMLResponse(await run_in_threadpool(cards_html, language(), self.site, left, seeds))

    async def route(self, request: Request) -> Response:
        if (slug := request.path_params["slug"]) not in ROUTES:
            raise HTTPException(404)
        _, known, _ = await self.of_today()
        return HTMLResponse(route_html(language(), self.site, ROUTES[slug], known))

    async def file(self, request: Request) -> Response:
        try:
            content = await run_in_threadpool(read_bytes, cards_file())
        except FileNotFoundError:
            content = b""
        except ReadError:
            raise HTTPException(404) from None
        return Response(content, media_type="application/jsonl",
                        headers={"Content-Disposition": 'attachment; filename="wengu-cards.jsonl"',
                                 "Cache-Control": "no-store"})

    async def graded(self, request: Request) -> Response:
        given = await json_of(request)
        card, seed = Card(str(given.get("page")), str(given.get("name"))), given.get("seed")
        if card not in deck() or type(seed) is not int or seed < 0:
            raise Refusal(404, say("there is no such question"))
        try:
            await run_in_threadpool(record, card, str(given.get("grade")), seed=seed, day=date.today())
            now = today(await run_in_threadpool(answers), date.today())
        except InputError as error:
            raise Refusal(400, str(error)) from None
        except OSError as error:
            raise Refusal(500, say("the answer was not kept: {error}", error=error.strerror or "")) from None
        return JSONResponse({"done": now.done, "of": now.done + len(now.cards)})
