"""A scene as the Python code that makes it, for notebooks."""

from __future__ import annotations

import importlib
from dataclasses import MISSING, fields
from typing import Any

from pellucid.learn.schedules import Constant
from pellucid.records import own_fields
from pellucid.scene.scene import Scene

WIDTH = 92


def scene_code(scene: Scene) -> str | None:
    """Imports and ``scene = Scene(...)``; None where two classes of one name are needed.

    Example:
        >>> from pellucid.scene.source import Sample
        >>> print(scene_code(Scene(Sample("xor"), epochs=5)))
        from pellucid.scene.scene import Scene
        from pellucid.scene.source import Sample
        <BLANKLINE>
        scene = Scene(
            source=Sample(name='xor'),
            epochs=5,
        )
    """
    needed: dict[str, type[Any]] = {}
    try:
        lines = [f"    {name}={_code(value, needed, 4)},\n" for name, value in _given(scene)]
    except _TwoOfOneNameError:
        return None
    needed["Scene"] = Scene
    places: dict[str, list[str]] = {}
    for name, cls in sorted(needed.items()):
        places.setdefault(_place(cls), []).append(name)
    imports = [f"from {place} import {', '.join(names)}" for place, names in sorted(places.items())]
    return "\n".join([*imports, "", f"scene = Scene(\n{''.join(lines)})"])


class _TwoOfOneNameError(Exception):
    """Two classes have the same name."""


def _code(value: Any, needed: dict[str, type[Any]], indent: int) -> str:
    """The code of a value, in several lines where one would be too long."""
    if isinstance(value, Constant):
        return repr(value.value)
    if isinstance(value, list | tuple):
        inner = [_code(item, needed, indent + 4) for item in value]
        around = "()" if isinstance(value, tuple) else "[]"
        return _joined(around[0], inner, around[1], indent, single=isinstance(value, tuple))
    if not hasattr(value, "__dataclass_fields__"):
        return repr(value)
    cls = type(value)
    if needed.setdefault(cls.__name__, cls) is not cls:
        raise _TwoOfOneNameError(cls.__name__)
    inner = [f"{name}={_code(entry, needed, indent + 4)}" for name, entry in _given(value)]
    return _joined(f"{cls.__name__}(", inner, ")", indent, single=False)


def _joined(opening: str, inner: list[str], closing: str, indent: int, *, single: bool) -> str:
    end = "," if single and len(inner) == 1 else ""
    short = f"{opening}{', '.join(inner)}{end}{closing}"
    if len(short) + indent <= WIDTH and "\n" not in short:
        return short
    pad = " " * (indent + 4)
    lines = "".join(f"{pad}{one},\n" for one in inner)
    return f"{opening}\n{lines}{' ' * indent}{closing}"


def _given(value: Any) -> list[tuple[str, Any]]:
    """The fields of an object that are not at their default."""
    found = []
    defaults = {field.name: field for field in fields(value)}
    for field in own_fields(type(value)):
        own = defaults[field.name]
        default = own.default_factory() if own.default_factory is not MISSING else own.default
        entry = getattr(value, field.name)
        if default is MISSING or entry != default:
            found.append((field.name, entry))
    return found


def _place(cls: type[Any]) -> str:
    """The shortest name of a module that hands the class on."""
    parts = cls.__module__.split(".")
    for end in range(1, len(parts)):
        place = ".".join(parts[:end])
        if getattr(importlib.import_module(place), cls.__name__, None) is cls:
            return place
    return cls.__module__
