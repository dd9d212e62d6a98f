"""Networks on data frames: by column names, by kinds, through a file and back."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn import datasets
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pellucid import EmbedColumns, Network
from pellucid.data import TableCodec, folds
from pellucid.errors import DataError, DataWarning, FileError, ParameterError, UnknownNameError


def said(kind: type[Exception], call: Callable[[], object]) -> str:
    """The whole message of the error, of exactly this type, that a call raises."""
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    return str(caught.value)


def mixed(rows: int = 400, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    shop = rng.integers(0, 50, rows)
    size, town = rng.normal(size=rows), rng.integers(0, 3, rows)
    score = size + np.sin(shop) * 2 + (town == 1) * 1.5
    return pl.DataFrame(
        {
            "nr": np.arange(rows),
            "size": pl.Series(size).set(pl.Series(rng.random(rows) < 0.1), None),
            "town": [f"town {k}" for k in town],
            "shop": [f"shop {k}" for k in shop],
            "side": np.where(score > 0.4, "up", "down"),
            "price": score,
        }
    )


def test_a_target_by_its_name() -> None:
    frame = mixed().drop("price")
    one, two = Network(hidden=[8], seed=0), Network(hidden=[8], seed=0)
    one.fit(frame, "side", epochs=5)
    two.fit(frame.drop("side"), frame["side"], epochs=5)
    pandas = Network(hidden=[8], seed=0)
    pandas.fit(pd.DataFrame(frame.to_dict(as_series=False)), "side", epochs=5)
    assert (one.predict_proba(frame) == two.predict_proba(frame)).all()
    assert (one.predict_proba(frame) == pandas.predict_proba(frame)).all()
    assert one.evaluate(frame, "side") == two.evaluate(frame, frame["side"])
    assert set(one.predict(frame)) == {"up", "down"}


def test_embeddings_are_put_before_the_layers_and_learned() -> None:
    frame = mixed(800)
    net = Network(hidden=[16], seed=0)
    net.fit(frame.drop("price"), "side", epochs=60, validation=0.2, early_stopping=20)
    first = net.layers[0]
    assert isinstance(first, EmbedColumns) and first.entries == (51,)
    assert net.score(mixed(400, 1).drop("side"), mixed(400, 1)["side"]) > 0.85


def test_numbers_from_a_frame_by_both_engines() -> None:
    frame = mixed().drop("side")
    nets = [Network(hidden=[8], seed=0) for _ in range(2)]
    for net, engine in zip(nets, ("auto", "reference"), strict=True):
        net.fit(frame, "price", epochs=3, engine=engine, precision="float64")
    found = [net.predict(frame, engine="reference") for net in nets]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-8)


def test_a_network_of_tables_comes_back_from_its_file(tmp_path: Path) -> None:
    frame = mixed().drop("price")
    net = Network(hidden=[8], seed=0)
    net.fit(frame, "side", epochs=2)
    net.save(tmp_path / "m")
    again = Network.load(tmp_path / "m")
    assert again.inputs == net.inputs
    np.testing.assert_array_equal(again.predict_proba(frame), net.predict_proba(frame))
    again.fit(frame, "side", epochs=1)
    assert str(net.summary()).startswith("3 columns in, as 6 numbers; 2 classes out: down, up")


def test_predictions_take_columns_by_name_and_name_what_is_missing() -> None:
    frame = mixed().drop("price")
    net = Network(hidden=[8], seed=0).build(frame, "side")
    turned = frame.select("shop", "size", "town")
    np.testing.assert_array_equal(net.predict(turned), net.predict(frame))
    np.testing.assert_array_equal(net.compile_predictor()(turned), net.predict(frame))
    assert said(DataError, lambda: net.predict(frame.select("town", "nr"))) == (
        "x lacks 2 columns that the model was fitted on: 'size', 'shop' are not among 'town', "
        "'nr'. Add what is missing, or correct the header."
    )
    with pytest.warns(DataWarning, match="2 rows hold categories that training did not have"):
        net.predict(frame.head(2).with_columns(town=pl.lit("Rome")))


def test_kinds_may_be_given() -> None:
    frame = mixed().drop("price")
    columns = {"nr": "number", "shop": "ignore"}
    net = Network(hidden=[4], columns=columns, seed=0).build(frame, "side")
    assert isinstance(net.inputs, TableCodec)
    assert [(c.name, c.kind) for c in net.inputs.columns] == [
        ("nr", "number"), ("size", "number"), ("town", "category"),
    ]  # fmt: skip
    assert said(UnknownNameError, lambda: net.copy().build(frame, "sidee")).startswith(
        "There is no column 'sidee'. Did you mean 'side'?"
    )
    x = np.eye(4)
    assert said(
        ParameterError, lambda: Network(hidden=[4], columns=columns).fit(x, [0, 1] * 2)
    ) == (
        "columns={'nr': 'number', 'shop': 'ignore'} gives kinds to the columns of a data frame "
        "that is scaled; x is an array. Leave it out."
    )


def test_frames_of_numbers_may_be_kept_as_they_are() -> None:
    frame = pl.DataFrame({"a": [0.0, 3.0, 1.0, 2.0], "b": [1.0, 0.0, 2.0, 5.0]})
    net = Network(hidden=[4], scale_inputs=False, seed=0).build(frame, ["x", "y"] * 2)
    np.testing.assert_array_equal(net.predict(frame), net.predict(frame.to_numpy()))


def test_the_codec_sees_training_rows_only() -> None:
    frame = mixed().drop("price")
    net = Network(hidden=[4], seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        net.fit(frame, "side", epochs=1, validation=0.5)
        held_out = net.copy()
        other = Network(hidden=[4], seed=0)
        from pellucid.data import split_rows

        kept, _ = split_rows(frame["side"].to_numpy(), 0.5, seed=0, stratify=True)
        other.fit(frame[kept], "side", epochs=1)
    assert held_out.inputs == other.inputs
    assert held_out.inputs != Network(hidden=[4]).build(frame, "side").inputs


@pytest.mark.parametrize("damage", [("scale", 0), ("levels", ["x", "x"]), ("kind", "pickle")])
def test_a_damaged_table_is_refused(tmp_path: Path, damage: tuple[str, Any]) -> None:
    from pellucid.models.saving import from_file, to_file

    file = to_file(Network(hidden=[4]).build(mixed().drop("price"), "side"))
    columns = file.header["input"]["columns"]
    place = 2 if damage[0] == "levels" else 1
    columns[place][damage[0]] = damage[1]
    with pytest.raises(FileError, match=f"has {damage[0]}: "):
        from_file(file, "m")


@pytest.mark.parametrize("name", ["iris", "wine"])
def test_real_tables_as_frames_do_as_well_as_scikit_learn(name: str) -> None:
    bunch = getattr(datasets, f"load_{name}")(as_frame=True)
    x, y = bunch.data, bunch.target.map(dict(enumerate(bunch.target_names)))
    ours, theirs = np.empty(len(y), object), np.empty(len(y), object)
    for train, test in folds(y.to_numpy(), 5, stratify=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            net = Network(hidden=[32], seed=0)
            net.fit(x.iloc[train], y.iloc[train])
            ours[test] = net.predict(x.iloc[test])
            peer = make_pipeline(
                StandardScaler(), MLPClassifier((32,), max_iter=300, random_state=0)
            )
            theirs[test] = peer.fit(x.iloc[train], y.iloc[train]).predict(x.iloc[test])
    share = float((theirs == y.to_numpy()).mean())
    error = np.sqrt(share * (1 - share) / len(y))
    assert (ours == y.to_numpy()).mean() >= share - error


def test_frames_of_numbers_learn_as_arrays_do() -> None:
    bunch = datasets.load_diabetes(as_frame=True)
    frame, y = bunch.data.round(4), bunch.target
    one, two = (Network(hidden=[8], seed=0) for _ in range(2))
    one.fit(frame.drop(columns="sex"), y, epochs=5)  # two values only: a boolean in a frame
    two.fit(frame.drop(columns="sex").to_numpy(), y, epochs=5)
    np.testing.assert_allclose(
        one.predict(frame), two.predict(frame.drop(columns="sex")), rtol=1e-3
    )


def test_truth_values_of_a_csv_are_those_of_a_pandas_frame(tmp_path: Path) -> None:
    import pandas as pd

    from pellucid import data

    rng = np.random.default_rng(0)
    flag = rng.random(200) < 0.5
    frame = pd.DataFrame({"flag": flag, "x": rng.normal(size=200), "y": np.where(flag, "a", "b")})
    frame.to_csv(tmp_path / "t.csv", index=False)
    read = data.read_table(tmp_path / "t.csv", "y")
    x: Any = read.x
    y = read.y
    assert set(x.column("flag").to_list()) == {"True", "False"}
    own = pd.read_csv(tmp_path / "t.csv")
    assert own["flag"].dtype == bool
    for learned, other in (((x, y), (own, "y")), ((own, "y"), (x, y))):
        net = Network(hidden=[4], seed=0)
        net.fit(*learned, epochs=200, progress=False)
        assert net.evaluate(*learned)["accuracy"] == net.evaluate(*other)["accuracy"] == 1.0
