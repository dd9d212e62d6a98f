"""The few marks of a lesson's text, read once for the page, the terminal and the notebook."""

from __future__ import annotations

import re
from collections.abc import Sequence
from inspect import cleandoc
from typing import Any, Literal

from pellucid.dataclass import dataclass

SpanKind = Literal["plain", "emphasis", "code", "formula"]
BlockKind = Literal["paragraph", "list", "lines"]
MARKS: tuple[tuple[SpanKind, str], ...] = (("emphasis", "*"), ("code", "`"), ("formula", "$"))
_MARKED = re.compile(r"\*(?! )([^*\n]+)(?<! )\*|`([^`\n]+)`|\$([^$\n]+)\$")


@dataclass(frozen=True)
class Span:
    """Some words of one kind."""

    kind: SpanKind
    text: str


@dataclass(frozen=True)
class Block:
    """A paragraph (one item), a list (an item a point), or lines that are set as they are.

    Attributes:
        items: the spans of each.
    """

    kind: BlockKind
    items: tuple[tuple[Span, ...], ...]

    def to_record(self) -> dict[str, Any]:
        """The block as JSON values."""
        items = [[{"kind": span.kind, "text": span.text} for span in item] for item in self.items]
        return {"kind": self.kind, "items": items}


def blocks(body: str) -> tuple[Block, ...]:
    r"""A text whose facts are written in, block by block.

    Example:
        >>> for block in blocks("A *neuron* adds.\n\n- one\n- two"):
        ...     print(block.kind, [[span.text for span in item] for item in block.items])
        paragraph [['A ', 'neuron', ' adds.']]
        list [['one'], ['two']]
    """
    parts = re.split(r"\n[ \t]*\n", cleandoc(body))
    return tuple(_block(part) for part in parts if part.strip())


def spans(text: str) -> tuple[Span, ...]:
    """One line of text, mark by mark."""
    found: list[Span] = []
    end = 0
    for match in _MARKED.finditer(text):
        if match.start() > end:
            found.append(Span("plain", text[end : match.start()]))
        place = next(place for place, inner in enumerate(match.groups()) if inner is not None)
        found.append(Span(MARKS[place][0], match.group(place + 1)))
        end = match.end()
    if end < len(text):
        found.append(Span("plain", text[end:]))
    return tuple(found)


def unmarked(text: str) -> str:
    """A line without its marks.

    Example:
        >>> unmarked("the *sum* $z$")
        'the sum z'
    """
    return "".join(span.text for span in spans(text))


def _block(part: str) -> Block:
    lines = part.split("\n")
    if part.startswith("    "):
        return Block("lines", tuple((Span("plain", line.removeprefix("    ")),) for line in lines))
    if part.startswith("- "):
        return Block("list", tuple(spans(point) for point in _points(lines)))
    return Block("paragraph", (spans(" ".join(line.strip() for line in lines)),))


def _points(lines: Sequence[str]) -> list[str]:
    points: list[str] = []
    for line in lines:
        if line.startswith("- "):
            points.append(line[2:].strip())
        else:
            points[-1] += f" {line.strip()}"
    return points
