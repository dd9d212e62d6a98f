"""Labels that may be wrong: rows in whose case a trained network confidently says otherwise.

On rows that were held back the network has not seen the label. Of rows that it learned from it may
know the label by heart, so there the nearest of the other rows are asked as well.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.audit.cells import spread
from pellucid.data.audit.finding import Finding, first_rows, rows_text, verb
from pellucid.dataclass import dataclass

if TYPE_CHECKING:
    from pellucid.assess.parts import Parts
    from pellucid.data.dataset import Dataset
    from pellucid.models.network import Network

Array = np.ndarray[Any, Any]
MOST_ROWS = 50_000
"""Rows held back, and rows to learn from, are looked at up to so many, evenly spread."""
FEW = 5
"""A class has a mean confidence of its own from so many rows on."""
FAR_BELOW = 0.1
"""The chance of the given label is at most this part of its class's mean confidence."""
DEVIATIONS = 8.0
ENOUGH = 50
NEAREST, AGREED = 10, 9
WORK = 10_000_000_000
"""Neighbours are looked for among the rows that the simple models learn from, 10,000 at most; fewer
where rows x rows x numbers a row would be more than this."""
MANY = 0.01
"""Of rows to learn from, so many are a warning; fewer are among any rows that are hard."""
EVER = 0.25
"""Where the network disagrees confidently on more than this part of the rows, it is not to be
trusted with the labels."""


@dataclass(frozen=True)
class Seen:
    """Rows that are looked at together: places in the data as given, inputs, targets, words."""

    rows: Array
    x: Any
    y: Array
    words: str
    held: bool
    note: str = ""


def suspects(
    network: Network, parts: Parts, columns: Mapping[str, str] | None = None, seed: int = 0,
    missing: Mapping[str, str] | None = None,
) -> Iterator[Finding]:  # fmt: skip
    """Find rows whose labels, or numbers, a trained network confidently disagrees with.

    Formula: classes: with p a row's chances, g its label and t_c the mean of p_c over the rows
        labelled c, a row is suspect where p_g <= t_g / 10 and some other class has p_c >= t_c;
        those of the least p_g - max p_c first. Of rows to learn from also those for which 9 of the
        10 nearest other rows to learn from have one other label (of at most 10,000 rows, encoded as
        for the simple models). Numbers: |e - median e| beyond 8 times 1.4826 the median of it, with
        e = y - prediction; the largest first.

    Parameters:
        columns, seed, missing: as the network's own: for the encoding and the draw of those rows.

    Source: C. G. Northcutt, L. Jiang, I. L. Chuang (2021), Journal of Artificial Intelligence
        Research 70, doi:10.1613/jair.1.12125, eq. 1 and 2 for t_c and the rows that count. Theirs
        are chances from cross-validation; here they are those of one network. D. L. Wilson (1972),
        IEEE Transactions SMC 2(3), doi:10.1109/TSMC.1972.4309137, for the neighbours.
    """
    kind: str = parts.training.kind
    for seen in _looked_at(parts):
        if kind == "classes":
            found, detail = _labels(network, seen)
            rows = seen.rows[found]
            if not seen.held:
                odd, among = _odd_among_near(parts, columns, seed, missing)
                detail = f"{detail or _near_detail(parts, odd)}{among}"
                rows = np.concatenate([rows, np.setdiff1d(odd, rows)])
        elif kind == "numbers" and seen.y.ndim == 1:
            found, detail = _numbers(network, seen)
            rows = seen.rows[found]
        else:
            return
        if len(rows):
            yield _finding(seen, rows, detail, kind)


def _looked_at(parts: Parts) -> Iterator[Seen]:
    """Rows held back, and rows learned from; each with the targets."""
    apart = parts.held_out and _is_other(parts)
    held = [] if not parts.held_out else [(parts.test, parts.test_rows)]
    if parts.validation is not None:
        held.append((parts.validation, parts.watched_rows))
    for group in [[one] for one in held] if apart else [held] if held else []:
        note = "Places are counted in the test part." if apart and group[0] is held[0] else ""
        yield _seen(group, "held back", True, note)
    yield _seen([(parts.training, parts.training_rows)], "to learn from", False, "")


def _seen(group: list[tuple[Dataset, Array]], words: str, held: bool, note: str) -> Seen:
    """Rows of some parts, evenly spread where there are too many."""
    total = sum(len(data) for data, _ in group)
    if total > MOST_ROWS:
        note = f"Of {total:,} such rows these were looked at. {note}".strip()
        chosen = [(d, rows, spread(len(d), MOST_ROWS * len(d) // total)) for d, rows in group]
        group = [(data.take(some), rows[some]) for data, rows, some in chosen]
    rows = np.concatenate([rows for _, rows in group])
    y = np.concatenate([data.y for data, _ in group])
    return Seen(rows, [data.x for data, _ in group], y, words, held, note)


def _is_other(parts: Parts) -> bool:
    """Whether the test rows are the makers' own part: then their places are counted in it."""
    taken = np.concatenate([parts.training_rows, parts.watched_rows])
    return bool(np.isin(parts.test_rows, taken).any())


def _labels(network: Network, seen: Seen) -> tuple[Array, str]:
    """The places among the rows seen of suspect labels, the worst first, and the first in words."""
    from pellucid.errors import DataError

    labels = np.asarray(network.classes)
    known = np.isin(seen.y, labels)
    try:
        chances = np.concatenate([network.predict_proba(x) for x in seen.x])
    except DataError:  # scores that are no chances
        return np.empty(0, np.int64), ""
    order = np.argsort(labels, kind="stable")
    at = np.minimum(np.searchsorted(labels, seen.y, sorter=order), len(labels) - 1)
    given = order[at]
    found = disagreements(chances, np.where(known, given, -1))
    if not len(found):
        return found, ""
    row = int(found[0])
    other = int(chances[row].argmax())
    return found, (
        f"Row {int(seen.rows[row])} is labelled {seen.y[row]}, to which the network gives "
        f"{chances[row, given[row]]:.2%}, and {chances[row, other]:.1%} to {labels[other]}."
    )


def disagreements(chances: Any, given: Any) -> Array:
    """The places of rows whose label is suspect, the most suspect first.

    Shapes: n x classes, n (places of classes; -1 for a label that is none of them).

    Example:
        >>> sure = [[0.9, 0.1]] * 6 + [[0.05, 0.95]] * 6
        >>> disagreements(sure, [0] * 6 + [1] * 5 + [0]).tolist()
        [11]
    """
    chances, given = np.asarray(chances, float), np.asarray(given)
    confidence = np.full(chances.shape[1], np.inf)
    for label in range(chances.shape[1]):
        own = given == label
        if own.sum() >= FEW:
            confidence[label] = chances[own, label].mean()
    rows = np.flatnonzero(given >= 0)
    own = chances[rows, given[rows]]
    others = chances[rows].copy()
    others[np.arange(len(rows)), given[rows]] = -1.0
    bar = np.where(np.isfinite(confidence), confidence, 2.0)
    suspect = (others >= bar).any(axis=1) & (own <= FAR_BELOW * confidence[given[rows]])
    if suspect.sum() > EVER * max(len(rows), 1):
        return np.empty(0, np.int64)
    margin = (own - others.max(axis=1))[suspect]
    return np.asarray(rows[suspect][np.argsort(margin, kind="stable")])


def _odd_among_near(
    parts: Parts,
    columns: Mapping[str, str] | None,
    seed: int,
    missing: Mapping[str, str] | None,
) -> tuple[Array, str]:
    """The places in the data of rows to learn from whose neighbours have another label.

    And words for among how many rows neighbours were looked for, if not among all.
    """
    from sklearn.neighbors import NearestNeighbors

    from pellucid.assess.baselines import chosen_rows, encoded

    some = chosen_rows(parts.training, seed)
    if len(some) <= 2 * NEAREST:
        return np.empty(0, np.int64), ""
    part = parts.training.take(some)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        z, _ = encoded(part, part.take(np.arange(1)), columns, missing)
        drawn = spread(len(z), max(2 * NEAREST, int((WORK / z.shape[1]) ** 0.5)))
        z, some = z[drawn], some[drawn]
        near = NearestNeighbors(n_neighbors=NEAREST + 1).fit(z).kneighbors(return_distance=False)
    odd = some[odd_among(near[:, :NEAREST], parts.training.y[some])]
    fewer = len(some) < len(parts.training)
    among = f" Neighbours were looked for among {len(some):,} of the rows." if fewer else ""
    return np.asarray(parts.training_rows[odd]), among


def odd_among(near: Any, labels: Any) -> Array:
    """The places of rows of whose 10 nearest at least 9 have one other label.

    Shapes: n x 10 (places of rows, each row's own not among them), n.

    Example:
        >>> near = [[k for k in range(12) if k != row][:10] for row in range(12)]
        >>> odd_among(near, ["a"] * 11 + ["b"]).tolist()
        [11]
    """
    codes = np.unique(np.asarray(labels), return_inverse=True)[1].reshape(-1)
    around = np.sort(codes[np.asarray(near)], axis=1)
    same = around[:, AGREED - 1 :] == around[:, : NEAREST - AGREED + 1]
    usual = around[:, NEAREST // 2]
    return np.flatnonzero(same.any(axis=1) & (usual != codes))


def _near_detail(parts: Parts, odd: Array) -> str:
    if not len(odd):
        return ""
    label = parts.training.y[np.flatnonzero(parts.training_rows == odd[0])[0]]
    return (
        f"Row {int(odd[0])} is labelled {label}, and at least {AGREED} of the {NEAREST} rows "
        "nearest to it have one other label."
    )


def _numbers(network: Network, seen: Seen) -> tuple[Array, str]:
    predicted = np.concatenate([np.asarray(network.predict(x), float) for x in seen.x])
    y = np.asarray(seen.y, float)
    found = far_off(y - predicted.reshape(y.shape))
    if not len(found):
        return found, ""
    row = int(found[0])
    return found, (
        f"Row {int(seen.rows[row])} has {y[row]:g}, and the network says "
        f"{float(predicted.reshape(-1)[row]):g}."
    )


def far_off(errors: Any) -> Array:
    """The places of errors beyond 8 robust deviations from their median, the largest first.

    Example:
        >>> import numpy as np
        >>> errors = np.where(np.arange(60) == 7, 30.0, np.sin(np.arange(60)))
        >>> far_off(errors).tolist()
        [7]
    """
    errors = np.asarray(errors, float)
    if len(errors) < ENOUGH:
        return np.empty(0, np.int64)
    away = np.abs(errors - np.median(errors))
    scale = 1.4826 * np.median(away)
    rows = np.flatnonzero(away > DEVIATIONS * scale) if scale > 0 else np.empty(0, np.int64)
    if len(rows) > 0.02 * len(errors):  # a heavy tail, not slips
        return np.empty(0, np.int64)
    return np.asarray(rows[np.argsort(-away[rows], kind="stable")])


def _finding(seen: Seen, rows: Array, detail: str, kind: str) -> Finding:
    what = "label" if kind == "classes" else "target"
    near = "" if seen.held else f", or {AGREED} of the {NEAREST} nearest rows have one"
    says = (
        f"the network is confident of another label{near}"
        if kind == "classes"
        else "the network is further off than with all others"
    )
    return Finding(
        "suspect_label",
        "warning" if seen.held or len(rows) >= MANY * len(seen.rows) else "note",
        f"Of {verb(len(seen.rows), seen.words, seen.words)}, {len(rows):,} may have a wrong "
        f"{what}, as {says}: {rows_text(rows)}.",
        "Look at them, the first named first; correct what is wrong, and train again.",
        rows=first_rows(rows),
        count=len(rows),
        detail=detail + (f" {seen.note}" if seen.note else ""),
    )
