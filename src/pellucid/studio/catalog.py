"""What can be chosen in the workbench: made from the classes and their declared hyper-parameters.

Each class of a closed list tells its meaning (the first sentence of its docstring), its formula and
its fields; each field its meaning, range, default and unit. Nothing is said twice: what a record
may hold is what the page offers.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import lru_cache
from typing import Any

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.hyper import Hyper, declarations
from pellucid.learn.minimizer import Minimizer
from pellucid.records import Family, own_fields
from pellucid.scene.scene import RECORDS, Scene

PLAIN = ("batch", "epochs", "validation", "scale", "seed")
"""The fields of a scene that are plain values."""
LEFT_OUT: Mapping[str, Mapping[str, str]] = {
    "layer": {
        "Chain": "layers stand in a list already",
        "Residual": "holds layers of its own",
        "Parallel": "holds layers of its own",
        "Conv1D": "for series, which no source of the studio has",
        "Embedding": "for texts and categories, which tables encode themselves",
        "EmbedColumns": "made by a table's codec",
    },
    "activation": {"custom": "a function of one's own has to be written"},
    "initializer": {},
    "loss": {
        "custom": "a function of one's own has to be written",
        "quantiles": "predicts a range, which no panel shows",
        "no_target": "chosen by rules without targets",
        "reconstruction": "chosen by rules without targets",
        "quantisation": "chosen by rules without targets",
    },
    "rule": {
        "Kohonen": "for maps, which have a bench of their own",
        "Competitive": "for maps, which have a bench of their own",
        "Storkey": "for memories, which have a bench of their own",
    },
    "optimizer": {},
    "schedule": {"WarmUp": "holds a schedule of its own"},
}
"""What is in a closed list and not offered, each with the reason."""


@dataclass(frozen=True)
class Held:
    """A field that holds an object of another list, or one of a few words.

    Attributes:
        family: the list; None: the words alone; "shape": whole numbers.
        doc: what it is, worded to follow "NAME is".
    """

    family: str | None
    doc: str
    words: tuple[str, ...] = ()
    optional: bool = False


HELD: Mapping[str, Held] = {
    "activation": Held("activation", "what a unit makes of its weighted sum"),
    "function": Held("activation", "what is made of each number"),
    "weight_init": Held(
        "initializer", "how the first weights are drawn; none: as suits the activation",
        optional=True,
    ),
    "padding": Held(
        None, "what stands around a picture: nothing (valid), or zeros to keep its size (same)",
        ("valid", "same"),
    ),
    "shape": Held(
        "shape", "the shape that each sample is given: channels, height, width",
    ),
    "rate": Held("schedule", "the learning rate: how far a step goes, at each step"),
    "optimizer": Held("optimizer", "how a step follows from the gradient"),
}  # fmt: skip
UNSHOWN = {"name", "layers", "log", "clamped", "written"}
"""Fields that no control is made of: names come by themselves, the rest is for programs."""


@lru_cache(1)
def choices() -> dict[str, Any]:
    """All that can be chosen: the offered classes by list, and the plain fields of a scene."""
    offered = {key: [_told(RECORDS, family(key), name) for name in names(key)] for key in LEFT_OUT}
    declared = declarations(Scene)
    made = {field.name: field for field in fields(Scene)}
    plain = [_field(name, declared[name], made[name].default) for name in PLAIN]
    return {"families": offered, "scene": plain}


def family(key: str) -> Family:
    """A closed list by its key."""
    return next(each for each in RECORDS.families if each.key == key)


def names(key: str) -> list[str]:
    """The names that are offered of a list, in its order."""
    left_out = LEFT_OUT[key]
    return [name for name in family(key).classes if name not in left_out]


def _told(records: Any, of: Family, name: str) -> dict[str, Any]:
    """A class: its meaning, formula, fields and a record to begin with."""
    cls = of.classes[name]
    document = inspect.getdoc(cls) or ""
    shown = [each for each in own_fields(cls) if each.name not in UNSHOWN]
    declared = declarations(cls)
    told = [
        _field(each.name, declared[each.name], each.default)
        if each.name in declared
        else _held(each.name, each.default)
        for each in shown
        if each.name in declared or each.name in HELD
    ]
    return {
        "name": name, "key": of.key, "meaning": first_sentence(document),
        "formula": section(document, "Formula"), "fields": told,
        "takes_gradient": not issubclass(cls, Minimizer),
        "record": {of.key: name, **{each["name"]: each["default"] for each in told}},
    }  # fmt: skip


def _field(name: str, declared: Hyper, default: Any) -> dict[str, Any]:
    """A field of a declared hyper-parameter."""
    kind = "choice" if declared.choices is not None else declared.kind.__name__
    missing = default is MISSING
    return {
        "name": name, "doc": declared.doc, "range": declared.range, "unit": declared.unit,
        "kind": kind, "low": declared.low, "high": declared.high, "above": declared.above,
        "below": declared.below, "choices": declared.choices, "optional": declared.optional,
        "pair": declared.pair, "default": _example(name) if missing else default,
    }  # fmt: skip


def _held(name: str, default: Any) -> dict[str, Any]:
    """A field that holds an object, a shape, or a word."""
    held = HELD[name]
    value = schedule_record(default) if held.family == "schedule" else _encoded(default)
    kind = "choice" if held.family is None else "shape" if held.family == "shape" else "object"
    said = held.words or (names(str(held.family)) if kind == "object" else ())
    return {
        "name": name, "doc": held.doc, "kind": kind, "family": held.family,
        "choices": held.words or None, "optional": held.optional, "default": value,
        "range": "one of " + ", ".join(said) if said else "whole numbers", "unit": "dimensionless",
    }  # fmt: skip


def _encoded(default: Any) -> Any:
    return RECORDS.encode(default, "a default") if default is not None else None


def schedule_record(rate: Any) -> Any:
    """A learning rate as a schedule's record."""
    if isinstance(rate, int | float):
        return {"schedule": "Constant", "value": float(rate)}
    return RECORDS.encode(rate, "rate")


FIRST: Mapping[str, int] = {"filters": 8, "kernel": 3}
"""What a control begins with where a class has no default."""


def _example(name: str) -> int:
    if name not in FIRST:
        raise ParameterError(
            f"The catalog has no value to begin with for {name}. Add one to FIRST."
        )
    return FIRST[name]


def first_sentence(document: str) -> str:
    """The first sentence of a docstring, without formulas that stand in it.

    Example:
        >>> first_sentence("The rectifier. Formula: y = max(z, 0).")
        'The rectifier.'
    """
    head = " ".join(document.split("\n\n")[0].split()).replace("``", "")
    head = head.removeprefix("Formula: ").split(" Formula:")[0]
    found = re.match(r".*?\.(?=\s|$)", head)
    return found.group(0) if found else head


def section(document: str, name: str) -> str:
    """The text behind a heading of a docstring, such as Formula, on one line; empty without one.

    Example:
        >>> section("The rectifier. Formula: y = max(z, 0). Source: someone.", "Formula")
        'y = max(z, 0)'
    """
    text = re.split(r"\b(?=[A-Z][a-z]+:(?:\s|$))", document)
    found = [part[len(name) + 1 :] for part in text if part.startswith(f"{name}:")]
    return " ".join(found[0].split()).replace("``", "").rstrip(".") if found else ""
