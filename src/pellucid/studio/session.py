"""A session: one bench, one thread that owns it, and the pages that look at it.

Commands are done by that thread between two portions of training, which are of a thirtieth of a
second at most. Views are computed there too. What takes long is computed beside it, on copies.
"""

from __future__ import annotations

import os
import queue
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pellucid.errors import ParameterError, PellucidError
from pellucid.scene.playable import Playable
from pellucid.studio.aside import Lane
from pellucid.studio.command import Asked, Command, Later, Wish
from pellucid.studio.outbox import Outbox
from pellucid.studio.playing import Playing
from pellucid.studio.showing import FAILED, Showing
from pellucid.studio.stages import Stages

T = TypeVar("T")

GRACE = 3.0
"""Seconds that training goes on without a page: a reload takes less."""
MOST_WAITING = 100
REST = 0.5
"""Seconds after a failure: what fails again and again must not fill the log."""
TOO_LARGE = "There is not enough memory for this. Use fewer rows or a smaller network."
TOO_MANY = "Too many requests wait to be done already. Wait a moment."


class Session:
    """A learner's bench, and who looks at it.

    Parameters:
        name: what the page knows it by.
        folder: for its files.
        log: told of faults of the studio itself.
        waits: whether its thread waits for ``start``: until then nothing is shown, and who made it
            may put on the bench what it begins with.

    Attributes:
        notes: what its first page is told.
    """

    def __init__(
        self, name: str, folder: Path, log: Callable[[str], None], *, waits: bool = False
    ) -> None:  # fmt: skip
        self.name, self.folder, self._log = name, folder, log
        self.stages = Stages(folder, log)
        self.notes: list[str] = []
        self._playing = Playing()
        self._showing = Showing(self.status, self.words, log)
        self._asked: queue.Queue[Callable[[], None]] = queue.Queue(MOST_WAITING)
        self._replies: list[tuple[Outbox, Mapping[str, Any]]] = []
        self._quick, self._slow = Lane("aside"), Lane("aside, slow")
        self._seen: object = None  # what the last status was of
        self._revision = 0
        self._ended = threading.Event()
        self.last_used = time.monotonic()
        self._thread = threading.Thread(target=self._work, name=f"session {name[:6]}", daemon=True)
        if not waits:
            self.start()

    def start(self) -> None:
        """Do what is asked from now on, and show what is on the bench."""
        self._thread.start()

    # --- pages

    def attach(self, page: Outbox, *, watching: bool = False) -> None:
        """A page looks from now on.

        Parameters:
            watching: whether it may do nothing else: then it is not the owner's, for whom training
                goes on and the session is kept.
        """
        self._showing.attach(page, watching=watching)
        if not watching:
            self.last_used = time.monotonic()
        self._wake()

    def detach(self, page: Outbox) -> None:
        """A page looks no more; without any of the owner, training pauses in a few seconds."""
        if self._showing.detach(page):
            self.last_used = time.monotonic()

    @property
    def is_watched(self) -> bool:
        """Whether a page of the owner looks."""
        return self._showing.has_owner

    def watch(self, page: Outbox, views: tuple[str, ...]) -> None:
        """What a page wants to see from now on; what is known of it is sent soon."""
        self._showing.watch(page, views)
        self._wake()

    def ask(self, page: Outbox, number: int, asked: Asked) -> None:
        """Have something done; the reply goes to the page's outbox."""
        if isinstance(asked, Command):
            self.last_used = time.monotonic()
            try:
                self._asked.put_nowait(partial(self._one, page, number, asked.do))
            except queue.Full:
                page.reply({"type": "refusal", "id": number, "error": TOO_MANY})
        elif isinstance(asked, Wish):
            try:
                asked.note(self, page)
            except PellucidError as error:
                page.reply({"type": "refusal", "id": number, "error": self.words(error)})
            else:
                page.reply({"type": "reply", "id": number, "value": None})

    def call(self, function: Callable[[Session], T]) -> T:
        """Have the session's thread do something between two portions, and wait for what it gives.

        For other threads, such as one that answers a download: they may not look at the bench.
        Raises: what the function raises; ``ParameterError`` where the session has ended.
        """
        answer: Future[T] = Future()

        def do() -> None:
            try:
                answer.set_result(function(self))
            except BaseException as error:  # noqa: BLE001 - it belongs to who called
                answer.set_exception(error)
            finally:
                self._showing.changed()

        self.last_used = time.monotonic()
        try:
            self._asked.put_nowait(do)
        except queue.Full:
            raise ParameterError(TOO_MANY) from None
        while not self._ended.is_set():
            if wait([answer], timeout=0.5).done:
                return answer.result()
        raise ParameterError("This session has ended. Reload the page for another.")

    def needed(self) -> frozenset[str]:
        """The names of the session's files that are in use, or can be gone back to.

        Raises: as ``call`` does.
        """
        return self.call(lambda at: at.stages.needed())

    def words(self, error: PellucidError) -> str:
        """What an error says, without the folder in which the session's files lie."""
        return str(error).replace(f"{self.folder}{os.sep}", "")

    def end(self) -> None:
        """Stop, and let go of everything."""
        self._ended.set()
        for lane in (self._quick, self._slow):
            lane.end()
        self._showing.close()
        if self._thread.ident is not None:
            self._thread.join(5)

    def has_ended(self) -> bool:
        """Whether nobody waits any more for what is computed for it."""
        return self._ended.is_set()

    # --- for commands

    @property
    def bench(self) -> Any:
        """What is played with."""
        return self.stages.bench

    @property
    def network_bench(self) -> Any:
        """The same, where it holds a network.

        Raises: ``ParameterError`` where it holds a memory or a map.
        """
        bench = self.stages.bench
        if bench.kind != "network":
            raise ParameterError(
                f"This stage holds a {bench.kind}, and no network. Go to a stage with a network "
                "first."
            )
        return bench

    @property
    def playing(self) -> bool:
        """Whether it learns."""
        return self._playing.on

    @property
    def pace(self) -> float | None:
        """Steps a second; None: as many as there are."""
        return self._playing.pace

    def play(
        self, pace: float | None, *, steps: int | None = None, epochs: int | None = None
    ) -> None:
        """Learn from now on, at a pace, or so many steps or epochs."""
        self._playing.begin(self.bench, pace, steps=steps, epochs=epochs)

    def pause(self) -> None:
        """Stop learning."""
        self._playing.on = False

    def open(self, scene: Any) -> None:
        """Play with another scene."""
        self.stages.open(scene)
        self.pause()

    def put(self, bench: Playable, place: object = None) -> None:
        """Play with a bench that was made elsewhere.

        Parameters:
            place: ``stages.place`` when it was asked for; None: wherever the page is.
        Raises: ``ParameterError`` where the page has gone to another place since.
        """
        self.stages.check_place(place)
        self.stages.put(bench)
        self.pause()

    def change(self, fields: Mapping[str, Any]) -> None:
        """Change parts of the scene."""
        self.stages.change(fields)

    def open_lesson(self, name: str) -> Any:
        """A lesson's record; its first stage is played on."""
        self.pause()
        return self.stages.open_lesson(name)

    def open_workbench(self) -> None:
        """Leave the lesson for the workbench; where one is there it goes on as it does."""
        if self.stages.lesson is not None:
            self.pause()
            self.stages.open_workbench()
            self._showing.forget()

    def go_on_stage(self, name: str) -> None:
        """Play on another stage of the lesson."""
        self.pause()
        self.stages.go(name)
        self._showing.forget()

    def answer(self, question: str, answer: float) -> Any:
        """Check an answer."""
        return self.stages.answer(question, answer)

    def status(self) -> dict[str, Any]:
        """Where it stands.

        Its ``revision`` is another number whenever the scene, the data, the numbers of what is
        played with, or what is chosen of them are others.
        """
        bench, playing = self.bench, self.playing
        seen = bench.mark, bench.edition
        if seen != self._seen:
            self._seen, self._revision = seen, self._revision + 1
        return {
            "kind": bench.kind, "revision": self._revision, "playing": playing, "pace": self.pace,
            **bench.standing(playing=playing), **self.stages.standing(),
        }  # fmt: skip

    # --- the thread

    def _work(self) -> None:
        while not self._ended.is_set():
            try:
                self._turn()
            except PellucidError as error:
                self._broken(self.words(error))
            except Exception:  # noqa: BLE001 - whatever it is, the session goes on
                self._log(f"A session failed:\n{traceback.format_exc()}")
                self._broken(FAILED)
                time.sleep(REST)

    def _broken(self, error: str) -> None:
        self.pause()
        self._showing.changed()
        self._showing.tell({"type": "problem", "error": error})

    def _turn(self) -> None:
        """Do what was asked, learn a portion, show what changed."""
        self._do_asked()
        if self._replies:
            replies, self._replies = self._replies, []
            self._showing.answer(self.bench, replies)
        self._showing.forget_closed()
        alone = self._showing.alone_since
        if alone is not None and self.playing and time.monotonic() - alone > GRACE:
            self.pause()
            self._showing.changed()
        if self.playing and self._playing.owes():
            self._learn()
        self._showing.show(self.bench, hurried=self._playing.is_hurried)

    def _learn(self) -> None:
        """Learn until the next view is due, or something is asked."""
        bench = self.bench
        seconds = self._showing.until_due(bench) if self._playing.is_hurried else 0.0
        try:
            self._playing.go(bench, seconds, lambda: not self._asked.empty())
        finally:
            self._showing.changed()

    def _do_asked(self) -> None:
        """The commands that wait; when nothing else is to be done, wait for one.

        What comes after one to learn finds a step taken, however soon it comes.
        """
        pause = self._pause_until_due()
        while not self._playing.has_begun:
            try:
                do = self._asked.get(timeout=pause) if pause else self._asked.get_nowait()
            except queue.Empty:
                return
            pause = 0.0
            do()

    def _pause_until_due(self) -> float:
        """How long nothing has to be done, in seconds."""
        if self.playing and self._playing.owes():
            return 0.0
        due = min(self._showing.due(self.bench, hurried=self._playing.is_hurried).values())
        if self.playing:
            due = min(due, self._playing.until_owed())
        return min(0.25, max(due, 0.0005))

    def _wake(self) -> None:
        """Have the next turn begin, where the thread waits for something to be asked."""
        if self._asked.empty():
            try:
                self._asked.put_nowait(_nothing)
            except queue.Full:
                return  # it has something to do

    # --- what was asked

    def _one(self, page: Outbox, number: int, do: Callable[[Session], Any]) -> None:
        try:
            value = do(self)
        except Exception as error:  # noqa: BLE001 - the page hears of it, the session goes on
            self._replies.append((page, self._refusal(number, error)))
        else:
            if isinstance(value, Later):
                self._aside(page, number, value)
            else:
                self._replies.append((page, {"type": "reply", "id": number, "value": value}))
        finally:
            self._showing.changed()

    def _aside(self, page: Outbox, number: int, later: Later) -> None:
        """Compute a reply beside the training."""

        def compute() -> None:
            try:
                found = later.compute()
            except Exception as error:  # noqa: BLE001
                page.reply(self._refusal(number, error))
                return
            if later.then is None:
                page.reply({"type": "reply", "id": number, "value": found})
            else:
                then = later.then
                self._put(partial(self._one, page, number, lambda at: then(at, found)))

        if not (self._slow if later.slow else self._quick).add(compute):
            refusal = {"type": "refusal", "id": number, "error": TOO_MANY}
            self._replies.append((page, refusal))

    def _put(self, do: Callable[[], None]) -> None:
        """Have the session's thread do something, once there is room in its queue."""
        while not self._ended.is_set():
            try:
                self._asked.put(do, timeout=0.5)
            except queue.Full:
                continue
            return

    def _refusal(self, number: int, error: Exception) -> dict[str, Any]:
        """What a page is told of an error; one of the studio itself is logged."""
        if isinstance(error, PellucidError):
            words = self.words(error)
        elif isinstance(error, MemoryError):
            words = TOO_LARGE
        else:
            words = FAILED
            told = "".join(traceback.format_exception(error))
            self._log(f"What a page asked for failed:\n{told}")
        return {"type": "refusal", "id": number, "error": words}


def _nothing() -> None:
    """What is asked for only to end a pause."""
