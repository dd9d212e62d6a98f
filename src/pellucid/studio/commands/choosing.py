"""What can be chosen: classes with their settings, samples, rows, the inputs of a plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pellucid.dataclass import dataclass
from pellucid.hyper import hyper
from pellucid.studio.command import Command, Later

if TYPE_CHECKING:
    from pellucid.studio.session import Session


@dataclass(frozen=True)
class TellChoices(Command):
    """The layers, activations, losses, rules, ... with the meaning and range of each setting."""

    def do(self, at: Session) -> Any:
        """Tell them."""
        from pellucid.studio.catalog import choices

        return choices()


@dataclass(frozen=True)
class TellSamples(Command):
    """The samples that are there, each with a few rows to draw a small picture of.

    Among them mnist or fashion_mnist, where the session has its files.
    """

    def do(self, at: Session) -> Any:
        """Tell them."""
        from pellucid.studio.samples import told, told_of_files

        folder = at.folder
        return Later(lambda: [*told(), *told_of_files(folder)])


@dataclass(frozen=True)
class TellRows(Command):
    """Rows of the data, a page of them."""

    which: str = hyper(
        "all", kind=str, choices=("all", "learned", "held"), doc="which of them are counted"
    )
    start: int = hyper(0, kind=int, low=0, doc="the first, counted among these")
    count: int = hyper(50, kind=int, low=1, high=100, doc="how many at most")

    def do(self, at: Session) -> Any:
        """Tell them."""
        from pellucid.studio.views.data import page

        return page(at.network_bench, self.which, self.start, self.count)


@dataclass(frozen=True)
class ChooseInputs(Command):
    """Look at the plane of two other inputs."""

    across: int = hyper(kind=int, low=0, doc="the place of the input that goes to the right")
    up: int = hyper(kind=int, low=0, doc="the place of the input that goes up")

    def do(self, at: Session) -> Any:
        """Choose them."""
        at.network_bench.look_along(self.across, self.up)


COMMANDS = (TellChoices, TellSamples, TellRows, ChooseInputs)
