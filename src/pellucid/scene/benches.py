"""The bench that a scene is played on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pellucid.scene.scene import Scene


def bench_of(scene: Any, folder: Path | None = None) -> Any:
    """A fresh bench: of a network, a memory or a map.

    Parameters:
        folder: of the session, where uploaded files lie.
    """
    if isinstance(scene, Scene):
        from pellucid.scene.bench import Bench

        return Bench(scene, folder)
    return scene.bench(folder)
