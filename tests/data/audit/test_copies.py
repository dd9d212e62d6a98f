"""Equal rows: found with their exact places, and told from those that are equal by chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from pellucid.data.audit import audit
from pellucid.data.audit.chance import later, repeated
from pellucid.data.audit.subject import Subject
from pellucid.data.dataset import Dataset
from tests.data.audit.tables import clean, found, only, with_cells, with_rows

COPIES = {40: 3, 41: 3, 300: 7}


def test_nothing_is_found_in_a_clean_table() -> None:
    for seed in range(3):
        assert audit(clean(seed=seed), "y", test=range(300, 400), watched=range(250, 300)) == ()


def test_copies_are_found_with_their_places() -> None:
    one = only(with_rows(clean(), COPIES), "duplicates")
    assert one.rows == (40, 41, 300)
    assert one.count == 3
    assert one.severity == "note"  # fewer than one in a hundred
    assert one.title == "3 rows are copies of another (0.8%): rows 40, 41 and 300."
    assert one.detail == "Row 40 equals row 3."
    many = dict.fromkeys(range(1, 20), 0)
    assert only(with_rows(clean(), many), "duplicates").severity == "warning"


@pytest.mark.parametrize("rows", [50, 1000])
def test_copies_agree_with_polars(rows: int) -> None:
    draw = np.random.default_rng(rows)
    frame = clean(rows)[draw.integers(0, rows, rows)]
    places = np.flatnonzero(~frame.to_struct().is_first_distinct().to_numpy())
    one = only(frame, "duplicates")
    assert one.count == len(places)
    assert one.rows == tuple(places[:100])


def test_a_test_row_in_training_is_serious() -> None:
    frame = with_rows(clean(), COPIES)
    (one,) = found(frame, "shared_rows", test=range(300, 400), watched=[41])[:1]
    assert (one.severity, one.rows, one.count) == ("serious", (300,), 1)
    assert one.title == (
        "1 of 100 rows to test with equals rows to learn from, target included: row 300."
    )
    assert "--group NAME" in one.remedy
    assert one.detail == "Row 300 equals row 7."
    watched = found(frame, "shared_rows", test=range(300, 400), watched=[41])[1]
    assert (watched.severity, watched.rows) == ("warning", (41,))


def test_copies_on_one_side_are_not_shared() -> None:
    frame = with_rows(clean(), {40: 3, 41: 3, 310: 305})
    assert found(frame, "shared_rows", test=range(300, 400)) == []


def test_equal_rows_of_another_target_are_no_copies() -> None:
    frame = with_rows(clean(), {40: 3})
    other = {"yes": "no", "no": "yes"}[frame["y"][3]]
    frame = with_cells(frame, "y", {40: other})
    assert found(frame, "duplicates") == []
    one = only(frame, "conflict")
    assert (one.rows, one.count, one.severity) == ((3, 40), 2, "warning")
    assert one.detail == (
        "Rows 3 and 40 are equal, and labelled no, yes. No model can be right in more than 99.75% "
        "of all rows."
    )


def test_a_table_of_few_values_has_equal_rows_by_chance() -> None:
    draw = np.random.default_rng(0)
    frame = pl.DataFrame({name: draw.integers(1, 4, 500) for name in "abcd"})
    frame = frame.with_columns(y=pl.Series(draw.choice(["p", "q"], 500)))
    shared, copied, mixed = (
        only(frame, kind, test=range(400, 500))
        for kind in ("shared_rows", "duplicates", "conflict")
    )
    assert {shared.severity, copied.severity, mixed.severity} == {"note"}
    assert copied.count == int((~frame.to_struct().is_first_distinct()).sum())


def test_an_identifier_does_not_hide_copies() -> None:
    frame = with_rows(clean(), COPIES).with_row_index("id")
    assert only(frame, "duplicates").rows == (40, 41, 300)


def test_the_makers_own_test_part_is_compared() -> None:
    draw = np.random.default_rng(0)
    x, y = draw.integers(0, 256, (60, 6, 6)).astype(np.uint8), np.arange(60) % 3
    test = Dataset("t", x[[5, 6]], y[[5, 7]], "classes", image_shape=(6, 6))
    data = Dataset("d", x, y, "classes", image_shape=(6, 6), test=test)
    (one,) = audit(data)
    assert (one.kind, one.severity, one.rows, one.count) == ("shared_rows", "serious", (0,), 1)
    assert one.detail == (
        "Row 0 of the test part equals row 5 to learn from. Places are counted in the test part."
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64, np.int16])
def test_hashes_tell_pictures_apart(dtype: type) -> None:
    draw = np.random.default_rng(1)
    x: Any = draw.integers(0, 2, (5000, 3, 5)).astype(dtype)  # 32,768 different ones
    subject = Subject.of(Dataset("d", x, np.zeros(5000), "numbers", image_shape=(3, 5)))
    expected = np.unique(x.reshape(5000, -1), axis=0)
    assert len(np.unique(subject.hashes)) == len(expected)


def test_zero_has_no_sign() -> None:
    x = np.random.default_rng(0).normal(size=(40, 4, 4))
    x[3] = 0.0
    x[9] = -0.0
    (one,) = [f for f in audit(x, np.zeros(40), kind="numbers") if f.kind == "duplicates"]
    assert one.rows == (9,)


def test_groups_of_equal_numbers() -> None:
    groups = repeated(np.array([5, 9, 5, 1, 9, 5], np.uint64))
    assert groups.tolist() == [0, 1, 0, -1, 1, 0]
    assert later(groups).tolist() == [2, 4, 5]
    assert later(repeated(np.array([1, 2], np.uint64))).tolist() == []
