"""What is shown to whom, and when: without a session, on a bench that counts what it is asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from pellucid.scene.bench import Bench
from pellucid.scene.map_bench import MapBench
from pellucid.scene.map_scene import MapScene
from pellucid.scene.memory_bench import MemoryBench
from pellucid.scene.memory_scene import MemoryScene
from pellucid.scene.playable import Playable
from pellucid.scene.scene import Scene
from pellucid.studio import showing as module
from pellucid.studio.outbox import Outbox
from pellucid.studio.showing import FAILED, Showing
from pellucid.studio.views import VIEWS, View


class Bare:
    """As much of a bench as is looked at."""

    kind, edition, step = "network", 0, 0


class Views:
    """Views that count how often they are computed, some of which take long."""

    def __init__(self) -> None:
        self.count = dict.fromkeys(["quick", "slow", "still", "other", "broken"], 0)

    def of(self, name: str) -> View:
        views = self

        class Counted(View):
            def compute(self, bench: Any) -> dict[str, Any]:
                views.count[name] += 1
                if name == "broken":
                    raise ZeroDivisionError
                until = time.thread_time() + (0.02 if name == "slow" else 0.0)
                while time.thread_time() < until:
                    pass
                return {"count": views.count[name]}

        of = ("map",) if name == "other" else ("network",)
        return Counted("", "", every=0.01, of=of, still=name == "still")


@pytest.fixture
def views(monkeypatch: pytest.MonkeyPatch) -> Views:
    made = Views()
    monkeypatch.setattr(module, "VIEWS", {name: made.of(name) for name in made.count})
    return made


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


def page_of(loop: asyncio.AbstractEventLoop) -> Outbox:
    async def make() -> Outbox:
        return Outbox()

    return loop.run_until_complete(make())


def sent(loop: asyncio.AbstractEventLoop, page: Outbox) -> list[Any]:
    """All that waits for a page, which draws it at once."""

    async def take() -> list[Any]:
        found: list[Any] = []
        while True:
            try:
                more = await asyncio.wait_for(page.next(), 0.01)
            except TimeoutError:
                return found
            found += more
            for _ in more:
                page.drawn()

    return loop.run_until_complete(take())


def names(messages: list[Any]) -> list[str]:
    return [message.get("name", message["type"]) for message in messages]


class Shown:
    """A showing with a page, and what was logged."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop, self.logged = loop, list[str]()
        self.status: dict[str, Any] = {"step": 0}
        self.showing = Showing(lambda: self.status, str, self.logged.append)
        self.bench: Any = Bare()
        self.page = page_of(loop)
        self.showing.attach(self.page)

    def show(self, *, hurried: bool = False) -> None:
        self.showing.show(self.bench, hurried=hurried)

    def take(self) -> list[Any]:
        return sent(self.loop, self.page)


@pytest.fixture
def shown(loop: asyncio.AbstractEventLoop, views: Views) -> Shown:
    return Shown(loop)


def test_what_did_not_change_is_sent_again_and_not_computed(shown: Shown, views: Views) -> None:
    for _ in range(500):
        shown.showing.watch(shown.page, ["quick", "still"])
        shown.show()
    assert views.count["quick"] == views.count["still"] == 1
    assert sorted(set(names(shown.take()))) == ["quick", "status", "still"]
    shown.showing.watch(shown.page, ["quick"])
    shown.show()
    (again,) = shown.take()
    assert again == {"type": "view", "name": "quick", "step": 0, "value": {"count": 1}}


def test_a_page_that_comes_later_is_sent_what_is_known(shown: Shown, views: Views) -> None:
    shown.showing.watch(shown.page, ["quick"])
    shown.show()
    other = page_of(shown.loop)
    shown.showing.attach(other, watching=True)
    shown.showing.watch(other, ["quick"])
    shown.show()
    assert sorted(names(sent(shown.loop, other))) == ["quick", "status"]
    assert views.count["quick"] == 1


def test_a_change_is_shown_and_what_is_still_stays(shown: Shown, views: Views) -> None:
    shown.showing.watch(shown.page, ["quick", "still"])
    shown.show()
    shown.take()
    time.sleep(0.05)
    shown.showing.changed()
    shown.show()
    assert sorted(names(shown.take())) == ["quick", "status"] and views.count["still"] == 1
    shown.bench.edition = 1
    shown.show()
    assert names(shown.take()) == ["still"]


def test_views_of_another_kind_are_never_due(shown: Shown, views: Views) -> None:
    shown.showing.watch(shown.page, ["other"])
    shown.show()
    assert shown.showing.due(shown.bench, hurried=False) == {"status": float("inf")}
    assert views.count["other"] == 0
    shown.bench.kind = "map"
    assert shown.showing.due(shown.bench, hurried=False)["other"] == 0


def share_of(shown: Shown, watch: list[list[str]], seconds: float = 1.5) -> float:
    """The part of the time that views take at full speed, while a page wants these by turns."""
    began, used, turn = time.monotonic(), 0.0, 0
    while time.monotonic() - began < seconds:
        shown.showing.watch(shown.page, watch[turn % len(watch)])
        shown.showing.changed()
        before = time.thread_time()
        shown.show(hurried=True)
        used += time.thread_time() - before
        time.sleep(0.005)
        turn += 1
    return used / seconds


@pytest.mark.parametrize("watch", [[["slow"]], [["slow"], []], [["slow"], ["quick"]]])
def test_at_full_speed_views_have_their_share_whatever_is_asked(
    shown: Shown, watch: list[list[str]]
) -> None:
    share_of(shown, watch, 0.3)
    assert share_of(shown, watch) < 0.25  # the share is 0.07, and a busy machine measures coarsely


def test_a_view_that_fails_is_told_once_and_the_others_go_on(shown: Shown, views: Views) -> None:
    shown.showing.watch(shown.page, ["broken", "quick"])
    for _ in range(3):
        shown.show()
        shown.showing.changed()
        time.sleep(0.02)
    found = {message.get("name"): message for message in shown.take()}
    assert found["broken"]["value"] == {"error": FAILED}
    assert found["quick"]["value"]["count"] >= 2
    (line,) = shown.logged
    assert line.startswith("The view broken failed:\n") and "ZeroDivisionError" in line


def test_a_status_that_fails_keeps_no_reply_back(shown: Shown) -> None:
    shown.status = None  # type: ignore[assignment]
    for number in range(3):
        reply = {"type": "reply", "id": number, "value": None}
        shown.showing.answer(shown.bench, [(shown.page, reply)])
    assert names(shown.take()) == ["problem", "reply", "reply", "reply"]
    assert len(shown.logged) == 1


def test_a_reply_comes_after_a_status_that_is_as_new(shown: Shown) -> None:
    shown.show()
    for number in range(20):  # more than a page may leave undrawn
        shown.status = {"step": number}
        reply = {"type": "reply", "id": number, "value": None}
        shown.showing.answer(shown.bench, [(shown.page, reply)])
    step = -1
    for message in shown.take():
        if message["type"] == "reply":
            assert step >= message["id"]
        else:
            step = message["step"]
    assert step == 19


def test_a_refusal_needs_no_status(shown: Shown) -> None:
    shown.show()
    shown.take()
    refusal = {"type": "refusal", "id": 1, "error": "No."}
    shown.showing.answer(shown.bench, [(shown.page, refusal)])
    assert shown.take() == [refusal]


def test_only_pages_of_the_owner_count(shown: Shown) -> None:
    viewer = page_of(shown.loop)
    shown.showing.attach(viewer, watching=True)
    assert shown.showing.has_owner
    shown.showing.detach(shown.page)
    since = shown.showing.alone_since
    assert since is not None
    shown.showing.detach(viewer)
    assert shown.showing.alone_since == since


def test_pages_that_are_closed_are_forgotten(shown: Shown) -> None:
    shown.page.close()
    shown.showing.forget_closed()
    assert not shown.showing.has_owner


def test_all_benches_can_be_played_with() -> None:
    """mypy sees that they have what is asked of them; their kinds are those of the views."""
    benches: list[Playable] = [
        Bench(Scene()), MapBench(MapScene(rows=2, columns=2, steps=5)),
        MemoryBench(MemoryScene((3, 3))),
    ]  # fmt: skip
    kinds = [bench.kind for bench in benches]
    assert kinds == ["network", "map", "memory"]
    assert {kind for view in VIEWS.values() for kind in view.of} == set(kinds)
    assert all(bench.to_epoch_end() > 0 for bench in benches)
