"""Networks of labels, counts and quantiles, and thresholds: learned, kept, and answered with."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as theirs
from sklearn.linear_model import PoissonRegressor

from pellucid import Dense, Network, data
from pellucid.errors import DataError, ParameterError, PellucidError, UnknownNameError
from pellucid.nn import Quantiles
from pellucid.sklearn import NetworkRegressor

QUIET: dict[str, Any] = {"progress": False}
NAMES = np.array(["red", "round", "soft"])


def inputs(rows: int = 300, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=(rows, 4))


def presence(x: Any) -> Any:
    noise = np.random.default_rng(1).normal(size=(len(x), 3))
    return np.column_stack([x[:, 0], x[:, 1] + x[:, 2], x[:, 3] - 0.5]) + 0.4 * noise > 0


def labelled() -> Network:
    x = inputs()
    net = Network(hidden=[16], seed=0)
    net.fit(x, presence(x), epochs=30, **QUIET)
    return net


def same_again(net: Network, folder: Path) -> list[Network]:
    """The network, from its file and from a pickle."""
    net.save(folder / "m.safetensors")
    return [net, Network.load(folder / "m.safetensors"), pickle.loads(pickle.dumps(net))]  # noqa: S301


# --- labels


def test_labels_are_learned_and_measured_as_scikit_learn_does(tmp_path: Path) -> None:
    x = inputs(200, 5)
    y = presence(x)
    for net in same_again(labelled(), tmp_path):
        said, chances = net.predict(x), net.predict_proba(x)
        assert said.dtype == bool and said.shape == chances.shape == (200, 3)
        assert ((chances > 0.5) == said).all()
        assert (net.compile_predictor()(x) == said).all()
        assert (net.predict(x, engine="reference") == said).mean() > 0.99
        found = net.evaluate(x, y, metrics=["accuracy", "f1", "hamming_loss"])
        assert found["accuracy"] == pytest.approx(theirs.accuracy_score(y, said), abs=1e-6)
        assert found["f1"] == pytest.approx(theirs.f1_score(y, said, average="macro"), abs=1e-6)
        assert found["hamming_loss"] == pytest.approx(theirs.hamming_loss(y, said), abs=1e-6)
        assert found["loss"] == pytest.approx(
            np.mean([theirs.log_loss(y[:, k], chances[:, k].astype(float)) for k in range(3)]),
            rel=1e-4,
        )
        assert net.score(x, y) == found["accuracy"]
    assert (said == y).mean() > 0.85


@pytest.mark.parametrize("form", ["sets", "text", "columns"])
def test_predictions_come_in_the_form_of_y(form: str) -> None:
    x = inputs()
    rows = [tuple(NAMES[row]) for row in presence(x)]
    y: Any = {"sets": rows, "text": [";".join(r) for r in rows], "columns": presence(x)}[form]
    net = Network(hidden=[8], seed=0, target="labels")
    net.fit(x, y, epochs=10, validation=0.2, class_weight=None, **QUIET)
    own = Network(hidden=[8], seed=0)
    own.fit(x, presence(x), epochs=10, validation=0.2, **QUIET)
    assert np.array_equal(net.predict_proba(x), own.predict_proba(x))
    found, present = net.predict(x), own.predict(x)
    expected = [tuple(NAMES[row].tolist()) for row in present]
    if form == "sets":
        assert list(found) == expected
    elif form == "text":
        assert found.tolist() == [";".join(row) for row in expected]
    else:
        assert (found == present).all()
    if form != "columns":
        assert net.classes.tolist() == NAMES.tolist()


def test_labels_weigh_by_row_and_not_by_class() -> None:
    x = inputs(60)
    y = presence(x)
    weight = np.random.default_rng(3).integers(0, 3, 60)
    one = Network(hidden=[4], seed=0)
    one.fit(x, y, epochs=20, sample_weight=weight, rule="lbfgs", **QUIET)
    other = Network(hidden=[4], seed=0).build(x, y)
    other.fit(np.repeat(x, weight, 0), np.repeat(y, weight, 0), epochs=20, rule="lbfgs", **QUIET)
    assert np.allclose(one.predict_proba(x), other.predict_proba(x), atol=0.02)
    with pytest.raises(DataError) as caught:
        one.fit(x, y, epochs=1, class_weight="balanced", **QUIET)
    assert str(caught.value) == (
        "class_weight needs a target of classes, this one is of labels. Use sample_weight."
    )


def test_a_loss_or_metric_that_knows_no_labels_is_refused() -> None:
    x = inputs(40)
    with pytest.raises(ParameterError) as caught:
        Network(hidden=[3], loss="categorical_cross_entropy", target="labels").build(x, presence(x))
    assert str(caught.value) == (
        "Several labels a row need a loss with a sigmoid for each label, got "
        "categorical_cross_entropy. Leave loss out, or use 'binary_cross_entropy'."
    )
    with pytest.raises(ParameterError) as metric:
        labelled().evaluate(x, presence(x), metrics=["top_k"])
    assert str(metric.value) == (
        "The metric top_k reads one answer a row, and the task has several labels a row. Leave it "
        "out."
    )
    with pytest.raises(UnknownNameError) as kind:
        Network(hidden=[3], target="label")  # type: ignore[arg-type]
    assert str(kind.value) == (
        "There is no kind of target 'label'. Did you mean 'labels'? Known: classes, counts, "
        "labels, numbers."
    )


# --- counts


def counted(rows: int = 400) -> tuple[Any, Any]:
    x = inputs(rows)
    return x, np.random.default_rng(1).poisson(np.exp(0.5 + 0.6 * x[:, 0] - 0.4 * x[:, 1]))


@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_a_network_without_hidden_layers_is_poisson_regression(engine: str) -> None:
    x, y = counted()
    net = Network([Dense()], seed=0, target="counts")
    net.fit(x, y, rule="lbfgs", epochs=200, engine=engine, precision="float64", **QUIET)
    expected = PoissonRegressor(alpha=0, tol=1e-10, max_iter=1000).fit(x, y).predict(x)
    found = net.predict(x, engine="reference")
    assert np.allclose(found, expected, rtol=1e-4)
    told = net.evaluate(x, y, engine="reference", metrics=["poisson_deviance", "mae"])
    assert told["poisson_deviance"] == pytest.approx(theirs.mean_poisson_deviance(y, found))
    assert told["mae"] == pytest.approx(theirs.mean_absolute_error(y, found))


def test_counts_are_kept_and_rates_are_no_counts(tmp_path: Path) -> None:
    x, y = counted()
    net = Network(hidden=[8], seed=0, loss="poisson")
    net.fit(x, y, epochs=5, **QUIET)
    for again in same_again(net, tmp_path):
        assert again._parts()[2].kind == "counts"
        assert (again.predict(x) > 0).all()
        assert np.array_equal(again.predict(x), net.predict(x))
        assert np.allclose(again.compile_predictor()(x), again.predict(x, engine="reference"))
    rates = Network(hidden=[2], loss="poisson").build(x, y / 2)
    assert rates._parts()[2].describe() == "Numbers: (y - 0) / 1"
    with pytest.raises(DataError, match="y holds -1 in row 0; expected counts"):
        Network(hidden=[2], loss="poisson").build(x, y - np.eye(len(y))[0] * (y[0] + 1))


# --- quantiles


def spread(rows: int, seed: int) -> tuple[Any, Any]:
    random = np.random.default_rng(seed)
    x = random.uniform(-1, 1, size=(rows, 1))
    return x, 50 + 10 * x[:, 0] + (1 + 3 * (x[:, 0] > 0)) * random.normal(size=rows)


def built(**options: Any) -> Network:
    return Network(hidden=[2], **options).build(*spread(9, 0))


def test_intervals_hold_what_they_say_and_never_cross(tmp_path: Path) -> None:
    x, y = spread(2000, 0)
    net = Network(hidden=[16], seed=0, loss=Quantiles((0.05, 0.25, 0.5, 0.75, 0.95)))
    net.fit(x, y, epochs=60, **QUIET)
    test, true = spread(4000, 1)
    for again in same_again(net, tmp_path):
        levels = again.predict_quantiles(test)
        assert (np.diff(levels, axis=1) >= 0).all()
        assert np.array_equal(again.predict(test), levels[:, 2])
        assert np.array_equal(again.compile_predictor()(test), levels[:, 2])
        for level in (0.9, 0.5):
            low, high = again.predict_interval(test, level).T
            inside = (true >= low) & (true <= high)
            assert inside.mean() == pytest.approx(level, abs=0.03)
            for side in (test[:, 0] > 0, test[:, 0] < 0):  # it knows where it is unsure
                assert inside[side].mean() == pytest.approx(level, abs=0.06)
        assert np.array_equal(again.predict_interval(test), again.predict_interval(test, 0.9))
        found = again.evaluate(test, true, metrics=["coverage", "mae"])
        inside = (true >= levels[:, 0]) & (true <= levels[:, -1])
        assert found["coverage"] == pytest.approx(inside.mean(), abs=1e-3)
        assert found["mae"] == pytest.approx(np.abs(true - levels[:, 2]).mean(), rel=1e-5)
        own = np.mean(
            [theirs.mean_pinball_loss(true, levels[:, k], alpha=q)
             for k, q in enumerate((0.05, 0.25, 0.5, 0.75, 0.95))]
        )  # fmt: skip
        scale = net._parts()[2].scale[0]  # type: ignore[attr-defined]
        assert found["loss"] * scale == pytest.approx(own, rel=1e-5)


def test_a_stretched_interval_holds_its_share_of_new_rows(tmp_path: Path) -> None:
    def rows(count: int, seed: int) -> tuple[Any, Any]:
        random = np.random.default_rng(seed)
        x = random.normal(size=(count, 10))
        return x, x[:, 0] + random.normal(size=count)

    net = Network(hidden=[64], seed=0, loss=Quantiles((0.1, 0.5, 0.9)))
    net.fit(*rows(120, 0), epochs=300, rule="adam", **QUIET)  # by heart
    (held, held_y), (test, true) = rows(200, 1), rows(4000, 2)

    def coverage() -> float:
        low, high = net.predict_interval(test).T
        return float(((true >= low) & (true <= high)).mean())

    before, middle = coverage(), net.predict(test)
    found = net.calibrate_interval(held, held_y)
    assert before < 0.6 and coverage() == pytest.approx(0.8, abs=0.06)
    assert (found.level, found.rows) == (0.8, 200) and found.stretch > 1.1
    assert found.coverage_after >= 161 / 200 > found.coverage_before
    assert np.allclose(net.predict(test), middle, rtol=1e-6)
    for again in same_again(net, tmp_path):
        assert np.array_equal(again.predict_interval(test), net.predict_interval(test))
    low, high = net.predict_interval(held).T
    assert ((held_y >= low - 1e-6) & (held_y <= high + 1e-6)).sum() == 161


def test_a_stretch_by_hand() -> None:
    # Quantiles 0, ln 2 and -ln 2 from zeros; of 4 rows at level 0.6, ceil(5 * 0.6) = 3 are held.
    net = Network([Dense()], seed=0, scale_inputs=False, loss=Quantiles((0.2, 0.5, 0.8)))
    x = np.ones((4, 1))
    net.build(x, np.array([-1.0, 1.0, -1.0, 1.0]))  # mean 0, deviation 1
    net = net.with_parameters({"dense_1.weight": [[0.0] * 3], "dense_1.bias": [0.0] * 3})
    found = net.calibrate_interval(x, np.array([0.1, -0.2, 0.9, -5.0]))
    assert found.stretch == pytest.approx(0.9 / np.log(2), rel=1e-5)
    assert (found.coverage_before, found.coverage_after) == (0.5, 0.75)
    assert np.allclose(net.predict_quantiles(x[:1]), [[-0.9, 0.0, 0.9]], atol=1e-6)


def test_quantiles_of_a_constant_input_are_those_of_y() -> None:
    y = np.random.default_rng(0).exponential(size=400)
    net = Network([Dense()], seed=0, loss=Quantiles((0.1, 0.5, 0.9)))
    net.fit(np.ones((400, 1)), y, epochs=300, rule="adam", **QUIET)
    found = net.predict_quantiles(np.ones((1, 1)))[0]
    assert np.allclose(found, np.quantile(y, [0.1, 0.5, 0.9]), atol=0.1)


def test_quantiles_in_scikit_learns_clothes() -> None:
    x, y = spread(200, 0)
    net = NetworkRegressor((4,), loss=Quantiles((0.1, 0.5, 0.9)), epochs=5, random_state=0)
    found = net.fit(x, y).predict(x)
    assert np.allclose(found, net.network_.predict(x), rtol=1e-4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Quantiles((0.5, 0.1)), "Quantiles expects levels that rise, each above 0 and "
         "below 1, got (0.5, 0.1). Give for example (0.05, 0.5, 0.95)."),
        (lambda: Quantiles((0.0, 0.5)), "Quantiles expects levels that rise, each above 0 and "
         "below 1, got (0.0, 0.5). Give for example (0.05, 0.5, 0.95)."),
        (lambda: Network(hidden=[2], loss=Quantiles()).build(inputs(9), inputs(9)[:, :2]),
         "Quantiles are learned of one number a row, and y has 2 columns of numbers. Learn a "
         "network for each column."),
        (lambda: built(loss=Quantiles()).predict_interval([[1.0]], 0.8),
         "There is no interval of 0.8 among the quantiles 0.05, 0.5, 0.95; there is: 0.9. An "
         "interval of 0.9 needs the levels 0.05 and 0.95: Quantiles((0.05, 0.5, 0.95))."),
        (lambda: built(loss=Quantiles()).calibrate_interval(*spread(8, 1)),
         "An interval of 0.9 needs at least 9 rows to be calibrated on, got 8. Give more rows that "
         "it did not learn from."),
        (lambda: built(loss=Quantiles()).calibrate(*spread(8, 1)), "calibrate is about chances, "
         "and this network gives quantiles. Use calibrate_interval."),
        (lambda: built().predict_interval([[1.0]]),
         "This network learned with squared_error, and has no quantiles. Learn them: "
         "Network(hidden=[64], loss=Quantiles((0.05, 0.5, 0.95)))."),
        (lambda: built().evaluate(*spread(9, 0), metrics=["coverage"]),
         "The metric coverage reads quantiles, and the task has one of numbers. Leave it out."),
    ],
)  # fmt: skip
def test_quantiles_that_cannot_be(make: Any, message: str) -> None:
    with pytest.raises(PellucidError) as caught:
        make()
    assert str(caught.value) == message


# --- thresholds


def rare(rows: int = 600, seed: int = 0) -> tuple[Any, Any]:
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 3))
    return x, np.where(x[:, 0] + random.normal(size=rows) > 1.6, "yes", "no")


def divided(outputs: int = 2) -> Network:
    net = Network([Dense(8, "relu"), Dense(outputs)], seed=0)
    net.fit(*rare(), epochs=15, **QUIET)
    return net


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("measure", ["f1", "balanced", "accuracy"])
def test_the_threshold_is_the_best_there_is(outputs: int, measure: str) -> None:
    net, (x, y) = divided(outputs), rare(400, 1)
    chance = net.predict_proba(x)[:, 1]

    def score(said: Any) -> float:
        if measure == "f1":
            return float(theirs.f1_score(y, said, pos_label="yes", zero_division=0))
        if measure == "balanced":
            return float(theirs.balanced_accuracy_score(y, said))
        return float(theirs.accuracy_score(y, said))

    best = max(score(np.where(chance > t, "yes", "no")) for t in [0.5, *np.unique(chance)[:-1]])
    at_half = score(net.predict(x))
    found = net.choose_threshold(x, y, measure)
    assert found.score == pytest.approx(best, rel=1e-12)
    assert found.score_at_half == pytest.approx(at_half, rel=1e-12)
    assert score(net.predict(x)) == pytest.approx(best, rel=1e-12)
    assert (net.compile_predictor()(x) == net.predict(x)).all()
    assert (net.predict(x) == np.where(chance > found.chance, "yes", "no")).all()
    assert net.threshold == found.chance
    assert (found.positive, found.rows, found.measure) == ("yes", 400, measure)


@pytest.mark.parametrize("outputs", [1, 2])
def test_metrics_go_by_the_threshold_and_the_file_keeps_it(outputs: int, tmp_path: Path) -> None:
    net, (x, y) = divided(outputs), rare(400, 1)
    net.set_threshold(0.2)
    for again in same_again(net, tmp_path):
        said = again.predict(x)
        found = again.evaluate(x, y, metrics=["accuracy", "f1", "recall"])
        assert found["accuracy"] == pytest.approx((said == y).mean(), abs=1e-6)
        assert found["f1"] == pytest.approx(theirs.f1_score(y, said, pos_label="yes"), abs=1e-6)
        assert again.threshold == 0.2
        assert repr(again._parts()[2]) == "<Classes: 2 ('no', 'yes'), 'yes' above a chance of 0.2>"
    assert (said == "yes").sum() > (y == "yes").sum()
    net.set_threshold(None)
    assert net.threshold is None
    assert (net.predict(x) == "yes").sum() < (said == "yes").sum()


def test_costs_by_hand() -> None:
    # Chances 0.1 0.2 0.3 0.4 of rows n y n y: a missed yes costs 5, a false yes 1.
    z = np.log(np.array([0.1, 0.2, 0.3, 0.4]) / np.array([0.9, 0.8, 0.7, 0.6]))[:, None]
    net = Network([Dense(1)], seed=0, scale_inputs=False).build(z, ["n", "y", "n", "y"])
    net = net.with_parameters({"dense_1.weight": [[1.0]], "dense_1.bias": [0.0]})
    found = net.choose_threshold(z, ["n", "y", "n", "y"], cost=(1, 5))
    assert found.chance == pytest.approx(0.15, abs=1e-6)
    assert (found.score, found.score_at_half, found.measure) == (0.25, 2.5, "cost")
    other = net.choose_threshold(z, ["n", "y", "n", "y"], cost=(5, 1), positive="n")
    assert other.chance == pytest.approx(0.15, abs=1e-6)  # now a false n is the dear one


def test_the_other_class_can_be_meant_by_yes() -> None:
    net = divided()
    net.set_threshold(0.8, positive="no")
    assert net.threshold == pytest.approx(0.2)
    x, y = rare(400, 1)
    found = net.choose_threshold(x, y, "f1", positive="no")
    said = net.predict(x)
    assert found.score == pytest.approx(theirs.f1_score(y, said, pos_label="no"))


def test_weights_are_repeated_rows() -> None:
    x, y = rare(200, 1)
    weight = np.arange(200) % 3
    one, other = divided(), divided()
    found = one.choose_threshold(x, y, sample_weight=weight)
    again = other.choose_threshold(np.repeat(x, weight, 0), np.repeat(y, weight))
    assert found.score == pytest.approx(again.score)


def test_calibration_moves_the_threshold_and_no_answer() -> None:
    net, (x, y) = divided(), rare(400, 1)
    net.choose_threshold(x, y)
    before = net.predict(x)
    net.calibrate(x, y)
    assert (net.predict(x) == before).all()


def test_to_learn_on_forgets_the_threshold() -> None:
    net = divided()
    net.set_threshold(0.2)
    net.fit(*rare(), epochs=1, **QUIET)
    assert net.threshold is None


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: divided().set_threshold(1.0), "A threshold is a chance above 0 and below 1, got "
         "1.0. Use 0.5 for neither class before the other."),
        (lambda: divided().set_threshold("f1"), "A threshold is a chance above 0 and below 1, got "  # type: ignore[arg-type]
         "'f1'. Use 0.5 for neither class before the other."),
        (lambda: divided().choose_threshold(*rare(), "f2"), "There is no measure of a threshold "
         "'f2'. Did you mean 'f1'? Known: accuracy, balanced, f1."),
        (lambda: divided().choose_threshold(*rare(), positive="yea"), "There is no class 'yea'. "
         "Did you mean 'yes'? Known: no, yes."),
        (lambda: divided().choose_threshold(*rare(), cost=(1,)), "cost expects two numbers of at "
         "least 0, what a false yes and a missed yes cost, got (1,). Write cost=(1, 5)."),
        (lambda: divided().choose_threshold(rare(20)[0], ["yes"] * 20), "A threshold is chosen on "
         "rows of both classes, and these are of 'yes' only. Give rows of the other class as "
         "well."),
        (lambda: Network(hidden=[2]).build(*data.load("iris")).set_threshold(0.3), "set_threshold "
         "divides two classes, and this network has 3 classes. Use predict_proba, and decide by "
         "its chances."),
        (lambda: labelled().set_threshold(0.3), "set_threshold divides two classes, and this "
         "network has 3 labels. Use predict_proba, and decide by its chances."),
        (lambda: Network([Dense(1)], loss="hinge").build(*rare()).set_threshold(0.3),
         "set_threshold needs a loss that gives chances, such as cross-entropy; hinge gives "
         "scores. Use predict."),
    ],
)  # fmt: skip
def test_thresholds_that_cannot_be(act: Any, message: str) -> None:
    with pytest.raises(PellucidError) as caught:
        act()
    assert str(caught.value) == message
