"""``pellucid import``: a model that another program made, as a model file of ours."""

from __future__ import annotations

from typing import Any

import click


@click.command("import", short_help="Make a model of an ONNX file, so that it can be seen through.")
@click.argument("file")
@click.argument("out")
@click.option(
    "--classes",
    metavar="A,B,...",
    help="Names of the classes, in the order of the outputs, or how many there are.  "
    "[default: what the file says]",
)
@click.option(
    "--shape", metavar="SIZES", help="Shape of one row, where the file leaves it open, as 1x28x28."
)
@click.option("--output", metavar="NAME", help="Output to read, where there are several.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of stdout.")
def import_model(
    file: str, out: str, classes: str | None, shape: str | None, output: str | None, as_json: bool
) -> None:
    """Read the ONNX file FILE and write it as a model to OUT.

    All commands take that model: predict, inspect, explain, train on it, serve. Where a node of
    the file is not known, all such are named, and nothing is written.

    Where onnxruntime is installed, its answers for drawn rows are compared with the model's
    first, and a model that differs is not written.

    OUT is replaced if it is there, unless it is FILE.
    """
    from pathlib import Path

    from pellucid.cli.output import WrongInput, check_out, say, say_json, writing
    from pellucid.models.network import Network

    check_out(out)
    if Path(out).exists() and Path(file).exists() and Path(out).samefile(file):
        raise WrongInput(f"{out} is the file itself. Give OUT another name.")
    net = Network.from_onnx(file, _classes(classes), shape=_sizes(shape), output=output)
    with writing():
        net.save(out)
    told = net.provenance["imported"]
    if as_json:
        say_json(_record(net, file, out, told))
        return
    say(str(net.summary()))
    compared = told.get("compared")
    checked = (
        f"Compared with ONNX Runtime on {compared['rows']} drawn rows: the largest difference is "
        f"{compared['difference']:.2g}."
        if compared
        else "Not compared with ONNX Runtime, which is not installed or does not run it."
    )
    say(f"\n{out}: from {told['nodes']} nodes of {told['producer'] or 'an unknown program'}.")
    say(checked)


def _record(net: Any, file: str, out: str, told: dict[str, Any]) -> dict[str, Any]:
    return {
        "file": file, "out": out, "imported": told,
        "parameters": net.architecture.learned.size,
        "classes": None if net.classes is None else net.classes.tolist(),
    }  # fmt: skip


def _classes(text: str | None) -> Any:
    """Names, whole numbers where all are such, or a count."""
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if all(part.lstrip("-").isdigit() for part in parts):
        return int(parts[0]) if len(parts) == 1 else [int(part) for part in parts]
    return parts


def _sizes(text: str | None) -> tuple[int, ...] | None:
    from pellucid.cli.output import WrongInput

    if text is None:
        return None
    parts = text.lower().replace(",", "x").split("x")
    if not all(part.strip().isdigit() for part in parts):
        raise WrongInput(f"--shape is sizes such as 1x28x28, got {text!r}.")
    return tuple(int(part) for part in parts)
