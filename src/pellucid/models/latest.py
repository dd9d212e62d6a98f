"""The table that was encoded last, as numbers: a report asks for the same rows again and again.

``predict``, ``predict_proba`` and ``evaluate`` of one table then encode it once. One array is kept,
for as long as its table is.
"""

from __future__ import annotations

import warnings
from typing import Any
from weakref import WeakKeyDictionary, ref

import numpy as np

from pellucid.data.columns.base import NewThings, Notes
from pellucid.data.frame import Table
from pellucid.data.table_codec import TableCodec
from pellucid.dataclass import dataclass
from pellucid.graph.primitive import Array


@dataclass(frozen=True)
class _Encoded:
    """Numbers, by whom they were made, and what was new to it."""

    codec: ref[TableCodec]
    z: Array
    notes: Notes


_latest: WeakKeyDictionary[Table, _Encoded] = WeakKeyDictionary()


def encoded(table: Table, codec: TableCodec, dtype: np.dtype[Any] | type) -> Array:
    """As ``codec.encode`` does, with its warning; not to be written to."""
    known = _latest.get(table)
    if known is None or known.codec() is not codec or known.z.dtype != dtype:
        _latest.clear()
        z, notes = codec.encode_noting(table, dtype)
        z.flags.writeable = False
        known = _latest[table] = _Encoded(ref(codec), z, notes)
    if known.notes.entries:
        warnings.warn(NewThings(known.notes), stacklevel=2)
    return known.z
