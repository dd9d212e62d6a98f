"""Records: every codec comes back equal, through JSON, and nothing else comes back at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.data import (
    Classes,
    Framing,
    PictureCodec,
    Standardize,
    codec_from_record,
    fit_inputs,
    fit_target,
)
from pellucid.data.arrays import Array
from pellucid.data.codec import _READERS, InputCodec, NoTargets, TargetCodec
from pellucid.errors import FileError
from tests.data.conftest import complaint

Said = Callable[[type[Exception], Callable[[], object]], str]
Made = InputCodec | TargetCodec
KINDS = "standardize, scale-pixels, table, keep, pictures, classes, numbers, labels, counts, none"


def codecs() -> list[Made]:
    """Codecs of all kinds, made anew."""
    sizes = pd.Categorical(["s", "m", "s"], categories=["s", "m", "l"], ordered=True)
    return [
        fit_inputs([[0.1, 1.0], [0.3, 5.0]]),
        fit_inputs(np.arange(8.0).reshape(2, 2, 2)),
        fit_inputs([[0.1, 1.0]], "none"),
        fit_inputs(np.ones((2, 3, 4), int), "none"),
        PictureCodec.fit(np.arange(48, dtype=np.uint8).reshape(2, 3, 2, 4), Framing(2, 4, "pad")),
        fit_target(["b", "a"]),
        fit_target(np.array(["b", "a"], object)),
        fit_target([True, False]),
        fit_target(np.array([3, 1], np.uint8)),
        fit_target(np.array([2.0, 1.0])),
        fit_target(sizes),
        fit_target(pd.Categorical([0.1, 0.7])),
        fit_target([0.1, 0.7]),
        fit_target([[0.1, 0.7], [0.3, 0.2]]),
        fit_target([[0, 1], [1, 1]]),
        fit_target([{"b", "a"}, {"a"}]),
        fit_target([{3, 1}, {1}]),
        fit_target(["b|a", "a"], "labels"),
        fit_target([3, 0], "counts"),
        fit_target([[3, 0], [1, 1]], "counts"),
        replace(Classes(("a", "b"), "str"), threshold=0.25),
        NoTargets(),
        fit_inputs(mixed()),
    ]


def mixed() -> pd.DataFrame:
    """A table with a column of every kind."""
    rows = np.arange(80)
    return pd.DataFrame(
        {
            "id": rows, "one": 1, "size": rows * 0.5, "side": np.where(rows % 2, "yes", "no"),
            "shop": [f"shop {row % 40}" for row in rows],
            "day": [f"2024-01-{1 + row % 28:02}" for row in rows],
            "note": [f"red {row} green house" for row in rows], "colour": rows % 3 == 0,
            "town": [None if row < 3 else f"town {row % 5}" for row in rows],
        }
    )  # fmt: skip


def through_json(codec: Made) -> tuple[dict[str, Any], dict[str, Array]]:
    plain, arrays = codec.to_record()
    return json.loads(json.dumps(plain, allow_nan=False)), dict(arrays)


@pytest.mark.parametrize("place", range(len(codecs())))
def test_every_codec_comes_back_equal(place: int) -> None:
    codec = codecs()[place]
    back = codec_from_record(*through_json(codec))
    assert back == codec and hash(back) == hash(codec) and type(back) is type(codec)
    assert repr(back) == repr(codec) == f"<{codec.describe()}>"
    assert "\n" not in codec.describe()
    for array in codec.to_record()[1].values():
        assert array.dtype == np.float64 and not array.flags.writeable


def test_codecs_are_equal_by_value_and_only_then() -> None:
    made = codecs()
    assert made == codecs()
    assert len(set(made)) == len(set(made + codecs())) == len(made)
    assert made[0] != "a codec"


def test_every_kind_is_among_them() -> None:
    assert {codec.to_record()[0]["kind"] for codec in codecs()} == set(_READERS)


@given(st.lists(st.tuples(st.floats(-1e300, 1e300), st.floats(1e-300, 1e300)), min_size=1))
def test_means_and_scales_come_back_to_the_bit(rows: list[tuple[float, float]]) -> None:
    mean, scale = np.array(rows).T
    codec = Standardize(mean, scale)
    back = codec_from_record(*through_json(codec))
    assert isinstance(back, Standardize) and back == codec
    assert back.mean.tobytes() == mean.tobytes() and back.scale.tobytes() == scale.tobytes()


END = " The file is damaged or was made by another program: save the model again."
NUMBERS, LABELS = fit_target([0.1, 0.7]), fit_target(["b", "a"])
TABLE, KEPT = fit_inputs([[0.1, 1.0], [0.3, 5.0]]), fit_inputs([[0.1]], "none")
SETS, COUNTED = fit_target([{"b", "a"}, {"a"}]), fit_target([3, 0], "counts")
SIZES = fit_target(pd.Categorical(["s", "m"], categories=["s", "m", "l"]))
DAMAGED: list[tuple[Made, dict[str, Any], dict[str, Any], str]] = [
    (
        TABLE,
        {"kind": "pickle"},
        {},
        f"kind: 'pickle'; expected one of {KINDS}.",
    ),
    (
        TABLE,
        {"kind": 3},
        {},
        f"kind: 3; expected one of {KINDS}.",
    ),
    (
        SETS,
        {"labels": ["a"]},
        {},
        "labels: ['a']; expected at least two different texts, or whole numbers.",
    ),
    (
        SETS,
        {"labels": ["a", 1]},
        {},
        "labels: ['a', 1]; expected at least two different texts, or whole numbers.",
    ),
    (SETS, {"form": "bag"}, {}, "form: 'bag'; expected one of columns, sets, text."),
    (SETS, {"form": "text"}, {}, "separator: ''; expected a text for labels in text, else none."),
    (COUNTED, {"columns": 0}, {}, "columns: 0.0; expected how many counts a row has."),
    (COUNTED, {"columns": 2}, {}, "columns: 2.0; expected how many counts a row has."),
    (
        LABELS,
        {"threshold": 1.5},
        {},
        "threshold: 1.5; expected a chance between 0 and 1, of two classes.",
    ),
    (TABLE, {}, {"mean": [1.0, np.nan]}, "mean: nan; expected finite numbers."),
    (TABLE, {}, {"scale": [1.0, 0.0]}, "scale: 0.0; expected finite numbers above 0."),
    (TABLE, {}, {"scale": [1.0]}, "scale: 1 numbers; expected 2 numbers."),
    (TABLE, {}, {"mean": [[1.0]]}, "mean: float64 of size 1 x 1; expected a row of numbers."),
    (TABLE, {}, {"mean": ["a"]}, "mean: <U1 of size 1; expected a row of numbers."),
    (TABLE, {}, {"mean": []}, "mean: float64 of size 0; expected a row of numbers."),
    (KEPT, {"shape": []}, {}, "shape: []; expected a list of whole numbers of at least 1."),
    (KEPT, {"shape": [2, 0]}, {}, "shape: [2, 0]; expected a list of whole numbers of at least 1."),
    (KEPT, {"shape": [True]}, {}, "shape: [True]; expected a list of whole numbers of at least 1."),
    (KEPT, {"shape": "12"}, {}, "shape: '12'; expected a list."),
    (KEPT, {"whole": 1}, {}, "whole: 1; expected true or false."),
    (NUMBERS, {"flat": None}, {}, "flat: nothing; expected true or false."),
    (
        NUMBERS,
        {},
        {"mean": [1.0, 2.0], "scale": [1.0, 1.0]},
        "flat: True; expected false with several columns.",
    ),
    (LABELS, {"labels": ["a"]}, {}, "labels: ['a']; expected at least two."),
    (LABELS, {"labels": ["a", 1]}, {}, "labels: ['a', 1]; expected different labels of type str."),
    (
        LABELS,
        {"labels": ["a", "a"]},
        {},
        "labels: ['a', 'a']; expected different labels of type str.",
    ),
    (LABELS, {"labels": [[], {}]}, {}, "labels: [[], {}]; expected different labels of type str."),
    (
        LABELS,
        {"labels": [1, 300], "dtype": "int8"},
        {},
        "labels: [1, 300]; expected whole labels within int8.",
    ),
    (
        LABELS,
        {"labels": [1.5, 2.0], "dtype": "float64"},
        {},
        "labels: [1.5, 2.0]; expected whole labels within float64.",
    ),
    (
        LABELS,
        {"labels": [1.0, float("nan")], "dtype": "object"},
        {},
        "labels: [1.0, nan]; expected whole labels within object.",
    ),
    (
        LABELS,
        {"dtype": "complex64"},
        {},
        "dtype: 'complex64'; expected one of str, object, bool, int8, int16, int32, int64, uint8, "
        "uint16, uint32, uint64, float16, float32, float64.",
    ),
    (
        SIZES,
        {"categories": ["m", "s", "l"]},
        {},
        "labels: ['s', 'm']; expected categories in their order.",
    ),
]


@pytest.mark.parametrize(("codec", "plain", "arrays", "message"), DAMAGED)
def test_a_damaged_record_is_refused(
    said: Said, codec: Made, plain: dict[str, Any], arrays: dict[str, Any], message: str
) -> None:
    good, numbers = through_json(codec)
    given = numbers | {name: np.array(value) for name, value in arrays.items()}
    assert said(FileError, lambda: codec_from_record(good | plain, given)) == (
        f"The codec in this file has {message}{END}"
    )


def test_what_is_missing_from_a_record_is_named(said: Said) -> None:
    plain, arrays = through_json(TABLE)
    assert said(FileError, lambda: codec_from_record({}, {})) == (
        f"The codec in this file has kind: nothing; expected a value.{END}"
    )
    del arrays["scale"]
    assert said(FileError, lambda: codec_from_record(plain, arrays)) == (
        "The codec in this file has no array 'scale'; expected one. The file is damaged or was "
        "made by another program: save the model again."
    )
    wrong: Any = ["kind"]
    assert said(FileError, lambda: codec_from_record(wrong, {})) == (
        f"The codec in this file is ['kind']; expected a dictionary.{END}"
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
MADE = codecs()
FIELDS = ["kind", "columns", "shape", "whole", "labels", "dtype", "categories", "ordered", "flat"]


@given(st.data())
def test_any_json_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    codec = data.draw(st.sampled_from(MADE))
    plain, arrays = through_json(codec)
    plain[data.draw(st.sampled_from(FIELDS))] = data.draw(json_values)
    message = complaint(lambda: codec_from_record(plain, arrays))
    assert message is None or message.endswith(END)
    if message is None:
        back = codec_from_record(plain, arrays)
        assert codec_from_record(*through_json(back)) == back
