"""The benches of a session: the workbench's, or those of a lesson's stages."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Thread
from typing import Any

from pellucid.errors import ParameterError, unknown_name
from pellucid.lessons.lesson import Lesson, Stage, Try
from pellucid.nn.dense import Dense
from pellucid.scene.bench import Bench
from pellucid.scene.benches import bench_of
from pellucid.scene.playable import Playable
from pellucid.scene.scene import Scene
from pellucid.studio.names import needed

FIRST = Scene(
    hidden=(Dense(6, activation="tanh"), Dense(4, activation="tanh")), epochs=2_000, validation=0.2
)  # fmt: skip
"""What the workbench begins with: two moons, and a network that can tell them apart; at full speed
it learns for a second or two, at the pace of the page for minutes."""


class Stages:
    """What is played with, and what was done of a lesson.

    Each stage of a lesson keeps its bench, so that one can go back to it.

    Parameters:
        folder: of the session.
        log: told of faults of the studio itself.
    """

    def __init__(self, folder: Path, log: Callable[[str], None]) -> None:
        self._folder, self._log = folder, log
        self._bench: Playable | None = None
        self._kept: Playable | None = None  # the workbench's, while a lesson is open
        self.lesson: Lesson | None = None
        self._benches: dict[str, Playable] = {}
        self._done: set[str] = set()
        self._failed: set[object] = set()  # what there is to try, where looking failed
        self.at = ""

    @property
    def bench(self) -> Any:
        """The bench at hand; a scene to begin with, where none was opened yet."""
        if self._bench is None:
            self._bench = Bench(FIRST, self._folder)
        return self._bench

    def open(self, scene: Any) -> None:
        """Play with another scene."""
        bench = self._bench
        if isinstance(bench, Bench) and isinstance(scene, Scene) and self.lesson is None:
            bench.open(scene)
        else:
            self._bench = bench_of(scene, self._folder)
            if self.lesson is not None:
                self._benches[self.at] = self._bench

    @property
    def place(self) -> tuple[int | None, str]:
        """Where the page is: the lesson's number, none at the workbench, and the stage's id."""
        return None if self.lesson is None else self.lesson.number, self.at

    def check_place(self, place: object) -> None:
        """See that the page is where it was when it asked for something.

        Parameters:
            place: of then; None: anywhere.
        Raises: ``ParameterError`` where it has gone on.
        """
        if place is not None and place != self.place:
            raise ParameterError(
                "The page has gone to another stage since this was asked for, so what is there was "
                "left as it is. Go to where it belongs, and open it again."
            )

    def put(self, bench: Playable) -> None:
        """Play with a bench that was made elsewhere."""
        now = self._bench
        if isinstance(now, Bench) and isinstance(bench, Bench) and self.lesson is None:
            now.adopt(bench)
            return
        self._bench = bench
        if self.lesson is not None:
            self._benches[self.at] = bench

    def change(self, fields: Mapping[str, Any]) -> None:
        """Change parts of the scene."""
        self.bench.change(**fields)

    def needed(self) -> frozenset[str]:
        """The session's files that are needed by a bench, or by what can be gone back to on it."""
        found: set[str] = set()
        for bench in (self._bench, self._kept, *self._benches.values()):
            scenes = bench.scenes() if isinstance(bench, Bench) else ()
            for scene in scenes if bench is None or scenes else (bench.played(),):
                found |= needed(scene)
        return frozenset(found)

    def open_workbench(self) -> None:
        """Leave the lesson, for the workbench's own bench."""
        if self.lesson is not None:
            self.lesson, self._benches, self._done, self.at = None, {}, set(), ""
            self._bench = self._kept
        self._kept = None

    # --- lessons

    def open_lesson(self, name: str) -> Any:
        """Open a lesson, and give its record."""
        from pellucid.lessons import find, path
        from pellucid.lessons.record import lesson_to_record

        lesson = find(name)
        record = lesson_to_record(lesson)
        following = next((one for one in path() if one.number == lesson.number + 1), None)
        if following is not None:  # its numbers are there when it is turned to
            Thread(target=following.computed, name="next lesson", daemon=True).start()
        if self.lesson is None:
            self._kept = self._bench
        if self.lesson is not lesson:
            self.lesson, self._benches, self._done = lesson, {}, set()
        if lesson.stages():
            self.go("stage-1")
        return record

    def go(self, name: str) -> None:
        """Play on a stage of the lesson, by its id."""
        stages = self._stages()
        if name not in stages:
            raise unknown_name("stage", name, stages)
        if name not in self._benches:
            self._benches[name] = bench_of(stages[name].scene, self._folder)
        self.at, self._bench = name, self._benches[name]

    def answer(self, name: str, answer: float) -> Any:
        """Whether an answer to a question is right, and what is said to it."""
        from pellucid.lessons.record import answered

        found = answered(self._lesson(), name, answer)
        if found["right"]:
            self._done.add(name)
        return found

    def standing(self) -> dict[str, Any]:
        """What is done of the lesson: the ids of tries and questions."""
        if self.lesson is None:
            return {"lesson": None}
        for name, attempt in self._tries().items():
            if name not in self._done and self._is_done(name, attempt):
                self._done.add(name)
        return {"lesson": self.lesson.number, "stage": self.at, "done": sorted(self._done)}

    def _is_done(self, name: str, attempt: Try) -> bool:
        """Whether something to try was done; not where the bench is none that it can be done on."""
        try:
            return bool(attempt.until(self.bench))
        except Exception:  # noqa: BLE001 - whatever was opened on the stage, the page goes on
            if (self.place, name) not in self._failed:
                self._failed.add((self.place, name))
                self._log(f"Whether {name} is done could not be seen:\n{traceback.format_exc()}")
            return False

    def _tries(self) -> Mapping[str, Try]:
        from pellucid.lessons.record import tries_on

        stage = self._stages().get(self.at)
        return {} if stage is None else tries_on(self._lesson(), stage)

    def _stages(self) -> dict[str, Stage]:
        return {f"stage-{k}": stage for k, stage in enumerate(self._lesson().stages(), 1)}

    def _lesson(self) -> Lesson:
        if self.lesson is None:
            raise ParameterError("No lesson is open here. Open one first.")
        return self.lesson
