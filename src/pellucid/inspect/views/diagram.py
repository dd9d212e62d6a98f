"""A network as the stages of its diagram, with what its units are for one row if one is given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.data.codec import Classes, Labels, TableCodec
from pellucid.errors import DataError
from pellucid.figures.diagram import Stage, diagram, network_diagram
from pellucid.figures.drawing import Drawing
from pellucid.figures.drawing_svg import drawing_svg
from pellucid.graph.primitive import Array
from pellucid.inspect.views.layers import layer_outputs, read
from pellucid.inspect.views.outline import INPUTS, outline
from pellucid.models.network import Network

SMALL_STAGES, SMALL_LINES = 8, 300
"""A network of no more is drawn wherever it is shown."""


def network_figure(
    net: Network, x: Any = None, *, names: Any = None, template: str = "light",
    narrow: bool = False,
) -> Any:  # fmt: skip
    """The diagram of a network, as a Plotly figure.

    Parameters:
        x: one row; then every unit shows what it is for this row, and each answer its chance.
        names: what the numbers of a row are called, where the model does not say.
        narrow, template: as for ``figures.network_diagram``.

    Raises: ``DataError`` for more than one row.
    """
    found = stages(net, x, names)
    return network_diagram(found, title(net, x), template, narrow=narrow)


def network_drawing(net: Network, x: Any = None, *, names: Any = None) -> Drawing:
    """The same as a drawing, which becomes SVG."""
    return diagram(stages(net, x, names), title(net, x))


def small_svg(net: Network) -> str:
    """The diagram as SVG for a network that is small; nothing for a large one."""
    found = stages(net)
    if len(found) > SMALL_STAGES:
        return ""
    drawing = diagram(found, title(net))
    return drawing_svg(drawing) if len(drawing.lines) <= SMALL_LINES else ""


def title(net: Network, x: Any = None) -> str:
    """What the diagram is called."""
    size = f"{net.architecture.learned.size:,} parameters"
    return f"The network for one row: {size}" if x is not None else f"The network: {size}"


def stages(net: Network, x: Any = None, names: Any = None) -> list[Stage]:
    """The inputs, and each layer that is drawn."""
    given: dict[str, Array] = {}
    if x is not None:
        rows = one_row(x)
        given = {name: value[0] for name, value in layer_outputs(net, rows).items()}
        given[INPUTS] = read(net, rows)[0]
    parameters, found = net.parameters, []
    for part in outline(net, names):
        values = given.get(part.gives)
        shaped = None if values is None else np.asarray(values, float).reshape(part.shape)
        weights, biases = (parameters.get(name) for name in (part.weight, part.bias))
        found.append(
            Stage(
                part.name, part.shape, part.notes, part.labels, weights, biases, part.link, shaped
            )
        )
    if x is not None:
        found[0] = replace(found[0], scores=_read_scores(net, x))
        if len(found) > 1:
            found[-1] = replace(found[-1], scores=_scores(net, found[-1].count, x))
    return found


def one_row(x: Any) -> Any:
    """The row as rows.

    Raises: ``DataError`` for several.
    """
    if len(x) != 1:
        raise DataError(f"The diagram shows one row, got {len(x)}. Give x[:1], for example.")
    return x


def _read_scores(net: Network, x: Any) -> list[str]:
    """The numbers of the row as they were given."""
    if isinstance(net.inputs, TableCodec) or len(net.architecture.in_shape) != 1:
        return []
    return [f"{value:.4g}" for value in np.asarray(x, float).reshape(-1)]


def _scores(net: Network, count: int, x: Any) -> list[str]:
    """The chances of the answers, or the values."""
    if not isinstance(net._parts()[2], Classes | Labels):
        answer = np.asarray(net.predict(x, engine="reference"), float).reshape(-1)
        return [f"{value:.4g}" for value in answer] if len(answer) == count else []
    try:
        chances = net.predict_proba(x, engine="reference")[0]
    except DataError:  # scores that are no chances
        return []
    return [f"{chance:.1%}" for chance in chances][-count:]
