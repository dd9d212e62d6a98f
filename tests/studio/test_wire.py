"""Messages as they go over the wire, and back."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pellucid.errors import PellucidError
from pellucid.studio.command import NotACommand, read_command
from pellucid.studio.commands import commands
from pellucid.studio.wire import exact, packed, unpacked

KINDS = st.sampled_from([np.float32, np.int32, np.uint8])
ARRAYS = KINDS.flatmap(
    lambda kind: arrays.arrays(kind, arrays.array_shapes(min_dims=0, min_side=0))
)
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text()
)


@given(
    st.recursive(
        PLAIN | ARRAYS,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.text().filter(lambda name: name != "$array"), inner, max_size=4)
        ),
    )
)
def test_what_is_packed_is_unpacked(value: Any) -> None:
    found = unpacked(packed({"value": value}))["value"]
    assert alike(value, found)


def alike(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        same = one.dtype == other.dtype and one.shape == other.shape
        return same and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and not np.isfinite(one):
        return other is None
    return bool(one == other)


def test_numbers_that_come_back_as_data_go_to_the_bit() -> None:
    value = np.array([[0.1, 1e-300], [np.pi, -1e17]])
    found = unpacked(packed({"a": value[:1, 0], "exact": exact(value), "rows": exact([1, -2])}))
    assert found["exact"].dtype == np.float64 and np.array_equal(found["exact"], value)
    assert found["a"].dtype == np.float32 and found["rows"].dtype == np.int32


def test_a_message_without_arrays_is_text_that_any_reader_knows() -> None:
    text = packed({"loss": float("nan"), "place": (1, np.int64(2)), "x": np.array(["a", "b"])})
    assert json.loads(text) == {"loss": None, "place": [1, 2], "x": ["a", "b"]}


def test_arrays_lie_where_a_page_can_view_them_without_a_copy() -> None:
    frame = packed({"a": np.ones(3, np.uint8), "b": np.arange(4.0), "c": np.array([True])})
    assert isinstance(frame, bytes)
    length = int.from_bytes(frame[:4], "little")
    assert (8 + length) % 8 == 0
    header = json.loads(frame[8 : 8 + length])
    places = [header[name]["$array"] for name in "abc"]
    assert [told["at"] % 8 for told in places] == [0, 0, 0]
    assert [told["dtype"] for told in places] == ["uint8", "float32", "uint8"]


@pytest.mark.parametrize(
    ("text", "number", "message"),
    [
        ("", -1, "The message is no JSON: Expecting value at 0."),
        ("[]", -1, 'A message is an object with "id" and "do".'),
        ('{"do": "Pause"}', -1, 'The "id" of a message is a whole number, got None.'),
        ('{"id": true, "do": "Pause"}', -1, 'The "id" of a message is a whole number, got True.'),
        ('{"id": 3, "do": "Pauze"}', 3, "There is no command 'Pauze'. Did you mean 'Pause'?"),
        ('{"id": 3, "do": ["Pause"]}', 3, "There is no command \"['Pause']\"."),
        ('{"id": 3, "do": "Seek"}', 3, "The record of do Seek has wrong fields: step missing."),
        ('{"id": 3, "do": "Seek", "step": -1}', 3, "Seek expects step to be a whole number at"),
        ('{"id": 3, "do": "Seek", "step": 1e999}', 3, "Seek expects step to be a whole number"),
        ('{"id": 3, "do": "Pause", "x": 1}', 3, "The record of do Pause has wrong fields: x unk"),
        ("[" * 100_000, -1, "The message is nested too deep."),
    ],
)  # fmt: skip
def test_what_is_no_command(text: str, number: int, message: str) -> None:
    with pytest.raises(NotACommand) as caught:
        read_command(text, commands())
    assert caught.value.number == number
    assert str(caught.value).startswith(message)


@given(st.text() | st.binary())
def test_whatever_comes_is_a_command_or_refused_in_words(text: Any) -> None:
    refused = ""
    try:
        found = read_command(text, commands())
    except PellucidError as error:
        refused = str(error)
    else:
        assert found[0] >= 0
        return
    assert refused
