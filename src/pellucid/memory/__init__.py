"""Memory and self-organisation: patterns that are recalled, and samples that order themselves.

``Hopfield`` and ``ModernHopfield`` keep patterns; ``CompetitiveLayer``, ``KohonenMap`` and
``Autoencoder`` find clusters. All learn by rules of ``pellucid.learn`` and have ``fit``,
``predict``, ``transform``, ``score``, ``get_params`` and ``set_params``.
"""

from typing import TYPE_CHECKING

from pellucid.lazily import handed_on

if TYPE_CHECKING:
    from pellucid.learn.local.kohonen import Grid
    from pellucid.memory.autoencoder import Autoencoder
    from pellucid.memory.capacity import (
        Capacity,
        critical_load,
        expected_error,
        measured_capacity,
        modern_capacity,
        random_patterns,
    )
    from pellucid.memory.coding import damaged, drawn
    from pellucid.memory.competitive import CompetitiveLayer
    from pellucid.memory.hopfield import Hopfield
    from pellucid.memory.modern import Attended, ModernHopfield
    from pellucid.memory.naming import StateName
    from pellucid.memory.recall import Recall
    from pellucid.memory.saving import load
    from pellucid.memory.som import KohonenMap

__all__ = [
    "Attended",
    "Autoencoder",
    "Capacity",
    "CompetitiveLayer",
    "Grid",
    "Hopfield",
    "KohonenMap",
    "ModernHopfield",
    "Recall",
    "StateName",
    "critical_load",
    "damaged",
    "drawn",
    "expected_error",
    "load",
    "measured_capacity",
    "modern_capacity",
    "random_patterns",
]

__getattr__, __dir__ = handed_on(
    __name__,
    {
        "autoencoder": ["Autoencoder"],
        "capacity": [
            "Capacity", "critical_load", "expected_error", "measured_capacity", "modern_capacity",
            "random_patterns",
        ],
        "coding": ["damaged", "drawn"],
        "competitive": ["CompetitiveLayer"],
        "hopfield": ["Hopfield"],
        "modern": ["Attended", "ModernHopfield"],
        "naming": ["StateName"],
        "recall": ["Recall"],
        "saving": ["load"],
        "som": ["Grid", "KohonenMap"],
    },
)  # fmt: skip
