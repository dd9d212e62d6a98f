"""Where the samples of a scene come from: a sample's name, drawn points, files of the session."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data.dataset import Dataset
from pellucid.data.pictures.drawn import DRAWN, drawn_pictures
from pellucid.data.source import open_data, read_npz
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, DataWarning, FileError
from pellucid.hyper import Declared, hyper

MOST_POINTS = 10_000
FEW = 16
"""Rows of a truth table: all are learned from, as they are."""
IDX = ("mnist", "fashion_mnist")
"""Samples whose files lie in the session's folder, in a folder of the sample's name."""


@dataclass(frozen=True)
class Source(Declared, ABC):
    """Where samples come from."""

    @property
    def files(self) -> tuple[str, ...]:
        """What it reads of the session's folder, by name."""
        return ()

    @abstractmethod
    def open(self, folder: Path | None) -> Dataset:
        """The samples.

        Parameters:
            folder: of the session, with the files that were given to it; None: there is none.
        Raises: what is wrong with them.
        """


@dataclass(frozen=True)
class Sample(Source):
    """A sample that is built in, by its name."""

    name: str = hyper(kind=str, doc="the name of a sample, such as moons")

    @property
    def files(self) -> tuple[str, ...]:
        """The folder of idx files, where it is of such."""
        return (self.name,) if self.name in IDX else ()

    def open(self, folder: Path | None) -> Dataset:
        """The sample; MNIST's files lie in the session's folder."""
        if self.name in IDX and folder is not None:
            return open_data(self.name, data_dir=folder / self.name)
        return open_data(self.name)


@dataclass(frozen=True)
class Points(Source):
    """Points that were drawn or typed.

    Parameters:
        rows: the inputs of each point, then what it is: the place of its class in ``classes``, or
            a number.
        names: of the inputs.
        classes: what the classes are called; none: the last of each row is a number to predict.
    """

    rows: tuple[tuple[float, ...], ...] = hyper(kind=tuple, doc="the points")
    names: tuple[str, ...] = hyper(("x1", "x2"), kind=tuple, doc="the names of the inputs")
    classes: tuple[str, ...] = hyper(("0", "1"), kind=tuple, doc="the names of the classes")

    def open(self, folder: Path | None) -> Dataset:
        """The points as a data set."""
        if not 1 <= len(self.rows) <= MOST_POINTS:
            raise DataError(
                f"The scene has {len(self.rows):,} points; it takes 1 to {MOST_POINTS:,}. Draw "
                "some, or upload a table for more."
            )
        width = len(self.names) + 1
        try:
            found = np.array(self.rows, float)
        except (ValueError, TypeError):
            found = np.full(1, np.nan)
        if found.ndim != 2 or found.shape[1] != width or not np.isfinite(found).all():
            raise DataError(
                f"A point of the scene is {width} finite numbers: {', '.join(self.names)} and what "
                "it is. At least one is not. Draw the points again."
            )
        x, y = found[:, :-1], found[:, -1]
        if not self.classes:
            return Dataset("points", x, y, "numbers", tuple(self.names))
        places = y.astype(int)
        if (places != y).any() or places.min() < 0 or places.max() >= len(self.classes):
            raise DataError(
                f"The class of a point is a place from 0 to {len(self.classes) - 1}: "
                f"{', '.join(self.classes)}. At least one is not. Draw the points again."
            )
        labels = np.array([str(name) for name in self.classes])[places]
        there = tuple(sorted(set(labels.tolist())))
        return Dataset("points", x, labels, "classes", tuple(self.names), there)


@dataclass(frozen=True)
class TableFile(Source):
    """A table that was uploaded.

    Parameters:
        file: what it is called in the session's folder.
        target: the column to predict.
        kind: "classes" or "numbers", where the column does not tell.
    """

    file: str = hyper(kind=str, doc="the file's name")
    target: str = hyper(kind=str, doc="the column to predict")
    kind: str | None = hyper(
        None, kind=str, optional=True, choices=("classes", "numbers"), doc="what is predicted"
    )

    @property
    def files(self) -> tuple[str, ...]:
        """The table."""
        return (self.file,)

    def open(self, folder: Path | None) -> Dataset:
        """The table, read as the command line reads it.

        A CSV file that names pictures is a table like others here: what it names lies elsewhere.
        """
        from pellucid.data.table import read_table

        kind: Any = self.kind
        data = read_table(within(folder, self.file), self.target, kind)
        _check_classes(data, f"The column {self.target!r} is", "Choose another column, or add")
        return data


@dataclass(frozen=True)
class ArrayFile(Source):
    """Arrays x and y in an .npz file that was uploaded.

    Parameters:
        file: what it is called in the session's folder.
    """

    file: str = hyper(kind=str, doc="the file's name")

    @property
    def files(self) -> tuple[str, ...]:
        """The file."""
        return (self.file,)

    def open(self, folder: Path | None) -> Dataset:
        """The arrays, read as the command line reads them; a column of targets as a row of them."""
        data = read_npz(within(folder, self.file))
        y = data.y[:, 0] if data.y.ndim == 2 and data.y.shape[1] == 1 else data.y
        if data.kind not in ("classes", "numbers") or y.ndim != 1:
            raise DataError(
                f"{self.file} has several targets a row (y is {' x '.join(map(str, y.shape))}); "
                "the studio predicts one, a class or a number. Use pellucid train, or save one "
                "column as y."
            )
        data = replace(data, y=y)
        _check_classes(data, f"y in {self.file} is", "Add")
        return data


def _check_classes(data: Dataset, what: str, mend: str) -> None:
    """See that there are two classes or more, and one of two rows, where there are classes.

    Raises: ``DataError`` for others.
    """
    if data.kind != "classes":
        return
    count = len(np.unique(data.y))
    if count < 2:
        raise DataError(
            f"{what} the same in all {len(data):,} rows: there is nothing to tell apart. {mend} "
            "rows of another class."
        )
    if count == len(data) and count > FEW:
        raise DataError(
            f"{what} another in each of the {len(data):,} rows: of no class are there two rows to "
            f"learn from. {mend} rows of the same classes; what holds measures can be predicted as "
            "numbers."
        )


@dataclass(frozen=True)
class PictureFolder(Source):
    """Pictures that were uploaded, in a folder for each class.

    Parameters:
        folder: what it is called in the session's folder.
    """

    folder: str = hyper(kind=str, doc="the folder's name")

    @property
    def files(self) -> tuple[str, ...]:
        """The folder."""
        return (self.folder,)

    def open(self, folder: Path | None) -> Dataset:
        """The pictures, read as the command line reads them; what was left out is in its notes."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            return open_data(within(folder, self.folder))


@dataclass(frozen=True)
class DrawnPictures(Source):
    """Pictures that are drawn when they are asked for, no two alike.

    Parameters:
        name: flowers (red roses and white lotus flowers), or shapes (six of them).
        count: pictures of each class.
        size: height and width in pixels.
        seed: what the draws follow from.
    """

    name: str = hyper("flowers", kind=str, choices=tuple(DRAWN), doc="what is drawn")
    count: int = hyper(80, kind=int, low=2, high=1000, doc="how many pictures of each class")
    size: int = hyper(32, kind=int, low=8, high=128, doc="the height and width", unit="pixels")
    seed: int = hyper(0, kind=int, low=0, high=2**63 - 1, doc="the seed of the drawing")

    def open(self, folder: Path | None) -> Dataset:
        """The pictures, drawn once and kept."""
        return drawn_pictures(self.name, self.count, self.size, self.seed)


SOURCES: Mapping[str, type[Any]] = {
    cls.__name__: cls
    for cls in (Sample, Points, TableFile, ArrayFile, PictureFolder, DrawnPictures)
}


def within(folder: Path | None, name: str) -> Path:
    """The path of a session's file.

    Raises: ``FileError`` for a name that is not one file or folder in it.
    """
    plain = bool(name) and not set(name) & set('/\\:\0"') and name not in (".", "..")
    if folder is None or not plain or len(name) > 200 or not (folder / name).exists():
        raise FileError(
            f"There is no file {name!r:.80} in this session. Upload it, then choose it again."
        )
    return folder / name
