"""A real process on a real port: many at once, and clients that mean no good."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pellucid import Network
from tests.serve.asking import array_model, frame, row_of, table_model

SLOW = 30.0  # seconds that a test waits at most, on a busy machine


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen[str]
    url: str
    port: int


@contextmanager
def running(model: Path, *options: str) -> Iterator[Running]:
    process = subprocess.Popen(
        [sys.executable, "-m", "pellucid", "serve", str(model), "--port", "0", "--json", *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.stderr.read() if process.stderr else ""
        told = json.loads(line)
        yield Running(process, told["url"], told["port"])
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    table_model().save(path)
    return path


@pytest.fixture(scope="module")
def server(model: Path) -> Iterator[Running]:
    with running(model, "--timeout", "2", "--max-body", "0.05", "--max-rows", "20") as found:
        yield found


def post(port: int, body: Any, path: str = "/predict") -> tuple[int, Any]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=SLOW)
    text = body if isinstance(body, bytes) else json.dumps(body)
    line.request("POST", path, text, {"Content-Type": "application/json"})
    response = line.getresponse()
    found = response.status, json.loads(response.read())
    line.close()
    return found


def raw(port: int, data: bytes, *, end: bool = False) -> bytes:
    """All that comes back for bytes, until the other side closes."""
    with socket.create_connection(("127.0.0.1", port), SLOW) as line:
        try:
            line.sendall(data)
            if end:
                line.shutdown(socket.SHUT_WR)
            parts = []
            while part := line.recv(1 << 16):
                parts.append(part)
        except ConnectionError:  # it was closed while we were still sending
            pass
        return b"".join(parts) if data else b""


def alive(server: Running) -> bool:
    assert server.process.poll() is None
    return post(server.port, row_of())[0] == 200


def test_many_at_once_get_the_networks_answers_to_the_last_digit(
    server: Running, model: Path
) -> None:
    net, x = Network.load(model), frame().drop("side", "price", "nr").head(80)
    names = net.classes.tolist()
    wanted = [
        {"prediction": label, "probabilities": dict(zip(names, shares, strict=True))}
        for label, shares in zip(
            net.predict(x).tolist(), net.predict_proba(x).tolist(), strict=True
        )
    ]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda row: post(server.port, row), x.to_dicts()))
    assert [status for status, _ in found] == [200] * 80
    assert [{k: v for k, v in own.items() if k != "warnings"} for _, own in found] == wanted


def test_a_connection_serves_one_request_after_another_and_several_sent_ahead(
    server: Running,
) -> None:
    body = json.dumps(row_of()).encode()
    head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    one = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    last = one.replace(b"Host:", b"Connection: close\r\nHost:")
    found = raw(server.port, one + one + last)
    assert found.count(b"HTTP/1.1 200 OK") == 3
    bodies = [part[: part.rindex(b"}") + 1] for part in found.split(b"\r\n\r\n")[1:]]
    assert len({*bodies}) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 49_000, 400),
        (b'{"a":' * 9_000, 400),
        (b"\0" * 100, 400),
        (b"{}", 422),
        (b"[" + b"9" * 40_000 + b"]", 400),
        (b"x" * 60_000, 413),
        (b"x" * 3_000_000, 413),
    ],
)
def test_bad_bodies(server: Running, body: bytes, status: int) -> None:
    assert post(server.port, body)[0] == status
    assert alive(server)


def test_a_chunked_body_over_the_limit(server: Running) -> None:
    head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    found = raw(
        server.port, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 8 + b"0\r\n\r\n"
    )
    assert found.startswith(b"HTTP/1.1 413 ")
    assert alive(server)


def test_chunks_that_never_end(server: Running) -> None:
    head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    found = raw(server.port, head + chunk * 40)
    assert not found or found.startswith(b"HTTP/1.1 413 ")
    assert alive(server)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"\0\0\0\0", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /predict HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 421),
        (b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 421),
        (b"GET / HTTP/1.1\r\n" + b"X-Long: aaaaaaaaaaaaaaaa\r\n" * 20_000, 431),
    ],
)
def test_what_is_no_proper_request(server: Running, data: bytes, status: int) -> None:
    found = raw(server.port, data)
    assert found.startswith(b"HTTP/1.1 %d " % status), found[:200]
    assert b"Traceback" not in found
    assert alive(server)


@pytest.mark.parametrize(
    "start",
    [
        b"GET / HTTP/1.1\r\nHost: local",
        b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n[1,",
    ],
)
def test_who_dawdles_is_let_go(server: Running, start: bytes) -> None:
    began = time.monotonic()
    found = raw(server.port, start)
    assert found.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - began < SLOW
    assert alive(server)


def test_who_says_nothing_is_let_go(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", server.port), SLOW) as line:
        assert line.recv(100) == b""


def test_clients_that_leave_in_the_middle(server: Running) -> None:
    head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"
    for _ in range(20):
        line = socket.create_connection(("127.0.0.1", server.port), SLOW)
        line.sendall(head)
        line.close()
    assert alive(server)


CROWDED = """
import sys
from pellucid import Network
from pellucid.serve import Limits, listen, serve

taken, address = listen("127.0.0.1", 0)
said = lambda: print(address.port, flush=True)
serve(Network.load(sys.argv[1]), taken, address, limits=Limits(connections=3), ready=said)
"""


def test_too_many_connections(model: Path) -> None:
    """Those over the limit are closed, and those before them are served."""
    process = subprocess.Popen(
        [sys.executable, "-c", CROWDED, str(model)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    port = int(process.stdout.readline())
    lines = [socket.create_connection(("127.0.0.1", port), SLOW) for _ in range(5)]
    try:
        for line in lines[3:]:
            with contextlib.suppress(ConnectionResetError):
                assert line.recv(100) == b""
        lines[0].sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert lines[0].recv(1 << 16).startswith(b"HTTP/1.1 200 OK")
        for line in lines:
            line.close()
        time.sleep(0.3)
        assert post(port, row_of())[0] == 200
    finally:
        process.kill()
        process.communicate()


IMPATIENT = """
import sys
from pellucid import Network
from pellucid.serve import Limits, listen, serve
from pellucid.web import protocol

protocol.IDLE = 0.5
taken, address = listen("127.0.0.1", 0)
said = lambda: print(address.port, flush=True)
limits = Limits(rows=200_000, body=10**8, seconds=60)
serve(Network.load(sys.argv[1]), taken, address, limits=limits, ready=said)
"""


@pytest.mark.skipif(not Path("/proc").exists(), reason="open files are told on Linux")
@pytest.mark.parametrize("after", [b"", b"Connection: close\r\n"])
def test_who_takes_nothing_of_a_long_answer_is_let_go(tmp_path: Path, after: bytes) -> None:
    path = tmp_path / "model.safetensors"
    array_model().save(path)
    process = subprocess.Popen(
        [sys.executable, "-c", IMPATIENT, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    port = int(process.stdout.readline())
    rows = b"[" + b"[1,2,3,4]," * 120_000 + b"[1,2,3,4]]"
    head = b"POST /predict/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    before, _ = told(port)
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.settimeout(SLOW)
    line.connect(("127.0.0.1", port))
    try:
        line.sendall(head + after + b"Content-Length: %d\r\n\r\n" % len(rows) + rows)
        ended = time.monotonic() + SLOW
        while told(port) != (before, True):
            assert time.monotonic() < ended
            time.sleep(0.3)
    finally:
        line.close()
        process.kill()
        process.communicate()


def told(port: int) -> tuple[int, bool]:
    """How many files and connections the process has open, and whether the batch is answered."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=SLOW)
    line.request("GET", "/metrics", headers={"Connection": "close"})
    text = line.getresponse().read().decode()
    line.close()
    (held,) = re.findall(r"^process_open_fds ([\d.]+)$", text, re.MULTILINE)
    return int(float(held)), 'route="/predict/batch",status="200"} 1.0' in text


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_soon_and_finishes_what_was_begun(model: Path, which: signal.Signals) -> None:
    with running(model) as own:
        idle = socket.create_connection(("127.0.0.1", own.port), SLOW)
        body = json.dumps(row_of()).encode()
        busy = socket.create_connection(("127.0.0.1", own.port), SLOW)
        head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        busy.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body[:5])
        time.sleep(0.3)  # it has begun to read
        began = time.monotonic()
        own.process.send_signal(which)
        time.sleep(0.2)
        busy.sendall(body[5:])
        answer = busy.recv(1 << 16)
        out, err = own.process.communicate(timeout=SLOW)
        took = time.monotonic() - began
        assert (own.process.returncode, out, err) == (0, "", "")
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert took < 2
        idle.close()
        busy.close()


def test_it_ends_though_a_client_never_finishes(model: Path) -> None:
    with running(model, "--timeout", "60") as own:
        busy = socket.create_connection(("127.0.0.1", own.port), SLOW)
        busy.sendall(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n[")
        time.sleep(0.3)
        began = time.monotonic()
        own.process.send_signal(signal.SIGTERM)
        _, err = own.process.communicate(timeout=SLOW)
        assert time.monotonic() - began < 2
        assert (own.process.returncode, err) == (0, "")
        busy.close()


def test_a_long_batch_does_not_hold_it_back_from_ending(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    array_model().save(path)
    with running(path, "--max-rows", "100001") as own:
        rows = b"[" + b"[1, 2, 3, 4]," * 100_000 + b"[1, 2, 3, 4]]"
        line = http.client.HTTPConnection("127.0.0.1", own.port, timeout=SLOW)
        line.request("POST", "/predict/batch", rows, {"Content-Type": "application/json"})
        time.sleep(0.2)
        began = time.monotonic()
        own.process.send_signal(signal.SIGTERM)
        own.process.communicate(timeout=SLOW)
        assert time.monotonic() - began < 2
        assert own.process.returncode == 0
        line.close()


def test_a_second_service_on_the_port_is_refused(server: Running, model: Path) -> None:
    words = ["-m", "pellucid", "serve", str(model), "--port", str(server.port)]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"Error: The service cannot listen at 127.0.0.1, port {server.port}: another program "
        "listens there. Choose another --port, or 0 for a free one.\n"
    )


def test_it_says_where_it_answers(model: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "pellucid", "serve", str(model), "--port", "0"],
        stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()
    process.terminate()
    process.communicate()
    assert line.startswith(f"{model} answers at http://127.0.0.1:")
    assert line.endswith(" (Ctrl-C ends it)\n")


def test_nothing_was_said_on_stderr(model: Path) -> None:
    """Bad requests are the client's fault, and leave no line behind."""
    with running(model) as own:
        raw(own.port, b"nonsense\r\n\r\n")
        post(own.port, b"{")
        post(own.port, {}, "/nothing")
        own.process.terminate()
        assert own.process.communicate(timeout=SLOW)[1] == ""
