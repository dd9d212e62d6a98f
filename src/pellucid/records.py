"""Objects of closed lists as plain JSON values, and back.

A record names a class from a closed list and gives its fields; objects within it are records as
well. Reading one makes objects of known classes, which check their own values: nothing in a file,
or in what a page sends, is ever executed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, field, fields
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError, unknown_name

DEPTH = 64  # of objects and lists within each other; deeper, a file attacks the stack


@dataclass(frozen=True)
class Family:
    """One of the closed lists.

    Attributes:
        key: names the class in a record, as in ``{"layer": "Dense", ...}``.
        base: what all its classes are.
        classes: them by name.
        special: what is done first to the fields of some classes' records.
    """

    key: str
    base: type[Any]
    classes: Mapping[str, type[Any]]
    special: Mapping[type[Any], Callable[[dict[str, Any]], dict[str, Any]]] = field(
        default_factory=dict
    )

    def name(self, value: Any) -> str:
        """The name of a value's class in the list."""
        known = [name for name, cls in self.classes.items() if cls is type(value)]
        if not known:
            raise ParameterError(f"{type(value).__name__} is not in the list of {self.key}s.")
        return known[0]


class Records:
    """Families whose objects may hold one another.

    Parameters:
        families: the lists.
        plain: a class whose objects have a ``to_record`` of their own.
    """

    def __init__(self, families: Iterable[Family], plain: type[Any] | None = None) -> None:
        self.families, self._plain = tuple(families), plain or ()

    def encode(self, value: Any, where: str) -> Any:
        """A value as JSON values: of an object its class and all its fields.

        Raises: ``ParameterError`` for what is in no list.
        """
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, list | tuple):
            return [self.encode(item, where) for item in value]
        if isinstance(value, Mapping):
            return {str(name): self.encode(item, where) for name, item in value.items()}
        if isinstance(value, self._plain):
            return value.to_record()
        for family in self.families:
            if isinstance(value, family.base):
                entries = {
                    f.name: self.encode(getattr(value, f.name), f.name)
                    for f in own_fields(type(value))
                }
                return {family.key: family.name(value), **entries}
        if isinstance(value, np.generic):
            return self.encode(value.item(), where)
        raise ParameterError(f"A file cannot hold {value!r}, the value of {where}.")

    def decode(self, record: Any, key: str, depth: int = 0) -> Any:
        """The object that a record of one family describes.

        Raises: ``UnknownNameError`` for a class that is not in the list, with the nearest
            suggested; ``ParameterError`` saying which fields are missing, unknown or of a wrong
            value.
        """
        family = next(family for family in self.families if family.key == key)
        if not isinstance(record, Mapping) or not isinstance(record.get(key), str):
            raise ParameterError(
                f"A record of a {key} is an object with the key {key!r} and a name, "
                f"got {_short(record)}."
            )
        name = record[key]
        if name not in family.classes:
            raise unknown_name(key, name, family.classes)
        cls = family.classes[name]
        entries = {field: value for field, value in record.items() if field != key}
        _check_fields(f"{key} {name}", own_fields(cls), entries)
        if cls in family.special:
            entries = family.special[cls](entries)
        return cls(**{field: self._value(value, depth) for field, value in entries.items()})

    def _value(self, value: Any, depth: int) -> Any:
        if depth > DEPTH:
            raise ParameterError(f"The record is nested more than {DEPTH} deep.")
        if isinstance(value, list):
            return tuple(self._value(item, depth + 1) for item in value)
        if isinstance(value, Mapping):
            for family in self.families:
                if family.key in value:
                    return self.decode(value, family.key, depth + 1)
        return value


def own_fields(cls: type[Any]) -> list[Field[Any]]:
    """The fields that a record of a class has."""
    return [field for field in fields(cls) if field.init]


def _check_fields(where: str, known: list[Field[Any]], given: Mapping[str, Any]) -> None:
    names = [field.name for field in known]
    unknown = [name for name in given if name not in names]
    missing = [
        field.name
        for field in known
        if field.name not in given and field.default is MISSING and field.default_factory is MISSING
    ]
    faults = [f"{', '.join(unknown)} unknown"] if unknown else []
    faults += [f"{', '.join(missing)} missing"] if missing else []
    if faults:
        raise ParameterError(
            f"The record of {where} has wrong fields: {'; '.join(faults)}. "
            f"Its fields are {', '.join(names) or 'none'}."
        )


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
