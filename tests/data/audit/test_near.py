"""Rows and pictures that are nearly equal, and such as only lie close."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pellucid.data import generate
from pellucid.data.audit import audit
from pellucid.data.audit.nearby import near_pairs
from pellucid.data.audit.pictures import features
from pellucid.data.dataset import Dataset
from tests.data.audit.tables import clean, found, only, with_cells, with_rows


def test_a_row_with_one_cell_changed_is_found() -> None:
    frame = with_cells(with_rows(clean(), {40: 3}), "a", {40: 12.5})
    one = only(frame, "near_duplicates")
    assert (one.rows, one.count, one.severity) == ((40,), 1, "warning")
    assert one.title == "1 row is nearly the same as another: row 40."
    assert one.detail == f"Rows 3 and 40 differ in a ({frame['a'][3]:g}, 12.5)."


def test_a_changed_word_is_found() -> None:
    frame = with_rows(clean(), {40: 3})
    frame = with_cells(frame, "town", {3: "Ulm", 40: "Bonn"})
    assert only(frame, "near_duplicates").rows == (40,)


def test_rounded_rows_are_found() -> None:
    frame = with_rows(clean(2000), {1500 + k: k for k in range(20)})
    for name in "abc":
        rounded = {1500 + k: round(frame[name][k], 2) for k in range(20)}
        frame = with_cells(frame, name, rounded)
    one = only(frame, "near_duplicates")
    assert set(one.rows) <= set(range(1500, 1520))
    assert one.count >= 17  # a grid may miss a few


def test_on_two_sides_of_a_split_they_are_serious() -> None:
    frame = with_cells(with_rows(clean(), {340: 3}), "a", {340: 12.5})
    serious, plain = found(frame, "near_duplicates", test=range(300, 400))
    assert (serious.severity, serious.rows) == ("serious", (340,))
    assert serious.title == (
        "1 of 100 rows to test with is nearly the same as rows to learn from: row 340."
    )
    assert plain.severity == "warning"


@pytest.mark.parametrize("rows", [50, 500, 5000])
@pytest.mark.parametrize("width", [2, 3, 8, 20])
def test_points_of_a_cloud_are_not_near(rows: int, width: int) -> None:
    for seed in range(3):
        z = np.random.default_rng(seed).normal(size=(rows, width)).astype(np.float32)
        assert len(near_pairs(z, np.zeros(rows, np.uint64), 0)) == 0


@pytest.mark.parametrize("name", ["moons", "circles", "spirals", "blobs"])
def test_points_of_the_plane_are_not_near(name: str) -> None:
    for seed in range(5):
        data = getattr(generate, name)(seed=seed)
        assert [f.kind for f in audit(data)] == []


def test_a_line_in_space_has_one_dimension() -> None:
    """Neighbours along a curve are near, and no copies."""
    t = np.sort(np.random.default_rng(0).uniform(0, 20, 1000))
    frame = pl.DataFrame({"a": np.sin(t), "b": np.cos(t), "c": t, "y": np.sin(3 * t)})
    assert found(frame, "near_duplicates") == []


def test_what_must_be_equal_keeps_points_apart() -> None:
    z = np.random.default_rng(0).normal(size=(200, 5)).astype(np.float32)
    z[100] = z[0] + 1e-4
    same, apart = np.zeros(200, np.uint64), np.arange(200, dtype=np.uint64)
    assert near_pairs(z, same, 0).tolist() == [[0, 100]]
    assert near_pairs(z, apart, 0).tolist() == []


def pictures(rows: int = 150) -> np.ndarray:
    """Smooth pictures in colour, as uint8."""
    draw = np.random.default_rng(0)
    coarse = draw.uniform(0, 255, (rows, 3, 6, 6))
    return np.kron(coarse, np.ones((4, 4))).astype(np.uint8)


def test_a_brighter_and_a_noisy_picture_are_found() -> None:
    x, draw = pictures(), np.random.default_rng(1)
    x[140] = (x[10] * 0.8 + 20).astype(np.uint8)
    x[141] = np.clip(x[11] + draw.normal(0, 3, x[11].shape), 0, 255).astype(np.uint8)
    one = next(f for f in audit(x, np.arange(150) % 3) if f.kind == "near_duplicates")
    assert one.rows == (140, 141)
    assert one.detail == "Pictures 10 and 140 are alike but for light and fine detail."


def test_pictures_of_the_makers_test_part_are_compared() -> None:
    x, y = pictures(), np.arange(150) % 3
    held = x[140:].copy()
    held[4] = (x[10] * 0.8 + 20).astype(np.uint8)
    test = Dataset("t", held, y[140:], "classes", image_shape=(24, 24))
    (one,) = audit(Dataset("d", x[:140], y[:140], "classes", image_shape=(24, 24), test=test))
    assert (one.kind, one.severity, one.rows) == ("near_duplicates", "serious", (4,))
    assert one.title == (
        "1 of 10 rows of the test part is nearly the same as rows to learn from: row 4 of that "
        "part."
    )


def test_pictures_that_differ_and_blank_ones_are_no_copies() -> None:
    x = pictures()
    for place, tone in enumerate(range(0, 200, 10)):
        x[place] = tone
    assert audit(x, np.arange(150) % 3) == ()


def test_features_are_means_of_blocks() -> None:
    x = np.arange(256.0).reshape(1, 16, 16)
    means = x.reshape(1, 8, 2, 8, 2).mean(axis=(2, 4)).reshape(1, 64)
    means -= means.mean()
    expected = means / np.sqrt((means**2).sum())
    assert np.allclose(features(x, None), expected, atol=1e-6)
    assert np.allclose(features(x.reshape(1, 256), (16, 16)), expected, atol=1e-6)
    assert np.allclose(features(2 * x + 5, None), expected, atol=1e-6)
    uneven = features(np.random.default_rng(0).uniform(size=(2, 3, 5, 19)), None)
    assert uneven.shape == (2, 40)
