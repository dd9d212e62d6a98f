"""Files that were given to the session: looked at, before anything is done with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pellucid.dataclass import dataclass
from pellucid.hyper import hyper
from pellucid.studio.command import Command, Later

if TYPE_CHECKING:
    from pellucid.studio.session import Session


@dataclass(frozen=True)
class LookAtFile(Command):
    """Look at a file, or a folder of pictures, that was uploaded; nothing is learned from it yet.

    Parameters:
        target, kind: of a table: the column to predict and what it holds; None: suggested.
    """

    file: str = hyper(kind=str, doc="its name in the session")
    target: str | None = hyper(None, kind=str, optional=True, doc="the column to predict")
    kind: str | None = hyper(
        None, kind=str, optional=True, choices=("classes", "numbers"), doc="what it holds"
    )

    def do(self, at: Session) -> Any:
        """Look at it beside the training."""
        folder = at.folder

        def compute() -> Any:
            from pellucid.studio.uploads import receive

            return receive(folder, self.file, target=self.target, kind=self.kind)

        return Later(compute)


COMMANDS = (LookAtFile,)
