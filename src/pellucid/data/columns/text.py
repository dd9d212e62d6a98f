"""Columns of text: how much each word stands out, in a fixed number of buckets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.columns.base import Column, Notes
from pellucid.data.columns.cells import nothing, texts
from pellucid.data.record import Fields, damaged
from pellucid.dataclass import dataclass

if TYPE_CHECKING:
    import polars as pl

WORD = r"\w\w+"
NARROW, WIDE, CELLS = 64, 512, 1 << 24
"""Buckets of a column: at most 512, at least 64, and no more than make 2^24 numbers in training."""
PIECE, ENOUGH = 1 << 16, 1 << 17
BLOCK = 1 << 18
"""So many counts at a time stay in the cache while they are weighted."""


@dataclass(frozen=True)
class Text(Column):
    """Words, hashed into buckets and weighted by how rare they are.

    Formula: a word w, two letters or digits or more in lower case, has the bucket |h(w)| mod n and
        the sign of h(w), with h the signed 32 bit MurmurHash3 of its UTF-8 bytes (seed 0). c_k is
        the sum of the signs of a cell's words in bucket k; z_k = c_k idf_k / norm, with norm the
        root of the sum of the (c_k idf_k)^2, or 1 for none. idf_k = 1 + ln((1 + rows) / (1 + rows
        with c_k other than 0)) over the training rows, or about 2^17 of them taken evenly. Where
        any cell was missing in training, a last number is 1 where it is missing, else 0.
    Source: K. Weinberger et al., 2009, doi:10.1145/1553374.1553516; the same numbers as scikit-
        learn's HashingVectorizer(n_features=n, norm=None) and TfidfTransformer.

    Attributes:
        idf: the weight of each bucket.
        missing: whether any was missing in training.
    """

    kind: ClassVar[str] = "text"
    idf: tuple[float, ...]
    missing: bool = False

    @classmethod
    def fit(cls, name: str, reason: str, series: pl.Series) -> Text:
        """Fit on training rows."""
        cells = texts(series)
        rows = len(cells)
        buckets = int(np.clip(1 << ((CELLS // rows).bit_length() - 1), NARROW, WIDE))
        some = cells.gather_every(-(-rows // ENOUGH))
        seen = np.zeros(buckets)
        for _, counts in _counted(some, buckets):
            seen += np.count_nonzero(counts, axis=0)
        idf = 1 + np.log((1 + len(some)) / (1 + seen))
        return cls(name, reason, tuple(idf.tolist()), cells.null_count() > 0)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """A name for each bucket, and whether the cell is missing."""
        last = (f"{self.name} is missing",) if self.missing else ()
        return (*(f"{self.name} words {bucket}" for bucket in range(len(self.idf))), *last)

    @property
    def is_text(self) -> bool:
        """Whether cells that look like numbers are to be read as text."""
        return True

    def encode(self, series: pl.Series, out: Array, notes: Notes) -> None:
        """Write the weights of the buckets."""
        cells, idf = texts(series), np.array(self.idf)
        for rows, counts in _counted(cells, len(idf)):
            counts *= idf
            norm = np.sqrt(np.einsum("ij,ij->i", counts, counts))
            norm[norm == 0] = 1
            np.divide(counts, norm[:, None], out=out[rows, : len(idf)], casting="same_kind")
        gone = cells.is_null().to_numpy()
        if self.missing:
            out[:, -1] = gone
        else:
            notes.add(self.name, int(gone.sum()), "no value, which never was in training")

    def decode(self, z: Array) -> pl.Series:
        """Null in every row: several texts have the same numbers."""
        return nothing(len(z)).alias(self.name)

    def settings(self) -> dict[str, Any]:
        """The weights."""
        return {"idf": list(self.idf), "missing": self.missing}

    @classmethod
    def read(cls, name: str, reason: str, fields: Fields) -> Text:
        """Read back what ``settings`` gave."""
        idf = fields.row("idf")
        if any(weight <= 0 for weight in idf):
            raise damaged("idf", "numbers above 0", list(idf))
        return cls(name, reason, idf, fields.truth("missing"))

    @property
    def becomes(self) -> str:
        """In words."""
        marked = ", missing marked" if self.missing else ""
        return f"TF-IDF of its words in {len(self.idf)} buckets{marked}"


def _counted(cells: pl.Series, buckets: int) -> Iterator[tuple[slice, Array]]:
    """Slices of rows with the signed counts of their words: rows x buckets."""
    for start in range(0, len(cells), PIECE):
        piece = cells[start : start + PIECE]
        words = piece.str.to_lowercase().str.extract_all(WORD)
        ends = np.cumsum(words.list.len().fill_null(0).to_numpy(), dtype=np.int64)
        found = words.explode(empty_as_null=False, keep_nulls=False)
        places, signs = _hashed(found, buckets)
        for first in range(0, len(piece), BLOCK // buckets):
            own = ends[first : first + BLOCK // buckets]
            begin, size = ends[first - 1] if first else 0, len(own)
            rows = np.repeat(np.arange(size), np.diff(own, prepend=begin))
            within, at = slice(begin, own[-1]), start + first
            counts = np.bincount(rows * buckets + places[within], signs[within], size * buckets)
            whole = counts.astype(np.float64, copy=False)  # of no words NumPy counts in integers
            yield slice(at, at + size), whole.reshape(size, buckets)


def _hashed(words: pl.Series, buckets: int) -> tuple[Array, Array]:
    """The bucket and the sign of each word."""
    import polars as pl
    from sklearn.utils import murmurhash3_32

    known = words.unique().to_list()
    hashes = np.array([murmurhash3_32(word, 0) for word in known], np.int64)
    table = pl.Series(np.where(hashes < 0, -1, 1) * (np.abs(hashes) % buckets + 1))
    if not known:
        return np.zeros(0, np.int64), np.zeros(0)
    found = table.gather(words.cast(pl.Enum(known)).to_physical()).to_numpy()
    return np.abs(found) - 1, np.sign(found).astype(np.float64)
