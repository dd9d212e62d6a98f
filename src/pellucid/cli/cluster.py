"""``pellucid cluster``: groups of rows that are alike, without being told any."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from pellucid.cli import complete
from pellucid.cli.choices import Seed, kinds

if TYPE_CHECKING:
    from pellucid.memory.clustering import Clustering

WORDS = {
    "silhouette": "silhouette (-1 to 1; higher: clearer)",
    "distance": "mean distance to the cluster's mean",
    "quantisation_error": "quantisation error of the map",
    "topographic_error": "topographic error of the map",
    "reconstruction_error": "reconstruction error of the autoencoder",
    "adjusted_rand": "adjusted Rand index (1: the same, 0: chance)",
    "mutual_information": "mutual information, normalised",
    "purity": "purity",
}


@click.command(short_help="Find groups of rows that are alike.")
@click.argument("data", shell_complete=complete.data)
@click.option(
    "--method",
    type=click.Choice(["kmeans", "competitive", "map", "autoencoder"]),
    default="kmeans",
    show_default=True,
    help="How they are found.",
)
@click.option(
    "--clusters",
    type=click.IntRange(1),
    metavar="N",
    help="How many.  [default: 2 to 10, by the silhouette of k-means]",
)
@click.option(
    "--target",
    metavar="COLUMN",
    help="Column of a table with known classes: not looked at, but compared with afterwards.",
)
@click.option(
    "--column",
    multiple=True,
    callback=kinds,
    metavar="NAME=KIND",
    help="What a column of a table holds, as for train; NAME=ignore is not looked at.",
)
@click.option(
    "--out",
    metavar="FILE",
    help="File for the cluster of each row: .csv, .tsv, .parquet, .arrow, .feather or .jsonl.",
)
@click.option(
    "--data-dir", metavar="DIR", help="Folder with the idx files of mnist or fashion_mnist."
)
@click.option(
    "--seed",
    type=Seed(),
    metavar="N",
    default=0,
    show_default=True,
    help="What all draws follow from.",
)
@click.option(
    "--threads", type=click.IntRange(1), metavar="N", help="Threads that compute, at most."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of stdout.")
def cluster(
    data: str, method: str, clusters: int | None, target: str | None, column: dict[str, str],
    out: str | None, data_dir: str | None, seed: int, threads: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Divide the rows of DATA into groups of rows that are alike.

    DATA is a table (.csv, .parquet, .xlsx, ...), an .npz file with the array x, a sample's name, or
    a folder with idx files. Numbers are brought to one scale, categories become numbers. The known
    classes of a sample are compared with, as those of --target are.

    \u0008
    kmeans       scikit-learn's k-means
    competitive  units that compete for rows
    map          a Kohonen map, whose units k-means divides
    autoencoder  a network that says each row in few numbers; k-means of these

    Each cluster is told with the columns in which it differs most from all rows, in standard
    deviations. Clusters are numbered from 0, the largest first. With --json and without --out the
    clusters are in the JSON object.

    Exit: 0 done, 1 FILE could not be written, 2 the input is wrong.
    """
    from pathlib import Path

    from pellucid.cli.answers import ENDINGS, check_ending, writer
    from pellucid.cli.output import check_out, say, say_json, warn
    from pellucid.cli.predict import keep_inputs
    from pellucid.memory.clustering import agreement, clustered

    began = time.perf_counter()
    if out is not None:
        check_out(out)
        keep_inputs(out, Path(data), data, data_dir, what="the clusters")
        check_ending(out, ENDINGS, "--out")
    x, names, known = _read(data, target, column, data_dir)
    found = clustered(x, method, clusters, seed=seed, threads=threads)
    compared = None if known is None else agreement(found.labels, known)
    if out is not None:
        with writer(out) as add:
            add([{"row": row, "cluster": int(k)} for row, k in enumerate(found.labels)])
    if as_json:
        record: dict[str, Any] = {
            "data": data, "rows": len(x), "features": len(names), "method": method,
            "clusters": len(found.sizes), "sizes": found.sizes, "scores": found.scores,
            "known": compared, "particular": found.particular(x, names), "out": out,
            "seconds": time.perf_counter() - began,
        }  # fmt: skip
        say_json(record if out is not None else record | {"labels": found.labels.tolist()})
        return
    say(_told(found, x, names, compared))
    if out is not None:
        warn(f"The clusters of {len(x):,} rows are in {out}.")


def _read(data: str, target: str | None, column: dict[str, str], data_dir: str | None) -> Any:
    """Rows of numbers, the names of their columns, and the known classes if there are."""
    import numpy as np

    from pellucid.cli.output import new_things, warn
    from pellucid.data.codec import fit_inputs
    from pellucid.data.frame import Table
    from pellucid.data.samples import names as samples
    from pellucid.data.source import holds_pictures, open_data, open_features
    from pellucid.data.table_codec import TableCodec
    from pellucid.errors import DataError, ParameterError

    if data_dir is None and holds_pictures(data):
        raise DataError(
            f"{data} holds pictures in files, which are not clustered here. Give a table, an .npz "
            "file with rows of numbers, or a sample."
        )
    known: Any = None
    if target is not None or data in samples():
        dataset = open_data(data, target, data_dir=data_dir)
        x, known = dataset.x, dataset.y if dataset.kind == "classes" else None
        if known is None and target is not None:
            raise ParameterError(
                f"--target {target} holds {dataset.kind}; clusters are compared with classes. "
                f"Leave it out, or leave the column out with --column {target}=ignore."
            )
    else:
        x = open_features(data, [], data_dir)
    if isinstance(x, Table):
        with new_things(lambda text: warn(f"Warning: {text}")):
            codec = TableCodec.fit(x, column, embed=False)
            return codec.encode(x, np.float64), codec.feature_names, known
    if column:
        raise ParameterError(
            f"--column is for the columns of a table, and {data} is none. Leave it out."
        )
    rows = x.reshape(len(x), -1).astype(np.float64)
    own = tuple(dataset.feature_names) if known is not None else ()
    names = own if len(own) == rows.shape[1] else tuple(f"x{k + 1}" for k in range(rows.shape[1]))
    return fit_inputs(rows).encode(rows, np.float64), names, known


def _told(found: Clustering, x: Any, names: Any, compared: dict[str, float] | None) -> str:
    """What was found, as text."""
    from pellucid.data.arrays import count_of
    from pellucid.figures.table import table_text

    told = found.particular(x, names)
    rows = [
        {"cluster": k, "rows": size, "share": f"{size / len(x):.0%}", "particular": ", ".join(what)}
        for k, (size, what) in enumerate(zip(found.sizes, told, strict=True))
    ]
    many = count_of(len(rows), "cluster")
    lines = [f"{count_of(len(x), 'row')}, {many} by {found.method}", "", table_text(rows), ""]
    width = max(map(len, WORDS.values()))
    for name, value in found.scores.items():
        lines.append(f"{WORDS[name]:<{width}}  {'-' if value is None else f'{value:.4f}'}")
    if compared is not None:
        lines += ["", "Beside the known classes:"]
        lines += [f"{WORDS[name]:<{width}}  {value:.4f}" for name, value in compared.items()]
    return "\n".join(lines)
