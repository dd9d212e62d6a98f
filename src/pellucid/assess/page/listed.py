"""Cases on the page: pictures side by side, or rows of a small table."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pellucid.assess.cases import Case
from pellucid.assess.page.markup import Markup, el, picture, table
from pellucid.assess.words import number, percent


def listed(cases: Sequence[Case], class_: str = "cases", labelled: bool = True) -> Markup:
    """Cases as pictures, or as a small table."""
    if any(case.picture is not None for case in cases):
        return el("ul", [_pictured(case) for case in cases], class_=class_)
    names = list(dict.fromkeys(name for case in cases for name in case.cells))
    chances = any(case.chance is not None for case in cases)
    off = any(case.off is not None for case in cases)
    label = ["true", "said"] if labelled else []
    head = ["row", *label, *(["chance"] if chances else []), *(["off by"] if off else [])]
    values = {n: [case.cells.get(n, "") for case in cases] for n in names}
    numeric = [k for k, n in enumerate(names, len(head)) if all(map(_is_number, values[n]))]
    right = [*range(1 if off else 1 + len(label), len(head)), *numeric]
    rows = [
        [
            case.name.removeprefix("row "), *([case.true, case.predicted] if labelled else []),
            *([percent(case.chance or 0.0)] if chances else []),
            *([number(case.off)] if off else []),
            *(case.cells.get(name, "") for name in names),
        ]
        for case in cases
    ]  # fmt: skip
    return table([*head, *names], rows, numbers=right, class_="tight")


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"|[-+]?[\d.]+(e[-+]?\d+)?", text))


def _pictured(case: Case) -> Markup:
    words = f"{case.true}, said {case.predicted}"
    chance = "" if case.chance is None else f", {percent(case.chance)}"
    image = None
    if case.picture:
        image = picture(case.picture, f"{case.name}: {words}", loading="lazy")
    true = el("div", "true ", el("b", case.true))
    said = el("div", f"said {case.predicted}{chance}")
    return el("li", image, true, said, el("div", case.name, class_="quiet"))
