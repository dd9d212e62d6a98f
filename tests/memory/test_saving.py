"""Memories in files: what comes back is what went in, and damage is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from pellucid import Network, memory
from pellucid.data import load
from pellucid.errors import FileError, ParameterError
from pellucid.io.model import ModelFile, read_model, write_model
from pellucid.learn import ByFunction, Cosine
from pellucid.memory import (
    Autoencoder,
    CompetitiveLayer,
    Hopfield,
    KohonenMap,
    ModernHopfield,
    random_patterns,
)

IRIS = load("iris").x
BITS = random_patterns(3, 12).reshape(3, 3, 4)
MADE: dict[str, Any] = {
    "hopfield": lambda: Hopfield("storkey", how="synchronous", seed=3).fit(BITS),
    "of 0 and 1": lambda: Hopfield().fit(BITS > 0),
    "modern": lambda: ModernHopfield(2.5).fit(IRIS[:9]),
    "competitive": lambda: CompetitiveLayer(4, rate=Cosine(0.2), epochs=3).fit(IRIS),
    "map": lambda: KohonenMap(3, 2, grid="hexagonal", training="batch", epochs=3).fit(IRIS),
    "autoencoder": lambda: Autoencoder(3, hidden=(5, 4), epochs=2).fit(IRIS),
}


def data_of(name: str) -> Any:
    return BITS if name == "hopfield" else BITS > 0 if name == "of 0 and 1" else IRIS


@pytest.mark.parametrize("name", MADE)
def test_what_comes_back_answers_the_same(name: str, tmp_path: Path) -> None:
    own, x = MADE[name](), data_of(name)
    own.save(tmp_path / "one.safetensors")
    back = memory.load(tmp_path / "one.safetensors")
    assert type(back) is type(own) and back.get_params() == own.get_params()
    np.testing.assert_array_equal(back.predict(x), own.predict(x))
    np.testing.assert_array_equal(back.transform(x), own.transform(x))
    back.save(tmp_path / "two.safetensors")
    first, second = (tmp_path / f"{n}.safetensors" for n in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("name", ["hopfield", "of 0 and 1", "modern", "competitive", "map"])
def test_what_comes_back_goes_on_the_same(name: str, tmp_path: Path) -> None:
    own, x = MADE[name](), data_of(name)[:2]
    own.save(tmp_path / "m.safetensors")
    back = memory.load(tmp_path / "m.safetensors")
    assert not isinstance(back, Autoencoder)
    own.partial_fit(x)
    back.partial_fit(x)
    np.testing.assert_array_equal(back.predict(x), own.predict(x))


@pytest.mark.parametrize("name", MADE)
def test_settings_are_cloned(name: str) -> None:
    own = MADE[name]()
    other = clone(own)
    assert other.get_params() == own.get_params() and repr(other) == repr(own)
    with pytest.raises(ParameterError, match="has seen no data yet"):
        other.predict(IRIS)
    with pytest.raises(ParameterError, match="has seen no data yet"):
        other.save("nowhere")


def test_the_network_in_it_can_be_read_alone(tmp_path: Path) -> None:
    for name in ("hopfield", "map", "autoencoder"):
        own = MADE[name]()
        own.save(tmp_path / "m.safetensors")
        found = Network.load(tmp_path / "m.safetensors").parameters
        for key, value in own.network.parameters.items():
            np.testing.assert_array_equal(found[key], value)


def test_a_representation_tells_what_is_not_the_default() -> None:
    assert repr(KohonenMap(3, grid="hexagonal")) == "KohonenMap(rows=3, grid='hexagonal')"
    assert repr(Hopfield()) == "Hopfield()"


def test_what_a_file_cannot_hold(tmp_path: Path) -> None:
    own = CompetitiveLayer(2, rate=ByFunction(lambda t: 0.1), epochs=1).fit(IRIS)
    with pytest.raises(ParameterError) as caught:
        own.save(tmp_path / "m.safetensors")
    assert str(caught.value).startswith("A file cannot hold rate=ByFunction(")
    assert not list(tmp_path.iterdir())


def test_a_network_is_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "n.safetensors"
    Network(hidden=[2]).build(IRIS, IRIS[:, 0]).save(path)
    with pytest.raises(FileError) as caught:
        memory.load(path)
    assert str(caught.value) == (
        f"{path} holds a network and no memory. Read it with Network.load, or give a file that a "
        "memory's save wrote."
    )


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "os.system"}, {"kind": 3}, {"settings": None}, {"settings": {"rowz": 3}},
        {"settings": {"rows": -1}}, {"settings": {"rows": 30}}, {"settings": {"rows": "x"}},
        {"settings": {"rate": {"schedule": "ByFunction"}}},
        {"settings": {"rate": {"schedule": []}}},
    ],
)  # fmt: skip
def test_a_strangers_file_is_refused(change: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    MADE["map"]().save(path)
    held = read_model(path)
    header = {k: v for k, v in held.header.items() if k not in ("format", "version")}
    header["memory"] = header["memory"] | change
    write_model(path, ModelFile(header, held.arrays))
    with pytest.raises(FileError, match="its memory cannot be made of what the file says"):
        memory.load(path)


@pytest.mark.parametrize("change", [{"low": 5}, {"shape": [2, 2]}, {"shape": "no"}])
def test_patterns_that_do_not_fit_are_refused(change: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    MADE["hopfield"]().save(path)
    held = read_model(path)
    header = {k: v for k, v in held.header.items() if k not in ("format", "version")}
    header["memory"] = header["memory"] | change
    write_model(path, ModelFile(header, held.arrays))
    with pytest.raises(FileError, match="its memory cannot be made of what the file says"):
        memory.load(path)


def test_the_public_names() -> None:
    assert sorted(memory.__all__) == [
        "Attended", "Autoencoder", "Capacity", "CompetitiveLayer", "Grid", "Hopfield", "KohonenMap",
        "ModernHopfield", "Recall", "StateName", "critical_load", "damaged", "drawn",
        "expected_error", "load", "measured_capacity", "modern_capacity", "random_patterns",
    ]  # fmt: skip
