"""Crowds and bad manners: sessions do not hurt each other, and memory does not grow without end.

The bounds are generous: ``benchmarks/studio.py`` measures.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from socket import SHUT_RDWR
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.studio.serving import Studio, serving
from tests.studio.talking import Refused, Talk, Visitor

SCENE: dict[str, Any] = {
    "version": 1, "scene": "Scene", "source": {"source": "Sample", "name": "digits"},
    "hidden": [{"layer": "Dense", "units": 32}], "batch": 32, "epochs": 10**6,
}  # fmt: skip
VIEWS = ["network", "scene", "curves"]
SLOWEST = 5.0
"""Seconds within which a command is answered, whatever others do."""


@pytest.fixture(scope="module")
def visitor(studio: Studio) -> Visitor:
    return Visitor(studio.origin, studio.cookies)


@pytest.fixture
def good(visitor: Visitor) -> Iterator[Talk]:
    with visitor.talk() as talk:
        talk.ask("OpenScene", scene=SCENE)
        talk.ask("Watch", views=VIEWS)
        yield talk


def goes_on(talk: Talk, seconds: float) -> None:
    """It learns, its views come, its commands are answered."""
    talk.ask("Play")
    talk.hear(0.3)
    before, seen = talk.status["step"], talk.count.copy()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        talk.hear(0.4)
        asked = time.monotonic()
        talk.ask("ChooseRow", row=random.randrange(100))
        assert time.monotonic() - asked < SLOWEST
    talk.hear(0.3)
    assert talk.status["step"] > before
    assert talk.count["view network"] > seen["view network"]
    talk.ask("Pause")


def test_eight_sessions_learn_at_once(visitor: Visitor) -> None:
    with ExitStack() as stack:
        talks = [stack.enter_context(visitor.talk()) for _ in range(8)]
        assert len({talk.session for talk in talks}) == 8
        for talk in talks:
            talk.ask("OpenScene", scene=SCENE)
            talk.ask("Watch", views=VIEWS)
        for talk in talks:
            talk.ask("Play")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(goes_on, talks, [2.0] * 8))
        assert all(talk.status["step"] > 100 for talk in talks), [t.status["step"] for t in talks]


def test_two_tabs_of_a_session_see_the_same(visitor: Visitor, good: Talk) -> None:
    with visitor.talk(good.session) as other:
        assert other.again and other.session == good.session
        other.ask("Watch", views=["network"])
        good.ask("TakeSteps", count=30)
        assert other.until(lambda status: status["step"] == 30 and not status["playing"])
        other.ask("EditWeight", parameter="dense_2.bias", place=[0], value=5.0)
        good.rest()
        other.rest()
        assert good.status == other.status
        assert good.status["undo"] is not None
    good.rest()
    good.ask("Undo")


@pytest.mark.parametrize("size", ["small", "large"])
def test_one_who_floods_hurts_no_other(visitor: Visitor, good: Talk, size: str) -> None:
    ended = threading.Event()
    lines = []

    def flood() -> None:
        big = json.dumps({"id": 1, "do": "OpenScene", "scene": {"a": [0.5] * 100_000}})
        message = big if size == "large" else '{"id": 1, "do": "TellScene"}'
        while not ended.is_set():
            with suppress(ConnectionClosed, Refused, TimeoutError), visitor.talk() as talk:
                lines.append(talk.line)
                talk.line.close_timeout = 1.0  # what was sent before is still being refused
                while not ended.is_set():
                    talk.line.send(message)

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        goes_on(good, 2.0)
    finally:
        ended.set()
        with suppress(OSError):  # it may wait for room to send
            lines[-1].socket.shutdown(SHUT_RDWR)
        thread.join(10)
    assert not thread.is_alive()


def test_one_who_reads_nothing_hurts_no_other(visitor: Visitor, good: Talk) -> None:
    with ExitStack() as stack:
        lines = [stack.enter_context(visitor.talk()) for _ in range(3)]
        for talk in lines:
            talk.ask("OpenScene", scene=SCENE)
            talk.ask("Watch", views=VIEWS)
            talk.line.send('{"id": 99, "do": "Play"}')
            for _ in range(200):  # it says that all was drawn, and asks, and does not read
                talk.line.send("drawn")
                talk.line.send('{"id": 100, "do": "TellScene"}')
        goes_on(good, 2.0)


def test_tabs_that_come_and_go(visitor: Visitor, good: Talk) -> None:
    for _ in range(30):
        with visitor.talk(good.session) as tab:
            assert tab.again
            tab.line.send('{"id": 1, "do": "Watch", "views": ["network"]}')
    for _ in range(30):
        line = visitor.line()
        line.close()
    goes_on(good, 0.5)


def resident(studio: Studio) -> float:
    """MiB that the server holds."""
    status = Path(f"/proc/{studio.pid}/status")
    if not status.exists():
        pytest.skip("only Linux tells what a process holds")
    words = status.read_text().split()
    return int(words[words.index("VmRSS:") + 1]) / 1024


def test_learning_and_rewinding_does_not_eat_memory() -> None:
    """A hundred changes can be undone and are kept; all further ones take the place of others."""
    chance = random.Random(0)
    with serving() as studio, Visitor(studio.origin, studio.cookies).talk() as talk:
        talk.ask("OpenScene", scene=SCENE)
        talk.ask("Watch", views=VIEWS)

        def after(rounds: int) -> float:
            for _ in range(rounds):
                talk.ask("TakeSteps", count=40)
                talk.ask("Seek", step=0)
                talk.ask("EditWeight", parameter="dense_1.bias", place=[0], value=chance.random())
            return resident(studio)

        settled = after(120)
        grown = after(120) - settled
        assert grown < 30, (settled, grown)
