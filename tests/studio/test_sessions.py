"""Sessions: found, made, reserved for who asked, dropped only for another, refused in words."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pellucid.errors import FileError, ParameterError
from pellucid.nn.dense import Dense
from pellucid.scene.bench import Bench
from pellucid.scene.scene import Scene
from pellucid.scene.source import Sample
from pellucid.studio.limits import Limits
from pellucid.studio.opening import opening
from pellucid.studio.outbox import Outbox
from pellucid.studio.scene_file import Saved, scene_bytes
from pellucid.studio.session import Session
from pellucid.studio.sessions import Sessions
from pellucid.studio.showing import FAILED
from pellucid.studio.socket import converse
from pellucid.studio.wire import unpacked


class Made:
    """Sessions of a test and pages that may look at them, and what they logged."""

    def __init__(self) -> None:
        self.logged: list[str] = []
        self.all: list[Sessions] = []
        self._loop = asyncio.new_event_loop()  # lives as long as the pages: nobody has left

    def __call__(self, begin: Callable[[Session], None] | None = None, most: int = 3) -> Sessions:
        made = Sessions(self.logged.append, begin, Limits(sessions=most))
        self.all.append(made)
        return made

    def page(self) -> Outbox:
        async def make() -> Outbox:
            return Outbox()

        return self._loop.run_until_complete(make())

    def next(self, page: Outbox) -> Any:
        """What a page is sent next."""
        return self._loop.run_until_complete(asyncio.wait_for(page.next(), 20))

    def close(self) -> None:
        for sessions in self.all:
            sessions.close()
        self._loop.close()


@pytest.fixture
def made() -> Iterator[Made]:
    found = Made()
    yield found
    found.close()


def folders(sessions: Sessions) -> list[Path]:
    return list(sessions._folder.iterdir())


def test_a_session_that_is_idle_for_long_is_kept_while_there_is_room(made: Made) -> None:
    sessions = made()
    page = made.page()
    morning = sessions.find(None, page)
    (morning.folder / "work.csv").write_text("a\n1\n")
    morning.detach(page)
    morning.last_used -= 8 * 3600
    sessions.find(None, made.page())
    assert sessions.get(morning.name) is morning
    assert (morning.folder / "work.csv").exists()


def test_when_there_is_no_room_the_one_idle_for_longest_goes(made: Made) -> None:
    sessions = made(most=3)
    pages = [made.page() for _ in range(3)]
    first, second, third = [sessions.find(None, page) for page in pages]
    for session, page, ago in ((first, pages[0], 10.0), (second, pages[1], 20.0)):
        session.detach(page)
        session.last_used -= ago
    sessions.find(None, made.page())
    assert sessions.get(second.name) is None and not second.folder.exists()
    assert sessions.get(first.name) is first and sessions.get(third.name) is third


def test_one_that_was_found_is_not_dropped_before_its_page_is_welcomed(made: Made) -> None:
    sessions = made(most=1)
    page = made.page()
    mine = sessions.find(None, page)
    mine.detach(page)
    assert sessions.find(mine.name, made.page()) is mine
    with pytest.raises(ParameterError) as refused:
        sessions.find(None, made.page())
    assert str(refused.value) == (
        "The studio holds 1 sessions at a time, and all are open in a page. Close a tab of it, "
        "then reload this one."
    )
    assert sessions.get(mine.name) is mine


def test_viewers_are_no_owners(made: Made) -> None:
    sessions = made()
    early, late, viewer = made.page(), made.page(), made.page()
    old = sessions.find(None, early)
    old.last_used -= 60
    assert sessions.shared(viewer) is old
    new = sessions.find(None, late)
    old.watch(viewer, ("curves",))
    old.detach(viewer)
    assert old.last_used < new.last_used
    assert sessions.shared(made.page()) is new
    sessions.shared(viewer)
    new.detach(late)
    assert not new.is_watched, "though a viewer still looks"


def test_a_viewer_of_a_session_that_is_dropped_is_let_go(made: Made) -> None:
    sessions = made(most=1)
    page, viewer = made.page(), made.page()
    sessions.find(None, page).detach(page)
    sessions.shared(viewer)
    sessions.find(None, made.page())
    assert viewer.closed


@pytest.mark.parametrize("error", [FileError("It is not there."), ParameterError("No.")])
def test_one_that_cannot_begin_is_not_kept(made: Made, error: Exception) -> None:
    def begin(session: Session) -> None:
        raise error

    sessions = made(begin, most=2)
    for _ in range(5):
        with pytest.raises(ParameterError) as refused:
            sessions.find(None, made.page())
        assert str(refused.value) == str(error)
    assert folders(sessions) == [] and made.logged == []


def test_a_fault_while_it_begins_is_logged(made: Made) -> None:
    def begin(session: Session) -> None:
        raise ZeroDivisionError

    sessions = made(begin)
    with pytest.raises(ParameterError) as refused:
        sessions.find(None, made.page())
    assert str(refused.value) == FAILED
    assert folders(sessions) == []
    assert len(made.logged) == 1 and "ZeroDivisionError" in made.logged[0]


class Socket:
    """A page that says a few things, and then nothing more."""

    def __init__(self, *says: str) -> None:
        self.says, self.heard = list(says), list[Any]()
        self.closed: int | None = None

    async def receive(self) -> Any:
        if self.says:
            return {"type": "websocket.receive", "text": self.says.pop(0)}
        return await asyncio.Event().wait()

    async def send_text(self, text: str) -> None:
        self.heard.append(unpacked(text))

    async def send_bytes(self, data: bytes) -> None:
        self.heard.append(unpacked(data))

    async def close(self, code: int) -> None:
        self.closed = code


HELLO = json.dumps({"hello": 1, "session": None})


def test_a_file_that_is_gone_before_the_page_comes_is_told_of(made: Made, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("a,b\n" + "".join(f"{k},{'xy'[k % 2]}\n" for k in range(30)))
    begun = opening(str(table), "b", None)
    table.unlink()
    sessions, socket = made(begun.begin), Socket(HELLO)
    asyncio.run(converse(socket, sessions))
    (refused,) = socket.heard
    assert refused["type"] == "refused" and "table.csv" in refused["error"]
    assert str(sessions._folder) not in refused["error"]
    assert socket.closed == 1013 and folders(sessions) == []


@pytest.mark.parametrize("saved", [False, True])
def test_what_the_command_names_is_the_first_that_anyone_sees(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, saved: bool
) -> None:
    """No other bench is made before it, and nothing is there to be undone."""
    source = "iris"
    if saved:
        source = str(tmp_path / "saved.pellucid")
        bench = Bench(Scene(Sample("iris"), hidden=(Dense(3),)))
        made_of = Saved(bench.played(), bench.copied()[0], tmp_path, 0)
        Path(source).write_bytes(scene_bytes(made_of))
    monkeypatch.setattr("pellucid.studio.stages.FIRST", None)  # a bench of it cannot be made
    begin, viewer = opening(source, None, None).begin, made.page()

    def begun(session: Session) -> None:
        sessions.shared(viewer)  # before anything is on the bench
        begin(session)

    sessions, page = made(begun), made.page()
    session = sessions.find(None, page)
    status = session.call(lambda at: at.status())
    assert (status["undo"], status["redo"], status["rows"]) == (None, None, 150)
    assert not session.call(lambda at: at.bench.undo())
    for one in (page, viewer):
        first = made.next(one)[0]
        assert (first["type"], first["rows"], first["undo"]) == ("status", 150, None)
    assert made.logged == []


def test_a_page_whose_session_ends_is_told_to_go(made: Made) -> None:
    sessions, socket = made(), Socket(HELLO)

    async def talk() -> None:
        talking = asyncio.create_task(converse(socket, sessions))
        while not socket.heard:
            await asyncio.sleep(0.01)
        session = sessions.get(socket.heard[0]["session"])
        assert session is not None
        await asyncio.to_thread(session.end)
        await asyncio.wait_for(talking, 10)

    asyncio.run(talk())
    assert socket.closed == 1001


def test_a_line_that_is_closed_while_something_is_sent_is_a_page_that_left(made: Made) -> None:
    sessions = made()

    class Closed(Socket):
        async def send_text(self, text: str) -> None:
            if self.heard:
                raise RuntimeError("Unexpected ASGI message 'websocket.send'")
            await super().send_text(text)

    socket = Closed(HELLO)
    asyncio.run(asyncio.wait_for(converse(socket, sessions), 20))
    assert len(socket.heard) == 1 and socket.closed is None
    assert not any(session.is_watched for session in sessions._found.values())


@pytest.mark.parametrize("watching", [True, False])
def test_a_viewer_may_say_little_and_draw_much(made: Made, watching: bool) -> None:
    sessions = made()
    sessions.limits = Limits(sessions=3, viewer_messages=2)
    owner = made.page()
    session = sessions.find(None, owner)
    session.last_used -= 10
    before = session.last_used
    watch = json.dumps({"id": 1, "do": "Watch", "views": ["curves"]})
    socket = Socket(HELLO, *["drawn"] * 100, *[watch] * 30, *["drawn"] * 100)

    async def talk() -> None:
        talking = asyncio.create_task(converse(socket, sessions, watching=watching))
        while not socket.heard:
            await asyncio.sleep(0.01)
        await asyncio.sleep(1.0)
        talking.cancel()
        with pytest.raises(asyncio.CancelledError):  # it did not end of itself
            await talking

    asyncio.run(talk())
    said = sum(message["type"] == "reply" for message in socket.heard)
    if watching:
        assert 8 <= said <= 12  # eight at once, then two a second
        assert session.last_used == before
    else:
        assert said == 30


def test_a_long_message_is_read_beside_the_loop(made: Made) -> None:
    long = json.dumps({"id": 5, "do": "Watch", "views": ["x" * 20_000]})
    socket = Socket(HELLO, long)

    async def talk() -> None:
        talking = asyncio.create_task(converse(socket, made()))
        while not any(message.get("id") == 5 for message in socket.heard):
            await asyncio.sleep(0.01)
        talking.cancel()
        await asyncio.wait([talking])

    asyncio.run(asyncio.wait_for(talk(), 20))
    refused = next(message for message in socket.heard if message.get("id") == 5)
    assert refused["type"] == "refusal" and len(refused["error"]) < 1000


def test_messages_wait_for_no_download(made: Made) -> None:
    """All of the loop's own threads are at work, as with slow exports."""
    sessions = made()
    socket = Socket(HELLO, json.dumps({"id": 7, "do": "Pause"}))

    async def talk() -> None:
        loop = asyncio.get_running_loop()
        slow = [loop.run_in_executor(None, time.sleep, 3.0) for _ in range(64)]
        began = time.monotonic()
        talking = asyncio.create_task(converse(socket, sessions))
        while not any(message.get("id") == 7 for message in socket.heard):
            await asyncio.sleep(0.01)
        assert time.monotonic() - began < 2.5
        talking.cancel()
        for one in slow:
            one.cancel()
        await asyncio.wait([talking])

    asyncio.run(asyncio.wait_for(talk(), 20))
