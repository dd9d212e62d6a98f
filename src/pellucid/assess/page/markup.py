"""HTML out of elements: whatever is not an element is text, and is escaped.

A column may be called ``<script>``. It can only ever become text, because the one way to make
``Markup`` out of a text is ``el``, which escapes it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from html import escape
from typing import Any

EMPTY = frozenset({"img", "meta", "br", "input"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def el(tag: str, *children: Any, **attributes: Any) -> Markup:
    """An element; children that are no ``Markup`` are escaped, lists are taken apart.

    Attributes of ``None`` and ``False`` are left out, ``True`` stands without a value; ``class_``
    is the attribute ``class``, ``data_open`` is ``data-open``.

    Example:
        >>> el("td", "<b>", 1, class_="n")
        '<td class="n">&lt;b&gt;1</td>'
    """
    told = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in EMPTY:
        return Markup(f"<{tag}{told}>")
    return Markup(f"<{tag}{told}>{join(children)}</{tag}>")


def join(children: Iterable[Any]) -> Markup:
    """Children one after the other, as ``el`` takes them."""
    parts = []
    for child in children:
        if isinstance(child, Markup):
            parts.append(str(child))
        elif isinstance(child, list | tuple):
            parts.append(str(join(child)))
        elif child is not None:
            parts.append(escape(str(child), quote=False))
    return Markup("".join(parts))


def trusted(text: str) -> Markup:
    """Text that was escaped where it was made: a chart, the page's own style and program."""
    return Markup(text)


def _attribute(name: str, value: Any) -> str:
    if value is None or value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


def picture(content: bytes, words: str, **attributes: Any) -> Markup:
    """A PNG within the page."""
    source = "data:image/png;base64," + b64encode(content).decode("ascii")
    return el("img", src=source, alt=words, **attributes)


def table(
    head: Iterable[Any], rows: Iterable[Iterable[Any]], *, numbers: Iterable[int] = (),
    class_: str = "", caption: str | None = None,
) -> Markup:  # fmt: skip
    """A table within a frame that scrolls where it is too wide.

    Parameters:
        numbers: the places of columns that are set to the right.
    """
    right, titles = frozenset(numbers), list(head)

    def row(cells: Iterable[Any], tag: str) -> Markup:
        made = []
        for place, cell in enumerate(cells):
            scope = "col" if tag == "th" else None
            label = titles[place] if "stack" in class_ and tag == "td" else None
            side = "n" if place in right else None
            made.append(el(tag, cell, class_=side, scope=scope, data_label=label))
        return el("tr", made)

    inside = el(
        "table", el("caption", caption) if caption else None, el("thead", row(titles, "th")),
        el("tbody", [row(cells, "td") for cells in rows]), class_=class_ or None,
    )  # fmt: skip
    return el("div", inside, class_="scroll")
