"""What a stage's scene becomes: a record to send, and a bench to play on.

A ``Scene`` is played on a ``Bench``. Any other thing on a stage, a memory or a map, brings a
``to_record`` and a ``bench`` of its own.
"""

from __future__ import annotations

from typing import Any

from pellucid.errors import DataError
from pellucid.lessons.lesson import Stage
from pellucid.scene import benches
from pellucid.scene.scene import Scene, scene_to_record


def scene_record(stage: Stage) -> dict[str, Any]:
    """What is on a stage, as JSON values.

    Raises: ``DataError`` for a thing that has no record.
    """
    if isinstance(stage.scene, Scene):
        return scene_to_record(stage.scene)
    if not hasattr(stage.scene, "to_record"):
        raise _unknown(stage)
    record: dict[str, Any] = stage.scene.to_record()
    return record


def bench_of(stage: Stage) -> Any:
    """A fresh bench for a stage.

    Raises: ``DataError`` for a thing that cannot be played with.
    """
    if not isinstance(stage.scene, Scene) and not hasattr(stage.scene, "bench"):
        raise _unknown(stage)
    return benches.bench_of(stage.scene)


def _unknown(stage: Stage) -> DataError:
    return DataError(
        f"A stage shows a Scene, or a thing with to_record() and bench(), got {stage.scene!r:.60}."
    )
