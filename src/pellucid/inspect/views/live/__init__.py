"""The network as it is drawn live: in the studio, in a notebook, and frozen in a report."""

from pellucid.inspect.views.live.drawn import Drawn, Surroundings
from pellucid.inspect.views.live.frozen import frozen, frozen_network
from pellucid.inspect.views.live.row import Row

__all__ = ["Drawn", "Row", "Surroundings", "frozen", "frozen_network"]
