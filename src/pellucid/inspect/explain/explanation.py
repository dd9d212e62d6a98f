"""Choosing what of a trace is explained, and in which order it is told."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from pellucid.errors import ParameterError, unknown_name
from pellucid.inspect.explain import data
from pellucid.inspect.explain.backward import unit_slopes, weight_slope
from pellucid.inspect.explain.elements import Place
from pellucid.inspect.explain.layers import completed, forward, most_telling, passes_on
from pellucid.inspect.explain.local import local_update
from pellucid.inspect.explain.losses import loss
from pellucid.inspect.explain.record import Explanation
from pellucid.inspect.explain.setting import Setting, index, unit_name
from pellucid.inspect.explain.updates import weight_update
from pellucid.inspect.explain.worked import Worked, heading
from pellucid.inspect.trace import Trace
from pellucid.inspect.trace_table import unit_index

UNITS, WEIGHTS = 4, 4
"""Of a whole network: the units a layer and the weights a unit that are told of at most."""
MORE_UNITS, MORE_WEIGHTS = 8, 10
"""The same where one layer or unit was asked for."""
COUNTED = (
    "Units, inputs, classes and samples are counted from 0, as in the arrays of net.parameters. "
    "o is what the last layer gives: o_0 is that of its unit 0; t is the target. "
    "Every number is printed with enough digits to redo the line it stands in. "
    "A number such as 3.2e-5 means 3.2 times 10 to the power of -5."
)


def explain(
    trace: Trace, layer: str | None = None, unit: Any = None, weight: Any = None, sample: int = 0
) -> Explanation:
    """A worked calculation of a trace: forward, loss, backward, update.

    Parameters:
        trace: of a prediction, or of a training step.
        layer: only this layer; None: all, of large layers the units that matter most.
        unit: only this unit of the layer, counted from 0; ``(channel, row, column)`` of pictures.
        weight: only this weight: ``"dense_1.weight[0,1]"``, or the place of an input of the unit.
        sample: which of the trace's samples is followed forward, counted from 0.
    Returns: an ``Explanation``: text when printed; ``.markdown()``, ``.latex()``, ``.html()``.
    Raises: ``UnknownNameError`` and ``ParameterError`` for a layer, unit, weight or sample there is
        not.
    """
    if not 0 <= sample < trace.samples:
        raise ParameterError(
            f"The trace holds {trace.samples:,} samples, got sample {sample}. They are counted "
            f"from 0: the last is {trace.samples - 1}."
        )
    with np.errstate(all="ignore"):  # infinity and NaN are explained like other values
        return Explanation(_asked(Setting(trace, sample), layer, unit, weight))


def _asked(setting: Setting, layer: str | None, unit: Any, weight: Any) -> Worked:
    trace = setting.trace
    if weight is not None:
        name, place = chosen_weight(setting, layer, unit, weight)
        return _weight(setting, name, place)
    if unit is not None:
        if layer is None:
            raise ParameterError(
                f"A unit is one of a layer, got unit {unit!r} without a layer. Give layer as "
                f"well: {', '.join(setting.paths)}."
            )
        place, note = completed(setting, layer, unit_index(trace, _checked(setting, layer), unit))
        return _unit(setting, layer, place, note)
    if layer is not None:
        unit_index(trace, layer, (0,) * len(setting.out_shape(_checked(setting, layer))))
        return _layer(setting, layer)
    return _whole(setting)


def _checked(setting: Setting, layer: str) -> str:
    if layer not in setting.trace.layers:
        raise unknown_name("layer", layer, setting.trace.layers)
    return layer


def chosen_weight(setting: Setting, layer: str | None, unit: Any, weight: Any) -> tuple[str, Place]:
    """A weight by its full name and place, or by layer, unit and the place of an input.

    Raises: ``UnknownNameError`` for an unknown parameter; ``ParameterError`` for what names no
        weight.
    """
    layout = setting.trace.network.architecture.learned
    if isinstance(weight, str) and not weight.lstrip("-").isdigit():
        found = re.fullmatch(r"\s*([^\[\]]+?)\s*(?:\[([\d\s,]*)\])?\s*", weight)
        if found is None:
            raise _no_weight(weight)
        name, inside = found[1], found[2]
        if layer is not None and name not in layout.names:
            name = f"{layer}.{name}"
        if name not in layout.names:
            raise unknown_name("parameter", name, layout.names)
        place = tuple(int(part) for part in (inside or "").split(",") if part.strip())
        if not place and unit is not None and len(layout[name].shape) == 1:
            place = (int(unit[0] if isinstance(unit, tuple | list) else unit),)
        return name, _within(name, layout[name].shape, place)
    if layer is None or unit is None:
        raise _no_weight(weight)
    name = f"{layer}.weight"
    unit_index(setting.trace, layer, unit)
    if name not in layout.names:
        raise unknown_name("parameter", name, layout.names)
    own = tuple(unit) if isinstance(unit, tuple | list) else (unit,)
    given = tuple(weight) if isinstance(weight, tuple | list) else (int(weight),)
    shape = layout[name].shape
    place = (*given, own[-1]) if len(shape) == 2 else (own[0], *given)
    return name, _within(name, shape, tuple(int(part) for part in place))


def _within(name: str, shape: tuple[int, ...], place: Place) -> Place:
    fits = len(place) == len(shape)
    if not fits or not all(0 <= at < size for at, size in zip(place, shape, strict=True)):
        last = index([size - 1 for size in shape])
        raise ParameterError(
            f"{name} has the shape {list(shape)}, got the place [{index(place)}]. Places are "
            f"counted from 0: the last is {name}[{last}]."
        )
    return place


def _no_weight(weight: Any) -> ParameterError:
    return ParameterError(
        "A weight is named in full, such as 'dense_1.weight[0,2]', or by layer, unit and the place "
        f"of an input, got {weight!r}. net.parameters lists them."
    )


# --- what is told


def _whole(setting: Setting) -> Worked:
    ways = [_forward_of(setting, path, UNITS) for path in setting.paths]
    answer = data.answer(setting)
    parts: list[Worked | None] = [
        _of(data.inputs(setting), "inputs"), *(part for way in ways for part in way),
        _of(answer, "answer", setting.paths[-1]), _of(data.target(setting), "target"),
    ]  # fmt: skip
    if setting.is_step:
        parts.append(_of(loss(setting, told=answer is not None), "loss", setting.paths[-1]))
    if setting.has_slopes:
        for path in reversed(setting.paths):
            parts += _backward_of(setting, path, UNITS, WEIGHTS)
    if setting.is_step:
        parts.append(_update_of(setting, setting.paths, UNITS, WEIGHTS))
    return heading(_title(setting), parts, [_about(setting), COUNTED])


def _of(part: Worked | None, phase: str, *what: Any) -> Worked | None:
    return None if part is None else part.of(phase, *what)


def _title(setting: Setting) -> str:
    return "A training step, worked out" if setting.is_step else "A prediction, worked out"


def _about(setting: Setting) -> str:
    trace = setting.trace
    layers = ", ".join(setting.paths)
    count = f"{trace.samples:,} sample" + "s" * (trace.samples != 1)
    what = f"Layers: {layers}; {count}"
    if trace.samples > 1:
        what += f", of which sample {setting.sample} is followed forward (s0 in an index: sample 0)"
    if trace.rows is not None:
        what += f" (row {trace.rows[setting.sample]} of the data)"
    if trace.rule is None:
        return f"{what}."
    maker = getattr(trace.rule, "optimizer", None)
    rule = type(trace.rule).__name__ + (f" with {type(maker).__name__}" if maker else "")
    rate = float(trace.value("rate"))
    words = f"Step {trace.step + 1}, learned by {rule} at a learning rate of r = {rate:g}"
    return f"{what}. {words}. J is what is made small; dJ/dw is how J changes with w."


def _forward_of(setting: Setting, path: str, most: int) -> list[Worked]:
    shape = setting.out_shape(path)
    if passes_on(setting, path):
        return [forward(setting, path, (0,) * len(shape)).of("forward", path)]
    places = most_telling(setting, path, most)
    told = [forward(setting, path, place).of("forward", path, place) for place in places]
    total = int(np.prod(shape))
    if len(places) < total and told:
        matter = "matter most to the loss" if setting.has_slopes else "are largest"
        other = unit_name(path, [size - 1 for size in shape])
        told[0] = told[0].noting(
            f"Of {path}'s {total:,} outputs the {len(places)} that {matter} are told here; "
            f"any other can be asked for, up to {other}."
        )
    return told


def _backward_of(setting: Setting, path: str, units: int, weights: int) -> list[Worked]:
    found: list[Worked] = []
    if passes_on(setting, path):
        return found
    for place in most_telling(setting, path, units):
        steps = unit_slopes(setting, path, place)
        steps = [
            *steps,
            *(_slope(setting, w, place) for w in weights_of(setting, path, place, weights)),
        ]
        if steps:
            title = f"Backward: {path}, unit {'/'.join(map(str, place))}"
            found.append(heading(title, steps).of("backward", path, place))
    if not _has_units(setting, path):
        loose = [_slope(setting, weight) for weight in _loose(setting, path, weights)]
        if loose:
            title = f"Backward: {path}, its parameters"
            found.append(heading(title, loose).of("backward", path))
    return found


def _update_of(setting: Setting, paths: tuple[str, ...], units: int, weights: int) -> Worked | None:
    if not setting.has("params'"):
        return heading("Update", notes=["This rule looks at the loss in several points before it "
                                        "moves, so it has no single step to show."])  # fmt: skip
    chosen: list[tuple[str, Place]] = []
    for path in reversed(paths):
        for place in most_telling(setting, path, units):
            chosen += weights_of(setting, path, place, weights)
        if not _has_units(setting, path):
            chosen += _loose(setting, path, weights)
    if not chosen:
        return None
    total = setting.trace.network.architecture.learned.size
    chosen = list(dict.fromkeys(chosen))
    notes = []
    if len(chosen) < total:
        notes = [
            f"{len(chosen)} of {total:,} parameters are told here, those of the largest slopes."
        ]
    rule = f"Update: w' = {'w - step' if setting.has_slopes else 'w + step'}"
    return heading(rule, [_update(setting, *weight) for weight in chosen], notes)


def _slope(setting: Setting, weight: tuple[str, Place], unit: Place | None = None) -> Worked:
    path = weight[0].rpartition(".")[0]
    return weight_slope(setting, *weight).of("backward", path, unit, weight)


def _update(setting: Setting, name: str, place: Place) -> Worked:
    made = local_update(setting, name, place) or weight_update(setting, name, place)
    path = name.rpartition(".")[0]
    return made.of("update", path, _unit_of(setting, path, name, place), (name, place))


def _layer(setting: Setting, path: str) -> Worked:
    parts: list[Worked | None] = [*_forward_of(setting, path, MORE_UNITS)]
    if setting.has_slopes:
        parts += _backward_of(setting, path, MORE_UNITS, WEIGHTS)
    if setting.is_step:
        parts.append(_update_of(setting, (path,), MORE_UNITS, WEIGHTS))
    return heading(f"{path}, worked out", parts, [_about(setting), COUNTED])


def _unit(setting: Setting, path: str, place: Place, note: str) -> Worked:
    parts: list[Worked | None] = [forward(setting, path, place).of("forward", path, place)]
    weights = weights_of(setting, path, place, MORE_WEIGHTS)
    if setting.has_slopes:
        steps = unit_slopes(setting, path, place)
        parts.append(heading("Backward", steps).of("backward", path, place) if steps else None)
        parts += [_slope(setting, weight, place) for weight in weights]
    if setting.is_step and weights and setting.has("params'"):
        parts.append(heading("Update", [_update(setting, *weight) for weight in weights]))
    notes = [*([note] if note else []), _about(setting), COUNTED]
    return heading(f"{path}, unit {'/'.join(map(str, place))}, worked out", parts, notes)


def _weight(setting: Setting, name: str, place: Place) -> Worked:
    path = name.rpartition(".")[0]
    if not setting.is_step:
        setting.trace.gradient(name)  # which says that there is none, and what to do
    parts: list[Worked | None] = []
    unit = _unit_of(setting, path, name, place)
    if unit is not None:
        parts.append(forward(setting, path, unit).of("forward", path, unit))
    parts.append(loss(setting).of("loss", setting.paths[-1]))
    if setting.has_slopes:
        parts += _after(setting, path)
        if unit is not None:
            title = f"Backward: {unit_name(path, unit)}"
            own = heading(title, unit_slopes(setting, path, unit))
            parts.append(own.of("backward", path, unit))
        parts.append(_slope(setting, (name, place), unit))
    if setting.has("params'"):
        parts.append(heading("Update", [_update(setting, name, place)]))
    return heading(f"{name}[{index(place)}], worked out", parts, [_about(setting), COUNTED])


def _after(setting: Setting, path: str) -> list[Worked]:
    """How the objective changes with the units of the layers behind one, the last layer first."""
    later = setting.paths[setting.paths.index(path) + 1 :] if path in setting.paths else ()
    found = []
    for other in reversed(later):
        if passes_on(setting, other):
            continue
        for place in most_telling(setting, other, UNITS):
            steps = unit_slopes(setting, other, place)
            if steps:
                own = heading(f"Backward: {unit_name(other, place)}", steps)
                found.append(own.of("backward", other, place))
    return found


# --- weights and units


def _has_units(setting: Setting, path: str) -> bool:
    """Whether each of a layer's weights belongs to one unit of a dense layer."""
    from pellucid.inspect.explain.backward import is_dense

    return is_dense(setting, path)


def weights_of(setting: Setting, path: str, place: Place, most: int) -> list[tuple[str, Place]]:
    """The bias and the weights of a dense unit, of many those of the largest gradients."""
    if not _has_units(setting, path):
        return []
    unit, name = place[-1], f"{path}.weight"
    sizes = np.abs(_sizes(setting, name)[:, unit])
    order = np.argsort(-sizes, kind="stable")
    rows = order if len(order) <= most else order[: max(1, most - 1)]
    chosen: list[tuple[str, Place]] = [(name, (int(i), unit)) for i in sorted(rows.tolist())]
    if setting.has(f"{path}.bias"):
        chosen.append((f"{path}.bias", (unit,)))
    return chosen


def _loose(setting: Setting, path: str, most: int) -> list[tuple[str, Place]]:
    """Of each parameter of any other layer the elements of the largest gradients."""
    names = setting.trace.network.architecture.learned.names
    chosen: list[tuple[str, Place]] = []
    for name in names:
        if name.rpartition(".")[0] != path:
            continue
        sizes = np.abs(_sizes(setting, name))
        order = np.argsort(-sizes, axis=None, kind="stable")[: max(1, most // 2)]
        places = [np.unravel_index(flat, sizes.shape) for flat in order.tolist()]
        chosen += [(name, tuple(int(i) for i in place)) for place in places]
    return chosen


def _sizes(setting: Setting, name: str) -> Any:
    if setting.has_slopes:
        return setting.trace.gradient(name)
    return setting.trace.value(name)


def _unit_of(setting: Setting, path: str, name: str, place: Place) -> Place | None:
    """The unit that a weight belongs to, where its output is one number a sample."""
    if path not in setting.paths or not setting.has(f"{path}.output"):
        return None
    shape = setting.out_shape(path)
    if _has_units(setting, path):
        return (place[-1],) if len(shape) == 1 else None
    if name.endswith((".weight", ".bias")) and shape and place[0] < shape[0] and len(shape) > 1:
        return completed(setting, path, (place[0],))[0]
    return None
