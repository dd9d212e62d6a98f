"""What is measured: counts worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

import limits
from workloads import GROWTH, WORKLOADS, Workload, load, named

EVERY = [*WORKLOADS, *(point for curve in GROWTH.values() for point in curve)]


@pytest.mark.parametrize("workload", [pytest.param(w, id=w.name) for w in EVERY])
def test_an_epoch_is_whole_batches_and_a_name_finds_its_workload(workload: Workload) -> None:
    assert workload.rows % workload.batch == 0
    assert workload.steps >= 1
    assert named(workload.name) is workload


def test_operations_and_parameters_of_a_perceptron() -> None:
    training = Workload("t", (2, 4, 2), batch=3, rows=3)
    assert training.parameters == (2 * 4 + 4) + (4 * 2 + 2)
    assert training.flops == 3 * (2 * 8 * 2 + 2 * 8 * 3)  # no input gradient for the first layer
    assert Workload("p", (2, 4, 2), 3, 3, task="predict").flops == 3 * 2 * 16


def test_operations_and_parameters_of_lenet() -> None:
    lenet = named("lenet")
    assert lenet.parameters == 156 + 2416 + 30840 + 10164 + 850
    first, second = 6 * 25 * 24 * 24, 16 * 6 * 25 * 8 * 8
    dense = 256 * 120 + 120 * 84 + 84 * 10
    assert lenet.flops == 128 * (4 * first + 6 * (second + dense))


def test_the_limit_adds_products_and_what_adam_moves() -> None:
    training = Workload("t", (2, 4, 2), batch=3, rows=3)
    rates = {"sgemm": 1e3, "memory": 1e2}
    assert limits.limit(training, rates) == pytest.approx(240 / 1e3 + 20 * 22 / 1e2)
    predicting = Workload("p", (2, 4, 2), 3, 3, task="predict")
    assert limits.limit(predicting, rates) == pytest.approx(96 / 1e3)


def test_data_of_a_growing_network_have_its_features() -> None:
    point = Workload("width 16", (64, 16, 16, 10), batch=8, rows=32)
    data = load(point, None)
    assert (data.x.shape, data.x.dtype) == ((32, 64), np.dtype("float32"))
    assert (data.y.shape, data.y.dtype) == ((32,), np.dtype("int64"))
