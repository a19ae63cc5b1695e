"""Who may ask: nobody but this user's own browser on our own pages.

    every request          a Host that is ours, against a foreign name that points here (DNS rebinding), and the secret
                           of this start, against the other users of this machine (see secret.py)
    all but GET and HEAD   the same Origin, and the token of this start, which only our pages know
    every answer           may load and be loaded by nothing but ourselves
"""

from __future__ import annotations

import ipaddress
import secrets
import socket
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wengu.core.i18n import LANGUAGES, Language, language, say, speaking
from wengu.handbook.secret import Secret

LOOPBACK = ("localhost", "127.0.0.1", "::1")
POLICY = ("default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
          "base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
REPORT_POLICY = ("sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
                 "script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'")
"A run's report has a policy of its own, which names its one script by its hash; here it is kept apart from our pages."


class Guard:
    """Refuses what is not ours, and gives every answer its policy."""

    def __init__(self, app: ASGIApp, *, token: str, host: str, secret: Secret | None = None) -> None:
        self._app, self._token, self._secret = app, token, secret
        self._is_open = host not in LOOPBACK
        self._names = {*LOOPBACK, *([host, socket.gethostname().lower()] if self._is_open else [])}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request pass or refuse it."""
        if scope["type"] != "http":
            return
        headers, secret = Headers(scope=scope), self._secret
        is_in_address = secret is not None and secret.is_in_address(scope)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered = MutableHeaders(scope=message)
                for name, value in (
                    ("Content-Security-Policy", POLICY), ("X-Content-Type-Options", "nosniff"),
                    ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Resource-Policy", "same-origin"),
                    ("Cross-Origin-Opener-Policy", "same-origin"), ("Cache-Control", "no-cache"),
                ):
                    answered.setdefault(name, value)
                if secret and is_in_address and message["status"] < 400:
                    answered.append("Set-Cookie", secret.set_cookie())
            await send(message)

        with speaking(_language_of(scope) or language()):
            await self._answer_to(scope, headers, is_in_address)(scope, receive, guarded)

    def _answer_to(self, scope: Scope, headers: Headers, is_in_address: bool) -> ASGIApp:
        secret = self._secret
        if why := self._why_not_here(headers):
            return JSONResponse({"error": why}, 403)
        if secret and not secret.is_known(scope, headers):
            return secret.refused(headers)
        if why := self._why_not(scope["method"], headers):
            return JSONResponse({"error": why}, 403)
        return (secret.let_in(scope, headers) if secret and is_in_address else None) or self._app

    def _why_not_here(self, headers: Headers) -> str:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            return say("this address is not served here; open the one that `wengu notes` printed")
        return ""

    def _why_not(self, method: str, headers: Headers) -> str:
        host = headers["host"]
        if method in ("GET", "HEAD"):
            return ""
        if headers.getlist("origin") not in ([f"http://{host}"], [f"https://{host}"]):
            return say("the request came from another page")
        given = headers.get("x-wengu-token", "")
        if not secrets.compare_digest(given.encode("latin-1", "replace"), self._token.encode()):
            return say("wengu notes was started again; load this page again")
        return ""

    def _is_ours(self, host: str) -> bool:
        """A name without its port; behind a tunnel the port is another. An IP address cannot be rebound."""
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        return name in self._names or (self._is_open and _is_address(name))


def _language_of(scope: Scope) -> Language | None:
    """That of the page, or of the page that asks."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    wanted = (*query.get("lang", []), scope["path"].strip("/").split("/")[0])
    return next((one for name in wanted for one in LANGUAGES if one == name), None)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
