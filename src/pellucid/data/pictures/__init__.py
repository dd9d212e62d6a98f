"""Pictures from files: found, decoded by Pillow, framed, and kept in memory."""

from typing import TYPE_CHECKING

from pellucid.lazily import handed_on

if TYPE_CHECKING:
    from pellucid.data.pictures.codec import PictureCodec
    from pellucid.data.pictures.framing import Framing, PictureOptions
    from pellucid.data.pictures.read import Pictures, read_files, read_pictures

__all__ = [
    "Framing",
    "PictureCodec",
    "PictureOptions",
    "Pictures",
    "read_files",
    "read_pictures",
]

__getattr__, __dir__ = handed_on(
    __name__,
    {
        "codec": ["PictureCodec"],
        "framing": ["Framing", "PictureOptions"],
        "read": ["Pictures", "read_files", "read_pictures"],
    },
)
