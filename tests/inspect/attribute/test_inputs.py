"""What can be explained: columns of tables, pictures, words, any output; and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid import Dense, Embedding, Flatten, Network, data
from pellucid.errors import DataError, ParameterError, PellucidError, ShapeError, UnknownNameError
from pellucid.inspect.attribute import METHODS, attribute
from pellucid.nn import Quantiles
from tests.inspect.attribute.nets import conv, dense, drawn, regression

COUNT = 240


@pytest.fixture(scope="module")
def mixed() -> tuple[Network, pl.DataFrame]:
    """A table with numbers, few and many categories, dates, texts and gaps."""
    rng = np.random.default_rng(0)
    kind = rng.choice(["oak", "elm", "fir"], COUNT)
    town = np.array([f"town {k % 40}" for k in range(COUNT)])
    size = rng.normal(0, 1, COUNT)
    gaps, ages = rng.random(COUNT) < 0.1, rng.normal(50, 20, COUNT)
    age = [None if gap else own for gap, own in zip(gaps.tolist(), ages.tolist(), strict=True)]
    days = np.datetime64("2020-01-01") + rng.integers(0, 900, COUNT)
    said = rng.choice(["very good tree", "a bad tree", "good wood here"], COUNT)
    frame = pl.DataFrame({
        "kind": kind, "town": town, "size": size,
        "age": age,
        "planted": days, "said": said, "same": ["x"] * COUNT,
    })  # fmt: skip
    y = 3 * size + 2 * (kind == "oak") + np.where(np.arange(COUNT) % 40 < 20, 1.0, -1.0)
    net = Network(hidden=[8], activation="tanh", columns={"town": "category", "said": "text"},
                  seed=0)  # fmt: skip
    net.fit(frame, y, epochs=5)
    assert net.inputs.lookups  # the towns are looked up
    return net, frame


@pytest.mark.parametrize("method", [name for name in METHODS if name != "grad_cam"])
def test_numbers_are_added_up_for_each_column(
    mixed: tuple[Network, pl.DataFrame], method: str
) -> None:
    net, frame = mixed
    found = attribute(net, frame[3:4], method)
    assert found.names == ("kind", "town", "size", "age", "planted", "said")
    assert found.values.shape == (6,)
    assert found.cells == tuple(frame[name][3] for name in found.names)
    assert found.score == pytest.approx(float(net.predict(frame[3:4])[0]), rel=1e-5)
    rows = found.rows()
    assert {row["column"] for row in rows} == set(found.names)
    sizes = [abs(row["attribution"]) for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    if method in ("deeplift", "exact_shapley", "sampled_shapley"):
        assert abs(found.residual) < 1e-9
    if method == "integrated_gradients":
        assert found.residual_share is not None and found.residual_share <= 0.005


def test_a_row_may_come_in_several_forms(mixed: tuple[Network, pl.DataFrame]) -> None:
    net, frame = mixed
    wanted = attribute(net, frame[3:4]).values
    row = frame.row(3, named=True)
    assert attribute(net, row).values == pytest.approx(wanted)
    assert attribute(net, pd.DataFrame([row])).values == pytest.approx(wanted)
    flat = regression([1.0, 2.0])
    assert attribute(flat, [3.0, 4.0], names=["a", "b"]).names == ("a", "b")
    forms: list[Any] = [[3.0, 4.0], [[3.0, 4.0]], np.array([3.0, 4.0]), np.array([[3.0, 4.0]])]
    for form in forms:
        assert attribute(flat, form, baseline=[0.0, 0.0]).values == pytest.approx([3.0, 8.0])


def test_rows_to_compare_with_may_be_a_table(mixed: tuple[Network, pl.DataFrame]) -> None:
    net, frame = mixed
    found = attribute(net, frame[3:4], "exact_shapley", baseline=frame[:20])
    expected = float(np.mean(net.predict(frame[:20])))
    assert found.baseline_score == pytest.approx(expected, rel=1e-4)
    assert found.baseline == "the mean over 20 given rows"
    same = attribute(net, frame[3:4], "exact_shapley", baseline=frame[3:4])
    assert not same.values.any()


def test_words_that_are_looked_up_are_explained_by_their_place() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 9, (30, 4)), np.arange(30) % 3
    layers = [Embedding(9, 3), Flatten(), Dense(5, activation="tanh"), Dense()]
    net = drawn(Network(layers, scale_inputs=False, seed=0).build(x, y), 1)
    for method in ("integrated_gradients", "deeplift", "exact_shapley", "occlusion"):
        found = attribute(net, x[2], method, output=1, baseline=x[5])
        assert found.values.shape == (4,)
        assert found.cells == tuple(x[2].tolist())
    assert abs(attribute(net, x[2], "deeplift", output=1, baseline=x[5]).residual) < 1e-9
    taken = x[2].copy()
    taken[1] = x[5][1]
    change = attribute(net, x[2], output=1).score - attribute(net, taken, output=1).score
    without = attribute(net, x[2], "occlusion", output=1, baseline=x[5]).values[1]
    assert without == pytest.approx(change)


def test_the_output_is_the_predicted_class_or_the_one_asked_for() -> None:
    x, y = data.load("iris")
    net = Network(hidden=[6], seed=0)
    net.fit(x, y, epochs=20)
    row = x[70]
    found = attribute(net, row)
    assert found.label == net.predict(row[None])[0]
    assert found.output == f"the score of class {found.label!r}"
    chances = net.predict_proba(row[None])[0]
    for place, label in enumerate(net.classes):
        own = attribute(net, row, output=label, probability=True)
        assert own.score == pytest.approx(chances[place], abs=1e-5)
        assert own.output == f"the chance of class {str(label)!r}"


def test_both_classes_of_a_single_output() -> None:
    x = np.random.default_rng(0).normal(size=(20, 3))
    net = Network([Dense(1)], loss="binary_cross_entropy", scale_inputs=False, seed=0)
    net = drawn(net.build(x, np.arange(20) % 2), 3)
    yes, no = (attribute(net, x[0], output=label) for label in (1, 0))
    assert yes.values == pytest.approx(-no.values)
    assert yes.score == pytest.approx(-no.score)
    chances = [attribute(net, x[0], output=k, probability=True).score for k in (0, 1)]
    assert chances == pytest.approx(net.predict_proba(x[:1])[0].tolist(), abs=1e-6)


def test_labels_targets_counts_and_quantiles() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3))
    tags = [["red"] * (row[0] > 0) + ["soft"] * (row[1] > 0) for row in x.tolist()]
    net = Network(hidden=[4], seed=0).build(x, tags)
    assert attribute(net, x[0], output="soft", probability=True).score == pytest.approx(
        net.predict_proba(x[:1])[0][1], abs=1e-5
    )
    assert attribute(net, x[0]).label in ("red", "soft")
    two = Network(hidden=[4], seed=0).build(x, 100 * x[:, :2] + 7)
    found = attribute(two, x[0], output=1)
    assert found.output == "the predicted 1"
    assert found.score == pytest.approx(two.predict(x[:1])[0][1], rel=1e-4)
    counts = Network(hidden=[4], target="counts", seed=0).build(x, rng.poisson(3, 60))
    assert attribute(counts, x[0]).score == pytest.approx(counts.predict(x[:1])[0], rel=1e-4)
    spread = Network(hidden=[4], loss=Quantiles((0.1, 0.5, 0.9)), seed=0).build(x, x[:, 0] * 9)
    wanted = spread.predict_quantiles(x[:1])[0]
    for place, level in enumerate((0.1, 0.5, 0.9)):
        own = attribute(spread, x[0], output=level)
        assert own.score == pytest.approx(wanted[place], rel=1e-3)
    assert attribute(spread, x[0]).label == 0.5


def test_pictures_of_any_form_have_a_map() -> None:
    rng = np.random.default_rng(0)
    grey = rng.random((12, 6, 5))
    net = Network([Flatten(), Dense()], seed=0).build(grey, np.arange(12) % 3)
    found = attribute(net, grey[0])
    assert found.values.shape == (6, 5)
    assert found.map is not None
    assert (found.map == found.values).all()
    assert found.baseline == "a picture of the mean grey of the training pictures"
    black = attribute(net, grey[0], baseline="black")
    assert black.baseline == "a black picture"
    assert black.baseline_score != found.baseline_score
    assert black.baseline_score == pytest.approx(
        attribute(net, np.zeros((6, 5)), output=black.label).score
    )
    deep = attribute(conv(2), rng.normal(size=(2, 8, 8)))
    assert deep.values.shape == (2, 8, 8)
    assert deep.map is not None
    assert deep.map == pytest.approx(deep.values.sum(axis=0))


REFUSED: list[tuple[Any, dict[str, Any], type[PellucidError], str]] = [
    (np.ones(4), {}, ShapeError,
     "attribute got an input of 4; the network was fitted on rows of 3. Give one row, as 3 or 1 x "
     "3."),
    (np.ones((1, 4)), {}, ShapeError,
     "attribute got an input of 1 x 4; the network was fitted on rows of 3. Give one row, as 3 or "
     "1 x 3."),
    (np.ones((1, 3, 2)), {}, ShapeError,
     "attribute got an input of 1 x 3 x 2; the network was fitted on rows of 3. Give one row, as 3 "
     "or 1 x 3."),
    (np.ones((2, 3)), {}, DataError,
     "attribute explains one row, and x has 2 rows. Give one, such as x[:1]."),
    ([1.0, np.nan, 2.0], {}, DataError,
     "x has 1 value that is not a finite number, in 1 row; the first is NaN in row 0, column 1. "
     "Expected finite numbers: fill them in, or drop those rows."),
    (np.ones(3), {"output": 7}, UnknownNameError,
     "There is no class 7. Known: 0, 1, 2."),
    (np.ones(3), {"output": True}, UnknownNameError,
     "There is no class True. Known: 0, 1, 2."),
    (np.ones(3), {"method": "integrated_gradient"}, UnknownNameError,
     "There is no method of attribution 'integrated_gradient'. Did you mean "
     "'integrated_gradients'? Known: deeplift, exact_shapley, grad_cam, gradient_x_input, "
     "integrated_gradients, occlusion, sampled_shapley, smoothgrad."),
    (np.ones(3), {"step": 3}, ParameterError,
     "There is no option 'step' here: integrated_gradients takes steps, rule, tolerance. Leave it "
     "out."),
    (np.ones(3), {"method": "deeplift", "steps": 3}, ParameterError,
     "There is no option 'steps' here: deeplift takes none. Leave it out."),
    (np.ones(3), {"steps": 1}, ParameterError,
     "integrated_gradients expects steps to be a whole number at least 2 and at most 100000, got 1."
     " steps is the number of places where slopes are taken."),
    (np.ones(3), {"rule": "simpson"}, UnknownNameError,
     "There is no rule 'simpson'. Did you mean 'midpoint'? Known: gauss_legendre, midpoint, "
     "trapezoid."),
    (np.ones(3), {"baseline": "zero"}, ParameterError,
     "baseline expects 'mean', 'black', a row or several rows, got 'zero'."),
    (np.ones(3), {"baseline": "black"}, ParameterError,
     "baseline='black' is for pictures, and this network takes none. Use 'mean', or give a row."),
    (np.ones(3), {"baseline": np.ones((1001, 3))}, ParameterError,
     "baseline expects at most 1,000 rows, got 1,001. Give fewer, drawn at random."),
    (np.ones(3), {"names": ["a", "b"]}, ParameterError,
     "names expects a name for each column, got 2, and the row has 3 columns. Leave names out, or "
     "give as many."),
    (np.ones(3), {"method": "occlusion", "patch": 2}, ParameterError,
     "patch and stride are for pictures, and this network takes rows of columns. Leave them out."),
    (np.ones(3), {"method": "grad_cam"}, ParameterError,
     "grad_cam needs pictures and a layer that gives channels of rows and columns, such as Conv2D, "
     "and this network has none. Use method='integrated_gradients'."),
]  # fmt: skip


@pytest.mark.parametrize(("x", "options", "kind", "message"), REFUSED)
def test_wrong_input_is_refused(
    x: Any, options: dict[str, Any], kind: type[PellucidError], message: str
) -> None:
    net = dense(3, [4])
    with pytest.raises(kind) as caught:
        attribute(net, x, **options)
    assert str(caught.value) == message


def test_what_other_networks_refuse(mixed: tuple[Network, pl.DataFrame]) -> None:
    table, frame = mixed
    cases: list[tuple[Network, Any, dict[str, Any], str]] = [
        (table, frame[:1].drop("size"), {},
         "x lacks 1 column that the model was fitted on: 'size' is not among 'kind', 'town', "
         "'age', 'planted', 'said', 'same'. Add what is missing, or correct the header."),
        (table, frame[:1], {"probability": True},
         "probability=True explains the chance of a class, and this network gives numbers. Leave "
         "it out."),
        (table, frame[:1], {"output": "price"}, "There is no output 'price'. Known: 0."),
        (conv(), np.ones((2, 8, 7)), {},
         "attribute got an input of 2 x 8 x 7; the network was fitted on rows of 2 x 8 x 8. Give "
         "one row, as 2 x 8 x 8 or 1 x 2 x 8 x 8."),
        (conv(), np.ones((2, 8, 8)), {"method": "grad_cam", "layer": "dense_1"},
         "There is no layer with channels of rows and columns 'dense_1'. Known: activation_1, "
         "activation_2, conv2d_1, conv2d_2, max_pool2d_1."),
        (conv(), np.ones((2, 8, 8)), {"method": "occlusion", "patch": 9},
         "patch expects a number of pixels, or rows and columns, from 1 to 8 x 8, got 9."),
        (conv(), np.ones((2, 8, 8)), {"method": "sampled_shapley", "orders": 2},
         "sampled_shapley expects orders to be a whole number at least 4 and at most 1e+06, got 2. "
         "orders is the number of orders that are drawn."),
    ]  # fmt: skip
    for net, x, options, message in cases:
        with pytest.raises(PellucidError) as caught:
            attribute(net, x, **options)
        assert str(caught.value) == message
    two = Network(hidden=[4], seed=0).build(np.eye(3), np.eye(3)[:, :2] * 2.5)
    with pytest.raises(ParameterError) as caught_two:
        attribute(two, np.ones(3))
    assert str(caught_two.value) == (
        "This network gives 2 numbers a row, and one at a time is explained. Give output, one of: "
        "0, 1."
    )
    with pytest.raises(ParameterError, match="has no sizes or parameters yet"):
        attribute(Network(hidden=[2]), np.ones(3))


def test_the_network_is_asked_itself() -> None:
    net = dense(3, [4])
    x = np.ones(3)
    assert net.attribute(x, "deeplift", output=1).values == pytest.approx(
        attribute(net, x, "deeplift", output=1).values
    )
