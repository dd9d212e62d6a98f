"""Codecs of inputs: against scikit-learn, there and back, and the guard for pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.preprocessing import StandardScaler

from pellucid.data import Keep, ScalePixels, Standardize, fit_inputs, load
from pellucid.data.arrays import Array
from pellucid.data.inputs import has_one_unit
from pellucid.errors import DataError, ShapeError, UnknownNameError

Said = Callable[[type[Exception], Callable[[], object]], str]
tables = arrays.arrays(
    np.float64,
    arrays.array_shapes(min_dims=2, max_dims=2, max_side=12),
    elements=st.floats(-1e6, 1e6, width=32),
)
pictures = arrays.arrays(
    np.uint8, arrays.array_shapes(min_dims=3, max_dims=4, max_side=5), elements=st.integers(0, 255)
).filter(lambda x: x.ndim == 3 or x.shape[1] in (1, 3, 4) or x.shape[3] not in (1, 3, 4))


@pytest.mark.parity
@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "diabetes", "moons"])
def test_tables_are_standardized_as_scikit_learn_does(name: str) -> None:
    train, test = load(name).split()
    scaler, codec = StandardScaler().fit(train.x), fit_inputs(train.x)
    for rows in (train.x, test.x):
        np.testing.assert_allclose(
            codec.encode(rows, np.float64), scaler.transform(rows), rtol=1e-12, atol=1e-12
        )


@pytest.mark.parity
@given(tables)
def test_random_tables_are_standardized_as_scikit_learn_does(x: Array) -> None:
    codec = Standardize.fit(x)
    scaler = StandardScaler().fit(x)
    np.testing.assert_allclose(codec.mean, scaler.mean_, rtol=1e-9, atol=1e-9)
    varying = np.ptp(x, axis=0) > 1e-6
    np.testing.assert_allclose(codec.scale[varying], scaler.scale_[varying], rtol=1e-6)


@given(tables)
def test_tables_come_back(x: Array) -> None:
    codec = fit_inputs(x)
    back = codec.decode(codec.encode(x, np.float64))
    np.testing.assert_allclose(back, x, rtol=1e-12, atol=1e-9 * (1 + np.abs(x).max()))


@given(pictures)
def test_pictures_come_back(x: Array) -> None:
    codec = fit_inputs(x)
    z = codec.encode(x)
    assert z.dtype == np.float32 and z.shape == (len(x), *codec.sample_shape)
    assert len(codec.sample_shape) == 3
    np.testing.assert_allclose(codec.decode(z), x, atol=1e-3)


@given(st.one_of(tables, pictures))
def test_values_that_are_kept_come_back_to_the_bit(x: Array) -> None:
    codec = fit_inputs(x, "none")
    z = codec.encode(x, np.float64)
    assert z.dtype == (np.int64 if x.dtype == np.uint8 else np.float64)
    assert np.array_equal(z, x) and np.array_equal(codec.decode(z), x)


def test_standardized_by_hand() -> None:
    codec = fit_inputs([[1.0, 7.0], [3.0, 7.0]])
    assert isinstance(codec, Standardize)
    assert codec.mean.tolist() == [2, 7] and codec.scale.tolist() == [1, 1]
    assert codec.encode([[5, 8]]).tolist() == [[3, 1]]
    assert codec.describe() == "Standardize: 2 features, each (x - mean) / scale"
    assert codec.sample_shape == (2,)


def test_all_pixels_share_a_mean_and_a_scale() -> None:
    x = np.array([[[0, 2], [4, 6]]])
    codec = fit_inputs(x)
    assert isinstance(codec, ScalePixels)
    assert codec.mean.tolist() == [3] and codec.scale.tolist() == [np.sqrt(5)]
    assert codec.sample_shape == (1, 2, 2)
    assert codec.describe() == "ScalePixels: 2 x 2, each (x - 3) / 2.236"
    colour = np.zeros((2, 3, 4, 4))
    assert fit_inputs(colour).encode(colour + 1).shape == (2, 3, 4, 4)
    assert fit_inputs(colour).encode(colour + 1).max() == 1


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pictures_with_their_channels_last(said: Said, channels: int) -> None:
    x = np.arange(5 * 8 * 6 * channels).reshape(5, 8, 6, channels)
    count = "1 channel" if channels == 1 else f"{channels} channels"
    assert said(ShapeError, lambda: fit_inputs(x)) == (
        f"x is 5 x 8 x 6 x {channels}, which looks like pictures of 8 x 6 with their {count} last; "
        f"expected the channels first, 5 x {channels} x 8 x 6. Use x.transpose(0, 3, 1, 2). If "
        "there are 8 channels indeed, scale the values yourself and keep them as they are with "
        "Network(..., scale_inputs=False)."
    )
    assert fit_inputs(x.transpose(0, 3, 1, 2)).sample_shape == (channels, 8, 6)
    assert fit_inputs(x, "none").sample_shape == (8, 6, channels)
    assert fit_inputs(np.ones((5, 3, 6, channels))).sample_shape == (3, 6, channels)
    assert fit_inputs(np.ones((5, 8, 6, 5))).sample_shape == (8, 6, 5)


def test_a_column_with_rounding_noise_counts_as_constant() -> None:
    x = np.full((1000, 1), 0.1)
    x[::2] = np.nextafter(0.1, 1)
    codec = fit_inputs(x)
    assert np.abs(codec.encode(x)).max() < 1e-12
    assert codec.encode([[1.1]]) == pytest.approx(1)


@pytest.mark.parametrize("unit", [1e-300, 1e-160, 1e160, 1e300])
def test_units_of_any_size(unit: float) -> None:
    x = np.array([[1.0], [2.0], [6.0]]) * unit
    z = fit_inputs(x).encode(x, np.float64)
    np.testing.assert_allclose(z[:, 0], np.array([-2, -1, 3]) / np.sqrt(14 / 3))


def test_large_tables_are_done_in_pieces() -> None:
    x = np.arange(3_000_000).reshape(-1, 3) % 1009 + np.array([0.0, 5.0, -1e6])
    codec = fit_inputs(x)
    assert isinstance(codec, Standardize)
    np.testing.assert_allclose(codec.mean, x.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(codec.scale, x.std(axis=0), rtol=1e-9)
    z = codec.encode(x)
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(z.std(axis=0), 1, atol=1e-4)


def pixels(rows: int = 2000, columns: int = 64) -> Array:
    """Rows of pixels: the middle of the picture is lit often, its rim hardly ever."""
    rng = np.random.default_rng(0)
    chance = np.sin(np.linspace(0, np.pi, columns))
    return ((rng.random((rows, columns)) < chance) * rng.integers(0, 256, (rows, columns))).astype(
        np.uint8
    )


@pytest.mark.parametrize("divisor", [None, 255, 1])
def test_a_pixel_that_is_hardly_ever_lit_does_not_blow_up(divisor: int | None) -> None:
    train = pixels()
    train[:, 0] = 0
    train[:, 1] = 0
    train[5, 1] = 1  # lit once, faintly
    test = np.full((1, 64), 255, np.uint8)
    x, new = (part if divisor is None else part / divisor for part in (train, test))
    assert np.abs(StandardScaler().fit(x).transform(new)).max() > 10_000
    codec = fit_inputs(x)
    assert np.abs(codec.encode(x)).max() <= 10 and np.abs(codec.encode(new)).max() <= 10
    np.testing.assert_allclose(codec.decode(codec.encode(new, np.float64)), new, rtol=1e-12)


@given(st.integers(0, 10_000))
def test_no_value_in_the_range_of_a_table_of_one_unit_is_beyond_ten(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = pixels(200)
    codec = fit_inputs(x)
    low, high = int(x.min()), int(x.max())
    assert np.abs(codec.encode(rng.integers(low, high + 1, (50, 64)))).max() <= 10 + 1e-5


def test_columns_that_vary_enough_are_as_in_scikit_learn() -> None:
    x = load("digits").x
    codec, scaler = fit_inputs(x), StandardScaler().fit(x)
    assert isinstance(codec, Standardize)
    enough = x.std(axis=0) >= 1.6  # a tenth of 16
    assert enough.sum() == 47
    np.testing.assert_allclose(codec.scale[enough], scaler.scale_[enough], rtol=1e-12)
    assert (codec.scale[~enough] == 1.6).all()


@pytest.mark.parametrize(
    ("x", "one"),
    [
        (pixels(), True),
        (pixels() / 255, True),
        (load("digits").x, True),
        (load("breast_cancer").x, False),  # 30 columns, each in its own unit
        (pixels()[:, :15], False),  # too few columns to be a picture
        (np.arange(64).reshape(4, 16), False),  # whole numbers, no value twice
        (np.column_stack([np.arange(400) % 90, *[np.arange(400) % 2] * 19]), False),  # one is wide
        (np.zeros((100, 20)), False),
    ],
)
def test_tables_of_one_unit(x: Array, one: bool) -> None:
    assert has_one_unit(x) is one


def test_kept_whole_numbers(said: Said) -> None:
    codec = fit_inputs([[0, 1], [2, 3]], "none")
    assert isinstance(codec, Keep) and codec.sample_shape == (2,)
    assert codec.describe() == "Keep: whole numbers of 2 as they are"
    assert codec.encode([[4.0, 5.0]]).dtype == np.int64
    assert said(DataError, lambda: codec.encode([[4.0, 5.5]])) == (
        "x holds the fraction 5.5; the model was fitted on whole numbers. Give x as integers."
    )
    assert said(DataError, lambda: codec.encode([[1e30, 0.0]])) == (
        "x holds whole numbers beyond 64 bits with sign. Give smaller ones."
    )
    assert fit_inputs([[0.5]], "none").encode([[2]]).dtype == np.float32


def test_data_frames(said: Said) -> None:
    frame = pd.DataFrame({"a": [1.0, 3.0], "b": [True, False]})
    codec = fit_inputs(frame)
    assert codec.encode(frame).tolist() == [[-1, 1], [1, -1]]
    assert codec.encode(frame[["b", "a"]]).tolist() == [[-1, 1], [1, -1]]
    assert said(DataError, lambda: codec.encode(frame[["a"]])) == (
        "x lacks 1 column that the model was fitted on: 'b' is not among 'a'. Add what is missing, "
        "or correct the header."
    )


def test_other_shapes_than_in_training(said: Said) -> None:
    table, images = fit_inputs(np.eye(4)), fit_inputs(np.arange(48.0).reshape(3, 4, 4))
    assert said(ShapeError, lambda: table.encode(np.ones((150, 5)))) == (
        "x has 5 features (x is 150 x 5), the model was fitted on 4. Give the same columns, in the "
        "same order, as in training."
    )
    assert said(ShapeError, lambda: images.encode(np.ones((4, 4)))) == (
        "x is 4 x 4, the model was fitted on rows of 4 x 4. Expected n x 4 x 4. For a single "
        "sample use x[None]: it is 1 x 4 x 4."
    )
    assert said(ShapeError, lambda: images.encode(np.ones((9, 5, 5)))) == (
        "x is 9 x 5 x 5, the model was fitted on rows of 4 x 4. Expected n x 4 x 4."
    )
    assert said(ShapeError, lambda: images.decode(np.ones((2, 4, 4)))) == (
        "decode got 2 x 4 x 4; expected n x 1 x 4 x 4, as encode returns it."
    )


def test_numbers_out_of_range(said: Said) -> None:
    huge: Any = np.array([[1e308], [1.5e308], [-1.5e308], [1e308]])
    assert said(DataError, lambda: fit_inputs(np.repeat(huge, 9, axis=0))) == (
        "x has values from -1.5e+308 to 1.5e+308 in column 0, too large to be added up. Divide "
        "that column by a constant."
    )
    assert said(DataError, lambda: fit_inputs([[1.0], [2.0]]).encode([[1e300]])) == (
        "x has values up to 1e+300, beyond the range of float32 once encoded. Check the units of x."
    )


def test_an_unknown_scaling(said: Said) -> None:
    wrong: Any = "non"
    assert said(UnknownNameError, lambda: fit_inputs([[1.0]], wrong)) == (
        "There is no scaling 'non'. Did you mean 'none'? Known: auto, none."
    )
