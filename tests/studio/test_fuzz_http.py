"""Any request at all: never a failure of the server's own, never a file from elsewhere."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.studio.serving import Studio
from tests.studio.talking import Talk, Visitor

MANY = settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
PARTS = st.sampled_from(
    ["static", "js", "css", "main.js", "index.html", "sessions", "files", "lessons", "workbench",
     "socket", "plotly.js", "join", "..", ".", "%2e%2e", "%2f", "%00", "", "etc", "passwd", "onnx",
     "scene", "python", "\\", "%5c..", "C:", "~", "*", "%ff", "%c3%28"]
) | st.text(max_size=8).map(lambda text: quote(text, safe=""))  # fmt: skip
PATHS = st.lists(PARTS, max_size=6).map(lambda parts: "/" + "/".join(parts))
QUERIES = st.sampled_from(
    ["", "?", "?token=x", "?token=", "?name=a.csv", "?name=../a.csv", "?name=%00", "?a=b&&"]
)
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"])
LATIN = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["range", "if-none-match", "if-modified-since", "accept-encoding", "content-type",
         "content-encoding", "x-forwarded-host", "sec-fetch-site", "sec-fetch-mode", "upgrade",
         "sec-websocket-version", "accept", "expect", "cookie"]
    ),
    LATIN | st.sampled_from(["bytes=0-", "*", "gzip", "multipart/form-data", "cross-site"]),
    max_size=3,
)  # fmt: skip


@pytest.fixture(scope="module")
def visitor(studio: Studio) -> Visitor:
    return Visitor(studio.origin, studio.cookies)


@pytest.fixture(scope="module")
def talk(visitor: Visitor) -> Iterator[Talk]:
    with visitor.talk() as found:
        yield found


def is_fit(answer: Any) -> None:
    assert 200 <= answer.status < 500, answer
    assert "Traceback" not in answer.body.decode("latin-1")
    assert b"root:" not in answer.body
    if answer.status == 400 and b"cannot be read as a request" in answer.body:
        return  # it came to no application
    assert "content-security-policy" in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


@MANY
@given(method=METHODS, path=PATHS, query=QUERIES, headers=HEADERS, body=st.binary(max_size=50))
def test_any_request(
    visitor: Visitor, method: str, path: str, query: str, headers: dict[str, str], body: bytes
) -> None:
    is_fit(visitor.ask(method, path + query, body, headers))


NAMES = st.text(max_size=30) | st.sampled_from(["../x.csv", "a/b.csv", "C:\\x", ".", "a" * 300])
KINDS = st.sampled_from(["text/csv", "image/png", "", "x"])


@MANY
@given(name=NAMES, body=st.binary(max_size=200), kind=KINDS)
def test_any_file(visitor: Visitor, talk: Talk, name: str, body: bytes, kind: str) -> None:
    name = name.encode("utf-8", "replace").decode()
    path = f"/sessions/{talk.session}/files?name={quote(name, safe='')}"
    answer = visitor.ask("POST", path, body, {"content-type": kind})
    is_fit(answer)
    assert answer.status in (201, 400, 403, 404, 409, 411, 413, 415, 422, 429, 431), answer
    assert talk.ask("Pause") is None
    if answer.status == 201:
        told = answer.json
        assert told["bytes"] == len(body)
        assert not set(told["name"]) & set("/\\\0") and told["name"] not in (".", "..")


@MANY
@given(kind=PARTS)
def test_any_download(visitor: Visitor, talk: Talk, kind: str) -> None:
    is_fit(visitor.ask("GET", f"/sessions/{talk.session}/files/{kind}"))


BROKEN = [
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /\r\n\r\n",
    b"\0" * 100,
    b"GET / HTTP/1.1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 5000,
]


@settings(MANY, max_examples=30)
@given(data=st.binary(min_size=1, max_size=300) | st.sampled_from(BROKEN))
def test_what_is_no_request(studio: Studio, talk: Talk, data: bytes) -> None:
    with socket.create_connection(("127.0.0.1", studio.port), timeout=20) as line:
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        found = b""
        try:
            while piece := line.recv(65536):
                found += piece
        except ConnectionResetError:
            pass
    assert b" 200 " not in found.split(b"\r\n")[0]
    assert not found or found.split(b" ")[1][:1] == b"4", found[:200]
    assert talk.ask("Pause") is None
