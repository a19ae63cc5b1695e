"""The secret of a start: the printed address carries it, a cookie keeps it, and without it nothing is served.

    http://127.0.0.1:8420/en/?token=SECRET      the browser is given the cookie, and led on to /en/
    curl 'http://127.0.0.1:8420/api/runs?token=SECRET'      who asks for no page is answered at once

A port of this machine is open to all its users; the terminal and the browser of one are his alone. The cookie is bound
to the port by its name, is hidden from scripts (HttpOnly), and comes along from our own pages alone (SameSite=Strict):
so from a link elsewhere too the page that leads on must be loaded first. Source: the way of Jupyter.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from html import escape
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Scope

from wengu.core.files import write_whole
from wengu.core.i18n import language, say
from wengu.core.own_folder import runtime_folder

NAME = "token"
STYLE = """<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><style>
body { max-width: 34rem; margin: 18vh auto; padding: 0 1.5rem; font: 1.05rem/1.65 system-ui, sans-serif }
h1 { font-size: 1.5rem; font-weight: 600 } code { font-size: .95em; white-space: nowrap }
</style>"""


class Secret:
    """What a request must know, and what is said to one that does not."""

    def __init__(self, secret: str, *, port: int) -> None:
        self._secret, self._cookie = secret, f"wengu-{port}"

    @property
    def cookie(self) -> str:
        """As a browser sends it."""
        return f"{self._cookie}={self._secret}"

    def is_known(self, scope: Scope, headers: Headers) -> bool:
        """Whether the cookie or the address has it."""
        pairs = [pair.strip().partition("=") for line in headers.getlist("cookie") for pair in line.split(";")]
        return any(self._is_it(kept) for name, _, kept in pairs if name == self._cookie) or self.is_in_address(scope)

    def is_in_address(self, scope: Scope) -> bool:
        """Whether the address has it."""
        return self._is_it(_asked(scope).get(NAME, ""))

    def let_in(self, scope: Scope, headers: Headers) -> Response | None:
        """To a browser that brings the address: a page that leads on to the same without it; to others nothing."""
        if scope["method"] != "GET" or "text/html" not in headers.get("accept", ""):
            return None
        rest = urlencode([pair for pair in _pairs(scope) if pair[0] != NAME])
        path = "/" + scope["raw_path"].decode("latin-1").lstrip("/")  # //elsewhere is another host
        return HTMLResponse(_page(say("The handbook"), f'<p><a href="{escape(path + (rest and f"?{rest}"))}">'
                                  f'{escape(say("Open the handbook"))}</a></p>', on=path + (rest and f"?{rest}")))

    def refused(self, headers: Headers) -> Response:
        """What whoever does not know it is told: where it is to be found."""
        why = say("this handbook is its owner's alone; open the address that `wengu notes` printed in the terminal, "
                  "with all that stands behind token=")
        if "text/html" not in headers.get("accept", ""):
            return JSONResponse({"error": why}, 403)
        told = re.sub("`(.+?)`", r"<code>\1</code>", escape(why[:1].upper() + why[1:]))
        return HTMLResponse(_page(say("The handbook"), f"<h1>{escape(say('The handbook'))}</h1><p>{told}</p>"), 403)

    def set_cookie(self) -> str:
        """The header that gives a browser the cookie; it ends with the browser."""
        return f"{self.cookie}; Path=/; HttpOnly; SameSite=Strict"

    def _is_it(self, given: str) -> bool:
        return secrets.compare_digest(given.encode("utf-8", "replace"), self._secret.encode())


def _pairs(scope: Scope) -> list[tuple[str, str]]:
    return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)


def _asked(scope: Scope) -> Mapping[str, str]:
    return dict(_pairs(scope))


def _page(title: str, body: str, *, on: str = "") -> str:
    """A page that needs nothing else; with `on` it leads there at once."""
    lead = f'<meta http-equiv="refresh" content="0; url={escape(on)}">' if on else ""
    return (f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8">{lead}{STYLE}'
            f"<title>{escape(title)}</title></head><body>{body}</body></html>")


def private_page(address: str) -> Path:
    """A file that only this user can read and that leads to the address: a command line can be read by all users."""
    file = runtime_folder() / f"notes-{secrets.token_hex(8)}.html"
    write_whole(file, _page(say("The handbook"), f'<p><a href="{escape(address)}">{escape(address)}</a></p>',
                            on=address))
    return file
