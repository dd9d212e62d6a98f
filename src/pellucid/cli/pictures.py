"""The options of ``train`` for pictures from files: how to read them, how to vary them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pellucid.cli.with_options import with_options

if TYPE_CHECKING:
    from pathlib import Path

    from pellucid.data.pictures.framing import Framing, PictureOptions
    from pellucid.data.pictures.read import Pictures, Tell
    from pellucid.nn.layer import Layer

READING = ("size", "fit", "grey", "background", "strict", "memory")
KINDS = ("flip", "shift", "rotate", "zoom", "color", "cutout")
picture_options = with_options(
    click.option(
        "--size", metavar="SIZE",
        help="Pictures: pixels each way, such as 64, or height x width, such as 48x64.  [default: "
        "their own, at most 64]",
    ),
    click.option(
        "--fit", type=click.Choice(["crop", "pad", "stretch"]),
        help="Pictures: how they are brought to the size.  [default: crop]",
    ),
    click.option("--grey", is_flag=True, help="Pictures: without their colours."),
    click.option(
        "--background", metavar="COLOR",
        help="Pictures: what shows where they are transparent: white, black, grey or #rrggbb.  "
        "[default: white]",
    ),
    click.option(
        "--strict", is_flag=True, help="Pictures: a file that cannot be read ends the command."
    ),
    click.option(
        "--memory", type=float, metavar="GB",
        help="Pictures: the most memory that all of them may take; more are kept in a file beside "
        "the run until it ends.  [default: 2]",
    ),
    click.option(
        "--augment", metavar="LIST",
        help="Pictures: how each is changed anew in each epoch: flip, shift, rotate, zoom, color, "
        "cutout, each with its size if you like (shift=0.2,rotate=15); none.  [default: shift,"
        "rotate,zoom,color for the default network, in colour flip too; else none]",
    ),
)  # fmt: skip


def taken(options: dict[str, Any]) -> dict[str, Any]:
    """Take the options out of all those of the command: what ``Asked`` has of them."""
    own = {name: options.pop(name) for name in READING}
    return {"pictures": reading(own)}


def reading(own: dict[str, Any]) -> PictureOptions | None:
    """How to read pictures; None where nothing was asked for."""
    from pellucid.data.pictures.framing import PictureOptions

    given = {name: value for name, value in own.items() if value is not None and value is not False}
    if not given:
        return None
    if "size" in given:
        given["size"] = read_size(given["size"])
    if given.pop("grey", False):
        given["color"] = False
    return PictureOptions(**given)


def read_size(text: str) -> tuple[int, int]:
    """Height and width out of 64 or 48x64."""
    parts = [part.strip() for part in text.lower().split("x")]
    if len(parts) > 2 or not all(part.isascii() and part.isdecimal() for part in parts):
        raise click.BadParameter(
            f"--size is {text!r}; expected pixels, such as 64, or height x width, such as 48x64."
        )
    height, width = int(parts[0]), int(parts[-1])
    return height, width


def above(out: str | None) -> Path:
    """The folder that a run's folder will be in, or the nearest above it that is there."""
    from pathlib import Path

    from pellucid.io.run_folder import PARENT

    folder = (Path(out) if out else Path(PARENT) / "run").absolute().parent
    return next(place for place in (folder, *folder.parents) if place.is_dir())


def augmentation(text: str) -> list[Layer]:
    """The layers that vary pictures in training, from a list such as flip,shift=0.2.

    Raises: ``UnknownNameError`` for what there is not; ``ParameterError`` for what is out of range.
    """
    from pellucid.errors import ParameterError, unknown_name
    from pellucid.nn.affine import RandomAffine
    from pellucid.nn.jitter import ColorJitter, CutOut

    if text.strip() == "none":
        return []
    moves: dict[str, Any] = {"shift": 0.0, "rotate": 0.0, "zoom": 0.0}
    seen: set[str] = set()
    light: list[Layer] = []
    for word in text.split(","):
        name, _, size = (part.strip() for part in word.partition("="))
        if name not in KINDS:
            raise unknown_name("augmentation", name, [*KINDS, "none"])
        if name in seen:
            raise ParameterError(f"--augment has {name} twice in {text!r}. Write it once.")
        seen.add(name)
        if name == "flip":
            moves[name] = size or "horizontal"
        elif name == "color":
            share = _number(name, size, ColorJitter().contrast)
            light.append(ColorJitter(share, share, share))
        elif name == "cutout":
            light.append(CutOut(_number(name, size, CutOut().size)))
        else:
            moves[name] = _number(name, size, getattr(RandomAffine(), name))
    moving = bool(seen - {"color", "cutout"})
    return [*([RandomAffine(**moves)] if moving else []), *light]


def _number(name: str, text: str, default: float) -> float:
    from pellucid.errors import ParameterError

    try:
        return float(text) if text else default
    except ValueError:
        raise ParameterError(
            f"--augment expects a number for {name}, got {text!r}. Write {name}=0.1, or just "
            f"{name}."
        ) from None


def pictures_for(framing: Framing | None, data: str, strict: bool) -> Pictures | None:
    """The pictures that a model is asked about; None where DATA is something else.

    What was passed over or left out is said on stderr.
    """
    import warnings

    from pellucid.cli.output import warn
    from pellucid.data.pictures import read_files
    from pellucid.data.source import holds_pictures
    from pellucid.errors import DataError, DataWarning

    if not holds_pictures(data):
        return None
    if framing is None:
        raise DataError(
            f"{data} holds pictures, and the model did not learn from picture files: it does not "
            "say how to bring them to its size. Give it what it learned from, or train one on a "
            "folder of pictures."
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        pictures = read_files(data, framing, strict=strict, tell=teller(False, "Read"))
    for note in pictures.notes:
        warn(f"Warning: {note}")
    return pictures


def teller(quiet: bool, what: str) -> Tell | None:
    """Say on a terminal, now and then, how many files are done."""
    import sys
    import time

    if quiet or not sys.stderr.isatty():
        return None
    began = last = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - began < 1 or (now - last < 0.2 and done < total):
            return
        last = now
        end = "\n" if done == total else ""
        sys.stderr.write(f"\r{what} {done:,} of {total:,} pictures{end}")
        sys.stderr.flush()

    return tell
