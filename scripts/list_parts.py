"""Write docs/layers.md from the docstrings: every layer, activation, loss, rule, optimizer, metric.

A test compares the page with this, so that it never lags behind: ``python scripts/list_parts.py``.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from pellucid.learn import Metric, Optimizer, Rule, Schedule
from pellucid.nn.activations import ActivationFunction
from pellucid.nn.layer import Layer
from pellucid.nn.loss import Loss

PAGE = Path(__file__).resolve().parent.parent / "docs" / "layers.md"
INTRODUCTION = """\
# The parts

Everything here is composed of the primitives of [the graph](graph.md), so each part is
differentiated, drawn and run by the same code. `help(NAME)` in Python gives shapes, parameters with
their ranges, errors and sources.
This page is written from the docstrings by `scripts/list_parts.py`.
"""
PARTS: tuple[tuple[str, type[Any], str], ...] = (
    ("Layers", Layer, "From `pellucid`. Pictures are (samples, channels, height, width)."),
    ("Activations", ActivationFunction, "By name, as in `Dense(64, activation=\"relu\")`, or any "
     "function of a graph value."),
    ("Losses", Loss, "By name, as in `Network(..., loss=\"huber\")`, or from `pellucid.nn`."),
    ("Learning rules", Rule, "From `pellucid.learn`: `net.fit(x, y, rule=Backprop(Adam(0.001)))`."),
    ("Optimizers", Optimizer, "From `pellucid.learn`, for `Backprop`. w are the parameters, g the "
     "gradient, r the learning rate, t the step from 1 on. By name as well: \"momentum\" and "
     "\"nesterov\" are `SGD` with momentum, \"lbfgs\" is `LBFGS`, SciPy's driver over all "
     "samples at once."),
    ("Schedules", Schedule, "In place of an optimizer's rate: `Adam(Cosine(0.01))`. t is the step "
     "from 0 on."),
    ("Metrics", Metric, "By name, as in `fit(..., metrics=[\"f1\"])`. Each sample has a weight w."),
)  # fmt: skip


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    for title, base, use in PARTS:
        rows = [
            f"| {name} | {first} | {formula} |"
            for name, first, formula in map(_row, sorted(_finals(base), key=lambda c: c.__name__))
        ]
        head = "| name | what it is | formula |\n| --- | --- | --- |"
        parts.append("\n".join([f"## {title}\n", f"{use}\n", head, *rows, ""]))
    return "\n".join(parts)


def _finals(base: type[Any]) -> set[type[Any]]:
    """The classes below this one that can be made, of the package itself."""
    found = set()
    for cls in base.__subclasses__():
        own = cls.__module__.startswith("pellucid") and not cls.__name__.startswith("_")
        if own and not inspect.isabstract(cls):
            found.add(cls)
        found |= _finals(cls)
    return found


def _row(cls: type[Any]) -> tuple[str, str, str]:
    name = f"`{cls.__name__}`"
    kind = getattr(cls, "kind", None)
    if isinstance(kind, str) and kind != "custom":
        name += f" `{kind}`"
    text = (inspect.getdoc(cls) or "").split("\n\nFormula:")[0]
    first = text.split("\n\n")[0].split("Formula:")[0]
    return name, _cell(first), _cell(_formula(inspect.getdoc(cls) or ""))


def _formula(text: str) -> str:
    """The paragraph after ``Formula:``, up to the next heading or empty line."""
    if "Formula:" not in text:
        return ""
    lines = text.split("Formula:", 1)[1].split("\n")
    taken = [lines[0]]
    for line in lines[1:]:
        if not line.startswith("    "):
            break
        taken.append(line)
    return " ".join(taken).split(" Source:")[0]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("``", "`").replace("|", "\\|").replace("<-", "&larr;")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
