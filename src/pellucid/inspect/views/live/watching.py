"""Watching a network in a notebook, where anywidget is installed."""

from __future__ import annotations

from typing import Any

from pellucid.errors import ParameterError, missing_package
from pellucid.models.network import Network


def watch(
    network: Network, x: Any, y: Any = None, *, row: int = 0, names: Any = None,
    editable: bool = True,
) -> Any:  # fmt: skip
    """The network drawn in a notebook, for one row of x: pointed at, and changed by hand.

    A weight or bias that is dragged is changed in this network; give ``network.copy()`` to keep
    yours as it is. ``refresh()`` of what is returned shows what it has learned since, ``choose``
    another row.

    Parameters:
        x, y: rows, and their targets.
        row: the place in x of the row to look at.
        names: what the numbers of a row are called, where the network does not say.
        editable: whether weights and biases can be changed.

    Returns: an anywidget widget.
    Raises: ``PackageError`` without anywidget; ``ParameterError`` for a row that is not there.
    """
    if not 0 <= row < len(x):
        raise ParameterError(f"x has rows 0 to {len(x) - 1}, got row {row}. Choose one of these.")
    try:
        from pellucid.inspect.views.live.widget import NetworkWidget
    except ModuleNotFoundError as missing:
        raise missing_package("watch", "anywidget", "notebook") from missing
    return NetworkWidget(network, x, y, row=row, names=names, editable=editable)
