"""Parts of pages that the engine writes, as lists that the page builds elements of.

The page makes no markup of texts; so a name in someone's table can never become a part of the page.
"""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

Element = list[Any]
"""``[tag, class or None, child, ...]``; a child is a text or another element."""


def elements(markup: str) -> list[Element | str]:
    """Well-formed markup, written by Pellucid itself, as elements; of the attributes only class.

    Example:
        >>> elements('<p class="a">1 &lt; <b>2</b></p>')
        [['p', 'a', '1 < ', ['b', None, '2']]]
    """
    return _inside(ET.fromstring(f"<body>{markup}</body>"))


def _inside(node: ET.Element) -> list[Element | str]:
    found: list[Element | str] = [node.text] if node.text else []
    for child in node:
        found.append([child.tag, child.get("class"), *_inside(child)])
        if child.tail:
            found.append(child.tail)
    return found
