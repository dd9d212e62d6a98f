"""One pixel of a feature map, worked out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pellucid.dataclass import dataclass
from pellucid.hyper import hyper
from pellucid.studio.command import Command

if TYPE_CHECKING:
    from pellucid.studio.session import Session


@dataclass(frozen=True)
class TellProducts(Command):
    """The window, the kernel and their products for one pixel that a layer gives."""

    layer: str = hyper(kind=str, doc="the layer's name")
    channel: int = hyper(0, kind=int, low=0, doc="the feature map's place")
    row: int = hyper(0, kind=int, low=0, doc="the pixel's row")
    column: int = hyper(0, kind=int, low=0, doc="the pixel's column")

    def do(self, at: Session) -> Any:
        """Tell them."""
        from pellucid.studio.views.maps import products

        return products(at.network_bench, self.layer, self.channel, self.row, self.column)


COMMANDS = (TellProducts,)
