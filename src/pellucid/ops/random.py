"""Random numbers as a pure function of (seed, step, stream, place): Philox 4x32-10.

A key is an int value of shape [2]: the seed and the step. Each random node has a stream of its own, so
the same key always gives the same numbers, in whatever order the nodes are computed, on every executor.
The counter's four words are (block, stream, step low, step high), the key's two are the seed's halves;
block k gives the numbers 4k to 4k+3.

Source: J. Salmon, M. Moraes, R. Dror, D. Shaw, Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011,
doi:10.1145/2063384.2063405.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from pellucid.graph import Dim, Primitive, Sample, Shape, Type, TypeProblem, Value, register
from pellucid.graph.primitive import Array
from pellucid.graph.types import Batch, DType

ROUNDS = 10
MULTIPLIER_0, MULTIPLIER_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
WEYL_0, WEYL_1 = np.uint32(0x9E3779B9), np.uint32(0xBB67AE85)
HALF, MASK = np.uint64(32), np.uint64(0xFFFFFFFF)
Words = NDArray[np.uint32]


def philox(counter: tuple[Words, Words, Words, Words], key: tuple[int, int]) -> list[Words]:
    """Ten rounds of Philox on four counter words: four random words for each counter."""
    c0, c1, c2, c3 = counter
    k0, k1 = np.uint32(key[0]), np.uint32(key[1])
    with np.errstate(over="ignore"):
        for _ in range(ROUNDS):
            product_0, product_1 = MULTIPLIER_0 * c0, MULTIPLIER_1 * c2
            high_0, low_0 = (
                (product_0 >> HALF).astype(np.uint32),
                (product_0 & MASK).astype(np.uint32),
            )
            high_1, low_1 = (
                (product_1 >> HALF).astype(np.uint32),
                (product_1 & MASK).astype(np.uint32),
            )
            c0, c1, c2, c3 = high_1 ^ c1 ^ k0, low_1, high_0 ^ c3 ^ k1, low_0
            k0, k1 = np.uint32(k0 + WEYL_0), np.uint32(k1 + WEYL_1)
    return [c0, c1, c2, c3]


def words(key: Array, stream: int, count: int) -> Words:
    """The first ``count`` random 32-bit words of a stream."""
    seed, step = (int(part) & 0xFFFFFFFFFFFFFFFF for part in key)
    block = np.arange((count + 3) // 4, dtype=np.uint64)

    def word(value: int) -> Words:
        return np.full(len(block), value & 0xFFFFFFFF, np.uint32)

    counter = (block.astype(np.uint32), word(stream), word(step), word(step >> 32))
    result = np.stack(philox(counter, (seed & 0xFFFFFFFF, seed >> 32)), axis=1)
    return result.reshape(-1)[:count]


def uniforms(key: Array, stream: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Multiples of 2^-24 in [0, 1): the same numbers in float32 and float64."""
    drawn = words(key, stream, int(np.prod(shape))) >> np.uint32(8)
    return (drawn * np.float64(2.0**-24)).reshape(shape)


def normals(key: Array, stream: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Standard normal numbers by Box and Muller's method, two from two uniforms.

    Source: G. Box, M. Muller, A Note on the Generation of Random Normal Deviates, 1958,
    doi:10.1214/aoms/1177706645.
    """
    count = int(np.prod(shape))
    pairs = uniforms(key, stream, ((count + 1) // 2, 2))
    radius = np.sqrt(-2.0 * np.log(1.0 - pairs[:, 0]))  # 1 - u lies in (0, 1]
    angle = 2.0 * np.pi * pairs[:, 1]
    both = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return both.reshape(-1)[:count].reshape(shape)


def permutations(key: Array, stream: int, size: int) -> NDArray[np.int64]:
    """The places 0 to size - 1 in random order: sorted by a random 64-bit number each."""
    drawn = words(key, stream, 2 * size).astype(np.uint64).reshape(size, 2)
    return np.argsort(drawn[:, 0] << HALF | drawn[:, 1], kind="stable")


def _random_rule(dtype: DType) -> Callable[..., Type]:
    def rule(key: Type, stream: int, shape: Shape) -> Type:
        return Type(_checked(key, stream, shape), dtype)

    return rule


def _checked(key: Type, stream: int, shape: Shape) -> Shape:
    if key != Type((2,), "int"):
        raise TypeProblem(f"the key must be int[2], seed and step, not {key}")
    if not 0 <= stream < 2**32:
        raise TypeProblem(f"the stream must be from 0 to 2^32 - 1, got {stream}")
    return tuple(shape)


_KEY, _ZERO = [7, 3], [0, 0]
_FIRST = [0x6627E8, 0xE169C5, 0xBC57AC, 0x9B00DB]  # Random123's known answer for zeros, >> 8
_uniform = register(
    Primitive(
        "uniform", _random_rule("float"), uniforms, None,
        "y = random numbers, evenly spread over [0, 1)", r"y \sim U[0, 1)",
        (Sample((_ZERO,), [n / 2**24 for n in _FIRST], {"stream": 0, "shape": (4,)}),),
    )
)  # fmt: skip
_normal = register(
    Primitive(
        "normal", _random_rule("float"), normals, None,
        "y = random numbers of the normal distribution, mean 0, deviation 1", r"y \sim N(0, 1)",
        (
            Sample(
                (_ZERO,), [0.7379256600714554, -0.6884336528957417, -1.2860191680107422, -1.003788933905129],
                {"stream": 0, "shape": (4,)},
            ),
        ),
    )
)  # fmt: skip


def _bernoulli_rule(key: Type, stream: int, shape: Shape, chance: float) -> Type:
    if not 0.0 <= chance <= 1.0:
        raise TypeProblem(f"the chance must be from 0 to 1, got {chance}")
    return Type(_checked(key, stream, shape), "bool")


_bernoulli = register(
    Primitive(
        "bernoulli", _bernoulli_rule,
        lambda key, stream, shape, chance: uniforms(key, stream, shape) < chance, None,
        "y = True with the given chance, else False", r"y \sim \operatorname{Bernoulli}(p)",
        (
            Sample((_KEY,), [True] * 5, {"stream": 1, "shape": (5,), "chance": 1.0}),
            Sample((_KEY,), [False] * 5, {"stream": 1, "shape": (5,), "chance": 0.0}),
        ),
    )
)  # fmt: skip


def _permutation_rule(key: Type, stream: int, size: Dim) -> Type:
    return Type(_checked(key, stream, (size,)), "int")


_permutation = register(
    Primitive(
        "permutation", _permutation_rule, permutations, None,
        "y = the numbers 0 to size - 1 in random order", r"y = \pi(0, \ldots, n-1)",
        (Sample((_KEY,), [0], {"stream": 0, "size": 1}),),
    )
)  # fmt: skip


def uniform(key: Value, stream: int, shape: Sequence[Dim]) -> Value:
    """Random numbers evenly spread over [0, 1), multiples of 2^-24."""
    result: Value = _uniform(key, stream=stream, shape=tuple(shape))
    return result


def normal(key: Value, stream: int, shape: Sequence[Dim]) -> Value:
    """Random numbers of the standard normal distribution."""
    result: Value = _normal(key, stream=stream, shape=tuple(shape))
    return result


def bernoulli(key: Value, stream: int, shape: Sequence[Dim], chance: float) -> Value:
    """True with the given chance, independently for each element."""
    result: Value = _bernoulli(key, stream=stream, shape=tuple(shape), chance=float(chance))
    return result


def permutation(key: Value, stream: int, size: int | Batch) -> Value:
    """The numbers 0 to size - 1 in random order, each order as likely as another."""
    result: Value = _permutation(key, stream=stream, size=size)
    return result
