"""``pellucid inspect``: what is in a model file."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import click

from pellucid.cli import complete

if TYPE_CHECKING:
    from pellucid.models.network import Network


@click.command(short_help="Look at a model: layers, numbers, graph, where it came from.")
@click.argument("model", shell_complete=complete.models)
@click.option(
    "--graph",
    type=click.Choice(["text", "json", "dot", "mermaid"]),
    help="Print the computational graph of the prediction instead.",
)
@click.option("--step", is_flag=True, help="With --graph: of a whole training step.")
@click.option(
    "--figure",
    metavar="FILE",
    help="Draw the network into FILE: .svg, .html, .json, .png or .pdf (the last two need the "
    "extra figures).",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of stdout.")
def inspect(model: str, graph: str | None, step: bool, figure: str | None, as_json: bool) -> None:
    """Show what is in MODEL, a model file or the folder of a run.

    That is the data and what each column became, the layers, the parameters in numbers, and where
    it came from; of a run also how it ended and its scores.

    \u0008
    The graph can be drawn by other programs:
      pellucid inspect RUN --graph dot | dot -Tsvg > graph.svg
    """  # fmt: skip
    if step and graph is None:
        raise click.UsageError("--step is for --graph. Write --graph text --step.")
    if graph is not None and as_json:
        raise click.UsageError(
            "--graph prints a graph and nothing else. For JSON write --graph json."
        )
    if graph is not None and figure is not None:
        raise click.UsageError("--graph prints a graph, --figure draws a file. Give one of them.")
    from pellucid.cli.output import say, say_json
    from pellucid.graph import show
    from pellucid.io.run_folder import model_path
    from pellucid.models.network import Network

    path = model_path(model)
    network = Network.load(path)
    if figure is not None:
        draw(network, figure, path)
    if graph is not None:
        write = {
            "text": show.to_text,
            "json": show.to_json,
            "dot": show.to_dot,
            "mermaid": show.to_mermaid,
        }[graph]
        say(write(network.graph(step=step)))
    elif as_json:
        shown = {**record(network), "file": file_facts(path), "run": run_record(path)}
        say_json(shown if figure is None else shown | {"figure": figure})
    else:
        say(text(network, model, run_record(path)))


def draw(network: Network, figure: str, path: Path) -> None:
    """Draw the network's diagram into a file, and say so."""
    from pellucid.cli.output import check_out, warn, writing
    from pellucid.cli.predict import keep_inputs
    from pellucid.figures.drawing_svg import drawing_svg
    from pellucid.figures.keeping import ending_of, figure_bytes
    from pellucid.inspect.views import network_drawing, network_figure
    from pellucid.io.files import write_whole

    form = ending_of(figure)
    check_out(figure)
    keep_inputs(figure, path, None, None, what="the figure", name="--figure")
    if form == "svg":  # drawn here, so that no other program is needed
        content = drawing_svg(network_drawing(network)).encode()
    else:
        content = figure_bytes(network_figure(network), form)
    with writing():
        write_whole(figure, content)
    warn(f"The network is drawn in {figure}.")


def record(network: Network) -> dict[str, Any]:
    """All that is shown, as plain values."""
    from pellucid.data.table_codec import TableCodec
    from pellucid.nn.spec import layer_to_record, loss_to_record

    _, codec, target = network._parts()
    return {
        "layers": [layer_to_record(layer) for layer in network.layers],
        "loss": loss_to_record(network.loss),
        "parameters": network.architecture.learned.size,
        "steps": network.steps_taken,
        "inputs": codec.describe(),
        "target": target.describe(),
        "target_column": target_column(network),
        "columns": codec.rows() if isinstance(codec, TableCodec) else None,
        "codec": {"input": codec.to_record()[0], "target": target.to_record()[0]},
        "classes": None if network.classes is None else list(network.classes),
        "threshold": network.threshold,
        "arrays": statistics(network),
        "provenance": network.provenance,
    }


def target_column(network: Network) -> str | None:
    """The column that the model predicts, where its file says so; a file may hold anything."""
    data = network.provenance.get("data")
    name = data.get("target") if isinstance(data, dict) else None
    return name if isinstance(name, str) else None


def statistics(network: Network) -> list[dict[str, Any]]:
    """Of each parameter array: its shape, mean, standard deviation, ends, and how many are 0."""
    rows: list[dict[str, Any]] = []
    for name, array in network.parameters.items():
        row: dict[str, Any] = {"parameter": name, "shape": " x ".join(map(str, array.shape)) or "1"}
        if array.size:
            values = array.astype(float)
            row |= {
                "mean": float(values.mean()), "deviation": float(values.std()),
                "least": float(values.min()), "greatest": float(values.max()),
            }  # fmt: skip
        rows.append(row | {"zeros": int((array == 0).sum())})
    return rows


def file_facts(path: Path) -> dict[str, Any]:
    """The model's file: where it is, its size, its SHA-256."""
    import hashlib

    content = path.read_bytes()
    return {
        "path": str(path), "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip


def run_record(path: Path) -> dict[str, Any] | None:
    """What ``run.json`` beside the model says, where there is one that can be read."""
    from pellucid.io.run_folder import MODEL, RECORD

    if path.name != MODEL:
        return None
    try:
        found = json.loads((path.parent / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found else None


def text(network: Network, model: str, run: dict[str, Any] | None) -> str:
    """All that is shown, for a person."""
    from pellucid.cli.output import width
    from pellucid.cli.report import columns_text
    from pellucid.data.table_codec import TableCodec
    from pellucid.figures.table import table_text

    _, codec, target = network._parts()
    column = target_column(network)
    parts = [
        f"Model    {model}",
        f"Inputs   {codec.describe()}",
        f"Target   {target.describe()}{f', from column {column!r}' if column else ''}",
        f"Learned  {network.steps_taken:,} steps",
        "",
    ]
    if isinstance(codec, TableCodec):
        parts += [columns_text(codec, width()), ""]
    parts += [str(network.summary()), "", table_text(statistics(network))]
    parts += ["", *run_lines(run)] if run else []
    if network.provenance:
        parts += ["", "Where it came from", *provenance_lines(network.provenance)]
    return "\n".join(parts)


def run_lines(run: dict[str, Any]) -> list[str]:
    """How a run ended, its scores beside those of the simple models; a file may hold anything."""
    from pellucid.cli.report import WORDS, scores_text

    took = run.get("seconds")
    seconds = float(took) if isinstance(took, int | float) else 0.0
    why = WORDS.get(str(run.get("stopped")), str(run.get("stopped")))
    lines = [f"Run      {run.get('epochs')} epochs in {seconds:.1f} seconds: {why}"]
    try:
        lines.append(scores_text(run["metrics"], seconds, run["baselines"]))
    except (TypeError, ValueError, LookupError, AttributeError):
        lines.append("Its scores cannot be read: run.json was changed by hand.")
    return lines


def provenance_lines(provenance: dict[str, Any], indent: str = "  ") -> list[str]:
    """A line an entry; long lists by their number of entries."""
    from pellucid.cli.output import width
    from pellucid.cli.report import quoted

    lines = []
    for name, value in provenance.items():
        if isinstance(value, dict):
            lines += [f"{indent}{name}", *provenance_lines(value, indent + "  ")]
        elif isinstance(value, list) and len(json.dumps(value)) > 60:
            lines.append(f"{indent}{name}: {len(value)} entries, the first {value[0]!s:.40}")
        elif value not in (None, [], ""):
            shown = ", ".join(quoted([*map(str, value)])) if isinstance(value, list) else value
            line = f"{indent}{name}: {shown}"
            if name == "rule":
                line = fill(line, width(), subsequent_indent=f"{indent}  ")
            lines.append(line)
    return lines
