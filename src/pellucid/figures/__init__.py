"""Figures: plain rows and arrays in, a Plotly figure or text for a terminal out.

Nothing below this package knows how it is shown, and nothing here knows where its rows come from.
Plotly is imported when a figure is made.
"""

from pellucid.figures.attribution import attribution_bars, attribution_map
from pellucid.figures.boundary import decision_regions, unit_plane
from pellucid.figures.channels import feature_maps, kernels
from pellucid.figures.confusion import confusion_matrix
from pellucid.figures.curves import learning_curves
from pellucid.figures.diagram import Stage, network_diagram
from pellucid.figures.flow import layer_flow
from pellucid.figures.intervals import importance_bars, score_intervals
from pellucid.figures.keeping import figure_bytes
from pellucid.figures.line import neuron_line
from pellucid.figures.maps import class_map, component_planes, hit_map, u_matrix
from pellucid.figures.memory import capacity_curve, recall_course
from pellucid.figures.picture import picture_text
from pellucid.figures.race import race_curves
from pellucid.figures.rates import rate_curve
from pellucid.figures.regression import error_histogram, predicted_true
from pellucid.figures.reliability import reliability_curve
from pellucid.figures.surface import loss_slices, loss_surface
from pellucid.figures.table import beside, confusion_text, table_text
from pellucid.figures.terminal import curves_text, to_encoding

__all__ = [
    "Stage",
    "attribution_bars",
    "attribution_map",
    "beside",
    "capacity_curve",
    "class_map",
    "component_planes",
    "confusion_matrix",
    "confusion_text",
    "curves_text",
    "decision_regions",
    "error_histogram",
    "feature_maps",
    "figure_bytes",
    "hit_map",
    "importance_bars",
    "kernels",
    "layer_flow",
    "learning_curves",
    "loss_slices",
    "loss_surface",
    "network_diagram",
    "neuron_line",
    "picture_text",
    "predicted_true",
    "race_curves",
    "rate_curve",
    "recall_course",
    "reliability_curve",
    "score_intervals",
    "table_text",
    "to_encoding",
    "u_matrix",
    "unit_plane",
]
