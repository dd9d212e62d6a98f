"""Figures: plain rows and arrays in, a Plotly figure or text for a terminal out.

Nothing below this package knows how it is shown, and nothing here knows where its rows come from.
Plotly is imported when a figure is made.
"""

from pellucid.figures.confusion import confusion_matrix
from pellucid.figures.curves import learning_curves
from pellucid.figures.line import neuron_line
from pellucid.figures.picture import picture_text
from pellucid.figures.rates import rate_curve
from pellucid.figures.table import beside, confusion_text, table_text
from pellucid.figures.terminal import curves_text, to_encoding

__all__ = [
    "beside",
    "confusion_matrix",
    "confusion_text",
    "curves_text",
    "learning_curves",
    "neuron_line",
    "picture_text",
    "rate_curve",
    "table_text",
    "to_encoding",
]
