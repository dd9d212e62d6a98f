"""What gathers the plain numbers of a network's figures; the drawing is in ``pellucid.figures``."""

from pellucid.inspect.views.boundary import boundary
from pellucid.inspect.views.diagram import network_drawing, network_figure
from pellucid.inspect.views.flow import flow, trace_flow
from pellucid.inspect.views.live.watching import watch
from pellucid.inspect.views.maps import feature_map_figure, kernel_figure
from pellucid.inspect.views.shown import beside_summary, run_bundle
from pellucid.inspect.views.surface import loss_surface_figure

__all__ = [
    "beside_summary",
    "boundary",
    "feature_map_figure",
    "flow",
    "kernel_figure",
    "loss_surface_figure",
    "network_drawing",
    "network_figure",
    "run_bundle",
    "trace_flow",
    "watch",
]
