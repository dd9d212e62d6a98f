"""The audit: all checks, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from pellucid.data.arrays import Array, check_pair
from pellucid.data.audit.columns import useless
from pellucid.data.audit.copies import copies
from pellucid.data.audit.finding import Finding, in_order
from pellucid.data.audit.groups import groups
from pellucid.data.audit.leaks import leaks
from pellucid.data.audit.near import near_copies
from pellucid.data.audit.outliers import outliers
from pellucid.data.audit.subject import Subject
from pellucid.data.audit.targets import target
from pellucid.data.audit.words import missing_words
from pellucid.data.dataset import Dataset, Kind
from pellucid.data.frame import Table, is_frame
from pellucid.data.labels import read_target
from pellucid.errors import ParameterError

CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    copies, near_copies, leaks, groups, useless, missing_words, outliers, target,
)  # fmt: skip


def audit(
    x: Any,
    y: Any = None,
    *,
    watched: Any = None,
    test: Any = None,
    kind: Kind | None = None,
    columns: Mapping[str, str] | None = None,
    seed: int = 0,
) -> tuple[Finding, ...]:
    """Look for faults in data before anything is learned from them; nothing is changed.

    Findings come with the rows concerned, places in the data as given, and with what to do. The
    serious come first. An empty tuple: nothing was found.

    Parameters:
        x: a ``Dataset``, a data frame, or an array of rows or pictures.
        y: the targets, or the name of their column in the frame; not for a ``Dataset``.
        watched, test: places of the rows to watch while learning, and to test with; the others are
            learned from. Without ``test``, a ``Dataset``'s own test part is compared with it.
        kind: "classes" or "numbers", where y is not what it looks like.
        columns: kinds of columns, as for ``Network``; those that are "ignore" are not looked at.
        seed: what draws of rows follow from.

    Cost: about as many sorts of a number a row as there are checks; anything that would grow with
        the square of the rows, and anything that is slow, is done on a draw, and says so.
    Raises: ``DataError`` and relatives for what is no data; ``ParameterError``.

    Example:
        >>> import numpy as np
        >>> x = np.arange(60.0).reshape(30, 2) ** 2 % 31
        >>> x[7] = x[3]
        >>> x[7]
        array([ 5., 18.])
        >>> [found.kind for found in audit(x, x.sum(axis=1), test=[7])]
        ['shared_rows', 'duplicates']
    """
    dataset = _dataset(x, y, kind)
    subject = Subject.of(dataset, watched, test, columns, seed)
    with np.errstate(all="ignore"):
        return in_order(found for check in CHECKS for found in check(subject))


def _dataset(x: Any, y: Any, kind: Kind | None) -> Dataset:
    """Whatever holds data, as a data set."""
    if isinstance(x, Dataset):
        if y is not None or kind is not None:
            raise ParameterError(
                "audit got a Dataset, which has its targets and their kind, and y or kind beside "
                "it. Leave these out."
            )
        return x
    if y is None:
        raise ParameterError(
            "audit got no targets. Give y: an array, or the name of a column of the data frame."
        )
    name = None
    if is_frame(x):
        x = Table.of(x)
        if isinstance(y, str):
            name, y = y, _column(x, y)
            x = x.drop([name])
    else:
        x = np.asarray(x)
    read = read_target(y)
    check_pair(x, read.values)
    values: Array = read.values
    found: Kind = kind or read.kind
    shape = (int(x.shape[-2]), int(x.shape[-1])) if x.ndim > 2 else None
    if found == "classes":
        values = values.astype(str) if values.dtype.kind == "O" else values
    return Dataset("data", x, values, found, image_shape=shape, target=name)


def _column(table: Table, name: str) -> Any:
    from pellucid.errors import unknown_name

    if name not in table.columns:
        raise unknown_name("column", name, table.columns)
    return table.column(name)
