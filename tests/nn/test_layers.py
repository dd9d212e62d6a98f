"""What holds for every layer, found by introspection."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pellucid.graph import BATCH
from pellucid.hyper import declarations
from pellucid.nn import Architecture, Chain, Layer, layer_class, layer_from_record, layer_to_record
from tests.nn.cases import (
    LAYERS,
    Array,
    Case,
    batch_of,
    build,
    classes,
    differences,
    run,
    runner,
    values_of,
)

each = pytest.mark.parametrize("case", LAYERS, ids=str)


def test_every_layer_class_has_a_case() -> None:
    assert {type(case.layer) for case in LAYERS} == set(classes(Layer))


def test_every_layer_class_is_known_by_its_name() -> None:
    for cls in classes(Layer):
        assert layer_class(cls.__name__) is cls


def test_every_layer_documents_its_shapes() -> None:
    for cls in classes(Layer):
        assert "Shapes:" in (cls.__doc__ or ""), cls
        for name in set(declarations(cls)) - {"name"}:
            assert name in (cls.__doc__ or ""), (cls, name)


@each
@pytest.mark.parametrize("count", [1, 4])
def test_the_shape_rule_is_what_a_run_gives(case: Case, count: int) -> None:
    assert case.layer.output_shape(case.in_shape) == case.out_shape
    y = run(case, x=batch_of(case.layer, case.in_shape, count))["y"]
    assert y.shape == (count, *case.out_shape)
    assert build(case).graph.output("y").shape == (BATCH, *case.out_shape)


@each
def test_every_declared_parameter_is_used_and_no_other(case: Case) -> None:
    declared = {p.name for p in case.layer.parameters(case.in_shape)}
    states = {p.name for p in case.layer.parameters(case.in_shape) if p.kind == "state"}
    training = build(case, training=True)
    assert build(case).used | training.used == declared
    assert set(training.tracer.moved) == states
    assert not build(case).tracer.moved


@each
def test_a_record_is_json_and_gives_the_same_layer_back(case: Case) -> None:
    case.layer.output_shape(case.in_shape)  # functions of one's own are traced here
    record = layer_to_record(case.layer)
    again = layer_from_record(json.loads(json.dumps(record)))
    assert again == case.layer
    assert layer_to_record(again) == record
    np.testing.assert_array_equal(
        run(Case(again, case.in_shape, case.out_shape))["y"], run(case)["y"]
    )


@each
@pytest.mark.parametrize("training", [False, True])
def test_gradients_agree_with_central_differences(case: Case, training: bool) -> None:
    inputs = values_of(case.layer, case.in_shape)
    if case.layer.input_dtype == "float":
        inputs["x"] = batch_of(case.layer, case.in_shape)
    go = runner(case, training)
    found = go(**inputs)
    for name, value in inputs.items():

        def loss(array: Array, name: str = name) -> float:
            return float(go(**{**inputs, name: array})["loss"])

        expected = differences(loss, value)
        np.testing.assert_allclose(found[f"d {name}"], expected, rtol=2e-6, atol=2e-7)


@each
def test_outside_training_samples_do_not_see_each_other(case: Case) -> None:
    x = batch_of(case.layer, case.in_shape)
    go = runner(case)
    alone = np.concatenate([go(x=x[k : k + 1])["y"] for k in range(len(x))])
    np.testing.assert_allclose(go(x=x)["y"], alone, rtol=1e-12, atol=1e-13)


@each
def test_an_architecture_gives_what_the_layer_gives(case: Case) -> None:
    net = Architecture(Chain([case.layer]), case.in_shape)
    assert net.out_shape == case.out_shape
    assert net.in_dtype == case.layer.input_dtype
    size = sum(p.size for p in case.layer.parameters(case.in_shape))
    assert net.learned.size + net.states.size == size
    assert net.learned.initial(3).shape == (net.learned.size,)
    assert np.isfinite(net.learned.initial(3)).all()
    np.testing.assert_array_equal(net.learned.initial(3), net.learned.initial(3))
