"""Framing: how pictures of any size and kind become arrays of one size and kind.

A model keeps its framing, so that what it is asked about goes the way of what it learned from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pellucid.data.record import Fields, damaged
from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.hyper import Declared, hyper

FITS = ("crop", "pad", "stretch")
BACKGROUNDS = {"white": "#ffffff", "black": "#000000", "grey": "#808080"}
MOST_SIDE = 2048
SIDE = 64
"""A side is at most this long unless that is asked for."""
LEAST_SIDE = 8


@dataclass(frozen=True)
class Framing(Declared):
    """The size and kind of the arrays that pictures become.

    Shapes: a picture of any size -> (3, height, width), or (1, height, width) without colour; whole
        numbers 0 to 255.
    Parameters:
        height, width: pixels.
        fit: "crop" scales until the frame is filled and cuts off evenly what stands over; "pad"
            scales until all is inside and fills the rest with the background; "stretch" scales
            both sides for themselves.
        color: whether there are three channels (red, green, blue), or one of grey.
        background: what shows through where a picture is transparent, and what "pad" fills with:
            white, black, grey, or #rrggbb.

    Example:
        >>> Framing(48, 64, background="white").shape
        (3, 48, 64)
    """

    height: int = hyper(
        SIDE, kind=int, low=1, high=MOST_SIDE, unit="pixels", doc="the height of the arrays"
    )
    width: int = hyper(
        SIDE, kind=int, low=1, high=MOST_SIDE, unit="pixels", doc="the width of the arrays"
    )
    fit: str = hyper("crop", kind=str, choices=FITS, doc="how a picture is brought to the size")
    color: bool = hyper(True, kind=bool, doc="whether there are three channels, or one of grey")
    background: str = hyper("#ffffff", kind=str, doc="the colour behind what is transparent")

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "background", read_color(self.background))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        return (3 if self.color else 1, self.height, self.width)

    @property
    def text(self) -> str:
        """The framing in words: ``64 x 64 in colour, cropped``."""
        kind = "in colour" if self.color else "in grey"
        how = {"crop": "cropped", "pad": f"padded with {self.background}", "stretch": "stretched"}
        return f"{self.height} x {self.width} {kind}, {how[self.fit]}"

    def to_plain(self) -> dict[str, Any]:
        """All of it as plain JSON."""
        return {
            "height": self.height, "width": self.width, "fit": self.fit, "color": self.color,
            "background": self.background,
        }  # fmt: skip

    @classmethod
    def from_plain(cls, plain: Any) -> Framing:
        """Read back what ``to_plain`` gave.

        Raises: ``FileError`` for anything else.
        """
        names = ("height", "width", "fit", "color", "background")
        if not isinstance(plain, dict) or set(plain) != set(names):
            raise damaged("framing", f"an object of {', '.join(names)}", plain)
        fields = Fields(plain, {})
        fit, color = fields.text("fit", FITS), fields.truth("color")
        try:
            return cls(plain["height"], plain["width"], fit, color, plain["background"])
        except (ParameterError, TypeError) as error:
            raise damaged("framing", "sizes and a colour that there are", str(error)) from None


def read_color(text: Any) -> str:
    """A colour as #rrggbb.

    Example:
        >>> read_color("white"), read_color("#FFC")
        ('#ffffff', '#ffffcc')
    """
    known = str(text).strip().lower()
    known = BACKGROUNDS.get(known, known)
    if re.fullmatch(r"#[0-9a-f]{3}", known):
        known = "#" + "".join(2 * digit for digit in known[1:])
    if not re.fullmatch(r"#[0-9a-f]{6}", known):
        raise ParameterError(
            f"A background is {', '.join(BACKGROUNDS)}, or a colour such as #ffcc00, got {text!r}. "
            "Write one of these."
        )
    return known


@dataclass(frozen=True)
class PictureOptions(Declared):
    """How to read pictures from files; what is None follows from the pictures.

    Parameters:
        size: height and width in pixels; one number stands for both. By default the size that all
            pictures have, where that is at most 64 each way; else a square as large as the shorter
            side of the median picture, at most 64.
        fit, background: as for ``Framing``.
        color: by default whether any picture has colours.
        strict: whether a file that cannot be read is an error; by default it is named, left out.
        memory: how much of the machine's memory all the pictures may take, as whole numbers of 8
            bits; more are kept in a file.
    """

    size: int | tuple[int, int] | None = hyper(
        None, kind=int, low=1, high=MOST_SIDE, optional=True, pair=True, unit="pixels",
        doc="the height and width that pictures are brought to",
    )  # fmt: skip
    fit: str = hyper("crop", kind=str, choices=FITS, doc="how a picture is brought to the size")
    color: bool | None = hyper(
        None, kind=bool, optional=True, doc="whether there are three channels, or one of grey"
    )
    background: str = hyper("#ffffff", kind=str, doc="the colour behind what is transparent")
    strict: bool = hyper(False, kind=bool, doc="whether a file that cannot be read is an error")
    memory: float = hyper(2.0, above=0, unit="gigabytes", doc="the memory for all the pictures")

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "background", read_color(self.background))

    def framing(self, seen: Sequence[tuple[int, int, bool]]) -> Framing:
        """The framing for pictures like those seen: (height, width, whether in colour) each."""
        size: Any = self.size or _size([(height, width) for height, width, _ in seen])
        color = self.color if self.color is not None else any(color for *_, color in seen)
        return Framing(size[0], size[1], self.fit, color, self.background)


def _size(sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    if not sizes:
        return SIDE, SIDE
    if len(set(sizes)) == 1 and max(sizes[0]) <= SIDE:
        return sizes[0]
    shorter = sorted(min(size) for size in sizes)
    side = max(LEAST_SIDE, min(SIDE, shorter[len(shorter) // 2]))
    return side, side
