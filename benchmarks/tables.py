"""Real tables without tuning: five-fold cross-validation beside scikit-learn, on the same folds.

``python benchmarks/tables.py`` gives each table of ``real_tables.py`` as it is to a default
network, and to scikit-learn's network behind the usual preprocessing; prints scores, differences
and seconds; and writes every fold as JSON. ``--publish FILE`` measures nothing and puts a result
into the docs.

The seconds are processor time of fitting and predicting, of one thread each.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from real_tables import TABLES, Given, Job, RealTable

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray[Any, Any]
Fold = dict[str, Any]
HERE = Path(__file__).parent
FOLDS = 5
SEEDS = ((1_000, 6), (10_000, 2))
"""Tables of fewer rows are divided so many times; larger ones once."""
HIDDEN = 64
LEAST = 1e-15
"""No chance counts as less, so that a log loss is finite."""


# --- contenders: from rows to learn from and rows to predict to predictions


def pellucid(job: Job, train: Given, x: pd.DataFrame, seed: int) -> tuple[Any, Any]:
    """A network with all defaults, given the data frame: labels and chances, or numbers."""
    from pellucid import Network
    from pellucid.errors import DataWarning

    net = Network(hidden=[HIDDEN], loss="squared_error" if job == "numbers" else None, seed=seed)
    net.fit(train.x, train.y, progress=False, threads=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # what training did not show is part of it
        if job == "numbers":
            return net.predict(x), None
        return net.classes, net.predict_proba(x)


def preprocessing(x: pd.DataFrame) -> Any:
    """What is usually put before scikit-learn's network: scaled numbers, one column a category."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    dates = list(x.select_dtypes("datetime").columns)
    numbers = list(x.select_dtypes(["number", "bool"]).columns)
    others = [name for name in x.columns if name not in {*dates, *numbers}]
    filled = make_pipeline(SimpleImputer(), StandardScaler())
    days = make_pipeline(FunctionTransformer(as_days), SimpleImputer(), StandardScaler())
    named = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
    )
    return ColumnTransformer(
        [("numbers", filled, numbers), ("dates", days, dates), ("categories", named, others)]
    )


def as_days(x: pd.DataFrame) -> pd.DataFrame:
    """Dates as days since 1970, as a number can be scaled."""
    import pandas as pd

    return pd.DataFrame({n: (x[n] - pd.Timestamp(0)) / pd.Timedelta(days=1) for n in x.columns})


def sklearn(job: Job, train: Given, x: pd.DataFrame, seed: int) -> tuple[Any, Any]:
    """MLPClassifier or MLPRegressor with all defaults."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline

    network = (MLPClassifier if job == "classes" else MLPRegressor)(random_state=seed)
    return _fitted(make_pipeline(preprocessing(train.x), network), job, train, x)


def sklearn_scaled(job: Job, train: Given, x: pd.DataFrame, seed: int) -> tuple[Any, Any]:
    """MLPRegressor with a target of mean 0 and deviation 1, which it does not do by itself."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.neural_network import MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    network = TransformedTargetRegressor(
        MLPRegressor(random_state=seed), transformer=StandardScaler()
    )
    return _fitted(make_pipeline(preprocessing(train.x), network), job, train, x)


def _fitted(model: Any, job: Job, train: Given, x: pd.DataFrame) -> tuple[Any, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it stops before it has converged
        model.fit(train.x, train.y)
        if job == "numbers":
            return model.predict(x), None
        return model.classes_, model.predict_proba(x)


Contender = Callable[[Job, Given, "pd.DataFrame", int], tuple[Any, Any]]
PEERS: Mapping[str, dict[str, Contender]] = {
    "classes": {"scikit-learn": sklearn},
    "numbers": {"scikit-learn": sklearn, "scikit-learn, y scaled": sklearn_scaled},
}


# --- one fold, all folds


def measures(job: Job, true: Array, first: Any, chances: Any) -> dict[str, float]:
    """Accuracy and log loss of labels and chances; R2 and root mean squared error of numbers.

    Formula: log loss = -mean log(max(chance of the true class, 1e-15)); r2 = 1 - sum e^2 / sum
        (y - mean y)^2 over the rows of the fold, rmse = sqrt(mean e^2).
    """
    if job == "numbers":
        squares = (true - np.asarray(first, float)) ** 2
        spread = float(((true - true.mean()) ** 2).sum())
        return {"r2": 1 - float(squares.sum()) / spread, "rmse": float(np.sqrt(squares.mean()))}
    labels, chances = np.asarray(first), np.asarray(chances, float)
    found = labels[chances.argmax(axis=1)]
    of_true = (chances * (labels == true[:, None])).sum(axis=1)  # 0 for a class never learned
    return {
        "accuracy": float(np.mean(found == true)),
        "log_loss": float(-np.log(np.maximum(of_true, LEAST)).mean()),
    }


def seeds_for(rows: int, most: int | None) -> int:
    """How many times a table is divided into folds."""
    count = next((times for limit, times in SEEDS if rows < limit), 1)
    return count if most is None else min(count, most)


def folds_of(table: RealTable, given: Given, seeds: int) -> Iterator[tuple[int, int, Array, Array]]:
    """Seed, number of the fold, rows to learn from, rows to test with."""
    from pellucid.data import folds

    for seed in range(seeds):
        if given.groups is not None:
            parts = folds(given.y, FOLDS, seed=seed, groups=given.groups)
        else:
            parts = folds(given.y, FOLDS, seed=seed, stratify=table.job == "classes")
        for place, (train, test) in enumerate(parts):
            yield seed, place, train, test


def validated(
    table: RealTable, given: Given, name: str, contender: Contender, seeds: int
) -> list[Fold]:
    """One contender's measures on each fold."""
    found = []
    for seed, place, train, test in folds_of(table, given, seeds):
        own = Given(given.x.iloc[train].reset_index(drop=True), given.y[train])
        wanted = given.x.iloc[test].reset_index(drop=True)
        began = time.process_time()
        told = contender(table.job, own, wanted, seed)
        seconds = time.process_time() - began
        values = measures(table.job, given.y[test], *told)
        found.append({"seed": seed, "fold": place, **values, "seconds": seconds})
    return found


def measured(table: RealTable, most: int | None, known: Mapping[str, Any] | None) -> dict[str, Any]:
    """All contenders on one table; the peers' folds are those that are known, where they are."""
    given = table.load()
    seeds = seeds_for(len(given.y), most)
    names = {"pellucid": pellucid, **PEERS[table.job]}
    row: dict[str, Any] = {
        "table": table.name, "source": table.source, "job": table.job, "target": table.target,
        "why": table.why, "rows": len(given.y), "columns": given.x.shape[1],
        "missing": float(given.x.isna().to_numpy().mean()), "seeds": seeds, "folds": {},
    }  # fmt: skip
    for name, contender in names.items():
        old = (known or {}).get("folds", {}).get(name)
        if name != "pellucid" and old is not None and len(old) == seeds * FOLDS:
            row["folds"][name] = old
        else:
            row["folds"][name] = validated(table, given, name, contender, seeds)
    return row


def main() -> None:
    """Measure, print, write; or publish."""
    import tables_page

    parser = argparse.ArgumentParser(description=__doc__)
    names = [table.name for table in TABLES]
    add = parser.add_argument
    add(
        "--only", action="append", metavar="NAME", choices=names, help="this table; may be repeated"
    )
    add("--seeds", type=int, metavar="N", help="divide each table at most so many times")
    add("--reuse", type=Path, metavar="FILE", help="take the peer's folds from this result")
    add("--out", type=Path, metavar="FILE", help="the JSON file; by default in benchmarks/results")
    add("--publish", type=Path, metavar="FILE", help="measure nothing: put this result into docs")
    chosen = parser.parse_args()
    if chosen.publish:
        tables_page.publish(json.loads(chosen.publish.read_text()))
        return
    known = {}
    if chosen.reuse:
        known = {row["table"]: row for row in json.loads(chosen.reuse.read_text())["tables"]}
    result: dict[str, Any] = {"date": datetime.now(UTC).isoformat(timespec="seconds")}
    result |= {"machine": tables_page.facts(), "tables": []}
    for table in TABLES:
        if chosen.only and table.name not in chosen.only:
            continue
        result["tables"].append(measured(table, chosen.seeds, known.get(table.name)))
        print(tables_page.line(result["tables"][-1]), file=sys.stderr, flush=True)
    print(tables_page.told(result))
    file = chosen.out or HERE / "results" / f"tables-{datetime.now(UTC):%Y-%m-%d-%H%M%S}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(result, indent=1) + "\n")
    print(f"\nAll folds: {file}")


if __name__ == "__main__":
    if os.environ.get("OMP_NUM_THREADS") != "1":  # the libraries look at it when they are loaded
        import process

        environment = process.environment(1)
        os.execve(sys.executable, [sys.executable, *sys.argv], environment)
    main()
