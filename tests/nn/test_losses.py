"""What holds for every loss, and what is particular to one."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from pellucid.errors import ParameterError, ShapeError, UnknownNameError
from pellucid.graph import BATCH, Builder, Type, Value, gradients
from pellucid.nn import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    CustomLoss,
    Hinge,
    Huber,
    Loss,
    Poisson,
    SquaredError,
    default_loss,
    loss,
    loss_from_record,
    loss_to_record,
)
from pellucid.ops import sum
from pellucid.run import ReferenceExecutor
from tests.nn.cases import LOSSES, Array, LossCase, classes, differences, rng, target_of

each = pytest.mark.parametrize("case", LOSSES, ids=str)


def per_sample(chosen: Loss, output: Any, target: Any) -> tuple[Array, Array]:
    """The loss of each sample, and the gradient of their sum."""
    output, target = np.asarray(output, np.float64), np.asarray(target)
    wanted = chosen.target_type(output.shape[1:])
    b = Builder()
    value = b.input("output", (BATCH, *output.shape[1:]))
    losses = chosen.per_sample(value, b.input("target", wanted.shape, wanted.dtype))
    (slope,) = gradients(sum(losses), [value])
    found = (
        ReferenceExecutor()
        .compile(b.build(losses=losses, slope=slope))
        .run({"output": output, "target": target})
    )
    return found["losses"], found["slope"]


def test_every_loss_class_has_a_case() -> None:
    assert {type(case.loss) for case in LOSSES} == set(classes(Loss))


@each
def test_one_number_a_sample_and_its_gradient(case: LossCase) -> None:
    output, target = rng(1).normal(size=(5, *case.out_shape)), target_of(case)
    losses, slope = per_sample(case.loss, output, target)
    assert losses.shape == (5,)
    expected = differences(lambda o: float(per_sample(case.loss, o, target)[0].sum()), output)
    np.testing.assert_allclose(slope, expected, rtol=1e-6, atol=1e-8)


@each
def test_each_sample_counts_alone(case: LossCase) -> None:
    output, target = rng(1).normal(size=(5, *case.out_shape)), target_of(case)
    losses, _ = per_sample(case.loss, output, target)
    for k in range(5):
        alone, _ = per_sample(case.loss, output[k : k + 1], target[k : k + 1])
        np.testing.assert_allclose(alone, losses[k : k + 1], rtol=1e-14)
    assert per_sample(case.loss, output[:0], target[:0])[0].shape == (0,)


@each
def test_nan_stays_nan(case: LossCase) -> None:
    output = np.full((5, *case.out_shape), np.nan)
    assert np.isnan(per_sample(case.loss, output, target_of(case))[0]).all()


@each
def test_a_record_gives_the_same_loss_back(case: LossCase) -> None:
    output, target = rng(1).normal(size=(5, *case.out_shape)), target_of(case)
    expected = per_sample(case.loss, output, target)[0]  # functions are traced here
    again = loss_from_record(json.loads(json.dumps(loss_to_record(case.loss))))
    assert again == case.loss
    np.testing.assert_array_equal(per_sample(again, output, target)[0], expected)


@each
def test_the_link_makes_a_prediction_of_the_outputs_shape(case: LossCase) -> None:
    b = Builder()
    output = b.input("output", (BATCH, *case.out_shape))
    assert case.loss.link(output).type == output.type


@pytest.mark.parametrize(
    ("name", "output", "target", "expected", "slope"),
    [
        ("squared_error", [[1.0, 5.0]], [[0.0, 3.0]], 2.5, [1.0, 2.0]),
        ("absolute_error", [[1.0, 3.0]], [[0.0, 6.0]], 2.0, [0.5, -0.5]),
        ("huber", [[0.5, 3.0]], [[0.0, 0.0]], (0.125 + 2.5) / 2, [0.25, 0.5]),
        ("poisson", [[0.0, 1.0]], [[2.0, 3.0]], (1 + math.e - 3) / 2, [-0.5, (math.e - 3) / 2]),
        ("binary_cross_entropy", [[0.0]], [1], math.log(2), [-0.5]),
        ("binary_cross_entropy", [[2.0]], [0], math.log(1 + math.e**2), [1 / (1 + math.e**-2)]),
        ("categorical_cross_entropy", [[0.0, 0.0]], [1], math.log(2), [0.5, -0.5]),
        ("hinge", [[0.25]], [1], 0.75, [-1.0]),
        ("hinge", [[0.25]], [0], 1.25, [1.0]),
        ("hinge", [[2.0]], [1], 0.0, [0.0]),
        ("hinge", [[1.0, 3.0, 2.5]], [1], 0.5, [0.0, -1.0, 1.0]),
        ("hinge", [[1.0, 5.0, 2.5]], [1], 0.0, [0.0, 0.0, 0.0]),
    ],
)
def test_values_worked_by_hand(
    name: str, output: Any, target: Any, expected: float, slope: list[float]
) -> None:
    losses, found = per_sample(loss(name), output, target)
    assert losses[0] == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(found[0], slope, rtol=1e-14, atol=1e-16)


def test_cross_entropies_of_confident_outputs_are_exact() -> None:
    losses, slope = per_sample(BinaryCrossEntropy(), [[800.0], [-800.0], [40.0]], [0, 0, 1])
    np.testing.assert_allclose(losses, [800.0, 0.0, math.exp(-40)], rtol=1e-14)
    np.testing.assert_allclose(slope[:2], [[1.0], [0.0]])
    losses, slope = per_sample(CategoricalCrossEntropy(), [[800.0, 0.0], [800.0, 0.0]], [1, 0])
    np.testing.assert_array_equal(losses, [800.0, 0.0])
    np.testing.assert_array_equal(slope, [[1.0, -1.0], [0.0, 0.0]])


def test_one_hot_and_index_targets_mean_the_same() -> None:
    output, index = rng(2).normal(size=(6, 4)), np.array([0, 1, 2, 3, 0, 1])
    for smoothing in (0.0, 0.2):
        by_index = per_sample(CategoricalCrossEntropy(smoothing), output, index)
        by_row = per_sample(CategoricalCrossEntropy(smoothing, "one_hot"), output, np.eye(4)[index])
        np.testing.assert_allclose(by_index[0], by_row[0], rtol=1e-14)
        np.testing.assert_allclose(by_index[1], by_row[1], rtol=1e-13, atol=1e-16)


def test_two_outputs_of_softmax_are_one_of_sigmoid() -> None:
    z, t = rng(3).normal(size=(6, 1)) * 3, np.array([0, 1, 1, 0, 1, 0])
    two = np.concatenate([np.zeros_like(z), z], 1)
    np.testing.assert_allclose(
        per_sample(BinaryCrossEntropy(), z, t)[0],
        per_sample(CategoricalCrossEntropy(), two, t)[0],
        rtol=1e-13,
    )


def test_huber_is_between_squared_and_absolute() -> None:
    e = np.linspace(-3, 3, 25).reshape(-1, 1)
    losses, slope = per_sample(Huber(1.5), e, np.zeros_like(e))
    small = np.abs(e[:, 0]) <= 1.5
    np.testing.assert_allclose(losses[small], 0.5 * e[small, 0] ** 2, atol=1e-15)
    np.testing.assert_allclose(losses[~small], 1.5 * np.abs(e[~small, 0]) - 1.125, rtol=1e-14)
    np.testing.assert_allclose(slope, np.clip(e, -1.5, 1.5), atol=1e-15)


def test_poisson_is_smallest_at_the_mean() -> None:
    counts = np.array([[1.0], [4.0], [7.0]])
    output = np.full((3, 1), math.log(4.0))
    assert per_sample(Poisson(), output, counts)[1].sum() == pytest.approx(0.0, abs=1e-14)


@pytest.mark.parametrize(
    ("chosen", "out_shape", "expected"),
    [
        (SquaredError(), (2, 3), Type((BATCH, 2, 3))),
        (BinaryCrossEntropy(), (1,), Type((BATCH,), "int")),
        (BinaryCrossEntropy(), (3,), Type((BATCH, 3))),
        (CategoricalCrossEntropy(), (3,), Type((BATCH,), "int")),
        (CategoricalCrossEntropy(), (5, 3), Type((BATCH, 5), "int")),
        (CategoricalCrossEntropy(targets="one_hot"), (3,), Type((BATCH, 3))),
        (Hinge(), (1,), Type((BATCH,), "int")),
        (Hinge(), (3,), Type((BATCH,), "int")),
    ],
)
def test_target_types(chosen: Loss, out_shape: tuple[int, ...], expected: Type) -> None:
    assert chosen.target_type(out_shape) == expected


@pytest.mark.parametrize(
    ("chosen", "out_shape", "message"),
    [
        (
            CategoricalCrossEntropy(),
            (1,),
            "Categorical cross-entropy expects an output for each of at least 2 classes, got "
            "outputs of shape [1]. Use binary_cross_entropy with one output.",
        ),
        (
            Hinge(),
            (2, 3),
            "Hinge expects one output, or one for each class, got outputs of shape [2, 3]. "
            "Put Flatten() at the end of the network.",
        ),
    ],
)
def test_outputs_that_do_not_fit(chosen: Loss, out_shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(ShapeError) as caught:
        chosen.target_type(out_shape)
    assert str(caught.value) == message


def test_the_default_follows_from_the_target() -> None:
    assert default_loss("numbers", (1,)) == SquaredError()
    assert default_loss("classes", (1,)) == BinaryCrossEntropy()
    assert default_loss("classes", (3,)) == CategoricalCrossEntropy()
    assert default_loss("labels", (3,)) == BinaryCrossEntropy()
    assert default_loss("counts", (1,)) == Poisson()
    with pytest.raises(UnknownNameError) as caught:
        default_loss("class", (3,))  # type: ignore[arg-type]
    assert str(caught.value) == (
        "There is no kind of target 'class'. Did you mean 'classes'? Known: classes, counts, "
        "labels, numbers."
    )


def test_choosing_a_loss() -> None:
    def mine(output: Value, target: Value) -> Value:
        return sum(abs(output - target), 1)

    assert loss("huber") == Huber()
    assert loss(Huber(2.0)) == Huber(2.0)
    assert loss(mine) == CustomLoss.from_function(mine)
    with pytest.raises(UnknownNameError) as caught:
        loss("squared")
    assert str(caught.value) == (
        "There is no loss 'squared'. Did you mean 'squared_error'? "
        f"Known: {', '.join(sorted(Loss.classes.keys() - {'custom'}))}."
    )
    for choice in (3, Huber):
        with pytest.raises(ParameterError) as refused:
            loss(choice)  # type: ignore[arg-type]
        assert str(refused.value) == (
            "A loss is a name such as 'huber', a Loss such as Huber(2.0), or a function of output "
            f"and target, got {choice!r}."
        )
