"""Data: samples, tables and pictures, splits, and codecs to and from the network's numbers."""

from typing import TYPE_CHECKING

from pellucid.lazily import handed_on

if TYPE_CHECKING:
    from pellucid.data.arrays import check_inputs, check_pair
    from pellucid.data.codec import (
        Classes,
        Codec,
        Counts,
        InputCodec,
        Keep,
        Labels,
        Numbers,
        ScalePixels,
        Standardize,
        TableCodec,
        TargetCodec,
        codec_from_record,
        fit_inputs,
        fit_target,
    )
    from pellucid.data.dataset import Dataset, Kind
    from pellucid.data.frame import Table
    from pellucid.data.generate import blobs, circles, gate, line, moons, spirals
    from pellucid.data.idx import read_idx, read_idx_folder
    from pellucid.data.pictures import (
        Framing,
        PictureCodec,
        PictureOptions,
        Pictures,
        read_files,
        read_pictures,
    )
    from pellucid.data.samples import load, names
    from pellucid.data.source import open_data, open_features, read_npz
    from pellucid.data.split import folds, split_rows
    from pellucid.data.table import read_features, read_table

__all__ = [
    "Classes",
    "Codec",
    "Counts",
    "Dataset",
    "Framing",
    "InputCodec",
    "Keep",
    "Kind",
    "Labels",
    "Numbers",
    "PictureCodec",
    "PictureOptions",
    "Pictures",
    "ScalePixels",
    "Standardize",
    "Table",
    "TableCodec",
    "TargetCodec",
    "blobs",
    "check_inputs",
    "check_pair",
    "circles",
    "codec_from_record",
    "fit_inputs",
    "fit_target",
    "folds",
    "gate",
    "line",
    "load",
    "moons",
    "names",
    "open_data",
    "open_features",
    "read_features",
    "read_files",
    "read_idx",
    "read_idx_folder",
    "read_npz",
    "read_pictures",
    "read_table",
    "spirals",
    "split_rows",
]

__getattr__, __dir__ = handed_on(
    __name__,
    {
        "arrays": ["check_inputs", "check_pair"],
        "codec": [
            "Classes",
            "Codec",
            "Counts",
            "InputCodec",
            "Keep",
            "Labels",
            "Numbers",
            "ScalePixels",
            "Standardize",
            "TableCodec",
            "TargetCodec",
            "codec_from_record",
            "fit_inputs",
            "fit_target",
        ],
        "dataset": ["Dataset", "Kind"],
        "frame": ["Table"],
        "generate": ["blobs", "circles", "gate", "line", "moons", "spirals"],
        "idx": ["read_idx", "read_idx_folder"],
        "pictures": [
            "Framing",
            "PictureCodec",
            "PictureOptions",
            "Pictures",
            "read_files",
            "read_pictures",
        ],
        "samples": ["load", "names"],
        "source": ["open_data", "open_features", "read_npz"],
        "split": ["folds", "split_rows"],
        "table": ["read_features", "read_table"],
    },
)
