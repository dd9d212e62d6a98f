"""Playing on a stage by typing: ``w1 = 0.9``, ``step 5``, ``play``.

What can be typed is a closed list; nothing else is ever done.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

from pellucid.errors import ParameterError
from pellucid.nn.dense import Dense
from pellucid.scene.bench import Bench

HELP = """w1 = 0.9              give a weight another value; b is the bias
dense_1.weight[0,1] = 2   any weight or bias, by its full name and place
units 3               give the first hidden layer so many units
step, step 20         learn so many steps
play                  learn to the end
restart, undo         back to the start; take the last change back
hint, solve           where to look; have it done
Enter                 go on with the lesson"""
MOST_STEPS = 100_000
_SET = re.compile(r"(w\d*|b|[a-z]\w*\.\w+\[[\d, ]+\])\s*=\s*(\S+)")
_STEPS = re.compile(r"step(?:\s+(\d+))?")
_UNITS = re.compile(r"units\s+(\d+)")
_PLACE = re.compile(r"(.+)\[([\d, ]+)\]")


def do(bench: Any, typed: str) -> None:
    """Do on a bench what was typed.

    Raises: ``ParameterError`` for what is none of the things that can be typed here; what is wrong
        with a value.
    """
    text = typed.strip().lower()
    if match := _SET.fullmatch(text):
        _edit(bench, match.group(1), match.group(2))
    elif match := _STEPS.fullmatch(text):
        _learn(bench, int(match.group(1) or 1))
    elif match := _UNITS.fullmatch(text):
        _widen(bench, int(match.group(1)))
    elif text == "play":
        _play(bench)
    elif text in ("restart", "undo"):
        getattr(bench, text)()
    else:
        raise ParameterError(f"{typed.strip()!r:.40} is nothing that can be done here. Type help.")


def _edit(bench: Any, name: str, value: str) -> None:
    try:
        number = float(value.replace(",", "."))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ParameterError(f"{name} takes a number, got {value!r:.40}. Write {name} = 0.5.")
    if not isinstance(bench, Bench):
        raise ParameterError("There are no weights to give here. Type help.")
    full, place = _parameter(bench, name)
    bench.edit(full, place, number)


def _parameter(bench: Bench, name: str) -> tuple[str, tuple[int, ...]]:
    """The full name and the place: of w1 and b, those of the only unit."""
    if match := _PLACE.fullmatch(name):
        places = tuple(int(at) for at in match.group(2).split(",") if at.strip())
        return match.group(1), places
    layers = bench.network.architecture.layers
    own, layer = layers[0]
    units = getattr(layer, "units", None)
    if len(layers) > 1 or units != 1:
        raise ParameterError(
            f"{name} could be several numbers here: the network has more than one unit. Write a "
            "full name, such as dense_1.weight[0,1] for the weight from input 0 to unit 1."
        )
    if name == "b":
        return f"{own}.bias", (0,)
    return f"{own}.weight", (int(name[1:] or 1) - 1, 0)


def _learn(bench: Any, steps: int) -> None:
    if bench.is_over:
        bench.more()
    goal = bench.step + min(steps, MOST_STEPS)
    while bench.step < goal and bench.advance(goal - bench.step):
        pass


def _play(bench: Any) -> None:
    if bench.is_over:
        bench.more()
    goal = bench.step + MOST_STEPS
    while bench.step < goal and bench.advance():
        pass


def _widen(bench: Any, units: int) -> None:
    hidden = getattr(bench.scene, "hidden", ())
    if not hidden or not isinstance(hidden[0], Dense):
        raise ParameterError("There is no hidden layer of units here. Type help.")
    bench.change(hidden=(replace(hidden[0], units=units), *hidden[1:]))
