"""A compiled predictor answers as predict does: each kind of network, each kind of array."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from pellucid import Conv2D, Dense, Embedding, Flatten, MaxPool2D, Network
from pellucid.errors import DataError, PellucidError, ShapeError
from pellucid.models.predictor import Predictor
from pellucid.run.native import is_built

Array = NDArray[Any]
KINDS = ["f4", "f8", "f2", ">f8", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "?"]
ROWS = [1, 2, 3, 7, 16, 17, 33, 100, 250]
native_only = pytest.mark.skipif(not is_built(), reason="the compiled part is not built")


def table(columns: int = 5, rows: int = 250) -> Array:
    """Columns of very different size and spread."""
    rng = np.random.default_rng(3)
    return rng.normal(size=(rows, columns)) * 10.0 ** np.arange(columns) + 100.0


def named(x: Array, *labels: str) -> list[str]:
    return [labels[k % len(labels)] for k in range(len(x))]


def pictures() -> Array:
    return np.random.default_rng(4).integers(0, 256, size=(60, 8, 8)).astype(np.uint8)


def networks() -> dict[str, tuple[Network, Array]]:
    x, shots = table(), pictures()
    one, two = x[:, 0] + x[:, 1], x[:, :2] * [1.0, 1e6]
    whole = np.random.default_rng(5).integers(0, 9, size=(250, 4))
    conv = [Conv2D(4, 3, activation="relu"), MaxPool2D(2), Flatten(), Dense()]
    categories = pd.Categorical(named(x, "low", "high"), categories=["low", "high"], ordered=True)
    return {
        "many": (Network(hidden=[16], seed=1).build(x, named(x, "a", "bb", "ccc")), x),
        "two": (Network([Dense(2)], seed=1).build(x, named(x, "no", "yes")), x),
        "one output": (Network([Dense(1)], seed=1).build(x, named(x, "no", "yes")), x),
        "margin": (Network([Dense(1)], loss="hinge", seed=1).build(x, named(x, "n", "y")), x),
        "digits": (Network(hidden=[8], seed=1).build(x, np.arange(len(x), dtype=np.int16) % 4), x),
        "truth": (Network(hidden=[8], seed=1).build(x, np.arange(len(x)) % 3 == 0), x),
        "categories": (Network(hidden=[8], seed=1).build(x, categories), x),
        "number": (Network(hidden=[8], seed=1).build(x, one), x),
        "numbers": (Network(hidden=[8], seed=1).build(x, two), x),
        "unscaled": (Network(hidden=[8], scale_inputs=False, seed=1).build(x / 1e4, one), x / 1e4),
        "whole": (Network(hidden=[8], scale_inputs=False, seed=1).build(whole, one), whole),
        "codes": (
            Network([Embedding(9, 3), Flatten(), Dense()], scale_inputs=False, seed=1)
            .build(whole, named(whole, "a", "b", "c")), whole
        ),
        "pictures": (Network(conv, seed=1).build(shots, np.arange(60) % 10), shots),
        "no targets": (Network([Dense(2)], seed=1).build(x), x),
    }  # fmt: skip


NETWORKS = networks()
CHANCES = ["many", "two", "one output", "digits", "categories", "codes", "pictures"]


def check_same(found: Any, expected: Any) -> None:
    assert type(found) is type(expected)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))


@pytest.mark.parametrize("name", NETWORKS)
def test_answers_are_those_of_predict(name: str) -> None:
    net, x = NETWORKS[name]
    predict = net.compile_predictor()
    for rows in ROWS:
        check_same(predict(x[:rows]), net.predict(x[:rows]))


@pytest.mark.parametrize("name", CHANCES)
def test_chances_are_those_of_predict_proba(name: str) -> None:
    net, x = NETWORKS[name]
    chances = net.compile_predictor(proba=True)
    for rows in ROWS:
        check_same(chances(x[:rows]), net.predict_proba(x[:rows]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["many", "number", "unscaled", "whole", "codes"])
def test_each_kind_of_number(name: str, kind: str) -> None:
    net, _ = NETWORKS[name]
    width = net.architecture.in_shape[0]
    x = (np.arange(20 * width) % 9).reshape(20, width).astype(kind)
    check_same(net.compile_predictor()(x), net.predict(x))


@native_only
@pytest.mark.parametrize("kind", ["f4", "f8", "u1", "i2", "i8"])
def test_plain_arrays_take_the_short_cut(kind: str) -> None:
    net, x = NETWORKS["many"]
    quick = net.compile_predictor()._quick
    assert quick(np.abs(x[:3] / 1e4).astype(kind)) is not None
    assert quick(x[:3].tolist()) is None


@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_lists_tables_and_arrays_in_any_order(engine: str) -> None:
    net, x = NETWORKS["many"]
    predict, expected = net.compile_predictor(engine=engine), net.predict(x[:40], engine=engine)
    wide = np.repeat(x[:40], 2, axis=1)
    shifted = np.frombuffer(b"\0" + x[:40].tobytes(), np.uint8)[1:].view(x.dtype).reshape(40, -1)
    for given in (
        x[:40].tolist(), pd.DataFrame(x[:40]), np.asfortranarray(x[:40]), wide[:, ::2], shifted,
        np.ma.masked_array(x[:40]), x[39::-1][::-1],
    ):  # fmt: skip
        check_same(predict(given), expected)


@native_only
@pytest.mark.parametrize("name", NETWORKS)
def test_the_engines_agree(name: str) -> None:
    net, x = NETWORKS[name]
    found = np.asarray(net.compile_predictor(engine="native")(x))
    expected = np.asarray(net.compile_predictor(engine="reference")(x))
    if expected.dtype.kind == "f":
        near = 2e-5 * float(np.abs(expected).max())
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=near)
    else:
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_what_the_network_learns_later_changes_nothing(engine: str) -> None:
    x = table()
    net = Network(hidden=[8], seed=1).build(x, named(x, "a", "b"))
    before = net.predict_proba(x, engine=engine)
    early = net.compile_predictor(proba=True, engine=engine)
    net.parameters["dense_1.weight"][...] *= 2.0
    check_same(early(x), before)
    check_same(early(x.tolist()), before)
    net.fit(x, named(x, "a", "b"), epochs=2, progress=False)
    check_same(early(x[:50]), before[:50])
    assert not np.array_equal(net.compile_predictor(proba=True, engine=engine)(x), before)


def test_answers_do_not_share_memory() -> None:
    net, x = NETWORKS["many"]
    chances = net.compile_predictor(proba=True)
    first = chances(x[:1])
    kept = first.copy()
    chances(x[1:2])
    check_same(first, kept)
    first[...] = 0.0
    check_same(chances(x[:1]), kept)


@pytest.mark.parametrize("threads", [1, 2])
def test_two_python_threads_at_once(threads: int) -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(5000, 40))
    net = Network(hidden=[64, 64], seed=1).build(x, rng.integers(0, 3, 5000))
    chances = net.compile_predictor(proba=True, threads=threads)
    expected = net.predict_proba(x)

    def ask(rows: int) -> bool:
        return all(np.array_equal(chances(x[:rows]), expected[:rows]) for _ in range(10))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, [1, 5, 700, 5000, 4999, 16, 1, 2500]))


def message(call: Any, x: Any) -> tuple[type, str]:
    with pytest.raises(PellucidError) as caught:
        call(x)
    return caught.type, str(caught.value)


@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_errors_are_those_of_predict(engine: str) -> None:
    net, x = NETWORKS["many"]
    predict = net.compile_predictor(engine=engine)
    broken = [x[:20].copy() for _ in range(3)]
    broken[0][17, 2], broken[1][3, 0], broken[2][0, 1] = np.nan, np.inf, 1e300
    for given in (*broken, x[0], x[:0], x[:, :4], x[None], x.astype(str), 3.0, x + 1j, None):
        if given is broken[2] and engine == "reference":
            continue  # within the range of float64
        assert message(predict, given) == message(lambda z: net.predict(z, engine=engine), given)
    check_same(predict(x), net.predict(x, engine=engine))  # and goes on well


@pytest.mark.parametrize("name", ["whole", "codes"])
def test_fractions_are_refused_where_the_network_learned_from_whole_numbers(name: str) -> None:
    net, x = NETWORKS[name]
    assert message(net.compile_predictor(), x + 0.5) == message(net.predict, x + 0.5)


def test_a_sample_without_the_axis_of_samples_is_refused() -> None:
    net, x = NETWORKS["pictures"]
    with pytest.raises(ShapeError) as caught:
        net.compile_predictor()(x[0].astype(np.float32))
    assert str(caught.value) == (
        "x is 8 x 8, the model was fitted on rows of 8 x 8. Expected n x 8 x 8. "
        "For a single sample use x[None]: it is 1 x 8 x 8."
    )


def test_nan_is_found_where_the_network_would_hide_it() -> None:
    x = table(3)
    net = Network(hidden=[4], seed=1).build(x, named(x, "a", "b"))
    net.parameters["dense_1.weight"][...] = 0.0
    with pytest.raises(DataError) as caught:
        net.compile_predictor()(np.array([[1.0, np.nan, 2.0]]))
    assert str(caught.value) == (
        "x has 1 value that is not a finite number, in 1 row; the first is NaN in row 0, column 1. "
        "Expected finite numbers: fill them in, or drop those rows."
    )


def test_numbers_beyond_the_range_come_as_from_predict() -> None:
    x = table(2)
    net = Network([Dense(1)], seed=1).build(x, x[:, 0])
    net.parameters["dense_1.weight"][...] = 3e38
    with np.errstate(all="ignore"):
        expected = net.predict(x)
        assert not np.isfinite(expected).all()
        check_same(net.compile_predictor()(x), expected)


def test_proba_of_numbers_is_refused() -> None:
    with pytest.raises(DataError, match="predict_proba needs a network of classes"):
        NETWORKS["number"][0].compile_predictor(proba=True)


def test_a_predictor_shows_its_layers() -> None:
    net, _ = NETWORKS["two"]
    assert repr(net.compile_predictor()) == f"Predictor([{net.layers[0]!r}])"
    assert isinstance(net.compile_predictor(), Predictor)
