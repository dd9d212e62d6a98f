"""Pictures from files: found, decoded by Pillow, framed, and kept in memory."""

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
