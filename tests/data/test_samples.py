"""The samples by name."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import pellucid.data
from pellucid.data import load, names
from pellucid.errors import DataError, ParameterError, UnknownNameError

Said = Callable[[type[Exception], Callable[[], object]], str]
HERE = [name for name in names() if "mnist" not in name]


@pytest.mark.parametrize("name", HERE)
def test_every_sample_is_whole(name: str) -> None:
    data = load(name)
    assert data.name == name
    assert len(data.x) == len(data.y) and np.isfinite(data.x).all() and data.x.ndim == 2
    assert len(set(data.feature_names)) == data.x.shape[1]
    assert data.description.endswith(".") and data.source
    if data.kind == "classes":
        assert data.class_names == tuple(str(label) for label in np.unique(data.y))
    else:
        assert data.class_names is None and data.y.dtype == np.float64


@pytest.mark.parametrize(
    ("name", "shape", "first", "counts"),
    [
        ("iris", (150, 4), "setosa", [50, 50, 50]),
        ("wine", (178, 13), "class_0", [59, 71, 48]),
        ("breast_cancer", (569, 30), "malignant", [357, 212]),
        ("digits", (1797, 64), 0, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]),
    ],
)
def test_what_is_known_of_them(
    name: str, shape: tuple[int, int], first: object, counts: list[int]
) -> None:
    data = load(name)
    assert data.x.shape == shape
    assert data.y[0] == first
    assert np.unique(data.y, return_counts=True)[1].tolist() == counts


@pytest.mark.parametrize("name", ["breast_cancer", "diabetes", "digits", "iris", "wine"])
def test_they_are_read_as_scikit_learn_reads_them(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = load(name)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "is_file", lambda path: False)  # another layout of its files
        slow = load(name)
    for field in dataclasses.fields(quick):
        np.testing.assert_array_equal(getattr(quick, field.name), getattr(slow, field.name))
    assert (quick.x.dtype, quick.y.dtype) == (slow.x.dtype, slow.y.dtype)
    assert quick.x.flags.c_contiguous and slow.x.flags.c_contiguous


def test_scikit_learn_is_not_imported_for_them() -> None:
    program = (
        "import sys; from pellucid.data import load\n"
        "for name in ('breast_cancer', 'diabetes', 'digits', 'iris', 'wine'): load(name)\n"
        "sys.exit('sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_digits_are_pictures_and_diabetes_has_its_own_units() -> None:
    digits = load("digits")
    assert digits.image_shape == (8, 8) and digits.y.dtype == np.int64
    assert digits.x.min() == 0 and digits.x.max() == 16
    diabetes = load("diabetes")
    assert diabetes.x.shape == (442, 10) and diabetes.feature_names[0] == "age"
    assert 19 <= diabetes.x[:, 0].min() < diabetes.x[:, 0].max() <= 79
    assert diabetes.y.min() == 25 and diabetes.y.max() == 346


def test_names_are_sorted_and_hold_all() -> None:
    assert names() == (
        "and", "blobs", "breast_cancer", "circles", "diabetes", "digits", "fashion_mnist", "iris",
        "line", "mnist", "moons", "nand", "nor", "or", "spirals", "wine", "xor",
    )  # fmt: skip


def test_the_module_lists_what_it_offers() -> None:
    assert dir(pellucid.data) == sorted(pellucid.data.__all__)


def test_what_is_said_of_other_names(said: Said) -> None:
    assert said(UnknownNameError, lambda: load("irsi")) == (
        f"There is no sample 'irsi'. Did you mean 'iris'? Known: {', '.join(names())}."
    )
    assert said(DataError, lambda: load("mnist")) == (
        "The sample 'mnist' is not part of this package and has to be there as files. Give "
        "data_dir (on the command line --data-dir), a folder with train-images-idx3-ubyte, "
        "train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte (each may end in "
        ".gz)."
    )
    assert said(ParameterError, lambda: load("iris", "somewhere")) == (
        "The sample 'iris' needs no files, got data_dir='somewhere'. Leave it out."
    )
