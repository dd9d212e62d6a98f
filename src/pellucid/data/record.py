"""What all codecs share: a record for the model file, and equality by value.

A record is a dictionary of plain JSON and a dictionary of arrays. What comes back from a file is
checked as if written by a stranger, because it may be.
"""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from pellucid.data.arrays import Array, show_size
from pellucid.dataclass import dataclass
from pellucid.errors import FileError

Record: TypeAlias = tuple[dict[str, Any], dict[str, Array]]


class Codec(ABC):
    """A way from the user's words and units to the network's numbers, and back."""

    @abstractmethod
    def to_record(self) -> Record:
        """Return what a model file keeps: plain JSON, and arrays by name."""

    @abstractmethod
    def describe(self) -> str:
        """Say in one line what the codec does."""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Codec) or type(self) is not type(other):
            return NotImplemented
        return self._value() == other._value()

    def __hash__(self) -> int:
        return hash(self._value())

    def __repr__(self) -> str:
        return f"<{self.describe()}>"

    def _value(self) -> tuple[str, ...]:
        """All of the record as text: exact for floats, and fit for comparing and hashing."""
        plain, arrays = self.to_record()
        return (
            json.dumps(plain, sort_keys=True),
            *(f"{name}: {arrays[name].tolist()}" for name in sorted(arrays)),
        )


@dataclass(frozen=True)
class Fields:
    """Reads the fields of a record that came from a file; every fault is a ``FileError``."""

    plain: Mapping[str, Any]
    arrays: Mapping[str, Array]

    def text(self, name: str, choices: tuple[str, ...]) -> str:
        """Read one of a few texts."""
        value = self._get(name)
        if not isinstance(value, str) or value not in choices:
            raise damaged(name, f"one of {', '.join(choices)}", value)
        return value

    def truth(self, name: str) -> bool:
        """Read a truth value."""
        value = self._get(name)
        if not isinstance(value, bool):
            raise damaged(name, "true or false", value)
        return value

    def word(self, name: str) -> str:
        """Read any text."""
        value = self._get(name)
        if not isinstance(value, str):
            raise damaged(name, "a text", value)
        return value

    def number(self, name: str) -> float:
        """Read a finite number."""
        value = self._get(name)
        if not _is_number(value):
            raise damaged(name, "a finite number", value)
        return float(value)

    def row(self, name: str) -> tuple[float, ...]:
        """Read a list of finite numbers that stands in plain JSON."""
        values = self.values(name)
        if not values or not all(map(_is_number, values)):
            raise damaged(name, "a list of finite numbers", values)
        return tuple(map(float, values))

    def sizes(self, name: str) -> tuple[int, ...]:
        """Read the sizes of a shape, each at least 1."""
        value = self.values(name)
        if not value or any(isinstance(v, bool) or not isinstance(v, int) or v < 1 for v in value):
            raise damaged(name, "a list of whole numbers of at least 1", value)
        return tuple(value)

    def values(self, name: str) -> list[Any]:
        """Read a list."""
        value = self._get(name)
        if not isinstance(value, list):
            raise damaged(name, "a list", value)
        return value

    def has(self, name: str) -> bool:
        """Whether a field is there and not null."""
        return self.plain.get(name) is not None

    def numbers(self, name: str, size: int | None = None, *, positive: bool = False) -> Array:
        """Read a row of finite numbers, of a given length, above 0 where told."""
        value = self.arrays.get(name)
        if value is None:
            raise FileError(
                f"The codec in this file has no array {name!r}; expected one. The file is damaged "
                "or was made by another program: save the model again."
            )
        array = np.asarray(value)
        if array.dtype.kind not in "fiu" or array.ndim != 1 or not array.size:
            raise damaged(
                name, "a row of numbers", f"{array.dtype} of size {show_size(array.shape)}"
            )
        if size is not None and len(array) != size:
            raise damaged(name, f"{size} numbers", f"{len(array)} numbers")
        array = array.astype(np.float64)
        good = np.isfinite(array) & (array > 0) if positive else np.isfinite(array)
        if not good.all():
            what = "finite numbers above 0" if positive else "finite numbers"
            raise damaged(name, what, float(array[~good][0]))
        return array

    def _get(self, name: str) -> Any:
        if name not in self.plain:
            raise damaged(name, "a value", None)
        return self.plain[name]


def _is_number(value: object) -> bool:
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    return plain and math.isfinite(value) and abs(value) < 1e308  # type: ignore[arg-type]


def damaged(field: str, expected: str, got: object) -> FileError:
    """Word the error for a field of a record that is not what it should be."""
    found = "nothing" if got is None else got if isinstance(got, str) and " " in got else repr(got)
    return FileError(
        f"The codec in this file has {field}: {str(found)[:100]}; expected {expected}. The file is "
        "damaged or was made by another program: save the model again."
    )


def frozen(values: Any) -> Array:
    """A copy of a row of numbers that cannot be written to."""
    array = np.array(values, np.float64)
    array.setflags(write=False)
    return array
