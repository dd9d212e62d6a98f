"""Data sets to learn with: what scikit-learn ships, what a formula makes, and MNIST from its files.

``load`` never goes to the network.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from os import PathLike

import numpy as np

from pellucid.data import generate
from pellucid.data.dataset import Dataset
from pellucid.data.idx import FILES, read_idx_folder
from pellucid.data.shipped import shipped
from pellucid.errors import DataError, ParameterError, unknown_name

_CLOTHES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip


def load(name: str, data_dir: str | PathLike[str] | None = None) -> Dataset:
    """Load a data set by its name; ``names()`` tells them all.

    Parameters:
        name: what it is called.
        data_dir: the folder with the four idx files, for "mnist" and "fashion_mnist" only.

    Raises: ``UnknownNameError``; ``DataError`` where the folder is needed and not given;
        ``FileError`` for what is wrong with its files; ``ParameterError`` for a folder not needed.

    Example:
        >>> x, y = load("iris")
        >>> x.shape, str(y[0])
        ((150, 4), 'setosa')
    """
    if name in _PICTURES:
        if data_dir is None:
            raise DataError(
                f"The sample {name!r} is not part of this package and has to be there as files. "
                f"Give data_dir (on the command line --data-dir), a folder with {', '.join(FILES)} "
                "(each may end in .gz)."
            )
        return _pictures(name, data_dir)
    if name not in _LOADERS:
        raise unknown_name("sample", name, names())
    if data_dir is not None:
        raise ParameterError(
            f"The sample {name!r} needs no files, got data_dir={str(data_dir)!r}. Leave it out."
        )
    return _LOADERS[name]()


def names() -> tuple[str, ...]:
    """The names that ``load`` knows, sorted."""
    return tuple(sorted([*_LOADERS, *_PICTURES]))


def _pictures(name: str, data_dir: str | PathLike[str]) -> Dataset:
    train = read_idx_folder(data_dir, name)
    test = None if train.test is None else _described(name, train.test)
    return dataclasses.replace(_described(name, train), test=test)


def _described(name: str, part: Dataset) -> Dataset:
    """The pictures with what is known about them."""
    description, source, classes = _PICTURES[name]
    named = _names(part, classes)
    return dataclasses.replace(part, description=description, source=source, class_names=named)


def _names(part: Dataset, classes: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the labels that are there."""
    labels = np.unique(part.y)
    return tuple(classes[label] if label < len(classes) else str(label) for label in labels)


def _iris() -> Dataset:
    return _labelled(
        "iris",
        "150 flowers of three species of iris: the length and width of their sepals and petals, in "
        "centimetres.",
        "R. A. Fisher (1936), Annals of Eugenics 7, doi:10.1111/j.1469-1809.1936.tb02137.x",
    )


def _wine() -> Dataset:
    return _labelled(
        "wine",
        "178 wines of three growers in one region of Italy: 13 results of a chemical analysis.",
        "M. Forina et al. (1991), UCI Machine Learning Repository, doi:10.24432/C5PC7J",
    )


def _breast_cancer() -> Dataset:
    return _labelled(
        "breast_cancer",
        "569 tumours, malignant or benign: 30 measures of the cell nuclei seen in an image.",
        "W. Wolberg et al. (1995), UCI Machine Learning Repository, doi:10.24432/C5DW2B",
    )


def _digits() -> Dataset:
    found = shipped("digits")
    return Dataset(
        "digits", found.x, found.y, "classes", found.features, found.classes, (8, 8),
        "1797 handwritten digits, each a picture of 8 x 8 pixels with 17 levels of ink (0 to 16).",
        "E. Alpaydin and C. Kaynak (1998), UCI Machine Learning Repository, doi:10.24432/C50P49",
    )  # fmt: skip


def _labelled(name: str, description: str, source: str) -> Dataset:
    """A data set whose classes have names."""
    found = shipped(name)
    labels = np.asarray(found.classes)
    return Dataset(
        name, found.x, labels[found.y], "classes", found.features, tuple(sorted(found.classes)),
        None, description, source,
    )  # fmt: skip


def _diabetes() -> Dataset:
    found = shipped("diabetes")
    return Dataset(
        "diabetes",
        found.x,
        found.y,
        "numbers",
        found.features,
        description="442 patients: age, sex, body mass index, blood pressure and six blood values, "
        "in their own units, and how far their diabetes had gone a year later.",
        source="B. Efron et al. (2004), Annals of Statistics 32(2), doi:10.1214/009053604000000067",
    )


_LOADERS: dict[str, Callable[[], Dataset]] = {
    "blobs": generate.blobs,
    "breast_cancer": _breast_cancer,
    "circles": generate.circles,
    "diabetes": _diabetes,
    "digits": _digits,
    "iris": _iris,
    "line": generate.line,
    "moons": generate.moons,
    "spirals": generate.spirals,
    "wine": _wine,
    **{name: partial(generate.gate, name) for name in generate.GATES},
}
_PICTURES = {
    "mnist": (
        "Handwritten digits, each a picture of 28 x 28 pixels with 256 levels of grey (0 to 255).",
        "Y. LeCun, C. Cortes, C. J. C. Burges (1998), The MNIST database of handwritten digits",
        tuple(str(digit) for digit in range(10)),
    ),
    "fashion_mnist": (
        "Pieces of clothing, each a picture of 28 x 28 pixels with 256 levels of grey (0 to 255).",
        "H. Xiao, K. Rasul, R. Vollgraf (2017), arXiv:1708.07747",
        _CLOTHES,
    ),
}
