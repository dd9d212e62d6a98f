"""Folders of drawn pictures, so that the road from pictures to a model can be tried anywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pellucid.data.dataset import Dataset
from pellucid.data.pictures.chance import Chance
from pellucid.data.pictures.flowers import FLOWERS, draw_flower
from pellucid.data.pictures.framing import Framing
from pellucid.data.pictures.shapes import SHAPES, draw_shape
from pellucid.errors import FileError, unknown_name
from pellucid.hyper import Hyper

if TYPE_CHECKING:
    from PIL.Image import Image

    from pellucid.data.pictures.read import Tell

Drawer = Callable[[str, Chance, int], "Image"]
DRAWN: dict[str, tuple[tuple[str, ...], Drawer, str]] = {
    "flowers": (FLOWERS, draw_flower, "red roses and white lotus flowers"),
    "shapes": (SHAPES, draw_shape, "circles, crosses, hearts, squares, stars and triangles"),
}
COUNT = Hyper("the number of pictures of each class", int, low=1, high=100_000)
SIZE = Hyper("the height and width of a picture", int, low=8, high=1024, unit="pixels")


def draw_folder(
    name: str, out: str | PathLike[str], *, count: int = 250, size: int = 64, seed: int = 0,
    tell: Tell | None = None,
) -> int:  # fmt: skip
    """Draw a folder of PNG files with a folder for each class; return how many pictures are in it.

    A picture follows from the seed, its class and its number: with a larger count the first ones
    stay the same. Another version of Pillow may draw a pixel differently.

    Parameters:
        name: "flowers" (two classes) or "shapes" (six).
        out: a new folder.
        count: pictures of each class.
        size: height and width in pixels.
        seed: what the draws follow from.
        tell: called now and then with how many are drawn, and of how many.

    Raises: ``UnknownNameError``; ``ParameterError``; ``FileError`` for a folder that is there
        already, or cannot be made.
    """
    if name not in DRAWN:
        raise unknown_name("folder to draw", name, DRAWN)
    count = COUNT.check(name, "count", count)
    size = SIZE.check(name, "size", size)
    classes, draw, _ = DRAWN[name]
    folder = Path(out)
    digits = max(4, len(str(count)))
    try:
        folder.mkdir()
    except FileExistsError:
        raise FileError(
            f"{folder} is there already; expected the name of a new folder. Give another name."
        ) from None
    except OSError as error:
        raise FileError(f"{folder} cannot be made: {error.strerror or error}.") from None
    done = 0
    for kind in classes:
        _make(folder / kind)
        for number in range(1, count + 1):
            picture = draw(kind, Chance(seed, f"{name} {size} {kind} {number}"), size)
            _save(picture, folder / kind / f"{kind}_{number:0{digits}}.png")
            done += 1
            if tell is not None:
                tell(done, count * len(classes))
    return done


@lru_cache(maxsize=4)
def drawn_pictures(name: str, count: int = 80, size: int = 32, seed: int = 0) -> Dataset:
    """The pictures that ``draw_folder`` would write, in memory, as a data set.

    Parameters:
        name, count, size, seed: as for ``draw_folder``.
    Shapes: x is n x 3 x size x size (uint8), y is n.
    Raises: ``UnknownNameError``; ``ParameterError``.
    """
    if name not in DRAWN:
        raise unknown_name("folder to draw", name, DRAWN)
    count, size = COUNT.check(name, "count", count), SIZE.check(name, "size", size)
    classes, draw, what = DRAWN[name]
    x = np.empty((count * len(classes), 3, size, size), np.uint8)
    files = []
    for place, kind in enumerate(classes):
        for number in range(count):
            picture = draw(kind, Chance(seed, f"{name} {size} {kind} {number + 1}"), size)
            x[place * count + number] = np.moveaxis(np.asarray(picture.convert("RGB")), 2, 0)
            files.append(f"{kind}_{number + 1}")
    x.setflags(write=False)
    return Dataset(
        name, x, np.repeat(np.array(classes), count), "classes", (), tuple(sorted(classes)),
        (size, size), f"Drawn pictures: {what}.", "Drawn by Pellucid.", files=tuple(files),
        framing=Framing(size, size),
    )  # fmt: skip


def _make(folder: Path) -> None:
    try:
        folder.mkdir()
    except OSError as error:
        raise FileError(f"{folder} cannot be made: {error.strerror or error}.") from None


def _save(picture: Image, path: Path) -> None:
    try:
        picture.save(path, compress_level=3)
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror or error}.") from None
