"""The codec of several labels a row: a red, round thing is both; one may be neither."""

from __future__ import annotations

import difflib
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from pellucid.data.arrays import Array, count_of, show_size
from pellucid.data.label_rows import Form, LabelRows, Name, read_labels
from pellucid.data.record import Fields, Record, damaged
from pellucid.data.target_codec import TargetCodec
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, ShapeError

DTYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16",
    "float32", "float64",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Labels(TargetCodec):
    """Say of each label whether a row has it.

    Attributes:
        labels: the labels: of columns in their order (0, 1, ... without names), else sorted.
        form: what they came as, and come back as: "columns" of 0 and 1, "sets" (tuples of labels),
            or "text" with separators.
        dtype: the type of columns.
        separator: what stands between the labels of a text.

    Formula: z_k = 1 where the row has label k, else 0.
    Shapes: n rows -> n x labels.

    Example:
        >>> codec = Labels.fit(["red;round", "round", ""])
        >>> codec.encode(["red"]).tolist(), codec.decode([[1, 1]]).tolist()
        ([[1.0, 0.0]], ['red;round'])
    """

    kind: ClassVar[str] = "labels"
    labels: tuple[Name, ...]
    form: Form = "columns"
    dtype: str = "bool"
    separator: str = ""

    @classmethod
    def fit(cls, y: Any, *, separator: str | None = None) -> Labels:
        """Fit on training targets.

        Parameters:
            separator: what stands between the labels of a text; by default what is found of ; | ,
        Raises: ``DataError`` for fewer than two labels, and for what are none; ``ShapeError``.
        """
        found = read_labels(y, separator)
        if len(found.names) < 2:
            named = f"one label only, {found.names[0]!r}" if found.names else "no label at all"
            raise DataError(
                f"y names {named}; expected at least two. For yes and no use kind='classes'."
            )
        return cls(found.names, found.form, found.dtype, found.separator)

    @property
    def outputs(self) -> int:
        """The number of labels."""
        return len(self.labels)

    def encode(self, y: Any, dtype: DTypeLike = np.float32) -> Array:
        """Turn labels, in any of the forms, into columns of 0 and 1.

        Raises: ``DataError`` that names labels that were not there in training.
        """
        found = read_labels(y, self.separator or None)
        if found.form == "columns" and not (found.named and isinstance(self.labels[0], str)):
            if found.present.shape[1] != self.outputs:
                raise ShapeError(
                    f"y is {show_size(found.present.shape)}; the model was fitted on "
                    f"{count_of(self.outputs, 'label')}. Give a column for each."
                )
            return found.present.astype(dtype)
        return self._in_order(found).astype(dtype)

    def _in_order(self, found: LabelRows) -> Array:
        """Columns by their names, in the order of the labels."""
        places = {name: place for place, name in enumerate(self.labels)}
        unseen = [name for name in found.names if name not in places]
        if unseen:
            raise self._unseen(unseen)
        present = np.zeros((len(found.present), self.outputs), bool)
        present[:, [places[name] for name in found.names]] = found.present
        return present

    def decode(self, z: Any) -> Array:
        """Turn columns of 0 and 1 into labels, in the form that was given to ``fit_target``."""
        present = np.asarray(z)
        if present.ndim != 2 or present.shape[1] != self.outputs:
            raise ShapeError(
                f"decode got {show_size(present.shape)}; expected n x {self.outputs}, as encode "
                "returns it."
            )
        if self.form == "columns":
            return present.astype(self.dtype)
        rows = [tuple(self.labels[k] for k in np.flatnonzero(row)) for row in present]
        if self.form == "text":
            return np.array([self.separator.join(map(str, row)) for row in rows], np.str_)
        found = np.empty(len(rows), object)
        for place, row in enumerate(rows):
            found[place] = row
        return found

    def _unseen(self, labels: list[Name]) -> DataError:
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
        return f"Labels: any of {len(self.labels)} ({_list(self.labels, 5)})"

    def to_record(self) -> Record:
        """Return what a model file keeps."""
        plain = {
            "kind": self.kind, "labels": list(self.labels), "form": self.form,
            "dtype": self.dtype, "separator": self.separator,
        }  # fmt: skip
        return plain, {}

    @classmethod
    def from_fields(cls, fields: Fields) -> Labels:
        """Read back what ``to_record`` gave."""
        names = fields.values("labels")
        kinds = {type(name) for name in names}
        if kinds not in ({str}, {int}) or len(set(names)) != len(names) or len(names) < 2:
            raise damaged("labels", "at least two different texts, or whole numbers", names)
        form: Any = fields.text("form", ("columns", "sets", "text"))
        separator = fields.word("separator")
        if (form == "text") != bool(separator):
            raise damaged("separator", "a text for labels in text, else none", separator)
        return cls(tuple(names), form, fields.text("dtype", DTYPES), separator)


def _list(labels: Any, most: int = 10) -> str:
    shown = ", ".join(repr(label) for label in labels[:most])
    return shown + (f" and {len(labels) - most} more" if len(labels) > most else "")
