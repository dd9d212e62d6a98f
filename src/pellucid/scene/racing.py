"""Races on a bench: several rules from where its network is now, on the same batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from pellucid.errors import ParameterError
from pellucid.inspect.race import Race, race
from pellucid.learn.rule import Rule
from pellucid.scene.bench import Bench
from pellucid.scene.prepared import Prepared, bare

MOST_RUNNERS = 8
_RACES: WeakKeyDictionary[Prepared, tuple[Race, int]] = WeakKeyDictionary()
"""The last race on the same data, divided and encoded in the same way, and the same layers, and the
step that it began from."""


class Unwanted(ParameterError):
    """Nobody waits any more for what is computed."""

    def __init__(self) -> None:
        super().__init__("Nobody waits any more for this, so it was broken off.")


def raced(bench: Bench, rules: Mapping[str, Rule], epochs: int) -> Race:
    """Let rules race, and keep the result with the bench's data; the bench itself learns nothing.

    All begin with the numbers that the network has at the cursor and none with what an optimizer
    remembers of earlier steps. They learn from the bench's rows, and are judged by those held out,
    where there are any.

    Raises: ``ParameterError`` for fewer than two rules or more than eight, and for rules that need
        no targets.
    """
    found: Race = ready_to_race(bench, rules, epochs)()
    return found


def ready_to_race(
    bench: Bench, rules: Mapping[str, Rule], epochs: int,
    unwanted: Callable[[], bool] = lambda: False,
) -> Any:  # fmt: skip
    """The same as a function to be called later, beside the bench: it looks at copies only.

    Parameters:
        unwanted: asked now and then; once it says so, the race breaks off with ``Unwanted``.
    """
    if len(rules) > MOST_RUNNERS:
        raise ParameterError(
            f"At most {MOST_RUNNERS} rules race at a time, got {len(rules)}. Leave some out."
        )
    if any(rule.loss is not None for rule in rules.values()):
        raise ParameterError("A race is of rules that learn from targets. Leave the others out.")
    network = bench.network.copy()
    network._state, network._rule = bare(network._reached()), None
    ready, step, data, learned, held = (
        bench.ready, bench.step, bench.data, bench.learned, bench.held
    )  # fmt: skip
    whole, batch = data.take(np.asarray(learned)), bench.scene.batch
    aside = data.take(np.asarray(held)) if len(held) else None
    size = batch if batch is None else min(batch, len(learned))

    def look(_: object) -> None:
        if unwanted():
            raise Unwanted

    def run() -> Race:
        found = race(
            network, whole.x, whole.y, dict(rules), epochs=epochs, batch=size,
            validation=None if aside is None else (aside.x, aside.y), progress=False,
            on_event=look,
        )  # fmt: skip
        _RACES[ready] = found, step
        return found

    return run


def last_race(bench: Any) -> Race | None:
    """The last race on what a bench has now: its data and layers; None where there is none."""
    found = _last(bench)
    return None if found is None else found[0]


def last_start(bench: Any) -> int | None:
    """The step from which it began."""
    found = _last(bench)
    return None if found is None else found[1]


def _last(bench: Any) -> tuple[Race, int] | None:
    return _RACES.get(bench.ready) if isinstance(bench, Bench) else None
