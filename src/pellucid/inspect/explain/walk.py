"""Going through an explanation calculation by calculation, each with what it is about."""

from __future__ import annotations

from collections.abc import Iterator

from pellucid.dataclass import dataclass
from pellucid.inspect.explain.worked import About, Worked


@dataclass(frozen=True, eq=False)
class Stop:
    """One calculation on the way through an explanation.

    Attributes:
        titles: the headings above it, the outermost first.
        about: what of the network it is about.
        worked: the calculation itself, or what stands in its place: numbers in a grid, a sentence.
    """

    titles: tuple[str, ...]
    about: About
    worked: Worked


def walk(root: Worked) -> tuple[Stop, ...]:
    """All calculations of an explanation, in the order in which it tells them.

    What the explanation says of itself, in the notes of its root, is no stop.
    """
    return tuple(stop for part in root.children for stop in _stops(part, (), About("")))


def _stops(worked: Worked, above: tuple[str, ...], about: About) -> Iterator[Stop]:
    own = worked.about or about
    if worked.result or worked.notes or worked.grids:
        yield Stop(above, own, worked)
    titles = (*above, worked.title) if worked.title else above
    for child in worked.children:
        yield from _stops(child, titles, own)
