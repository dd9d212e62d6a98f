"""Each attack that the studio withstands, tried: on a real one where sockets matter."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from pellucid.scene import bounds
from pellucid.studio.app import KEPT
from pellucid.studio.files import Uploads, is_plain, parts_of
from pellucid.studio.gate import Gate
from pellucid.studio.limits import Limits
from pellucid.studio.neighbours import owner_of
from pellucid.studio.pace import Guesses
from pellucid.studio.security import LETTERS, Keys, Role, policy
from pellucid.studio.server import PING
from pellucid.web.refusal import Refused
from tests.studio.visiting import SLOW, Response, Studio, running, visit, words

NOT_LET_IN = "This browser is not let in"
HOST = ("127.0.0.1", 8765)


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    with running(words("studio")) as found:
        yield found


def session_of(studio: Studio) -> str:
    with studio.page() as line:
        line.send(json.dumps({"hello": 1, "session": None}))
        welcome = json.loads(line.recv(timeout=SLOW))
    return str(welcome["session"])


def raw(studio: Studio, data: bytes) -> bytes:
    """All that comes back for bytes, until the other side closes."""
    with socket.create_connection(("127.0.0.1", studio.port), SLOW) as line:
        parts = []
        try:
            line.sendall(data)
            while part := line.recv(1 << 16):
                parts.append(part)
        except ConnectionError:
            pass
        return b"".join(parts)


# --- a page of another site, whose name points to this machine


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8765", "127.0.0.1.evil.example", "localhost.evil.example",
        "192.168.1.5", "0.0.0.0", "127.0.0.1:1;script-src *", "localhost:x", "", "[::1", "a b",
    ],
)  # fmt: skip
def test_a_host_of_another_name_is_refused(studio: Studio, host: str) -> None:
    found = studio.get("/", Host=host)
    assert found.status == 421
    assert "script-src *" not in found.headers["content-security-policy"]
    assert b"<html" not in found.body


@pytest.mark.parametrize("hosts", [b"", b"Host: 127.0.0.1\r\nHost: evil.example\r\n"])
def test_no_host_and_two_hosts_are_refused(studio: Studio, hosts: bytes) -> None:
    key = f"Cookie: {studio.cookie}\r\nConnection: close\r\n\r\n".encode()
    found = raw(studio, b"GET / HTTP/1.1\r\n" + hosts + key)
    assert re.match(rb"HTTP/1\.1 (421|400) ", found), found[:100]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_this_machines_own_names_are_let_in_by_any_port_that_leads_here(
    studio: Studio, host: str
) -> None:
    assert studio.get("/", Host=f"{host}:9999").status == 200


@pytest.mark.parametrize(
    ("host", "home"),
    [
        ("localhost:8765", "http://127.0.0.1:8765/lessons/3?a=b"),
        ("localhost", "http://127.0.0.1/lessons/3?a=b"),
        ("[::1]:99", "http://127.0.0.1:99/lessons/3?a=b"),
        ("127.0.0.1:8765", None),
        ("127.0.0.1", None),
    ],
)
def test_who_types_another_name_of_this_machine_is_sent_where_the_keys_are(
    host: str, home: str | None
) -> None:
    app = gate(Keys(8765))
    found = visit(app, "/lessons/3", query="a=b&token=old", headers=[("host", host)])
    assert (found.status, found.headers.get("location")) == ((303 if home else 401), home)
    assert visit(app, "/static/a.js", headers=[("host", host)]).status == 401


# --- who has no key


PATHS = [
    "/", "/workbench", "/lessons/3", "/static/js/main.js", "/static/v-0123456789abcdef/js/main.js",
    "/plotly.js", "/nothing",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("cookie", ["none", "wrong", "old", "empty", "viewer"])
def test_nothing_is_given_to_who_has_no_key(studio: Studio, path: str, cookie: str) -> None:
    name = f"pellucid_{studio.port}"
    key = {
        "none": "", "wrong": f"{name}=abc", "empty": f"{name}=", "viewer": "pellucid_1=x",
        "old": Keys(studio.port).cookie(Role.OWNER).partition(";")[0],
    }[cookie]  # fmt: skip
    found = studio.send("GET", path, headers={"Cookie": key} if key else {})
    assert found.status == 401
    assert NOT_LET_IN.encode() in found.body
    assert "set-cookie" not in found.headers
    assert studio.cookie.encode() not in found.body


def test_a_socket_needs_the_key(studio: Studio) -> None:
    with pytest.raises(InvalidStatus) as refused, studio.page(cookie="a=b"):
        pass
    assert refused.value.response.status_code == 401


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(studio: Studio) -> None:
    keys = Keys(8000)
    cookie = keys.cookie(Role.OWNER)
    assert re.fullmatch(r"pellucid_8000=[\w-]{43}; Path=/; HttpOnly; SameSite=Strict", cookie)
    assert len({Keys(1).cookie(Role.OWNER) for _ in range(20)}) == 20
    assert len({keys.link() for _ in range(20)}) == 20


# --- the link


def test_a_link_works_once_and_the_browser_that_used_it_goes_on() -> None:
    with running(words("studio")) as own:
        link = own.told["url"].removeprefix(own.origin)
        assert own.send("GET", link).status == 401
        again = own.get(link)
        assert (again.status, again.headers["location"]) == (303, "/")
        assert "set-cookie" not in again.headers


def gate(keys: Keys, log: Any = None, limits: Limits | None = None, **more: Any) -> Gate:
    """The gate, before an application that says as whom it was asked."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            await scope["waits"].wait() if "waits" in scope else None
            return
        if scope["path"] == "/static/fails":
            raise ValueError(f"with {keys.cookie(Role.OWNER)} and ?token={keys.link()}")
        body = str(scope["pellucid.role"].value).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    return Gate(app, keys, limits or Limits(), log or pytest.fail, **more)


def test_a_link_is_spent_only_by_looking_at_a_page_with_it() -> None:
    keys = Keys(8765)
    link, app = keys.link(), gate(keys)
    for path, method in [("/", "HEAD"), ("/static/a.js", "GET"), ("/", "POST"), ("/x", "GET")]:
        own = [("origin", "http://127.0.0.1:8765")]
        found = visit(app, path, method, query=f"token={link}", headers=own)
        assert found.status == 401, path
    for wrong in ("", link[:-1], link + "x", link.upper(), "\u00e9"):
        assert visit(app, query=f"token={wrong}").status == 401
    found = visit(app, "/lessons/3", query=f"lang=de&token={link}&at=2")
    assert (found.status, found.headers["location"]) == (303, "/lessons/3?lang=de&at=2")
    assert visit(app, query=f"token={link}").status == 401


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "/http://evil.example"])
def test_a_link_leads_to_no_other_site(path: str) -> None:
    keys = Keys(8765)
    assert visit(gate(keys), path, query=f"token={keys.link()}").status == 401


def test_of_links_that_nobody_uses_the_oldest_end() -> None:
    keys = Keys(1)
    links = [keys.link() for _ in range(10)]
    assert [keys.spend(link) for link in links] == [False] * 2 + [True] * 8


AS_OTHER = """
import os, socket, sys
"a".encode("idna")  # loaded while files can still be read
os.setgid(65534), os.setuid(65534)
line = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
line.sendall(f"GET {sys.argv[2]} HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n".encode())
print(line.recv(100).split()[1].decode())
"""


@pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0 or not Path("/proc/net/tcp").exists(),
    reason="only root can be another user, and only Linux tells of users",
)
def test_another_user_who_reads_the_link_in_the_list_of_programs_is_not_let_in() -> None:
    command = [sys.executable, "-c", AS_SOMEONE]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        link = "/?token=" + told["url"].partition("token=")[2]
        other = [sys.executable, "-c", AS_OTHER, str(told["port"]), link]
        for _ in range(2):
            done = subprocess.run(other, capture_output=True, text=True, check=True)
            assert done.stdout == "401\n"
        line = http.client.HTTPConnection("127.0.0.1", told["port"], timeout=SLOW)
        line.request("GET", link)  # root, who may; and the link was not spent
        assert line.getresponse().status == 303
        line.close()
    finally:
        process.kill()
        process.communicate()


AS_SOMEONE = """
import json, os
from pellucid.studio.engine import Engine
from pellucid.studio.server import serve, take_place

place = take_place(0)
told = {"url": place.link(), "port": place.address.port}
engine = Engine(lambda: None)
os.getuid = lambda: 65533
serve(place, engine, ready=lambda: print(json.dumps(told), flush=True), log=print)
"""


def test_whose_a_connection_is() -> None:
    table = (
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
        "   0: 0100007F:223D 00000000:0000 0A 00000000:00000000 00:00000000 00000000   500 0 1\n"
        "   1: 0100007F:223D 0100007F:C000 01 00000000:00000000 00:00000000 00000000   501 0 2\n"
        "   2: 0100007F:C000 0100007F:223D 01 00000000:00000000 00:00000000 00000000   502 0 3\n"
    )
    assert owner_of(table, ("127.0.0.1", 0xC000), ("127.0.0.1", 0x223D)) == 502
    assert owner_of(table, ("127.0.0.1", 0xC001), ("127.0.0.1", 0x223D)) is None


# --- a page of another site that sends something


OTHERS = [
    None, "null", "https://evil.example", "http://localhost:{port}", "http://127.0.0.1:1",
    "http://127.0.0.1", "http://127.0.0.1:{port}.evil.example", "http://evil@127.0.0.1:{port}",
    "file://", "ftp://127.0.0.1:{port}", "http://127.0.0.1:{port}/",
]  # fmt: skip


@pytest.mark.parametrize("origin", OTHERS)
def test_a_socket_of_another_site_is_refused(studio: Studio, origin: str | None) -> None:
    given = None if origin is None else origin.format(port=studio.port)
    with pytest.raises(InvalidStatus) as refused, studio.page(origin=given):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("origin", OTHERS)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO"])
def test_what_changes_something_comes_from_the_studios_own_page(
    origin: str | None, method: str
) -> None:
    keys = Keys(8765)
    own = [("cookie", keys.cookie(Role.OWNER).partition(";")[0])]
    if origin is not None:
        own.append(("origin", origin.format(port=8765)))
    found = visit(gate(keys), "/sessions/a/files", method, headers=own)
    assert found.status == 403
    assert found.json["where"] == ["Origin"]


def test_an_origin_twice_and_one_that_the_browser_contradicts_are_refused() -> None:
    keys = Keys(8765)
    own = ("origin", "http://127.0.0.1:8765")
    key = ("cookie", keys.cookie(Role.OWNER).partition(";")[0])
    for more in ([own, own], [own, ("sec-fetch-site", "cross-site")], [("sec-fetch-site", "none")]):
        assert visit(gate(keys), method="POST", headers=[key, *more]).status == 403
    assert visit(gate(keys), method="POST", headers=[key, own]).status == 200


@pytest.mark.parametrize(
    ("site", "mode", "kind", "status"),
    [
        ("cross-site", "no-cors", "script", 403),
        ("cross-site", "no-cors", "image", 403),
        ("same-site", "cors", "empty", 403),
        ("cross-site", "navigate", "iframe", 403),
        ("cross-site", "navigate", "document", 200),
        ("same-origin", "cors", "empty", 200),
        ("none", "navigate", "document", 200),
    ],
)
def test_another_site_may_link_to_the_studio_and_load_nothing_of_it(
    site: str, mode: str, kind: str, status: int
) -> None:
    keys = Keys(8765)
    told = [("sec-fetch-site", site), ("sec-fetch-mode", mode), ("sec-fetch-dest", kind)]
    key = ("cookie", keys.cookie(Role.OWNER).partition(";")[0])
    assert visit(gate(keys), headers=[key, *told]).status == status


# --- ways out of the folders


AWAY = [
    "../app.py", "..%2fapp.py", "%2e%2e/app.py", "%2e%2e%2fapp.py", "..%5capp.py", "..\\app.py",
    "js/../../app.py", "js/%2e%2e/%2e%2e/app.py", "%252e%252e%252fapp.py", "....//app.py",
    "/etc/passwd", "%2fetc%2fpasswd", "//etc/passwd", "C:/Windows/win.ini", "main.js%00.css",
    "js/main.js%00", ".%00./app.py", "js", "js/", "", ".", "%2e", "js/.hidden.js", "\u2025/app.py",
    "..;/app.py", "js/main.js/../../../app.py", "js/main.js/", "file:///etc/passwd", "~/x.css",
]  # fmt: skip


@pytest.mark.parametrize("name", AWAY)
def test_no_name_leads_out_of_the_static_files(studio: Studio, name: str) -> None:
    for path in ("/static/" + name, "/static/v-0123456789abcdef/" + name):
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {studio.cookie}\r\n"
        found = raw(studio, (head + "Connection: close\r\n\r\n").encode())
        assert re.match(rb"HTTP/1\.1 (404|400) ", found), found[:200]
        assert b"import" not in found
        assert b"root:" not in found


NO_NAMES = [
    "../x.csv", "..", ".", "", "/etc/x.csv", "a/../x.csv", "a//x.csv", "/x.csv", "..\\x.csv",
    "C:x.csv", "C:\\x.csv", ".hidden.csv", "x\0.csv", "x\n.csv", "x.csv ", "x.csv.", "nul.csv",
    "COM1.csv", "a" * 201 + ".csv", "\u202excsv.csv", "~/\0", "a/b/c/d/e.png", ".upload-abc.csv",
    "aux/x.png", "x?.csv", 'x".csv', "x\ud800.csv", "CON .csv", "\uff0e\uff0e/x.csv\0",
]  # fmt: skip


@pytest.mark.parametrize("name", NO_NAMES)
def test_no_name_of_an_upload_leads_out_of_the_sessions_folder(name: str) -> None:
    with pytest.raises(Refused) as refused:
        parts_of(name)
    assert refused.value.status == 422


def test_names_that_a_server_would_decode_twice_stay_names(studio: Studio) -> None:
    session = session_of(studio)
    for name in ("%252e%252e%252fx.csv", "..%2f..%2fx.csv", "%2e%2e/x.csv", "x%00.csv"):
        found = studio.post(f"/sessions/{session}/files?name={name}", b"a\n1\n")
        assert found.status in (201, 422)
        if found.status == 201:
            assert is_plain(found.json["name"])
            assert "%2e" in found.json["name"]
    above = Path("/proc", str(studio.process.pid), "cwd")
    assert not list(above.glob("x.csv"))


@pytest.mark.parametrize("name", ["x.exe", "x.html", "x.svg", "x.pkl", "x", "run.sh", "a/b.csv"])
def test_files_of_other_kinds_are_refused(name: str) -> None:
    with pytest.raises(Refused) as refused:
        parts_of(name)
    assert refused.value.status == 415


@pytest.mark.parametrize("session", ["..", "%2e%2e", "nobody", "a%2f..", ""])
def test_sessions_are_found_by_name_and_never_by_path(studio: Studio, session: str) -> None:
    assert studio.post(f"/sessions/{session}/files?name=x.csv", b"a").status == 404
    assert studio.get(f"/sessions/{session}/files/onnx").status == 404


def test_downloads_are_kinds_and_never_paths(studio: Studio) -> None:
    session = session_of(studio)
    for kind in ("..%2f..%2fapp.py", "%2e%2e", "%2fetc%2fpasswd", "../../app.py"):
        found = studio.get(f"/sessions/{session}/files/{kind}")
        assert found.status >= 400
        assert b"root:" not in found.body


# --- uploads without end


SMALL = """
import sys
from pellucid.studio.engine import Engine
from pellucid.studio.limits import Limits
from pellucid.studio.loading import loader
from pellucid.studio.opening import Opening
from pellucid.studio.server import serve, take_place

limits = Limits(upload=1_000_000, folder=2_500_000, files=6, spare=int(sys.argv[1]), pause=1.0)
place = take_place(0)
said = lambda: print(f'{{"url": "{place.link()}", "port": {place.address.port}}}', flush=True)
log = lambda text: print(text, file=sys.stderr)
serve(place, Engine(loader(Opening(), log, limits)), limits=limits, ready=said, log=log)
"""


@pytest.fixture(scope="module")
def small() -> Iterator[Studio]:
    with running([sys.executable, "-c", SMALL, "0"]) as found:
        yield found


def folder_of(studio: Studio, session: str) -> Path:
    import tempfile

    (found,) = Path(tempfile.gettempdir()).glob(f"pellucid-studio-*/{session}")
    return found


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def upload(studio: Studio, session: str, name: str, body: Any, of: str = "") -> Response:
    return studio.post(f"/sessions/{session}/files?name={name}&upload={of}", body)


def test_an_upload_that_tells_too_great_a_length_is_refused(small: Studio) -> None:
    session = session_of(small)
    found = upload(small, session, "a.csv", b"x" * 1_000_001)
    assert found.status == 413
    assert found.error == (
        "The file has 1,000,001 bytes; at most 1 MB are taken. Open it from the terminal with "
        "pellucid studio FILE, or use a part of it."
    )
    assert upload(small, session, "a.csv", b"x" * 1_000_000).status == 201
    assert files_in(folder_of(small, session)) == ["a.csv"]


def test_an_upload_of_untold_length_is_cut_off_and_hears_why(small: Studio) -> None:
    session = session_of(small)
    pieces = (b"x" * 65_536 for _ in range(50))
    found = upload(small, session, "a.csv", pieces)
    assert found.status == 413
    assert found.error.startswith("The file has more bytes; at most 1 MB are taken.")
    assert files_in(folder_of(small, session)) == []


def test_an_upload_without_end_fills_neither_disk_nor_memory(small: Studio) -> None:
    session = session_of(small)
    before = memory(small)
    head = (
        f"POST /sessions/{session}/files?name=a.csv HTTP/1.1\r\nHost: 127.0.0.1:{small.port}\r\n"
        f"Origin: {small.origin}\r\nCookie: {small.cookie}\r\nTransfer-Encoding: chunked\r\n\r\n"
    ).encode()
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    found = raw(small, head + chunk * 1_000)
    assert not found or found.startswith(b"HTTP/1.1 413 ")
    assert files_in(folder_of(small, session)) == []
    assert memory(small) - before < 20_000_000


def memory(studio: Studio) -> int:
    """The bytes that the process holds; 0 where the system does not tell."""
    try:
        text = Path(f"/proc/{studio.process.pid}/status").read_text()
    except OSError:
        return 0
    (found,) = re.findall(r"^VmRSS:\s+(\d+) kB$", text, re.MULTILINE)
    return int(found) * 1024


def test_an_upload_that_stalls_is_let_go_and_leaves_nothing(small: Studio) -> None:
    session = session_of(small)
    began = time.monotonic()
    head = (
        f"POST /sessions/{session}/files?name=a.csv HTTP/1.1\r\nHost: 127.0.0.1:{small.port}\r\n"
        f"Origin: {small.origin}\r\nCookie: {small.cookie}\r\nContent-Length: 100\r\n\r\nabc"
    ).encode()
    found = raw(small, head)
    assert found.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - began < SLOW
    assert files_in(folder_of(small, session)) == []


def test_a_client_that_leaves_in_the_middle_leaves_nothing(small: Studio) -> None:
    session = session_of(small)
    head = (
        f"POST /sessions/{session}/files?name=a.csv HTTP/1.1\r\nHost: 127.0.0.1:{small.port}\r\n"
        f"Origin: {small.origin}\r\nCookie: {small.cookie}\r\nContent-Length: 100\r\n\r\nabc"
    ).encode()
    with socket.create_connection(("127.0.0.1", small.port), SLOW) as line:
        line.sendall(head)
        time.sleep(0.3)
    ended = time.monotonic() + SLOW
    while files_in(folder_of(small, session)):
        assert time.monotonic() < ended
        time.sleep(0.05)


def test_a_session_has_room_for_so_much(small: Studio) -> None:
    session = session_of(small)
    for name in ("a.csv", "b.csv"):
        assert upload(small, session, name, b"x" * 900_000).status == 201
    found = upload(small, session, "c.csv", b"x" * 900_000)
    assert found.status == 413
    assert found.error == (
        "The file has 900,000 bytes, and there is not so much room left for this session. Use a "
        "part of it, start another session, or make room on the disk."
    )
    assert files_in(folder_of(small, session)) == ["a.csv", "b.csv"]
    assert upload(small, session, "c.csv", b"x" * 700_000).status == 201


def test_what_nothing_uses_goes_where_there_is_no_room(small: Studio) -> None:
    session = session_of(small)
    folder = folder_of(small, session)
    for name in ("a.csv", "b.csv"):
        assert upload(small, session, name, b"x" * 900_000).status == 201
    os.utime(folder / "a.csv", (1, 1))
    os.utime(folder / "b.csv", (2, 2))
    assert upload(small, session, "a.csv", b"x" * 600_000).status == 201
    assert files_in(folder) == ["a 2.csv", "a.csv", "b.csv"], "nothing goes while there is room"
    assert upload(small, session, "c.csv", b"x" * 900_000).status == 201
    assert files_in(folder) == ["a 2.csv", "b.csv", "c.csv"], "then the oldest goes first"


def test_a_session_has_so_many_files(small: Studio) -> None:
    session = session_of(small)
    for k in range(6):
        assert upload(small, session, f"{k}.csv", b"x").status == 201
    found = upload(small, session, "more.csv", b"x")
    assert found.status == 413
    assert found.error == (
        "This session has 6 files, as many as it takes. Start another session, or train on the "
        "folder with pellucid train."
    )


def test_files_that_came_another_way_count_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pellucid.studio.files.COUNTED", -1.0)
    uploads = Uploads(Limits(upload=100, folder=150, spare=0))

    async def give(name: str, size: int) -> int:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"x" * size

        return (await uploads.take(pieces(), tmp_path, name, size))[1]

    assert asyncio.run(give("a.csv", 60)) == 60
    (tmp_path / "unpacked").mkdir()
    (tmp_path / "unpacked/1.png").write_bytes(b"x" * 60)
    with pytest.raises(Refused, match="not so much room"):
        asyncio.run(give("b.csv", 60))
    (tmp_path / "unpacked/1.png").unlink()
    assert asyncio.run(give("b.csv", 60)) == 60


def test_the_disk_is_never_filled() -> None:
    with running([sys.executable, "-c", SMALL, str(10**15)]) as own:
        found = upload(own, session_of(own), "a.csv", b"x")
        assert found.status == 413
        assert "make room on the disk" in found.error


@pytest.mark.skipif(os.name != "posix", reason="links need no rights on POSIX")
def test_an_upload_follows_no_link(small: Studio, tmp_path: Path) -> None:
    session = session_of(small)
    folder, mine = folder_of(small, session), tmp_path / "mine.csv"
    mine.write_text("mine")
    (tmp_path / "pets").mkdir()
    (folder / "linked.csv").symlink_to(mine)
    (folder / "pets").symlink_to(tmp_path / "pets")
    assert json.loads(upload(small, session, "linked.csv", b"other").body)["name"] == "linked 2.csv"
    assert mine.read_text() == "mine"
    found = upload(small, session, "pets/1.png", b"x", of="one")
    assert json.loads(found.body)["name"] == "pets 2/1.png"
    (folder / "pets 2/cat").symlink_to(tmp_path / "pets")
    assert upload(small, session, "pets/cat/1.png", b"x", of="one").status == 409
    assert not list((tmp_path / "pets").iterdir())
    assert upload(small, session, "pets", b"x").status == 415


def test_a_file_and_a_folder_of_one_name(small: Studio) -> None:
    session = session_of(small)
    assert upload(small, session, "a.png/b.png", b"x", of="one").status == 201
    assert upload(small, session, "a.png", b"x", of="one").status == 201
    found = upload(small, session, "a.png/b.png/c.png", b"x", of="one")
    assert (found.status, found.error) == (
        409, "'b.png' is the name of something else in this session. Give the folder another."
    )  # fmt: skip
    found = upload(small, session, "a.png/b.png", b"y", of="one")
    assert (found.status, found.error) == (
        409, "'b.png' is there already in this upload. Give the file another name."
    )  # fmt: skip
    assert files_in(folder_of(small, session)) == ["a 2.png", "a.png/b.png"]


def test_each_upload_gets_names_of_its_own(small: Studio) -> None:
    session = session_of(small)

    def got(name: str, of: str = "") -> str:
        return str(json.loads(upload(small, session, name, b"x", of).body)["name"])

    assert [got("t.csv"), got("t.csv")] == ["t.csv", "t 2.csv"]
    assert [got("p/a/1.png", "one"), got("p/b/1.png", "one")] == ["p/a/1.png", "p/b/1.png"]
    assert [got("p/a/1.png", "two")] == ["p 2/a/1.png"]


# --- messages


def _send_and_wait(line: Any, pieces: list[str]) -> None:
    while True:
        line.send(pieces)
        line.recv(timeout=SLOW)


def test_a_message_without_end_closes_its_own_socket_only(studio: Studio) -> None:
    with studio.page() as line:
        pieces = ["x" * 100_000] * 30  # one message, in fragments
        with pytest.raises(ConnectionClosed):
            _send_and_wait(line, pieces)
        assert line.close_code in (1009, 1006)
    assert studio.get("/").status == 200


@pytest.mark.parametrize("first", ["", "{}", "[]", "null", '{"hello": 2}', "[" * 5_000, "\0"])
def test_a_first_message_of_another_kind_is_refused_in_words(studio: Studio, first: str) -> None:
    with studio.page() as line:
        line.send(first)
        assert json.loads(line.recv(timeout=SLOW)) == {
            "type": "refused",
            "error": "This studio speaks version 1 of its messages. Reload the page.",
        }


def test_a_flood_of_messages_slows_down_its_sender_only(studio: Studio) -> None:
    with studio.page() as flood, studio.page() as calm:
        for line in (flood, calm):
            line.send(json.dumps({"hello": 1, "session": None}))
        for _ in range(2_000):
            flood.send("drawn")
        began = time.monotonic()
        calm.send(json.dumps({"id": 5, "do": "Pause"}))
        while True:
            found = calm.recv(timeout=SLOW)
            if isinstance(found, str) and json.loads(found).get("id") == 5:
                break
        assert time.monotonic() - began < 3


# --- methods, heads, logs, headers


def test_methods_that_a_path_is_not_for(studio: Studio) -> None:
    session = session_of(studio)
    key = {"Cookie": studio.cookie, "Origin": studio.origin}
    for path, allowed in [
        ("/", "GET, HEAD"), ("/workbench", "GET, HEAD"), ("/static/js/main.js", "GET, HEAD"),
        ("/plotly.js", "GET, HEAD"), (f"/sessions/{session}/files/onnx", "GET, HEAD"),
    ]:  # fmt: skip
        for method in ("POST", "PUT", "DELETE", "FOO"):
            found = studio.send(method, path, headers=key)
            if method == "FOO" and found.status == 400:
                continue  # the parser knows it is no method
            assert (found.status, found.headers["allow"]) == (405, allowed)
            assert found.error == f"{method} is not for this path; expected {allowed}."
    assert studio.get(f"/sessions/{session}/files").status == 405
    assert studio.get("/socket").status == 404


def test_a_head_without_end_is_refused(studio: Studio) -> None:
    found = raw(studio, b"GET / HTTP/1.1\r\n" + b"X-Long: aaaaaaaaaaaaaaaa\r\n" * 20_000)
    assert not found or found.startswith(b"HTTP/1.1 431 ")


def test_no_secret_is_ever_logged() -> None:
    logged: list[str] = []
    keys = Keys(8765)
    key = ("cookie", keys.cookie(Role.OWNER).partition(";")[0])
    found = visit(gate(keys, logged.append), "/static/fails", headers=[key])
    assert found.status == 500
    assert found.error == "The studio failed to answer this. What went wrong is in the terminal."
    (text,) = logged
    assert "A request for '/static/fails' failed:" in text
    assert "with pellucid_8765=...; Path=/; HttpOnly; SameSite=Strict and ?token=..." in text
    assert key[1].partition("=")[2] not in text


def test_what_goes_wrong_for_strangers_leaves_no_line_in_the_terminal() -> None:
    with running(words("studio")) as own:
        token = own.told["url"].partition("token=")[2]
        own.send("GET", f"/?token={token}")
        own.send("GET", "/?token=" + "x" * 1_000)
        own.send("GET", "/static/../app.py", headers={"Cookie": own.cookie + "x"})
        own.get("/nothing")
        own.post("/sessions/nobody/files?name=x", b"x")
        raw(own, b"nonsense\r\n\r\n")
        with own.page():
            pass
        own.process.terminate()
        assert own.process.communicate(timeout=SLOW) == ("", "")
        assert own.process.returncode == 0


def test_every_answer_is_guarded(studio: Studio) -> None:
    page = studio.get("/")
    named = re.search(r'src="(/static/v-[^"]+)"', page.body.decode())
    assert named is not None
    asked = [
        page, studio.get("/static/js/main.js"), studio.get(named[1]), studio.get("/plotly.js"),
        studio.get("/nothing"), studio.send("GET", "/"), studio.post("/sessions/x/files"),
        studio.get("/", Host="evil.example"),
    ]  # fmt: skip
    for found in asked:
        told = found.headers
        assert told["x-content-type-options"] == "nosniff"
        assert told["x-frame-options"] == "DENY"
        assert told["referrer-policy"] == "same-origin"
        assert told["cross-origin-resource-policy"] == "same-origin"
        assert told["cross-origin-opener-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in told["content-security-policy"]
        assert told["cache-control"] in ("no-store", "no-cache", KEPT)
        assert "server" not in told
        assert "access-control-allow-origin" not in told


def test_a_page_may_run_and_load_only_what_is_the_studios_own() -> None:
    parts = dict(part.strip().split(" ", 1) for part in policy("127.0.0.1:8765").split(";"))
    assert parts == {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
        "style-src-attr": "'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "connect-src": "'self' ws://127.0.0.1:8765 wss://127.0.0.1:8765",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }


def test_the_document_tells_the_numbers_that_hold() -> None:
    text = (Path(__file__).parents[2] / "docs/studio.md").read_text(encoding="utf-8")
    own, mb = Limits(), 1_000_000
    told = [
        f"{own.upload / mb:g} MB a file, {own.folder / mb:g} MB and {own.files:,} files a session",
        f"{own.spare / mb:g} MB are left free", f"A pause of {own.pause:g} seconds ends it",
        f"{own.message / mb:g} MB a message, {own.messages:g} a second",
        f"{own.connections} connections to each address", f"{own.sessions} sessions",
        f"{own.viewer_connections} to the shared one from one viewer's",
        f"places for {own.viewers} viewers, four from one address",
        f"five wrong guesses a minute from one address, {own.all_guesses} from all",
        f"{bounds.MOST_PARAMETERS // mb} million parameters, {bounds.MOST_LAYERS} layers",
        f"there are {len(LETTERS) ** 6 // mb} million codes",
        f"for {PING * 2:g} seconds",
    ]  # fmt: skip
    assert [part for part in told if part not in text] == []
    assert (own.viewer_tabs, own.guesses, own.seconds, own.viewer_messages) == (4, 5, 10, 5)


# --- viewers on the local network


LAN = ("192.168.1.5", 8765)


def viewer(app: Gate, path: str = "/", method: str = "GET", **more: Any) -> Response:
    given = [("origin", "http://192.168.1.5:8765"), *more.pop("headers", [])]
    return visit(app, path, method, server=LAN, headers=given, **{"client": "192.168.1.9"} | more)


def guess(app: Gate, code: str, client: str = "192.168.1.9") -> Response:
    return viewer(app, "/join", "POST", body=f"code={code}".encode(), client=client)


@pytest.fixture
def keys() -> Keys:
    return Keys(8765)


@pytest.fixture
def shared(keys: Keys) -> Gate:
    return gate(keys, shared=LAN)


def cookie(keys: Keys, role: Role) -> tuple[str, str]:
    return ("cookie", keys.cookie(role).partition(";")[0])


def test_a_viewer_types_the_code_and_sees_the_page(shared: Gate, keys: Keys) -> None:
    first = viewer(shared)
    assert first.status == 401
    assert b'<form method="post" action="/join">' in first.body
    assert keys.code.encode() not in first.body
    found = guess(shared, keys.shown_code.lower())
    assert (found.status, found.headers["location"]) == (303, "/")
    key = ("cookie", found.headers["set-cookie"].partition(";")[0])
    assert viewer(shared, headers=[key]).body == b"viewer"
    for path in ("/static/js/main.js", "/static/v-0123456789abcdef/js/main.js"):
        assert viewer(shared, path, headers=[key]).body == b"viewer"


def test_a_viewer_can_send_and_fetch_nothing_else(shared: Gate, keys: Keys) -> None:
    key = cookie(keys, Role.VIEWER)
    for path, method in [
        ("/sessions/a/files", "POST"), ("/sessions/a/files/onnx", "GET"), ("/", "POST"),
        ("/workbench", "DELETE"), ("/anything", "GET"), ("/join", "GET"),
    ]:  # fmt: skip
        found = viewer(shared, path, method, headers=[key])
        assert found.status == 403, path
        assert found.error == "Who came by the code can watch, and change nothing."


def test_keys_are_good_at_their_own_address_only(shared: Gate, keys: Keys) -> None:
    """A viewer's key is nothing to the owner's address, nor the owner's, stolen, to the shared."""
    assert visit(shared, headers=[cookie(keys, Role.VIEWER)]).status == 401
    assert viewer(shared, headers=[cookie(keys, Role.OWNER)]).status == 401
    link = keys.link()
    assert viewer(shared, query=f"token={link}").status == 401
    assert visit(shared, query=f"token={link}").status == 303
    own = [("origin", "http://127.0.0.1:8765")]
    assert visit(shared, "/join", "POST", body=b"code=" + keys.code.encode(), headers=own).status


@pytest.mark.parametrize("host", ["evil.example:8765", "localhost:8765", "192.168.1.5", "x"])
def test_the_shared_address_is_called_by_itself(shared: Gate, keys: Keys, host: str) -> None:
    found = viewer(shared, headers=[cookie(keys, Role.VIEWER), ("host", host)])
    assert found.status == 421


def test_the_code_cannot_be_guessed(shared: Gate, keys: Keys) -> None:
    wrong = "B" * 6 if keys.code != "B" * 6 else "C" * 6
    found = [guess(shared, wrong).status for _ in range(7)]
    assert found == [403] * 5 + [429] * 2
    told = guess(shared, keys.code)
    assert told.status == 429  # the right one is not looked at either
    assert re.search(rb"There were too many guesses. Wait 1?\d seconds, then try again.", told.body)
    assert 1 <= int(told.headers["retry-after"]) <= 13
    assert guess(shared, keys.code, client="192.168.1.10").status == 303
    assert len(LETTERS) ** len(keys.code) == 64_000_000


def test_many_who_guess_together_are_slowed_down_together() -> None:
    now = [0.0]
    guesses = Guesses(5, 60, lambda: now[0])
    for k in range(60):
        assert guesses.wait(k) == 0
        guesses.wrong(k)
    assert guesses.wait("another") == pytest.approx(1)
    now[0] = 1.0
    assert guesses.wait("another") == 0
    for k in range(30_000):
        guesses.wrong(k)
    assert len(guesses._of) == 10_000


def test_a_long_form_is_refused(shared: Gate) -> None:
    assert guess(shared, "B" * 2_000).status == 413
    assert guess(shared, "%ff%00").status == 403


def test_a_form_that_never_comes_is_not_waited_for(keys: Keys) -> None:
    app = gate(keys, limits=Limits(seconds=0.2), shared=LAN)
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.sleep(3600)

    async def send(message: Any) -> None:
        sent.append(message)

    own = [("host", "192.168.1.5:8765"), ("origin", "http://192.168.1.5:8765")]
    scope = {
        "type": "http", "method": "POST", "path": "/join", "query_string": b"", "server": LAN,
        "client": ("192.168.1.9", 5000), "headers": [(k.encode(), v.encode()) for k, v in own],
    }  # fmt: skip
    asyncio.run(asyncio.wait_for(app(scope, receive, send), 5))
    assert sent[0]["status"] == 408
    assert json.loads(sent[1]["body"])["error"] == "The form was not there in time."


def test_a_form_of_another_site_is_refused(shared: Gate, keys: Keys) -> None:
    body = f"code={keys.code}".encode()
    for origin in ([], [("origin", "null")], [("origin", "http://evil.example")]):
        found = visit(shared, "/join", "POST", server=LAN, body=body, headers=origin)
        assert found.status == 403


def test_viewers_have_so_many_places(keys: Keys) -> None:
    app = gate(keys, limits=Limits(viewers=3, viewer_tabs=2), shared=LAN)
    own = [("host", "192.168.1.5:8765"), ("origin", "http://192.168.1.5:8765")]
    own.append(cookie(keys, Role.VIEWER))

    async def watch(client: str, waits: asyncio.Event) -> int:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "websocket", "path": "/socket", "query_string": b"", "server": LAN,
            "client": (client, 1), "waits": waits,
            "headers": [(k.encode(), v.encode()) for k, v in own],
        }  # fmt: skip
        task = asyncio.ensure_future(app(scope, None, send))  # type: ignore[arg-type]
        for _ in range(5):
            await asyncio.sleep(0)
        watching.append(task)
        return 101 if sent[0]["type"] == "websocket.accept" else int(sent[0]["status"])

    watching: list[Any] = []

    async def all_of_them() -> list[int]:
        waits = asyncio.Event()
        found = [await watch(client, waits) for client in ("a", "a", "a", "b", "c")]
        waits.set()
        await asyncio.gather(*watching)
        found.append(await watch("c", waits))
        await asyncio.gather(*watching)
        return found

    assert asyncio.run(all_of_them()) == [101, 101, 503, 101, 503, 101]
