"""How many samples a step, and how many epochs, where nothing is said."""

from __future__ import annotations

import pytest

from pellucid.models.run import default_batch, default_epochs


@pytest.mark.parametrize(
    ("count", "batch", "epochs"),
    [
        (4, 4, 1000), (100, 32, 250), (800, 32, 200), (1437, 32, 111), (4999, 32, 32),
        (5000, 64, 127), (43_152, 64, 15), (60_000, 64, 11), (99_999, 64, 6),
        (100_000, 512, 6), (720_000, 512, 5), (10_000_000, 512, 5),
    ],
)  # fmt: skip
def test_batch_and_epochs_by_the_number_of_samples(count: int, batch: int, epochs: int) -> None:
    assert default_batch(count) == batch
    assert default_epochs(count, batch) == epochs


def test_a_batch_of_ones_own_changes_the_epochs_with_its_steps() -> None:
    assert default_epochs(2_000, 100) == 200
    assert default_epochs(20_000, 1_000) == 200
    assert default_epochs(1_000_000, 32) == default_epochs(1_000_000, 1024) == 5
