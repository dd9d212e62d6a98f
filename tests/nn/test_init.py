"""Initialisers: bounds, variances, right angles, and that they follow from the seed alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pellucid.errors import ParameterError, ShapeError, UnknownNameError
from pellucid.nn import (
    Constant,
    Conv1D,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Draw,
    Embedding,
    Fans,
    Initializer,
    Layer,
    Normal,
    Orthogonal,
    Scaled,
    Uniform,
    glorot,
    he,
    initializer,
    layer_from_record,
    layer_to_record,
    lecun,
)
from pellucid.nn.init import INITIALIZERS
from tests.nn.cases import INITIALIZERS as EXAMPLES
from tests.nn.cases import classes

each = pytest.mark.parametrize("chosen", EXAMPLES, ids=repr)
FANS = Fans(200, 100)


def test_every_initializer_class_has_an_example() -> None:
    assert {type(chosen) for chosen in EXAMPLES} == set(classes(Initializer))


@each
def test_the_shape_is_kept_and_the_values_follow_from_seed_and_name(chosen: Initializer) -> None:
    for shape in ((3, 2), (2, 3), (4, 1, 2, 2), (1, 1)):
        values = chosen.values(shape, FANS, Draw(1, "a.weight"))
        assert values.shape == shape
        assert values.dtype == np.float64
        np.testing.assert_array_equal(values, chosen.values(shape, FANS, Draw(1, "a.weight")))
    first = chosen.values((4, 4), FANS, Draw(1, "a.weight"))
    if not isinstance(chosen, Constant):
        assert not np.array_equal(first, chosen.values((4, 4), FANS, Draw(2, "a.weight")))
        assert not np.array_equal(first, chosen.values((4, 4), FANS, Draw(1, "b.weight")))


@each
def test_a_record_gives_the_same_initializer_back(chosen: Initializer) -> None:
    layer = Dense(3, weight_init=chosen)
    again = layer_from_record(layer_to_record(layer))
    assert again == layer


@pytest.mark.parametrize(
    ("chosen", "variance"),
    [
        (Normal(0.5), 0.25),
        (Uniform(0.3), 0.09 / 3),
        (glorot("uniform"), 2 / 300),
        (glorot("normal"), 2 / 300),
        (he("uniform"), 2 / 200),
        (he("normal"), 2 / 200),
        (lecun("uniform"), 1 / 200),
        (lecun("normal"), 1 / 200),
        (Scaled(3.0, "mean"), 3 / 150),
    ],
)
def test_mean_and_variance(chosen: Initializer, variance: float) -> None:
    values = chosen.values((200, 100), FANS, Draw(5, "weight"))
    # Of 20 000 draws: 5 standard errors of the mean, and 4 % for the variance (4 of the normal's).
    assert abs(values.mean()) < 5 * math.sqrt(variance / values.size)
    assert values.var() == pytest.approx(variance, rel=0.04)
    if getattr(chosen, "spread", "") == "uniform" or isinstance(chosen, Uniform):
        limit = math.sqrt(3 * variance)
        assert -limit <= values.min() < -0.99 * limit
        assert 0.99 * limit < values.max() < limit


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (2, 3, 4)])
def test_orthogonal_rows_or_columns(shape: tuple[int, ...]) -> None:
    values = Orthogonal(2.0).values(shape, FANS, Draw(1, "w")).reshape(-1, shape[-1])
    small = values if values.shape[0] <= values.shape[1] else values.T
    np.testing.assert_allclose(small @ small.T, 4.0 * np.eye(len(small)), atol=1e-14)


def test_orthogonal_matrices_are_all_equally_likely() -> None:
    # Without the correction of the signs the trace of Q from LAPACK is far from mean 0.
    traces = [np.trace(Orthogonal().values((3, 3), FANS, Draw(k, "w"))) for k in range(400)]
    assert abs(np.mean(traces)) < 5 / math.sqrt(400)
    assert np.var(traces) == pytest.approx(1.0, abs=0.4)


def test_orthogonal_needs_a_matrix() -> None:
    with pytest.raises(ShapeError) as caught:
        Orthogonal().values((3,), FANS, Draw(1, "w"))
    assert str(caught.value) == "Orthogonal needs a parameter of 2 axes or more, got [3]."


def test_names_stand_for_initializers() -> None:
    for name, chosen in INITIALIZERS.items():
        assert initializer(name) is chosen
    assert initializer(Constant(2.0)) == Constant(2.0)
    with pytest.raises(UnknownNameError) as caught:
        initializer("he_unform")
    assert str(caught.value) == (
        "There is no initializer 'he_unform'. Did you mean 'he_uniform'? Known: glorot_normal, "
        "glorot_uniform, he_normal, he_uniform, lecun_normal, lecun_uniform, normal, ones, "
        "orthogonal, uniform, zeros."
    )
    with pytest.raises(ParameterError) as refused:
        initializer(3)  # type: ignore[arg-type]
    assert str(refused.value) == (
        "An initializer is a name such as 'he_normal', or an Initializer such as Constant(0.5), "
        "got 3."
    )


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ("linear", glorot()),
        ("sigmoid", glorot()),
        ("tanh", glorot()),
        ("softmax", glorot()),
        ("relu", he()),
        ("leaky_relu", he()),
        ("elu", he()),
        ("gelu", he()),
        ("silu", he()),
        ("softplus", he()),
        ("selu", lecun("normal")),
    ],
)
def test_weights_start_as_the_activation_needs_it(activation: str, expected: Initializer) -> None:
    weight, bias = Dense(3, activation).parameters((4,))
    assert (weight.initial, weight.fans) == (expected, Fans(4, 3))
    assert bias.initial == Constant(0.0)


@pytest.mark.parametrize(
    ("layer", "in_shape", "fans"),
    [
        (Dense(3), (2, 4), Fans(4, 3)),
        (Conv2D(6, (3, 2)), (4, 9, 9), Fans(24, 36)),
        (Conv2D(6, (3, 2), groups=2), (4, 9, 9), Fans(12, 18)),
        (DepthwiseConv2D(3, 2), (4, 9, 9), Fans(9, 18)),
        (Conv1D(6, 5, groups=2), (4, 9), Fans(10, 15)),
        (Embedding(9, 4), (3,), Fans(1, 4)),
    ],
)
def test_fans_count_what_flows_into_and_out_of_one_unit(
    layer: Layer, in_shape: tuple[int, ...], fans: Fans
) -> None:
    assert layer.parameters(in_shape)[0].fans == fans
