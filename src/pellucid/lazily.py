"""Handing names on without loading where they come from: each module loads when it is first used.

For packages whose parts nobody needs all of: who makes a network does not wait for what reads
files.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def handed_on(
    package: str, places: Mapping[str, Sequence[str]], modules: Mapping[str, str] | None = None
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The functions ``__getattr__`` and ``__dir__`` of a package.

    Parameters:
        places: the names by the module, of this package, that they are in.
        modules: names that stand for a whole module, of this package.
    """
    module_of = {name: module for module, names in places.items() for name in names}
    whole = dict(modules or {})

    def attribute(name: str) -> Any:
        module = whole.get(name) or module_of.get(name)
        if module is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        loaded = importlib.import_module(f"{package}.{module}")
        return loaded if name in whole else getattr(loaded, name)

    return attribute, lambda: sorted([*module_of, *whole])
