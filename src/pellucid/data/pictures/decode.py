"""One picture file, opened by Pillow, as an array; what is wrong with it in a few words.

Only five formats are tried, whatever the file's name ends in, and no more pixels are unpacked than
``MOST_PIXELS``: a file may come from anywhere.
"""

from __future__ import annotations

import re
import stat
import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.pictures.framing import Framing
from pellucid.errors import FileError

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
ENDINGS = frozenset((".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"))
MOST_PIXELS = 100_000_000
# What Pillow's readers raise for files that are not what they seem.
DAMAGED = (
    OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, AttributeError,
    ArithmeticError, AssertionError, struct.error, zlib.error, NotImplementedError, RuntimeError,
)  # fmt: skip


def decode(file: Path | BytesIO, framing: Framing, most: int = MOST_PIXELS) -> Array:
    """Read one picture: the first frame, turned as its EXIF data say, on the background, framed.

    Parameters:
        most: pixels that are unpacked.
    Shapes: -> channels x height x width, whole numbers 0 to 255 (uint8).
    Raises: ``FileError`` whose message is what is wrong, to be put behind the file's name.
    """
    with opened(file, most) as image:
        try:
            side = 2 * max(framing.height, framing.width)
            image.draft("RGB" if framing.color else "L", (side, side))  # JPEG only: decodes less
            pixels = np.asarray(_framed(_plain(image, framing), framing), np.uint8)
        except MemoryError:
            raise FileError("does not fit into memory") from None
        except DAMAGED:
            raise FileError("is damaged or cut off") from None
    return pixels[None] if pixels.ndim == 2 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def measure(path: Path) -> tuple[int, int, bool]:
    """The height and width of a picture as it is shown, and whether it has colours."""
    with opened(path) as image:
        try:
            turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
        except DAMAGED:
            turned = False
        width, height = reversed(image.size) if turned else image.size
        return height, width, _has_colors(image)


def pixel_count(file: Path | BytesIO, most: int = MOST_PIXELS) -> int:
    """The pixels that a picture would have once unpacked, by its header alone.

    Raises: ``FileError`` for more than ``most`` as well.
    """
    with opened(file, most) as image:
        return image.width * image.height


def opened(file: Path | BytesIO, most: int = MOST_PIXELS) -> Image:
    """The file, or one in memory, open, its header read; it may be damaged further on."""
    from PIL import Image, UnidentifiedImageError

    try:
        if isinstance(file, Path):
            _check_file(file)
        image = Image.open(file, formats=FORMATS)
    except FileError:
        raise
    except FileNotFoundError:
        raise FileError("is not there") from None
    except PermissionError:
        raise FileError("may not be read: permission denied") from None
    except UnidentifiedImageError:
        raise FileError("is no picture, or is damaged") from None
    except Image.DecompressionBombError as error:
        found = re.search(r"\d+", str(error))
        raise FileError(_too_many(f"{int(found[0]):,} pixels" if found else "", most)) from None
    except OSError as error:
        raise FileError(f"cannot be opened: {(error.strerror or str(error)).lower()}") from None
    except DAMAGED:
        raise FileError("is damaged or cut off") from None
    if image.width * image.height > most:
        image.close()
        raise FileError(_too_many(f"{image.width:,} x {image.height:,} pixels", most))
    return image


def _check_file(path: Path) -> None:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise FileError("is a folder" if stat.S_ISDIR(status.st_mode) else "is not a file")
    if status.st_size == 0:
        raise FileError("is empty")


def _too_many(size: str, most: int) -> str:
    told = f"at most {most // 1_000_000} million are unpacked"
    return f"has {size or 'too many pixels'}, and {told}"


def _has_colors(image: Image) -> bool:
    if image.mode == "P":
        palette = np.array(image.getpalette() or [0], np.uint8)
        triples = palette[: len(palette) // 3 * 3].reshape(-1, 3)
        return bool((triples != triples[:, :1]).any())
    return image.mode not in ("1", "L", "LA", "La", "I", "F") and not image.mode.startswith("I;")


def _plain(image: Image, framing: Framing) -> Image:
    """The picture upright, without transparency, of 8 bits, in colour or grey."""
    from PIL import Image, ImageOps

    upright: Any = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I") or upright.mode == "F":  # 16 bits: 65535 is white
        wide = np.asarray(upright).astype(np.float64) / 257
        upright = Image.fromarray(np.clip(np.rint(wide), 0, 255).astype(np.uint8))
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
        ground = Image.new("RGBA", upright.size, framing.background)
        upright = Image.alpha_composite(ground, upright)
    result: Image.Image = upright.convert("RGB" if framing.color else "L")
    return result


def _framed(image: Image, framing: Framing) -> Image:
    """The picture at the size of the frame; averaged where it shrinks, interpolated otherwise."""
    from PIL import Image

    size, own = (framing.width, framing.height), image.size
    if own == size:
        return image
    ratios = size[0] / own[0], size[1] / own[1]
    smooth: Any = {"resample": Image.Resampling.BILINEAR, "reducing_gap": 3.0}
    if framing.fit == "stretch":
        return image.resize(size, **smooth)
    if framing.fit == "crop":
        ratio = max(ratios)
        width, height = size[0] / ratio, size[1] / ratio
        left, top = (own[0] - width) / 2, (own[1] - height) / 2
        box = (max(left, 0), max(top, 0), min(left + width, own[0]), min(top + height, own[1]))
        return image.resize(size, box=box, **smooth)
    ratio = min(ratios)
    width, height = max(1, round(own[0] * ratio)), max(1, round(own[1] * ratio))
    ground = Image.new(image.mode, size, _ground(framing))
    place = ((size[0] - width) // 2, (size[1] - height) // 2)
    ground.paste(image.resize((width, height), **smooth), place)
    return ground


def _ground(framing: Framing) -> Any:
    from PIL import ImageColor

    return ImageColor.getcolor(framing.background, "RGB" if framing.color else "L")
