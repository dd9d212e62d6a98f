"""``dataclass`` as in the standard library, made in two thirds of the time.

For each class the library writes the text of six methods and has Python compile it: of some four
hundred classes, that was a tenth of the time from the start to a trained network. Here equality,
hash and ``repr`` are the same code for all classes; ``__init__`` and the guards of frozen classes
are still the library's, and so is all else, down to ``fields`` and ``replace``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

METHODS = ("__repr__", "__eq__", "__hash__")

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # for type checkers it is the library's
else:

    def dataclass(cls: Any = None, /, *, repr: bool = True, eq: bool = True, **options: Any) -> Any:
        """Make a class a dataclass.

        Parameters:
            repr, eq: whether it is written and compared by its fields; methods that the class has
                of its own stay.
            options: those of ``dataclasses.dataclass``.
        """

        def make(cls: Any) -> Any:
            own = {name: vars(cls)[name] for name in METHODS if name in vars(cls)}
            made = dataclasses.dataclass(cls, repr=False, eq=False, **options)
            if repr and "__repr__" not in own:
                made.__repr__ = _writing([field.name for field in fields(made) if field.repr])
            if eq:
                _compared(made, own, options.get("frozen", False))
            return made

        return make if cls is None else make(cls)


def _compared(cls: Any, own: dict[str, Any], frozen: bool) -> None:
    """Give a class equality and, where it is frozen, a hash; what it has of its own stays."""
    values = _values([field.name for field in fields(cls) if field.compare])

    def equal(self: Any, other: Any) -> Any:
        same = other.__class__ is self.__class__
        return values(self) == values(other) if same else NotImplemented

    if "__eq__" not in own:
        cls.__eq__ = equal
    # Python itself gives None to a class that has an equality of its own and no hash.
    if "__hash__" not in own or (own["__hash__"] is None and "__eq__" in own):
        cls.__hash__ = (lambda self: hash(values(self))) if frozen else None


def _values(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """What gives the values of some attributes."""
    get: Callable[[Any], Any] = attrgetter(*names) if names else lambda self: ()
    return get if len(names) != 1 else lambda self: (get(self),)


def _writing(names: list[str]) -> Callable[[Any], str]:
    """What writes some attributes as the call that would make them."""

    @recursive_repr()
    def written(self: Any) -> str:
        values = ", ".join([f"{name}={getattr(self, name)!r}" for name in names])
        return f"{type(self).__qualname__}({values})"

    return written
