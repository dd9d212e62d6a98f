"""How the inputs, the target and the answer stand between the user's units and the network's."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.data.codec import Classes, Numbers, PictureCodec, Standardize, TableCodec
from pellucid.data.columns.number import Number as NumberColumn
from pellucid.data.frame import Table
from pellucid.data.inputs import ScalePixels
from pellucid.inspect.explain.digits import shown
from pellucid.inspect.explain.expression import Expr, Literal, Symbol, Words
from pellucid.inspect.explain.setting import Setting, index
from pellucid.inspect.explain.worked import Worked, calculated, heading, matches, read

MOST_INPUTS = 10


def inputs(setting: Setting) -> Worked:
    """Where the numbers that the network reads come from."""
    codec, row = setting.trace.network.inputs, setting.row("x")
    if isinstance(codec, TableCodec) and isinstance(setting.trace.given, Table):
        steps = _columns(setting, codec)
    elif isinstance(codec, Standardize | ScalePixels | PictureCodec):
        steps = _scaled(setting, codec)
    else:
        steps = [_plain(setting, place) for place in _chosen(row)]
    notes = []
    if len(steps) < row.size and not isinstance(codec, TableCodec):
        notes.append(f"{len(steps)} of {row.size:,} inputs are told, those of the largest size.")
    return heading("Inputs", steps, notes)


def _chosen(row: Any) -> list[tuple[int, ...]]:
    if row.size <= MOST_INPUTS:
        return [tuple(map(int, at)) for at in np.ndindex(row.shape)]
    order = np.argsort(-np.abs(row), axis=None, kind="stable")[:MOST_INPUTS]
    return [tuple(int(i) for i in np.unravel_index(int(at), row.shape)) for at in sorted(order)]


def _plain(setting: Setting, place: tuple[int, ...]) -> Worked:
    return read("", Symbol("x", index(place)), float(setting.row("x")[place]))


def _scaled(setting: Setting, codec: Standardize | ScalePixels | PictureCodec) -> list[Worked]:
    """(value - mean) / scale; the value as it was given, or found back."""
    row = setting.row("x")
    names = _names(setting, row.size)
    one = codec.scaling if isinstance(codec, PictureCodec) else codec
    raw = _raw(setting, one)
    steps = []
    for place in _chosen(row):
        at = place[0] if isinstance(codec, Standardize) else 0
        mean, scale, value = float(one.mean[at]), float(one.scale[at]), float(raw[place])
        name = names[int(np.ravel_multi_index(place, row.shape))] or "value"
        found = (value - mean) / scale
        encoded = float(row[place])
        if not matches(found, encoded, abs(encoded) + 1e-5):
            steps.append(_plain(setting, place))
            continue
        steps.append(_standardized(name, place, value, mean, scale, encoded))
    return steps


def _standardized(
    name: str, place: tuple[int, ...], value: float, mean: float, scale: float, encoded: float
) -> Worked:
    def formula(x: Expr, m: Expr, s: Expr) -> Expr:
        return (x - m) / s

    symbols = [Words(name), Words("mean"), Words("scale")]
    return calculated(
        "", Symbol("x", index(place)), formula, symbols, [value, mean, scale], encoded
    )


def _raw(setting: Setting, codec: Standardize | ScalePixels) -> Any:
    row = setting.row("x")
    if setting.trace.given is not None:
        given = np.asarray(setting.trace.given[setting.sample], np.float64)
        if given.size == row.size:
            return given.reshape(row.shape)
    return row * codec.scale + codec.mean


def _names(setting: Setting, count: int) -> list[str]:
    told = setting.trace.network.provenance.get("data")
    names = told.get("features") if isinstance(told, dict) else None
    fits = isinstance(names, list) and len(names) == count
    return [str(name) for name in names] if fits and isinstance(names, list) else [""] * count


def _columns(setting: Setting, codec: TableCodec) -> list[Worked]:
    """Each column of a table by its kind."""
    table, row = setting.trace.given, setting.row("x")
    features = list(codec.feature_names)
    steps: list[Worked] = []
    for column in codec.used:
        cell = table.column(column.name)[setting.sample]
        places = [features.index(name) for name in column.feature_names]
        if isinstance(column, NumberColumn) and isinstance(cell, int | float):
            at = places[0]
            low, high = column.limits
            value = min(max(float(cell), low), high) if column.low < column.high else float(cell)
            encoded = float(row[at])
            if matches((value - column.mean) / column.scale, encoded, abs(encoded) + 1e-5):
                step = _standardized(column.name, (at,), value, column.mean, column.scale, encoded)
                far = (
                    f"{column.name} is {shown(float(cell))}, far out: it counts as {shown(value)}."
                )
                steps.append(step.noting(far) if value != float(cell) else step)
                steps += [_plain(setting, (place,)) for place in places[1:]]
                continue
        becomes = ", ".join(f"x_{at} = {shown(float(row[at]))}" for at in places)
        told = "missing" if cell is None else repr(str(cell))
        if len(places) > 4:
            lit = [at for at in places if row[at]]
            becomes = ", ".join(f"x_{at} = {shown(float(row[at]))}" for at in lit) or "all 0"
            becomes += f", all others of its {len(places)} numbers 0" if lit else ""
        steps.append(heading("", notes=[f"{column.name}: {told} becomes {becomes}."]))
    return steps


def target(setting: Setting) -> Worked | None:
    """What was hoped for, in the user's words and in the network's."""
    codec = setting.trace.network._parts()[2]
    if not setting.is_step or not setting.has("y"):
        return None
    row = setting.row("y")
    if isinstance(codec, Classes):
        if np.ndim(row) == 0 and np.asarray(row).dtype.kind == "i":
            label = codec.labels[int(row)]
            return heading("Target", [read(f"The target is {label!r}", Symbol("t"), float(row))])
        return heading("Target", [_target(row, place) for place in _chosen(np.atleast_1d(row))])
    if isinstance(codec, Numbers):
        steps = []
        for place in _chosen(np.atleast_1d(row)):
            mean, scale = float(codec.mean[place[-1]]), float(codec.scale[place[-1]])
            encoded = float(np.atleast_1d(row)[place])
            if mean == 0 and scale == 1:
                steps.append(_target(row, place))
                continue
            step = _standardized("y", place, encoded * scale + mean, mean, scale, encoded)
            steps.append(Worked(step.title, Symbol("t", index(place)), step.formula, step.numbers,
                                (), step.result, step.value))  # fmt: skip
        return heading("Target", steps)
    row = np.atleast_1d(row)
    return heading("Target", [_target(row, place) for place in _chosen(row)]) if row.size else None


def _target(row: Any, place: tuple[int, ...]) -> Worked:
    return read("", Symbol("t", index(place)), float(np.atleast_1d(row)[place]))


def answer(setting: Setting) -> Worked | None:
    """From the raw output to the prediction in the user's words."""
    codec, prediction = setting.trace.network._parts()[2], setting.row("prediction")
    steps: list[Worked | None] = []
    notes: list[str] = []
    if isinstance(codec, Classes) and prediction.ndim == 1:
        steps, notes = _class(setting, codec, prediction)
    elif isinstance(codec, Numbers) and prediction.ndim == 1 and len(codec.mean) == len(prediction):
        for k, value in enumerate(prediction.tolist()):
            mean, scale = float(codec.mean[k]), float(codec.scale[k])
            if mean == 0 and scale == 1:
                continue
            symbols = [Symbol("o", str(k)), Words("scale"), Words("mean")]
            steps.append(
                calculated("In the units of y", Symbol("prediction"), lambda o, s, m: o * s + m,
                           symbols, [value, scale, mean], value * scale + mean)
            )  # fmt: skip
    return heading("Answer", steps, notes) if steps or notes else None


def _class(setting: Setting, codec: Classes, p: Any) -> tuple[list[Worked | None], list[str]]:
    from pellucid.inspect.explain.expression import exp
    from pellucid.inspect.explain.losses import probability, shares
    from pellucid.nn.activations import Sigmoid, Softmax

    link = setting.trace.network.loss.link
    if isinstance(link, Sigmoid) and len(p) == 1:
        value = float(setting.row("output")[0])
        step = calculated(f"Probability of {codec.labels[1]!r}", Symbol("p"),
                          lambda o: Literal(1.0) / (1 + exp(-o)), [Symbol("o", "0")], [value],
                          float(p[0]))  # fmt: skip
        limit = 0.5 if codec.threshold is None else codec.threshold
        label = codec.labels[int(float(p[0]) > limit)]
        return [step], [f"The answer is {label!r}: the probability is compared with {limit:g}."]
    if isinstance(link, Softmax) and setting.row("output").ndim == 1:
        steps, _ = shares(setting)
        best = int(np.argmax(p))
        order = sorted(range(len(p)), key=lambda k: -float(p[k]))[:4]
        made: list[Worked | None] = [*steps, *(probability(setting, k)[0] for k in sorted(order))]
        if codec.threshold is None:
            return made, [f"The answer is {codec.labels[best]!r}, class {best}, the most probable."]
        return made, [f"Class 1 is the answer above a probability of {codec.threshold:g}."]
    return [], []
