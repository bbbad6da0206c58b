"""Who may come in: those who have the app's token, from pages of the app itself, and in no frame of another page.

Every user of a computer can reach 127.0.0.1, and so can every web page they look at. So the app prints its address with
a token, and the first visit exchanges the token for a cookie, as notebooks do. Imports stay light, since this module is
loaded before the first page appears.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import parse_qsl, quote, urlencode

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.web.server.server_util import get_display_address, get_url

OPEN = "/_stcore/health"  # says only that the server is up
_SHIELD = {
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "frame-ancestors 'none'",
    # Pictures stay in the browser's cache, out of which pages on other ports could still show them.
    "Cross-Origin-Resource-Policy": "same-origin",
}
_REFUSAL = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Dataset Distillation Explorer</title>
<style>
  body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 18vh auto; padding: 0 1.5rem;
         background: light-dark(#ffffff, #10161d); color: light-dark(#1c2733, #e4eaf1) }
</style>
<p>To open the explorer, use the address that it printed in its terminal at the start: it contains <code>?token=</code>.
"""


def take_token() -> str:
    """The token named by `DDCORE_TOKEN` ("" lets everybody in), or a fresh one.

    The variable leaves the environment, which the workers of runs inherit.
    """
    named = os.environ.pop("DDCORE_TOKEN", None)
    return secrets.token_urlsafe(32) if named is None else named


def announce(token: str) -> Callable[..., AbstractAsyncContextManager[None]]:
    """A lifespan that prints the app's address, with its token, once the server has a port."""

    @asynccontextmanager
    async def lifespan(_: ASGIApp) -> AsyncIterator[None]:
        address = get_url(get_display_address(config.get_option("server.address") or "localhost"))
        named = "?" + urlencode({"token": token}, errors="surrogateescape") if token else ""
        print(f"Dataset Distillation Explorer: {address}/{named}", flush=True)
        yield

    return lifespan


def protection(token: str) -> list[Middleware]:
    """What surrounds the whole app."""
    # Streamlit checks `server.allowedHosts` for its websocket only; without this, a page elsewhere could read all else
    # by making its own host name point here.
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=config.get_option("server.allowedHosts") or ["*"])
    return [Middleware(Door, token=token), hosts]


def failed(_: HTTPConnection, __: Exception) -> Response:
    """The answer where a route failed; Starlette sends it round the door, so it brings its own headers."""
    return PlainTextResponse("The server failed to answer; its log says why.", 500, headers=_SHIELD)


class Door:
    """Lets pass what carries the token's cookie and comes from no other site or port.

    A visit with `?token=` gets the cookie and is sent to the same address without the token.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app = app
        self.key = _key(token) if token else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        inside = self._answer(HTTPConnection(scope)) or self.app
        return await inside(scope, receive, _shielded(send))

    def _answer(self, request: HTTPConnection) -> Response | None:
        """What the door itself answers; None lets the request pass."""
        if self._brings_token(request):
            return self._welcome(request)
        passes = self._has_cookie(request) and (not _from_elsewhere(request) or self._follows_link(request))
        if passes or request.scope["path"] == OPEN:
            return None
        return HTMLResponse(_REFUSAL, 403, headers={"Cache-Control": "no-store"})

    def _brings_token(self, request: HTTPConnection) -> bool:
        if not self.key or request.scope.get("method") != "GET":
            return False
        return any(name == "token" and hmac.compare_digest(_key(value), self.key) for name, value in _pairs(request))

    def _has_cookie(self, request: HTTPConnection) -> bool:
        given = request.cookies.get(_cookie(request), "")
        return not self.key or hmac.compare_digest(given.encode(), self.key.encode())

    def _follows_link(self, request: HTTPConnection) -> bool:
        """Whether a person followed a link to an app that everybody may enter: the page it came from sees nothing."""
        navigates = request.headers.get("sec-fetch-mode") == "navigate" and request.scope.get("method") == "GET"
        return not self.key and navigates

    def _welcome(self, request: HTTPConnection) -> Response:
        """The cookie, and the way to the same address without the token."""
        kept = urlencode([pair for pair in _pairs(request) if pair[0] != "token"], errors="surrogateescape")
        address = "/" + quote(request.scope["path"].lstrip("/")) + (f"?{kept}" if kept else "")
        answer = Response(status_code=303, headers={"Location": address, "Cache-Control": "no-store"})
        if _from_elsewhere(request):
            # Browsers withhold strict cookies from a redirect that began with a link on another page; this begins anew.
            answer = Response(headers={"Refresh": f"0; url={address}", "Cache-Control": "no-store"})
        answer.set_cookie(_cookie(request), self.key, httponly=True, samesite="strict")
        return answer


def _from_elsewhere(request: HTTPConnection) -> bool:
    """Whether a page of another site, host or port sent this. Programs that are no browser name no origin."""
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    foreign = origin is not None and origin not in (f"http://{host}", f"https://{host}")
    return foreign or request.headers.get("sec-fetch-site") in ("cross-site", "same-site")


def _cookie(request: HTTPConnection) -> str:
    """The cookie's name: browsers share cookies among all ports of a host, and an app on another port has its own."""
    port = request.headers.get("host", "").rpartition(":")[2]
    return f"ddcore-{port}" if port.isascii() and port.isdigit() else "ddcore"


def _pairs(request: HTTPConnection) -> list[tuple[str, str]]:
    query = request.scope["query_string"].decode("latin-1")
    return parse_qsl(query, keep_blank_values=True, errors="surrogateescape")


def _key(token: str) -> str:
    """What the cookie holds: it lets in like the token, but any text has one, fit for a cookie and of one length."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()


def _shielded(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            MutableHeaders(scope=message).update(_SHIELD)
        await send(message)

    return sending
