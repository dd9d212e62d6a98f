"""The container of model files: what is written comes back, and nothing else is taken for it."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from pellucid.errors import FileError, ParameterError
from pellucid.io import FORMAT, VERSION, ModelFile, read_model, write_model
from pellucid.io.model import KEY, checksum

ARRAYS = {"w": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([0.1, -2.5])}


def raw(header: Any, arrays: dict[str, Any] | None = None, *, signed: bool = True) -> bytes:
    """A file as our own writer would make it, of contents that it may refuse."""
    arrays = ARRAYS if arrays is None else arrays
    if signed and isinstance(header, dict):
        header = {**header, "sha256": checksum(header, arrays)}
    return bytes(save(arrays, {KEY: json.dumps(header)}))


def packed(table: Any, tail: bytes = b"") -> bytes:
    """A file of a table of contents of any kind."""
    text = table if isinstance(table, bytes) else json.dumps(table).encode()
    return struct.pack("<Q", len(text)) + text + tail


def refused(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(FileError) as caught:
        read_model(path)
    message = str(caught.value)
    assert message.startswith(f"{path} ")
    return message.removeprefix(f"{path} ")


GOOD = {"format": FORMAT, "version": VERSION}


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "model"
    arrays = ARRAYS | {"none": np.zeros((0, 3)), "turned": np.arange(6.0).reshape(2, 3).T}
    write_model(path, ModelFile({"seed": 1, "labels": ["ä", 'a"b', None, 0.1]}, arrays))
    model = read_model(path)
    assert model.header == {**GOOD, "seed": 1, "labels": ["ä", 'a"b', None, 0.1]}
    assert set(model.arrays) == set(arrays)
    for name, array in arrays.items():
        assert model.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(model.arrays[name], array)
        assert model.arrays[name].flags.writeable


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    header = {"a": 1, "b": {"d": 2, "c": 3}}
    write_model(tmp_path / "one", ModelFile(header, ARRAYS))
    turned = {"b": {"c": 3, "d": 2}, "a": 1}
    write_model(tmp_path / "two", ModelFile(turned, dict(reversed(ARRAYS.items()))))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_others_can_read_the_arrays(tmp_path: Path) -> None:
    import safetensors

    write_model(tmp_path / "model", ModelFile({"seed": 1}, ARRAYS))
    with safetensors.safe_open(tmp_path / "model", framework="np") as file:
        assert set(file.keys()) == {"w", "b"}
        np.testing.assert_array_equal(file.get_tensor("w"), ARRAYS["w"])
        assert json.loads(file.metadata()[KEY])["seed"] == 1


def test_what_a_file_cannot_hold(tmp_path: Path) -> None:
    cases: list[tuple[ModelFile, str]] = [
        (
            ModelFile({}, {"w": np.array([1.0, np.nan])}),
            "w holds NaN or infinity, so no one could load this model. Train again with a smaller "
            "learning rate, or set those values.",
        ),
        (
            ModelFile({}, {"w": np.arange(3)}),
            "A model file holds float32 and float64, w is int64. Convert it.",
        ),
        (
            ModelFile({"note": {1, 2}}, {}),
            "The model's header cannot be written as JSON: Object of type set is not JSON "
            "serializable. It holds text, numbers, lists and dictionaries only; look at the "
            "network's provenance and labels.",
        ),
    ]
    for model, message in cases:
        with pytest.raises(ParameterError) as caught:
            write_model(tmp_path / "model", model)
        assert str(caught.value) == message
    for odd in (float("nan"), "\ud800"):
        with pytest.raises(
            ParameterError, match=r"^The model's header cannot be written as JSON: "
        ):
            write_model(tmp_path / "model", ModelFile({"note": odd}, {}))
    assert list(tmp_path.iterdir()) == []


def test_a_header_that_no_one_would_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pellucid.io.model.MOST_HEADER", 1000)
    write_model(tmp_path / "model", ModelFile({"note": "x" * 800}, {}))
    assert read_model(tmp_path / "model").header["note"] == "x" * 800
    with pytest.raises(ParameterError) as caught:
        write_model(tmp_path / "model", ModelFile({"note": "x" * 1000}, {}))
    assert str(caught.value) == (
        "The model's header takes 1,176 bytes, more than the 1,000 that a file may have. "
        "Fewer labels, or a smaller provenance, make it fit."
    )


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path, reason in (
        (tmp_path / "no", "no such file or directory"),
        (tmp_path, "is a directory"),
    ):
        with pytest.raises(FileError) as caught:
            read_model(path)
        assert str(caught.value) == f"Cannot read {path}: {reason}."


def test_files_of_other_kinds(tmp_path: Path) -> None:
    path = tmp_path / "model"
    few = "is no model file: it has only {} bytes. Is it the right file?"
    none = "is no safetensors file, as models are. Is it the right file?"
    foreign = (
        "is a safetensors file of another program: it has arrays, and nothing that says which "
        "layers they belong to. Give a file that Network.save wrote."
    )
    assert refused(path, b"") == few.format(0)
    assert refused(path, b"x" * 7) == few.format(7)
    assert refused(path, b"PK\x03\x04" + b"x" * 100) == none
    assert refused(path, b"\x00" * 100) == none
    assert refused(path, save({"weight": np.ones((2, 2), np.float32)}, {"format": "pt"})) == foreign
    assert refused(path, save({"weight": np.ones(2, np.float16)})) == foreign
    assert refused(path, packed({"__metadata__": [1]})) == foreign
    assert refused(path, raw({"format": "other", "version": 1})) == (
        "is no model: it says format 'other'. Save the model again."
    )


def test_a_table_of_contents_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "model"
    assert refused(path, struct.pack("<Q", 10**9) + b"{}") == (
        "says that its table of contents takes 1,000,000,000 bytes; at most 67,108,864 are read. "
        "It is damaged, or made to do harm."
    )
    assert refused(path, struct.pack("<Q", 2**64 - 1) + b"{}").startswith("says that its table")


def test_a_file_that_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "model"
    content = raw(GOOD)
    assert refused(path, content[:40]) == (
        f"is cut short: 40 bytes, at least {8 + struct.unpack('<Q', content[:8])[0]} are expected. "
        "Save the model again."
    )
    assert refused(path, content[:-1]) == (
        "is cut short: its arrays take 40 bytes, 39 are there. Save the model again."
    )


def test_versions(tmp_path: Path) -> None:
    path = tmp_path / "model"
    assert refused(path, raw({"format": FORMAT, "version": VERSION + 1})) == (
        f"has format version {VERSION + 1}; this Pellucid reads up to {VERSION}. "
        "Install a newer Pellucid."
    )
    for odd in (0, True, "1", None, 1.0):
        assert refused(path, raw({"format": FORMAT, "version": odd})) == (
            f"is damaged: it says format version {odd!r}. Save the model again."
        )


def test_damaged_headers(tmp_path: Path) -> None:
    path = tmp_path / "model"
    cut = "is damaged: its header cannot be read"
    place = '{"dtype":"F32","shape":[0],"data_offsets":[0,0]}'
    assert refused(path, packed(f'{{"a":{place},"a":{place}}}'.encode())) == (
        f"{cut} ('a' is there twice). Save the model again."
    )
    assert refused(path, packed({"__metadata__": {KEY: '{"version": NaN}'}})) == (
        f"{cut} (NaN is no JSON). Save the model again."
    )
    for text in (
        b"{",
        b'{"a":}',
        b"{\xff}",
        b'{"a":' * 100_000,
        b'{"a":"\\ud800"}',
        b'{"a":1e999}',
    ):
        assert refused(path, packed(text)).startswith(f"{cut} (")
    assert refused(path, packed({"__metadata__": {KEY: "[]"}})) == (
        "is damaged: its header is no JSON object. Save the model again."
    )


def test_damaged_tables(tmp_path: Path) -> None:
    path = tmp_path / "model"
    meta = {"__metadata__": {KEY: json.dumps(GOOD)}}
    ints = save({"w": np.arange(3)}, {KEY: json.dumps(GOOD)})
    assert refused(path, ints) == "holds 'I64' values in 'w', not F32 or F64. Save the model again."
    assert refused(path, packed(meta | {"w": 3})).startswith("holds None values in 'w'")
    odd: Any
    for odd in (None, [0], [0, "8"], [True, 8], [0, 8.0], {}):
        table = {"w": {"dtype": "F64", "shape": [1], "data_offsets": odd}}
        assert refused(path, packed(meta | table, bytes(8))) == (
            f"is damaged: the place of 'w' is {odd!r}. Save the model again."
        )
    for shape, places in (
        ([2], [0, 8]),
        ([-1], [0, 8]),
        ([1], [-8, 0]),
        ([1], [8, 16]),
        ("1", [0, 8]),
    ):
        table = {"w": {"dtype": "F64", "shape": shape, "data_offsets": places}}
        assert refused(path, packed(meta | table, bytes(16))).startswith("is damaged: ")


def test_nan_and_damage_inside(tmp_path: Path) -> None:
    path = tmp_path / "model"
    assert refused(path, raw(GOOD, {"w": np.array([1.0, np.inf])})) == (
        "holds NaN or infinity in 'w'. Save the model again."
    )
    told = "is damaged: what it holds is not what its checksum says. Save the model again."
    content = bytearray(raw(GOOD))
    content[-1] ^= 1
    assert refused(path, bytes(content)) == told
    assert refused(path, raw(GOOD, signed=False)) == told
    renamed = {"v": ARRAYS["w"], "b": ARRAYS["b"]}
    signed = {**GOOD, "sha256": checksum(GOOD, ARRAYS)}
    assert refused(path, raw(signed, renamed, signed=False)) == told
