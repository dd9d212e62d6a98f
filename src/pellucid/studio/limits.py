"""What the studio takes at most, so that no page, file or visitor can use the machine up.

All such numbers are here. Each is far beyond what a learner does, and far below what would hurt.
"""

from __future__ import annotations

from pellucid.dataclass import dataclass
from pellucid.hyper import Declared, hyper

MB = 1_000_000


@dataclass(frozen=True)
class Limits(Declared):
    """How much of everything one file, message, session or visitor may use.

    Parameters:
        upload: of one file. A table of a million rows is about this long, and is still read in
            seconds.
        folder: of all files that were given to one session: pictures are many and small.
        files: in one session: MNIST as pictures has 70,000, more than a page is good for.
        spare: left free on the disk whatever is uploaded, for all other programs.
        pause: between two pieces of an upload: a page on this machine never waits so long.
        message: of one message from the page: a scene of 10,000 drawn points has about half.
        messages: from one page: a slider that is dragged sends one a frame, 60 a second, and each
            view that was drawn is confirmed.
        burst: messages that may come at once, after a quiet while.
        sessions: open at a time: each has a thread, data and a history; eight train at once.
        connections: to one address of this machine at a time; a browser opens six a page.
        seconds: that the head of a request may take.
        viewers: of a shared session at a time: two classes.
        viewer_tabs: from one address at a time, so that nobody takes all places.
        viewer_messages: from one viewer's page: it says what it wants to see, and does nothing.
        viewer_connections: from one address to the shared one: four tabs, and what they load.
        guesses: of the code, from one address a minute: a slip or two are forgiven.
        all_guesses: of the code from everywhere a minute: with 64 million codes, two years of them.
    """

    upload: int = hyper(100 * MB, kind=int, low=1, unit="bytes", doc="the longest file")
    folder: int = hyper(500 * MB, kind=int, low=1, unit="bytes", doc="the files of a session")
    files: int = hyper(20_000, kind=int, low=1, doc="the most files of a session")
    spare: int = hyper(500 * MB, kind=int, low=0, unit="bytes", doc="what stays free on the disk")
    pause: float = hyper(20.0, above=0, unit="seconds", doc="the longest wait within an upload")
    message: int = hyper(2 * MB, kind=int, low=1, unit="bytes", doc="the longest message")
    messages: float = hyper(300.0, above=0, unit="a second", doc="the most messages of a page")
    burst: int = hyper(600, kind=int, low=1, doc="the most messages at once")
    sessions: int = hyper(16, kind=int, low=1, doc="the most sessions at a time")
    connections: int = hyper(256, kind=int, low=1, doc="the most connections to one address")
    seconds: float = hyper(10.0, above=0, unit="seconds", doc="the time for a request's head")
    viewers: int = hyper(60, kind=int, low=0, doc="the most viewers of a shared session")
    viewer_tabs: int = hyper(4, kind=int, low=1, doc="the most viewers from one address")
    viewer_messages: float = hyper(5.0, above=0, unit="a second", doc="the messages of a viewer")
    viewer_connections: int = hyper(24, kind=int, low=1, doc="the most connections of a viewer")
    guesses: int = hyper(5, kind=int, low=1, unit="a minute", doc="guesses from one address")
    all_guesses: int = hyper(60, kind=int, low=1, unit="a minute", doc="guesses from all addresses")
