"""Random numbers: published bits, statistics, and what depends on what."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from pellucid.graph import PRIMITIVES, Batch, Builder
from pellucid.ops import bernoulli, permutation, uniform
from pellucid.ops import normal as normal_numbers
from pellucid.ops.random import philox, words
from pellucid.run import ReferenceExecutor
from tests.ops.cases import Array

FULL = 0xFFFFFFFF


def draw(op: str, key: list[int], **attrs: Any) -> Array:
    return np.asarray(PRIMITIVES[op](np.array(key), **attrs))


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((FULL, FULL, FULL, FULL), (FULL, FULL), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_known_answers_of_random123(counter: Any, key: Any, expected: Any) -> None:
    c0, c1, c2, c3 = (np.array([word], np.uint32) for word in counter)
    assert tuple(int(word[0]) for word in philox((c0, c1, c2, c3), key)) == expected


def test_the_counter_is_block_stream_and_step_and_the_key_the_seed() -> None:
    seed, step, stream = 0x1122334455667788, 0x99AABBCCDD, 7
    got = words(np.array([seed, step]), stream, 8)
    for block in (0, 1):
        counter = [np.array([n], np.uint32) for n in (block, stream, 0xAABBCCDD, 0x99)]
        expected = philox(
            (counter[0], counter[1], counter[2], counter[3]), (0x55667788, 0x11223344)
        )
        np.testing.assert_array_equal(got[4 * block : 4 * block + 4], np.ravel(expected))


@pytest.mark.parametrize("op", ["uniform", "normal"])
def test_the_same_key_gives_the_same_numbers_and_any_other_gives_others(op: str) -> None:
    first = draw(op, [3, 5], stream=2, shape=(100,))
    np.testing.assert_array_equal(first, draw(op, [3, 5], stream=2, shape=(100,)))
    np.testing.assert_array_equal(first[:40], draw(op, [3, 5], stream=2, shape=(5, 8)).ravel())
    for key, stream in (([4, 5], 2), ([3, 6], 2), ([3, 5], 3), ([3 + 2**32, 5], 2), ([-3, 5], 2)):
        other = draw(op, key, stream=stream, shape=(100,))
        assert not np.isin(other, first).any()


@pytest.mark.parametrize("key", [[0, 0], [1, 0], [0, 1], [-1, 2**40]])
def test_the_numbers_have_their_distributions(key: list[int]) -> None:
    """Kolmogorov-Smirnov at p > 1e-3: these keys are fixed, so the test cannot flicker."""
    even = draw("uniform", key, stream=0, shape=(20_000,))
    assert even.min() >= 0
    assert even.max() < 1
    np.testing.assert_array_equal(even * 2**24, np.round(even * 2**24))  # exact in float32 too
    assert stats.kstest(even, "uniform").pvalue > 1e-3
    bell = draw("normal", key, stream=0, shape=(20_000,))
    assert stats.kstest(bell, "norm").pvalue > 1e-3
    assert abs(np.corrcoef(bell[::2], bell[1::2])[0, 1]) < 0.04
    for chance in (0.1, 0.5):
        hits = draw("bernoulli", key, stream=0, shape=(20_000,), chance=chance)
        np.testing.assert_array_equal(hits, even < chance)
        assert stats.binomtest(int(hits.sum()), hits.size, chance).pvalue > 1e-3


def test_every_bit_of_the_words_is_even_and_on_its_own() -> None:
    bits = np.unpackbits(words(np.array([12, 34]), 5, 16_384).view(np.uint8)).reshape(-1, 32)
    assert np.abs(bits.mean(axis=0) - 0.5).max() < 0.02
    assert np.abs(np.corrcoef(bits.T) - np.eye(32)).max() < 0.04


def test_a_permutation_has_each_number_once_and_each_order_as_often() -> None:
    assert draw("permutation", [0, 0], stream=0, size=2).tolist() == [0, 1]  # 6627e8d5 < bc57ac4c
    long = draw("permutation", [1, 2], stream=0, size=10_000)
    np.testing.assert_array_equal(np.sort(long), np.arange(10_000))
    assert abs(stats.spearmanr(long, np.arange(10_000)).statistic) < 0.03
    orders = [tuple(draw("permutation", [9, k], stream=0, size=3)) for k in range(3000)]
    counts = np.unique(np.array(orders), axis=0, return_counts=True)[1]
    assert stats.chisquare(counts).pvalue > 1e-3
    assert len(counts) == 6


def test_the_batch_tells_how_many_and_float32_gives_the_same_numbers() -> None:
    builder = Builder()
    key = builder.input("key", (2,), "int")
    x = builder.input("x", (Batch(),))
    graph = builder.build(
        u=uniform(key, 1, (Batch(), 3)), n=normal_numbers(key, 2, (Batch(2),)),
        b=bernoulli(key, 3, (Batch(),), 0.5), p=permutation(key, 4, Batch()), x=x,
    )  # fmt: skip
    inputs = {"key": np.array([7, 8]), "x": np.zeros(5)}
    fine = ReferenceExecutor("float64").compile(graph).run(inputs)
    coarse = ReferenceExecutor("float32").compile(graph).run(inputs)
    assert [fine[name].shape for name in "unbp"] == [(5, 3), (10,), (5,), (5,)]
    for name in "ubp":
        np.testing.assert_array_equal(fine[name], coarse[name])
    np.testing.assert_array_equal(fine["n"].astype(np.float32), coarse["n"])
