"""What the network answers for rows, compiled once a network: views ask many times a second."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from pellucid.data.codec import Classes, TableCodec
from pellucid.graph.primitive import Array
from pellucid.inspect.views.layers import column_names
from pellucid.learn.step import predict_graph
from pellucid.models.answers import answered, most_likely
from pellucid.models.predictor import OUTPUT, Prediction
from pellucid.models.prepare import encoded
from pellucid.nn.activations import Sigmoid, Softmax, Step
from pellucid.scene.bench import Bench
from pellucid.scene.prepared import Prepared

_programs: WeakKeyDictionary[Prepared, tuple[Any, Any]] = WeakKeyDictionary()
_read: WeakKeyDictionary[Prepared, dict[Hashable, Array]] = WeakKeyDictionary()
MOST_READ, MOST_BYTES = 8, 8 << 20
"""So many sets of rows of one scene are kept as the network reads them, each of at most so much."""


def prediction(bench: Bench) -> Prediction:
    """All that predicting at the cursor needs."""
    network, executor = bench.network, bench.executor
    task, codec, target = network._parts()
    known = _programs.get(bench.ready)
    if known is None or known[0] != (task.loss, executor.precision):
        program = executor.compile(predict_graph(task.architecture, task.loss), [OUTPUT])
        known = (task.loss, executor.precision), program
        _programs[bench.ready] = known
    return Prediction(task, codec, target, *network._vectors(), known[1], executor.precision)


def numbers(bench: Bench, x: Any) -> Array:
    """The numbers of the last layer for rows in the user's units, as the loss reads them.

    Shapes: rows x outputs.
    """
    found = prediction(bench).numbers(x)
    return np.asarray(found, float).reshape(len(found), -1)


def numbers_of(bench: Bench, rows: Array) -> Array:
    """The same for rows of the data, by their places."""
    key = rows.tobytes()
    return numbers_again(bench, key, lambda: bench.data.x[rows])


def numbers_again(bench: Bench, key: Hashable, rows: Callable[[], Any]) -> Array:
    """The same for rows that are asked for again and again while the network learns.

    They are made and read once as long as the scene's data are the same.

    Parameters:
        key: another one for other rows.
        rows: makes them, in the user's units.
    """
    asked = prediction(bench)
    known = _read.setdefault(bench.ready, {})
    key = key, asked.precision
    z = known.pop(key, None)
    if z is None:
        given = encoded(rows(), asked.codec, asked.task, asked.precision)
        z = np.asarray(given[0 : len(given)])
    if z.nbytes <= MOST_BYTES:
        known[key] = z  # the one asked for last is the last
        if len(known) > MOST_READ:
            del known[next(iter(known))]
    found = asked.computed(z)
    return np.asarray(found, float).reshape(len(found), -1)


def held_numbers(bench: Bench) -> Array:
    """The same for all rows held out, in the order of ``held_rows``; they are encoded already."""
    held = bench.ready.held
    assert held is not None
    found = prediction(bench).computed(held.rows["x"])
    return np.asarray(found, float).reshape(len(found), -1)


def are_chances(bench: Bench) -> bool:
    """Whether the last layer's numbers are chances, and not yes or no, or mere scores."""
    task = bench.network._parts()[0]
    last = task.architecture.layers[-1][1]
    fires = isinstance(getattr(last, "activation", None), Step)  # yes or no, and nothing between
    return isinstance(task.loss.link, Sigmoid | Softmax) and not fires


def chances(bench: Bench, found: Array) -> Array | None:
    """The chance of each class from these numbers; where they are scores, 1 for the answer.

    Shapes: rows x outputs -> rows x classes; None for a network without classes.
    """
    task, _, target = bench.network._parts()
    if not isinstance(target, Classes):
        return None
    if are_chances(bench):
        return np.concatenate([1.0 - found, found], axis=1) if found.shape[1] == 1 else found
    return np.eye(len(target.labels))[most_likely(found, task.loss, target.threshold)]


def places(bench: Bench, found: Array) -> Array:
    """The place of the class that is answered, from the numbers of the last layer."""
    task, _, target = bench.network._parts()
    return np.asarray(answered(found, task.loss, target), np.int64)


def values(bench: Bench, found: Array) -> Array:
    """The numbers that are predicted, in the unit of the target.

    Shapes: rows x outputs -> rows.
    """
    told = np.asarray(decoded(bench, found), float)
    return told.reshape(len(told), -1)[:, 0]


def decoded(bench: Bench, found: Array) -> Array:
    """The answers in the user's words and units, from the numbers of the last layer."""
    task, _, target = bench.network._parts()
    return np.asarray(target.decode(answered(found, task.loss, target)))


def wanted(bench: Bench, rows: Array) -> Array:
    """The place of each row's class, -1 for one that is not known; or its number.

    Shapes: places of rows -> as many.
    """
    y = np.asarray(bench.data.y)[rows]
    labels = class_names(bench)
    if labels is None:
        return np.asarray(y, float).reshape(len(rows), -1)[:, 0]
    known = {name: place for place, name in enumerate(labels)}
    return np.array([known.get(str(name), -1) for name in y], np.int64)


def used_columns(bench: Bench) -> list[str]:
    """What the inputs are called that are learned from: no identifiers, nothing that never changes.

    Of a network that learns from none, all.
    """
    codec = bench.network.inputs
    names = list(column_names(bench.network))
    if not isinstance(codec, TableCodec):
        return names
    return [column.name for column in codec.columns if column.is_used] or names


def class_names(bench: Bench) -> list[str] | None:
    """What the classes are called, in the order of the scores; None: there are none."""
    target = bench.network._parts()[2]
    return [str(name) for name in target.labels] if isinstance(target, Classes) else None


def has_answers(bench: Bench) -> bool:
    """Whether it learns from targets of which each row has one."""
    return bench.data.kind in ("classes", "numbers") and bench.ready.has_targets
