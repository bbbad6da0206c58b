"""The door: what it lets pass, what it refuses, and what every answer carries."""

import asyncio
import os
from http.cookies import SimpleCookie
from itertools import product

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute

from pages.parts.access import announce, failed, protection, take_token

HOST = "127.0.0.1:8501"
OWN, OTHER = f"http://{HOST}", "http://127.0.0.1:9000"
PATHS = ("/", "/watch", "/static/js/index.js", "/_stcore/host-config", "/_stcore/upload_file/a/b", "/media/a.csv")
PATHS += ("/component/a/b.js", "/_stcore/bidi-components/a/b.js", "/thumb/0123456789abcdef/0.png", "/frame/a/0.png")


def inner(request):
    if request.url.path == "/broken":
        raise RuntimeError("broken on purpose")
    return PlainTextResponse("within")


async def stream(websocket):
    await websocket.accept()


def ask(path, token="right", kind="http", method="GET", query="", host=HOST, **headers):
    """Status (101 for an accepted websocket), headers and body of one request to an app behind a door of that token."""
    headers = {"host": host} | {name.replace("_", "-"): value for name, value in headers.items()}
    scope = {
        "type": kind, "http_version": "1.1", "method": method, "scheme": "http" if kind == "http" else "ws",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "subprotocols": [],
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "extensions": {"websocket.http.response": {}},
    }  # fmt: skip
    if kind == "websocket":
        del scope["method"]
    sent = []

    async def receive():
        return {"type": "http.request"} if kind == "http" else {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    routes = [WebSocketRoute("/_stcore/stream", stream), Route("/{path:path}", inner, methods=["GET", "PUT", "HEAD"])]
    app = Starlette(routes=routes, middleware=protection(token), exception_handlers={Exception: failed})
    try:
        asyncio.run(app(scope, receive, send))
    except RuntimeError as error:
        assert str(error) == "broken on purpose"
    if sent[0]["type"] == "websocket.accept":
        return 101, {}, ""
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, b"".join(message.get("body", b"") for message in sent[1:]).decode()


def cookie(host=HOST, token="right") -> str:
    """The cookie that a visit with the token gets."""
    return ask("/", token, query=f"token={token}", host=host)[1]["set-cookie"].split(";")[0]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"query": "token=wrong"},
        {"query": "token="},
        {"query": "token"},
        {"cookie": "ddcore-8501=right"},
        {"cookie": "ddcore-8501="},
        {"cookie": cookie(token="another")},
        {"cookie": cookie(host="127.0.0.1:8502")},
        {"authorization": "token right"},
    ],
)
def test_nothing_without_the_token(path, wrong):
    for method in ("GET", "PUT", "HEAD"):
        status, headers, body = ask(path, method=method, **wrong)
        assert status == 403
        assert "within" not in body
        assert headers["cache-control"] == "no-store"
        assert "set-cookie" not in headers
    assert "?token=" in body  # says in which address to look


@pytest.mark.parametrize("path", PATHS)
def test_everything_with_the_cookie(path):
    for method in ("GET", "PUT"):
        assert ask(path, method=method, cookie=cookie())[::2] == (200, "within")


def test_the_stream_opens_with_the_cookie_only():
    assert ask("/_stcore/stream", kind="websocket", origin=OWN, cookie=cookie())[0] == 101
    assert ask("/_stcore/stream", kind="websocket", origin=OWN)[0] == 403
    assert ask("/_stcore/stream", kind="websocket", origin=OWN, query="token=right")[0] == 403


def test_health_tells_everybody_that_the_server_is_up():
    assert ask("/_stcore/health")[::2] == (200, "within")
    assert ask("/_stcore/health/")[0] == 403
    assert ask("/_stcore/healthy")[0] == 403


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("token=right", ""),
        ("run=a-b&token=right", "?run=a-b"),
        ("token=right&run=a&beside=b+c%26d&empty=", "?run=a&beside=b+c%26d&empty="),
    ],
)
def test_the_first_visit_changes_the_token_for_a_cookie(query, kept):
    status, headers, _ = ask("/watch", query=query)
    assert (status, headers["location"]) == (303, f"/watch{kept}")
    [(name, morsel)] = SimpleCookie(headers["set-cookie"]).items()
    assert "8501" in name  # an app on another port of this host keeps its own
    assert morsel["httponly"] and morsel["path"] == "/" and morsel["samesite"].lower() == "strict"
    assert "right" not in headers["set-cookie"]
    assert ask("/watch", cookie=f"{name}={morsel.value}")[0] == 200


def test_the_first_visit_stays_on_this_server():
    for path in ("//evil.example", "/\\evil.example", "///evil.example/a"):
        assert ask(path, query="token=right")[1]["location"][:2] not in ("//", "/\\")


def test_a_link_on_another_page_lets_in_too():
    """A redirect would arrive without the cookie."""
    status, headers, _ = ask("/watch", query="run=a&token=right", sec_fetch_site="cross-site")
    assert (status, headers["refresh"]) == (200, "0; url=/watch?run=a")
    assert "set-cookie" in headers


FOREIGN = [{"origin": origin} for origin in (OTHER, "http://localhost:8501", "http://evil.example", "null", "")]
FOREIGN += [{"sec_fetch_site": "cross-site"}, {"sec_fetch_site": "same-site"}]


@pytest.mark.parametrize("foreign", FOREIGN, ids=str)
@pytest.mark.parametrize("token", ["right", ""])
def test_pages_of_other_origins_get_nothing_even_with_the_cookie(foreign, token):
    own = {"cookie": cookie()}
    for path, method in product(PATHS, ("GET", "PUT")):
        assert ask(path, token, method=method, **own, **foreign)[0] == 403
    assert ask("/_stcore/stream", token, kind="websocket", **own, **foreign)[0] == 403


def test_own_pages_are_no_other_origin():
    for site in ("same-origin", "none"):
        assert ask("/", cookie=cookie(), origin=OWN, sec_fetch_site=site)[0] == 200
    tunnel = "localhost:9000"  # the port that the browser sees
    assert ask("/", host=tunnel, origin=f"http://{tunnel}", cookie=cookie(tunnel))[0] == 200


@pytest.mark.parametrize("path", ["/", "/_stcore/health", *PATHS])
def test_other_host_names_are_refused(path):
    assert ask(path, host="evil.example", cookie=cookie("evil.example"))[0] == 400
    assert ask(path, host="localhost:8501", cookie=cookie("localhost:8501"))[0] == 200


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, {"cookie": cookie()}),
        (200, {"path": "/_stcore/health"}),
        (303, {"query": "token=right"}),
        (400, {"cookie": cookie("evil.example"), "host": "evil.example"}),
        (403, {}),
        (403, {"path": "/_stcore/stream", "kind": "websocket"}),
        (405, {"method": "DELETE", "cookie": cookie()}),
        (500, {"path": "/broken", "cookie": cookie()}),
    ],
)
def test_no_other_page_may_frame_or_show_an_answer(status, answer):
    found, headers, _ = ask(**{"path": "/"} | answer)
    assert found == status
    assert headers["x-frame-options"] == "DENY"
    assert headers["content-security-policy"] == "frame-ancestors 'none'"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_an_empty_token_lets_everybody_in():
    assert ask("/", token="")[0] == 200
    assert ask("/_stcore/stream", token="", kind="websocket", origin=OWN)[0] == 101
    assert ask("/", token="", query="token=")[0] == 200


def test_a_link_on_another_page_leads_into_an_app_without_a_token():
    link = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    assert ask("/watch", token="", query="run=a", **link)[::2] == (200, "within")
    assert ask("/watch", token="", method="PUT", **link)[0] == 403
    assert ask("/watch", token="", **link | {"sec_fetch_mode": "no-cors"})[0] == 403
    assert ask("/watch", cookie=cookie(), **link)[0] == 403
    assert ask("/_stcore/stream", token="", kind="websocket", **link)[0] == 403


@pytest.mark.parametrize("token", ["a b&c=d;e", "é∑", "?#%2F", "\udcff"])
def test_any_text_may_be_the_token(token, capsys):
    query = printed(token, capsys).partition("?")[2]
    status, headers, _ = ask("/", token, query=query)
    assert status == 303
    assert ask("/", token, cookie=headers["set-cookie"].split(";")[0])[0] == 200
    assert ask("/", token, query="token=a")[0] == 403


def printed(token, capsys) -> str:
    async def start():
        async with announce(token)(None):
            pass

    asyncio.run(start())
    return capsys.readouterr().out.split()[-1]


def test_the_address_is_printed_with_the_token(capsys):
    assert printed("secret", capsys).endswith("/?token=secret")
    assert printed("", capsys).endswith("/")


def test_the_environment_names_the_token_and_workers_do_not_inherit_it(monkeypatch):
    for named in ("secret", ""):
        monkeypatch.setenv("DDCORE_TOKEN", named)
        assert take_token() == named
        assert "DDCORE_TOKEN" not in os.environ


def test_a_fresh_token_cannot_be_guessed_and_stays_out_of_the_environment(monkeypatch):
    monkeypatch.delenv("DDCORE_TOKEN", raising=False)
    tokens = {take_token() for _ in range(20)}
    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 40
    assert not tokens & set(os.environ.values())
