"""Which answers of two networks differ, for which rows, and which of the two is right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.data.codec import Classes, Labels
from pellucid.dataclass import dataclass
from pellucid.errors import DataError
from pellucid.graph.primitive import Array
from pellucid.models.answers import comparable
from pellucid.models.network import Network
from pellucid.nn.losses import Hinge

SHOWN = 20
CLOSE = 1e-6
"""Numbers differ that are further apart than this, relative to their spread."""


@dataclass(frozen=True)
class AnswerChanges:
    """The answers of A and B for the same rows.

    Attributes:
        kind: "classes", "labels" or "numbers".
        count: how many rows there are.
        changed: the places of the rows whose answers differ, those that differ most first.
        shown: the first of them, a mapping each: row, A, B, what was hoped for, by how much.
        mended, broken: of classes and labels with known targets: rows that only B has right, and
            that only A has right; of numbers: rows where B, or A, is nearer.
        chance: the probability of mended and broken being at least so far apart if both networks
            were equally good; None without targets, or where nothing was mended or broken.
        distance: of numbers, the mean of |B - A|, in their unit.
        metrics: loss and metrics of A and of B on these rows, where targets are known.
    """

    kind: str
    count: int
    changed: tuple[int, ...]
    shown: tuple[dict[str, Any], ...]
    mended: int | None = None
    broken: int | None = None
    chance: float | None = None
    distance: float | None = None
    metrics: dict[str, dict[str, float]] | None = None

    def row(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            "kind": self.kind, "rows": self.count, "changed": len(self.changed),
            "changed_rows": list(self.changed), "shown": list(self.shown), "mended": self.mended,
            "broken": self.broken, "chance": self.chance, "distance": self.distance,
            "metrics": self.metrics,
        }  # fmt: skip


def kind_of(network: Network) -> str:
    """What it answers with."""
    target = network._parts()[2]
    return (
        "classes" if isinstance(target, Classes)
        else "labels" if isinstance(target, Labels)
        else "numbers"
    )  # fmt: skip


def compared(a: Network, b: Network, x: Any, y: Any = None) -> AnswerChanges:
    """Both networks' answers for the rows of x, and with y whose are right.

    Raises: ``DataError`` for networks that answer with different kinds of things.
    """
    kinds = kind_of(a), kind_of(b)
    if kinds[0] != kinds[1]:
        raise DataError(
            f"A answers with {kinds[0]}, B with {kinds[1]}: there is nothing to compare row by "
            "row. Compare networks of one task, or leave the data out."
        )
    if y is not None:
        _check_same(a, b)
    answers = [_answers(network, x) for network in (a, b)]
    true = None if y is None else _comparable(a, y)
    apart = _apart(a, b, x, answers[0], answers[1], kinds[0])
    changed = [int(row) for row in np.argsort(-apart, kind="stable") if apart[row] > 0]
    metrics = None
    if y is not None:
        metrics = {"A": dict(a.evaluate(x, y)), "B": dict(b.evaluate(x, y))}
    mended, broken = _verdicts(answers[0], answers[1], true, changed, kinds[0])
    distance = None
    if kinds[0] == "numbers":
        distance = float(np.abs(_numbers(answers[1]) - _numbers(answers[0])).mean())
    shown = tuple(_shown(row, answers, true, apart, kinds[0]) for row in changed[:SHOWN])
    return AnswerChanges(
        kinds[0], len(answers[0]), tuple(changed), shown, mended, broken,
        chance(mended, broken), distance, metrics,
    )  # fmt: skip


def chance(mended: int | None, broken: int | None) -> float | None:
    """How probable a split at least as uneven is if each row went either way by a coin.

    Source: the exact form of Q. McNemar, 1947, Psychometrika 12(2): a binomial test of 1/2.
    """
    if not mended and not broken:
        return None
    from scipy.stats import binomtest

    assert mended is not None and broken is not None
    return float(binomtest(mended, mended + broken, 0.5).pvalue)


def _check_same(a: Network, b: Network) -> None:
    """Raise ``DataError`` for networks that know other classes: one y cannot be for both."""
    one, other = (
        None if network.classes is None else network.classes.tolist() for network in (a, b)
    )
    if one != other:
        raise DataError(
            f"A answers with the classes {_few(one)}, B with {_few(other)}: targets for one are "
            "none for the other. Compare networks of one task, or leave the targets out."
        )


def _few(classes: list[Any] | None) -> str:
    shown = [repr(label) for label in (classes or [])[:5]]
    return ", ".join(shown) + (", ..." if len(classes or []) > 5 else "")


def _answers(network: Network, x: Any) -> Array:
    return _comparable(network, network.predict(x))


def _comparable(network: Network, answers: Any) -> Array:
    return np.asarray(comparable(network._parts()[2], answers))


def _numbers(answers: Array) -> Array:
    return np.asarray(answers, np.float64).reshape(len(answers), -1)


def _apart(a: Network, b: Network, x: Any, one: Array, other: Array, kind: str) -> Array:
    """By how much each row's answers differ; 0 where they do not.

    Of classes: how much less A believes in B's answer, and B in A's, than each in its own; of
    labels how many differ; of numbers the distance.
    """
    if len(one) == 0:
        return np.zeros(0)
    if kind == "labels":
        return np.asarray((one != other).sum(axis=1), np.float64)
    if kind == "numbers":
        distance = np.abs(_numbers(other) - _numbers(one)).max(axis=1)
        spread = max(float(np.std(_numbers(one))), float(np.std(_numbers(other))))
        return np.where(distance > CLOSE * spread, distance, 0.0)
    differs = one != other
    if not differs.any() or isinstance(a.loss, Hinge) or isinstance(b.loss, Hinge):
        return np.asarray(differs, np.float64)
    sure = [np.max(network.predict_proba(x), axis=1) for network in (a, b)]
    return np.where(differs, np.minimum(*sure) + 1e-9, 0.0)


def _verdicts(
    one: Array, other: Array, true: Array | None, changed: Sequence[int], kind: str
) -> tuple[int | None, int | None]:
    if true is None:
        return None, None
    if kind == "numbers":
        wrong = [np.abs(_numbers(own) - _numbers(true)).sum(axis=1) for own in (one, other)]
        rows = np.array(changed, np.int64)
        better = wrong[1][rows] < wrong[0][rows]
        worse = wrong[1][rows] > wrong[0][rows]
        return int(better.sum()), int(worse.sum())
    right = [_right(own, true) for own in (one, other)]
    return int((right[1] & ~right[0]).sum()), int((right[0] & ~right[1]).sum())


def _right(answers: Array, true: Array) -> Array:
    same = np.asarray(answers == true)
    return np.asarray(same.all(axis=1)) if same.ndim > 1 else same


def _shown(
    row: int, answers: Sequence[Array], true: Array | None, apart: Array, kind: str
) -> dict[str, Any]:
    found = {"row": row, "A": _plain(answers[0][row]), "B": _plain(answers[1][row])}
    if kind == "numbers":
        found["apart"] = float(apart[row])
    if true is None:
        return found
    found["true"] = _plain(true[row])
    if kind != "numbers":
        right = [bool(_right(own[row : row + 1], true[row : row + 1])[0]) for own in answers]
        found["verdict"] = {
            (False, True): "mended", (True, False): "broken", (False, False): "both wrong",
        }[right[0], right[1]]  # fmt: skip
    return found


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
