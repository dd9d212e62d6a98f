"""A data set: inputs, targets, and what their columns and classes are called."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from pellucid.data.arrays import Array, check_pair, count_of, show_size
from pellucid.data.split import split_rows
from pellucid.data.store import taken
from pellucid.dataclass import dataclass

if TYPE_CHECKING:
    from pellucid.data.pictures.framing import Framing

Kind: TypeAlias = Literal["classes", "numbers", "labels", "counts"]


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Inputs with their targets, in the user's words and units.

    Attributes:
        name: what it is called.
        x: inputs, a row for each sample: an array, or a ``Table`` of named columns.
        y: targets, one for each row.
        kind: whether y holds classes, numbers, labels (several a row) or counts.
        feature_names: one a column of x; empty for pictures.
        class_names: one readable name a class of the whole data set, in the sorted order of the
            labels (of labels: in the order of the columns of y); None for numbers.
        image_shape: height and width where a row is a picture, else None.
        description: a sentence or two on what it is.
        source: who made it.
        test: the part held back by its makers, where they did so.
        target: the name of the column of y, where it has one.
        groups: a number for each row; a split keeps rows of one number together.
        times: when each row was; a split holds back the latest.
        files: the file of each row, where rows are pictures from files.
        framing: how those became arrays.
        notes: what was passed over or left out, in sentences.
        targets: the names of the columns of y, where it has several.
        separator: what stood between labels that were text in one column.
        weights: how much each row counts, where it says so.

    Shapes: x is n x features (a table n x columns), n x height x width or n x channels x height x
        width; y is n (or n x columns for several numbers).

    Example:
        >>> import numpy as np
        >>> data = Dataset("and", np.eye(2), np.array([0, 1]), "classes", ("a", "b"), ("no", "yes"))
        >>> x, y = data
        >>> data
        <Dataset and: 2 rows of 2 features, 2 classes (no, yes)>
    """

    name: str
    x: Any
    y: Array
    kind: Kind
    feature_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] | None = None
    image_shape: tuple[int, int] | None = None
    description: str = ""
    source: str = ""
    test: Dataset | None = None
    target: str | None = None
    groups: Array | None = None
    times: Array | None = None
    files: tuple[str, ...] = ()
    framing: Framing | None = None
    notes: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    separator: str = ""
    weights: Array | None = None

    def __post_init__(self) -> None:
        check_pair(self.x, self.y)

    def __iter__(self) -> Iterator[Array]:
        return iter((self.x, self.y))

    def __len__(self) -> int:
        return len(self.x)

    def __repr__(self) -> str:
        picture = self.x.shape[1:] if self.x.ndim > 2 else self.image_shape
        what = (
            f"pictures of {show_size(picture)}"
            if picture
            else count_of(self.x.shape[1] if self.x.ndim > 1 else 1, "feature")
        )
        held = f", and {count_of(len(self.test), 'test row')}" if self.test is not None else ""
        rows = count_of(len(self), "row")
        return f"<Dataset {self.name}: {rows} of {what}, {self._target()}{held}>"

    def _target(self) -> str:
        if self.class_names is not None:
            shown = ", ".join(self.class_names[:5]) + (", ..." if len(self.class_names) > 5 else "")
            one, many = ("label", "labels") if self.kind == "labels" else ("class", "classes")
            return f"{count_of(len(self.class_names), one, many)} ({shown})"
        return self.kind

    def take(self, rows: Array) -> Dataset:
        """Return a data set of the rows at these places."""
        groups = None if self.groups is None else self.groups[rows]
        times = None if self.times is None else self.times[rows]
        weights = None if self.weights is None else self.weights[rows]
        files = tuple(self.files[row] for row in np.arange(len(self))[rows]) if self.files else ()
        return dataclasses.replace(
            self, x=taken(self.x, rows), y=self.y[rows], test=None, groups=groups, times=times,
            files=files, weights=weights,
        )  # fmt: skip

    def split(self, test: float | None = None, seed: int = 0) -> tuple[Dataset, Dataset]:
        """Return a part to learn from and a part to test with.

        Without a fraction, a data set whose makers held a part back is split as they did; any other
        holds back a fifth of its rows. Rows are drawn class by class, group by group where there
        are groups, or the latest are taken where there are times (see ``split_rows``).

        Parameters:
            test: part of the rows to hold back, above 0 and below 1.
            seed: what the draw follows from; the makers' own split draws nothing.

        Raises: ``DataError`` for fewer than two rows; ``ParameterError``.
        """
        if test is None and self.test is not None:
            return dataclasses.replace(self, test=None), self.test
        fraction = 0.2 if test is None else test
        rows = self.divided(fraction, seed)
        return self.take(rows[0]), self.take(rows[1])

    def divided(self, fraction: float, seed: int = 0) -> tuple[Array, Array]:
        """The places of the rows to keep, and of those to hold back: by time, group or class."""
        whole = self.groups is None and self.times is None
        return split_rows(
            self.y, fraction, seed, stratify=whole and self.kind == "classes",
            groups=self.groups, times=self.times,
        )  # fmt: skip
