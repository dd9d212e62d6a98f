"""``pellucid data flowers OUT``: folders of pictures that are drawn on the spot."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import click


def is_drawn(name: str) -> bool:
    """Whether a name stands for pictures to draw."""
    from pellucid.data.pictures.drawn import DRAWN

    return name in DRAWN


def drawing(
    name: str, out: str | None, others: Mapping[str, Any], own: Mapping[str, int | None],
    as_json: bool = False,
) -> None:  # fmt: skip
    """Draw the folder, or tell what would be in it.

    Parameters:
        others: options that are for samples; none may be given.
        own: count, size and seed, None where not given.
        as_json: whether a JSON object is printed.
    """
    from pellucid.cli.output import WrongInput, say, say_json, warn
    from pellucid.cli.pictures import teller
    from pellucid.data.pictures.drawn import DRAWN, draw_folder

    for option, value in others.items():
        if value is not None:
            raise click.UsageError(f"--{option.replace('_', '-')} has no meaning for {name}.")
    given = {option: value for option, value in own.items() if value is not None}
    classes, _, what = DRAWN[name]
    if out is None:
        if given:
            raise click.UsageError("Say where to draw: give OUT, the name of a new folder.")
        if as_json:
            say_json({"name": name, "classes": list(classes), "description": what, "out": None})
            return
        say(f"{name}: {what}, drawn as PNG files in a folder for each class.")
        say(f"Classes: {', '.join(classes)}")
        say(f"Draw them: pellucid data {name} OUT")
        return
    if out == "-":
        raise WrongInput(
            f"Pictures are drawn into a folder, got -. Write pellucid data {name} OUT."
        )
    began = time.perf_counter()
    done = draw_folder(name, out, tell=teller(False, "Drew"), **given)
    warn(f"{done:,} pictures are in {out} ({time.perf_counter() - began:.1f} seconds). Learn them:")
    warn(f"  pellucid train {out}")
    if as_json:
        seconds = time.perf_counter() - began
        say_json({"name": name, "classes": list(classes), "pictures": done, "out": out,
                  "seconds": seconds})  # fmt: skip
