"""The fingerprint of data: by it a model tells what it was fitted on."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.frame import Table

if TYPE_CHECKING:
    import polars as pl


def fingerprint(*parts: Any) -> str:
    """The SHA-256 of arrays and tables: their types, lengths and values, in order.

    Example:
        >>> fingerprint([[1.0, 2.0]], ["a"])[:8] == fingerprint([[1.0, 2.5]], ["a"])[:8]
        False
    """
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, Table):
            for name in part.columns:
                _update(digest, name, part.column(name))
            continue
        array = np.asarray(part)
        if array.dtype.kind == "O":
            array = np.array(list(map(str, array.flat))).reshape(array.shape)  # tuples, too
        digest.update(f"{array.dtype.str}{len(array)}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _update(digest: hashlib._Hash, name: str, series: pl.Series) -> None:
    """Take in a column of a table: numbers by their bytes, all else as text and its lengths."""
    import polars as pl

    digest.update(f"{name!r} {series.dtype} {len(series)}".encode())
    if series.dtype.is_numeric():
        digest.update(series.is_null().to_numpy().tobytes())
        digest.update(np.ascontiguousarray(series.fill_null(0).to_numpy()).data)
        return
    cells = series.cast(pl.String, strict=False)
    digest.update(cells.str.len_bytes().fill_null(-1).cast(pl.Int64).to_numpy().tobytes())
    digest.update("".join(cells.str.join("").to_list()).encode())
