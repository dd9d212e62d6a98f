"""``pellucid studio`` and ``pellucid learn``: what they say, refuse, and open."""

from __future__ import annotations

import importlib.util
import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import types
import webbrowser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import pellucid.lessons
import pellucid.studio.server
from pellucid.cli import main
from pellucid.data.samples import names
from pellucid.studio import sharing
from pellucid.studio.browser import has_browser, open_browser
from tests.studio.visiting import SLOW, running, words


def run(*given: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, given)], prog_name="pellucid")


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What is served, in place of a studio that runs."""
    given: dict[str, Any] = {}

    def serve(place: Any, engine: Any, **named: Any) -> None:
        for taken in place.taken:
            taken.close()
        given.update(named, place=place)
        named["ready"]()

    monkeypatch.setattr(pellucid.studio.server, "serve", serve)
    return given


LINK = r"http://127\.0\.0\.1:\d+{path}\?token=[\w-]{{43}}"


@pytest.mark.parametrize("command", ["studio", "learn"])
def test_without_the_extra_it_says_which(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    done = run(command)
    assert done.exit_code == 2
    assert done.stderr == (
        f"Error: pellucid {command} needs Starlette, uvicorn, websockets and what they need, which "
        "is not installed. Install it with: pip install 'pellucid[studio]'\n"
    )


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (("studio",), "/"), (("studio", "moons"), "/workbench"), (("learn",), "/lessons"),
        (("learn", "1"), "/lessons/1"), (("learn", "Neuron"), "/lessons/neuron"),
    ],
)  # fmt: skip
def test_it_says_where_it_is(served: dict[str, Any], given: tuple[str, ...], path: str) -> None:
    done = run(*given, "--port", "0", "--no-browser")
    assert (done.exit_code, done.stderr) == (0, "")
    assert re.fullmatch(
        f"The studio is at {LINK.format(path=path)}\nCtrl-C ends it.\nThe studio has ended[.]\n",
        done.stdout,
    )


def test_json_is_one_line(served: dict[str, Any]) -> None:
    done = run("studio", "--port", "0", "--no-browser", "--json")
    told = json.loads(done.stdout)
    assert re.fullmatch(LINK.format(path="/"), told.pop("url"))
    port = served["place"].address.port
    assert told == {
        "address": f"http://127.0.0.1:{port}", "port": port, "shared": None, "code": None,
        "pid": os.getpid(),
    }  # fmt: skip


def test_it_says_how_to_watch(served: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "local_address", lambda: "127.0.0.1")
    done = run("studio", "--port", "0", "--no-browser", "--share-on-lan")
    shared = served["place"].shared
    assert re.search(
        rf"^To watch, on the local network: http://127\.0\.0\.1:{shared.port} with the code "
        r"[A-Z]{3}-[A-Z]{3}\. It goes without encryption\.$",
        done.stdout, re.MULTILINE,
    )  # fmt: skip


def test_its_own_data_are_named(served: dict[str, Any], tmp_path: Path) -> None:
    table = tmp_path / "my.csv"
    table.write_text("a,b\n" + "".join(f"{k},{k % 2}\n" for k in range(20)))
    done = run("studio", table, "--port", "0", "--no-browser")
    said = f"Each session learns from its own copy of {table}; the file is not touched."
    assert said in done.stdout.splitlines()


# --- refusals


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (
            ("studio", "moon"),
            "There is no sample 'moon', and no file or folder of that name. Did you mean 'moons'? "
            f"Samples: {', '.join(names())}.",
        ),
        (
            ("studio", "--data-dir", "nowhere"),
            "--data-dir is nowhere, which is no folder; expected the one with the idx files of "
            "mnist or fashion_mnist. Check the path.",
        ),
        (
            ("learn", "--text"),
            "--text is for one lesson. Say which, such as pellucid learn 1.",
        ),
        (
            ("learn", "--notebook", "a.ipynb"),
            "--notebook is for one lesson. Say which, such as pellucid learn 1.",
        ),
        (
            ("learn", "1", "--text", "--port", "0"),
            "--port is for the page in the browser, and has no meaning with --text. Leave it out.",
        ),
        (
            ("learn", "1", "--notebook", "a.ipynb", "--no-browser"),
            "--no-browser is for the page in the browser, and has no meaning with --notebook. "
            "Leave it out.",
        ),
    ],
)
def test_it_refuses(given: tuple[str, ...], error: str) -> None:
    done = run(*given)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"Error: {error}\n"


def test_a_lesson_that_is_not_there_has_the_nearest_name() -> None:
    done = run("learn", "nueron")
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: There is no lesson 'nueron'. Did you mean 'neuron'?")


def test_a_port_in_use() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("studio", "--no-browser", "--port", str(port))
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == (
        f"Error: The studio cannot listen at 127.0.0.1, port {port}: another program listens "
        "there. Choose another --port, or 0 for a free one.\n"
    )


# --- lessons elsewhere


def test_a_lesson_in_the_terminal_and_as_a_notebook(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done: list[Any] = []
    terminal, notebook = types.ModuleType("terminal"), types.ModuleType("notebook")
    terminal.__dict__["show"] = lambda lesson: done.append(lesson.number)
    notebook.__dict__["write"] = lambda lesson, path: done.append((lesson.number, path))
    for module in (terminal, notebook):
        name = f"pellucid.lessons.{module.__name__}"
        monkeypatch.setitem(sys.modules, name, module)
        monkeypatch.setattr(pellucid.lessons, module.__name__, module, raising=False)
    path = str(tmp_path / "one.ipynb")
    said = run("learn", "1", "--notebook", path)
    assert (said.exit_code, said.stdout) == (0, f"{path}\n")
    assert run("learn", "neuron", "--text").exit_code == 0
    assert done == [(1, path), 1]
    missing = run("learn", "1", "--notebook", tmp_path / "no" / "one.ipynb")
    assert missing.exit_code == 2
    assert missing.stderr == (
        f"Error: The folder of {tmp_path}/no/one.ipynb is not there. Make it first.\n"
    )


# --- the browser


def test_the_browser_is_given_a_link_of_its_own(
    served: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setenv("BROWSER", "some-browser")

    def opens(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(webbrowser, "open", opens)
    monkeypatch.setattr("pellucid.studio.browser.Thread", Now)
    done = run("studio", "--port", "0")
    assert done.stderr == ""
    assert re.fullmatch(LINK.format(path="/"), opened[0])
    assert opened[0] not in done.stdout  # each link works once


class Now:
    """A thread that does its work at once."""

    def __init__(self, target: Any, name: str, daemon: bool) -> None:
        self.start = target


def test_no_browser_is_said_with_what_to_do(
    served: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("pellucid.studio.browser.Thread", Now)
    done = run("studio", "--port", "0")
    port = served["place"].address.port
    assert done.exit_code == 0
    assert done.stderr == (
        "No browser was opened: none was found that opens a window here. Open the address above in "
        "a browser on this machine; from another machine, forward the port first: ssh -L "
        f"{port}:127.0.0.1:{port} THIS-MACHINE\n"
    )


def test_a_browser_that_fails_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(url: str) -> bool:
        raise webbrowser.Error("could not locate runnable browser")

    said: list[int] = []
    monkeypatch.setenv("BROWSER", "x")
    monkeypatch.setattr(webbrowser, "open", fails)
    monkeypatch.setattr("pellucid.studio.browser.Thread", Now)
    assert has_browser()
    open_browser("http://127.0.0.1", lambda: said.append(1))
    assert said == [1]


# --- a real one


def test_data_are_on_the_bench_of_each_new_session(tmp_path: Path) -> None:
    table = tmp_path / "my.csv"
    table.write_text("a,b\n" + "".join(f"{k},{'xy'[k % 2]}\n" for k in range(40)))
    with running(words("studio", str(table))) as own, own.page() as line:
        line.send(json.dumps({"hello": 1, "session": None}))
        assert json.loads(line.recv(timeout=SLOW))["type"] == "welcome"
        line.send(json.dumps({"id": 1, "do": "TellScene"}))
        while (found := json.loads(line.recv(timeout=SLOW))).get("id") != 1:
            pass
    assert found["value"]["source"] == {
        "source": "TableFile", "file": "my.csv", "target": "b", "kind": None,
    }  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="terminals are those of POSIX")
def test_enter_gives_a_link_for_another_browser() -> None:
    mine, theirs = pty.openpty()
    command = [sys.executable, "-m", "pellucid", "studio", "--no-browser", "--port", "0"]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        preexec_fn=_own_terminal,
    )  # fmt: skip
    os.close(theirs)
    try:
        first = _read_until(mine, "Ctrl-C ends it.")
        assert "Enter gives a link for another browser, Ctrl-C ends it." in first
        os.write(mine, b"\n")
        second = _read_until(mine, "token=", more=0.3)
        one, two = (re.findall(r"token=([\w-]{43})", text)[0] for text in (first, second))
        assert "Another link: http://127.0.0.1:" in second
        assert one != two
        process.send_signal(signal.SIGINT)
        assert process.wait(SLOW) == 0
    finally:
        process.kill()
        process.wait()
        os.close(mine)


def _own_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _read_until(terminal: int, words: str, more: float = 0.0) -> str:
    found = ""
    while words not in found or (more and select.select([terminal], [], [], more)[0]):
        assert select.select([terminal], [], [], SLOW)[0], found
        found += os.read(terminal, 4096).decode()
    return found
