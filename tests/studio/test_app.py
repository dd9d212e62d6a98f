"""The routes: pages, files, Plotly, uploads, downloads, the socket; and the server of them."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import plotly
import pytest
from websockets.sync.client import connect

from pellucid import Network, data
from pellucid.errors import FileError, ParameterError
from pellucid.studio import assets, sharing
from pellucid.studio.app import KEPT, Application
from pellucid.studio.assets import STATIC, TYPES, Versions, static_file
from pellucid.studio.engine import Engine, Loaded
from pellucid.studio.limits import Limits
from pellucid.studio.opening import opening
from pellucid.studio.security import Role
from pellucid.studio.server import take_place
from pellucid.studio.visit import ROLE
from pellucid.web.refusal import Refused
from tests.studio.visiting import SLOW, Response, Studio, running, visit, words

VERSION = re.compile(rb"/static/v-[0-9a-f]{16}/")


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    with running(words("studio")) as found:
        yield found


# --- a real one


@pytest.mark.parametrize(
    "path", ["/", "/workbench", "/lessons", "/lessons/3", "/lessons/back-propagation", "/?a=b"]
)
def test_pages_give_the_page(studio: Studio, path: str) -> None:
    found = studio.get(path)
    assert found.status == 200
    assert found.headers["content-type"] == "text/html; charset=utf-8"
    assert VERSION.search(found.body)
    assert VERSION.sub(b"/static/", found.body) == (STATIC / "index.html").read_bytes()


def test_who_looks_is_told_in_words_what_is_not_there(studio: Studio) -> None:
    found = studio.get("/lesson/3", Accept="text/html,*/*;q=0.8")
    assert found.status == 404
    assert found.headers["content-type"] == "text/html; charset=utf-8"
    assert b"<h1>There is nothing at this path</h1>" in found.body
    assert b"<p>The studio&#x27;s pages are /, /workbench and /lessons.</p>" in found.body
    assert studio.get("/lesson/3").error == (
        "There is nothing at this path. The studio's pages are /, /workbench and /lessons."
    )


def test_every_file_of_the_page_is_given_with_its_type(studio: Studio) -> None:
    files = [path for path in STATIC.rglob("*") if path.is_file() and path.suffix in TYPES]
    assert files
    for path in files:
        found = studio.get(f"/static/{path.relative_to(STATIC).as_posix()}")
        assert (found.status, found.body) == (200, path.read_bytes())
        assert found.headers["content-type"] == TYPES[path.suffix]


def test_there_is_no_file_that_could_not_be_given() -> None:
    kinds = {path.suffix for path in STATIC.rglob("*") if path.is_file()}
    assert kinds - {".md", ".ts"} <= set(TYPES)


def test_a_browser_that_has_a_file_is_told_so(studio: Studio) -> None:
    for path in ("/", "/static/js/main.js", "/plotly.js"):
        tag = studio.get(path).headers["etag"]
        again = studio.get(path, **{"If-None-Match": f'"x", W/{tag}'})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
        assert studio.get(path, **{"If-None-Match": '"x"'}).status == 200


def test_a_file_that_is_named_by_its_version_is_kept_for_ever(studio: Studio) -> None:
    page = studio.get("/")
    assert page.headers["cache-control"] == "no-cache"
    found = VERSION.search(page.body)
    assert found is not None
    versioned, body = found[0].decode(), (STATIC / "js/main.js").read_bytes()
    for path, kept in [
        (versioned, KEPT), ("/static/", "no-cache"), ("/static/v-0123456789abcdef/", "no-cache")
    ]:  # fmt: skip
        given = studio.get(f"{path}js/main.js")
        assert (given.status, given.body, given.headers["cache-control"]) == (200, body, kept)
    for name in ("js/nothing.js", "../app.py", "", f"{versioned[8:]}js/main.js"):
        assert studio.get(versioned + name).status == 404


def test_no_change_of_a_file_is_missed(tmp_path: Path) -> None:
    (tmp_path / "js").mkdir()
    index, one, other = tmp_path / "index.html", tmp_path / "js/one.js", tmp_path / "js/other.js"
    index.write_text('<script src="/static/js/one.js"></script>')
    one.write_text("1")
    other.write_text("2")
    files = Versions(tmp_path)

    def version() -> str:
        found = files.index()
        assert found is not None
        named = VERSION.search(found.body)
        assert named is not None
        return named[0].decode().removeprefix("/static/")

    def told(name: str) -> tuple[bytes, bool]:
        found, is_so = files.file(name)
        assert found is not None
        return found.body, is_so

    first = version()
    assert version() == first
    assert told(f"{first}js/one.js") == (b"1", True)
    one.write_text("one")  # the page that asks is from before
    assert told(f"{first}js/one.js") == (b"one", False)
    assert told(f"{first}js/other.js") == (b"2", True)
    second = version()
    assert second != first
    assert told(f"{second}js/one.js") == (b"one", True)
    assert told(f"{first}js/other.js") == (b"2", False)
    (tmp_path / "js/new.js").write_text("3")
    assert len({first, second, version()}) == 3
    (tmp_path / "js/new.js").unlink()
    assert version() == second
    index.unlink()
    assert files.index() is None


def test_head_has_the_length_and_no_body(studio: Studio) -> None:
    found = studio.send("HEAD", "/", headers={"Cookie": studio.cookie})
    assert (found.status, found.body) == (200, b"")
    assert int(found.headers["content-length"]) == len(studio.get("/").body)


def test_plotly_comes_from_its_package(studio: Studio) -> None:
    found = studio.get("/plotly.js")
    package = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    assert found.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "content-encoding" not in found.headers
    same = re.sub(rb'!document\.getElementById\("[0-9a-f]{64}"\)', b"!1", package.read_bytes())
    assert found.body == same


def test_a_page_is_welcomed_and_found_again(studio: Studio) -> None:
    name = None
    for again in (False, True):
        with studio.page() as line:
            line.send(json.dumps({"hello": 1, "session": name}))
            welcome = json.loads(line.recv(timeout=SLOW))
            assert welcome["type"] == "welcome"
            assert (welcome["again"], welcome["watching"]) == (again, False)
            name = welcome["session"]


# --- what shared sessions show, and to whom


SHARED = """
import json
from pellucid.studio.engine import Engine
from pellucid.studio.loading import loader
from pellucid.studio.opening import Opening
from pellucid.studio.server import Place, serve
from pellucid.studio.security import Keys
from pellucid.web.server import listen

(one, own), (two, shared) = listen("127.0.0.1", 0), listen("127.0.0.2", 0)
keys = Keys(own.port)
place = Place((one, two), own, shared, keys)
told = {"url": place.link(), "port": own.port, "shared": shared.port, "code": keys.shown_code}
serve(
    place, Engine(loader(Opening(), print)), log=print,
    ready=lambda: print(json.dumps(told), flush=True),
)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 stands for another network here")
def test_a_viewer_sees_the_session_and_changes_nothing() -> None:
    with running([sys.executable, "-c", SHARED]) as own:
        base = f"127.0.0.2:{own.told['shared']}"
        found = _join(base, own.told["code"])
        viewer = {"Cookie": found.headers["set-cookie"].partition(";")[0]}
        given: Any = {"origin": f"http://{base}", "additional_headers": viewer}
        hello = json.dumps({"hello": 1, "session": "guessed"})
        with connect(f"ws://{base}/socket", **given) as early:
            early.send(hello)
            assert json.loads(early.recv(timeout=SLOW)) == {
                "type": "refused",
                "error": "Nothing is shown yet. This page begins as soon as there is.",
            }
        with own.page() as owner, connect(f"ws://{base}/socket", **given) as line:
            owner.send(json.dumps({"hello": 1, "session": None}))
            name = json.loads(owner.recv(timeout=SLOW))["session"]
            line.send(hello)
            welcome = json.loads(line.recv(timeout=SLOW))
            assert (welcome["type"], welcome["watching"]) == ("welcome", True)
            assert name not in json.dumps(welcome)
            for do in ({"do": "Play"}, {"do": "Restart"}, {"do": "TellScene"}):
                line.send(json.dumps({"id": 1, **do}))
                assert _reply(line, 1) == {
                    "type": "refusal", "id": 1, "error": "You are watching: what is shown is "
                    "changed on the screen that it is shared from.",
                }  # fmt: skip
            line.send(json.dumps({"id": 2, "do": "Watch", "views": []}))
            assert _reply(line, 2)["type"] == "reply"
            owner.send(json.dumps({"id": 3, "do": "TakeSteps", "count": 3}))
            assert _reply(owner, 3)["type"] == "reply"
            while True:
                shown = json.loads(line.recv(timeout=SLOW))
                line.send("drawn")
                if shown.get("type") == "status" and shown.get("step") == 3:
                    break


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 stands for another network here")
def test_one_viewer_takes_so_many_connections_and_not_all() -> None:
    """Each with a form that never comes: others are let in all the same."""
    with running([sys.executable, "-c", SHARED]) as own, ExitStack() as stack:
        place = ("127.0.0.2", own.told["shared"])
        host = f"{place[0]}:{place[1]}"
        head = f"POST /join HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
        lines = []
        for _ in range(40):
            line = stack.enter_context(socket.create_connection(place, timeout=SLOW))
            lines.append(line)
            with suppress(OSError):
                line.sendall(f"{head}Content-Length: 9\r\n\r\n".encode())
        closed = 0
        for line in lines:
            line.settimeout(0.05)
            with suppress(TimeoutError):
                try:
                    closed += line.recv(1) == b""
                except ConnectionError:
                    closed += 1
        assert closed == 40 - Limits().viewer_connections
        other = stack.enter_context(
            socket.create_connection(place, timeout=SLOW, source_address=("127.0.0.3", 0))
        )
        other.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert other.recv(12) == b"HTTP/1.1 401"
        assert own.get("/").status == 200


def _join(base: str, code: str) -> Response:
    import http.client

    line = http.client.HTTPConnection(base, timeout=SLOW)
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://{base}"}
    try:
        line.request("POST", "/join", f"code={code}", kind)
        answer = line.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        assert answer.status == 303
        return Response(answer.status, told, answer.read())
    finally:
        line.close()


def _reply(line: Any, number: int) -> Any:
    while True:
        found = line.recv(timeout=SLOW)
        if isinstance(found, str) and json.loads(found).get("id") == number:
            return json.loads(found)


# --- the end


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_soon_with_its_pages_closed_and_its_files_gone(which: signal.Signals) -> None:
    with running(words("studio")) as own:
        with own.page() as line:
            line.send(json.dumps({"hello": 1, "session": None}))
            name = json.loads(line.recv(timeout=SLOW))["session"]
            folder = next(Path(tempfile.gettempdir()).glob(f"pellucid-studio-*/{name}"))
            line.send(json.dumps({"id": 1, "do": "Play"}))
            _reply(line, 1)
            began = time.monotonic()
            own.process.send_signal(which)
            out, err = own.process.communicate(timeout=SLOW)
            assert (own.process.returncode, out, err) == (0, "", "")
            assert time.monotonic() - began < 5
        assert not folder.parent.exists()


def test_it_says_that_it_has_ended() -> None:
    command = [one for one in words("studio") if one != "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=SLOW)
    assert (process.returncode, out.splitlines()[-1]) == (0, "The studio has ended.")


def test_it_ends_while_the_engine_is_still_being_loaded() -> None:
    process = subprocess.Popen(words("studio"), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    process.terminate()
    process.communicate(timeout=SLOW)
    assert process.returncode == 0


# --- without a server


class Sessions:
    def __init__(self, folder: Path) -> None:
        self.folder, self.closed = folder, False

    def get(self, name: str) -> Any:
        return self if name == "mine" else None

    def needed(self) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        self.closed = True


def download(session: Any, kind: str) -> tuple[str, str, bytes]:
    if kind != "onnx":
        raise ParameterError(f"There is no {kind}. Choose onnx.")
    return 'gr\u00f6\u00dfe "1".onnx', "application/octet-stream", b"\0\1"


async def converse(websocket: Any, sessions: Any, *, watching: bool) -> None:
    await websocket.send_text(f"{watching}")


def application(folder: Path, role: Role = Role.OWNER) -> Any:
    engine = Engine(lambda: Loaded(Sessions(folder), converse, download))
    app = Application(engine, Limits())

    async def let_in(scope: Any, receive: Any, send: Any) -> None:
        scope[ROLE] = role
        try:
            await app(scope, receive, send)
        except Refused as refused:
            answer = refused.answer()
            head = {"type": "http.response.start", "status": answer.status, "headers": []}
            await send(head)
            await send({"type": "http.response.body", "body": answer.body})

    return let_in


def test_a_download_is_a_file_and_never_a_page(tmp_path: Path) -> None:
    found = visit(application(tmp_path), "/sessions/mine/files/onnx")
    assert (found.status, found.body) == (200, b"\0\1")
    assert found.headers["content-type"] == "application/octet-stream"
    assert found.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%221%22.onnx"
    )


def test_a_download_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    found = visit(application(tmp_path), "/sessions/mine/files/pdf")
    assert (found.status, found.error) == (422, "There is no pdf. Choose onnx.")


def test_a_session_that_has_ended(tmp_path: Path) -> None:
    found = visit(application(tmp_path), "/sessions/other/files/onnx")
    assert found.status == 404
    assert found.error == (
        "There is no such session; it may have ended. Open the studio's page again."
    )


def test_an_upload_is_written_whole_under_its_name(tmp_path: Path) -> None:
    for name, path in [("a%20b.csv", "a b.csv"), ("pets/cat/1.PNG", "pets/cat/1.PNG")]:
        found = visit(
            application(tmp_path), "/sessions/mine/files", "POST", query=f"name={name}", body=b"xy"
        )
        assert (found.status, found.json) == (201, {"name": path, "bytes": 2})
        assert (tmp_path / path).read_bytes() == b"xy"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a b.csv", "pets"]


def test_plotly_is_compressed_where_it_goes_over_a_wire(tmp_path: Path) -> None:
    app = application(tmp_path, Role.VIEWER)
    found = visit(app, "/plotly.js", headers=[("accept-encoding", "gzip, br")])
    assert found.headers["content-encoding"] == "gzip"
    assert len(found.body) < 1_700_000
    assert gzip.decompress(found.body) == visit(app, "/plotly.js").body
    assert found.headers["etag"] != visit(app, "/plotly.js").headers["etag"]


def test_plotly_puts_no_styles_of_maps_into_the_page() -> None:
    assert b"maplibregl-map{font" in assets.plotly(compressed=False).body
    assert not assets.MAPS.search(assets.plotly(compressed=False).body)


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    first = static_file("a.js", tmp_path)
    (tmp_path / "a.js").write_text("22")
    second = static_file("a.js", tmp_path)
    assert first is not None
    assert second is not None
    assert (first.body, second.body) == (b"1", b"22")
    assert first.tag != second.tag


@pytest.mark.skipif(os.name != "posix", reason="links need no rights on POSIX")
def test_a_link_out_of_the_static_files_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "secret.js").write_text("secret")
    (tmp_path / "static/a.js").symlink_to(tmp_path / "secret.js")
    assert static_file("a.js", tmp_path / "static") is None


def test_an_engine_that_does_not_load_says_so_to_who_waits(tmp_path: Path) -> None:
    def load() -> Any:
        raise ImportError("no NumPy")

    engine = Engine(load)
    with pytest.raises(ImportError, match="no NumPy"):
        visit(Application(engine, Limits()), "/sessions/a/files/onnx")
    engine.close()


# --- the port, and what a session begins with


def test_the_usual_port_is_taken_where_it_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    monkeypatch.setattr("pellucid.studio.server.USUAL", number)
    first, second = take_place(None), take_place(None)
    try:
        assert first.address.port == number
        assert second.address.port != number
        assert first.address.local
        with pytest.raises(ParameterError) as refused:
            take_place(number)
        assert str(refused.value) == (
            f"The studio cannot listen at 127.0.0.1, port {number}: another program listens there. "
            "Choose another --port, or 0 for a free one."
        )
    finally:
        for place in (first, second):
            place.taken[0].close()


def test_sharing_listens_at_the_machines_address_and_at_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sharing, "local_address", lambda: "127.0.0.1")
    place = take_place(0, share=True)
    for taken in place.taken:
        taken.close()
    assert place.shared is not None
    assert place.shared.host == "127.0.0.1"
    assert place.shared.port != place.address.port
    monkeypatch.setattr(sharing, "local_address", lambda: None)
    with pytest.raises(ParameterError) as refused:
        take_place(0, share=True)
    assert str(refused.value) == (
        "--share-on-lan needs a local network, and this machine is in none. Join one, or leave "
        "--share-on-lan out."
    )


class Session:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scene: Any = None

    def call(self, what: Any) -> Any:
        return what(self)

    def open(self, scene: Any) -> None:
        self.scene = scene
        scene.source.open(self.folder)


def test_a_table_is_copied_and_opened(tmp_path: Path) -> None:
    table, folder = tmp_path / "my.csv", tmp_path / "session"
    folder.mkdir()
    table.write_text("a,b,c\n" + "".join(f"{k},{k % 3},{'xy'[k % 2]}\n" for k in range(40)))
    begun, session = opening(str(table), "b", None), Session(folder)
    begun.begin(session)
    assert (folder / "my.csv").read_bytes() == table.read_bytes()
    assert not (folder / "my.csv").is_symlink()
    assert session.scene is not None
    assert (session.scene.source.file, session.scene.source.target) == ("my.csv", "b")
    assert begun.said == (
        f"Each session learns from its own copy of {table}; the file is not touched."
    )
    assert opening(str(table), None, None).scene.source.target == "c"  # type: ignore[union-attr]


@pytest.mark.skipif(os.name != "posix", reason="links need no rights on POSIX")
def test_a_folder_of_pictures_is_read_where_it_is(tmp_path: Path) -> None:
    from PIL import Image

    folder = tmp_path / "session"
    folder.mkdir()
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for k in range(4):
            Image.new("L", (8, 8), 40 * k).save(tmp_path / "pets" / name / f"{k}.png")
    begun, session = opening(str(tmp_path / "pets"), None, None), Session(folder)
    begun.begin(session)
    assert (folder / "pets").resolve() == tmp_path / "pets"
    assert session.scene.source.folder == "pets"


@pytest.mark.skipif(os.name != "posix", reason="links need no rights on POSIX")
def test_the_files_of_mnist_are_found_by_the_sample(tmp_path: Path) -> None:
    files, folder = tmp_path / "files", tmp_path / "session"
    files.mkdir()
    folder.mkdir()
    pictures = struct.pack(">IIII", 2051, 20, 28, 28) + bytes(20 * 28 * 28)
    labels = struct.pack(">II", 2049, 20) + bytes(range(10)) * 2
    for part in ("train", "t10k"):
        (files / f"{part}-images-idx3-ubyte").write_bytes(pictures)
        (files / f"{part}-labels-idx1-ubyte").write_bytes(labels)
    begun, session = opening("mnist", None, str(files)), Session(folder)
    begun.begin(session)
    assert session.scene is not None
    assert len(session.scene.source.open(folder).x) == 20
    assert (folder / "mnist").resolve() == files
    assert not (folder / "fashion_mnist").exists()
    assert opening(None, None, str(files)).scene is None


def test_a_trained_model_is_copied_and_begun_with(tmp_path: Path) -> None:
    x, y = data.load("iris")
    net = Network(hidden=[4], seed=0)
    net.fit(x, y, epochs=1, progress=False)
    net.provenance["data"] = {"given": "iris", "name": "iris", "kind": "classes", "target": None}
    net.save(tmp_path / "m.safetensors")
    folder = tmp_path / "session"
    folder.mkdir()
    begun, session = opening(str(tmp_path / "m.safetensors"), None, None), Session(folder)
    begun.begin(session)
    assert session.scene.model == "m.safetensors"
    assert (folder / "m.safetensors").is_file()


def test_models_that_cannot_be_opened_are_refused_with_what_to_do(tmp_path: Path) -> None:
    model = tmp_path / "m.onnx"
    model.write_bytes(b"x")
    with pytest.raises(FileError) as refused:
        opening(str(model), None, None)
    assert str(refused.value) == (
        f"{model} is a model of another program. Make one of Pellucid of it first: pellucid import "
        f"{model} m.safetensors"
    )
    (tmp_path / "run").mkdir()
    (tmp_path / "run/run.json").write_text("{}")
    with pytest.raises(ParameterError) as meant:
        opening(str(tmp_path / "run"), "price", None)
    assert str(meant.value) == (
        f"{tmp_path}/run knows what it predicts, so --target price has no meaning. Leave it out."
    )
    with pytest.raises(FileError, match="was broken off before its model was written"):
        opening(str(tmp_path / "run"), None, None)
