"""The network in a user's hand."""

from __future__ import annotations

import json
from typing import Any, cast

import numpy as np
import pytest

from pellucid import Backprop, Conv2D, Dense, Dropout, Flatten, MaxPool2D, Network, data
from pellucid.errors import (
    DataError,
    DivergenceWarning,
    EngineError,
    ParameterError,
    PellucidError,
    ShapeError,
    UnknownNameError,
)
from pellucid.graph import Value
from pellucid.learn import SGD, Adam, Cosine, EarlyStopping, Event, Oja, Perceptron
from pellucid.nn import leaky_relu
from pellucid.ops import maximum
from pellucid.run import ReferenceExecutor

X, Y = data.load("iris")
PLANE, SIDE = data.load("moons")


def small(**options: Any) -> Network:
    return Network(hidden=[8], seed=1, **options)


def test_sizes_and_loss_come_from_the_data() -> None:
    net = small()
    net.fit(X, Y, epochs=1)
    assert net.architecture.in_shape == (4,)
    assert net.architecture.out_shape == (3,)
    assert net.loss.kind == "categorical_cross_entropy"
    assert list(net.parameters) == [
        "dense_1.weight", "dense_1.bias", "dense_2.weight", "dense_2.bias"
    ]  # fmt: skip
    assert list(net.classes) == ["setosa", "versicolor", "virginica"]


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["no", "yes"]),
        np.array([3, 7]),
        np.array([False, True]),
        np.array([1.0, 2.0]),
        np.array(["b", "a"], dtype=object),
    ],
    ids=["str", "int", "bool", "float", "object"],
)
def test_labels_come_back_as_they_were_given(labels: Any) -> None:
    y = labels[np.asarray(SIDE)]
    net = small()
    net.fit(PLANE, y, epochs=30)
    predicted = net.predict(PLANE)
    assert predicted.dtype == y.dtype
    assert set(predicted) <= set(labels)
    assert np.mean(predicted == y) > 0.8


def test_pandas_categories_come_back_as_categories() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcd"))
    y = pandas.Series(Y).astype("category")
    net = small()
    net.fit(frame, y, epochs=2, validation=0.2)
    predicted = net.predict(frame)
    assert list(predicted.categories) == list(y.cat.categories)


def test_scores_add_up_and_agree_with_the_answers() -> None:
    net = small()
    net.fit(X, Y, epochs=20)
    scores = net.predict_proba(X)
    assert scores.shape == (150, 3)
    np.testing.assert_allclose(scores.sum(axis=1), 1.0, atol=1e-6)
    np.testing.assert_array_equal(net.classes[scores.argmax(axis=1)], net.predict(X))


def test_two_classes_with_one_output() -> None:
    net = Network([Dense(8, activation="tanh"), Dense(1)], seed=0)
    net.fit(PLANE, SIDE, epochs=60)
    assert net.loss.kind == "binary_cross_entropy"
    assert net.predict_proba(PLANE).shape == (200, 2)
    assert net.score(PLANE, SIDE) > 0.85


@pytest.mark.parametrize(
    ("layers", "y"),
    [
        ([Dense(8, activation="relu"), Dense(3, activation="softmax")], Y),
        ([Dense(8, activation="relu"), Dense(1, activation="sigmoid")], np.asarray(Y) == "setosa"),
    ],
    ids=["softmax", "sigmoid"],
)
def test_an_activation_that_the_loss_applies_is_not_applied_twice(layers: Any, y: Any) -> None:
    plain = [layers[0], Dense(layers[1].units)]
    with_it, without = Network(layers, seed=0), Network(plain, seed=0)
    with_it.fit(X, y, epochs=3)
    without.fit(X, y, epochs=3)
    np.testing.assert_array_equal(with_it.predict_proba(X), without.predict_proba(X))


def test_numbers_come_back_in_their_units() -> None:
    x, y = data.load("diabetes")
    net = Network(hidden=[16], seed=0)
    run = net.fit(x, y, epochs=30, validation=0.2)
    predicted = net.predict(x)
    assert predicted.shape == y.shape
    assert abs(predicted.mean() - y.mean()) < 10
    found = net.evaluate(x, y)
    assert found["mae"] == pytest.approx(np.abs(predicted - y).mean(), rel=1e-5)
    explained = 1 - ((predicted - y) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    assert net.score(x, y) == pytest.approx(explained, abs=1e-5)
    assert {"loss", "mae", "r2", "val_loss", "val_mae", "val_r2"} <= set(run.history.columns)


def test_several_numbers_a_row() -> None:
    x = np.random.default_rng(0).normal(size=(100, 3))
    y = np.stack([x.sum(axis=1) * 100, x[:, 0] - 5], axis=1)
    net = Network([Dense()], seed=0)
    net.fit(x, y, epochs=200, rule=Backprop(Adam(0.05)))
    np.testing.assert_allclose(net.predict(x), y, atol=0.5)


def test_pictures_get_a_channel_and_dense_networks_a_flatten() -> None:
    x, y = data.load("digits")
    pictures = x[:300].reshape(-1, 8, 8)
    conv = Network([Conv2D(4, 3, activation="relu"), MaxPool2D(2), Flatten(), Dense(10)], seed=0)
    conv.fit(pictures, y[:300], epochs=1)
    assert conv.architecture.in_shape == (1, 8, 8)
    dense = small()
    dense.fit(pictures, y[:300], epochs=1)
    assert [name for name, _ in dense.architecture.layers] == ["flatten_1", "dense_1", "dense_2"]


def test_fit_goes_on_from_where_it_is() -> None:
    rule = Backprop(Adam(0.01))
    once, twice = small(), small()
    once.fit(X, Y, epochs=4, rule=rule)
    twice.fit(X, Y, epochs=2, rule=rule)
    run = twice.fit(X, Y, epochs=2)
    assert run.rule == rule
    assert run.history.column("epoch") == [3, 4]
    for name, value in once.parameters.items():
        np.testing.assert_array_equal(value, twice.parameters[name])


def test_same_seed_same_bits_and_other_seed_others() -> None:
    def trained(seed: int) -> bytes:
        net = Network([Dense(8, activation="relu"), Dropout(0.3), Dense()], seed=seed)
        net.fit(X, Y, epochs=3)
        return net.parameters["dense_1.weight"].tobytes()

    assert trained(1) == trained(1)
    assert trained(1) != trained(2)


def test_validation_rows_are_held_out_and_given_ones_are_used() -> None:
    run = small().fit(X, Y, epochs=1, validation=0.2)
    assert run.history.started is not None
    assert (run.history.started.samples, run.history.started.validation_samples) == (120, 30)
    net = small()
    run = net.fit(X, Y, epochs=2, validation=(X[::3], Y[::3]))
    found = net.evaluate(X[::3], Y[::3])
    assert run.history.rows[-1]["val_loss"] == pytest.approx(found["loss"], rel=1e-5)


def test_early_stopping_goes_back_to_the_best_epoch() -> None:
    net = small()
    run = net.fit(
        X, Y, epochs=200, rule=Backprop(SGD(1.0)), validation=0.3, early_stopping=EarlyStopping(3)
    )
    losses = run.history.column("val_loss")
    assert run.reason == "early_stopping"
    assert run.history.ended is not None
    assert run.history.ended.best_epoch == 1 + int(np.argmin(losses))
    assert len(losses) == run.history.ended.best_epoch + 3


def test_class_weight_moves_the_answers() -> None:
    x = np.random.default_rng(0).normal(size=(400, 2))
    y = np.where(x[:, 0] + np.random.default_rng(1).normal(size=400) > 1.3, "rare", "common")
    plain, weighted = small(), small()
    plain.fit(x, y, epochs=20)
    weighted.fit(x, y, epochs=20, class_weight="balanced")
    assert np.sum(weighted.predict(x) == "rare") > np.sum(plain.predict(x) == "rare")
    same = small()
    ratio = {"rare": 200 / np.sum(y == "rare"), "common": 200 / np.sum(y == "common")}
    same.fit(x, y, epochs=20, class_weight=ratio)
    np.testing.assert_allclose(
        same.parameters["dense_1.weight"], weighted.parameters["dense_1.weight"], atol=1e-4
    )


def test_a_sample_of_weight_two_counts_as_two() -> None:
    x, y = X[:60], np.asarray(Y)[:60]
    double = np.r_[np.full(10, 2.0), np.ones(50)]
    rule = Backprop(SGD(0.1))
    weighted = small(scale_inputs=False)
    weighted.fit(x, y, epochs=3, batch=60, rule=rule, sample_weight=double, engine="reference")
    repeated = small(scale_inputs=False)
    repeated.fit(
        np.r_[x, x[:10]], np.r_[y, y[:10]], epochs=3, batch=70, rule=rule, engine="reference"
    )
    np.testing.assert_allclose(
        weighted.parameters["dense_1.weight"], repeated.parameters["dense_1.weight"], atol=1e-12
    )


def test_a_rule_without_targets() -> None:
    x = np.random.default_rng(0).normal(size=(200, 2)) * [3.0, 0.5]
    net = Network([Dense(1)], scale_inputs=False)
    run = net.fit(x, rule=Oja(rate=0.01), epochs=20)
    assert abs(net.parameters["dense_1.weight"][0, 0]) == pytest.approx(1.0, abs=0.05)
    assert net.predict(x).shape == (200, 1)
    assert run.history.rows[-1]["loss"] < run.history.rows[0]["loss"]


def test_the_perceptron_rule_keeps_its_mistakes() -> None:
    gate = data.load("and")
    net = Network([Dense(1, activation="step")], scale_inputs=False)
    run = net.fit(gate.x, gate.y, rule=Perceptron(), epochs=20)
    assert net.score(gate.x, gate.y) == 1.0
    assert run.history.log
    assert {"sample", "wanted", "got", "weights_before", "weights_after"} <= set(run.history.log[0])


def test_any_function_of_graph_values_is_an_activation() -> None:
    def trained(activation: Any) -> Network:
        hidden = Dense(8, activation=activation, weight_init="he_uniform")
        net = Network([hidden, Dense()], seed=1)
        net.fit(X, Y, epochs=5, engine="reference")
        return net

    own, named = trained(lambda z: maximum(z, 0.1 * z)), trained(leaky_relu(0.1))
    np.testing.assert_allclose(own.predict_proba(X), named.predict_proba(X), atol=1e-9)


def test_a_function_is_read_again_by_each_new_network() -> None:
    x = np.random.default_rng(0).normal(size=(20, 3))
    factor = 1.0

    def scaled(z: Value) -> Value:
        return z * factor

    losses = []
    for factor in (1.0, 0.0):  # noqa: B007 - the function reads it
        net = Network([Dense(2, activation=scaled), Dense()], seed=0)
        losses.append(net.fit(x, x.sum(1), epochs=1, progress=False).history.rows[-1]["loss"])
    assert losses[0] != losses[1]


def test_parameters_are_views_and_with_parameters_is_a_copy() -> None:
    net = small().build(X, Y)
    other = net.with_parameters({"dense_2.bias": [1.0, 2.0, 3.0]})
    assert list(other.parameters["dense_2.bias"]) == [1, 2, 3]
    assert list(net.parameters["dense_2.bias"]) == [0, 0, 0]
    net.parameters["dense_2.bias"][0] = 9.0
    assert net.parameters["dense_2.bias"][0] == 9.0
    with pytest.raises(ShapeError) as error:
        net.with_parameters({"dense_2.bias": [1.0], "dense_1.bias": [[1.0]]})
    assert str(error.value) == (
        "These parameters do not fit: dense_2.bias is [1], expected [3]; "
        "dense_1.bias is [1, 1], expected [8]."
    )


def test_the_step_graph_holds_every_role() -> None:
    net = small()
    net.fit(X, Y, epochs=1)
    roles = {node.role for node in net.graph(step=True)}
    assert roles == {"forward", "loss", "backward", "update", "metric"}
    assert {node.scope for node in net.graph()} >= {"dense_1", "dense_2"}


def test_events_are_told_and_json_able() -> None:
    seen: list[Event] = []
    small().fit(X, Y, epochs=2, validation=0.2, on_event=seen.append)
    names = [type(event).__name__ for event in seen]
    assert names[0] == "RunStarted"
    assert names[-1] == "RunEnded"
    assert names.count("EpochDone") == 2
    json.dumps([event.row() for event in seen])


@pytest.mark.parametrize("where", ["consumer", "step"])
def test_ctrl_c_ends_the_run_and_keeps_what_was_learned(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = small()

    def stop(event: Event) -> None:
        if type(event).__name__ == "EpochDone" and where == "consumer":
            raise KeyboardInterrupt

    if where == "step":
        from pellucid.run import reference

        steps = reference.ReferenceProgram.steps
        calls = iter(range(1000))

        def interrupted(self: Any, *args: Any) -> Any:
            if next(calls) == 5:
                raise KeyboardInterrupt
            return steps(self, *args)

        monkeypatch.setattr(reference.ReferenceProgram, "steps", interrupted)
    run = net.fit(X, Y, epochs=50, on_event=stop, engine="reference")
    assert run.reason == "interrupted"
    assert net.steps_taken > 0
    assert net.predict(X).shape == (150,)


def test_divergence_warns_and_keeps_the_last_good_parameters() -> None:
    net = small()
    with pytest.warns(DivergenceWarning, match=r"Step \d+ \(epoch \d+\) gave"):
        run = net.fit(X, Y, epochs=5, rule=Backprop(SGD(1e30)))
    assert run.reason == "diverged"
    assert run.history.diverged is not None
    assert run.history.diverged.layer in ("dense_1", "dense_2", "loss", "update")
    assert all(np.isfinite(value).all() for value in net.parameters.values())


BAD: list[tuple[Any, type[PellucidError], str]] = [
    (
        lambda: small().fit(X, Y[:5]),
        ShapeError,
        "x has 150 rows and y has 5; expected one target for each row of x. Check that both come "
        "from the same table, in the same order.",
    ),
    (
        lambda: small().fit(X, Y, batch=500),
        ParameterError,
        "fit expects a batch of at most the 150 samples to learn from, got 500. Use a smaller "
        "batch.",
    ),
    (
        lambda: small().fit(X, Y, epochs=0),
        ParameterError,
        "fit expects epochs to be a whole number at least 1, got 0. epochs is how often each "
        "sample is seen.",
    ),
    (
        lambda: small().fit(X, Y, rule=Backprop(Adam(-1.0))),
        ParameterError,
        "Adam expects rate to be a number above 0, got -1.0. rate is the learning rate.",
    ),
    (
        lambda: small().fit(X, Y, rule=cast(Any, Adam(0.1))),
        ParameterError,
        "fit expects rule to be a learning rule such as Backprop(Adam(0.001)), got "
        "Adam(rate=Constant(value=0.1)). An optimizer goes inside: rule=Backprop(SGD(0.1)).",
    ),
    (
        lambda: small().fit(X, Y, rule="adm"),
        UnknownNameError,
        "There is no optimizer 'adm'. Did you mean 'adam'? Known: adadelta, adagrad, adam, adamw, "
        "amsgrad, lbfgs, lion, momentum, nadam, nesterov, rmsprop, sgd.",
    ),
    (
        lambda: small().fit(X),
        DataError,
        "Backprop learns from targets, and there is no y. Call fit(x, y), or use a rule that "
        "needs none, such as Oja().",
    ),
    (
        lambda: small().fit(X, Y, rule=Oja()),
        DataError,
        "Oja learns without targets, and y was given. Call fit(x, rule=...).",
    ),
    (
        lambda: Network([Dense(7)]).fit(X, Y),
        ShapeError,
        "The last layer, dense_1, gives [7] a sample; the target has 3 classes and needs [3]. "
        "End with Dense(3), or with Dense(), which takes it from the data.",
    ),
    (
        lambda: small().fit(X, np.zeros(150, int)),
        DataError,
        "y holds one class only, 0; expected at least two to tell apart. Add rows of another "
        "class, or use kind='numbers' if y holds measures.",
    ),
    (
        lambda: small().fit(X, Y, validation=1.5),
        ParameterError,
        "fit expects validation to be a share between 0 and 1, or (x, y), got 1.5. validation is "
        "what is held out to watch.",
    ),
    (
        lambda: small().fit(X, Y, early_stopping=3),
        ParameterError,
        "Early stopping watches val_loss, and there is no validation data. Give fit "
        "validation=0.1, or (x, y).",
    ),
    (
        lambda: small().fit(X, Y, engine=ReferenceExecutor("float32"), threads=2),
        EngineError,
        "engine is a name, or an executor with its own precision and threads; got "
        "ReferenceExecutor(precision='float32', name='reference') and threads=2. Use "
        "engine='auto', engine='reference' or ReferenceExecutor('float32').",
    ),
    (
        lambda: small().fit(X, Y, sample_weight=[1.0]),
        DataError,
        "sample_weight expects 150 numbers, one a row of x, got [1.0].",
    ),
    (
        lambda: small().fit(X, Y, class_weight={"setsoa": 2.0}),
        UnknownNameError,
        "There is no class of class_weight 'setsoa'. Did you mean 'setosa'? Known: setosa, "
        "versicolor, virginica.",
    ),
    (
        lambda: small().predict(X),
        ParameterError,
        "This network has no sizes or parameters yet: they come from data. Call fit(x, y), or "
        "build(x, y) to look at it before it learns.",
    ),
    (
        lambda: small().build(X, Y).predict(X[:, :3]),
        ShapeError,
        "x has 3 features (x is 150 x 3), the model was fitted on 4. Give the same columns, in the "
        "same order, as in training.",
    ),
    (
        lambda: Network(),
        ParameterError,
        "Network takes either layers, such as [Dense(64, activation='relu'), Dense()], or hidden, "
        "such as hidden=[64]; give one of the two.",
    ),
    (
        lambda: Network(hidden=[3], seed=-1),
        ParameterError,
        "Network expects seed to be a whole number at least 0 and at most 9.22337e+18, got -1. "
        "seed is the seed of shuffling and dropout.",
    ),
]


@pytest.mark.parametrize(("call", "kind", "message"), BAD, ids=[str(i) for i in range(len(BAD))])
def test_bad_input_is_told_in_one_paragraph(
    call: Any, kind: type[PellucidError], message: str
) -> None:
    with pytest.raises(kind) as error:
        call()
    assert str(error.value) == message


REFUSED: list[dict[str, Any]] = [
    {"batch": 1000},
    {"metrics": ["acuracy"]},
    {"class_weight": {"rose": 1.0}},
    {"rule": Perceptron()},
    {"validation": 0.2, "early_stopping": EarlyStopping(monitor="val_los")},
    {"precision": "float16"},
    {"rule": "lbfgs", "batch": 7},
]


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("bad", REFUSED, ids=[str(i) for i in range(len(REFUSED))])
def test_a_refused_fit_changes_nothing(bad: dict[str, Any], fitted: bool) -> None:
    net = small()
    if fitted:
        net.fit(X, Y, epochs=1)
    before = dict(net.__dict__)
    with pytest.raises(PellucidError):
        net.fit(X, Y, **bad)
    assert net.__dict__.keys() == before.keys()
    assert all(net.__dict__[name] is value for name, value in before.items())


@pytest.mark.parametrize("loss", ["hinge", "squared_error", "binary_cross_entropy"])
@pytest.mark.parametrize("units", [1, 2])
def test_answers_and_accuracy_agree_for_every_loss(loss: str, units: int) -> None:
    if units == 2 and loss == "binary_cross_entropy":
        loss = "categorical_cross_entropy"
    net = Network([Dense(units)], loss=loss, seed=0)
    net.fit(PLANE, np.array(["low", "high"])[np.asarray(SIDE)], epochs=10)
    y = np.array(["low", "high"])[np.asarray(SIDE)]
    assert net.evaluate(PLANE, y)["accuracy"] == pytest.approx(np.mean(net.predict(PLANE) == y))
    if "entropy" in loss:
        np.testing.assert_allclose(net.predict_proba(PLANE).sum(axis=1), 1.0, atol=1e-6)
    else:
        with pytest.raises(DataError, match="needs a loss that gives chances"):
            net.predict_proba(PLANE)


def test_targets_and_no_targets_do_not_mix() -> None:
    with_targets, without = small(), Network([Dense(2)], seed=0)
    with_targets.fit(X, Y, epochs=1)
    without.fit(X, rule=Oja(), epochs=1)
    with pytest.raises(DataError, match="learned from targets"):
        with_targets.fit(X, rule=Oja())
    with pytest.raises(DataError, match="learned without targets"):
        without.fit(X, Y, rule="adam")
    with pytest.raises(DataError, match="learned without targets"):
        without.evaluate(X, Y)


def test_a_schedule_runs_over_one_call_of_fit() -> None:
    net = small()
    rule = Backprop(Adam(Cosine(0.01)))
    first = net.fit(X, Y, epochs=2, rule=rule).history.column("rate")
    second = net.fit(X, Y, epochs=2).history.column("rate")
    assert first == second


def test_targets_keep_their_digits_in_float64() -> None:
    x = np.random.default_rng(0).normal(size=(50, 3))
    y = x @ [1.0, 2.0, 3.0]
    net = Network([Dense()], seed=0)
    net.fit(x, y, rule="lbfgs", epochs=300, engine="reference")
    np.testing.assert_allclose(net.predict(x, engine="reference"), y, atol=1e-6)


def test_a_copy_shares_nothing() -> None:
    net = small()
    net.fit(X, Y, epochs=1)
    other = net.copy()
    other.provenance["data"]["rows"] = 0
    other.fit(X, Y, epochs=1)
    assert net.provenance["data"]["rows"] == 150
    assert net.steps_taken == 5
    assert not np.array_equal(net.parameters["dense_1.weight"], other.parameters["dense_1.weight"])


def test_rows_to_watch_may_have_weights() -> None:
    x, y = data.load("iris")
    weight = np.arange(50.0)
    net = Network(hidden=[4], seed=0)
    run = net.fit(x[::2], y[::2], epochs=2, validation=(x[1::3], y[1::3], weight))
    found = net.evaluate(x[1::3], y[1::3], sample_weight=weight)
    assert run.history.rows[-1]["val_loss"] == pytest.approx(found["loss"], rel=1e-6)
    with pytest.raises(DataError, match="sample_weight expects 50 numbers"):
        net.fit(x, y, validation=(x[1::3], y[1::3], weight[:3]))


def test_how_x_and_y_are_read_can_be_said() -> None:
    from pellucid.data.codec import Standardize, fit_target

    x, y = data.load("iris")
    net = Network(hidden=[4], seed=0)
    inputs = Standardize(np.zeros(4), np.full(4, 2.0))
    net.build(x[:3], y[:3], inputs=inputs, target=fit_target(["rose", *sorted(set(y))]))
    assert net.classes.tolist() == ["rose", "setosa", "versicolor", "virginica"]
    net.fit(x, y, epochs=1)
    assert net.predict_proba(x).shape == (150, 4)
    twice = Network(hidden=[4], seed=0).build(x / 2, y, inputs=Standardize(np.zeros(4), np.ones(4)))
    once = Network(hidden=[4], seed=0).build(x, y, inputs=inputs)
    np.testing.assert_array_equal(once.predict_proba(x), twice.predict_proba(x / 2))
