"""Scenes and models that were saved: opened again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pellucid.dataclass import dataclass
from pellucid.hyper import hyper
from pellucid.scene.source import within
from pellucid.studio.command import Command, Later

if TYPE_CHECKING:
    from pellucid.studio.session import Session


@dataclass(frozen=True)
class OpenSceneFile(Command):
    """Open a scene that was saved: as it was left, with all that was done."""

    file: str = hyper(kind=str, doc="what it is called in the session")

    def do(self, at: Session) -> Any:
        """Do again beside the session what was done; then put it on the bench."""
        path, folder, place = within(at.folder, self.file), at.folder, at.stages.place

        def compute() -> Any:
            from pellucid.studio.scene_file import reopened

            return reopened(path, folder)

        def then(session: Session, found: Any) -> dict[str, Any]:
            bench, notes = found
            session.put(bench, place)
            return {"notes": notes}

        return Later(compute, then, slow=True)


@dataclass(frozen=True)
class CheckFile(Command):
    """Whether what is on the bench can be saved as a kind of file; refused in words where not."""

    kind: str = hyper(kind=str, doc="scene, python, onnx, model, svg or csv")

    def do(self, at: Session) -> Any:
        """Look."""
        from pellucid.studio.exports import check

        check(at.bench, self.kind)


@dataclass(frozen=True)
class OpenModelFile(Command):
    """Open a trained network, on the data at hand that it can read."""

    file: str = hyper(kind=str, doc="what it is called in the session")

    def do(self, at: Session) -> Any:
        """Look for data that suit it; then put it on the bench."""
        current = getattr(at.bench.scene, "source", None)
        folder, place = at.folder, at.stages.place

        def compute() -> Any:
            from pellucid.scene.bench import Bench
            from pellucid.studio.models import opened

            return Bench(opened(self.file, folder, current), folder)

        def then(session: Session, bench: Any) -> dict[str, Any]:
            session.put(bench, place)
            return {"notes": [f"It is on the data {bench.data.name}."]}

        return Later(compute, then, slow=True)


COMMANDS = (OpenSceneFile, CheckFile, OpenModelFile)
