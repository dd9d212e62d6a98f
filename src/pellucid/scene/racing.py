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
from pellucid.scene.prepared import bare

MOST_RUNNERS = 8
_RACES: WeakKeyDictionary[Bench, Race] = WeakKeyDictionary()


class Unwanted(ParameterError):
    """Nobody waits any more for what is computed."""

    def __init__(self) -> None:
        super().__init__("Nobody waits any more for this, so it was broken off.")


def raced(bench: Bench, rules: Mapping[str, Rule], epochs: int) -> Race:
    """Let rules race, and keep the result with the bench; the bench itself learns nothing.

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
    data, learned, held = bench.data, bench.learned, bench.held
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
        _RACES[bench] = found
        return found

    return run


def last_race(bench: Any) -> Race | None:
    """The last race that was run on a bench, if there was one."""
    return _RACES.get(bench)
