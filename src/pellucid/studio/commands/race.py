"""Races of rules, and which parameters a loss surface is drawn over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.hyper import hyper
from pellucid.inspect.race import Race
from pellucid.learn.spec import rule_from_record
from pellucid.scene.racing import last_race, last_start, ready_to_race
from pellucid.studio.command import Command, Later

if TYPE_CHECKING:
    from pellucid.studio.session import Session

MOST_EPOCHS = 1000


@dataclass(frozen=True)
class RunRace(Command):
    """Let rules race from where the network is: computed beside the training.

    The answer is as that of ``TellRace``.
    """

    rules: Mapping[str, Any] = hyper(kind=Mapping, doc="records of the rules by their names")
    epochs: int = hyper(20, kind=int, low=1, high=MOST_EPOCHS, doc="how long they race")

    def do(self, at: Session) -> Any:
        """Have it run."""
        rules = {}
        for name, record in self.rules.items():
            if not isinstance(record, Mapping):
                raise ParameterError(f"The rule {name!r:.60} of the race is no record of a rule.")
            rules[str(name)[:80]] = rule_from_record(record)
        bench = at.network_bench
        name, step = bench.data.name, bench.step
        run = ready_to_race(bench, rules, self.epochs, at.has_ended)
        return Later(lambda: race_told(run(), name, step), slow=True)


@dataclass(frozen=True)
class TellRace(Command):
    """The last race on the data and layers at hand; nothing where there was none."""

    def do(self, at: Session) -> Any:
        """Tell it."""
        found, step = last_race(at.bench), last_start(at.bench)
        return None if found is None else race_told(found, at.bench.data.name, step)


def race_told(found: Race, data: str, step: int | None) -> dict[str, Any]:
    """A race: its table, the best first, and the curve of each runner in the order given.

    Parameters:
        data, step: what it was on, and where it began.
    """
    curves = {}
    for name, run in found.runs.items():
        rows = run.history.rows
        values = [row.get(found.value) for row in rows]
        curves[name] = np.array([np.nan if v is None else v for v in values], float)
    return {
        "value": found.value,
        "rows": found.rows(),
        "curves": curves,
        "data": data,
        "step": step,
    }


@dataclass(frozen=True)
class ChooseAxes(Command):
    """Draw the loss surface over two other parameters."""

    across: str = hyper(kind=str, doc="the one to the right, such as dense_1.weight[0,1]")
    up: str = hyper(kind=str, doc="the one upwards")

    def do(self, at: Session) -> Any:
        """Choose them."""
        from pellucid.studio.views.surface import choose_axes

        choose_axes(at.network_bench, self.across, self.up)


COMMANDS = (RunRace, TellRace, ChooseAxes)
