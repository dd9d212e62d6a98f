"""Part of the page: the network drawn for one test row, to be looked into."""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from pathlib import Path

from pellucid.assess.cases import ShownCases
from pellucid.assess.page.markup import Markup, el, trusted
from pellucid.assess.page.scored import Part

LEAD = (
    "Each line is a weight, each dot or tile a unit with what it gives for one test row: the worst "
    "error, where there is one. Point at a unit, or go there with the arrow keys, to see its sum."
)


def network(cases: ShownCases) -> Part | None:
    """The place of the drawing, and what it is told."""
    if cases.network is None:
        return None
    told = json.dumps(cases.network, separators=(",", ":")).replace("<", "\\u003c")
    place = el(
        "div", el("p", "The drawing needs JavaScript, which is switched off.", class_="note"),
        id="network-place",
    )  # fmt: skip
    data = el("script", trusted(told), id="network-told", type="application/json")
    return "network", "The network", LEAD, [place, data]


def program() -> str:
    """What unpacks the view's program and begins it."""
    return Path(__file__).with_name("network.js").read_text(encoding="utf-8")


def packed() -> Markup:
    """The view's program, packed."""
    text = b64encode(zlib.compress(whole().encode("utf-8"), 9)).decode("ascii")
    return el("script", trusted(text), id="network-program", type="text/plain")


def whole() -> str:
    """The view's program as it runs."""
    from pellucid.inspect.views.live.program import program as view

    return f"{view('PellucidNetwork')}window.PellucidNetwork = PellucidNetwork;\n"


def looks() -> str:
    """The view's style sheet, in the colours of the report."""
    from pellucid.inspect.views.live.program import looks as view

    return view()
