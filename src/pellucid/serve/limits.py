"""What the service takes at most, so that no request can use it up."""

from __future__ import annotations

from pellucid.dataclass import dataclass
from pellucid.hyper import Declared, hyper

MB = 1_000_000


@dataclass(frozen=True)
class Limits(Declared):
    """How much of everything one request, or all of them, may use.

    Parameters:
        body: bytes of a request's body, told or not.
        rows: rows of a batch.
        seconds: from a request's first byte to its answer's last.
        requests: how many are worked on at a time; the next is told to come again.
        connections: how many are open at a time; the next is closed.
    """

    body: int = hyper(
        10 * MB, kind=int, low=1, unit="bytes", doc="the most bytes that a request may have"
    )
    rows: int = hyper(10_000, kind=int, low=1, unit="rows", doc="the most rows of a batch")
    seconds: float = hyper(10.0, above=0, unit="seconds", doc="the most time that a request gets")
    requests: int = hyper(64, kind=int, low=1, doc="the most requests at a time")
    connections: int = hyper(512, kind=int, low=1, doc="the most connections at a time")
