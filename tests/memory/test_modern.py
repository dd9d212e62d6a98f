"""The modern Hopfield network: by hand, its energy, and its capacity."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.data import load
from pellucid.errors import ParameterError, ShapeError
from pellucid.memory import ModernHopfield, modern_capacity


def test_one_step_worked_by_hand() -> None:
    """Patterns (1, 0) and (0, 1), state (ln 3, 0), beta 1: attention (3/4, 1/4).

    E = -ln(3 + 1) + (ln 3)^2 / 2 + ln 2 + 1/2.
    """
    memory = ModernHopfield(1.0, steps=1, engine="reference").fit([[1.0, 0.0], [0.0, 1.0]])
    found = memory.recall([[math.log(3.0), 0.0]])
    np.testing.assert_allclose(found.state, [[0.75, 0.25]], rtol=1e-14)
    energy = -math.log(4.0) + math.log(3.0) ** 2 / 2 + math.log(2.0) + 0.5
    assert found.energies[0, 0] == pytest.approx(energy, rel=1e-14)
    assert found.steps.tolist() == [1] and found.settled.tolist() == [False]


@given(st.integers(1, 6), st.integers(1, 7), st.floats(0.05, 20.0), st.integers(0, 9_999))
def test_the_energy_never_rises_and_is_within_its_bounds(
    count: int, units: int, beta: float, seed: int
) -> None:
    """Ramsauer et al.: 0 <= E, and E <= 2 M^2 for states within the length of the patterns."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, units))
    memory = ModernHopfield(beta, engine="reference").fit(x)
    longest = np.linalg.norm(x, axis=1).max()
    start = rng.normal(size=(5, units))
    start *= longest / np.maximum(np.linalg.norm(start, axis=1, keepdims=True), 1e-9)
    found = memory.recall(start)
    assert (np.diff(found.energies, axis=0) <= 1e-9 * (1 + longest**2)).all()
    assert found.energies.min() > -1e-9 and found.energies.max() <= 2 * longest**2 + 1e-9
    np.testing.assert_allclose(found.attention.sum(axis=1), 1.0, rtol=1e-12)


def test_digits_are_recalled_from_their_upper_half() -> None:
    x = load("digits").x.reshape(-1, 64)[:300]
    x = x - x.mean(axis=0)  # what is not known is then 0, and all are as long
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    memory = ModernHopfield(100.0).fit(x)
    part = x.copy()
    part[:, 32:] = 0.0
    found = memory.recall(part)
    right = (found.attention.argmax(axis=1) == np.arange(300)).mean()
    assert right > 0.6
    exact = memory.recall(x)
    assert (exact.attention.argmax(axis=1) == np.arange(300)).mean() > 0.95
    assert memory.score(x, x) > memory.score(part, x)


def test_a_small_beta_gives_means() -> None:
    x = np.array([[1.0, 0.0], [0.9, 0.1], [-50.0, -50.0]])
    found = ModernHopfield(1.0, engine="reference").fit(x).predict([[1.0, 0.0]])
    np.testing.assert_allclose(found, [[0.95, 0.05]], atol=5e-3)


def test_patterns_are_added_and_have_a_shape() -> None:
    x = np.arange(24.0).reshape(4, 2, 3)
    one, two = ModernHopfield().fit(x), ModernHopfield().fit(x[:1]).partial_fit(x[1:])
    np.testing.assert_array_equal(one.patterns, two.patterns)
    assert two.predict(x).shape == x.shape


def test_it_holds_exponentially_many() -> None:
    """Each four units more, at least twice as many; Hebb's storage has room for a few."""
    rows = modern_capacity((8, 12, 16, 20), rows=100)
    modern = [row["modern"] for row in rows]
    assert all(b >= 2 * a for a, b in itertools.pairwise(modern))
    assert modern[-1] > 20 * rows[-1]["classical"]
    assert all(row["classical"] <= 0.3 * row["units"] for row in rows)


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (
            ParameterError,
            "ModernHopfield expects beta to be a number above 0, got 0. beta is how sharply one "
            "pattern is preferred: the inverse temperature.",
            lambda: ModernHopfield(0).fit([[1.0]]),
        ),
        (
            ParameterError,
            "This ModernHopfield has seen no data yet. Call fit(x) first.",
            lambda: ModernHopfield().energy([[1.0]]),
        ),
        (
            ShapeError,
            "x is 1 x 1, the memory holds patterns of 2. Give n x 2; one pattern as x[None].",
            lambda: ModernHopfield().fit([[1.0, 2.0]]).predict([[1.0]]),
        ),
    ],
)  # fmt: skip
def test_bad_input(error: type[Exception], message: str, call: Any) -> None:
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message
