"""A session: commands in their order, views of which the newest counts, pauses without a page."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pellucid import Dense
from pellucid.errors import ParameterError
from pellucid.scene.bench import Bench
from pellucid.scene.scene import Scene, scene_to_record
from pellucid.studio import session as module
from pellucid.studio.command import Command, Later, read_command
from pellucid.studio.commands import commands
from pellucid.studio.outbox import Outbox
from pellucid.studio.session import Session


class Page:
    """A page in a thread with an event loop of its own."""

    def __init__(self, session: Session, *, draws: bool = True, watching: bool = False) -> None:
        self.session, self.draws = session, draws
        self.heard: list[Any] = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()
        self._ready.wait()
        session.attach(self.outbox, watching=watching)
        self._number = 0

    async def _run(self) -> None:
        self.outbox = Outbox()
        self._ready.set()
        while messages := await self.outbox.next():
            self.heard += messages
            for message in messages:
                if self.draws and message["type"] in ("status", "view"):
                    self.outbox.drawn()

    def send(self, do: str, **fields: Any) -> int:
        self._number += 1
        text = json.dumps({"id": self._number, "do": do, **fields})
        number, asked = read_command(text, commands())
        self.session.ask(self.outbox, number, asked)
        return number

    def ask(self, do: str, **fields: Any) -> Any:
        number = self.send(do, **fields)
        return self.wait(lambda m: m.get("id") == number)

    def wait(self, wanted: Callable[[Any], bool], seconds: float = 20.0) -> Any:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for message in list(self.heard):
                if wanted(message):
                    return message
            time.sleep(0.005)
        raise AssertionError(f"not heard; last: {self.heard[-1:]}")

    def status(self) -> Any:
        return [m for m in self.heard if m["type"] == "status"][-1]

    def leave(self) -> None:
        self.session.detach(self.outbox)
        self.outbox.close()
        self._thread.join(5)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    faults: list[str] = []
    made = Session("test", tmp_path, faults.append)
    yield made
    made.end()
    assert not faults


@pytest.fixture
def page(session: Session) -> Iterator[Page]:
    made = Page(session)
    yield made
    made.leave()


SCENE = Scene(hidden=(Dense(8, activation="tanh"),), validation=0.2, epochs=100_000)


def test_steps_are_counted_and_reached_again(page: Page) -> None:
    assert page.ask("OpenScene", scene=scene_to_record(SCENE))["type"] == "reply"
    page.ask("TakeSteps", count=7)
    page.wait(lambda m: m.get("step") == 7 and not m.get("playing", True))
    page.ask("Seek", step=3)
    page.wait(lambda m: m.get("type") == "status" and m["step"] == 3 and m["last"] == 7)
    bench = Bench(SCENE)
    bench.learn(3)
    own = np.array(page.session.bench.network._reached().carried["params"])
    assert (own == np.array(bench.network._reached().carried["params"])).all()


def test_a_refusal_says_why_and_the_session_goes_on(page: Page) -> None:
    found = page.ask("Seek", step=99)
    assert found["type"] == "refusal"
    assert found["error"] == "Steps 0 to 0 can be seen, got 99. Learn on to reach a later one."
    assert page.ask("TakeSteps")["type"] == "reply"


def test_views_come_while_it_learns_and_stop_with_it(page: Page) -> None:
    page.ask("OpenScene", scene=scene_to_record(SCENE))
    page.ask("Watch", views=["curves", "scene"])
    page.ask("Play")
    page.wait(lambda m: m.get("name") == "curves" and m["step"] > 100)
    page.ask("Pause")
    stopped = page.session.bench.step
    page.wait(lambda m: m.get("type") == "status" and m["step"] == stopped and not m["playing"])
    page.wait(lambda m: m.get("name") == "curves" and m["step"] == stopped)
    assert len([m for m in page.heard if m.get("name") == "scene"]) <= 3  # it did not change
    heard = len(page.heard)
    time.sleep(0.4)
    assert len(page.heard) == heard  # nothing changes, nothing is said
    assert page.session.bench.step == stopped


def test_a_pace_is_kept(page: Page) -> None:
    page.ask("OpenScene", scene=scene_to_record(SCENE))
    began = time.monotonic()
    page.ask("Play", pace=50)
    page.wait(lambda m: m.get("type") == "status" and m["step"] >= 25)
    took = time.monotonic() - began
    assert took > 0.4  # 25 steps at 50 a second: no quicker, however busy the machine


def test_a_page_that_does_not_draw_holds_nobody_up(session: Session) -> None:
    stalled, good = Page(session, draws=False), Page(session)
    try:
        good.ask("OpenScene", scene=scene_to_record(SCENE))
        for one in (stalled, good):
            one.ask("Watch", views=["curves"])
        good.ask("Play")
        good.wait(lambda m: m.get("name") == "curves" and m["step"] > 500)
        shown = [m for m in stalled.heard if m["type"] in ("status", "view")]
        assert len(shown) <= 8
    finally:
        stalled.leave()
        good.leave()


def test_without_a_page_it_pauses(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE", 0.2)
    first = Page(session)
    first.ask("OpenScene", scene=scene_to_record(SCENE))
    first.ask("Play")
    first.wait(lambda m: m.get("type") == "status" and m["step"] > 10)
    first.leave()
    until = time.monotonic() + 10
    while session.playing and time.monotonic() < until:
        time.sleep(0.02)
    assert not session.playing
    again = Page(session)  # a reload finds it where it was
    assert again.ask("TellScene")["value"]["acts"][0]["act"] == "Learn"
    again.leave()


def test_a_reload_of_the_workbench_stops_nothing(session: Session) -> None:
    first = Page(session)
    first.ask("OpenScene", scene=scene_to_record(SCENE))
    first.ask("Play")
    first.leave()
    again = Page(session)
    again.ask("OpenWorkbench")
    assert again.status()["playing"]
    again.ask("OpenLesson", lesson="1")
    assert not again.status()["playing"]
    again.leave()


def test_edits_follow_at_once_and_can_be_undone(page: Page) -> None:
    page.ask("OpenScene", scene=scene_to_record(SCENE))
    page.ask("EditWeight", parameter="dense_1.bias", place=[2], value=1.5)
    assert page.session.bench.network.parameters["dense_1.bias"][2] == 1.5
    page.wait(lambda m: m.get("undo") == "edit of dense_1.bias")
    assert page.ask("Undo")["value"] == {"done": True}
    assert page.session.bench.network.parameters["dense_1.bias"][2] == 0


def test_steps_that_are_asked_for_at_once_are_all_taken(page: Page) -> None:
    page.ask("OpenScene", scene=scene_to_record(SCENE))
    for _ in range(20):
        page.send("TakeSteps", count=1)
    page.send("TakeSteps", count=300)
    page.wait(lambda m: m.get("type") == "status" and not m["playing"] and m["step"] >= 320)
    assert page.session.bench.step == 320
    before = page.session.bench.epoch
    for _ in range(3):
        page.send("TakeEpoch")
    page.wait(lambda m: m.get("type") == "status" and not m["playing"] and m["step"] > 320)
    assert page.session.bench.epoch == before + 3


def test_what_is_done_after_a_step_is_done_after_it(page: Page) -> None:
    page.ask("OpenScene", scene=scene_to_record(SCENE))
    for step in range(1, 6):
        page.send("TakeSteps", count=1)
        page.ask("EditWeight", parameter="dense_1.bias", place=[2], value=float(step))
        assert page.session.bench.step == step
    acts = page.ask("TellScene")["value"]["acts"]
    assert [act["act"] for act in acts] == ["Learn", "Edit"] * 5


SLOW = replace(SCENE, hidden=(Dense(1000), Dense(1000)), batch=1)


def test_an_epoch_ends_though_it_is_learned_otherwise_meanwhile(page: Page) -> None:
    page.ask("OpenScene", scene=scene_to_record(SLOW))
    page.ask("TakeEpoch")
    page.wait(lambda m: m.get("type") == "status" and m["step"] > 0)
    assert page.ask("ChangeScene", fields={"batch": 2})["type"] == "reply"
    assert page.session.playing and page.session.bench.epoch == 0
    page.wait(lambda m: m.get("type") == "status" and not m["playing"] and m["step"] > 0)
    assert page.session.bench.epoch == 1


def test_a_change_that_is_refused_stops_nothing(page: Page) -> None:
    page.ask("OpenScene", scene=scene_to_record(SLOW))
    page.ask("Play", pace=20)
    for fields in ({"batch": -1}, {"hidden": 3}, {"rule": {"rule": "None"}}):
        assert page.ask("ChangeScene", fields=fields)["type"] == "refusal"
        assert page.session.playing
    assert page.ask("OpenScene", scene={"scene": 99})["type"] == "refusal"
    assert page.session.playing
    page.ask("ChangeScene", fields={"seed": 7})
    assert (page.session.playing, page.session.bench.step) == (False, 0)


def test_the_revision_is_another_whenever_what_is_seen_is(page: Page) -> None:
    page.ask("OpenScene", scene=scene_to_record(SCENE))
    revisions = [page.status()["revision"]]
    for value in (1.0, 2.0):  # two edits of one weight are undone by the same word
        page.ask("EditWeight", parameter="dense_1.bias", place=[2], value=value)
        revisions.append(page.status()["revision"])
    for do, fields in (
        ("ChangeScene", {"fields": {"batch": 3}}), ("ChooseRow", {"row": 2}), ("Undo", {}),
    ):  # fmt: skip
        page.ask(do, **fields)
        revisions.append(page.status()["revision"])
    assert len(set(revisions)) == len(revisions)
    page.ask("TellScene")
    page.ask("Watch", views=["curves"])
    assert page.status()["revision"] == revisions[-1]


def test_another_rule_while_it_learns(page: Page) -> None:
    page.ask("OpenScene", scene=scene_to_record(SCENE))
    page.ask("Play")
    page.wait(lambda m: m.get("type") == "status" and m["step"] > 10)
    rule = {"rule": "Backprop", "optimizer": {"optimizer": "SGD", "rate": 0.05}}
    assert page.ask("ChangeScene", fields={"rule": rule})["type"] == "reply"
    at = page.session.bench.step
    assert page.session.playing
    page.wait(lambda m: m.get("type") == "status" and m["step"] > at + 10)
    page.ask("Pause")
    acts = page.ask("TellScene")["value"]["acts"]
    kinds = [act["rule"]["optimizer"]["optimizer"] for act in acts]
    assert kinds == ["Adam", "SGD"]


# --- who only watches


EVERYTHING = ["surface", "boundary", "gradients"]


def steps_taken(session: Session, seconds: float) -> int:
    before: int = session.bench.step
    time.sleep(seconds)
    return int(session.bench.step - before)


def test_a_viewer_who_asks_without_end_keeps_nobody_from_anything(page: Page) -> None:
    page.ask("OpenScene", scene=scene_to_record(SCENE))
    page.ask("Watch", views=EVERYTHING)
    page.ask("Play")
    for name in EVERYTHING:
        page.wait(lambda m, name=name: m.get("name") == name)  # type: ignore[misc]
    time.sleep(0.5)
    alone = steps_taken(page.session, 1.5)
    viewer, ended = Page(page.session, watching=True), threading.Event()

    def flood() -> None:
        while not ended.is_set():
            viewer.send("Watch", views=EVERYTHING)
            time.sleep(0.005)

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        flooded = steps_taken(page.session, 1.5)
        assert flooded > alone / 4, (flooded, alone)  # it was less than a hundredth
        for _ in range(600):
            viewer.send("Watch", views=EVERYTHING)
        assert page.ask("Pause")["type"] == "reply"
    finally:
        ended.set()
        thread.join()
        viewer.leave()


def test_a_view_of_another_kind_of_bench_costs_nothing(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[int] = []
    turn = Session._turn

    def counted(self: Session) -> None:
        turns.append(1)
        turn(self)

    monkeypatch.setattr(Session, "_turn", counted)
    page.ask("Watch", views=["map", "memory"])
    time.sleep(0.3)
    turns.clear()
    time.sleep(1.0)
    assert len(turns) < 20


def test_a_viewer_does_not_keep_the_training_on(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GRACE", 0.2)
    owner, viewer = Page(session), Page(session, watching=True)
    owner.ask("OpenScene", scene=scene_to_record(SCENE))
    owner.ask("Play")
    owner.wait(lambda m: m.get("type") == "status" and m["step"] > 10)
    owner.leave()
    viewer.wait(lambda m: m.get("type") == "status" and m["step"] > 0 and not m["playing"])
    viewer.leave()


# --- replies


def test_who_hears_a_reply_has_heard_where_it_stands(page: Page) -> None:
    page.draws = False  # so that no status has room but those that go before replies
    for lesson in (2, 3, 2, 3, 2):
        asked = page.send("OpenLesson", lesson=str(lesson))
        reply = page.wait(lambda m, asked=asked: m.get("id") == asked)  # type: ignore[misc]
        before = page.heard[: page.heard.index(reply)]
        assert [m for m in before if m["type"] == "status"][-1]["lesson"] == lesson


# --- beside the training


class Waits(Command):
    """Waits aside until it is told to go on."""

    def __init__(self, slow: bool, gate: threading.Event, error: Exception | None = None) -> None:
        for name, value in (("slow", slow), ("gate", gate), ("error", error)):
            object.__setattr__(self, name, value)

    def do(self, at: Session) -> Any:
        def compute() -> str:
            self.gate.wait(20)
            if self.error is not None:
                raise self.error
            return "done"

        return Later(compute, slow=self.slow)

    slow: bool
    gate: threading.Event
    error: Exception | None


def test_long_work_has_one_thread_and_what_is_quick_does_not_wait(page: Page) -> None:
    gate, free = threading.Event(), threading.Event()
    free.set()
    before = threading.active_count()
    page.session.ask(page.outbox, 1000, Waits(True, gate))
    page.ask("Pause")
    until = time.monotonic() + 10
    while page.session._slow._waiting and time.monotonic() < until:
        time.sleep(0.01)
    for number in range(1001, 1060):
        page.session.ask(page.outbox, number, Waits(True, gate))
    page.session.ask(page.outbox, 2000, Waits(False, free))
    assert page.wait(lambda m: m.get("id") == 2000)["value"] == "done"
    assert threading.active_count() <= before + 2
    page.ask("Pause")  # by now all that was asked for was looked at
    refused = page.wait(lambda m: m.get("id") == 1059)
    assert refused["error"] == "Too many requests wait to be done already. Wait a moment."
    gate.set()
    page.wait(lambda m: m.get("id") == 1008)
    done = [m["id"] for m in page.heard if m.get("value") == "done" and m["id"] < 2000]
    assert done == list(range(1000, 1009))  # one that was at work, and eight that waited


def test_what_fails_aside_says_what_any_other_does(page: Page) -> None:
    free = threading.Event()
    free.set()
    page.session.ask(page.outbox, 1000, Waits(False, free, MemoryError()))
    found = page.wait(lambda m: m.get("id") == 1000)
    assert found["error"] == module.TOO_LARGE
    page.session.ask(page.outbox, 1001, Waits(False, free, ParameterError("No.")))
    assert page.wait(lambda m: m.get("id") == 1001)["error"] == "No."


def test_a_race_ends_with_its_session(tmp_path: Path) -> None:
    session = Session("test", tmp_path, print)
    one = Page(session)
    one.ask("OpenScene", scene=scene_to_record(SCENE))
    rules = {
        name: {"rule": "Backprop", "optimizer": {"optimizer": "SGD", "rate": rate}}
        for name, rate in (("slow", 0.01), ("quick", 0.1))
    }
    for _ in range(3):
        one.send("RunRace", rules=rules, epochs=1000)
    one.ask("TellRace")
    threads = [t for t in threading.enumerate() if t.name == "aside, slow"]
    assert threads
    one.leave()
    session.end()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


# --- lessons


def test_a_scene_of_another_kind_on_a_lessons_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What there is to try may not be found in it: that is told once, and is not done."""
    faults: list[str] = []
    session = Session("test", tmp_path, faults.append)
    one = Page(session)
    try:
        one.ask("OpenLesson", lesson="2")
        tries = {"try-1": SimpleNamespace(until=lambda bench: 1 / 0)}
        monkeypatch.setattr(session.stages, "_tries", lambda: tries)
        one.ask("OpenScene", scene=scene_to_record(SCENE))
        for value in (0.5, 0.6, 0.7):
            assert one.ask("EditWeight", parameter="dense_1.bias", place=[0], value=value)
        one.ask("TakeSteps", count=5)
        one.wait(lambda m: m.get("type") == "status" and m["step"] == 5)
        assert one.status()["done"] == []
        assert not [m for m in one.heard if m["type"] == "problem"]
        (fault,) = [fault for fault in faults if "ZeroDivisionError" in fault]
        assert fault.startswith("Whether try-1 is done could not be seen:\n")
    finally:
        one.leave()
        session.end()


def test_what_was_asked_for_on_another_stage_is_not_put_on_this_one(page: Page) -> None:
    page.ask("OpenWorkbench")
    place = page.session.stages.place
    page.ask("OpenLesson", lesson="2")
    bench = page.session.bench
    with pytest.raises(ParameterError) as refused:
        page.session.call(lambda at: at.put(Bench(SCENE), place))
    assert str(refused.value) == (
        "The page has gone to another stage since this was asked for, so what is there was left as "
        "it is. Go to where it belongs, and open it again."
    )
    assert page.session.bench is bench
    page.ask("OpenWorkbench")
    page.session.call(lambda at: at.put(Bench(SCENE), place))
    assert page.session.bench.scene == SCENE
