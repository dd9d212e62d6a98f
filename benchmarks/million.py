"""A CSV of a million rows and 30 mixed columns: from the start of the process to a tested network.

``python benchmarks/million.py FOLDER`` writes ``big.csv`` there where it is not yet, and runs

    pellucid train big.csv --target y --epochs 10 --hidden 64,32

beside scikit-learn's pipeline on the same file (``--peer`` to run that alone), each in a process of
its own, and prints seconds by the clock, seconds of processor time, and peak memory.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

ROWS, PIECE = 1_000_000, 100_000
TARGET = "y"
EPOCHS, HIDDEN, BATCH = 10, (64, 32), 128
NUMBERS, GAPS = 14, 3
"""Columns of numbers, and how many of them have gaps in 5 % of their rows."""
LEVELS = {"size": 3, "region": 5, "branch": 12, "colour": 30, "town": 200, "shop": 5_000}
WORDS = 2_000
LIMITS = {"seconds": 60.0, "megabytes": 3 * 1024.0}


def frame(rows: int, first: int, seed: int = 0) -> Any:
    """Some rows: 14 numbers, 6 categories, 4 truth values, 2 dates, a text, a count, a constant.

    The target is "yes" or "no", by a curve of two of the numbers, the product of two others, some
    categories, a truth value, the season and the first word, and chance.

    Parameters:
        first: the number of the first row.
    """
    import polars as pl

    draw = np.random.default_rng([seed, first])
    fixed = np.random.default_rng(seed)
    columns: dict[str, Any] = {"id": np.arange(first, first + rows) + 1}
    x = draw.normal(size=(rows, NUMBERS))
    wanted = np.sin(2 * x[:, 0]) + 0.5 * x[:, 1] ** 2 - 0.5 + x[:, 2] * x[:, 3]
    for k in range(NUMBERS):
        cells = np.round(x[:, k] * 10.0 ** (k % 4) + k, 4)
        gone = draw.random(rows) < (0.05 if k < GAPS else 0)
        columns[f"x{k}"] = pl.Series(cells).set(pl.Series(gone), None)
    for name, count in LEVELS.items():
        levels = np.array([f"{name} {place}" for place in range(count)])
        place = (count * draw.random(rows) ** 2).astype(int)  # the first are more frequent
        columns[name] = levels[place]
        wanted += 0.5 * fixed.normal(size=count)[place]
    for name, (no, yes) in {
        "paid": ("no", "yes"), "new": ("false", "true"), "web": ("0", "1"), "vip": ("n", "y"),
    }.items():  # fmt: skip
        is_so = draw.random(rows) < 0.4
        columns[name] = np.where(is_so, yes, no)
        wanted += 0.8 * is_so - 0.4 if name == "paid" else 0.0
    day = draw.integers(0, 3 * 365, rows)
    columns["day"] = np.datetime64("2022-01-01") + day.astype("timedelta64[D]")
    seconds = draw.integers(0, 94_608_000, rows).astype("timedelta64[s]")
    moment = (np.datetime64("2022-01-01T00:00:00") + seconds).astype("datetime64[us]")
    columns["moment"] = pl.Series(moment).dt.strftime("%Y-%m-%d %H:%M:%S")
    wanted += np.sin(2 * np.pi * day / 365)
    words = np.array([f"w{place:04}" for place in range(WORDS)])
    said = (WORDS * draw.random((rows, 5)) ** 3).astype(int)
    columns["note"] = pl.DataFrame(words[said]).select(pl.concat_str("*", separator=" "))
    columns["note"] = columns["note"].to_series()
    wanted += 0.8 * (said[:, 0] < WORDS // 50)
    columns["country"] = pl.Series(["DE"]).new_from_index(0, rows)
    columns[TARGET] = np.where(wanted + draw.logistic(size=rows) * 0.5 > 0.4, "yes", "no")
    return pl.DataFrame(columns)


def write(path: Path, rows: int = ROWS, seed: int = 0) -> None:
    """Write the file, piece by piece."""
    with path.open("wb") as file:
        for first in range(0, rows, PIECE):
            piece = frame(min(PIECE, rows - first), first, seed)
            piece.write_csv(file, include_header=first == 0)


def peer(path: Path) -> dict[str, Any]:
    """scikit-learn's network behind the usual preprocessing, with pandas, and how well it does.

    Test rows are held back as Pellucid does; the text goes through the hashing that scikit-learn
    has for text, into as many columns as Pellucid takes.
    """
    import pandas as pd
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.impute import SimpleImputer
    from sklearn.model_selection import train_test_split
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    from tables import as_days

    began = time.perf_counter()
    table = pd.read_csv(path, parse_dates=["day", "moment"]).drop(columns=["id", "country"])
    y = table.pop(TARGET)
    dates = ["day", "moment"]
    numbers = list(table.select_dtypes(["number", "bool"]).columns)
    others = [name for name in table.columns if name not in {*numbers, *dates, "note"}]
    named = make_pipeline(SimpleImputer(strategy="most_frequent"),
                          OneHotEncoder(handle_unknown="ignore"))  # fmt: skip
    prepared = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
            ("dates", make_pipeline(FunctionTransformer(as_days), StandardScaler()), dates),
            ("categories", named, others),
            ("text", HashingVectorizer(n_features=64), "note"),
        ]
    )
    train_x, test_x, train_y, test_y = train_test_split(
        table, y, test_size=0.2, random_state=0, stratify=y
    )
    read = time.perf_counter() - began
    model = make_pipeline(prepared, MLPClassifier(HIDDEN, max_iter=EPOCHS, random_state=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that ten epochs are not enough to converge
        model.fit(train_x, train_y)
    accuracy = float(model.score(test_x, test_y))
    return {"accuracy": accuracy, "read": read, "seconds": time.perf_counter() - began}


def process(command: list[str], folder: Path) -> dict[str, Any]:
    """Run a command; its last line, seconds by the clock and of processors, and peak memory."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out:
        running = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, cwd=folder)
        _, code, usage = os.wait4(running.pid, 0)
        running.returncode = code
        seconds = time.perf_counter() - began
        out.seek(0)
        lines = out.read().splitlines()
    if code:
        raise SystemExit(f"{' '.join(command)} ended with code {code}.")
    return {"last": lines[-1], "seconds": seconds, **spent(usage)}


def spent(usage: resource.struct_rusage) -> dict[str, float]:
    """Processor time and peak memory; Linux counts the latter in kilobytes, macOS in bytes."""
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return {"cpu": usage.ru_utime + usage.ru_stime, "megabytes": usage.ru_maxrss / unit}


def told(name: str, found: dict[str, Any], accuracy: float) -> str:
    """A line of the table."""
    return (
        f"| {name} | {found['seconds']:.0f} s | {found['cpu']:.0f} s | "
        f"{found['megabytes']:,.0f} MB | {accuracy:.3f} |"
    )


def main() -> None:
    """Write, run, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--no-peer", action="store_true", help="Pellucid alone")
    parser.add_argument("--peer", action="store_true", help="scikit-learn alone, in this process")
    asked = parser.parse_args()
    folder = asked.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ("big.csv" if asked.rows == ROWS else f"big-{asked.rows}.csv")
    if not path.exists():
        write(path, asked.rows)
    if asked.peer:
        print(json.dumps(peer(path)))
        return
    print(f"{path.name}: {path.stat().st_size / 2**20:,.0f} MB")
    print(
        "| | by the clock | processor time | peak memory | accuracy |\n"
        "| --- | --- | --- | --- | --- |"
    )
    with tempfile.TemporaryDirectory() as out:
        sizes = ",".join(map(str, HIDDEN))
        command = [sys.executable, "-m", "pellucid", "train", str(path), "--target", TARGET,
                   "--epochs", str(EPOCHS), "--hidden", sizes, "--out", f"{out}/run",
                   "--json"]  # fmt: skip
        found = process(command, folder)
        record = json.loads(found["last"])
        print(told("Pellucid", found, record["metrics"]["accuracy"]), flush=True)
        print(f"| of which training | {record['seconds']:.0f} s | | | |", flush=True)
    if not asked.no_peer:
        found = process([sys.executable, __file__, str(folder), "--rows", str(asked.rows),
                         "--peer"], folder)  # fmt: skip
        print(told("scikit-learn", found, json.loads(found["last"])["accuracy"]), flush=True)


if __name__ == "__main__":
    main()
