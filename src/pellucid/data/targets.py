"""Codecs of targets: classes to whole numbers and back, numbers to mean 0 and scale 1 and back."""

from __future__ import annotations

import difflib
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from pellucid.data.arrays import Array, count_of, show_size
from pellucid.data.counts import Counts, not_negative
from pellucid.data.dataset import Kind
from pellucid.data.distinct import distinct
from pellucid.data.label_rows import label_sets
from pellucid.data.label_sets import Labels
from pellucid.data.labels import Label, Target, read_target
from pellucid.data.record import Fields, Record, damaged, frozen
from pellucid.data.scale import mean_and_scale
from pellucid.data.target_codec import TargetCodec
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, ShapeError, unknown_name

KINDS: tuple[Kind, ...] = ("classes", "numbers", "labels", "counts")
_TYPES = {
    "str": str, "object": object, "bool": bool,
    **dict.fromkeys(["int8", "int16", "int32", "int64"], int),
    **dict.fromkeys(["uint8", "uint16", "uint32", "uint64"], int),
    **dict.fromkeys(["float16", "float32", "float64"], float),
}  # fmt: skip
"""The types that labels come in, and what one is in Python."""


@dataclass(frozen=True, eq=False, repr=False)
class Classes(TargetCodec):
    """Number the labels of classes from 0, in their sorted order.

    Attributes:
        labels: the labels in their order: sorted, or as the categories of pandas are.
        dtype: the type they came in, and come back in: "str", "object", "bool", "int64", ...
        categories: all categories of a pandas categorical, else None.
        ordered: whether those are ordered.
        threshold: for two classes, the chance of the second above which it is the answer; None: one
            half.

    Formula: z = place of the label among ``labels``.
    Shapes: n -> n, int64.
    """

    kind: ClassVar[str] = "classes"
    labels: tuple[Label, ...]
    dtype: str
    categories: tuple[Label, ...] | None = None
    ordered: bool = False
    threshold: float | None = None

    @classmethod
    def fit(cls, target: Target) -> Classes:
        """Fit on training targets."""
        _check_labels(target, target.categories is not None)
        found: list[Label] = distinct(target.values)[0].tolist()
        if target.categories is not None:
            seen = set(found)
            found = [label for label in target.categories if label in seen]
        if len(found) < 2:
            raise DataError(
                f"y holds one class only, {found[0]!r}; expected at least two to tell apart. Add "
                "rows of another class, or use kind='numbers' if y holds measures."
            )
        return cls(tuple(found), target.dtype, target.categories, target.ordered)

    @property
    def outputs(self) -> int:
        """The number of classes."""
        return len(self.labels)

    def encode(self, y: Any, dtype: DTypeLike = np.int64) -> Array:
        """Turn labels into their places.

        Raises: ``DataError`` that names the labels that were not there in training.
        """
        target = read_target(y)
        _check_labels(target, self.categories is not None)
        places = {_key(label): place for place, label in enumerate(self.labels)}
        found, rows = distinct(target.values)
        unseen = [label for label in found.tolist() if _key(label) not in places]
        if unseen:
            raise self._unseen(unseen)
        table = np.array([places[_key(label)] for label in found.tolist()], dtype)
        return table[rows]

    def decode(self, z: Any) -> Array:
        """Turn places into labels, in the type that was given to ``fit_target``.

        A pandas categorical comes back as one where pandas can be imported, else as an array.
        """
        places = np.asarray(z)
        inside = places.dtype.kind in "iu" and places.ndim == 1
        if not inside or (places.size and (places.min() < 0 or places.max() >= len(self.labels))):
            raise DataError(
                f"decode expects one axis of places 0 to {len(self.labels) - 1}, got {places!r}. "
                "Use argmax(axis=1) of the scores."
            )
        decoded: Array = self._table()[places]
        return decoded if self.categories is None else self._categorical(decoded)

    def _table(self) -> Array:
        table = np.empty(len(self.labels), object)
        table[:] = self.labels
        return table.astype(self.dtype)

    def _categorical(self, values: Array) -> Any:
        try:
            import pandas as pd
        except ImportError:
            return values
        return pd.Categorical(values, categories=list(self.categories or ()), ordered=self.ordered)

    def _unseen(self, labels: list[Label]) -> DataError:
        names = [str(label) for label in self.labels]
        near = difflib.get_close_matches(str(labels[0]), names, n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]!r}?" if near and isinstance(labels[0], str) else ""
        noun = "label" if len(labels) == 1 else "labels"
        return DataError(
            f"y holds the {noun} {_list(labels)}, not there when the model was fitted.{hint} "
            f"Known: {_list(self.labels)}."
        )

    def describe(self) -> str:
        """Say in one line what the codec does."""
        above = ""
        if self.threshold is not None:
            above = f", {self.labels[1]!r} above a chance of {self.threshold:.4g}"
        return f"Classes: {len(self.labels)} ({_list(self.labels, 5)}){above}"

    def to_record(self) -> Record:
        """Return what a model file keeps."""
        categories = None if self.categories is None else list(self.categories)
        plain: dict[str, Any] = {
            "kind": self.kind,
            "labels": list(self.labels),
            "dtype": self.dtype,
            "categories": categories,
            "ordered": self.ordered,
        }
        return plain if self.threshold is None else plain | {"threshold": self.threshold}, {}

    @classmethod
    def from_fields(cls, fields: Fields) -> Classes:
        """Read back what ``to_record`` gave."""
        dtype = fields.text("dtype", tuple(_TYPES))
        labels = _read_labels(fields, "labels", dtype)
        if len(labels) < 2:
            raise damaged("labels", "at least two", list(labels))
        threshold = fields.number("threshold") if fields.has("threshold") else None
        if threshold is not None and (len(labels) != 2 or not 0 < threshold < 1):
            raise damaged("threshold", "a chance between 0 and 1, of two classes", threshold)
        if not fields.has("categories"):
            return cls(labels, dtype, None, fields.truth("ordered"), threshold)
        categories = _read_labels(fields, "categories", dtype)
        if [label for label in categories if label in labels] != list(labels):
            raise damaged("labels", "categories in their order", list(labels))
        return cls(labels, dtype, categories, fields.truth("ordered"), threshold)


@dataclass(frozen=True, eq=False, repr=False)
class Numbers(TargetCodec):
    """Bring each column of targets to mean 0 and standard deviation 1.

    Attributes:
        mean: of each column, in the unit of y.
        scale: population standard deviation of each column, 1 for a constant one, in the unit of y.
        flat: whether y has one axis, so that predictions have one too.

    Formula: z = (y - mean) / scale.
    Shapes: n or n x columns -> n x columns; back in the shape that was given.
    """

    kind: ClassVar[str] = "numbers"
    mean: Array
    scale: Array
    flat: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean", frozen(self.mean))
        object.__setattr__(self, "scale", frozen(self.scale))

    @classmethod
    def fit(cls, target: Target) -> Numbers:
        """Fit on training targets."""
        values = _as_numbers(target)
        mean, scale = mean_and_scale(values.reshape(len(values), -1), "y")
        return cls(mean, scale, values.ndim == 1)

    @property
    def outputs(self) -> int:
        """The number of columns."""
        return len(self.mean)

    def encode(self, y: Any, dtype: DTypeLike = np.float32) -> Array:
        """Turn numbers into multiples of the scale about the mean, always in columns."""
        values = _as_numbers(read_target(y))
        columns = values.reshape(len(values), -1)
        if columns.shape[1] != self.outputs:
            raise ShapeError(
                f"y is {show_size(values.shape)}; the model was fitted on "
                f"{count_of(self.outputs, 'column')} of targets. Give as many."
            )
        return np.asarray((columns - self.mean) / self.scale, dtype)

    def decode(self, z: Any) -> Array:
        """Turn encoded numbers back into the unit of y, in float64."""
        columns = np.asarray(z, np.float64)
        if columns.ndim != 2 or columns.shape[1] != self.outputs:
            raise ShapeError(
                f"decode got {show_size(columns.shape)}; expected n x {self.outputs}, as encode "
                "returns it."
            )
        values = np.asarray(columns * self.scale + self.mean)
        return values[:, 0] if self.flat else values

    def unscaled(self) -> Numbers:
        """The same columns, taken as they are."""
        return Numbers(np.zeros(self.outputs), np.ones(self.outputs), self.flat)

    def describe(self) -> str:
        """Say in one line what the codec does."""
        if self.outputs == 1:
            return f"Numbers: (y - {self.mean[0]:.4g}) / {self.scale[0]:.4g}"
        return f"Numbers: {self.outputs} columns, each (y - mean) / scale"

    def to_record(self) -> Record:
        """Return what a model file keeps."""
        return {"kind": self.kind, "flat": self.flat}, {"mean": self.mean, "scale": self.scale}

    @classmethod
    def from_fields(cls, fields: Fields) -> Numbers:
        """Read back what ``to_record`` gave."""
        mean = fields.numbers("mean")
        scale = fields.numbers("scale", len(mean), positive=True)
        flat = fields.truth("flat")
        if flat and len(mean) != 1:
            raise damaged("flat", "false with several columns", flat)
        return cls(mean, scale, flat)


def fit_target(y: Any, kind: Kind | None = None) -> TargetCodec:
    """Fit the codec of targets on training rows.

    Unless ``kind`` says it, what y holds decides. Text, truth values and categories are classes.
    Integers are classes, unless more than 50 different ones make up more than a tenth of the rows.
    Floats with fractions are numbers; whole floats are classes up to 20 different ones. Several
    columns are labels where they hold nothing but 0 and 1, or True and False; else numbers. Rows
    that are collections of labels are labels. Counts are never guessed.

    Parameters:
        kind: "classes", "numbers", "labels" (any number of labels a row) or "counts".
    Raises: ``DataError`` for missing values, a single class, text as numbers, fractions as classes
        or counts; ``ShapeError`` for classes in columns.

    Example:
        >>> fit_target(["cat", "dog", "cat"])
        <Classes: 2 ('cat', 'dog')>
        >>> fit_target([0.5, 1.5])
        <Numbers: (y - 1) / 0.5>
        >>> fit_target([{"red", "round"}, {"round"}])
        <Labels: any of 2 ('red', 'round')>
    """
    if kind is not None and kind not in KINDS:
        raise unknown_name("kind of target", kind, KINDS)
    if kind == "labels" or (kind is None and label_sets(y) is not None):
        return Labels.fit(y)
    target = read_target(y)
    if kind == "counts":
        return Counts.fit(target)
    if kind is None:
        _check_not_one_hot(target)
        if _is_presence(target):
            return Labels.fit(y)
    return Classes.fit(target) if (kind or target.kind) == "classes" else Numbers.fit(target)


def fit_rates(y: Any) -> TargetCodec:
    """Fit the codec of what a Poisson loss learns: counts, or rates, which are no whole numbers.

    Raises: ``DataError`` for text and negative numbers, with the row.
    """
    target = read_target(y)
    values = not_negative(target)
    return Counts.fit(target) if (values == np.floor(values)).all() else Numbers.fit(target)


def _is_presence(target: Target) -> bool:
    """Whether several columns hold nothing but 0 and 1."""
    values = target.values
    if values.ndim != 2 or values.shape[1] < 2 or target.sort == "text":
        return False
    return bool(np.isin(values, (0, 1)).all())


def _check_not_one_hot(target: Target) -> None:
    values = target.values
    if values.ndim != 2 or values.shape[1] < 2 or target.sort == "text":
        return
    if bool(np.isin(values, (0, 1)).all()) and bool((values.sum(axis=1) == 1).all()):
        raise ShapeError(
            f"y is {show_size(values.shape)} with a single 1 in every row, as one-hot classes are; "
            "expected one label a row. Use y.argmax(axis=1), or kind='numbers' if it holds "
            "measures."
        )


def _check_labels(target: Target, fractions: bool) -> None:
    """Refuse what cannot name classes; fractions can where they are declared as categories."""
    values = target.values
    if values.ndim != 1:
        remedy = "Use y.ravel()."
        if values.shape[1] > 1:
            remedy = "Use y.argmax(axis=1) if each column stands for a class."
        raise ShapeError(
            f"y is {show_size(values.shape)}; expected one label a row, in a single axis. {remedy}"
        )
    broken = values != np.floor(values) if target.sort == "float" else np.zeros(1, bool)
    if broken.any() and not fractions:
        row = int(np.argmax(broken))
        raise DataError(
            f"y holds the fraction {values[row]:g} in row {row}; expected text, whole numbers, or "
            "True and False for classes. Use kind='numbers', or turn the values into text."
        )


def _as_numbers(target: Target) -> Array:
    if target.sort == "text" or target.categories is not None:
        value = target.values.flat[0]
        raise DataError(
            f"y holds {'text' if target.sort == 'text' else 'categories'}, for example {value!r}; "
            "expected numbers. Use kind='classes', or turn the values into numbers."
        )
    return target.values.astype(np.float64)


def _key(label: Label) -> tuple[bool, Label]:
    """True and 1 are equal in Python, and different labels here."""
    return isinstance(label, bool), label


def _list(labels: tuple[Label, ...] | list[Label], most: int = 10) -> str:
    shown = ", ".join(repr(label) for label in labels[:most])
    return shown + (f" and {len(labels) - most} more" if len(labels) > most else "")


def _read_labels(fields: Fields, name: str, dtype: str) -> tuple[Label, ...]:
    """The labels of a record: of one type, that of ``dtype``, and all different."""
    values = fields.values(name)
    expected = _TYPES[dtype]
    kinds = {type(value) for value in values}
    fits = kinds <= ({expected} if expected is not object else {str, bool, int, float})
    if not fits or len(kinds) != 1 or len(set(values)) != len(values):
        raise damaged(name, f"different labels of type {dtype}", values)
    if dtype in ("str", "bool") or (dtype == "object" and kinds != {float}):
        return tuple(values)
    try:
        same = np.array(values, float if dtype == "object" else dtype).tolist() == values
    except (OverflowError, ValueError):
        same = False
    whole = all(value == value // 1 for value in values)
    if not same or not (whole or fields.has("categories")):
        raise damaged(name, f"whole labels within {dtype}", values)
    return tuple(values)
