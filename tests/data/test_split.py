"""Splits and folds: every row once, shares kept, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

import pellucid.data.generate
from pellucid.data import Dataset, folds, load, split_rows
from pellucid.data.draw import Draw
from pellucid.errors import DataError, ParameterError

Said = Callable[[type[Exception], Callable[[], object]], str]
labels = st.lists(st.sampled_from("abcd"), min_size=2, max_size=60)
seeds = st.integers(0, 2**64 - 1)


@given(labels, st.floats(0.01, 0.99), seeds, st.booleans())
def test_a_split_has_every_row_once(y: list[str], part: float, seed: int, stratify: bool) -> None:
    counts = np.unique(y, return_counts=True)[1]
    if stratify and counts.max() == 1:
        return
    kept, held = split_rows(y, part, seed, stratify)
    assert sorted([*kept, *held]) == list(range(len(y)))
    assert len(kept) > 0 and len(held) > 0
    again = split_rows(y, part, seed, stratify)
    assert np.array_equal(kept, again[0]) and np.array_equal(held, again[1])


@given(labels, st.floats(0.01, 0.99), seeds)
def test_classes_keep_their_shares(y: list[str], part: float, seed: int) -> None:
    names, counts = np.unique(y, return_counts=True)
    if counts.max() == 1:
        return
    held = [y[row] for row in split_rows(y, part, seed, stratify=True)[1]]
    for name, count in zip(names, counts, strict=True):
        share = held.count(name)
        assert share == 0 if count == 1 else 1 <= share <= count - 1
        low, high = np.clip([np.floor(part * count), np.ceil(part * count)], 1, max(count - 1, 1))
        assert count == 1 or low <= share <= high


def test_shares_are_rounded_by_the_largest_remainder() -> None:
    y = ["a"] * 5 + ["b"] * 6 + ["c"] * 9  # quotas 1.25, 1.5, 2.25: b has the largest remainder
    held = [y[row] for row in split_rows(y, 0.25, 3, stratify=True)[1]]
    assert [held.count(name) for name in "abc"] == [1, 2, 2]
    y = ["a"] * 2 + ["b"] * 2 + ["c"] * 2 + ["d"] * 5  # quotas 1.2, 1.2, 1.2, 3, seven in all
    held = [y[row] for row in split_rows(y, 0.6, 3, stratify=True)[1]]
    assert [held.count(name) for name in "abcd"] == [1, 1, 1, 3]  # no class beyond its own share


def test_a_seed_gives_these_rows_in_every_version_of_numpy() -> None:
    # The three smallest of the first ten raw numbers of Philox, which NumPy keeps as they are. The
    # second word of its key is what b2sum -l 64 says of "split of 10", read from the end.
    key = np.array([7, 0xCE2CE6697BD78B87], np.uint64)
    assert np.argsort(np.random.Philox(key=key).random_raw(10))[:3].tolist() == [3, 8, 0]
    assert split_rows(10, 0.3, 7)[1].tolist() == [0, 3, 8]
    assert split_rows(10, 0.3, 8)[1].tolist() == [0, 6, 9]


@pytest.mark.parametrize("name", ["moons", "spirals", "blobs", "circles", "line"])
def test_a_split_knows_nothing_of_the_points_that_its_seed_made(name: str) -> None:
    make: Callable[..., Dataset] = getattr(pellucid.data.generate, name)
    means = []
    for seed in range(21):
        data = make(seed=seed)
        ranks = np.argsort(Draw(seed, f"split of {len(data)}").order(len(data)))
        held = split_rows(len(data), 0.2, seed)[1]
        assert sorted(held) == np.flatnonzero(ranks < len(held)).tolist()  # the order of the split
        for column in data.x.T:
            # With no link its standard deviation is 1 / sqrt(rows); the old stream gave 1.
            assert abs(spearmanr(ranks, column).statistic) < 4 / np.sqrt(len(data))
            means.append(column[held].mean() - column.mean())
        folded = np.empty(len(data))
        for place, (_, part) in enumerate(folds(len(data), 5, seed)):
            folded[part] = place
        assert abs(spearmanr(folded, data.x[:, 0]).statistic) < 4 / np.sqrt(len(data))
    spread = make().x.std() / np.sqrt(len(held))
    assert abs(np.mean(means)) < 4 * spread / np.sqrt(21)


def test_a_split_of_a_split_is_another_draw() -> None:
    links = []
    for seed in range(100):
        kept, _ = split_rows(100, 0.2, seed)
        first = np.argsort(Draw(seed, "split of 100").order(100))[kept]
        second = np.argsort(Draw(seed, "split of 80").order(80))
        assert split_rows(80, 0.1, seed)[1].tolist() == np.flatnonzero(second < 8).tolist()
        links.append(spearmanr(first, second).statistic)
    assert np.abs(links).max() < 4.5 / np.sqrt(80) and abs(np.mean(links)) < 4 / np.sqrt(8000)


@given(labels, st.integers(2, 6), seeds, st.booleans())
def test_folds_share_the_rows_evenly(y: list[str], k: int, seed: int, stratify: bool) -> None:
    if len(y) < k:
        return
    pairs = folds(y, k, seed, stratify)
    assert sorted(np.concatenate([held for _, held in pairs])) == list(range(len(y)))
    sizes = [len(held) for _, held in pairs]
    assert max(sizes) - min(sizes) <= 1
    for kept, held in pairs:
        assert sorted([*kept, *held]) == list(range(len(y)))
    if stratify:
        for name in set(y):
            shares = [sum(y[row] == name for row in held) for _, held in pairs]
            assert max(shares) - min(shares) <= 1


def test_what_cannot_be_split(said: Said) -> None:
    assert said(DataError, lambda: split_rows(1)) == (
        "A split needs at least 2 rows, got 1: one to learn from and one to test with. Add rows."
    )
    assert said(DataError, lambda: folds(3, 5)) == (
        "5 folds need at least 5 rows, got 3. Use fewer folds or add rows."
    )
    assert said(DataError, lambda: split_rows(["a", "b", "c"], stratify=True)) == (
        "Each of the 3 classes has a single row, so none can be on both sides of a split. Add "
        "rows of the same classes, or take the target as numbers if it holds measures."
    )
    assert said(ParameterError, lambda: split_rows(9, stratify=True)) == (
        "stratify=True expects the targets, got the number of rows 9. Give y in its place, or "
        "stratify=False."
    )
    assert said(ParameterError, lambda: split_rows(9, 1.0)) == (
        "split_rows expects fraction to be a number above 0 and below 1, got 1.0. fraction is the "
        "part of the rows held back."
    )
    assert said(ParameterError, lambda: folds(9, 1)) == (
        "folds expects k to be a whole number at least 2, got 1. k is the number of parts that "
        "take turns at being held back."
    )
    with pytest.raises(ParameterError, match=r"^a random draw expects seed to be a whole number"):
        split_rows(9, seed=-1)


def test_a_dataset_splits_class_by_class() -> None:
    train, test = load("iris").split(0.2, seed=1)
    assert (len(train), len(test)) == (120, 30)
    assert np.unique(test.y, return_counts=True)[1].tolist() == [10, 10, 10]
    assert train.feature_names == test.feature_names == load("iris").feature_names
    again = load("iris").split(0.2, seed=1)[1]
    assert np.array_equal(test.x, again.x)
    assert not np.array_equal(test.x, load("iris").split(0.2, seed=2)[1].x)


def test_the_makers_own_split_comes_first_and_a_fraction_overrides_it() -> None:
    x, y = np.eye(10), np.arange(10) % 2
    held = Dataset("held", x[:2], y[:2], "classes")
    data = Dataset("all", x, y, "classes", test=held)
    train, test = data.split()
    assert test is held and len(train) == 10 and train.test is None
    assert [len(part) for part in data.split(0.4)] == [6, 4]


def test_a_dataset_unpacks_counts_and_shows_itself() -> None:
    data = load("moons")
    x, y = data
    assert x is data.x and y is data.y and len(data) == 200
    assert repr(data) == "<Dataset moons: 200 rows of 2 features, 2 classes (0, 1)>"
    assert repr(load("line")) == "<Dataset line: 50 rows of 1 feature, numbers>"
    assert repr(load("digits")) == (
        "<Dataset digits: 1,797 rows of pictures of 8 x 8, 10 classes (0, 1, 2, 3, 4, ...)>"
    )
    colour = Dataset("c", np.zeros((4, 3, 6, 8)), np.ones(4), "numbers")
    assert repr(colour) == "<Dataset c: 4 rows of pictures of 3 x 6 x 8, numbers>"


def test_draws_have_the_moments_of_their_distributions() -> None:
    even, normal = Draw(1, "a").uniform(100_000), Draw(2, "a").normal(100_000)
    assert even.min() >= 0 and even.max() < 1
    assert abs(even.mean() - 0.5) < 0.005 and abs(even.var() - 1 / 12) < 0.002
    assert abs(normal.mean()) < 0.015 and abs(normal.std() - 1) < 0.01
    assert abs((normal**4).mean() - 3) < 0.1
    assert sorted(Draw(3, "a").order(50)) == list(range(50))


@pytest.mark.parametrize("dtype", [object, str])
def test_texts_are_divided_as_their_places_are(dtype: type) -> None:
    names: Any = np.array(["b", "a", "c", "a", "b", "b", "c", "a"] * 5, dtype)
    places = np.unique(names.astype(str), return_inverse=True)[1]
    for one, other in zip(
        folds(names, 3, stratify=True), folds(places, 3, stratify=True), strict=True
    ):
        np.testing.assert_array_equal(one[1], other[1])
