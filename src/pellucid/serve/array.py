"""Rows of arrays: a list of numbers, or of lists of them; by name, where the model knows names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pellucid.data.arrays import Array, count_of, show_size
from pellucid.data.inputs import InputCodec, Keep, ScalePixels, Standardize
from pellucid.data.table import read_features
from pellucid.errors import DataError
from pellucid.serve.faults import Faults, shown
from pellucid.serve.reader import Reader, Rows, passed_over, reading_csv

NUMBERS = frozenset((int, float))


class ArrayReader(Reader):
    """Reads rows of one shape; the predictor takes them as they are.

    Parameters:
        names: of the numbers of a row, where they have names.
    """

    csv = True

    def __init__(self, codec: InputCodec, names: Sequence[str] = ()) -> None:
        self._codec, self._shape, self._names = codec, codec.row_shape, list(names)
        self._kind = np.int64 if isinstance(codec, Keep) and codec.whole else np.float64
        self._types = frozenset((int,)) if self._kind is np.int64 else NUMBERS
        self._flat = len(self._shape) == 1

    def one(self, value: Any) -> Rows:
        """A single row, from a list, or an object of numbers by name."""
        return self._read([value], Faults(single=True))

    def many(self, values: Sequence[Any]) -> Rows:
        """Rows, from a list of such."""
        return self._read(values, Faults(single=False))

    def from_csv(self, body: bytes) -> Rows:
        """Rows, from CSV: columns by name, or all that there are where the model knows no names."""
        size = math.prod(self._shape)
        with reading_csv() as name:
            table = read_features(name, self._names, raw=body)
            if len(table.columns) != size:
                raise DataError(
                    f"The body has {count_of(len(table.columns), 'column')}; the model does not "
                    f"know their names and takes {size}, in their order. Send as many."
                )
            x = table.to_numpy()
        return Rows(x.reshape(len(x), *self._shape))

    def _read(self, values: Sequence[Any], faults: Faults) -> Rows:
        rows = [self._ordered(row) if type(row) is dict else row for row in values]
        if not self._are_plain(rows):
            for place, row in enumerate(values):
                self._check(place, row, faults)
        x = self._numbers(rows) if not faults else None
        if x is None and not faults:
            for place, row in enumerate(rows):
                for steps in self._too_large(row, ()):
                    faults.add(place, steps, f"{_at(steps)} holds a number too large for 64 bits")
        if x is None:
            raise faults.refusal("Correct that; GET /model tells what a row is made of.")
        names = self._names
        return Rows(x, passed_over(values, names) if names else ())

    def _numbers(self, rows: list[Any]) -> Array | None:
        """The rows as an array; None where a number does not fit one."""
        try:
            x = np.array(rows, self._kind)
        except OverflowError:
            return None
        return x if np.isfinite(x).all() else None

    def _too_large(self, value: Any, steps: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """The places of numbers that do not fit an array."""
        if type(value) is list:
            for place, inner in enumerate(value):
                yield from self._too_large(inner, (*steps, place))
        elif self._numbers([value]) is None:
            yield steps

    def _are_plain(self, rows: list[Any]) -> bool:
        """Whether all rows are flat lists of numbers of the right length: a quick look."""
        size, types = self._shape[0], self._types
        return self._flat and all(
            type(row) is list and len(row) == size and types.issuperset(map(type, row))
            for row in rows
        )

    def _ordered(self, row: dict[str, Any]) -> Any:
        """The numbers of an object in their order; the object where it does not have them all."""
        try:
            return [row[name] for name in self._names] if self._names else row
        except KeyError:
            return row

    def _check(self, place: int, row: Any, faults: Faults) -> None:
        """Note what is wrong with one row."""
        if isinstance(row, dict) and self._names:
            for name in self._names:
                if name not in row:
                    what = f"{name!r} is missing{faults.hint(name, row)}"
                    faults.add(place, (name,), what, kind="missing")
                elif type(row[name]) not in self._types:
                    what = f"{name!r} holds {shown(row[name])}"
                    faults.add(place, (name,), what, f", expected {self._noun}")
            return
        for steps, what, tail in self._misfits(row, self._shape, ()):
            faults.add(place, steps, what, tail)

    def _misfits(
        self, value: Any, shape: tuple[int, ...], steps: tuple[int, ...]
    ) -> Iterator[tuple[tuple[int, ...], str, str]]:
        """The places in a row where it is not of the model's shape."""
        at = _at(steps)
        if not shape:
            if type(value) not in self._types:
                yield steps, f"{at} holds {shown(value)}", f", expected {self._noun}"
        elif type(value) is not list:
            yield steps, f"{at} is {shown(value)}", f", expected {self._list(shape)}"
        elif len(value) != shape[0]:
            had = count_of(len(value), "value")
            yield steps, f"{at} has {had}", f", expected {self._list(shape)}"
        else:
            for number, inner in enumerate(value):
                yield from self._misfits(inner, shape[1:], (*steps, number))

    @property
    def _noun(self) -> str:
        return "a whole number" if self._kind is np.int64 else "a number"

    def _list(self, shape: tuple[int, ...]) -> str:
        if len(shape) == 1:
            return f"a list of {count_of(shape[0], self._noun.removeprefix('a '))}"
        return f"lists of {show_size(shape)} numbers"

    @property
    def example(self) -> Any:
        """The mean of training, where the codec knows it."""
        x: Array
        if isinstance(self._codec, Standardize):
            digits = np.clip(2 - np.floor(np.log10(self._codec.scale)), 0, 12).astype(int)
            pairs = zip(self._codec.mean.tolist(), digits.tolist(), strict=True)
            values = [round(mean, digit) for mean, digit in pairs]
            return dict(zip(self._names, values, strict=True)) if self._names else values
        if isinstance(self._codec, ScalePixels):
            x = np.full(self._shape, round(float(self._codec.mean[0]), 2))
        else:
            x = np.zeros(self._shape, self._kind)
        return x.tolist()

    def schema(self) -> dict[str, Any]:
        """A list of the model's shape; or an object, where the numbers have names."""
        number = "integer" if self._kind is np.int64 else "number"
        listed: dict[str, Any] = {"type": number}
        for length in reversed(self._shape):
            listed = {"type": "array", "items": listed, "minItems": length, "maxItems": length}
        if not self._names:
            return {**listed, "examples": [self.example]}
        named = {
            "type": "object",
            "required": self._names,
            "properties": {name: {"type": number} for name in self._names},
        }
        return {"anyOf": [named, listed], "examples": [self.example]}

    def columns(self) -> list[dict[str, Any]]:
        """The names, or the shape."""
        if not self._names:
            return [{"name": None, "kind": "number", "shape": list(self._shape)}]
        return [{"name": name, "kind": "number", "used": True} for name in self._names]


def _at(steps: tuple[int, ...]) -> str:
    return f"place {list(steps)}" if steps else "the row"
