"""Tables of classes by name, from which files and short names are resolved."""

from __future__ import annotations

from typing import Any

from pellucid.errors import ParameterError


def enter(table: dict[str, type[Any]], what: str, name: str, cls: type[Any]) -> None:
    """Put a class into a table under its name.

    Raises: ``ParameterError`` when a class of another module has the name: a file that says
        ``Dense``
    must always mean the same layer. Running a class's definition again replaces it.
    """
    known = table.get(name)
    if known is not None and known.__module__ != cls.__module__:
        raise ParameterError(
            f"There is {what} {name!r} already, in {known.__module__}. Give yours another name."
        )
    table[name] = cls
