"""The kernels of a convolution, and what a layer makes of one picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.data.arrays import count_of
from pellucid.errors import DataError, ParameterError, unknown_name
from pellucid.figures.channels import feature_maps, kernels
from pellucid.inspect.views.layers import found_layer, layer_outputs
from pellucid.models.network import Network


def feature_map_figure(
    net: Network, x: Any, layer: str | None = None, *, across: int = 8, template: str = "light"
) -> Any:
    """Draw what a layer gives for one picture, channel by channel.

    Parameters:
        x: one picture as a row, in the user's units.
        layer: the layer's name; by default the first that gives pictures.
        across: how many stand side by side.

    Raises: ``DataError`` for more than one row; ``UnknownNameError`` for a layer that is not there;
        ``ParameterError`` for one that gives no pictures.
    """
    if len(x) != 1:
        raise DataError(f"Feature maps are of one picture, got {len(x)} rows. Give x[:1].")
    if layer is not None:
        found_layer(net, layer)
    found = {
        name: values[0] for name, values in layer_outputs(net, x).items() if values.ndim in (3, 4)
    }
    planes = {name: v[:, None] if v.ndim == 2 else v for name, v in found.items()}
    if layer is None and planes:
        layer = next(iter(planes))
    if layer is None or layer not in planes:
        raise ParameterError(
            f"{layer or 'The network'} gives no pictures; "
            + (f"these layers do: {', '.join(planes)}." if planes else "none of its layers does.")
        )
    maps = planes[layer]
    title = f"{layer}: {count_of(len(maps), 'channel')} for this picture"
    return feature_maps(maps, title=title, across=across, template=template)


def kernel_figure(
    net: Network, layer: str | None = None, *, channel: int | None = None, across: int = 8,
    template: str = "light",
) -> Any:  # fmt: skip
    """Draw the kernels of a convolution, one a filter.

    Parameters:
        layer: its name, with those of the layers that it lies within; by default the first.
        channel: of what it reads; by default the sum over all.
        across: how many stand side by side.

    Raises: ``UnknownNameError`` for a layer without kernels; ``ShapeError`` for a channel that is
        not there.
    """
    known = {
        name.removesuffix(".weight"): array
        for name, array in net.parameters.items()
        if name.endswith(".weight") and array.ndim in (3, 4)
    }
    if not known:
        raise ParameterError("The network has no convolution, and so no kernels.")
    layer = next(iter(known)) if layer is None else layer
    if layer not in known:
        raise unknown_name("convolution", layer, known)
    weights = np.asarray(known[layer], float)
    told = f"channel {channel}" if channel is not None else "added up over the channels"
    if weights.shape[1] == 1 and channel is None:
        told = "weights"
    title = f"{layer}: kernels of {len(weights)} filters, {told}"
    return kernels(weights, channel, title, across, template)
