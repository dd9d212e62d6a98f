"""A trace as rows, one a number; as JSON; and as a table a layer for a page."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.errors import DataError, ParameterError
from pellucid.graph import Node
from pellucid.graph.primitive import Array
from pellucid.graph.types import Batch
from pellucid.models.html import table as html_table

if TYPE_CHECKING:
    from pellucid.inspect.trace import Trace

MOST_ROWS = 1_000_000
FIRST = 4  # numbers of a value that the page shows


def unit_index(trace: Trace, layer: str, unit: Any) -> tuple[int, ...]:
    """A unit of a layer as a place in one sample's output: ``3`` or ``(channel, row, column)``.

    The first few axes are enough: ``2`` is channel 2 of pictures.
    Raises: ``ParameterError`` for a unit that does not exist.
    """
    shape = _out_shape(trace, layer)
    given = tuple(unit) if isinstance(unit, tuple | list) else (unit,)
    whole = all(isinstance(part, int | np.integer) and part >= 0 for part in given)
    if whole and len(given) <= len(shape):
        place = tuple(int(part) for part in given)
        if all(part < size for part, size in zip(place, shape, strict=False)):
            return place
    kind = f"{shape[0]} units" if len(shape) == 1 else f"units {list(shape)}"
    last = "/".join(str(size - 1) for size in shape)
    words = "/".join(map(str, given)) if given else "none"
    raise ParameterError(
        f"{layer} has {kind}, got the unit {words}. Units are counted from 0: the last of {layer} "
        f"is {last}."
    )


def of_unit(trace: Trace, node: Node, layer: str | None, unit: Any) -> tuple[Any, ...] | None:
    """Where in a node's value the numbers of a unit are; None where it has none."""
    if layer is None:
        raise ParameterError(
            f"A unit is one of a layer, got unit {unit!r} without a layer. Give layer as well: "
            f"{', '.join(trace.layers)}."
        )
    place, shape = unit_index(trace, layer, unit), _out_shape(trace, layer)
    value = trace.values[node.id]
    if node.shape and isinstance(node.shape[0], Batch) and value.shape[1:] == shape:
        return (slice(None), *place)
    layout = trace.network.architecture.learned
    own = {trace.names[n]: n for n in layout.names if n.startswith(f"{layer}.")}
    if node.id in own:
        if len(shape) == 1 and value.shape[-1] == shape[0]:
            return (Ellipsis, place[0])
        if value.shape[0] == shape[0]:
            return (place[0],)
    return None


def _out_shape(trace: Trace, layer: str) -> tuple[int, ...]:
    trace.check_layer(layer)
    name = f"{layer}.output"
    if name not in trace.names:
        raise ParameterError(
            f"{layer} is a part of the graph and no layer, so it has no units. The layers are "
            f"{', '.join(trace.layers)}."
        )
    return tuple(int(size) for size in trace.value(name).shape[1:])


def table(
    trace: Trace, layer: str | None = None, unit: Any = None, role: str | None = None,
    sample: int | None = None,
) -> Any:  # fmt: skip
    """A row for each number, as a pandas data frame, or a list of mappings without pandas.

    Columns: layer, role, node, operation, name, sample (None where a value belongs to no sample),
    index (within the sample), value, gradient (of the objective; None where there is none).
    Raises: ``DataError`` for more than a million rows, with how to narrow.
    """
    chosen = trace.nodes(layer, unit, role)
    count = sum(trace.values[node.id].size for node in chosen)
    if unit is None and sample is None and count > MOST_ROWS:
        raise DataError(
            f"The table would have {count:,} rows; expected at most {MOST_ROWS:,}. Name a layer, "
            "a unit, a role or a sample, as in trace.table('dense_1', unit=0)."
        )
    made = [row for node in chosen for row in _rows(trace, node, layer, unit, sample)]
    try:
        import pandas as pd
    except ImportError:
        return made
    return pd.DataFrame(made, columns=list(COLUMNS))


COLUMNS = (
    "layer", "role", "node", "operation", "name", "sample", "index", "value", "gradient",
)  # fmt: skip


def _rows(
    trace: Trace, node: Node, layer: str | None, unit: Any, sample: int | None
) -> Iterator[dict[str, Any]]:
    value = trace.values[node.id]
    slope_id = trace.slopes.get(node.id)
    slope = None if slope_id is None else trace.values[slope_id]
    name, has_batch = name_of(trace, node), bool(node.shape) and isinstance(node.shape[0], Batch)
    places: Any = np.ndindex(value.shape)
    if unit is not None:
        chosen = of_unit(trace, node, layer, unit)
        marked = np.zeros(value.shape, bool)
        marked[chosen] = True
        places = (tuple(place) for place in np.argwhere(marked).tolist())
    for place in places:
        own = place[0] if has_batch else None
        if sample is not None and own is not None and own != sample:
            continue
        yield {
            "layer": node.scope,
            "role": node.role,
            "node": node.id,
            "operation": node.op,
            "name": name,
            "sample": own,
            "index": place[1:] if has_batch else place,
            "value": value[place].item(),
            "gradient": None if slope is None else float(slope[place]),
        }


def name_of(trace: Trace, node: Node) -> str:
    """The shortest name of a node's value, or an empty text."""
    names = [name for name, id in trace.names.items() if id == node.id]
    return min(names, key=lambda name: (name.startswith("d "), len(name)), default="")


def to_json(
    trace: Trace, layer: str | None = None, unit: Any = None, role: str | None = None
) -> str:
    """Nodes with their values and gradients as JSON; what is not finite becomes a text."""
    nodes = []
    for node in trace.nodes(layer, unit, role):
        place = ... if unit is None else of_unit(trace, node, layer, unit)
        slope = trace.slopes.get(node.id)
        nodes.append(
            {
                "node": node.id,
                "operation": node.op,
                "inputs": list(node.inputs),
                "layer": node.scope,
                "role": node.role,
                "name": name_of(trace, node),
                "value": _plain(trace.values[node.id][place]),
                "gradient": None if slope is None else _plain(trace.values[slope][place]),
            }
        )
    rows = None if trace.rows is None else list(trace.rows)
    record = {"step": trace.step, "batch": trace.batch, "rows": rows, "nodes": nodes}
    return json.dumps(record, allow_nan=False)


def _plain(value: Array) -> Any:
    return _finite(np.asarray(value).tolist())


def _finite(value: Any) -> Any:
    if isinstance(value, list):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def html(trace: Trace, layer: str | None = None, unit: Any = None, role: str | None = None) -> str:
    """A table of what went through the layers and of the gradients that came back."""
    rows = []
    for node in trace.nodes(layer, unit, role):
        name = name_of(trace, node)
        if layer is None and role is None and (not name or name.startswith("d ")):
            continue
        place = ... if unit is None else of_unit(trace, node, layer, unit)
        value = np.asarray(trace.values[node.id][place])
        slope = trace.slopes.get(node.id)
        length = "" if slope is None else _size(np.asarray(trace.values[slope][place]))
        where = node.scope or "-"
        shape = " x ".join(map(str, value.shape)) or "1"
        rows.append([where, node.role, name or node.op, shape, first_of(value), length])
    what = "A prediction" if trace.rule is None else f"Step {trace.step + 1}"
    count = f"{trace.samples:,} sample" + "s" * (trace.samples != 1)
    caption = f"{what} of {count}: values, and the size of the gradient by them"
    head = ["layer", "part", "value", "shape", "numbers", "gradient"]
    return html_table(head, rows, left=3, caption=caption)


def first_of(value: Array, most: int = FIRST) -> str:
    """The first few numbers, and how many more there are."""
    flat = value.reshape(-1)
    shown = ", ".join(f"{number:.4g}" for number in flat[:most].tolist())
    more = flat.size - most
    return shown + (f" and {more:,} more" if more > 0 else "")


def _size(slope: Array) -> str:
    with np.errstate(all="ignore"):
        return f"{float(np.sqrt(np.mean(np.square(slope)))):.3g}" if slope.size else ""
