"""The door of the real server: who has no token gets nothing, and who has one never notices it."""

import http.client
import http.cookiejar
import os
import re
import subprocess
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = min(path.name for path in (ROOT / "examples").iterdir() if (path / "snapshots").is_dir())
PICTURE, STREAM, UPLOAD = f"/frame/{EXAMPLE}/0.png", "/_stcore/stream", "/_stcore/upload_file/any/any"
PATHS = ("/", "/watch", "/favicon.png", "/_stcore/host-config", "/_stcore/metrics", "/media/a.csv", "/component/a/b.js")
UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
UPGRADE |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "streamlit"}


@pytest.fixture
def address(serve, tmp_path_factory):
    return serve(ROOT / "app.py", {"OMP_NUM_THREADS": "1"})


def ask(address: str, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str]]:
    """Status and headers of one answer; redirects are not followed."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    try:
        connection.request(method, path, headers=headers | (UPGRADE if path == STREAM else {}))
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


def cookie(address: str, token: str) -> str:
    return ask(address, f"/?{urlencode({'token': token})}")[1]["set-cookie"].split(";")[0]


def statuses(address: str, query: str = "", **headers: str) -> set[int]:
    """Those of all doors: pages, files, the stream, an upload, a picture."""
    asked = [ask(address, path + query, **headers) for path in (*PATHS, PICTURE, STREAM)]
    asked += [ask(address, UPLOAD + query, method, **headers) for method in ("PUT", "DELETE", "OPTIONS")]
    assert {given["x-frame-options"] for status, given in asked if status != 101} == {"DENY"}
    return {status for status, _ in asked}


def test_a_client_without_the_token_gets_nothing(address, token):
    right = cookie(address, token)
    assert ask(address, PICTURE, Cookie=right)[1]["content-type"] == "image/png"
    assert ask(address, STREAM, Cookie=right, Origin=address)[0] == 101
    assert ask(address, "/_stcore/health")[0] == 200

    assert statuses(address) == {403}
    assert statuses(address, "?token=wrong") == {403}
    assert statuses(address, Cookie=f"{right.partition('=')[0]}={token}") == {403}
    assert statuses(address, Cookie=right, Origin="http://127.0.0.1:1") == {403}


def test_a_deep_link_with_the_token_opens_and_drops_it(address, page_of, token):
    page = page_of(f"{address}/watch?run={EXAMPLE}")
    assert page.url == f"{address}/watch?run={EXAMPLE}"
    expect(page.locator(".where")).to_be_visible()
    page.reload()
    expect(page.locator(".where")).to_be_visible()
    assert not [problem for problem in page.problems if "403" in problem]
    [given] = [given for given in page.context.cookies() if given["name"].startswith("ddcore-")]
    assert given["httpOnly"] and given["sameSite"] == "Strict" and given["path"] == "/"
    assert token not in page.evaluate("document.cookie") + given["value"]


def test_a_browser_without_the_token_is_told_where_to_find_it(address, chromium):
    page = chromium.new_page()
    assert page.goto(f"{address}/watch?run={EXAMPLE}").status == 403
    assert "?token=" in page.locator("body").inner_text()
    expect(page.get_by_test_id("stApp")).to_have_count(0)
    page.close()


@pytest.fixture
def page_elsewhere():
    """The address of a page on another port of this host: browsers send it the app's cookies, and call it same-site."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Elsewhere</title>")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


READ = """async address => {
  const image = new Image();
  const shown = new Promise(done => { image.onload = () => done("seen"); image.onerror = () => done("refused"); });
  image.src = address + "PICTURE";
  const socket = new WebSocket(address.replace("http", "ws") + "STREAM", ["streamlit"]);
  const opened = new Promise(done => { socket.onopen = () => done("open"); socket.onclose = () => done("refused"); });
  return [await shown, await opened];
}""".replace("PICTURE", PICTURE).replace("STREAM", STREAM)


def test_a_page_on_another_port_can_neither_read_nor_frame(address, page_of, page_elsewhere):
    page = page_of(address)
    assert page.evaluate(READ, address) == ["seen", "open"]
    page.goto(page_elsewhere)
    assert page.evaluate(READ, address) == ["refused", "refused"]
    page.set_content(f"<iframe src='{address}'></iframe>")
    page.frames[1].wait_for_url("chrome-error://**")  # what Chromium shows in place of a page that forbids it


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])  # the same site as the app, and another
def test_a_link_elsewhere_with_the_token_opens(address, chromium, page_elsewhere, token, host):
    page = chromium.new_page()
    page.goto(page_elsewhere.replace("127.0.0.1", host))
    page.set_content(f"<a href='{address}/watch?run={EXAMPLE}&{urlencode({'token': token})}'>open</a>")
    page.get_by_text("open").click()
    page.wait_for_url(f"{address}/watch?run={EXAMPLE}")
    expect(page.locator(".where")).to_be_visible()
    page.close()


@pytest.mark.parametrize("named", [None, ""], ids=["fresh", "none"])
def test_the_address_that_is_printed_lets_in(named, own_folders):
    env = {name: value for name, value in os.environ.items() if name != "DDCORE_TOKEN"}
    env |= {} if named is None else {"DDCORE_TOKEN": named}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", "0"]
    server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        printed = next(line.split()[-1] for line in server.stdout if "http" in line)
        assert re.search(r"/\?token=[\w-]{40,}$" if named is None else r":\d+/$", printed)
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        with urllib.request.build_opener(jar).open(printed, timeout=20) as answer:
            assert answer.status == 200 and "token" not in answer.url
    finally:
        server.terminate()
        rest, _ = server.communicate(timeout=20)
    assert "token" not in rest
