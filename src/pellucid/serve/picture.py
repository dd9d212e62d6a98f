"""Rows of picture models: a picture's file, as it is or as base64 in JSON."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np

from pellucid.data.pictures.codec import PictureCodec
from pellucid.data.pictures.decode import FORMATS, decode, pixel_count
from pellucid.errors import FileError
from pellucid.serve.faults import Faults, shown
from pellucid.serve.reader import Reader, Rows
from pellucid.serve.wanted import check_wanted
from pellucid.web.refusal import Refused

KEY = "picture"
MOST_PIXELS, MOST_IN_ALL = 25_000_000, 100_000_000
"""Pixels of a picture, and of all pictures of a request: a small file can hold very many."""


class PictureReader(Reader):
    """Decodes pictures and frames them as in training; the predictor takes their pixels."""

    pictures = True

    def __init__(self, codec: PictureCodec) -> None:
        self._framing = codec.framing

    def one(self, value: Any) -> Rows:
        """A single picture, from an object with its base64."""
        return self._read([value], Faults(single=True))

    def many(self, values: Sequence[Any]) -> Rows:
        """Pictures, from a list of such objects."""
        return self._read(values, Faults(single=False))

    def from_picture(self, body: bytes) -> Rows:
        """A single picture, from its file."""
        try:
            return Rows(decode(BytesIO(body), self._framing, MOST_PIXELS)[None])
        except FileError as fault:
            error = f"The picture {fault}. Send one of {', '.join(FORMATS)}."
            raise Refused(422, error, ["body"]) from None

    def _read(self, values: Sequence[Any], faults: Faults) -> Rows:
        files = self._files(values, faults)
        found = []
        for place, file in files.items():
            check_wanted()
            try:
                found.append(decode(BytesIO(file), self._framing, MOST_PIXELS))
            except FileError as fault:
                faults.add(place, (KEY,), f"the picture {fault}")
        if faults:
            remedy = f"Send one of {', '.join(FORMATS)} in base64, as {{{KEY!r}: ...}}."
            raise faults.refusal(remedy.replace("'", '"'))
        return Rows(np.stack(found))

    def _files(self, values: Sequence[Any], faults: Faults) -> dict[int, bytes]:
        """The files of all rows that hold one, none of them unpacked yet."""
        files, pixels = {}, 0
        for place, row in enumerate(values):
            check_wanted()
            file = self._file(place, row, faults)
            if file is None:
                continue
            try:
                pixels += pixel_count(BytesIO(file), MOST_PIXELS)
            except FileError as fault:
                faults.add(place, (KEY,), f"the picture {fault}")
                continue
            files[place] = file
        if pixels > MOST_IN_ALL:
            error = (
                f"The pictures of the body have {pixels:,} pixels together; at most "
                f"{MOST_IN_ALL // 1_000_000} million are unpacked for a request. Send fewer at a "
                f"time, or smaller ones: each becomes {self._framing.text}."
            )
            raise Refused(413, error, ["body"])
        return files

    def _file(self, place: int, row: Any, faults: Faults) -> bytes | None:
        """The file that a row holds; None, and a fault, where it holds none."""
        if not isinstance(row, dict):
            faults.add(place, (), f"there is {shown(row)}", f", expected an object with {KEY!r}")
            return None
        if KEY not in row:
            faults.add(place, (KEY,), f"{KEY!r} is missing")
            return None
        text = row[KEY]
        if not isinstance(text, str):
            faults.add(place, (KEY,), f"{KEY!r} holds {shown(text)}", ", expected base64")
            return None
        if text.startswith("data:"):  # as a browser gives it
            text = text.partition(",")[2]
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            faults.add(place, (KEY,), f"{KEY!r} is no base64")
            return None

    @property
    def example(self) -> dict[str, str]:
        """One white pixel."""
        from PIL import Image

        file = BytesIO()
        Image.new("L", (1, 1), 255).save(file, "PNG")
        return {KEY: base64.b64encode(file.getvalue()).decode()}

    def schema(self) -> dict[str, Any]:
        """An object with the file in base64."""
        told = f"A picture's file ({', '.join(FORMATS)}); it becomes {self._framing.text}."
        file = {"type": "string", "contentEncoding": "base64", "description": told}
        return {
            "type": "object",
            "required": [KEY],
            "properties": {KEY: file},
            "examples": [self.example],
        }

    def columns(self) -> list[dict[str, Any]]:
        """How a picture is framed."""
        return [{"name": KEY, "kind": "picture", "used": True, **self._framing.to_plain()}]
