"""Codecs: fitted on training rows only, invertible, saved with the model.

``fit_inputs`` and ``fit_target`` make them; ``codec_from_record`` brings one back from a model
file, over a closed list of kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pellucid.data.absent import NoTargets
from pellucid.data.arrays import Array
from pellucid.data.counts import Counts
from pellucid.data.inputs import InputCodec, Keep, ScalePixels, Standardize, fit_inputs
from pellucid.data.label_sets import Labels
from pellucid.data.pictures.codec import PictureCodec
from pellucid.data.record import Codec, Fields, Record
from pellucid.data.table_codec import TableCodec
from pellucid.data.target_codec import TargetCodec
from pellucid.data.targets import Classes, Numbers, fit_rates, fit_target
from pellucid.errors import FileError

_READERS: dict[str, Callable[[Fields], InputCodec | TargetCodec]] = {
    Standardize.kind: Standardize.from_fields,
    ScalePixels.kind: ScalePixels.from_fields,
    TableCodec.kind: TableCodec.from_fields,
    Keep.kind: Keep.from_fields,
    PictureCodec.kind: PictureCodec.from_fields,
    Classes.kind: Classes.from_fields,
    Numbers.kind: Numbers.from_fields,
    Labels.kind: Labels.from_fields,
    Counts.kind: Counts.from_fields,
    NoTargets.kind: NoTargets.from_fields,
}


def codec_from_record(
    plain: Mapping[str, Any], arrays: Mapping[str, Array]
) -> InputCodec | TargetCodec:
    """Bring a codec back from what its ``to_record`` gave.

    Raises: ``FileError`` for anything that ``to_record`` cannot have given.

    Example:
        >>> codec = fit_target(["cat", "dog"])
        >>> codec_from_record(*codec.to_record()) == codec
        True
    """
    if not isinstance(plain, Mapping):
        raise FileError(
            f"The codec in this file is {plain!r:.100}; expected a dictionary. The file is damaged "
            "or was made by another program: save the model again."
        )
    fields = Fields(plain, arrays)
    return _READERS[fields.text("kind", tuple(_READERS))](fields)


__all__ = [
    "Classes",
    "Codec",
    "Counts",
    "InputCodec",
    "Keep",
    "Labels",
    "NoTargets",
    "Numbers",
    "PictureCodec",
    "Record",
    "ScalePixels",
    "Standardize",
    "TableCodec",
    "TargetCodec",
    "codec_from_record",
    "fit_inputs",
    "fit_rates",
    "fit_target",
]
