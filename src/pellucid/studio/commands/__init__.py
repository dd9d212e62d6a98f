"""The commands that a page may send, by name: a closed list."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from pellucid.studio.command import Asked

SUBJECTS = (
    "attribution",
    "choosing",
    "compare",
    "digit",
    "explaining",
    "map",
    "maps",
    "memory",
    "race",
    "scenes",
    "sharing",
    "touching",
    "training",
    "uploads",
    "watching",
)


@lru_cache(1)
def commands() -> Mapping[str, type[Asked]]:
    """All commands; their files are read when the first message comes."""
    from importlib import import_module

    found: dict[str, type[Asked]] = {}
    for subject in SUBJECTS:
        module = import_module(f"pellucid.studio.commands.{subject}")
        found |= {cls.__name__: cls for cls in module.COMMANDS}
    return found
